"""The ways of releasing as a table for people."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from tests.bench.releases.figures import ROLLBACK, ROLLBACK_GOAL, ReleaseFigures
from tests.bench.releases.way import RATE, SOCKETS


def print_releases(rows: Sequence[ReleaseFigures], console: Console) -> None:
    """Print the table, and whether a rollback is as fast as it should be."""
    table = Table(title=f"Releases under {RATE} requests/s and {SOCKETS} WebSockets", title_justify="left")
    table.add_column("Way", no_wrap=True)
    for heading in ("Releases", "Seconds", "Moved after s", "Requests", "Failed", "WebSockets closed"):
        table.add_column(heading, justify="right")
    for heading in ("Worst ms", "Steady p99 ms"):
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(
            row.way,
            str(row.releases),
            f"{row.seconds:.1f}",
            _number(row.moved, digits=1),
            str(row.requests),
            ", ".join(f"{count} {kind}" for kind, count in row.failed.items()) or "0",
            str(row.sockets_closed),
            _number(row.worst),
            _number(row.steady_p99),
        )
    console.print(table)
    between = sum(row.steady_failed for row in rows)
    console.print(
        f"Between the releases {between} requests failed. The load generator was never more than "
        f"{max(row.worst_lag for row in rows):.0f} ms late."
    )
    for row in rows:
        if row.way == ROLLBACK and row.moved_longest is not None:
            verdict = "[green]met[/green]" if row.rollback_goal_met else "[red]missed[/red]"
            console.print(
                f"{row.way}: all new traffic had moved {row.moved:.1f} s after the command's start, "
                f"{row.moved_longest:.1f} s at the longest; goal: below {ROLLBACK_GOAL:.0f} s, {verdict}"
            )


def _number(value: float | None, digits: int = 0) -> str:
    return "" if value is None else f"{value:.{digits}f}"
