"""Fixtures of the end-to-end tests: the platform that the integration tests use, and a browser."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.integration.harness.browser import chromium
from tests.integration.harness.fixtures import stacks, view

__all__ = ["stacks", "view"]


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """Where screenshots of failures go."""
    directory = Path(os.environ.get("KTR_TEST_ARTIFACTS", "artifacts"))
    directory.mkdir(parents=True, exist_ok=True)
    return directory


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A real Chromium without a window.

    It ends with this package: Playwright's event loop stays the thread's running one for as long as it is there, and no
    Pulumi program runs beside one.
    """
    with chromium() as started:
        yield started
