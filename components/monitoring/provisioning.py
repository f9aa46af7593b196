"""What Grafana is told before its first start: its settings, its data source and where dashboards lie."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from components.monitoring.dashboards.board import Source
from components.nginx import GRAFANA_PATH
from components.settings import EdgeSettings, TlsMode
from components.templates import render

PORT = 3000
ADMIN_USER = "admin"
CONFIG_DIR = "/etc/grafana/ktr"
SECRETS_DIR = "/run/secrets"
DASHBOARDS_DIR = "/etc/grafana/dashboards"
DATA_SOURCES_DIR = "/etc/grafana/provisioning/datasources"
PROVIDERS_DIR = "/etc/grafana/provisioning/dashboards"
"""Where the image has Grafana look, once for each kind."""
HOME = "operations.json"
LOOK_AGAIN = 30
"""Seconds after which a changed dashboard is seen."""
TEMPLATE = Path(__file__).with_name("grafana.ini.j2")


def grafana_url(edge: EdgeSettings) -> str:
    """Where people reach Grafana."""
    return f"{edge.public_url}{GRAFANA_PATH}"


def render_grafana(edge: EdgeSettings) -> str:
    """grafana.ini. Secrets are files that it names."""
    return render(
        TEMPLATE,
        port=PORT,
        root_url=grafana_url(edge),
        tls=edge.tls.mode is not TlsMode.OFF,
        admin_user=ADMIN_USER,
        secrets_dir=SECRETS_DIR,
        home=f"{DASHBOARDS_DIR}/{HOME}",
    )


def render_data_sources(prometheus: str, loki: str, scrape_interval: int) -> str:
    """The data sources, under ids that never change: dashboards name them.

    Args:
        prometheus: host and port.
        loki: host and port; empty where no logs are kept.
        scrape_interval: seconds between two measurements, of which the spans of rates are made.
    """
    options = {"httpMethod": "POST", "prometheusType": "Prometheus", "timeInterval": f"{scrape_interval}s"}
    sources = [{**_data_source("Prometheus", Source.METRICS, prometheus, options), "isDefault": True}]
    if loki:
        sources.append(_data_source("Loki", Source.LOGS, loki, {"maxLines": 1000}))
    return yaml.safe_dump({"apiVersion": 1, "prune": True, "datasources": sources}, sort_keys=False)


def _data_source(name: str, source: Source, address: str, options: Mapping[str, object]) -> dict[str, object]:
    """One that nobody changes in the browser, and that Grafana asks itself."""
    return {
        "name": name,
        "uid": source.uid,
        "type": source.value,
        "access": "proxy",
        "url": f"http://{address}",
        "editable": False,
        "jsonData": options,
    }


def render_providers() -> str:
    """Dashboards are files that nobody changes or deletes in the browser."""
    provider = {
        "name": "ktr",
        "folder": "KTR",
        "folderUid": "ktr",
        "type": "file",
        "disableDeletion": True,
        "allowUiUpdates": False,
        "updateIntervalSeconds": LOOK_AGAIN,
        "options": {"path": DASHBOARDS_DIR},
    }
    return yaml.safe_dump({"apiVersion": 1, "providers": [provider]}, sort_keys=False)
