"""The settings of a stack, read and changed from outside the program."""

import json
import os
import subprocess
from collections.abc import Mapping
from typing import Any

from components.settings import SettingsError, StackSettings
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack_file import is_secure, read_stack_file

NAMESPACE = "ktr:"
CONCEALED = "https://secret.invalid"
"""Stands for a secret that only Pulumi can read: whatever it is to be, URL or text, this is a valid one."""


def stack_settings(stack: str, paths: Paths) -> StackSettings:
    """The settings in `Pulumi.<stack>.yaml`.

    Raises:
        OpsError: they have faults; each is named.
    """
    config = read_stack_file(paths.checkout / f"Pulumi.{stack}.yaml").get("config") or {}
    entries = {
        key.removeprefix(NAMESPACE): value if isinstance(value, str) else json.dumps(concealed(value))
        for key, value in config.items()
        if key.startswith(NAMESPACE) and not is_secure(value)
    }
    try:
        return StackSettings.load(stack, entries, os.environ)
    except SettingsError as error:
        raise OpsError(str(error)) from error


def concealed(value: Any) -> Any:
    """A setting with something in place of each secret in it."""
    if is_secure(value):
        return CONCEALED
    return {key: concealed(item) for key, item in value.items()} if isinstance(value, dict) else value


def change_settings(stack: str, values: Mapping[str, str], paths: Paths) -> None:
    """Set entries by path (`release.active`), as `pulumi config set` does: the stack's file keeps its comments.

    Raises:
        OpsError: Pulumi refuses.
    """
    pairs = [word for path, value in values.items() for word in ("--plaintext", f"{NAMESPACE}{path}={value}")]
    command = ["pulumi", "config", "set-all", "--path", *pairs, "--stack", stack, "--non-interactive"]
    said = subprocess.run(command, cwd=paths.checkout, capture_output=True, text=True, check=False)
    if said.returncode:
        raise OpsError(f"Pulumi.{stack}.yaml could not be changed: {said.stderr.strip()}")
