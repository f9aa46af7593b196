"""Releases from the tests' side: the stack that they start from, and what has to hold after one."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from components.engine import Engine, resolve_host
from components.release import edge_of
from components.settings import Colour, StackSettings
from components.traffic import Edge, Routing
from tests.integration.harness.deployment import Deployment, deployment
from tests.integration.harness.engine_view import EngineView, wait_until
from tests.integration.harness.versions import Versions
from tests.support.platform import config_of

RELEASE = {
    "active": "blue",
    "canaryPercent": 0,
    "keepIdle": True,
    "replaceLive": False,
    "drainSeconds": 10,
    "gate": {"passes": 2, "intervalSeconds": 0.2, "timeLimitSeconds": 10},
}
UNLIMITED = {"requestsPerSecond": 10_000, "connectionsPerClient": 10_000}
"""All of the load comes from one address."""


@contextmanager
def released_stack(view: EngineView, versions: Versions) -> Iterator[Deployment]:
    """A stack with a version in each slot, blue live."""
    settings: dict[str, Any] = {
        "ktr:edge": UNLIMITED,
        "ktr:logging": {"maxSize": "1g"},
        "ktr:release": {**RELEASE, "blue": versions.make(), "green": versions.make()},
    }
    with deployment("dev", view, settings) as made:
        made.up()
        yield made


def edge_on(released: Deployment, host: str | None = None) -> Edge:
    """The running edge of a stack, on the engine at `host` or on that of the tests."""
    settings = StackSettings.load(released.name, config_of(released.config), {})
    return edge_of(settings, Engine(host or resolve_host(None)))


def present(edge: Edge) -> Routing:
    """The routing in force."""
    routing = edge.routing()
    assert routing, "the edge routes nobody"
    return routing


def ask_for(released: Deployment, colour: Colour) -> None:
    """Name the slot that is to be live."""
    released.set({"ktr:release": {"active": colour.value}})


def after_another_run(released: Deployment, edge: Edge, colour: Colour) -> list[str]:
    """What is not as it should be once the update has been run again: nothing, when it has converged."""
    released.cli("cancel", "--yes")
    again = released.cli("up", "--yes", "--skip-preview")
    if again.returncode:
        return [f"the next run failed:\n{again.stdout[-3000:]}"]
    routing, changes = present(edge), released.preview()
    faults = {
        f"the edge has {routing} with {routing.live} live": (routing.live, routing.share(colour)) != (colour, 100),
        f"the next preview is not empty: {changes}": bool(changes),
    }
    return [fault for fault, holds in faults.items() if holds]


def at_the_flip(edge: Edge, colour: Colour, act: Callable[[], None]) -> threading.Thread:
    """Act, in a thread, as soon as the edge routes clients to a slot."""

    def flipped() -> bool:
        routing = edge.routing()
        return bool(routing and routing.share(colour))

    def watch() -> None:
        wait_until(flipped, 90, f"traffic moves to {colour}", poll=0.01)
        act()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread
