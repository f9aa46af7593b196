"""A report as tables for people."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.load.report import Latency, Report, Sockets, Traffic

LISTED = 10
"""Failures and closes that are shown."""


def print_report(report: Report, console: Console) -> None:
    """Print everything that a person looks at first."""
    pace = report.pace
    console.print(
        f"[bold]{escape(report.url)}[/bold]: {report.seconds:g} s, ended: {report.ended}; "
        f"sent {pace.achieved_rate:g} of {pace.asked_rate:g} requests/s (slowest second: {pace.slowest_second}), "
        f"worst lag {pace.worst_lag:g} ms, {pace.cpu_share:.0%} of one core, "
        f"load average {pace.load_average:g}; {report.connections} connections opened by {report.clients} clients"
    )
    console.print(_traffic(report))
    console.print(_sockets(report.sockets))
    problems = [f"{request.at:8.3f} s  {request.failure}: {request.detail}" for request in report.failed_requests]
    problems += [f"{close.at:8.3f} s  closed by {close.by}, code {close.code}" for close in report.sockets.closes]
    problems += list(report.sockets.not_opened)
    for problem in problems[:LISTED]:
        console.print(escape(problem))
    if len(problems) > LISTED:
        console.print(f"… and {len(problems) - LISTED} more")


def _traffic(report: Report) -> Table:
    table = Table(title="Requests", title_justify="left")
    table.add_column("When")
    for heading in ("Seconds", "Requests", "Failed", "p50 ms", "p95 ms", "p99 ms", "Max ms", "Lag ms", "Mismatches"):
        table.add_column(heading, justify="right")
    for heading in ("New clients", "Sticky clients", "Versions"):
        table.add_column(heading)
    for window in report.windows:
        _row(table, window.name, window.traffic)
    _row(table, "steady", report.steady)
    _row(table, "whole", report.whole)
    return table


def _row(table: Table, name: str, traffic: Traffic) -> None:
    failed = ", ".join(f"{count} {failure}" for failure, count in traffic.failures.items()) or "0"
    table.add_row(
        escape(name),
        f"{traffic.seconds:.1f}",
        str(traffic.requests),
        failed,
        *_percentiles(traffic.latency),
        f"{traffic.worst_lag:.1f}",
        str(traffic.mismatches),
        _counts(traffic.new_clients),
        _counts(traffic.sticky_clients),
        _counts(traffic.versions),
    )


def _percentiles(latency: Latency | None) -> list[str]:
    if latency is None:
        return ["", "", "", ""]
    return [f"{value:.1f}" for value in (latency.p50, latency.p95, latency.p99, latency.max)]


def _counts(counts: dict[str, int]) -> str:
    return escape(", ".join(f"{count} {name}" for name, count in sorted(counts.items())))


def _sockets(sockets: Sockets) -> Table:
    table = Table(title="WebSockets", title_justify="left")
    for heading in ("Opened", "Not opened", "Closed", "Sent", "Answered", "Unanswered", "p50 ms", "p99 ms", "Max ms"):
        table.add_column(heading, justify="right")
    table.add_column("Slots")
    p50, _, p99, longest = _percentiles(sockets.round_trip)
    numbers = (sockets.opened, len(sockets.not_opened), len(sockets.closes))
    messages = (sockets.sent, sockets.answered, sockets.unanswered)
    table.add_row(*map(str, numbers + messages), p50, p99, longest, _counts(sockets.colours))
    return table
