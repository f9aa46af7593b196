from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import fakeredis
import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from ktr_app.cache import Cache
from ktr_app.engine.context import RunContext
from ktr_app.models import SCHEMA, Base
from ktr_app.services import Services, build
from ktr_app.settings import Settings
from tests.flow import context

SECRETS = ("database_password", "redis_password", "secret_key", "jwt_secret", "admin_password")


@pytest.fixture
def surroundings(tmp_path: Path) -> RunContext:
    return context(tmp_path)


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A complete environment; returns the folder of the secret files."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    for name in SECRETS:
        (secrets / name).write_text(f"the {name}\n")
        monkeypatch.setenv(f"{name.upper()}_FILE", str(secrets / name))
    monkeypatch.setenv("DATABASE_HOST", "postgres")
    monkeypatch.setenv("REDIS_HOST", "redis")
    for name in ("data", "logs", "flows"):
        (tmp_path / name).mkdir(exist_ok=True)
        monkeypatch.setenv(f"KTR_{name.upper()}_DIR", str(tmp_path / name))
    monkeypatch.setenv("KTR_VERSION", "9.8.7")
    monkeypatch.setenv("KTR_COLOUR", "green")
    return secrets


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = create_engine(f"sqlite:///{tmp_path}/unit.db", poolclass=NullPool)
    made = made.execution_options(schema_translate_map={SCHEMA: None})
    Base.metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def cache() -> Cache:
    return fakeredis.FakeRedis(decode_responses=True)


@pytest.fixture
def parts(environment: Path, engine: Engine, cache: Cache) -> Services:
    return build(Settings(), engine, cache)  # type: ignore[call-arg]  # the environment gives the rest
