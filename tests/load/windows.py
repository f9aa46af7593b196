"""Named spans of time that follow each other, with gaps."""

from bisect import bisect_right
from dataclasses import dataclass

from tests.load.report import NONE


@dataclass
class Span:
    """From a mark to the next; seconds since the run began."""

    name: str
    start: float
    end: float = float("inf")


class Windows:
    """The spans of one run. Marks come in the order of their times."""

    def __init__(self) -> None:
        self.spans: list[Span] = []

    def mark(self, name: str, at: float) -> None:
        """Begin a span; the one before ends."""
        self.unmark(at)
        self.spans.append(Span(name, at))

    def unmark(self, at: float) -> None:
        """End the current span, if there is one."""
        if self.spans and self.spans[-1].end > at:
            self.spans[-1].end = at

    def index(self, at: float) -> int | None:
        """The number of the span at a moment; None between spans."""
        number = bisect_right(self.spans, at, key=lambda span: span.start) - 1
        return number if number >= 0 and at < self.spans[number].end else None

    def name(self, at: float) -> str:
        """The name of the span at a moment."""
        number = self.index(at)
        return NONE if number is None else self.spans[number].name
