"""What a deployment's Prometheus has measured, asked as a neighbour on its network would."""

from dataclasses import dataclass
from typing import Any

import requests

from tests.integration.harness.deployment import Deployment

PORT = 9090
TIMEOUT = 35
"""Seconds; Prometheus itself gives a query up after 30."""


@dataclass(frozen=True)
class Measured:
    """The Prometheus of one deployment. This host reaches containers by their addresses; others do not."""

    deployed: Deployment

    def api(self, path: str, **parameters: str) -> Any:
        """What the HTTP API answers, the envelope left out."""
        view, name = self.deployed.view, self.deployed.name
        networks = view.inspect(view.service(name, "prometheus").id or "")["NetworkSettings"]["Networks"]
        address = next(iter(networks.values()))["IPAddress"]
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(f"http://{address}:{PORT}/api/v1/{path}", params=parameters, timeout=TIMEOUT)
        said = answer.json()
        assert said["status"] == "success", said
        return said["data"]

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
