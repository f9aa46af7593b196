"""Connections to Postgres; each one reads the password anew."""

from __future__ import annotations

from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine

from ktr_app.secret_file import read_secret
from ktr_app.settings import DatabaseSettings, Settings

CONNECT_SECONDS = 5
FLOW_SEARCH_PATH = "pipelines"
FLOW_STATEMENT_SECONDS = 600
"""Longest that one statement of a flow may take."""


def connect(settings: DatabaseSettings, *, options: str = "", **extra: Any) -> psycopg.Connection[Any]:
    """Open a connection.

    Args:
        settings: where to, and which file holds the password now.
        options: server settings, as `-c name=value`.
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
        application_name=f"ktr-app-{settings.ktr_colour}",
        options=options,
        **extra,
    )


def flow_connection(settings: Settings) -> psycopg.Connection[Any]:
    """Open a connection for a step of a flow: it works in `pipelines`, with the rights of the role for flows.

    A flow's author writes whole statements; that role cannot read the application's own tables.
    """
    timeout = FLOW_STATEMENT_SECONDS * 1_000
    options = f"-c search_path={FLOW_SEARCH_PATH} -c statement_timeout={timeout}"
    if settings.database_flow_role:
        options += f" -c role={settings.database_flow_role}"
    return connect(settings, options=options)


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
