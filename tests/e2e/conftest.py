"""Fixtures of the end-to-end tests: the platform that the integration tests use, and a browser."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from ops.browser import find_browser
from tests.integration.harness.fixtures import stacks, view
from tests.integration.harness.requirements import REMEDY

__all__ = ["stacks", "view"]

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
"""No sandbox, because tests may run as root; and no traffic of the browser's own."""


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """Where screenshots of failures go."""
    directory = Path(os.environ.get("KTR_TEST_ARTIFACTS", "artifacts"))
    directory.mkdir(parents=True, exist_ok=True)
    return directory


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A real Chromium without a window: the one KTR_CHROMIUM names, the system's, or Playwright's own.

    It ends with this package: Playwright's event loop stays the thread's running one for as long as it is there, and no
    Pulumi program runs beside one.
    """
    executable = os.environ.get("KTR_CHROMIUM") or find_browser()
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=executable, args=QUIET)
        except Exception as error:
            pytest.fail(f"no browser starts ({error}): {REMEDY}", pytrace=False)
        yield started
        started.close()
