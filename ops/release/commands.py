"""The commands about releases: release, rollback, switch, status, history, maintenance, unlock."""

import json
import re
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from components.nginx import STATE_DIR
from components.settings import Colour
from ops import deployment
from ops.console import console, elapsed
from ops.environment import prepare_engine
from ops.errors import OpsError
from ops.interaction import AsJson, Stack, ask, errors_for_people
from ops.paths import Paths
from ops.release import history as records
from ops.release.lock import break_lock
from ops.release.plan import Plan, plan_release, plan_switch
from ops.release.rollout import DONE, Rollout
from ops.release.site import Site
from ops.release.status import MAINTENANCE, print_status, status_of

StackOption = Annotated[str, typer.Option("--stack", "-s", help="The part between the dots of Pulumi.STACK.yaml.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Watch = Annotated[
    str, typer.Option("--watch", help="How long to watch failures and latency after a step: 60s, 5m; 0 for not at all.")
]


class Mode(StrEnum):
    """Of maintenance."""

    ON = "on"
    OFF = "off"


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        epilog="Examples: `ktr release 1.5.0 --stack prod --canary 10,50,100 --watch 60s` · `ktr release source`"
    )(release)
    app.command(epilog="Examples: `ktr rollback --stack prod` · `ktr rollback --yes --json`")(rollback)
    app.command(epilog="Example: `ktr switch green --stack prod`")(switch)
    app.command(epilog="Examples: `ktr status prod` · `ktr status prod --json | jq .drift`")(status)
    app.command(epilog="Examples: `ktr history prod` · `ktr history prod --json | jq '.[0]'`")(history)
    app.command(epilog="Examples: `ktr maintenance on --stack prod` · `ktr maintenance off --stack prod`")(maintenance)
    app.command(epilog="Example: `ktr unlock prod`")(unlock)


def release(  # noqa: PLR0913, PLR0917 (one for each option)
    version: Annotated[str, typer.Argument(help="A tag or digest that CI has pushed, or `source`: the working tree.")],
    stack: StackOption = "dev",
    canary: Annotated[
        str, typer.Option(help="Percent of the clients, step by step, before the switch: 10,50,100.")
    ] = "",
    watch: Watch = "60s",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Put a version into the idle slot, test it, move traffic to it, watch it, and take it back on alarm.

    The other slot keeps running what it runs: `ktr rollback` is back within seconds. Exit code 1: it was taken back.
    """
    with errors_for_people():
        seconds = _seconds(watch)
        site = _site(stack)
        plan = plan_release(site.settings.release, site.edge.routing(), site.running(), version, _percentages(canary))
        _agree(plan, stack, yes=yes)
        entry = Rollout(site, plan, "release").run(watch=seconds)
    _tell(entry, stack, as_json=as_json)


def rollback(stack: StackOption = "dev", yes: Yes = False, as_json: AsJson = False) -> None:
    """Move all traffic back to the other slot, which is still warm: traffic first, then settings and state."""
    _move(stack, None, yes=yes, as_json=as_json)


def switch(
    colour: Annotated[Colour, typer.Argument(help="The slot that is to be live.")],
    stack: StackOption = "dev",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Move all traffic to a slot that runs already."""
    _move(stack, colour, yes=yes, as_json=as_json)


def status(stack: Stack = "dev", as_json: AsJson = False) -> None:
    """Show slots, versions, health, open connections, and the traffic as the edge has it; exit code 1 on drift."""
    with errors_for_people():
        found = status_of(_site(stack))
    if as_json:
        print(json.dumps(found.as_json(), indent=2))
    else:
        print_status(found, Console(highlight=False))
    raise typer.Exit(1 if found.drift else 0)


def history(stack: Stack = "dev", as_json: AsJson = False) -> None:
    """Show releases, switches and rollbacks: who, when, from what to what, how long, and what failed."""
    with errors_for_people():
        found = records.entries(_site(stack).edge)
    if as_json:
        print(json.dumps([asdict(entry) for entry in found], indent=2))
        return
    table = Table(title=f"stack {stack}", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for heading in ("Started (UTC)", "Who", "What", "From", "To", "Took", "Failed requests", "Outcome"):
        table.add_column(heading, header_style="bold")
    for entry in found:
        outcome = f"{entry.outcome}: {entry.detail.splitlines()[0]}" if entry.detail else entry.outcome
        failed = f"{entry.failed} of {entry.requests}"
        when = entry.started[:19].replace("T", " ")
        table.add_row(when, entry.who, entry.what, entry.before, entry.after, elapsed(entry.seconds), failed, outcome)
    Console(highlight=False).print(table)


def maintenance(
    mode: Annotated[Mode, typer.Argument(help="on or off")],
    stack: StackOption = "dev",
) -> None:
    """Show people a notice (status 503, Retry-After) instead of the application, or end that. Slots keep running."""
    with errors_for_people():
        site = _site(stack)
        site.edge.run('touch "$1"' if mode is Mode.ON else 'rm -f "$1"', f"{STATE_DIR}/{MAINTENANCE}")
    console.print(f"Maintenance of stack {stack} is {mode}.")


def unlock(stack: Stack = "dev") -> None:
    """Remove the lock of a release whose process is gone."""
    with errors_for_people():
        holder = break_lock(_site(stack).engine.client, stack)
    console.print(f"Removed the lock of: {holder}" if holder else f"Nobody holds the lock of stack {stack}.")


def _move(stack: str, to: Colour | None, *, yes: bool, as_json: bool) -> None:
    with errors_for_people():
        site = _site(stack)
        routing = site.edge.routing()
        chosen = to or (routing.live.other if routing else site.settings.release.idle)
        plan = plan_switch(site.settings.release, routing, chosen, site.running())
        _agree(plan, stack, yes=yes)
        entry = Rollout(site, plan, "switch" if to else "rollback").run(at_once=True)
    _tell(entry, stack, as_json=as_json)


def _site(stack: str) -> Site:
    paths = Paths.of()
    deployment.require_stack(stack, paths)
    return Site.of(stack, paths, prepare_engine(stack, paths))


def _agree(plan: Plan, stack: str, *, yes: bool) -> None:
    console.print(f"Stack [bold]{stack}[/bold]: {plan.live} {plan.former} → {plan.candidate} {plan.version}")
    for number, planned in enumerate(plan.steps, start=1):
        console.print(f"  {number}. {planned.title}")
    console.print("  Expected downtime: none. Open WebSockets stay on their slot.")
    if not yes:
        ask("Go ahead?", instead="--yes")


def _tell(entry: records.Entry, stack: str, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(asdict(entry), indent=2))
    else:
        took = f"{elapsed(entry.seconds)}, {entry.failed} of {entry.requests} requests failed"
        console.print(f"{entry.what}: {entry.before} → {entry.after}: [bold]{entry.outcome}[/bold] ({took})")
        console.print(f"[dim]Pulumi.{stack}.yaml says so, too: commit it.[/dim]")
    raise typer.Exit(0 if entry.outcome == DONE else 1)


def _percentages(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise OpsError(f"--canary {text!r} is no list of percentages", fix="For example: --canary 10,50,100") from None


def _seconds(text: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(s|m|h|)", text.strip())
    if not match:
        raise OpsError(f"--watch {text!r} is no duration", fix="For example: --watch 60s, --watch 5m, --watch 0")
    return float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]]
