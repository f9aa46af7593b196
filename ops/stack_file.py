"""Pulumi.<stack>.yaml: what `ktr` reads of it, and how its salt is kept out of it."""

import os
from pathlib import Path
from typing import Any

import yaml

SALT = "encryptionsalt"
SECURE = "secure"
DEFAULT_REGISTRY = "docker.io"


def read_stack_file(path: Path) -> dict[str, Any]:
    """The content of a stack's file; empty when there is none."""
    if not path.is_file():
        return {}
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content if isinstance(content, dict) else {}


def is_salted(path: Path) -> bool:
    """Whether a stack's file holds a salt."""
    return SALT in read_stack_file(path)


def registry_of(content: dict[str, Any]) -> str:
    """The registry that a stack names."""
    return str((content.get("config") or {}).get("ktr:registry") or DEFAULT_REGISTRY)


def engine_host_of(content: dict[str, Any]) -> str | None:
    """The engine that a stack names, if it does."""
    engine = (content.get("config") or {}).get("ktr:engine")
    host = engine.get("host") if isinstance(engine, dict) else None
    return str(host) if host else None


def local_copy(tracked: dict[str, Any], previous: dict[str, Any]) -> dict[str, Any]:
    """The tracked settings and, of the previous copy, the secrets that only this machine can read."""
    return {**tracked, "config": _with_secrets(tracked.get("config") or {}, previous.get("config") or {})}


def _with_secrets(values: dict[str, Any], previous: dict[str, Any]) -> dict[str, Any]:
    """`values`, and where they say nothing the secrets of `previous`, at any depth."""
    found = dict(values)
    for key, value in previous.items():
        if is_secure(value):
            found.setdefault(key, value)
        elif isinstance(value, dict):
            own = found.get(key, {})
            if isinstance(own, dict) and not is_secure(own) and (inner := _with_secrets(own, value)):
                found[key] = inner
    return found


def is_secure(value: Any) -> bool:
    """Whether a value is an encrypted one."""
    return isinstance(value, dict) and value.keys() == {SECURE}


def write_copy(path: Path, content: dict[str, Any]) -> None:
    """Write a copy atomically: another `pulumi` may be reading it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    temporary.replace(path)


def drop_salt(path: Path) -> None:
    """Remove the salt and nothing else; a file that held only the salt goes as a whole."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = "".join(line for line in lines if not line.startswith(f"{SALT}:"))
    if kept.strip() in {"", "{}"}:
        path.unlink()
    else:
        path.write_text(kept, encoding="utf-8")
