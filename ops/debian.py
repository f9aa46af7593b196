"""Installing what is missing, on the systems where that can be done without asking."""

import os
import shutil
from pathlib import Path

from ops.console import Step
from ops.process import run_logged


def can_install() -> bool:
    """Whether this is Debian or one of its derivatives, and we may install packages."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages: list[str], *, step: Step, log: Path) -> None:
    """Install Debian packages without their recommendations."""
    env = {"DEBIAN_FRONTEND": "noninteractive"}
    run_logged(["apt-get", "update"], step=step, log=log, doing="reading Debian's package lists", env=env)
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    run_logged(command, step=step, log=log, doing=f"installing {', '.join(packages)}", env=env)
