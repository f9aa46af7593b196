"""Throw-away databases on a real Postgres, with the roles that the platform's database has."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

SERVER = os.environ.get("KTR_TEST_POSTGRES", "")
APP, FLOWS, OWNER = "ktr_app", "ktr_flows", "ktr_owner"
_ROLES = {OWNER: "NOLOGIN", FLOWS: "NOLOGIN", APP: "LOGIN PASSWORD 'the database_password'"}


@contextmanager
def platform_database() -> Iterator[str]:
    """Make a database with the platform's schemas, roles and default privileges; drop all of it."""
    name = f"ktr_{uuid4().hex[:12]}"
    address = make_conninfo(SERVER, dbname=name)
    known = [role for (role,) in _execute(SERVER, sql.SQL("SELECT rolname FROM pg_roles"))]
    for role, options in _ROLES.items():
        if role not in known:
            _execute(SERVER, sql.SQL("CREATE ROLE {} " + options).format(sql.Identifier(role)))
    _execute(SERVER, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        _execute(address, sql.SQL(_GRANTS))
        yield address
    finally:
        _execute(SERVER, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        for role in _ROLES:
            _execute(SERVER, sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def _execute(address: str, statement: sql.SQL | sql.Composed) -> list[tuple[Any, ...]]:
    """Run a statement on a connection of its own: the server may restart during a test."""
    with psycopg.connect(address, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


_GRANTS = """
    GRANT ktr_flows TO ktr_app;
    CREATE SCHEMA platform AUTHORIZATION ktr_owner;
    CREATE SCHEMA pipelines AUTHORIZATION ktr_owner;
    GRANT USAGE ON SCHEMA platform TO ktr_app;
    GRANT USAGE, CREATE ON SCHEMA pipelines TO ktr_flows;
    ALTER DEFAULT PRIVILEGES FOR ROLE ktr_owner IN SCHEMA platform
        GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ktr_app;
    ALTER DEFAULT PRIVILEGES FOR ROLE ktr_owner IN SCHEMA platform
        GRANT USAGE, SELECT ON SEQUENCES TO ktr_app;
"""


def engine_of(address: str, **extra: Any) -> Engine:
    """Return an engine without a pool."""
    return create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(address, **extra), poolclass=NullPool
    )
