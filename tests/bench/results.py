"""What was found, as a table for people and as JSON."""

import os
import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.measure import Sample
from tests.bench.releases import ReleaseFigures, print_releases


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One figure of the platform beside that of something plain, taken in the same run."""

    name: str
    value: float
    baseline: float
    baseline_name: str
    unit: str
    goal: float | None = None
    """The highest ratio that is good enough; None for a figure that only informs."""

    @property
    def ratio(self) -> float:
        """How many times the baseline."""
        return self.value / self.baseline

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without one."""
        return None if self.goal is None else self.ratio <= self.goal


def time_comparisons(name: str, value: Sample, baseline: Sample, baseline_name: str, goal: float) -> list[Comparison]:
    """Wall-clock time, on which the goal is set, and CPU time, which other load on the machine hardly changes."""
    return [
        Comparison(
            name=name,
            value=value.wall,
            baseline=baseline.wall,
            baseline_name=baseline_name,
            unit="s",
            goal=goal,
        ),
        Comparison(
            name=f"{name}, CPU",
            value=value.cpu,
            baseline=baseline.cpu,
            baseline_name=baseline_name,
            unit="s",
        ),
    ]


@dataclass(frozen=True, kw_only=True)
class Share:
    """A part of a longer time."""

    name: str
    seconds: float
    count: int = 1
    longest: float = 0.0
    """Seconds of the longest of them."""


@dataclass
class Report:
    """Everything that one run found."""

    comparisons: list[Comparison] = field(default_factory=list)
    code_change: list[Share] = field(default_factory=list)
    """Where the time from a changed line of the application to healthy goes; the whole comes last."""
    first_up: list[Share] = field(default_factory=list)
    """Where the time of a first `up` goes. Resources are made side by side, so the sum exceeds the whole."""
    releases: list[ReleaseFigures] = field(default_factory=list)
    date: str = field(default_factory=lambda: datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"))
    load: dict[str, float] = field(default_factory=dict)
    """Load average of the minute before the first benchmark and at the end of each."""

    def note_load(self, when: str) -> None:
        """Remember how busy the machine was: above the number of CPUs, wall-clock figures say little."""
        self.load[when] = os.getloadavg()[0]

    def as_json(self) -> dict[str, Any]:
        """Plain values, ratios and verdicts included."""
        comparisons = [
            {**asdict(comparison), "ratio": comparison.ratio, "met": comparison.met} for comparison in self.comparisons
        ]
        machine = {"cpus": os.cpu_count(), "system": platform.platform()}
        return {**asdict(self), "comparisons": comparisons, "machine": machine}

    def print(self, console: Console) -> None:
        """Print every table that has rows."""
        if self.comparisons:
            console.print(self._comparison_table())
        if self.code_change:
            console.print(share_table("One changed line of the application, until healthy", self.code_change))
        if self.first_up:
            console.print(share_table("A first up with images present: seconds by what is made", self.first_up))
        if self.releases:
            print_releases(self.releases, console)
        load = ", ".join(f"{when} {average:.1f}" for when, average in self.load.items())
        console.print(f"{self.date}, {os.cpu_count()} CPUs, load of the minute before: {load}")

    def _comparison_table(self) -> Table:
        table = Table(title="Medians of one run", title_justify="left")
        table.add_column("What")
        for heading in ("Platform", "Baseline"):
            table.add_column(heading, justify="right")
        table.add_column("Baseline is")
        for heading in ("Ratio", "Goal"):
            table.add_column(heading, justify="right")
        table.add_column("Met")
        for comparison in self.comparisons:
            table.add_row(
                comparison.name,
                f"{comparison.value:.4g} {comparison.unit}",
                f"{comparison.baseline:.4g} {comparison.unit}",
                comparison.baseline_name,
                f"{comparison.ratio:.2f}",
                "" if comparison.goal is None else f"≤ {comparison.goal:.2f}",
                {None: "", True: "[green]yes[/green]", False: "[red]no[/red]"}[comparison.met],
            )
        return table


def share_table(title: str, shares: list[Share]) -> Table:
    """Parts of a time as a table."""
    table = Table(title=title, title_justify="left")
    table.add_column("What")
    for heading in ("Seconds", "Count", "Longest"):
        table.add_column(heading, justify="right")
    for share in shares:
        longest = f"{share.longest:.1f}" if share.longest else ""
        table.add_row(share.name, f"{share.seconds:.1f}", str(share.count), longest)
    return table
