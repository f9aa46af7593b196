"""A person's way through the platform: sign in, import a .ktr, run it, see the rows."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.integration.harness.journey import PATIENCE, Journey, travel
from tests.integration.harness.platform import Stacks
from tests.integration.harness.requirements import ROOT

FLOW = ROOT / "app" / "samples" / "sales_by_region.ktr"


def _import_and_run(journey: Journey) -> None:
    journey.sign_in()
    journey.import_flow(FLOW)
    expect(journey.page.locator("svg .node")).to_have_count(7)
    journey.run_flow()
    rows = journey.download("Download reports/sales_by_region.csv")
    assert len(rows) == 4, "the flow sums the sales of four regions"
    journey.page.reload()
    expect(journey.page.get_by_text("succeeded").first).to_be_visible(timeout=PATIENCE)
    journey.page.get_by_role("link", name="Executions").click()
    expect(journey.page.get_by_text("Sales by region").first).to_be_visible(timeout=PATIENCE)
    assert journey.complaints == [], "the browser's console stays free of errors and policy violations"


def _fill_and_read_a_table(journey: Journey) -> None:
    journey.sign_in()
    for sample in ("Load orders into a table", "Report on the orders table"):
        journey.page.get_by_role("link", name="Flows").click()
        journey.take_sample(sample)
        journey.run_flow()


def _give_a_wrong_password(journey: Journey) -> None:
    journey.page.goto(f"{journey.deployment.url}/")
    journey.page.get_by_label("User name").fill("admin")
    journey.page.get_by_label("Password").fill("not the password")
    journey.page.get_by_role("button", name="Sign in").click()
    expect(journey.page.get_by_role("alert")).to_be_visible(timeout=PATIENCE)
    expect(journey.page.get_by_role("heading", name="Flows", exact=True)).to_have_count(0)


@pytest.mark.parametrize("environment", ["dev", "staging"])
def test_a_person_signs_in_imports_a_flow_runs_it_and_sees_its_rows(
    stacks: Stacks, browser: Browser, artifacts: Path, environment: str
) -> None:
    travel(browser, stacks[environment], _import_and_run, artifacts / f"journey-{environment}.png")


def test_a_flow_fills_a_table_that_another_reads(stacks: Stacks, browser: Browser, artifacts: Path) -> None:
    travel(browser, stacks["dev"], _fill_and_read_a_table, artifacts / "journey-tables.png")


def test_a_wrong_password_is_refused(stacks: Stacks, browser: Browser, artifacts: Path) -> None:
    travel(browser, stacks["dev"], _give_a_wrong_password, artifacts / "journey-refused.png")
