"""Keeps what came of each request in a few bytes, and sums it up."""

from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from tests.load.report import NONE, Failure, Latency, Traffic

Key = TypeVar("Key")


@dataclass(frozen=True)
class Answer:
    """What came of a request; the many that are alike share one object."""

    sticky: bool
    failure: Failure | None = None
    status: int = 0
    """0: there was no answer."""
    slot: str = NONE
    colour: str = NONE
    version: str = NONE

    @property
    def mismatch(self) -> bool:
        """Whether the edge and the application name different colours."""
        return NONE not in (self.slot, self.colour) and self.slot != self.colour


class Recorder:
    """One row a request: when it was due, its lag and latency in seconds, its answer."""

    def __init__(self) -> None:
        self.due = array("d")
        self.sent = array("d")
        self._latency = array("d")
        self._answers: list[Answer] = []
        self._known: dict[Answer, Answer] = {}

    def __len__(self) -> int:
        return len(self.due)

    def add(self, due: float, sent: float, done: float, answer: Answer) -> None:
        """Add a row; moments in seconds since the run began."""
        self.due.append(due)
        self.sent.append(sent)
        self._latency.append(done - due)
        self._answers.append(self._known.setdefault(answer, answer))

    def traffic(self, rows: Iterable[int], seconds: float) -> Traffic:
        """Sum up some of the rows."""
        rows = list(rows)
        answers = Counter(self._answers[row] for row in rows)
        answered = {answer: count for answer, count in answers.items() if answer.status}
        failures = _count((answer.failure, count) for answer, count in answers.items() if answer.failure)
        return Traffic(
            seconds=round(seconds, 3),
            requests=len(rows),
            failed=sum(failures.values()),
            failures=failures,
            statuses=_count((answer.status, count) for answer, count in answered.items()),
            slots=_count((answer.slot, count) for answer, count in answered.items()),
            versions=_count((answer.version, count) for answer, count in answered.items()),
            new_clients=_count((answer.colour, count) for answer, count in answered.items() if not answer.sticky),
            sticky_clients=_count((answer.colour, count) for answer, count in answered.items() if answer.sticky),
            mismatches=sum(count for answer, count in answered.items() if answer.mismatch),
            latency=latency([self._latency[row] for row in rows]),
            worst_lag=milliseconds(max((self.sent[row] - self.due[row] for row in rows), default=0)),
        )


def _count(pairs: Iterable[tuple[Key, int]]) -> dict[Key, int]:
    counted: Counter[Key] = Counter()
    for key, count in pairs:
        counted[key] += count
    return dict(counted)


def latency(seconds: list[float]) -> Latency | None:
    """Percentiles by nearest rank; None of nothing."""
    if not seconds:
        return None
    ordered = sorted(seconds)

    def at(percent: int) -> float:
        rank = -(-len(ordered) * percent // 100)
        return milliseconds(ordered[rank - 1])

    return Latency(p50=at(50), p95=at(95), p99=at(99), max=at(100))


def milliseconds(seconds: float) -> float:
    """Rounded to what can be measured."""
    return round(seconds * 1000, 2)
