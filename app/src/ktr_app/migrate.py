"""`ktr-app migrate`: the database is at this version's schema afterwards, or the exit code is not 0."""

from __future__ import annotations

import time
from functools import cache
from importlib.resources import files

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from ktr_app.database import connect
from ktr_app.logs import configure_logs, get_logger
from ktr_app.models import SCHEMA
from ktr_app.secret_file import SecretError
from ktr_app.settings import DatabaseSettings, load_database_settings

OWNER = "ktr_owner"
SCHEMAS = (SCHEMA, "pipelines")
WAIT_SECONDS = 60
LOCK_SECONDS = 300
"""How long to wait for another migration, or to try again where tables are busy."""
TABLE_LOCK_SECONDS = 3
"""How long one change may wait for a table: while it waits, the live version waits behind it."""
PAUSE_SECONDS = 1.0
"""Between two tries, so that the live version gets on."""
_LOCK = 0x6B7472
"""Key of the advisory lock that lets one migration run at a time ("ktr")."""


def alembic_config() -> Config:
    """Return Alembic's configuration, which is packaged with the application."""
    config = Config()
    config.set_main_option("script_location", str(files("ktr_app") / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def head_revision() -> str:
    """Return the revision that this version of the application needs."""
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if head is None:
        raise RuntimeError("The package holds no migration")
    return head


def current_revision(connection: Connection) -> str | None:
    """Return the revision of the database; None before the first migration."""
    return MigrationContext.configure(
        connection, opts={"version_table_schema": SCHEMA}
    ).get_current_revision()


@cache
def older_revisions() -> frozenset[str]:
    """Return the revisions before the one that this version needs."""
    scripts = ScriptDirectory.from_config(alembic_config()).walk_revisions()
    return frozenset(script.revision for script in scripts) - {head_revision()}


def is_done(found: str | None) -> bool:
    """Return whether a database at revision `found` has all that this version needs.

    Migrations only add, so a newer schema serves an older version too. A revision that this version
    does not know is a newer one.
    """
    return found is not None and found not in older_revisions()


def migrate() -> int:
    """Wait for the database, then migrate it; return 0, or 1 with one error line in the log."""
    settings = load_database_settings()
    configure_logs(settings.ktr_log_level, version=settings.ktr_version)
    log = get_logger("ktr.migrate")
    try:
        _wait(settings)
        engine = create_engine("postgresql+psycopg://", creator=lambda: connect(settings), poolclass=NullPool)
        before, after = upgrade(engine)
    except (psycopg.Error, SQLAlchemyError, SecretError) as error:
        log.error("migration failed", error=str(error).splitlines()[0])  # noqa: TRY400 - one line for people
        return 1
    if after != head_revision():
        log.info("the schema is newer than this version; nothing changed", revision=after)
    else:
        log.info("migrated", revision_before=before, revision_after=after, changed=before != after)
    return 0


def upgrade(engine: Engine, revision: str = "head") -> tuple[str | None, str | None]:
    """Bring the schema to a revision, alone, never back; return the revisions before and after.

    A table that the live version keeps busy is tried again, for `LOCK_SECONDS` at most.
    """
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            return _upgrade(engine, revision)
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable) or time.monotonic() > deadline:
                raise
            get_logger("ktr.migrate").info("a table is busy; trying again")
            time.sleep(PAUSE_SECONDS)


def _upgrade(engine: Engine, revision: str) -> tuple[str | None, str | None]:
    with engine.begin() as connection:
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        connection.execute(text(f"SET LOCAL lock_timeout = '{TABLE_LOCK_SECONDS}s'"))
        if connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": OWNER}):
            connection.execute(text(f"SET LOCAL ROLE {OWNER}"))
        for schema in SCHEMAS:
            known = text("SELECT 1 FROM pg_namespace WHERE nspname = :name")
            if not connection.scalar(known, {"name": schema}):
                connection.execute(text(f"CREATE SCHEMA {schema}"))
        before = current_revision(connection)
        if is_done(before):
            return before, before
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        return before, current_revision(connection)


def _wait(settings: DatabaseSettings) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    pause = 0.2
    while True:
        try:
            connect(settings).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(pause)
            pause = min(pause * 1.5, 3.0)
        else:
            return
