"""Fixtures of the tests of releases: a stack with two released versions, made once for each file of tests."""

from collections.abc import Callable, Iterator

import pytest

from components.settings import Colour
from components.traffic import Edge, Routing
from tests.integration.harness.deployment import Deployment
from tests.integration.harness.engine_view import EngineView
from tests.integration.harness.fixtures import stacks, view
from tests.integration.harness.ktr_command import KtrCommand
from tests.integration.harness.releases import edge_on, released_stack
from tests.integration.harness.versions import Versions

__all__ = ["stacks", "view"]


@pytest.fixture(scope="session")
def versions(view: EngineView, stacks: dict[str, Deployment]) -> Iterator[Versions]:
    """Makes versions of the application from what `stacks` has built."""
    made = Versions(view, stacks["dev"].outputs["release"]["slots"]["blue"])
    yield made
    made.remove()


@pytest.fixture(scope="module")
def released(view: EngineView, versions: Versions) -> Iterator[Deployment]:
    """A stack with a version in each slot, blue live."""
    with released_stack(view, versions) as made:
        yield made


@pytest.fixture(scope="module")
def edge(released: Deployment) -> Edge:
    """The stack's running edge."""
    return edge_on(released)


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
            # Whatever is live now may be replaced here: nobody is watching.
            released.set({"ktr:release": {**began, "replaceLive": True}})
            released.up()
            released.set({"ktr:release": began})

    settle()
    yield settle
    settle()
