"""Dashboards: what each shows as values, and how Grafana writes it down."""

from dataclasses import replace

from components.monitoring.dashboards.application import APPLICATION
from components.monitoring.dashboards.board import Board
from components.monitoring.dashboards.containers import CONTAINERS
from components.monitoring.dashboards.edge import EDGE
from components.monitoring.dashboards.operations import OPERATIONS
from components.monitoring.dashboards.postgres import POSTGRES
from components.monitoring.dashboards.redis import REDIS
from components.monitoring.dashboards.technical import LOGS, TECHNICAL
from components.monitoring.dashboards.watching import WATCHING


def boards(*, logs: bool) -> tuple[Board, ...]:
    """The dashboards, those of a stack that keeps logs or of one that does not."""
    technical = replace(TECHNICAL, sections=(*TECHNICAL.sections, LOGS)) if logs else TECHNICAL
    return (OPERATIONS, technical, APPLICATION, EDGE, POSTGRES, REDIS, CONTAINERS, WATCHING)


def dashboard_files(*, logs: bool) -> dict[str, str]:
    """The dashboards by file name."""
    # Here, because only a stack with a Grafana pays for the import.
    from components.monitoring.dashboards.render import render_board  # noqa: PLC0415

    return {f"{board.name}.json": render_board(board) for board in boards(logs=logs)}
