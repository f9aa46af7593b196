"""The browser that the end-to-end tests drive."""

import shutil
import subprocess
import sys
from pathlib import Path

from ops import debian
from ops.console import Step
from ops.errors import OpsError
from ops.paths import Paths
from ops.process import run_logged

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def ensure_browser(paths: Paths, step: Step) -> None:
    """Find Chromium, else install Debian's, else Playwright's.

    Raises:
        OpsError: none can be had.
    """
    log = paths.logs / "browser.log"
    found = find_browser()
    if found is None and debian.can_install():
        debian.install(["chromium"], step=step, log=log)
        found = find_browser()
    if found is None:
        fix = "Install Chromium or Google Chrome so that it is on PATH."
        command = [sys.executable, "-m", "playwright", "install", "chromium"]
        run_logged(command, step=step, log=log, doing="installing Playwright's Chromium", fix=fix)
        step.result = "Playwright's Chromium"
        return
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    if said.returncode:
        raise OpsError(f"{found} does not start: {said.stderr.strip()}", fix="Reinstall it.", log=log)
    step.result = f"{said.stdout.strip()} ({found})"


def find_browser() -> Path | None:
    """Chromium or Google Chrome on PATH."""
    return next((Path(path) for name in NAMES if (path := shutil.which(name))), None)
