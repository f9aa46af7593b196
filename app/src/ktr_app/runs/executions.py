"""The history of runs, in Postgres."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session as Database

from ktr_app.models import Execution, Flow, Status, now

STALE_SECONDS = 30
"""A run without a sign of life for so long has lost its process."""
INTERRUPTED = "interrupted: the process that ran it ended"
UNFINISHED = (Status.QUEUED, Status.RUNNING)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a run ended."""

    status: Status
    error: str | None = None
    rows: int = 0
    steps: list[dict[str, Any]] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    interrupted: bool = False
    """Whether it was ended from outside, so that it may be started anew."""

    def columns(self) -> dict[str, Any]:
        """Return the columns of an execution that ends like this now."""
        return {
            "status": self.status,
            "error": self.error,
            "rows": self.rows,
            "steps": self.steps,
            "outputs": self.outputs,
            "finished_at": now(),
        }


class Executions:
    """Reads and writes executions."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def queue(self, flow: Flow, parameters: Mapping[str, str]) -> UUID:
        """Record a run that is about to start."""
        execution = Execution(
            flow_id=flow.id, flow_name=flow.name, status=Status.QUEUED, parameters=dict(parameters)
        )
        with Database(self._engine, expire_on_commit=False) as database, database.begin():
            database.add(execution)
        return execution.id

    def start(self, execution_id: UUID) -> None:
        """Record that it runs."""
        self._change(execution_id, status=Status.RUNNING, started_at=now(), heartbeat_at=now())

    def finish(self, execution_id: UUID, outcome: Outcome) -> None:
        """Record how it ended; a run that was given up as interrupted is corrected."""
        self._change(execution_id, **outcome.columns())

    def beat(self, execution_ids: Collection[UUID]) -> None:
        """Give a sign of life for runs of this process."""
        if execution_ids:
            statement = update(Execution).where(Execution.id.in_(execution_ids)).values(heartbeat_at=now())
            with Database(self._engine) as database, database.begin():
                database.execute(statement)

    def fail_orphans(self) -> list[UUID]:
        """Mark the runs of dead processes as failed; return them. Safe on several instances at once."""
        stale = now() - timedelta(seconds=STALE_SECONDS)
        statement = (
            update(Execution)
            .where(Execution.status.in_(UNFINISHED), Execution.heartbeat_at < stale)
            .values(status=Status.FAILED, error=INTERRUPTED, finished_at=now())
            .returning(Execution.id)
        )
        with Database(self._engine) as database, database.begin():
            return list(database.scalars(statement))

    def get(self, execution_id: UUID) -> Execution | None:
        """Return one run; None where there is none."""
        with Database(self._engine) as database:
            return database.get(Execution, execution_id)

    def recent(self, limit: int = 200, flow_id: UUID | None = None) -> Sequence[Execution]:
        """Return the newest runs, newest first."""
        statement = select(Execution).order_by(Execution.queued_at.desc()).limit(limit)
        if flow_id is not None:
            statement = statement.where(Execution.flow_id == flow_id)
        with Database(self._engine) as database:
            return database.scalars(statement).all()

    def _change(self, execution_id: UUID, **values: object) -> None:
        with Database(self._engine) as database, database.begin():
            database.execute(update(Execution).where(Execution.id == execution_id).values(**values))
