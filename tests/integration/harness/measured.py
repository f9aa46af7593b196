"""What a deployment's Prometheus has measured and its Loki keeps, asked as a neighbour on their network would."""

from dataclasses import dataclass
from typing import Any

import requests

from tests.integration.harness.deployment import Deployment

PROMETHEUS = ("prometheus", 9090)
LOKI = ("loki", 3100)
TIMEOUT = 35
"""Seconds; Prometheus itself gives a query up after 30."""


@dataclass(frozen=True)
class Measured:
    """The Prometheus of one deployment. This host reaches containers by their addresses; others do not."""

    deployed: Deployment

    def api(self, path: str, **parameters: str) -> Any:
        """What the HTTP API answers, the envelope left out."""
        return ask(self.deployed, PROMETHEUS, f"api/v1/{path}", **parameters)

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series of a query: `metric` with its labels, and `value` or `values`."""
        return list(self.api("query", query=expression)["result"])

    def components(self, expression: str) -> set[str]:
        """Components of the series of a query."""
        return {series["metric"].get("component", "") for series in self.query(expression)}

    def services(self) -> set[str]:
        """Components of the containers that run."""
        return {container.labels["ktr.io/component"] for container in self.deployed.view.services(self.deployed.name)}

    def running(self) -> set[str]:
        """Components of the containers that are measured as running."""
        return self.components("ktr_container_running == 1")

    def alerts(self) -> set[str]:
        """Names of the alerts that fire, the watchdog among them."""
        return {alert["labels"]["alertname"] for alert in self.api("alerts")["alerts"] if alert["state"] == "firing"}


def ask(deployed: Deployment, server: tuple[str, int], path: str, **parameters: str) -> Any:
    """What a server's HTTP API answers, the envelope left out.

    Args:
        deployed: whose server.
        server: its component and port.
        path: below the root.
        parameters: of the query.
    """
    component, port = server
    view = deployed.view
    networks = view.inspect(view.service(deployed.name, component).id or "")["NetworkSettings"]["Networks"]
    address = next(iter(networks.values()))["IPAddress"]
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(f"http://{address}:{port}/{path}", params=parameters, timeout=TIMEOUT)
    said = answer.json()
    assert said["status"] == "success", said
    return said["data"]


def logged(deployed: Deployment, query: str) -> list[dict[str, Any]]:
    """The streams, or series, that Loki finds for a query in the last hour."""
    return list(ask(deployed, LOKI, "loki/api/v1/query_range", query=query)["result"])
