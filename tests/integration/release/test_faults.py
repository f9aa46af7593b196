"""Faults in the middle of a release: nobody but whom the fault itself cut is harmed, and the next run converges."""

import random
import time

import pytest

from components.settings import Colour
from components.traffic import Edge
from tests.integration.harness.deployment import Deployment
from tests.integration.harness.engine_view import EngineView, wait_until
from tests.integration.harness.interruption import kill_session, running_update
from tests.integration.harness.kills import kill_main_process
from tests.integration.harness.releases import after_another_run, ask_for, at_the_flip, present
from tests.integration.harness.versions import Fault, Versions
from tests.load import LoadRun
from tests.load.report import ClosedBy, Report

pytestmark = pytest.mark.usefixtures("calm")

RATE = 100
SOCKETS = 10
KILLS = 10
SEED = 4
RESTART = 15.0
"""Seconds in which requests may fail after a container was killed: until it answers again, or traffic has left it."""


def _load(released: Deployment) -> LoadRun:
    return LoadRun(released.url, rate=RATE, sockets=SOCKETS, max_seconds=600)


def _harmless(report: Report) -> None:
    assert not report.faulty, report.brief()


def test_a_candidate_that_is_never_ready_gets_no_client(released: Deployment, versions: Versions, edge: Edge) -> None:
    released.set({"ktr:release": {"green": versions.make(Fault.NEVER_READY), "active": "green"}})
    with _load(released) as load:
        said = released.cli("up", "--yes", "--skip-preview")
    assert said.returncode != 0
    assert "green is not fit for traffic after 10 s: app-green-1: /ready answers 503" in said.stdout
    _harmless(load.report)
    assert load.report.whole.slots.keys() == {"blue"}
    ask_for(released, Colour.BLUE)
    assert after_another_run(released, edge, Colour.BLUE) == []


def test_a_candidate_that_cannot_start_gets_no_client(released: Deployment, versions: Versions, edge: Edge) -> None:
    good = released.config["ktr:release"]["green"]
    released.set({"ktr:release": {"green": versions.make(Fault.ENDS_AT_ONCE), "active": "green"}})
    with _load(released) as load:
        said = released.cli("up", "--yes", "--skip-preview")
    assert said.returncode != 0
    _harmless(load.report)
    assert load.report.whole.slots.keys() == {"blue"}
    released.set({"ktr:release": {"green": good}})
    assert after_another_run(released, edge, Colour.GREEN) == []


def test_a_candidate_that_dies_during_the_switch_gives_its_traffic_back(
    released: Deployment, edge: Edge, view: EngineView
) -> None:
    ask_for(released, Colour.GREEN)
    with _load(released) as load:
        # It dies while the edge is being verified, or a moment later: then it serves again once it has restarted.
        watcher = at_the_flip(
            edge, Colour.GREEN, lambda: kill_main_process(view, view.service(released.name, "app-green-1"))
        )
        said = released.cli("up", "--yes", "--skip-preview")
        watcher.join(60)
        time.sleep(RESTART)
    failed = load.report.failed_requests
    assert {one.slot for one in failed} <= {"green"}, "only the candidate's own requests may fail"
    assert all(one.at < failed[0].at + RESTART for one in failed)
    assert said.returncode == 0 or "The former routing is back: blue 100 %, green 0 %" in said.stdout
    assert after_another_run(released, edge, Colour.GREEN) == []


def test_a_killed_edge_comes_back_on_the_right_slot(released: Deployment, edge: Edge, view: EngineView) -> None:
    ask_for(released, Colour.GREEN)
    with _load(released) as load:
        watcher = at_the_flip(edge, Colour.GREEN, lambda: kill_main_process(view, view.service(released.name, "nginx")))
        released.cli("up", "--yes", "--skip-preview")
        watcher.join(60)
        time.sleep(5)
    report = load.report
    failed = report.failed_requests
    assert {one.failure.value for one in failed} <= {"connect", "reset"}, "what the edge's death cut, and nothing else"
    assert not failed or failed[-1].at - failed[0].at < RESTART
    assert report.whole.mismatches == 0
    assert after_another_run(released, edge, Colour.GREEN) == []


def test_a_configuration_that_nginx_refuses_never_reaches_it(released: Deployment, edge: Edge) -> None:
    template = released.program / "components" / "nginx" / "nginx.conf.j2"
    good = template.read_text(encoding="utf-8")
    template.write_text(good.replace("tcp_nopush on;", "tcp_nopush perhaps;"), encoding="utf-8")
    try:
        with _load(released) as load:
            said = released.cli("up", "--yes", "--skip-preview")
        assert said.returncode != 0
        assert "nginx refuses its new configuration" in said.stdout
        assert 'invalid value "perhaps" in "tcp_nopush" directive' in said.stdout
        _harmless(load.report)
    finally:
        template.write_text(good, encoding="utf-8")
    assert after_another_run(released, edge, Colour.BLUE) == []


def test_updates_killed_at_random_moments_of_a_release_cost_no_request(
    released: Deployment, edge: Edge, versions: Versions
) -> None:
    chance = random.Random(SEED)  # noqa: S311 (moments, not secrets)
    with _load(released) as load:
        for number in range(KILLS):
            live = present(edge).live
            ask_for(released, live.other)
            if number % 2:
                released.set({"ktr:release": {live.other.value: versions.make()}})
            with running_update(released) as (process, events):
                wait_until(events.exists, 30, "the update has begun", poll=0.01)
                time.sleep(chance.uniform(0, 9 if number % 2 else 5))
                kill_session(process.pid)
            assert after_another_run(released, edge, live.other) == []
    report = load.report
    assert (report.whole.failed, report.whole.mismatches) == (0, 0), report.brief()
    # Sockets of a slot that gets another version end when their time is over, and are told so.
    assert {close.by for close in report.sockets.closes} <= {ClosedBy.SERVER}
