"""What stops a run."""

from __future__ import annotations

from collections.abc import Sequence


class RunError(Exception):
    """A run cannot start or go on; the text is for the user."""


class StepError(RunError):
    """One step failed.

    Args:
        step: the step's name in the file.
        message: what is wrong and what would be right.
    """

    def __init__(self, step: str, message: str) -> None:
        self.step = step
        self.message = message
        super().__init__(f"Step {step!r}: {message}")


class UnsupportedStepsError(RunError):
    """The transformation uses step types KTR cannot run yet.

    Args:
        missing: step name and type, in the order of the file.
    """

    def __init__(self, missing: Sequence[tuple[str, str]]) -> None:
        self.missing = list(missing)
        named = ", ".join(f"{name!r} ({kind})" for name, kind in self.missing)
        super().__init__(f"KTR cannot run these steps yet: {named}. Disable their hops or replace them")


class CancelledError(RunError):
    """Somebody asked the run to stop."""

    def __init__(self, reason: str = "cancelled") -> None:
        super().__init__(reason)
