"""Fixtures of the tests of releases: a stack with two released versions, made once for each file of tests."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from components.engine import Engine, resolve_host
from components.release import edge_of
from components.settings import Colour, StackSettings
from components.traffic import Edge, Routing
from tests.integration.harness.deployment import Deployment, deployment
from tests.integration.harness.engine_view import EngineView
from tests.integration.harness.fixtures import stacks, view
from tests.integration.harness.ktr_command import KtrCommand
from tests.integration.harness.versions import Versions
from tests.support.platform import config_of

__all__ = ["stacks", "view"]

RELEASE = {
    "active": "blue",
    "canaryPercent": 0,
    "keepIdle": True,
    "replaceLive": False,
    "drainSeconds": 60,
    "gate": {"passes": 2, "intervalSeconds": 0.2, "timeLimitSeconds": 10},
}
UNLIMITED = {"requestsPerSecond": 10_000, "connectionsPerClient": 10_000}
"""All of the load comes from one address."""


@pytest.fixture(scope="session")
def versions(view: EngineView, stacks: dict[str, Deployment]) -> Iterator[Versions]:
    """Makes versions of the application from what `stacks` has built."""
    made = Versions(view, stacks["dev"].outputs["release"]["slots"]["blue"])
    yield made
    made.remove()


@pytest.fixture(scope="module")
def released(view: EngineView, versions: Versions) -> Iterator[Deployment]:
    """A stack with a version in each slot, blue live."""
    settings: dict[str, Any] = {
        "ktr:edge": UNLIMITED,
        "ktr:logging": {"maxSize": "1g"},
        "ktr:release": {**RELEASE, "blue": versions.make(), "green": versions.make()},
    }
    with deployment("dev", view, settings) as made:
        made.up()
        yield made


@pytest.fixture(scope="module")
def edge(released: Deployment) -> Edge:
    """The stack's running edge."""
    settings = StackSettings.load(released.name, config_of(released.config), {})
    return edge_of(settings, Engine(resolve_host(None)))


@pytest.fixture(scope="module")
def ktr(released: Deployment) -> KtrCommand:
    """The command, at work on the stack."""
    return KtrCommand(released)


@pytest.fixture
def calm(released: Deployment, edge: Edge) -> Iterator[Callable[[], None]]:
    """Brings the stack back to where it began, before the test and whenever it asks."""
    began = dict(released.config["ktr:release"])
    wanted = Routing(live=Colour.BLUE, green=0)

    def settle() -> None:
        released.reload()
        if (
            released.config["ktr:release"] != began
            or edge.routing() != wanted
            or released.view.unhealthy(released.name)
        ):
            released.set({"ktr:release": began})
            released.up()

    settle()
    yield settle
    settle()
