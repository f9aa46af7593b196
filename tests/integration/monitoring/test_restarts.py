"""What watches may die as well: it comes back by itself, and has missed next to nothing."""

import time
from itertools import pairwise

import requests

from components.settings import MonitoringSettings
from tests.integration.harness.clients import edge_session
from tests.integration.harness.deployment import Deployment
from tests.integration.harness.engine_view import wait_until
from tests.integration.harness.kills import kill_main_process
from tests.integration.harness.measured import Measured

INTERVAL = 5
"""Seconds between two scrapes of the deployment."""
SNAPSHOT = 60
"""Seconds between two times that Alertmanager writes down what it knows."""
AMTOOL = ["amtool", "--alertmanager.url=http://127.0.0.1:9093"]


def _killed_and_back(deployed: Deployment, component: str) -> None:
    container = deployed.view.service(deployed.name, component)
    started = deployed.view.inspect(container.id or "")["State"]["StartedAt"]
    kill_main_process(deployed.view, container)
    wait_until(lambda: deployed.view.inspect(container.id or "")["State"]["StartedAt"] != started, 30, "a new start")
    wait_until(lambda: deployed.view.health(container.id or "") == "healthy", 60, f"{component} is healthy again")


def test_a_killed_prometheus_has_missed_no_more_than_one_scrape(deployed: Deployment, measured: Measured) -> None:
    """Of those that there are by default: the deployment is measured more often, which shows how long it was away."""
    time.sleep(4 * INTERVAL)
    killed = time.time()
    _killed_and_back(deployed, "prometheus")
    time.sleep(4 * INTERVAL)
    began = killed - 4 * INTERVAL
    (series,) = measured.query(f'up{{job="host"}}[{round(time.time() - began)}s]')
    moments = [moment for moment, _ in series["values"]]
    assert moments[0] < killed < moments[-1]
    away = max(later - earlier for earlier, later in pairwise(moments)) - INTERVAL
    assert away <= MonitoringSettings().scrape_interval


def test_a_killed_alertmanager_knows_its_silences(deployed: Deployment) -> None:
    manager = deployed.view.service(deployed.name, "alertmanager")
    silence = ["silence", "add", "--duration=1h", "--author=tests", "--comment=kept", "component=nobody"]
    added = deployed.view.run_in(manager, [*AMTOOL, *silence])
    assert added.code == 0, added.output
    time.sleep(SNAPSHOT + 5)
    _killed_and_back(deployed, "alertmanager")
    known = deployed.view.run_in(manager, [*AMTOOL, "silence", "query"])
    assert 'component="nobody"' in known.output
    assert added.output.strip() in known.output


def test_nobody_outside_reaches_what_watches(deployed: Deployment) -> None:
    published = {
        service.labels["ktr.io/component"]
        for service in deployed.view.services(deployed.name)
        if any(deployed.view.inspect(service.id or "")["NetworkSettings"]["Ports"].values())
    }
    assert published == {"nginx"}
    with edge_session() as session:
        for path in ("/metrics", "/api/v1/query?query=up", "/-/healthy", "/api/v2/status"):
            answer = session.get(f"{deployed.url}{path}", timeout=10, allow_redirects=False)
            assert answer.status_code == requests.codes.see_other, f"{path}: the application sends it to the login"
