"""Everything a page or an endpoint needs, made once a process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from redis.exceptions import RedisError
from sqlalchemy import Engine

from ktr_app.audit import Audit
from ktr_app.auth.accounts import Accounts
from ktr_app.auth.csrf import CsrfTokens
from ktr_app.auth.sessions import Sessions
from ktr_app.auth.throttle import LoginThrottle
from ktr_app.cache import Cache, make_cache
from ktr_app.database import make_engine
from ktr_app.flows import Flows
from ktr_app.metrics import Metrics
from ktr_app.readiness import Readiness
from ktr_app.runs.executions import Executions
from ktr_app.runs.live import LiveRuns
from ktr_app.runs.manager import RunManager
from ktr_app.schedules.schedules import Schedules
from ktr_app.secret_file import SecretError, keyed_hash
from ktr_app.settings import Settings, load_settings


@dataclass(frozen=True, kw_only=True)
class Services:
    """The parts of the application, wired."""

    settings: Settings
    engine: Engine
    accounts: Accounts
    audit: Audit
    csrf: CsrfTokens
    executions: Executions
    flows: Flows
    live: LiveRuns
    manager: RunManager
    metrics: Metrics
    readiness: Readiness
    schedules: Schedules
    sessions: Sessions
    throttle: LoginThrottle

    @property
    def footer(self) -> str:
        """The line that tells which version answers."""
        return f"KTR {self.settings.ktr_version} · {self.settings.ktr_colour}"

    def pseudonym(self, user: str) -> str:
        """Return what logs and audit call a user: stable, and without the key no name."""
        return f"u-{keyed_hash(self.settings.secret_key_file, 'pseudonym', user)[:16]}"


def build(settings: Settings, engine: Engine, cache_: Cache) -> Services:
    """Wire the parts on a database and a cache; nothing is started."""
    metrics = Metrics(version=settings.ktr_version, colour=settings.ktr_colour)
    flows = Flows(engine, folder=settings.ktr_flows_dir, max_bytes=settings.ktr_max_ktr_bytes)
    executions, live = Executions(engine), LiveRuns(cache_)
    sessions = Sessions(cache_, seconds=settings.ktr_session_seconds)
    metrics.count_sessions(lambda: _count(sessions))
    return Services(
        settings=settings,
        engine=engine,
        accounts=Accounts(engine, settings),
        audit=Audit(engine),
        csrf=CsrfTokens(settings.jwt_secret_file),
        executions=executions,
        flows=flows,
        live=live,
        manager=RunManager(settings, flows, executions, live, metrics),
        metrics=metrics,
        readiness=Readiness(engine, cache_),
        schedules=Schedules(engine),
        sessions=sessions,
        throttle=LoginThrottle(cache_),
    )


def _count(sessions: Sessions) -> float:
    try:
        return sessions.count()
    except (RedisError, SecretError):
        return float("nan")


@cache
def services() -> Services:
    """Return the process's services, made from the environment at the first call."""
    settings = load_settings()
    return build(settings, make_engine(settings), make_cache(settings))
