"""Invariant 9: a first deployment that is killed at any moment and run again ends in the wanted state."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.integration.harness.convergence import Outcome, run_again
from tests.integration.harness.deployment import Deployment, deployment
from tests.integration.harness.engine_view import EngineView
from tests.integration.harness.interruption import ENDS, Moment, interrupt
from tests.integration.harness.platform import built_images_removed

AT_ONCE = 3
"""Deployments that are killed and repaired side by side: they mostly wait."""
MOMENTS = (
    Moment("the program starts", ""),
    Moment("the data network is being made", "Network::network-data"),
    Moment("the application's image is being built", "RemoteImage::app-build", delay=0.1),
    Moment("the database's volume has been made", "Volume::postgres-data", ENDS),
    Moment("files are being loaded", "Container::postgres-files-loader", delay=0.15),
    Moment("redis starts", "Container::redis", delay=0.5),
    Moment("the database makes its cluster", "Container::postgres", delay=1.5),
    Moment("roles are being made", "Container::postgres-roles", delay=0.3),
    Moment("the schema is being migrated", "Container::app-blue-migrate", delay=0.7),
    Moment("the edge starts", "Container::nginx", delay=1.0),
)
ALONE = Moment("the application starts, and only pulumi itself is killed", "Container::app-blue-1", delay=1.0)


def _interrupt_and_repeat(view: EngineView, moment: Moment) -> Outcome:
    with deployment("dev", view) as deployed:
        interrupt(deployed, moment, alone=moment is ALONE)
        return run_again(deployed)


@pytest.fixture(scope="module")
def outcomes(view: EngineView, stacks: dict[str, Deployment]) -> Iterator[dict[str, Future[Outcome]]]:
    """One deployment for each moment, killed and run again; `stacks` has built the image that they share."""
    del stacks
    with built_images_removed(view), ThreadPoolExecutor(AT_ONCE) as pool:
        yield {moment.name: pool.submit(_interrupt_and_repeat, view, moment) for moment in (*MOMENTS, ALONE)}


@pytest.mark.parametrize("moment", [moment.name for moment in (*MOMENTS, ALONE)])
def test_killed_while(outcomes: dict[str, Future[Outcome]], moment: str) -> None:
    assert outcomes[moment].result().broken() == []


def test_there_are_ten_different_moments() -> None:
    assert len({(moment.resource, moment.phase) for moment in MOMENTS}) == 10
