"""What a version relies on in its schema, and whether a newer schema still gives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

Connection = psycopg.Connection[Any]
SCHEMA = "platform"
RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE")
ROWS = 2
_WIDER = {
    "integer": {"bigint"},
    "smallint": {"integer", "bigint"},
    "real": {"double precision"},
    "character varying": {"text"},
}
"""Types that take and give all values of a narrower one as the client knows them."""
_SAMPLES = {
    "uuid": "00000000-0000-0000-0000-00000000000{n}",
    "timestamp with time zone": "2030-01-01T00:00:0{n}Z",
    "bytea": b"\x00",
    "boolean": True,
    "integer": 2**31 - 2,
    "bigint": 2**63 - 2,
    "text": "",
}
"""Values at the edge of what a type takes; `{n}` makes those of a key differ."""


@dataclass(frozen=True)
class Column:
    """A column as the client meets it."""

    type: str
    nullable: bool
    default: bool
    """Whether an insert may leave it out: a default, an identity, or null."""


@dataclass(frozen=True)
class Snapshot:
    """A schema at one revision."""

    columns: Mapping[str, Mapping[str, Column]]
    keys: Mapping[str, frozenset[tuple[str, ...]]]
    """By table, the columns that are unique together."""
    parents: Mapping[str, Mapping[str, str]]
    """By table, the columns that refer to another table, and to which."""
    rules: Mapping[str, frozenset[str]]
    """By table, triggers, checks and other constraints, by name."""
    rights: frozenset[tuple[str, str]]
    """Tables, and what the application's role may do with them."""


def snapshot(connection: Connection, role: str) -> Snapshot:
    """Read a schema."""
    columns: dict[str, dict[str, Column]] = {}
    for table, name, kind, nullable, default in connection.execute(_COLUMNS, [SCHEMA]):
        columns.setdefault(table, {})[name] = Column(kind, nullable, default or nullable)
    keys: dict[str, set[tuple[str, ...]]] = {}
    for table, names in connection.execute(_KEYS, [SCHEMA]):
        keys.setdefault(table, set()).add(tuple(names))
    parents: dict[str, dict[str, str]] = {}
    for table, name, parent in connection.execute(_PARENTS, [SCHEMA]):
        parents.setdefault(table, {})[name] = parent
    rules: dict[str, set[str]] = {}
    for table, name in connection.execute(_RULES, {"schema": SCHEMA}):
        rules.setdefault(table, set()).add(name)
    rights = {
        (table, right)
        for table in columns
        for right in RIGHTS
        if connection.execute(
            "SELECT has_table_privilege(%s, %s, %s)", [role, f"{SCHEMA}.{table}", right]
        ).fetchone()
        == (True,)
    }
    return Snapshot(
        columns,
        {table: frozenset(value) for table, value in keys.items()},
        parents,
        {table: frozenset(value) for table, value in rules.items()},
        frozenset(rights),
    )


def broken_promises(old: Snapshot, new: Snapshot) -> list[str]:
    """Return what a version on `old` relies on and `new` does not give, by description alone."""
    found = [f"{table} is gone" for table in old.columns if table not in new.columns]
    for table, columns in old.columns.items():
        now = new.columns.get(table, {})
        for name, column in columns.items():
            if table not in new.columns:
                continue
            if name not in now:
                found.append(f"{table}.{name} is gone")
            elif now[name].type not in {column.type, *_WIDER.get(column.type, ())}:
                found.append(f"{table}.{name} is {now[name].type} instead of {column.type}")
            elif column.nullable and not now[name].nullable:
                found.append(f"{table}.{name} is no longer nullable")
            elif column.default and not now[name].default:
                found.append(f"{table}.{name} has lost its default")
        added = [name for name in now if name not in columns]
        found += [f"{table}.{name} is new and required" for name in added if not now[name].default]
        known, keys = set(columns), new.keys.get(table, frozenset()) - old.keys.get(table, frozenset())
        found += [f"{table} is newly unique by {', '.join(key)}" for key in keys if known.intersection(key)]
        rules = new.rules.get(table, frozenset()) - old.rules.get(table, frozenset())
        found += [f"{table} has the new rule {rule}" for rule in sorted(rules)]
    found += [f"{right} on {table} is not granted" for table, right in sorted(old.rights - new.rights)]
    return found


