"""Connections to Postgres; each one reads the password anew."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Engine, create_engine

from ktr_app.secret_file import read_secret
from ktr_app.settings import DatabaseSettings, Settings

CONNECT_SECONDS = 5
_SILENCE: dict[str, Any] = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""A server that is gone without a word is noticed after about 10 s, not after minutes."""
FLOW_SEARCH_PATH = "pipelines"
FLOW_STATEMENT_SECONDS = 600
"""Longest that one statement of a flow may take."""


def connect(
    settings: DatabaseSettings, *, options: str = "", name: str = "", **extra: Any
) -> psycopg.Connection[Any]:
    """Open a connection.

    Args:
        settings: where to, and which file holds the password now.
        options: server settings, as `-c name=value`.
        name: what the server calls it in `pg_stat_activity`; this instance's name where it is empty.
        extra: further libpq parameters.

    Raises:
        psycopg.OperationalError: Postgres is not reachable or refuses.
        SecretError: the password file cannot be read.
    """
    return psycopg.connect(
        host=settings.database_host,
        port=settings.database_port,
        dbname=settings.database_name,
        user=settings.database_user,
        password=read_secret(settings.database_password_file),
        connect_timeout=CONNECT_SECONDS,
        application_name=name or f"ktr-app-{settings.ktr_colour}",
        options=options,
        **_SILENCE,
        **extra,
    )


def run_connection_name(execution_id: UUID) -> str:
    """Return what the server calls the connections of one run."""
    return f"ktr-run-{execution_id}"


def flow_connection(settings: Settings, execution_id: UUID) -> psycopg.Connection[Any]:
    """Open a connection for a step of a flow: it works in `pipelines`, with the rights of the role for flows.

    A flow's author writes whole statements; that role cannot read the application's own tables.
    """
    timeout = FLOW_STATEMENT_SECONDS * 1_000
    options = f"-c search_path={FLOW_SEARCH_PATH} -c statement_timeout={timeout}"
    if settings.database_flow_role:
        options += f" -c role={settings.database_flow_role}"
    return connect(settings, options=options, name=run_connection_name(execution_id))


def make_engine(settings: DatabaseSettings) -> Engine:
    """Return a small pool; a connection that a rotation or restart has cut is replaced before use."""
    return create_engine(
        "postgresql+psycopg://",
        creator=lambda: connect(settings),
        pool_size=5,
        max_overflow=5,
        pool_pre_ping=True,
        pool_recycle=300,
        pool_timeout=10,
    )
