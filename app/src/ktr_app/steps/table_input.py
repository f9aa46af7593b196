"""Table input: the rows of a query, fetched as they are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from typing import Any

import polars as pl
import psycopg

from ktr_app.engine.step import Rows, Step, register
from ktr_app.ktr.xml import text

Convert = Callable[[Any], object]


def _datetime(value: date | datetime) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    return datetime.combine(value, time())


_TYPES: dict[str, tuple[Any, Convert]] = {
    **dict.fromkeys(["int2", "int4", "int8", "oid"], (pl.Int64(), int)),
    **dict.fromkeys(["float4", "float8", "numeric"], (pl.Float64(), float)),
    **dict.fromkeys(["date", "timestamp", "timestamptz"], (pl.Datetime("us"), _datetime)),
    "bool": (pl.Boolean(), bool),
    "bytea": (pl.Binary(), bytes),
}
"""By Postgres type; every other one comes as text. Times with a zone are given in UTC."""


@register("TableInput")
class TableInput(Step):
    """Runs one SELECT, read-only, over a server-side cursor in the platform's database."""

    reads_outside = True

    def configure(self) -> None:
        """Read the query."""
        sql = text(self.spec.element, "sql").rstrip("; \n")
        self._sql = self.run.variables.substitute(sql) if self.flag("variables_active") else sql
        if not self._sql:
            raise self.fail("It has no SQL; write a SELECT")
        if self.text("lookup"):
            raise self.fail(
                "Queries with parameters from another step are not supported; use variables instead"
            )
        self._limit = self.limit("limit")
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None

    def produce(self) -> Iterator[Rows]:
        """Yield the result in batches."""
        try:
            self._connection = self.run.connect()
            self._connection.read_only = True
            with self._connection.cursor(name="ktr_table_input") as cursor:
                # The flow's author writes the whole statement: the connection is read-only.
                cursor.execute(self._sql.encode())
                yield from self._batches(cursor)
        except psycopg.Error as error:
            raise self.fail(f"The database says: {str(error).strip()}") from error

    def _batches(self, cursor: psycopg.ServerCursor[tuple[object, ...]]) -> Iterator[Rows]:
        rows = cursor.fetchmany(self.run.batch_rows)
        columns = [(c.name, *_TYPES.get(_type(c), (pl.String(), str))) for c in cursor.description or ()]
        if len({name for name, _, _ in columns}) < len(columns):
            raise self.fail("Two columns have the same name; rename one with AS")
        yield Rows(_frame(columns, rows[: self._limit or None]))
        seen = len(rows)
        while rows and not (self._limit and seen >= self._limit):
            rows = cursor.fetchmany(self.run.batch_rows)
            if rows:
                yield Rows(_frame(columns, rows[: self._limit - seen] if self._limit else rows))
            seen += len(rows)

    def close(self, *, failed: bool) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()


def _type(column: psycopg.Column) -> str:
    known = psycopg.adapters.types.get(column.type_code)
    return known.name if known is not None else ""


def _frame(columns: list[tuple[str, Any, Convert]], rows: list[tuple[object, ...]]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            pl.Series(name, [None if row[i] is None else make(row[i]) for row in rows], dtype=dtype)
            for i, (name, dtype, make) in enumerate(columns)
        ]
    )
