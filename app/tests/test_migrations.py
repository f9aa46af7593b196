"""Migrations against a real Postgres, where one is named: each leaves the version before it working."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy.exc import OperationalError

from ktr_app import migrate as module
from ktr_app.cache import Cache
from ktr_app.cli import main
from ktr_app.migrate import alembic_config, head_revision, is_done, older_revisions, upgrade
from ktr_app.models import Base
from ktr_app.readiness import Readiness
from tests.database import APP, FLOWS, SERVER, engine_of, platform_database
from tests.schema import Client, broken_promises, snapshot

pytestmark = pytest.mark.skipif(not SERVER, reason="KTR_TEST_POSTGRES names no server")


def revisions() -> list[str]:
    scripts = ScriptDirectory.from_config(alembic_config()).walk_revisions()
    return [script.revision for script in scripts][::-1]


STEPS = list(zip(revisions(), revisions()[1:], strict=False))


@pytest.fixture
def address() -> Iterator[str]:
    with platform_database() as address:
        yield address


def as_app(address: str) -> str:
    return make_conninfo(address, user=APP, password="the database_password")


@pytest.mark.parametrize(("old", "new"), STEPS, ids=lambda revision: str(revision))
def test_each_revision_leaves_the_version_before_it_working(address: str, old: str, new: str) -> None:
    engine = engine_of(address)
    upgrade(engine, old)
    with psycopg.connect(as_app(address), options="-c search_path=platform") as connection:
        known = snapshot(connection, APP)
        assert known.rights, "the application's role has no rights to lose"
        Client(connection, known).insert()
    assert upgrade(engine, new) == (old, new)
    with psycopg.connect(as_app(address), options="-c search_path=platform") as connection:
        now = snapshot(connection, APP)
        assert broken_promises(known, now) == []
        client = Client(connection, known)
        client.use()
        client.delete()
        client.insert()
        client.use()
        everything = Client(connection, now)
        client.delete()
        everything.insert()
        client.use()
        client.delete()


BAD = [
    ("ALTER TABLE users DROP COLUMN active", "users.active is gone"),
    ("ALTER TABLE users RENAME COLUMN active TO enabled", "users.active is gone"),
    ("DROP TABLE audit", "audit is gone"),
    ("ALTER TABLE audit RENAME TO trail", "audit is gone"),
    ("ALTER TABLE flows ALTER steps TYPE text", "flows.steps is text instead of integer"),
    ("ALTER TABLE executions ALTER rows TYPE integer", "executions.rows is integer instead of bigint"),
    ("ALTER TABLE executions ALTER error SET NOT NULL", "executions.error is no longer nullable"),
    ("ALTER TABLE users ALTER active DROP DEFAULT", "users.active has lost its default"),
    ("ALTER TABLE users ADD email text NOT NULL", "users.email is new and required"),
    ("CREATE UNIQUE INDEX n ON flows (name)", "flows is newly unique by name"),
    ("ALTER TABLE flows ADD CHECK (steps < 10)", "flows has the new rule flows_steps_check"),
    ("ALTER TABLE audit ENABLE ROW LEVEL SECURITY", "audit has the new rule row security"),
    (
        "CREATE TRIGGER stop BEFORE UPDATE ON flows EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "flows has the new rule stop",
    ),
    ("REVOKE UPDATE ON flows FROM ktr_app", "UPDATE on flows is not granted"),
    (
        "CREATE TABLE tags (id int PRIMARY KEY, flow_id uuid REFERENCES flows)",
        None,
    ),
]


@pytest.mark.parametrize(("change", "told"), BAD, ids=[change[:60] for change, _ in BAD])
def test_a_change_that_breaks_the_version_before_is_found(
    address: str, change: str, told: str | None
) -> None:
    """The check above is worth what it finds."""
    upgrade(engine_of(address), "0001")
    options = "-c search_path=platform"
    with psycopg.connect(as_app(address), options=options) as connection:
        known = snapshot(connection, APP)
    with psycopg.connect(address, options=f"{options} -c role=ktr_owner") as connection:
        connection.execute(change)
    with psycopg.connect(as_app(address), options=options) as connection:
        found = broken_promises(known, snapshot(connection, APP))
        if told is None:
            assert found == []
            client = Client(connection, known)
            client.insert()
            with psycopg.connect(address, options=options) as owner:
                connection.commit()
                owner.execute("INSERT INTO tags SELECT row_number() OVER (), id FROM flows")
            with pytest.raises(psycopg.errors.ForeignKeyViolation):
                client.delete()
        else:
            assert told in found


def test_the_models_say_what_the_migrations_make(address: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    engine = engine_of(address)
    upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table_schema": "platform", "include_schemas": True}
        )
        differences = compare_metadata(context, Base.metadata)
    assert [d for d in differences if "alembic_version" not in str(d)] == []


def test_flows_have_no_rights_on_any_table_of_the_platform(address: str) -> None:
    upgrade(engine_of(address))
    with psycopg.connect(address, options="-c search_path=platform") as connection:
        assert snapshot(connection, FLOWS).rights == frozenset()
        row = connection.execute("SELECT has_schema_privilege(%s, 'platform', 'USAGE')", [FLOWS]).fetchone()
        assert row == (False,)


def test_two_migrations_at_once_are_one_after_the_other(address: str) -> None:
    engine = engine_of(address)
    upgrade(engine, "0001")
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: upgrade(engine), range(4)))
    assert sorted(before or "" for before, _ in results) == ["0001", *[head_revision()] * 3]


def test_a_busy_table_holds_up_a_migration_and_not_the_live_version(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TABLE_LOCK_SECONDS", 1)
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.3)
    engine, options = engine_of(address), "-c search_path=platform"
    upgrade(engine, "0001")
    with ThreadPoolExecutor(1) as pool:
        with psycopg.connect(as_app(address), options=options) as busy:
            busy.execute("SELECT * FROM flows")
            busy.execute(
                "INSERT INTO flows (id, name, xml, sha256, steps) SELECT gen_random_uuid(),'','','',1"
            )
            migration = pool.submit(upgrade, engine)
            time.sleep(0.5)
            with psycopg.connect(as_app(address), options=options) as live:
                started = time.monotonic()
                live.execute(
                    "INSERT INTO flows (id,name,xml,sha256,steps) SELECT gen_random_uuid(),'','','x',1"
                )
                assert time.monotonic() - started < 3
            assert not migration.done()
        assert migration.result(20) == ("0001", head_revision())


def test_a_table_that_stays_busy_ends_the_migration_with_an_error(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TABLE_LOCK_SECONDS", 1)
    monkeypatch.setattr(module, "LOCK_SECONDS", 2)
    upgrade(engine_of(address), "0001")
    with psycopg.connect(as_app(address), options="-c search_path=platform") as busy:
        busy.execute("LOCK TABLE flows IN ROW EXCLUSIVE MODE")
        with pytest.raises(OperationalError, match="lock timeout"):
            upgrade(engine_of(address))


@pytest.fixture
def old_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package as it was when the first migration was the only one."""
    folder = tmp_path / "migrations"
    source = Path(module.__file__).parent / "migrations"
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("v0002*", "__pycache__"))

    def config() -> Config:
        made = Config()
        made.set_main_option("script_location", str(folder))
        made.set_main_option("path_separator", "os")
        return made

    monkeypatch.setattr(module, "alembic_config", config)
    older_revisions.cache_clear()
    yield
    older_revisions.cache_clear()


