"""The queries of the dashboards, as Grafana would send them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from components.monitoring.dashboards import dashboard_files
from components.monitoring.dashboards.board import Source

BUILT_IN = {"__rate_interval": "1m", "__range": "1h", "__interval": "15s"}
"""What Grafana fills in by itself: the first is four times the interval of measuring."""
PLACEHOLDER = re.compile(r"\$([a-z_]\w*)")


@dataclass(frozen=True)
class PanelQuery:
    """One query of one panel."""

    dashboard: str
    panel: str
    query: str
    """With the variables filled in: everything chosen."""

    def __str__(self) -> str:
        return f"{self.dashboard}: {self.panel}: {self.query}"


def dashboards() -> dict[str, dict[str, Any]]:
    """The dashboards by file name, as they are delivered where logs are kept."""
    return {name: json.loads(text) for name, text in dashboard_files(logs=True).items()}


def panels_of(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """The panels of a dashboard, the headings left out."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def variables_of(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """What there is to choose."""
    return list(dashboard["templating"].get("list", []))


def panels(source: Source = Source.METRICS) -> Iterator[PanelQuery]:
    """Every query of every panel of every dashboard that asks `source`."""
    for dashboard in dashboards().values():
        values = BUILT_IN | {variable["name"]: variable["allValue"] for variable in variables_of(dashboard)}
        for panel in panels_of(dashboard):
            for target in panel["targets"] if panel["datasource"]["uid"] == source.uid else ():
                yield PanelQuery(dashboard["title"], panel["title"], filled_in(target["expr"], values))


def filled_in(expression: str, values: Mapping[str, str]) -> str:
    """A query with its variables replaced."""
    return PLACEHOLDER.sub(lambda found: values[found[1]], expression)


def annotations() -> Iterator[PanelQuery]:
    """Every query that marks moments."""
    for dashboard in dashboards().values():
        for annotation in dashboard["annotations"]["list"]:
            yield PanelQuery(dashboard["title"], annotation["name"], annotation["expr"])
