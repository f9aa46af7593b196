"""Due times, taken by one worker each: every change of hands is one transaction.

A due time is a row of `scheduled_runs`, unique for its schedule, written together with the
schedule's next due time. Who runs it is told by worker and attempt; only they may end it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, exists, func, or_, select, text, update
from sqlalchemy.orm import Session as Database

from ktr_app.database import run_connection_name
from ktr_app.models import Execution, Flow, Schedule, ScheduledRun, Status, now
from ktr_app.runs.executions import INTERRUPTED, UNFINISHED, Outcome
from ktr_app.schedules.rules import RuleError
from ktr_app.schedules.schedules import aware, rule_of

MAX_ATTEMPTS = 5
"""Starts of one due time that may break before it is given up: it may be what breaks the worker."""
GIVEN_UP = f"given up after {MAX_ATTEMPTS} attempts that broke before they ended"
ANEW = "its due time is run anew"
DUE_AT = "KTR_DUE_AT"
FIRST_DUE_AT = "KTR_FIRST_DUE_AT"
"""Variables that tell a flow which due time it runs for, and which is the oldest it stands for."""
_CUT_MILLISECONDS = 5_000

Clock = Callable[[Database], datetime]
Cut = Callable[[Database, UUID], bool]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A due time that this worker runs."""

    id: UUID
    attempt: int
    due_at: datetime
    late_seconds: float
    """From due to started."""
    coalesced: int
    execution_id: UUID
    flow: Flow
    parameters: dict[str, str]
    create_tables: bool


@dataclass(frozen=True, kw_only=True)
class Lease:
    """What a worker runs; the same beats after a while tell that it is dead."""

    id: UUID
    attempt: int
    beats: int
    execution_id: UUID | None


def database_clock(database: Database) -> datetime:
    """Return the server's time: all workers share that one clock."""
    moment: datetime = database.scalars(select(func.clock_timestamp())).one()
    return moment


def cut_connections(database: Database, execution_id: UUID) -> bool:
    """End what a former attempt still does in the database; return whether it has ended.

    Without this, a statement of a killed worker would go on, and one that is only cut off could still commit.
    """
    statement = text(
        "SELECT coalesce(bool_and(pg_terminate_backend(pid, :patience)), true) "
        "FROM pg_stat_activity WHERE application_name = :name"
    )
    values = {"patience": _CUT_MILLISECONDS, "name": run_connection_name(execution_id)}
    return bool(database.scalar(statement, values))


