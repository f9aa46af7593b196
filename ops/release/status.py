"""The status of a stack: its slots as the engine has them, its traffic as the edge has it, and what deviates."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from docker.models.containers import Container
from rich.console import Console
from rich.table import Table

from components.naming import COLOUR_LABEL, VERSION_LABEL
from components.settings import ABSENT, SOURCE, Colour, ReleaseSettings
from components.traffic import Routing
from ops.release.site import Site

MAINTENANCE = "maintenance"
"""The file in the edge's state volume."""


@dataclass(frozen=True, kw_only=True)
class Replica:
    """One container of a slot."""

    name: str
    state: str
    """healthy, unhealthy, starting, or the engine's word for one that does not run."""
    restarts: int
    seconds: float
    """Since its start."""


@dataclass(frozen=True, kw_only=True)
class SlotStatus:
    """One slot."""

    colour: str
    version: str
    image: str
    """Id of the first replica's image: hexadecimal digits."""
    share: int
    """Percent of the clients, as the edge routes them."""
    live: bool
    connections: int
    """Open between the edge and the slot."""
    replicas: list[Replica]


@dataclass(frozen=True, kw_only=True)
class Status:
    """A stack at a glance."""

    stack: str
    maintenance: bool
    slots: list[SlotStatus]
    drift: list[str]
    """Where the edge or the engine deviates from the settings."""

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


def status_of(site: Site) -> Status:
    """Look at a stack.

    Raises:
        OpsError: it is not deployed.
        TrafficError: its edge cannot be asked.
    """
    is_up = site.edge_container.status == "running"
    routing = site.edge.routing()
    replicas = site.replicas()
    slots = [_slot(site, colour, routing, replicas, is_up=is_up) for colour in Colour]
    return Status(
        stack=site.stack,
        maintenance=MAINTENANCE in site.edge.files(),
        slots=[slot for slot in slots if slot.replicas or slot.share],
        drift=list(_drift(site, routing, {slot.colour: slot for slot in slots}, is_up=is_up)),
    )


def print_status(status: Status, out: Console) -> None:
    """The status as a table."""
    table = Table(title=f"stack {status.stack}", title_justify="left", box=None, padding=(0, 1, 0, 0))
    for heading in ("Slot", "Traffic", "Version", "Image", "Open", "Replica", "State", "Age", "Restarts"):
        table.add_column(heading, header_style="bold", no_wrap=True)
    for slot in status.slots:
        name = f"[bold]{slot.colour}[/bold]{' ◀' if slot.live else ''}"
        for number, replica in enumerate(slot.replicas):
            first = number == 0
            colour = "green" if replica.state == "healthy" else "red"
            about_slot = (name, f"{slot.share} %", slot.version, slot.image[:8], str(slot.connections))
            table.add_row(
                *(about_slot if first else [""] * len(about_slot)),
                replica.name.rpartition("-")[2],
                f"[{colour}]{replica.state}[/{colour}]",
                _age(replica.seconds),
                str(replica.restarts),
            )
    out.print(table)
    if status.maintenance:
        out.print("[yellow]Maintenance is on: people see a notice.[/yellow] `ktr maintenance off` ends it.")
    for line in status.drift:
        out.print(f"[yellow]Drift:[/yellow] {line}")


def _age(seconds: float) -> str:
    """`42 s`, `13 min`, `5 h`, `12 d`."""
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _slot(
    site: Site, colour: Colour, routing: Routing | None, containers: list[Container], *, is_up: bool
) -> SlotStatus:
    own = [one for one in containers if one.labels.get(COLOUR_LABEL) == colour]
    return SlotStatus(
        colour=colour.value,
        version=own[0].labels.get(VERSION_LABEL, "") if own else ABSENT,
        image=str(own[0].attrs["Image"]).removeprefix("sha256:") if own else "",
        share=routing.share(colour) if routing else 0,
        live=bool(routing and routing.live is colour),
        connections=site.edge.open_connections(colour) if is_up else 0,
        replicas=[_replica(one) for one in own],
    )


def _replica(container: Container) -> Replica:
    state: Mapping[str, Any] = container.attrs["State"]
    started = datetime.fromisoformat(f"{state['StartedAt'][:19]}+00:00")
    running = state["Status"] == "running"
    return Replica(
        name=str(container.name),
        state=state.get("Health", {}).get("Status", state["Status"]) if running else state["Status"],
        restarts=container.attrs["RestartCount"],
        seconds=(datetime.now(tz=UTC) - started).total_seconds() if running else 0.0,
    )


def _drift(site: Site, routing: Routing | None, slots: Mapping[str, SlotStatus], *, is_up: bool) -> Iterator[str]:
    release = site.settings.release
    if not is_up:
        yield f"the edge ({site.edge.container}) is {site.edge_container.status}"
    wanted = Routing.of(release.active, release.shares)
    if routing is None:
        yield "the edge routes nobody yet"
    elif routing != wanted:
        yield f"the settings say {wanted} with {wanted.live} live; the edge has {routing} with {routing.live} live"
    for slot in slots.values():
        yield from _deviations(slot, release)


def _deviations(slot: SlotStatus, release: ReleaseSettings) -> Iterator[str]:
    version = release.slots.get(Colour(slot.colour))
    if version is None:
        if slot.replicas:
            yield f"{slot.colour} still runs {slot.version}; the settings have no such slot"
    elif len(slot.replicas) != release.replicas:
        yield f"{slot.colour} has {len(slot.replicas)} of {release.replicas} replicas"
    elif version not in {SOURCE, slot.version}:
        yield f"{slot.colour} runs {slot.version}; the settings name {version}"
    for replica in slot.replicas:
        if replica.state != "healthy":
            yield f"{replica.name} is {replica.state}"
