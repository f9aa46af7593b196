"""What a step may use of the world around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import psycopg

from ktr_app.engine.files import DataFiles
from ktr_app.engine.variables import Variables

Connect = Callable[[], "psycopg.Connection[tuple[object, ...]]"]


def no_database() -> psycopg.Connection[tuple[object, ...]]:
    """Refuse: this run has no database."""
    raise RuntimeError("This run has no database connection")


@dataclass(frozen=True, kw_only=True)
class RunContext:
    """One run's surroundings."""

    files: DataFiles
    scratch: Path
    """Folder for spilled rows, removed after the run."""
    variables: Variables = field(default_factory=lambda: Variables({}))
    connect: Connect = no_database
    create_tables: bool = False
    """Whether TableOutput makes a table that is not there."""
    batch_rows: int = 1_000
    sort_bytes: int = 64 * 2**20
    """Rows that SortRows holds in memory, in bytes; more are spilled to `scratch`."""
    group_limit: int = 1_000_000
    """Most groups or distinct rows that a step keeps in memory."""
    cancelled: Event = field(default_factory=Event)
    log: Callable[[str, str], None] = lambda _step, _line: None
    """Called with a step's name and a line that it writes to the log."""
