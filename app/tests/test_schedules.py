from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session as Database

from ktr_app.models import Flow, Schedule, ScheduledRun, Status
from ktr_app.runs.executions import INTERRUPTED, Outcome
from ktr_app.schedules.claims import ANEW, DUE_AT, FIRST_DUE_AT, GIVEN_UP, MAX_ATTEMPTS, Claim, Claims
from ktr_app.schedules.rules import Rule, RuleError, every, once
from ktr_app.schedules.schedules import aware
from ktr_app.services import Services
from tests.test_runs import sample

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
INTERRUPTION = Outcome(status=Status.FAILED, error=INTERRUPTED, interrupted=True)
SUCCESS = Outcome(status=Status.SUCCEEDED, rows=3)


class Hand:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.moment = NOON

    def __call__(self, _: Database) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Hand:
    return Hand()


def claims_of(engine: Engine, clock: Hand) -> Claims:
    return Claims(engine, uuid4(), clock=clock, cut=lambda *_: True)


@pytest.fixture
def claims(engine: Engine, clock: Hand) -> Claims:
    return claims_of(engine, clock)


def schedule(
    parts: Services, engine: Engine, rule: Rule, due: datetime = NOON, flow: Flow | None = None
) -> UUID:
    """Make a schedule whose first due time is `due`."""
    made = parts.schedules.add((flow or sample(parts)).id, rule, {"MIN_UNITS": "2"})
    with Database(engine) as database, database.begin():
        database.execute(update(Schedule).where(Schedule.id == made).values(next_due_at=due))
    return made


def run_of(engine: Engine, claim: Claim) -> ScheduledRun:
    with Database(engine) as database:
        return database.get_one(ScheduledRun, claim.id)


def taken(claims: Claims) -> Claim:
    claim = claims.take()
    assert claim is not None
    return claim


def test_a_due_time_is_taken_once(parts: Services, engine: Engine, claims: Claims) -> None:
    schedule(parts, engine, once(NOON.replace(tzinfo=None)))
    claim = taken(claims)
    assert claim.parameters == {
        "MIN_UNITS": "2",
        DUE_AT: "2030-01-01T12:00:00Z",
        FIRST_DUE_AT: "2030-01-01T12:00:00Z",
    }
    assert claims.take() is None
    assert claims.finish(claim, SUCCESS)
    assert claims.take() is None
    execution = parts.executions.get(claim.execution_id)
    assert execution is not None
    assert (execution.status, execution.rows) == (Status.SUCCEEDED, 3)


def test_nothing_is_taken_before_it_is_due(
    parts: Services, engine: Engine, claims: Claims, clock: Hand
) -> None:
    schedule(parts, engine, every(10))
    clock.moment = NOON - timedelta(microseconds=1)
    assert claims.due() == 0
    assert claims.take() is None


def test_missed_times_are_one_run_that_tells_how_many(
    parts: Services, engine: Engine, claims: Claims, clock: Hand
) -> None:
    schedule(parts, engine, every(10))
    clock.moment = NOON + timedelta(minutes=35)
    claim = taken(claims)
    assert (claim.coalesced, claim.late_seconds) == (3, 300.0)
    assert (claim.parameters[FIRST_DUE_AT], claim.parameters[DUE_AT]) == (
        "2030-01-01T12:00:00Z",
        "2030-01-01T12:30:00Z",
    )
    claims.finish(claim, SUCCESS)
    clock.moment = NOON + timedelta(minutes=40)
    assert taken(claims).coalesced == 0


def test_a_schedule_waits_for_its_own_run(
    parts: Services, engine: Engine, claims: Claims, clock: Hand
) -> None:
    schedule(parts, engine, every(10))
    claim = taken(claims)
    clock.moment = NOON + timedelta(minutes=20)
    assert claims.take() is None
    claims.finish(claim, SUCCESS)
    assert taken(claims).coalesced == 1


def test_a_clock_that_steps_back_repeats_nothing(
    parts: Services, engine: Engine, claims: Claims, clock: Hand
) -> None:
    made = schedule(parts, engine, every(10))
    clock.moment = NOON + timedelta(hours=1)
    claims.finish(taken(claims), SUCCESS)
    for minutes in range(-60, 70, 10):
        clock.moment = NOON + timedelta(minutes=minutes)
        assert claims.take() is None
    parts.schedules.pause(made)
    parts.schedules.resume(made)
    with Database(engine) as database:
        following = database.get_one(Schedule, made).next_due_at
    assert following is not None
    assert aware(following) == NOON + timedelta(minutes=70)


def test_a_run_that_is_handed_back_is_taken_first_and_as_a_new_attempt(
    parts: Services, engine: Engine, claims: Claims, clock: Hand
) -> None:
    flow = sample(parts)
    for _ in range(2):
        schedule(parts, engine, every(10), flow=flow)
    claim = taken(claims)
    assert claims.hand_back(claim, INTERRUPTION, orderly=True) is Status.QUEUED
    again = taken(claims_of(engine, clock))
    assert (again.id, again.attempt, again.due_at) == (claim.id, 2, claim.due_at)
    assert again.execution_id != claim.execution_id
    first = parts.executions.get(claim.execution_id)
    assert first is not None
    assert (first.status, first.error) == (Status.FAILED, f"{INTERRUPTED}; {ANEW}")


