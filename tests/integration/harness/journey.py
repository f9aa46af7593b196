"""A person's browser on the platform."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, expect

from tests.integration.harness.deployment import Deployment

NETWORK_CHANGED = "ERR_NETWORK_CHANGED"
"""Chromium gives requests up when the host gets or loses an interface, as whenever another stack comes or goes."""
CANCELED = "canceled"
"""What Playwright says of a download that ended so."""
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

    def take_sample(self, title: str) -> None:
        """Import one of the flows that the platform brings along."""
        self.page.get_by_role("button", name=title).click()
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
    browser: Browser, deployment: Deployment, way: Callable[[Journey], None], screenshot: Path | None = None
) -> None:
    """Go a way through the platform; from the start again if the host's network changed under the browser meanwhile.

    Args:
        browser: to open a tab in.
        deployment: where.
        way: what is done there.
        screenshot: file for a picture of what was there when it failed.
    """
    for attempt in range(1, ATTEMPTS + 1):
        journey = Journey(browser, deployment)
        try:
            way(journey)
        except (AssertionError, Error) as error:
            if screenshot:
                journey.page.screenshot(path=screenshot, full_page=True)
            interrupted = journey.network_changed or NETWORK_CHANGED in str(error) or CANCELED in str(error)
            if attempt == ATTEMPTS or not interrupted:
                raise
        else:
            return
        finally:
            journey.close()
