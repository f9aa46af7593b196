"""Dashboards: what each shows as values, and how Grafana writes it down."""

from components.monitoring.dashboards.application import APPLICATION
from components.monitoring.dashboards.containers import CONTAINERS
from components.monitoring.dashboards.edge import EDGE
from components.monitoring.dashboards.operations import OPERATIONS
from components.monitoring.dashboards.postgres import POSTGRES
from components.monitoring.dashboards.redis import REDIS
from components.monitoring.dashboards.technical import TECHNICAL
from components.monitoring.dashboards.watching import WATCHING

BOARDS = (OPERATIONS, TECHNICAL, APPLICATION, EDGE, POSTGRES, REDIS, CONTAINERS, WATCHING)


def dashboard_files() -> dict[str, str]:
    """The dashboards by file name."""
    # Here, because only a stack with a Grafana pays for the import.
    from components.monitoring.dashboards.render import render_board  # noqa: PLC0415

    return {f"{board.name}.json": render_board(board) for board in BOARDS}