@pytest.fixture
def migrated(address: str) -> str:
    """A database at the newest revision, made before `old_version` sets in."""
    upgrade(engine_of(address))
    return address


def test_an_old_version_accepts_a_newer_schema(migrated: str, old_version: None, cache: Cache) -> None:
    assert module.head_revision() == "0001"
    readiness = Readiness(engine_of(as_app(migrated)), cache)
    assert readiness.check() == {"database": "ok", "migrations": "ok", "cache": "ok"}


def test_an_old_version_leaves_a_newer_schema_as_it_is_and_says_so(
    migrated: str,
    old_version: None,
    environment: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    target = conninfo_to_dict(migrated)
    monkeypatch.setenv("DATABASE_HOST", str(target["host"]))
    monkeypatch.setenv("DATABASE_PORT", str(target["port"]))
    monkeypatch.setenv("DATABASE_USER", str(target["user"]))
    monkeypatch.setenv("DATABASE_NAME", str(target["dbname"]))
    assert main(["migrate"]) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    assert "the schema is newer than this version; nothing changed" in line
    assert '"revision": "0002"' in line


def test_a_database_before_this_version_is_not_ready(address: str, cache: Cache) -> None:
    upgrade(engine_of(address), "0001")
    checks = Readiness(engine_of(as_app(address)), cache).check()
    assert checks["migrations"] == f"database is at 0001, this version needs {head_revision()}"


def test_only_what_is_known_as_older_is_older() -> None:
    assert [is_done(found) for found in (None, "0001", head_revision(), "9999")] == [False, False, True, True]
