"""Table output: rows into a table of the platform's database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

import polars as pl
import psycopg
from psycopg import sql

from ktr_app.engine.step import Rows, Step, register
from ktr_app.engine.values import type_name
from ktr_app.ktr.xml import children, text

SCHEMA = "pipelines"
"""The only schema that flows write to."""

_SQL_TYPES = {
    "String": "text",
    "Integer": "bigint",
    "Number": "double precision",
    "Date": "timestamp",
    "Boolean": "boolean",
    "Binary": "bytea",
}
_MADE_MEANWHILE = (
    psycopg.errors.UniqueViolation,
    psycopg.errors.DuplicateObject,
    psycopg.errors.DuplicateTable,
)
"""What CREATE TABLE IF NOT EXISTS says when another run has made the table at the same moment."""
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@register("TableOutput")
class TableOutput(Step):
    """Copies batches into a table and passes them on.

    All rows are one transaction: after a failure the table is as it was (Pentaho leaves
    the batches committed until then). Plain names are folded to lower case, as the
    unquoted names that Pentaho sends are.
    """

    def configure(self) -> None:
        """Read the table and its columns."""
        if self.flag("tablename_in_field") or self.flag("partitioning_enabled"):
            raise self.fail("A table name in a field or by date is not supported; name one table")
        schema = self.text("schema") or SCHEMA
        if _fold(schema) != SCHEMA:
            raise self.fail(f"It writes to the schema {schema!r}; flows write to {SCHEMA!r} only")
        table = self.text("table")
        if not table:
            raise self.fail("It names no table")
        self._table = sql.Identifier(SCHEMA, _fold(table))
        self._truncate = self.flag("truncate")
        specified = self.flag("specify_fields")
        self._columns = [
            (text(f, "column_name"), text(f, "stream_name") or text(f, "column_name"))
            for f in children(self.spec.element, "fields/field")
            if specified and text(f, "column_name")
        ]
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None

    def process(self, frame: pl.DataFrame) -> Iterator[Rows]:
        """Insert, then pass on."""
        columns = self._columns or [(name, name) for name in frame.columns]
        rows = frame.select(self.need(frame, name) for _, name in columns)
        try:
            if self._connection is None:
                self._connection = self.run.connect()
                self._prepare(self._connection, rows.rename({name: column for column, name in columns}))
            self._copy(self._connection, [column for column, _ in columns], rows)
        except psycopg.Error as error:
            raise self.fail(f"The database says: {str(error).strip()}") from error
        yield Rows(frame)

    def finish(self) -> Iterator[Rows]:
        """Commit."""
        if self._connection is not None:
            try:
                self._connection.commit()
            except psycopg.Error as error:
                raise self.fail(f"The database says: {str(error).strip()}") from error
        return iter(())

    def close(self, *, failed: bool) -> None:
        """Close the connection; what is not committed is undone."""
        if self._connection is not None:
            self._connection.close()

    def _prepare(self, connection: psycopg.Connection[tuple[object, ...]], layout: pl.DataFrame) -> None:
        if self.run.create_tables:
            columns = sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(_fold(name)), sql.SQL(_SQL_TYPES[type_name(dtype)]))
                for name, dtype in layout.schema.items()
            )
            statement = sql.SQL("CREATE TABLE IF NOT EXISTS {} ({})").format(self._table, columns)
            connection.execute("SELECT 1")  # begins the transaction, so that the block below is a savepoint
            with suppress(*_MADE_MEANWHILE), connection.transaction():
                connection.execute(statement)
        if self._truncate:
            connection.execute(sql.SQL("TRUNCATE {}").format(self._table))

    def _copy(
        self, connection: psycopg.Connection[tuple[object, ...]], columns: list[str], rows: pl.DataFrame
    ) -> None:
        names = sql.SQL(", ").join(sql.Identifier(_fold(column)) for column in columns)
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(self._table, names)
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows.iter_rows():
                copy.write_row(row)


def _fold(name: str) -> str:
    return name.lower() if _PLAIN.fullmatch(name) else name
