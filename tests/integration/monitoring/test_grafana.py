"""Grafana as people meet it, where the registry has an image of it; and the outputs' word where it has none."""

from collections.abc import Iterator

import pytest
import requests

from components.monitoring.dashboards import boards
from components.monitoring.dashboards.board import Source
from tests.integration.harness.clients import edge_session
from tests.integration.harness.deployment import Deployment
from tests.integration.harness.engine_view import wait_until
from tests.integration.harness.requirements import image_source

TIMEOUT = 30
STARTED_WITHIN = 120
"""Seconds for the migrations of its first start."""
BOARDS = boards(logs=False)


@pytest.fixture
def grafana(staging: Deployment) -> str:
    """Its URL. Without it the tests of it are skipped aloud: nothing stands in for Grafana."""
    if not image_source().has("grafana"):
        pytest.skip("the registry has no image of Grafana")
    container = staging.view.service(staging.name, "grafana")
    # The update that made it has not waited for it.
    wait_until(lambda: staging.view.health(container.id or "") == "healthy", STARTED_WITHIN, "Grafana is there")
    return str(staging.outputs["urls"]["grafana"])


@pytest.fixture
def anybody() -> Iterator[requests.Session]:
    with edge_session() as session:
        yield session


@pytest.fixture
def administrator(staging: Deployment, grafana: str) -> Iterator[requests.Session]:
    account = staging.outputs["login"]["grafana"]
    with edge_session() as session:
        answer = session.post(f"{grafana}login", json=account, timeout=TIMEOUT)
        assert answer.status_code == requests.codes.ok, answer.text
        yield session


def test_without_an_image_the_path_is_the_applications_and_the_outputs_warn(
    staging: Deployment, anybody: requests.Session
) -> None:
    if image_source().has("grafana"):
        pytest.skip("the registry has an image of Grafana")
    assert "NO DASHBOARDS" in " ".join(staging.outputs["warnings"])
    assert "X-KTR-Slot" in anybody.get(f"{staging.url}/grafana/", timeout=TIMEOUT).headers


def test_nobody_sees_anything_without_signing_in(grafana: str, anybody: requests.Session) -> None:
    paths = ("api/search", "api/datasources", f"api/dashboards/uid/{BOARDS[0].uid}")
    answers = {path: anybody.get(f"{grafana}{path}", timeout=TIMEOUT).status_code for path in paths}
    assert set(answers.values()) == {requests.codes.unauthorized}, answers


def test_its_own_figures_are_not_public(grafana: str, anybody: requests.Session) -> None:
    assert "grafana_" not in anybody.get(f"{grafana}metrics", timeout=TIMEOUT).text


def test_every_dashboard_is_there_and_provisioned(grafana: str, administrator: requests.Session) -> None:
    found = administrator.get(f"{grafana}api/search", params={"type": "dash-db"}, timeout=TIMEOUT).json()
    assert {item["uid"] for item in found} == {board.uid for board in BOARDS}
    for board in BOARDS:
        shown = administrator.get(f"{grafana}api/dashboards/uid/{board.uid}", timeout=TIMEOUT).json()
        assert shown["meta"]["provisioned"] is True, board.uid


def test_the_data_source_answers(grafana: str, administrator: requests.Session) -> None:
    answer = administrator.get(f"{grafana}api/datasources/uid/{Source.METRICS.uid}/health", timeout=TIMEOUT)
    assert answer.json()["status"] == "OK"
