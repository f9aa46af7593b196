"""Readiness: database and cache reachable, migrations at this version's head or beyond."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from sqlalchemy import Engine

from ktr_app.cache import Cache
from ktr_app.migrate import current_revision, head_revision, is_done


class NotMigratedError(Exception):
    """The database has an older schema than this version needs."""


class Readiness:
    """Checks one thing after the other; an answer takes at most the time-outs of both clients."""

    def __init__(self, engine: Engine, cache: Cache) -> None:
        self._engine = engine
        self._cache = cache

    @cached_property
    def _head(self) -> str:
        return head_revision()

    def check(self) -> dict[str, str]:
        """Return `ok` or the reason for each of `database`, `migrations` and `cache`."""
        database = _result(self._reach_database)
        return {
            "database": database,
            "migrations": _result(self._compare_revisions) if database == "ok" else "unknown",
            "cache": _result(self._cache.ping),
        }

    def _reach_database(self) -> None:
        with self._engine.connect():
            pass

    def _compare_revisions(self) -> None:
        with self._engine.connect() as connection:
            found = current_revision(connection)
        if not is_done(found):
            raise NotMigratedError(f"database is at {found}, this version needs {self._head}")


def _result(check: Callable[[], object]) -> str:
    try:
        check()
    except NotMigratedError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - whatever fails, the answer is "not ready", without details of hosts
        return f"failed: {type(error).__name__}"
    return "ok"
