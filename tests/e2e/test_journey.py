"""A person's way through the platform: sign in, import a .ktr, run it, see the rows."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, expect

from tests.integration.harness.deployment import Deployment
from tests.integration.harness.platform import Stacks
from tests.integration.harness.requirements import ROOT

FLOW = ROOT / "app" / "samples" / "sales_by_region.ktr"
NETWORK_CHANGED = "ERR_NETWORK_CHANGED"
"""Chromium gives requests up when the host gets or loses an interface, as whenever another stack comes or goes."""
ATTEMPTS = 4
PATIENCE = 30_000
"""Milliseconds that a page may take on a busy machine."""


class Journey:
    """One browser tab, and what its console said."""

    def __init__(self, browser: Browser, deployment: Deployment) -> None:
        self.deployment = deployment
        self.complaints: list[str] = []
        self.network_changed = False
        self._context = browser.new_context(ignore_https_errors=True, viewport={"width": 1280, "height": 900})
        self._context.set_default_timeout(PATIENCE)
        self.page: Page = self._context.new_page()
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _listen(self, message: ConsoleMessage) -> None:
        if NETWORK_CHANGED in message.text:
            self.network_changed = True
            return
        # On a deep link, Streamlit looks for its own paths below the page first, and does not find them.
        probing = "404" in message.text and "/_stcore/" in message.location["url"]
        if message.type == "error" and not probing:
            self.complaints.append(f"{message.text} ({message.location['url']})")

    def sign_in(self) -> None:
        login = self.deployment.outputs["login"]
        self.page.goto(f"{self.deployment.url}/")
        self.page.get_by_label("User name").fill(login["user"])
        self.page.get_by_label("Password").fill(login["password"])
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("heading", name="Flows", exact=True)).to_be_visible(timeout=PATIENCE)

    def import_flow(self, file: Path) -> None:
        self.page.locator("input[type=file]").set_input_files(file)
        self.page.get_by_role("button", name="Import", exact=True).click()
        expect(self.page.get_by_role("heading", name="Steps")).to_be_visible(timeout=PATIENCE)

    def run_flow(self) -> None:
        self.page.get_by_role("button", name="Run", exact=True).click()
        expect(self.page.get_by_text("succeeded").first).to_be_visible(timeout=PATIENCE)

    def download(self, link: str) -> list[dict[str, str]]:
        with self.page.expect_download() as started:
            self.page.get_by_role("link", name=link).click()
        text = Path(started.value.path()).read_text(encoding="utf-8")
        return list(csv.DictReader(io.StringIO(text), delimiter=";"))

    def close(self) -> None:
        self._context.close()


def travel(
    browser: Browser, deployment: Deployment, name: str, artifacts: Path, way: Callable[[Journey], None]
) -> None:
    """Go a way through the platform; from the start again if the host's network changed under the browser meanwhile."""
    for attempt in range(1, ATTEMPTS + 1):
        journey = Journey(browser, deployment)
        try:
            way(journey)
        except (AssertionError, Error) as error:
            journey.page.screenshot(path=artifacts / f"journey-{name}.png", full_page=True)
            if attempt == ATTEMPTS or not (journey.network_changed or NETWORK_CHANGED in str(error)):
                raise
        else:
            return
        finally:
            journey.close()


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
        journey.page.get_by_role("button", name=sample).click()
        expect(journey.page.get_by_role("heading", name="Steps")).to_be_visible(timeout=PATIENCE)
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
    travel(browser, stacks[environment], environment, artifacts, _import_and_run)


def test_a_flow_fills_a_table_that_another_reads(stacks: Stacks, browser: Browser, artifacts: Path) -> None:
    travel(browser, stacks["dev"], "tables", artifacts, _fill_and_read_a_table)


def test_a_wrong_password_is_refused(stacks: Stacks, browser: Browser, artifacts: Path) -> None:
    travel(browser, stacks["dev"], "refused", artifacts, _give_a_wrong_password)
