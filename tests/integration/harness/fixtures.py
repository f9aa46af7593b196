"""Fixtures of the integration and end-to-end tests; both share one platform per test run."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.integration.harness.deployment import interrupt_on_termination
from tests.integration.harness.engine_view import EngineView
from tests.integration.harness.platform import Stacks, side_by_side
from tests.integration.harness.requirements import engine_client, require_platform_tools

_shared: dict[str, tuple[Stacks, ExitStack]] = {}
_users: list[str] = []


@pytest.fixture(scope="session")
def view() -> EngineView:
    """The engine that everything is deployed to."""
    require_platform_tools()
    interrupt_on_termination()
    return EngineView(engine_client())


@pytest.fixture(scope="session")
def stacks(view: EngineView, request: pytest.FixtureRequest) -> Iterator[Stacks]:
    """dev, staging and prod, up side by side until the last test of the run is over."""
    if "stacks" not in _shared:
        cleanup = ExitStack()
        _shared["stacks"] = cleanup.enter_context(side_by_side(view)), cleanup
    _users.append(request.node.nodeid)
    yield _shared["stacks"][0]
    _users.pop()
    if not _users:
        _, cleanup = _shared.pop("stacks")
        cleanup.close()
