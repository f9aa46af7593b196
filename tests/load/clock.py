"""The time of a run."""

import time


class Clock:
    """Moments as seconds since the run began."""

    def __init__(self) -> None:
        self.start = time.monotonic()
        """On the clock that all processes of a host share."""

    def now(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self.start
