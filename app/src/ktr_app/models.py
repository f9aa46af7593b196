"""The tables of schema `platform`."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Text,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA = "platform"
_Json = JSON().with_variant(JSONB(), "postgresql")


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


class Status(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def finished(self) -> bool:
        """Whether nothing will change any more."""
        return self not in {Status.QUEUED, Status.RUNNING}


class Base(DeclarativeBase):
    """All tables."""

    metadata = MetaData(schema=SCHEMA)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own declaration
        datetime: DateTime(timezone=True),
        dict[str, Any]: _Json,
        list[Any]: _Json,
        str: Text(),
    }


class User(Base):
    """Somebody who may sign in besides the bootstrap administrator."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    """Argon2id, in its own text form."""
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Flow(Base):
    """An imported transformation."""

    __tablename__ = "flows"
    __table_args__ = (Index("flows_sha256", "sha256", unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    xml: Mapped[bytes] = mapped_column(LargeBinary)
    """The file as it was imported."""
    sha256: Mapped[str]
    steps: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Execution(Base):
    """One run of a flow; it outlives the flow, hence the copied name."""

    __tablename__ = "executions"
    __table_args__ = (Index("executions_queued_at", "queued_at"), Index("executions_status", "status"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    flow_id: Mapped[UUID | None] = mapped_column(ForeignKey(f"{SCHEMA}.flows.id", ondelete="SET NULL"))
    flow_name: Mapped[str]
    status: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    queued_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime] = mapped_column(default=now)
    """Last sign of life of the process that runs it."""
    rows: Mapped[int] = mapped_column(BigInteger, default=0)
    """Rows that left the last steps."""
    steps: Mapped[list[Any]] = mapped_column(default=list)
    outputs: Mapped[list[Any]] = mapped_column(default=list)
    """Files written, relative to the data folder."""
    error: Mapped[str | None]


_ACTIVE = sql("active")
_UNFINISHED = sql("status IN ('queued', 'running')")


class Schedule(Base):
    """When a flow is run by itself; `ktr_app.schedules.rules` knows what kind and expression mean."""

    __tablename__ = "schedules"
    __table_args__ = (
        Index("schedules_flow_id", "flow_id"),
        Index("schedules_next_due_at", "next_due_at", postgresql_where=_ACTIVE, sqlite_where=_ACTIVE),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    flow_id: Mapped[UUID] = mapped_column(ForeignKey(f"{SCHEMA}.flows.id", ondelete="CASCADE"))
    kind: Mapped[str]
    expression: Mapped[str]
    time_zone: Mapped[str] = mapped_column(default="UTC")
    parameters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    create_tables: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    """False while it is paused."""
    next_due_at: Mapped[datetime | None]
    """First due time that nobody has taken; None where none is left."""
    last_due_at: Mapped[datetime | None]
    """Newest due time that was taken: whatever the clock does, only later ones follow."""
    fault: Mapped[str | None]
    """Why the worker has paused it."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class ScheduledRun(Base):
    """A due time that was taken, once for ever; its executions are the attempts."""

    __tablename__ = "scheduled_runs"
    __table_args__ = (
        Index("scheduled_runs_due", "schedule_id", "due_at", unique=True),
        Index(
            "scheduled_runs_unfinished",
            "schedule_id",
            unique=True,
            postgresql_where=_UNFINISHED,
            sqlite_where=_UNFINISHED,
        ),
        Index("scheduled_runs_execution_id", "execution_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    schedule_id: Mapped[UUID] = mapped_column(ForeignKey(f"{SCHEMA}.schedules.id", ondelete="CASCADE"))
    due_at: Mapped[datetime]
    first_due_at: Mapped[datetime]
    """Oldest due time that this run stands for; `due_at` where it is the only one."""
    coalesced: Mapped[int] = mapped_column(default=0)
    """Earlier due times, missed while nothing could run, that this run stands for."""
    status: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    """How often it was started."""
    handed_back: Mapped[int] = mapped_column(default=0)
    """How often a worker that was told to stop gave it back; the other lost attempts broke."""
    worker: Mapped[UUID | None]
    """The process that runs it."""
    beats: Mapped[int] = mapped_column(BigInteger, default=0)
    """Rises while the worker lives: a lease that needs no clock."""
    execution_id: Mapped[UUID | None] = mapped_column(
        ForeignKey(f"{SCHEMA}.executions.id", ondelete="SET NULL")
    )
    """The newest attempt."""
    claimed_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
    error: Mapped[str | None]


class AuditEntry(Base):
    """Who did what; the actor is a pseudonym."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str] = mapped_column(default="")
