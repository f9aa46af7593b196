"""Measures processes: wall-clock seconds, and seconds of CPU of everything that they start."""

import ctypes
import os
import resource
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

PR_SET_CHILD_SUBREAPER = 36
ORPHANS_END_WITHIN = 5.0
"""Seconds after the end of a command that its left-over children may take to end."""


@dataclass(frozen=True)
class Sample:
    """What one action took."""

    wall: float
    """Seconds from its start to its end."""
    cpu: float
    """Seconds of CPU, user and system, of all processes that it started."""

    @classmethod
    def median(cls, samples: list[Self]) -> Self:
        """Both figures' own medians."""
        return cls(
            statistics.median(sample.wall for sample in samples), statistics.median(sample.cpu for sample in samples)
        )


def adopt_orphans() -> None:
    """Become the parent of processes whose own parent ends first (Linux), so that their CPU time is counted.

    Pulumi ends without waiting for every plugin.
    """
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def measured(action: Callable[[], object]) -> Sample:
    """Run an action that starts processes and waits for them; no others may be running meanwhile."""
    cpu_before = _cpu_of_children()
    started = time.monotonic()
    action()
    wall = time.monotonic() - started
    _wait_for_orphans()
    return Sample(wall, _cpu_of_children() - cpu_before)


def interleaved(actions: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Sample]:
    """The medians of several actions, measured in turn, so that what else the machine does hits all of them alike."""
    samples: dict[str, list[Sample]] = {name: [] for name in actions}
    for _ in range(rounds):
        for name, action in actions.items():
            samples[name].append(measured(action))
    return {name: Sample.median(taken) for name, taken in samples.items()}


@dataclass
class Stopwatch:
    """Samples of alternatives that need preparation between the measurements."""

    samples: dict[str, list[Sample]] = field(default_factory=dict)

    def take(self, name: str, action: Callable[[], object]) -> None:
        """Measure one action."""
        self.samples.setdefault(name, []).append(measured(action))

    def median(self, name: str) -> Sample:
        """The medians of what was taken under `name`."""
        return Sample.median(self.samples[name])


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _wait_for_orphans() -> None:
    deadline = time.monotonic() + ORPHANS_END_WITHIN
    while time.monotonic() < deadline:
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not ended:
            time.sleep(0.02)
