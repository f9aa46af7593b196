"""Fixtures of the tests of the monitoring: the stacks that all tests share, and one that tells a receiver of alerts."""

from collections.abc import Iterator

import pytest

from tests.integration.harness.deployment import Deployment
from tests.integration.harness.engine_view import EngineView
from tests.integration.harness.fixtures import stacks, view
from tests.integration.harness.measured import Measured
from tests.integration.harness.receiver import Receiver
from tests.integration.harness.told import watched

__all__ = ["stacks", "view"]


@pytest.fixture(scope="package")
def telling(view: EngineView) -> Iterator[tuple[Deployment, Receiver]]:
    """A monitored deployment, quiet so far, and who is told of what happens to it."""
    with watched(view) as made:
        yield made


@pytest.fixture
def deployed(telling: tuple[Deployment, Receiver]) -> Deployment:
    """The monitored deployment."""
    return telling[0]


@pytest.fixture
def receiver(telling: tuple[Deployment, Receiver]) -> Receiver:
    """Who is told."""
    return telling[1]


@pytest.fixture
def measured(deployed: Deployment) -> Measured:
    """What has been measured of it."""
    return Measured(deployed)
