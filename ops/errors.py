"""Errors for people: what is wrong, how to fix it, where the details are."""

from pathlib import Path


class OpsError(Exception):
    """Stops the command with a message instead of a traceback."""

    def __init__(self, what: str, *, fix: str = "", log: Path | None = None) -> None:
        """Describe the fault.

        Args:
            what: what is wrong, and where.
            fix: what the person can do about it, as a sentence or commands, one a line.
            log: file with the full output.
        """
        super().__init__(what)
        self.what = what
        self.fix = fix
        self.log = log
