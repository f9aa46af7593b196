"""Draining: open WebSockets stay on the slot that traffic has left until their time is over."""

import time
from datetime import datetime

import pytest

from components.settings import Colour
from components.traffic import Edge
from tests.integration.harness.deployment import Deployment
from tests.integration.harness.releases import present
from tests.integration.harness.versions import Versions
from tests.load import LoadRun

pytestmark = pytest.mark.usefixtures("calm")

DRAIN = 20
SOCKETS = 5


def test_a_slot_changes_when_the_time_of_its_sockets_is_over_and_not_before(
    released: Deployment, edge: Edge, versions: Versions
) -> None:
    released.set({"ktr:release": {"active": "green", "blue": versions.make(), "drainSeconds": DRAIN}})
    with LoadRun(released.url, rate=20, sockets=SOCKETS, max_seconds=300) as load:
        said = released.cli("up", "--yes", "--skip-preview")
    assert said.returncode == 0, said.stdout
    assert f"blue drains: {SOCKETS} open connections, at most" in said.stdout
    report = load.report
    began = datetime.fromisoformat(report.started).timestamp()
    ends = [began + close.at - present(edge).left[Colour.BLUE] for close in report.sockets.closes]
    assert len(ends) == SOCKETS, "the sockets of the slot that was replaced have ended"
    # The edge remembers whole seconds.
    assert min(ends) >= DRAIN - 1
    assert report.whole.failed == 0


def test_a_slot_without_open_connections_changes_at_once(released: Deployment, edge: Edge, versions: Versions) -> None:
    released.set({"ktr:release": {"active": "green", "blue": versions.make(), "drainSeconds": 600}})
    said = released.cli("up", "--yes", "--skip-preview")
    assert said.returncode == 0, said.stdout
    assert time.time() - present(edge).left[Colour.BLUE] < 300


def test_a_slot_that_goes_lets_its_sockets_have_their_time(released: Deployment, edge: Edge) -> None:
    released.set({"ktr:release": {"active": "green", "keepIdle": False, "drainSeconds": DRAIN}})
    with LoadRun(released.url, rate=20, sockets=SOCKETS, max_seconds=300) as load:
        said = released.cli("up", "--yes", "--skip-preview")
    assert said.returncode == 0, said.stdout
    report = load.report
    began = datetime.fromisoformat(report.started).timestamp()
    assert report.whole.failed == 0
    assert min(began + close.at - present(edge).left[Colour.BLUE] for close in report.sockets.closes) >= DRAIN - 1
