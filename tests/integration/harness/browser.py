"""A browser as people have one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

from ops.browser import find_browser
from tests.integration.harness.requirements import REMEDY

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
"""No sandbox, because tests may run as root; and no traffic of the browser's own."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A real Chromium without a window: the one KTR_CHROMIUM names, the system's, or Playwright's own.

    As long as it is there, Playwright's event loop is the thread's running one, and no Pulumi program runs beside one.
    """
    executable = os.environ.get("KTR_CHROMIUM") or find_browser()
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=executable, args=QUIET)
        except Exception as error:
            pytest.fail(f"no browser starts ({error}): {REMEDY}", pytrace=False)
        yield started
        started.close()
