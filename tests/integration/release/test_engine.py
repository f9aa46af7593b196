"""Releases on an engine of the tests' own: it is restarted in the middle of one, and its disk is full."""

from collections.abc import Iterator

import pytest

from components.settings import Colour
from tests.integration.harness.deployment import Deployment, deployment
from tests.integration.harness.engine_view import EngineView, wait_until
from tests.integration.harness.interruption import BEGINS, Moment, interrupt_at
from tests.integration.harness.private_engine import End, PrivateEngine, private_engine
from tests.integration.harness.private_images import load_images
from tests.integration.harness.releases import RELEASE, UNLIMITED, edge_on, present
from tests.integration.harness.versions import Versions
from tests.load import LoadRun

BACK = 120.0
"""Seconds within which everything is healthy after the engine answers again."""
FILL = 'dd if=/dev/zero of=/state/filler bs=4k count=1000; echo "$?"'


@pytest.fixture(scope="module")
def engine() -> Iterator[PrivateEngine]:
    with private_engine() as engine:
        yield engine


@pytest.fixture(scope="module")
def released(engine: PrivateEngine, view: EngineView, versions: Versions) -> Iterator[Deployment]:
    """The platform on that engine, of images that the shared engine has: the private one reaches no registry."""
    private = engine.start()
    slots = {"blue": versions.make(), "green": versions.make()}
    load_images(engine, view, list(slots.values()))
    variables = {"DOCKER_HOST": engine.host, "KTR_IMAGES_LOCK": ""}
    with deployment("dev", private, {"ktr:edge": UNLIMITED, "ktr:release": {**RELEASE, **slots}}, variables) as made:
        made.up()
        yield made


def test_a_full_disk_leaves_the_former_routing(engine: PrivateEngine, released: Deployment) -> None:
    view = released.view
    volume = next(one for one in view.volumes(released.name) if one["Name"].endswith("-nginx-state"))
    nginx = view.service(released.name, "nginx")
    with engine.small_disk(volume["Mountpoint"], kilobytes=64):
        # It finds the small disk when it starts again.
        nginx.restart()
        wait_until(lambda: not view.unhealthy(released.name), BACK, "the edge is back")
        nginx.exec_run(["sh", "-c", FILL], user="0")
        released.set({"ktr:release": {"active": "green"}})
        with LoadRun(released.url, enter=engine.entered, rate=100, sockets=10, max_seconds=120) as load:
            said = released.cli("up", "--yes", "--skip-preview")
        assert not load.report.faulty, load.report.brief()
        assert load.report.whole.slots.keys() == {"blue"}
        assert said.returncode != 0
        assert "the routing could not be written; 0 KiB are free on its disk" in said.stdout
        edge = edge_on(released, engine.host)
        assert present(edge).share(Colour.BLUE) == 100
        nginx.exec_run(["rm", "/state/filler"], user="0")
        released.up()
        assert present(edge).share(Colour.GREEN) == 100
        assert released.preview() == {}
    # Its own disk still has what was there before.
    nginx.restart()
    wait_until(lambda: not view.unhealthy(released.name), BACK, "the edge is back")
    released.refresh()
    released.up()
    assert present(edge).share(Colour.GREEN) == 100


@pytest.mark.parametrize("end", [End.ORDERLY, End.CRASH])
def test_an_engine_restarted_in_the_middle_of_a_release_serves_on_and_the_next_run_converges(
    engine: PrivateEngine, released: Deployment, end: End
) -> None:
    edge = edge_on(released, engine.host)
    target = present(edge).live.other
    released.set({"ktr:release": {"active": target.value}})
    interrupt_at(
        released,
        Moment("traffic moves", "Traffic::traffic", BEGINS, operation="update", delay=0.3),
        lambda: engine.stop(end),
    )
    view = engine.start()
    wait_until(lambda: not view.unhealthy(released.name), BACK, "all services are healthy")
    url = f"{released.url}/_stcore/health".replace("localhost", "127.0.0.1")
    wait_until(lambda: engine.get(url), BACK, "one of the slots answers through the edge")
    released.cli("cancel", "--yes")
    released.up()
    assert present(edge).share(target) == 100
    assert released.preview() == {}
