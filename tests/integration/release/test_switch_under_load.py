"""Switches, rollbacks and canaries under load: no request fails or comes twice, no WebSocket is closed, and whatever is
due meanwhile runs once."""

import time
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest

from tests.integration.harness.deployment import Deployment
from tests.integration.harness.engine_view import EngineView, wait_until
from tests.integration.harness.ktr_command import KtrCommand
from tests.integration.harness.pipelines import GOOD, run_at, runs_of
from tests.load import LoadRun, Report
from tests.load.access_log import arrivals

SWITCHES = 20
RATE = 300
STEADY = 20
"""Seconds of load before the first switch, to compare with."""
LOAD: dict[str, Any] = {"rate": RATE, "sockets": 50, "max_seconds": 1500}
STEPS = (10, 50, 100)
PIPELINE = "due while workers change"
DUE_EVERY = 3
"""Seconds: a switch takes about twice as long."""
DUE_TIMES = 100


def _switch(released: Deployment, colour: str) -> None:
    """As a person would by hand."""
    released.set({"ktr:release": {"active": colour, "canaryPercent": 0}})
    released.cli("up", "--yes", "--skip-preview", check=True)


def _tell_latency(report: Report) -> None:
    """Print the latency of the switches next to that of the steady state; pytest shows it with -rP."""
    steady = report.steady.latency
    switches = [window.traffic.latency for window in report.windows if window.name.startswith(("switch", "rollback"))]
    assert steady
    worst, p99 = max(one.max for one in switches if one), max(one.p99 for one in switches if one)
    print(
        f"steady: p99 {steady.p99:.0f} ms, worst {steady.max:.0f} ms; switches: p99 {p99:.0f} ms, worst {worst:.0f} ms"
    )


def _wait_for_runs(released: Deployment) -> Counter[str]:
    """How often each due time of the pipeline was run to its end, once all were."""
    done: Counter[str] = Counter()

    def all_done() -> bool:
        done.clear()
        done.update(due for due, status in runs_of(released, PIPELINE) if status == "succeeded")
        return len(done) >= DUE_TIMES

    with suppress(TimeoutError):
        wait_until(all_done, 60, "every due time was run", poll=2)
    return done


@pytest.mark.usefixtures("calm")
def test_switches_and_rollbacks_lose_nothing(released: Deployment, ktr: KtrCommand, view: EngineView) -> None:
    run_at(released, PIPELINE, GOOD, [STEADY + DUE_EVERY * number for number in range(DUE_TIMES)])
    with LoadRun(released.url, **LOAD) as load:
        time.sleep(STEADY)
        for number in range(1, SWITCHES + 1):
            with load.window(f"switch {number}"):
                _switch(released, "green")
            with load.window(f"rollback {number}"):
                code, output = ktr.run("rollback", "--stack", released.name, "--yes")
            assert code == 0, output
            released.reload()
    report = load.report
    assert not report.faulty, report.brief()
    _tell_latency(report)
    assert report.moves, "no client saw the other slot, so nothing was switched"
    lines = view.service(released.name, "nginx").logs(stderr=False).decode(errors="replace").splitlines()
    arrived = arrivals(lines, report.id)
    assert arrived.seen >= RATE * 60
    assert (arrived.repeated, arrived.passed_on) == ((), ())
    runs = _wait_for_runs(released)
    assert (len(runs), set(runs.values())) == (DUE_TIMES, {1}), "schedules that ran twice or never"


@pytest.mark.usefixtures("calm")
def test_a_canary_gets_the_share_that_is_asked_for_and_loses_nothing(released: Deployment) -> None:
    with LoadRun(released.url, **LOAD) as load:
        for share in STEPS:
            released.set({"ktr:release": {"canaryPercent": share}})
            released.up()
            with load.window(f"canary {share}"):
                time.sleep(20)
        _switch(released, "green")
    report = load.report
    assert not report.faulty, report.brief()
    seen = {share: 100 * report.window(f"canary {share}").traffic.share("green") for share in STEPS}
    assert seen == {share: pytest.approx(share, abs=3) for share in STEPS}
    back = [move for move in report.moves if (move.before, move.after) != ("blue", "green")]
    assert back == [], "a client went back while the canary grew"
