"""What clients saw of the releases of one way."""

import statistics
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from tests.load import Report
from tests.load.report import Window

ROLLBACK = "ktr rollback"
ROLLBACK_GOAL = 3.0
"""Seconds from the start of the command until all new traffic has moved."""


@dataclass(frozen=True, kw_only=True)
class ReleaseFigures:
    """Several releases of one way. What clients saw is counted from each command's start until it had settled."""

    way: str
    releases: int
    seconds: float
    """Median of the commands, from start to end."""
    moved: float | None
    """Median of the seconds from a command's start until the last client with a cookie met the other version."""
    moved_longest: float | None
    requests: int
    failed: dict[str, int]
    """By kind."""
    sockets_closed: int
    worst: float | None
    """Milliseconds of the slowest request; one that failed counts until it had."""
    steady_p99: float | None
    """Milliseconds, between the releases."""
    steady_failed: int
    """Requests that failed between the releases."""
    worst_lag: float
    """Milliseconds by which the load generator sent a request too late: latencies below it say little."""

    @property
    def rollback_goal_met(self) -> bool:
        """Whether every release moved all traffic within the goal of a rollback."""
        return self.moved_longest is not None and self.moved_longest < ROLLBACK_GOAL


def figures(way: str, seconds: Mapping[str, float], report: Report) -> ReleaseFigures:
    """Sum up the releases of one way.

    Args:
        way: what it is called.
        seconds: how long each command took, by the name of its window in the report.
        report: what the load saw.
    """
    windows = [report.window(name) for name in seconds]
    moved = [after for window in windows if (after := _moved(window, report)) is not None]
    failed: Counter[str] = Counter()
    for window in windows:
        failed.update({kind.value: count for kind, count in window.traffic.failures.items()})
    return ReleaseFigures(
        way=way,
        releases=len(windows),
        seconds=statistics.median(seconds.values()),
        moved=statistics.median(moved) if moved else None,
        moved_longest=max(moved, default=None),
        requests=sum(window.traffic.requests for window in windows),
        failed=dict(failed),
        sockets_closed=sum(window.sockets_closed for window in windows),
        worst=max((window.traffic.latency.max for window in windows if window.traffic.latency), default=None),
        steady_p99=report.steady.latency.p99 if report.steady.latency else None,
        steady_failed=report.steady.failed,
        worst_lag=report.pace.worst_lag,
    )


def _moved(window: Window, report: Report) -> float | None:
    """Seconds from the window's start until the last client changed its colour."""
    return max((move.at - window.start for move in report.moves if move.window == window.name), default=None)