class Claims:
    """What one worker takes, keeps alive and ends.

    Args:
        engine: the database.
        worker: this process, new at each start.
        clock: tells the time by which times are due.
        cut: ends what a former attempt still does.
    """

    def __init__(
        self, engine: Engine, worker: UUID, *, clock: Clock = database_clock, cut: Cut = cut_connections
    ) -> None:
        self._engine = engine
        self._worker = worker
        self._clock = clock
        self._cut = cut

    def take(self) -> Claim | None:
        """Take what was handed back, else the schedule that is due the longest; None where there is neither.

        What became due while nothing could run is one run, for its latest due time. A schedule
        whose run has not ended waits, and so do its due times.
        """
        with Database(self._engine, expire_on_commit=False) as database, database.begin():
            moment = self._clock(database)
            run = self._handed_back(database) or self._due(database, moment)
            return self._start(database, run, moment) if run is not None else None

    def beat(self, active: Collection[UUID]) -> set[UUID]:
        """Give a sign of life for executions; return those of them that are still this worker's."""
        statement = (
            update(ScheduledRun)
            .where(
                ScheduledRun.execution_id.in_(active),
                ScheduledRun.worker == self._worker,
                ScheduledRun.status == Status.RUNNING,
            )
            .values(beats=ScheduledRun.beats + 1)
            .returning(ScheduledRun.execution_id)
        )
        with Database(self._engine) as database, database.begin():
            held = {execution for execution in database.scalars(statement) if execution is not None}
            database.execute(update(Execution).where(Execution.id.in_(held)).values(heartbeat_at=now()))
        return held

    def finish(self, claim: Claim, outcome: Outcome) -> bool:
        """Record how a run ended; return False, and close only its execution, where others have it by now."""
        with Database(self._engine) as database, database.begin():
            ours = self._release(database, claim, status=outcome.status, error=outcome.error)
            if ours:
                _record(database, claim.execution_id, outcome)
            else:
                _interrupt(database, claim.execution_id)
        return ours

    def hand_back(self, claim: Claim, outcome: Outcome, *, orderly: bool) -> Status:
        """Queue an interrupted run for its next attempt; return how the due time stands now.

        Args:
            claim: the run.
            outcome: what is known of the attempt.
            orderly: this worker stops; otherwise the attempt broke and counts towards `MAX_ATTEMPTS`.
        """
        status = Status.QUEUED
        with Database(self._engine) as database, database.begin():
            run = database.get(ScheduledRun, claim.id, with_for_update=True)
            if run is None or (run.worker, run.attempts, run.status) != self._token(claim):
                _interrupt(database, claim.execution_id)
                return Status(run.status) if run is not None else Status.CANCELLED
            if orderly:
                run.handed_back += 1
            else:
                status = _requeued(run)
            run.status, run.worker = status, None
            error = f"{outcome.error}; {ANEW if status is Status.QUEUED else GIVEN_UP}"
            _record(database, claim.execution_id, replace(outcome, status=Status.FAILED, error=error))
        return status

    def leases(self, active: Collection[UUID]) -> Sequence[Lease]:
        """Return what runs besides the executions that are `active` here.

        That includes a due time that this worker took without knowing: the connection broke after the commit.
        """
        statement = select(ScheduledRun).where(ScheduledRun.status == Status.RUNNING)
        with Database(self._engine) as database:
            return [
                Lease(id=run.id, attempt=run.attempts, beats=run.beats, execution_id=run.execution_id)
                for run in database.scalars(statement)
                if run.execution_id not in active
            ]

    def take_over(self, lease: Lease) -> Status | None:
        """Queue a dead worker's run; return how its due time stands now, None where the worker lives."""
        with Database(self._engine) as database, database.begin():
            run = database.get(ScheduledRun, lease.id, with_for_update=True)
            found = (run.status, run.attempts, run.beats) if run is not None else None
            if run is None or found != (Status.RUNNING, lease.attempt, lease.beats):
                return None
            run.status, run.worker = _requeued(run), None
            if lease.execution_id is not None:
                _interrupt(database, lease.execution_id)
            return Status(run.status)

    def due(self) -> int:
        """Return how many schedules are due and wait."""
        with Database(self._engine) as database:
            statement = select(func.count()).select_from(Schedule).where(*_is_due(self._clock(database)))
            return int(database.scalar(statement) or 0)

    def _handed_back(self, database: Database) -> ScheduledRun | None:
        run = database.scalar(
            select(ScheduledRun)
            .where(ScheduledRun.status == Status.QUEUED)
            .order_by(ScheduledRun.due_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if run is not None and run.execution_id is not None and not self._cut(database, run.execution_id):
            return None
        return run

    def _due(self, database: Database, moment: datetime) -> ScheduledRun | None:
        schedule = database.scalar(
            select(Schedule)
            .where(*_is_due(moment))
            .order_by(Schedule.next_due_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if schedule is None or schedule.next_due_at is None:
            return None
        try:
            missed = rule_of(schedule).missed(aware(schedule.next_due_at), moment)
        except RuleError as error:
            schedule.active, schedule.fault = False, str(error)
            return None
        run = ScheduledRun(
            schedule_id=schedule.id,
            due_at=missed.latest,
            first_due_at=missed.first,
            coalesced=missed.count - 1,
            status=Status.QUEUED,
            attempts=0,
            beats=0,
        )
        schedule.next_due_at, schedule.last_due_at = missed.following, missed.latest
        database.add(run)
        return run

    def _start(self, database: Database, run: ScheduledRun, moment: datetime) -> Claim:
        schedule = database.get_one(Schedule, run.schedule_id)
        flow = database.get_one(Flow, schedule.flow_id)
        parameters = {
            **schedule.parameters,
            DUE_AT: _text(run.due_at),
            FIRST_DUE_AT: _text(run.first_due_at),
        }
        execution = Execution(
            flow_id=flow.id,
            flow_name=flow.name,
            status=Status.RUNNING,
            parameters=parameters,
            started_at=now(),
        )
        database.add(execution)
        database.flush()
        run.status, run.worker, run.execution_id = Status.RUNNING, self._worker, execution.id
        run.attempts += 1
        run.beats += 1
        return Claim(
            id=run.id,
            attempt=run.attempts,
            due_at=aware(run.due_at),
            late_seconds=max((moment - aware(run.due_at)).total_seconds(), 0.0),
            coalesced=run.coalesced,
            execution_id=execution.id,
            flow=flow,
            parameters=parameters,
            create_tables=schedule.create_tables,
        )

    def _token(self, claim: Claim) -> tuple[UUID, int, str]:
        return self._worker, claim.attempt, Status.RUNNING

    def _release(self, database: Database, claim: Claim, *, status: Status, error: str | None) -> bool:
        statement = (
            update(ScheduledRun)
            .where(
                ScheduledRun.id == claim.id,
                ScheduledRun.worker == self._worker,
                ScheduledRun.attempts == claim.attempt,
                ScheduledRun.status == Status.RUNNING,
            )
            .values(status=status, error=error, finished_at=now())
            .returning(ScheduledRun.id)
        )
        return database.scalar(statement) is not None


def _is_due(moment: datetime) -> list[ColumnElement[bool]]:
    under_way = exists().where(
        ScheduledRun.schedule_id == Schedule.id,
        or_(ScheduledRun.status == Status.QUEUED, ScheduledRun.status == Status.RUNNING),
    )
    return [Schedule.active.is_(True), Schedule.next_due_at <= moment, ~under_way]


def _requeued(run: ScheduledRun) -> Status:
    if run.attempts - run.handed_back < MAX_ATTEMPTS:
        return Status.QUEUED
    run.finished_at, run.error = now(), GIVEN_UP
    return Status.FAILED


def _record(database: Database, execution_id: UUID, outcome: Outcome) -> None:
    database.execute(update(Execution).where(Execution.id == execution_id).values(**outcome.columns()))


def _interrupt(database: Database, execution_id: UUID) -> None:
    database.execute(
        update(Execution)
        .where(Execution.id == execution_id, Execution.status.in_(UNFINISHED))
        .values(status=Status.FAILED, error=INTERRUPTED, finished_at=now())
    )


def _text(moment: datetime) -> str:
    return f"{aware(moment):%Y-%m-%dT%H:%M:%SZ}"