class Client:
    """Writes and reads as a version does that knows only one snapshot.

    Args:
        connection: as the application's role.
        known: the schema that it knows.
    """

    def __init__(self, connection: Connection, known: Snapshot) -> None:
        self._connection = connection
        self._known = known

    def insert(self) -> None:
        """Write rows that differ in their keys only, sparse ones and full ones, parents first."""
        for table in self._parents_first():
            for number in range(ROWS):
                self._insert(table, number, full=bool(number))

    def use(self) -> None:
        """Read every column of every row, and write it back."""
        for table, columns in self._known.columns.items():
            names = sql.SQL(", ").join(map(sql.Identifier, columns))
            query = sql.SQL("SELECT {} FROM {}").format(names, _name(table))
            with self._connection.cursor(row_factory=dict_row) as cursor:
                rows = cursor.execute(query).fetchall()
            assert len(rows) == ROWS, f"{table} has lost or won rows"
            changes = [name for name in columns if name != "id"]
            sets = sql.SQL(", ").join(
                sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in changes
            )
            change = sql.SQL("UPDATE {} SET {} WHERE id = %(id)s").format(_name(table), sets)
            for row in rows:
                values = {key: Jsonb(v) if isinstance(v, dict | list) else v for key, v in row.items()}
                assert self._connection.execute(change, values).rowcount == 1

    def delete(self) -> None:
        """Delete every row, in the order in which this version may: children that it knows first."""
        for table in reversed(self._parents_first()):
            deleted = self._connection.execute(sql.SQL("DELETE FROM {}").format(_name(table)))
            assert deleted.rowcount == ROWS

    def _insert(self, table: str, number: int, *, full: bool) -> None:
        keys = {name for key in self._known.keys.get(table, ()) for name in key}
        values: dict[str, object] = {}
        for name, column in self._known.columns[table].items():
            parent = self._known.parents.get(table, {}).get(name)
            if parent is not None:
                values[name] = self._some_id(parent, number)
            elif full or name in keys or not column.default:
                values[name] = _sample(column.type, number if name in keys else 0)
        statement = sql.SQL("INSERT INTO {} ({}) OVERRIDING USER VALUE VALUES ({})").format(
            _name(table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(map(sql.Placeholder, values)),
        )
        self._connection.execute(statement, values)

    def _some_id(self, table: str, number: int) -> object:
        query = sql.SQL("SELECT id FROM {} ORDER BY id OFFSET {} LIMIT 1").format(_name(table), number)
        row = self._connection.execute(query).fetchone()
        assert row is not None
        return row[0]

    def _parents_first(self) -> list[str]:
        ordered: list[str] = []
        waiting = sorted(self._known.columns)
        while waiting:
            ready = [t for t in waiting if set(self._known.parents.get(t, {}).values()) <= set(ordered)]
            assert ready, f"the tables {waiting} refer to each other"
            ordered += ready
            waiting = [table for table in waiting if table not in ready]
        return ordered


def _sample(kind: str, number: int) -> object:
    if kind == "jsonb":
        return Jsonb({})
    value = _SAMPLES[kind]
    if isinstance(value, str):
        return value.format(n=number) if "{n}" in value else value + "x" * number
    return value - number if isinstance(value, int) and not isinstance(value, bool) else value


def _name(table: str) -> sql.Composable:
    return sql.Identifier(SCHEMA, table)


_COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable = 'YES',
           column_default IS NOT NULL OR is_identity = 'YES'
    FROM information_schema.columns
    WHERE table_schema = %s AND table_name <> 'alembic_version'
    ORDER BY table_name, ordinal_position
"""
_KEYS = """
    SELECT c.relname, array_agg(a.attname ORDER BY a.attnum)
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
    WHERE i.indisunique AND c.relnamespace = %s::regnamespace AND c.relname <> 'alembic_version'
    GROUP BY i.indexrelid, c.relname
"""
_PARENTS = """
    SELECT k.conrelid::regclass::text, a.attname, k.confrelid::regclass::text
    FROM pg_constraint k
    JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
    WHERE k.contype = 'f' AND k.connamespace = %s::regnamespace
"""
_RULES = """
    SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND c.relnamespace = %(schema)s::regnamespace
    UNION ALL
    SELECT c.relname, k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE k.contype IN ('c', 'f', 'x') AND k.connamespace = %(schema)s::regnamespace
    UNION ALL
    SELECT c.relname, r.rulename FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
    WHERE c.relkind = 'r' AND c.relnamespace = %(schema)s::regnamespace
    UNION ALL
    SELECT c.relname, 'row security' FROM pg_class c
    WHERE c.relrowsecurity AND c.relnamespace = %(schema)s::regnamespace
"""
