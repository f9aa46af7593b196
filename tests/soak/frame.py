"""What every soak has: rounds up to a limit, progress, figures, and a verdict."""

import random
import statistics
import time
from collections.abc import Callable, Generator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from docker.errors import DockerException
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ops.console import elapsed, step
from ops.errors import OpsError
from tests.integration.harness.engine_view import EngineView

BREAKS = (AssertionError, RuntimeError, OSError, DockerException, OpsError)
"""What may go wrong in a round that is no mistake of the soak itself."""

INTERRUPTED = "interrupted"


@dataclass(frozen=True, kw_only=True)
class Round:
    """One repetition."""

    what: str
    """What was done to whom; rounds of the same kind are summed up together."""
    seconds: float
    """How long it took to be well again."""
    detail: str = ""
    """What is needed to do the same again, such as a moment."""
    broken: list[str] = field(default_factory=list)
    """Expectations that did not hold."""


Rounds = Generator[Round]


@dataclass(frozen=True, kw_only=True)
class Soak:
    """A named soak. `rounds` goes on for ever, and cleans up when it is closed."""

    name: str
    about: str
    count: int
    """Rounds of a full run."""
    rounds: Callable[[EngineView, random.Random], Rounds]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """When a soak ends; whatever comes first."""

    count: int | None
    """Rounds; None for the soak's own number."""
    minutes: float | None
    """A round that has begun is finished."""


@dataclass
class Result:
    """What one soak found."""

    name: str
    seed: int
    rounds: list[Round] = field(default_factory=list)
    aborted: str = ""
    """Why there are fewer rounds than asked for."""
    seconds: float = 0.0
    began: str = field(default_factory=lambda: datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"))

    @property
    def ok(self) -> bool:
        """Whether all expectations held in each round."""
        return not self.aborted and not any(each.broken for each in self.rounds)

    @property
    def interrupted(self) -> bool:
        """Whether a person ended it."""
        return self.aborted == INTERRUPTED

    def as_json(self) -> dict[str, Any]:
        """Plain values, the verdict included."""
        return {**asdict(self), "ok": self.ok}


def soak(chosen: Soak, view: EngineView, limits: Limits, seed: int) -> Result:
    """Run one soak up to its limits; what it made is removed, whatever happens."""
    result, began = Result(chosen.name, seed), time.monotonic()
    count = limits.count or chosen.count
    # Nobody's secret depends on it: a seed makes a run repeatable.
    rounds = chosen.rounds(view, random.Random(seed))  # noqa: S311
    with step(chosen.name) as current:
        try:
            current.detail = "preparing"
            for number, each in enumerate(rounds, start=1):
                result.rounds.append(each)
                failed = sum(bool(other.broken) for other in result.rounds)
                current.detail = f"{number} of {count}: {each.what} {each.detail}; {failed} broken".replace(" ;", ";")
                minutes = (time.monotonic() - began) / 60
                if number >= count or (limits.minutes is not None and minutes >= limits.minutes):
                    break
            current.detail += "; removing what was made"
        except BREAKS as error:
            result.aborted = str(error)
        except KeyboardInterrupt:
            result.aborted = INTERRUPTED
        try:
            rounds.close()
        except BREAKS as error:
            result.aborted = result.aborted or f"cleaning up: {error}"
        current.warning = not result.ok
        current.result = f"{len(result.rounds)} rounds"
    result.seconds = time.monotonic() - began
    return result


def print_results(results: list[Result], console: Console) -> None:
    """A table of all soaks, and what broke in which round."""
    table = Table(title="Soaks", title_justify="left")
    for heading in ("Soak", "What"):
        table.add_column(heading)
    for heading in ("Rounds", "Broken", "Median s", "Longest s"):
        table.add_column(heading, justify="right")
    for result in results:
        for what in sorted({each.what for each in result.rounds}):
            alike = [each for each in result.rounds if each.what == what]
            seconds = [each.seconds for each in alike]
            broken = sum(bool(each.broken) for each in alike)
            figures = (f"{statistics.median(seconds):.1f}", f"{max(seconds):.1f}")
            table.add_row(result.name, what, str(len(alike)), str(broken), *figures)
    console.print(table)
    for result in results:
        verdict = "held" if result.ok else "[red]BROKEN[/red]"
        console.print(f"{result.name}: {verdict} in {elapsed(result.seconds)}, seed {result.seed}")
        for number, each in enumerate(result.rounds, start=1):
            for fault in each.broken:
                console.print(f"  round {number}, {escape(each.what)} {escape(each.detail)}: {escape(fault)}")
        if result.aborted:
            console.print(f"  after round {len(result.rounds)}: {escape(result.aborted)}")
