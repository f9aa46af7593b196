"""Rows and keys that were promised to be kept, and whether they are."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.integration.harness.clients import Cache, Sql, exported_secret
from tests.integration.harness.deployment import Deployment
from tests.integration.harness.engine_view import EngineView

FSYNC_PROMISE = 2.0
"""Seconds after which a write that Redis acknowledged is on the disk: `everysec` and its worst case."""
TABLE = "pipelines.durable_probe"


@dataclass
class Promises:
    """Writes that Postgres committed and Redis acknowledged."""

    view: EngineView
    deployment: Deployment
    kept: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._sql = Sql(self.view, self.deployment)
        self._cache = Cache(self.view, self.deployment)
        self._database_password = exported_secret(self.deployment, "postgres-app")
        self._cache_password = exported_secret(self.deployment, "redis-app")

    def _run(self, statement: str) -> str:
        # As the flows of users write: with the role that owns their tables.
        done = self._sql.run("ktr_app", self._database_password, f"set role ktr_flows; {statement}")
        assert done.code == 0, done.output
        return done.output

    def make(self) -> None:
        """Commit a row and write a key, then wait until both must be on the disk."""
        value = secrets.token_hex(8)
        self.commit(value)
        self.cache(value)
        time.sleep(FSYNC_PROMISE)
        self.kept.append(value)

    def commit(self, value: str) -> None:
        """Commit a row; from then on it is kept."""
        self._run(f"create table if not exists {TABLE} (value text); insert into {TABLE} values ('{value}')")

    def cache(self, value: str) -> None:
        """Write a key; FSYNC_PROMISE later it is kept."""
        assert self._cache.run("ktr_app", self._cache_password, "set", f"ktr:durable:{value}", value) == "OK"

    def broken(self) -> list[str]:
        """What was promised and is gone."""
        return self.lost(self.kept, self.kept)

    def lost(self, rows: Sequence[str], keys: Sequence[str]) -> list[str]:
        """Those rows and keys that are not there."""
        present, cached = set(self._run(f"select value from {TABLE}").split()), self._cached(keys)
        lost_rows = [f"row {value}" for value in rows if value not in present]
        return lost_rows + [f"key {value}" for value in keys if value not in cached]

    def _cached(self, keys: Sequence[str]) -> set[str]:
        if not keys:
            return set()
        names = [f"ktr:durable:{value}" for value in keys]
        return set(self._cache.run("ktr_app", self._cache_password, "mget", *names).split())
