"""Whatever is killed comes back healthy, and nothing that was promised to be kept is lost."""

import pytest

from tests.integration.harness.clients import answers
from tests.integration.harness.deployment import Deployment
from tests.integration.harness.durable import Promises
from tests.integration.harness.engine_view import EngineView, wait_until
from tests.integration.harness.kills import kill_main_process

BACK = 60.0
"""Seconds within which a killed service is healthy again."""
ALL_BACK = 120.0
"""The same when all are killed at once."""


@pytest.fixture(scope="module")
def promises(stacks: dict[str, Deployment], view: EngineView) -> Promises:
    return Promises(view, stacks["dev"])


@pytest.mark.parametrize("component", ["postgres", "redis", "app-blue-1", "nginx"])
def test_a_killed_service_is_back_with_everything_that_was_written(
    dev: Deployment, view: EngineView, promises: Promises, component: str
) -> None:
    promises.make()
    container = view.service(dev.name, component)
    started = view.inspect(container.id or "")["State"]["StartedAt"]
    kill_main_process(view, container)
    wait_until(
        lambda: (
            view.inspect(container.id or "")["State"]["StartedAt"] != started
            and view.health(container.id or "") == "healthy"
        ),
        BACK,
        f"{component} is back and healthy",
    )
    assert promises.broken() == []
    wait_until(lambda: answers(dev), BACK, "the application answers through the edge")


def test_all_services_killed_at_once_are_back_with_everything_that_was_written(
    dev: Deployment, view: EngineView, promises: Promises
) -> None:
    promises.make()
    containers = view.services(dev.name)
    for container in containers:
        kill_main_process(view, container)
    wait_until(lambda: not view.unhealthy(dev.name), ALL_BACK, "all services are healthy")
    wait_until(lambda: answers(dev), BACK, "the application answers through the edge")
    assert promises.broken() == []


def test_after_all_that_nothing_has_to_be_deployed_again(dev: Deployment) -> None:
    assert dev.preview() == {}
