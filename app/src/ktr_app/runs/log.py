"""The log of one run: a file of its own, because rows may hold what the application's log must not."""

from __future__ import annotations

import time
from pathlib import Path
from uuid import UUID

from ktr_app.models import now

KEEP_DAYS = 30
MAX_BYTES = 2**20
"""A log that has grown to this size takes no more lines."""


class RunLog:
    """Appends lines to `FOLDER/RUN.log`.

    Args:
        folder: where logs are kept.
        run: whose log it is.
    """

    def __init__(self, folder: Path, run: UUID) -> None:
        self._path = folder / f"{run}.log"

    def write(self, step: str, line: str) -> None:
        """Add a line; one that cannot be written is lost, the run goes on."""
        try:
            with self._path.open("a", encoding="utf-8") as file:
                if file.tell() < MAX_BYTES:
                    file.write(f"{now():%H:%M:%S} {step} - {line}\n")
        except OSError:
            return

    def tail(self, lines: int = 200) -> str:
        """Return the last lines; empty where there is no log on this instance."""
        try:
            return "\n".join(self._path.read_text(encoding="utf-8").splitlines()[-lines:])
        except OSError:
            return ""


def prune(folder: Path) -> None:
    """Delete logs older than `KEEP_DAYS`."""
    oldest = time.time() - KEEP_DAYS * 86_400
    for path in folder.glob("*.log"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
