"""Against a real Postgres, where the environment names one; skipped otherwise.

KTR_TEST_POSTGRES is a libpq connection string of a role that may create schemas in an empty database.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from ktr_app.engine.context import RunContext
from ktr_app.engine.errors import StepError
from ktr_app.migrate import current_revision, head_revision, upgrade
from tests.flow import flow, grid, run, step

SERVER = os.environ.get("KTR_TEST_POSTGRES", "")
pytestmark = pytest.mark.skipif(not SERVER, reason="KTR_TEST_POSTGRES names no server")

TYPES = {"Id": "Integer", "name": "String", "at": "Date", "ok": "Boolean", "x": "Number"}
ROWS = [(1, "a\tb", "2024/02/29 01:02:03.000", "Y", 1.5), (2, None, None, "N", None)]


def connect() -> psycopg.Connection[Any]:
    return psycopg.connect(SERVER, options="-c search_path=pipelines,platform")


@pytest.fixture
def database() -> Iterator[Engine]:
    engine = create_engine("postgresql+psycopg://", creator=connect, poolclass=NullPool)
    drop = text("DROP SCHEMA IF EXISTS platform CASCADE; DROP SCHEMA IF EXISTS pipelines CASCADE")
    with engine.begin() as connection:
        connection.execute(drop)
    upgrade(engine)
    yield engine
    with engine.begin() as connection:
        connection.execute(drop)


@pytest.fixture
def warehouse(database: Engine, surroundings: RunContext) -> RunContext:
    return replace(surroundings, connect=connect, create_tables=True, batch_rows=1)


def output(table: str, truncate: str = "N") -> str:
    return step("1", "TableOutput", f"<table>{table}</table><truncate>{truncate}</truncate>")


def write(surroundings: RunContext, table: str, *more: str, truncate: str = "N") -> None:
    names = ["in", "1", *(str(n + 2) for n in range(len(more)))]
    data = flow([grid("in", TYPES, ROWS), output(table, truncate), *more], list(pairwise(names)))
    run(data, surroundings)


def read(surroundings: RunContext, sql: str) -> list[tuple[object, ...]]:
    data = flow([step("in", "TableInput", f"<sql>{sql}</sql>"), step("out", "Collect")], [("in", "out")])
    return run(data, surroundings)[0].rows("out")


def test_migrations_run_once_however_many_start(database: Engine) -> None:
    with database.begin() as connection:
        connection.execute(text("DROP SCHEMA platform CASCADE"))
    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(lambda _: upgrade(database), range(3)))
    assert sorted(before or "" for before, _ in results) == ["", head_revision(), head_revision()]
    with database.connect() as connection:
        assert current_revision(connection) == head_revision()


def test_rows_come_back_as_they_were_written(warehouse: RunContext) -> None:
    write(warehouse, "Things")
    assert read(warehouse, "SELECT * FROM things ORDER BY id") == [
        (1, "a\tb", datetime(2024, 2, 29, 1, 2, 3), True, 1.5),
        (2, None, None, False, None),
    ]


def test_truncate_replaces_and_otherwise_rows_are_added(warehouse: RunContext) -> None:
    for _ in range(2):
        write(warehouse, "t")
    assert read(warehouse, "SELECT count(*) AS n FROM t") == [(4,)]
    write(warehouse, "t", truncate="Y")
    assert read(warehouse, "SELECT count(*) AS n FROM t") == [(2,)]


def test_a_failed_run_leaves_the_table_as_it_was(warehouse: RunContext) -> None:
    write(warehouse, "t")
    broken = step("2", "SelectValues", "<fields><meta><name>name</name><type>Integer</type></meta></fields>")
    with pytest.raises(StepError, match="Step '2'"):
        write(warehouse, "t", broken, truncate="Y")
    assert read(warehouse, "SELECT count(*) AS n FROM t") == [(2,)]


def test_a_table_is_made_only_when_asked(warehouse: RunContext) -> None:
    with pytest.raises(StepError, match=r'relation "pipelines\.t" does not exist'):
        write(replace(warehouse, create_tables=False), "t")


def test_runs_that_make_the_same_table_at_once_all_succeed(warehouse: RunContext) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: write(warehouse, "t"), range(6)))
    assert read(warehouse, "SELECT count(*) AS n FROM t") == [(12,)]


@pytest.mark.parametrize("sql", ["DELETE FROM t RETURNING id", "SELECT 1 AS a; DROP TABLE t", "DROP TABLE t"])
def test_a_query_cannot_write(warehouse: RunContext, sql: str) -> None:
    write(warehouse, "t")
    with pytest.raises(StepError, match="The database says"):
        read(warehouse, sql)
    assert read(warehouse, "SELECT count(*) AS n FROM t") == [(2,)]


def test_an_empty_result_still_has_its_fields(warehouse: RunContext) -> None:
    data = flow(
        [
            step("in", "TableInput", "<sql>SELECT 1::numeric AS a, now() AS b LIMIT 0</sql>"),
            step("out", "Collect"),
        ],
        [("in", "out")],
    )
    assert run(data, warehouse)[0].types("out") == {"a": "Number", "b": "Date"}