def test_orderly_returns_do_not_use_up_attempts_and_broken_ones_do(
    parts: Services, engine: Engine, claims: Claims
) -> None:
    schedule(parts, engine, every(10))
    for _ in range(MAX_ATTEMPTS + 1):
        assert claims.hand_back(taken(claims), INTERRUPTION, orderly=True) is Status.QUEUED
    for _ in range(MAX_ATTEMPTS - 1):
        assert claims.hand_back(taken(claims), INTERRUPTION, orderly=False) is Status.QUEUED
    last = taken(claims)
    assert claims.hand_back(last, INTERRUPTION, orderly=False) is Status.FAILED
    run = run_of(engine, last)
    assert (run.status, run.error, run.attempts) == (Status.FAILED, GIVEN_UP, 2 * MAX_ATTEMPTS + 1)
    assert claims.take() is None


def test_a_dead_workers_run_is_taken_over_and_its_late_end_does_not_count(
    parts: Services, engine: Engine, claims: Claims, clock: Hand
) -> None:
    schedule(parts, engine, every(10))
    lost, heir = taken(claims), claims_of(engine, clock)
    (lease,) = heir.leases(())
    assert heir.take_over(lease) is Status.QUEUED
    again = taken(heir)
    assert not claims.finish(lost, SUCCESS)
    assert claims.hand_back(lost, INTERRUPTION, orderly=True) is Status.RUNNING
    assert claims.beat([lost.execution_id]) == set()
    assert heir.finish(again, SUCCESS)
    run = run_of(engine, again)
    assert (run.status, run.attempts) == (Status.SUCCEEDED, 2)
    first = parts.executions.get(lost.execution_id)
    assert first is not None
    assert (first.status, first.error) == (Status.FAILED, INTERRUPTED)


def test_a_lease_that_was_renewed_meanwhile_is_not_taken_over(
    parts: Services, engine: Engine, claims: Claims, clock: Hand
) -> None:
    schedule(parts, engine, every(10))
    claim, other = taken(claims), claims_of(engine, clock)
    (lease,) = other.leases(())
    assert claims.beat([claim.execution_id]) == {claim.execution_id}
    assert other.take_over(lease) is None


def test_a_former_attempt_that_still_works_in_the_database_keeps_the_next_one_waiting(
    parts: Services, engine: Engine, claims: Claims, clock: Hand
) -> None:
    schedule(parts, engine, every(10))
    first = taken(claims)
    claims.hand_back(first, INTERRUPTION, orderly=True)
    asked: list[UUID] = []

    def alive(_: Database, execution: UUID) -> bool:
        asked.append(execution)
        return False

    assert Claims(engine, uuid4(), clock=clock, cut=alive).take() is None
    assert asked == [first.execution_id]
    assert taken(claims).attempt == 2


def test_a_rule_that_this_version_does_not_know_pauses_only_its_schedule(
    parts: Services, engine: Engine, claims: Claims
) -> None:
    flow = sample(parts)
    broken = schedule(parts, engine, every(10), NOON - timedelta(hours=1), flow)
    good = schedule(parts, engine, every(10), flow=flow)
    with Database(engine) as database, database.begin():
        database.execute(update(Schedule).where(Schedule.id == broken).values(kind="lunar"))
    assert claims.take() is None
    taken(claims)
    listed = {item.schedule.id: item.schedule for item in parts.schedules.all()}
    assert listed[broken].fault == "This version knows no schedules of kind 'lunar'"
    assert (listed[broken].active, listed[good].active) == (False, True)


def test_a_paused_schedule_is_not_due_and_goes_on_from_when_it_is_resumed(
    parts: Services, engine: Engine, claims: Claims
) -> None:
    made = schedule(parts, engine, every(10))
    parts.schedules.pause(made)
    assert claims.take() is None
    parts.schedules.resume(made)
    (item,) = parts.schedules.all()
    assert item.schedule.active
    assert item.schedule.next_due_at is not None
    assert timedelta() < aware(item.schedule.next_due_at) - datetime.now(UTC) <= timedelta(minutes=10)


def test_a_moment_that_has_passed_is_refused(parts: Services, engine: Engine) -> None:
    with pytest.raises(RuleError, match="Nothing is due after"):
        parts.schedules.add(sample(parts).id, once(datetime(2020, 1, 1)), {})


def test_the_list_shows_the_latest_result(parts: Services, engine: Engine, claims: Claims) -> None:
    made = schedule(parts, engine, every(10))
    assert parts.schedules.all()[0].last is None
    claims.finish(taken(claims), SUCCESS)
    (item,) = parts.schedules.all(parts.flows.all()[0].id)
    assert item.last is not None
    assert (item.flow_name, item.schedule.id, item.last.status) == (
        "Sales by region",
        made,
        Status.SUCCEEDED,
    )
    assert parts.schedules.all(uuid4()) == []


def test_a_deleted_schedule_loses_its_run_and_keeps_its_history(
    parts: Services, engine: Engine, claims: Claims
) -> None:
    made = schedule(parts, engine, every(10))
    claim = taken(claims)
    with Database(engine) as database, database.begin():
        database.delete(database.get_one(ScheduledRun, claim.id))
    parts.schedules.delete(made)
    assert claims.beat([claim.execution_id]) == set()
    assert not claims.finish(claim, SUCCESS)
    with Database(engine) as database:
        assert database.scalars(select(Schedule)).all() == []
    assert len(parts.executions.recent()) == 1
