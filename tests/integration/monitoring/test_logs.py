"""Logs as they are kept, where the registry has images of who keeps them; and the outputs' word where it has none."""

import pytest

from components.monitoring.dashboards.board import Source
from components.monitoring.logs import keeps_logs
from components.settings import StackSettings
from tests.integration.harness.clients import edge_session
from tests.integration.harness.deployment import Deployment
from tests.integration.harness.engine_view import wait_until
from tests.integration.harness.measured import Measured, logged
from tests.integration.harness.requirements import image_source
from tests.support.dashboards import panels
from tests.support.platform import config_of

COLLECTED_WITHIN = 90
"""Seconds: Alloy looks for containers each 15 s, and hands lines on each second."""
NAMED = "maria.silva@example.com"


def kept(staging: Deployment) -> bool:
    settings = StackSettings.load(staging.name, config_of(staging.config), {})
    return keeps_logs(settings.monitoring, image_source())


@pytest.fixture
def keeping(staging: Deployment) -> Deployment:
    """A stack that keeps logs. Without one the tests of it are skipped aloud: nothing stands in for Loki."""
    if not kept(staging):
        pytest.skip("the registry has no images of Grafana, Loki and Alloy")
    return staging


def test_without_images_the_outputs_warn(staging: Deployment) -> None:
    if kept(staging):
        pytest.skip("the registry has images of Grafana, Loki and Alloy")
    assert "NO LOGS ARE KEPT" in " ".join(staging.outputs["warnings"])


def test_what_every_component_writes_is_kept(keeping: Deployment) -> None:
    """But for those that have nothing to say."""
    talkative = {"app-blue-1", "nginx", "postgres", "redis"}

    def found() -> set[str]:
        return {stream["stream"]["component"] for stream in logged(keeping, '{component=~".+"}')}

    wait_until(lambda: talkative <= found(), COLLECTED_WITHIN, "every component's lines", poll=2)


def test_nobody_is_kept_by_name(keeping: Deployment) -> None:
    with edge_session() as session:
        session.get(f"{keeping.url}/{NAMED}", timeout=10)
    wait_until(lambda: bool(logged(keeping, '{component="nginx"} |= "/person-"')), COLLECTED_WITHIN, "a pseudonym")
    assert logged(keeping, f'{{component=~".+"}} |= "{NAMED}"') == []


def test_every_panel_of_logs_asks_what_loki_understands(keeping: Deployment) -> None:
    for panel in panels(Source.LOGS):
        logged(keeping, panel.query)


def test_both_are_measured(keeping: Deployment) -> None:
    assert {"alloy", "loki"} <= Measured(keeping).components("up == 1")
