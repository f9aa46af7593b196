"""Dashboards: after a minute of what people do, every query of every panel finds something."""

import math
import time
from contextlib import suppress

from playwright.sync_api import expect

from tests.integration.harness.browser import chromium
from tests.integration.harness.clients import HEALTH, edge_session
from tests.integration.harness.deployment import Deployment
from tests.integration.harness.engine_view import wait_until
from tests.integration.harness.journey import PATIENCE, Journey, travel
from tests.integration.harness.measured import Measured
from tests.integration.harness.pipelines import GOOD, run_soon
from tests.support.dashboards import PanelQuery, panels

PIPELINE = "a pipeline of the tests"
LOAD_SECONDS = 60
SEEN_WITHIN = 90
"""Seconds: two measurements, and the rules with the longest interval but one."""


def open_pages(deployed: Deployment) -> None:
    """Sign in and look around."""
    with chromium() as browser:
        travel(browser, deployed, _look_around)


def _look_around(journey: Journey) -> None:
    journey.sign_in()
    journey.page.get_by_role("link", name="Executions").click()
    expect(journey.page.get_by_role("heading", name="Executions", exact=True)).to_be_visible(timeout=PATIENCE)


def run_pipelines(measured: Measured) -> None:
    """Run one twice, the second time once the first was measured: counters begin with it."""
    runs = f'ktr_pipeline_runs_total{{pipeline="{PIPELINE}"}}'
    _run_until(measured, runs)
    _run_until(measured, f"increase({runs}[5m]) > 0")


def _run_until(measured: Measured, seen: str) -> None:
    run_soon(measured.deployed, PIPELINE, GOOD)
    wait_until(lambda: bool(measured.query(seen)), SEEN_WITHIN, seen, poll=2)


def ask_for_pages(deployed: Deployment, seconds: float) -> None:
    """Load the edge as a few people would."""
    until = time.monotonic() + seconds
    with edge_session() as session:
        while time.monotonic() < until:
            for path in ("/", HEALTH, "/static/none.js"):
                session.get(f"{deployed.url}{path}", timeout=10)
            time.sleep(0.2)


def silent(measured: Measured, queries: list[PanelQuery]) -> list[PanelQuery]:
    """Those that find nothing, or nothing that is a number."""
    return [
        one for one in queries if all(math.isnan(float(series["value"][1])) for series in measured.query(one.query))
    ]


def test_every_panel_of_every_dashboard_shows_something(staging: Deployment) -> None:
    measured = Measured(staging)
    open_pages(staging)
    run_pipelines(measured)
    open_pages(staging)  # again, for the same reason as above
    ask_for_pages(staging, LOAD_SECONDS)
    waiting = list(panels())

    def all_told() -> bool:
        waiting[:] = silent(measured, waiting)
        return not waiting

    with suppress(TimeoutError):
        wait_until(all_told, SEEN_WITHIN, "every panel", poll=5)
    assert [str(one) for one in waiting] == []
