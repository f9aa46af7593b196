"""A restart of the engine: all services come back, and nothing that was promised to be kept is lost.

On an engine of the tests' own, because everything on the machine runs on the other one.
"""

from collections.abc import Iterator

import pytest

from tests.integration.harness.clients import HEALTH
from tests.integration.harness.deployment import Deployment, deployment
from tests.integration.harness.durable import Promises
from tests.integration.harness.engine_view import EngineView, wait_until
from tests.integration.harness.private_engine import End, PrivateEngine, private_engine
from tests.integration.harness.private_images import load_images

BACK = 120.0
"""Seconds within which everything is healthy after the engine answers again."""


@pytest.fixture(scope="module")
def engine() -> Iterator[PrivateEngine]:
    with private_engine() as engine:
        yield engine


@pytest.fixture(scope="module")
def deployed(engine: PrivateEngine, stacks: dict[str, Deployment], view: EngineView) -> Iterator[Deployment]:
    """The platform on that engine, of images that the shared engine has: the private one reaches no registry."""
    private = engine.start()
    version = stacks["dev"].outputs["release"]["slots"]["blue"]
    load_images(engine, view, [version])
    variables = {"DOCKER_HOST": engine.host, "KTR_IMAGES_LOCK": ""}
    with deployment("dev", private, {"ktr:release": {"active": "blue", "blue": version}}, variables) as made:
        made.up()
        yield made


@pytest.mark.parametrize("end", list(End))
def test_after_a_restart_all_services_are_back_with_everything_that_was_written(
    engine: PrivateEngine, deployed: Deployment, end: End
) -> None:
    promises = Promises(deployed.view, deployed)
    promises.make()
    engine.stop(end)
    view = engine.start()
    wait_until(lambda: not view.unhealthy(deployed.name), BACK, "all services are healthy")
    url = f"{deployed.url}{HEALTH}".replace("localhost", "127.0.0.1")
    wait_until(lambda: engine.get(url), BACK, "the application answers through the edge")
    assert promises.broken() == []


def test_after_restarts_nothing_has_to_be_deployed_again(deployed: Deployment) -> None:
    assert deployed.preview() == {}
