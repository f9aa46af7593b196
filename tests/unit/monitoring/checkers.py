"""Promtool, amtool and the servers themselves, as the tests run them."""

import subprocess
from pathlib import Path

import pytest

from ops.monitoring_tools import find_tool
from ops.paths import Paths


def tool(name: str) -> Path:
    """The path of a program that `ktr setup --for unit-test` gets."""
    found = find_tool(name, Paths.of())
    if found is None:
        pytest.fail(f"{name} is missing. Get it with: ktr setup --for unit-test")
    return found


def checked(name: str, *arguments: str | Path) -> str:
    """What a checker says of files that it accepts."""
    done = subprocess.run([tool(name), *arguments], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
