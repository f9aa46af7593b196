"""The disk of the measurements is full: the platform goes on, and so do the measurements once there is room."""

from collections.abc import Iterator

import pytest

from tests.integration.harness.clients import answers
from tests.integration.harness.deployment import Deployment, deployment
from tests.integration.harness.engine_view import STACK_LABEL, EngineView, wait_until
from tests.integration.harness.measured import Measured

SIZE = "32m"
FILL = "dd if=/dev/zero of=/prometheus/fill bs=64k 2>/dev/null; df /prometheus | tail -1"
STOPPED = "time() - timestamp(up{job='host'}) > 20"


@pytest.fixture
def small(view: EngineView) -> Iterator[Deployment]:
    """A monitored deployment whose measurements have a small file system of their own."""
    settings = {"ktr:monitoring": {"enabled": True, "scrapeInterval": 5}}
    with deployment("dev", view, settings) as made:
        view.client.volumes.create(
            f"ktr-{made.name}-prometheus-data",
            driver_opts={"type": "tmpfs", "device": "tmpfs", "o": f"size={SIZE},uid=65534"},
            labels={STACK_LABEL: made.name},
        )
        made.up()
        yield made


def test_a_full_disk_of_measurements_stops_nobody(small: Deployment) -> None:
    measured, view = Measured(small), small.view
    wait_until(lambda: bool(measured.query("up{job='host'} == 1")), 60, "measurements come in", poll=1)
    prometheus = view.service(small.name, "prometheus")
    filled = view.shell(prometheus, FILL)
    assert "100%" in filled.output
    # Queries see the last 5 minutes' newest sample: one that gets older and older is the last that found room.
    wait_until(lambda: bool(measured.query(STOPPED)), 60, "no more measurements are kept", poll=1)

    assert answers(small)
    assert view.unhealthy(small.name) == []

    assert view.shell(prometheus, "rm /prometheus/fill").code == 0
    wait_until(lambda: not measured.query(STOPPED), 60, "measurements are kept again", poll=1)
