"""Secrets, read from their files at the moment they are needed: they may rotate under the process."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path


class SecretError(RuntimeError):
    """A secret file cannot be read or is empty."""


def read_secret(path: Path) -> str:
    """Return the content of a secret file without its line end.

    Raises:
        SecretError: names the file, never its content.
    """
    try:
        value = path.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise SecretError(f"The secret file {path} cannot be read: {error.strerror}") from error
    if not value:
        raise SecretError(f"The secret file {path} is empty")
    return value


def keyed_hash(path: Path, purpose: str, value: str) -> str:
    """Return the hexadecimal HMAC-SHA256 of `value` for one purpose, keyed by a secret file."""
    return hmac.new(read_secret(path).encode(), f"{purpose}:{value}".encode(), hashlib.sha256).hexdigest()
