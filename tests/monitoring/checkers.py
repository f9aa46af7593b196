"""Promtool, amtool and the servers themselves, as the tests run them."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.monitoring_tools import find_tool
from ops.paths import Paths

INSTALLED = Path("/usr/share/prometheus")


def tool(name: str) -> Path:
    """The path of a program that `ktr setup --for test` gets."""
    return there(name, find_tool(name, Paths.of()))


def there(name: str, found: Path | None) -> Path:
    """The path of what was looked for; the test fails where it is missing."""
    if found is None:
        pytest.fail(f"{name} is missing. Get it with: ktr setup --for test")
    return found


def checked(name: str, *arguments: str | Path) -> str:
    """What a checker says of files that it accepts."""
    done = subprocess.run([tool(name), *arguments], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def alertmanager_command() -> list[str]:
    """How to start Alertmanager.

    Debian's reads its templates from a fixed place of the system. Unpacked, it gets them there in a mount namespace of
    its own, which nobody else sees.
    """
    program = tool("prometheus-alertmanager")
    templates = program.parents[1] / "share" / "prometheus"
    if templates == INSTALLED:
        return [str(program)]
    script = f'mount -t tmpfs none /usr/share && cp -r "$1" {INSTALLED} && shift && exec "$@"'
    own = ["--mount"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--mount"]
    command = ["unshare", *own, "sh", "-c", script, "sh", str(templates)]
    if subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        pytest.fail("this machine allows no mount namespace: install prometheus-alertmanager to run this test")
    return [*command, str(program)]


def wait_for(condition: Callable[[], object], seconds: float = 15) -> None:
    """Wait until `condition` holds.

    Raises:
        AssertionError: it does not, in time.
    """
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "not in time"
        time.sleep(0.05)
