"""The README's commands, as a person gives them: up, up again, down, and up again on the data that were kept."""

from collections.abc import Iterator

import pytest
import requests

from tests.integration.harness.clients import HEALTH
from tests.integration.harness.deployment import Deployment, deployment
from tests.integration.harness.engine_view import EngineView
from tests.integration.harness.ktr_command import KtrCommand


@pytest.fixture(scope="module")
def newcomer(view: EngineView) -> Iterator[Deployment]:
    """A stack that was never deployed, whose data outlive it."""
    with deployment("dev", view, {"ktr:data": {"protect": True, "keepOnDestroy": True}}) as made:
        made.initialise()
        yield made


def test_a_stack_comes_up_stays_as_it_is_and_comes_back_to_its_data(newcomer: Deployment) -> None:
    ktr, name = KtrCommand(newcomer), newcomer.name

    assert ktr.json("up", name)["stack"] == name
    assert requests.get(f"{newcomer.url}{HEALTH}", timeout=10).text == "ok"
    code, again = ktr.run("up", name)
    assert code == 0, again
    assert "unchanged" in again

    (kept,) = (volume for volume in newcomer.view.volumes(name) if volume["Name"] == f"ktr-{name}-postgres-data")
    code, down = ktr.run("down", name, "--yes")
    assert code == 0, down
    assert kept["Name"] in down
    assert not newcomer.view.services(name)

    # Not from nothing: Pulumi knows what was kept, and previews before it deploys.
    code, back = ktr.run("up", name)
    assert code == 0, back
    assert kept in newcomer.view.volumes(name)
    assert requests.get(f"{newcomer.url}{HEALTH}", timeout=10).text == "ok"
