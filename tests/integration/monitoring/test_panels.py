"""Dashboards: after a minute of what people do, every query of every panel finds something."""

import math
import time
from contextlib import suppress

from tests.integration.harness.browser import chromium
from tests.integration.harness.clients import HEALTH, edge_session
from tests.integration.harness.deployment import Deployment
from tests.integration.harness.engine_view import wait_until
from tests.integration.harness.journey import Journey
from tests.integration.harness.measured import Measured
from tests.support.dashboards import PanelQuery, panels

SAMPLE = "Load orders into a table"
LOAD_SECONDS = 60
SEEN_WITHIN = 90
"""Seconds: two measurements, and the rules with the longest interval but one."""


def run_flows(measured: Measured) -> None:
    """Sign in, look at pages and run a flow: again once the first run was seen, because counters begin with it."""
    with chromium() as browser:
        journey = Journey(browser, measured.deployed)
        journey.sign_in()
        journey.take_sample(SAMPLE)
        journey.run_flow()
        wait_until(lambda: bool(measured.query("ktr_pipeline_runs_total")), SEEN_WITHIN, "a first run", poll=2)
        journey.page.reload()
        journey.run_flow()
        journey.page.get_by_role("link", name="Executions").click()
        wait_until(
            lambda: bool(measured.query("increase(ktr_pipeline_runs_total[5m]) > 0")), SEEN_WITHIN, "a second", poll=2
        )
        journey.close()


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
    run_flows(measured)
    ask_for_pages(staging, LOAD_SECONDS)
    waiting = list(panels())

    def all_told() -> bool:
        waiting[:] = silent(measured, waiting)
        return not waiting

    with suppress(TimeoutError):
        wait_until(all_told, SEEN_WITHIN, "every panel", poll=5)
    assert [str(one) for one in waiting] == []
