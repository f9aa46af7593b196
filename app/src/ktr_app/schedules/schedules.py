"""Schedules as users see them: made, listed, paused, resumed and deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Database

from ktr_app.models import Flow, Schedule, ScheduledRun, now
from ktr_app.schedules.rules import Kind, Rule, RuleError


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A schedule with what a list shows beside it."""

    schedule: Schedule
    flow_name: str
    last: ScheduledRun | None
    """The newest due time that was taken."""


class Schedules:
    """Reads and writes schedules; safe beside a worker that takes due times."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(
        self, flow_id: UUID, rule: Rule, parameters: Mapping[str, str], *, create_tables: bool = False
    ) -> UUID:
        """Make a schedule; its first due time lies in the future.

        Raises:
            RuleError: there is no such time, or the flow is gone.
        """
        schedule = Schedule(
            flow_id=flow_id,
            kind=rule.kind,
            expression=rule.expression,
            time_zone=rule.zone,
            parameters=dict(parameters),
            create_tables=create_tables,
            next_due_at=_first(rule, now()),
        )
        try:
            with Database(self._engine, expire_on_commit=False) as database, database.begin():
                database.add(schedule)
        except IntegrityError:
            raise RuleError("The flow was deleted meanwhile; choose another one") from None
        return schedule.id

    def all(self, flow_id: UUID | None = None) -> Sequence[Listed]:
        """Return all schedules, or those of one flow, by the flow's name and age."""
        newest = (
            select(ScheduledRun.schedule_id, func.max(ScheduledRun.due_at).label("due_at"))
            .group_by(ScheduledRun.schedule_id)
            .subquery()
        )
        statement = (
            select(Schedule, Flow.name, ScheduledRun)
            .join(Flow, Flow.id == Schedule.flow_id)
            .outerjoin(newest, newest.c.schedule_id == Schedule.id)
            .outerjoin(
                ScheduledRun,
                (ScheduledRun.schedule_id == Schedule.id) & (ScheduledRun.due_at == newest.c.due_at),
            )
            .order_by(Flow.name, Schedule.created_at)
        )
        if flow_id is not None:
            statement = statement.where(Schedule.flow_id == flow_id)
        with Database(self._engine) as database:
            rows = database.execute(statement).all()
        return [Listed(schedule=schedule, flow_name=name, last=last) for schedule, name, last in rows]

    def pause(self, schedule_id: UUID) -> None:
        """Let due times pass until it is resumed; a run under way goes on."""
        with Database(self._engine) as database, database.begin():
            schedule = database.get(Schedule, schedule_id, with_for_update=True)
            if schedule is not None:
                schedule.active = False

    def resume(self, schedule_id: UUID) -> None:
        """Go on with the first due time from now on.

        Raises:
            RuleError: none is left.
        """
        with Database(self._engine) as database, database.begin():
            schedule = database.get(Schedule, schedule_id, with_for_update=True)
            if schedule is None or schedule.active:
                return
            taken = aware(schedule.last_due_at) if schedule.last_due_at else now()
            schedule.next_due_at = _first(rule_of(schedule), max(taken, now()))
            schedule.active, schedule.fault = True, None

    def delete(self, schedule_id: UUID) -> None:
        """Delete a schedule; its executions stay in the history."""
        with Database(self._engine) as database, database.begin():
            schedule = database.get(Schedule, schedule_id, with_for_update=True)
            if schedule is not None:
                database.delete(schedule)


def rule_of(schedule: Schedule) -> Rule:
    """Return a schedule's rule.

    Raises:
        RuleError: this version does not know the kind.
    """
    try:
        kind = Kind(schedule.kind)
    except ValueError:
        raise RuleError(f"This version knows no schedules of kind {schedule.kind!r}") from None
    return Rule(kind=kind, expression=schedule.expression, zone=schedule.time_zone)


def aware(moment: datetime) -> datetime:
    """Return a moment of the database with its zone, which SQLite loses."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _first(rule: Rule, moment: datetime) -> datetime:
    due = rule.after(moment)
    if due is None:
        raise RuleError(f"Nothing is due after {moment:%Y-%m-%d %H:%M} UTC; choose a later time")
    return due
