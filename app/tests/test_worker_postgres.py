"""Workers against a real Postgres, where the environment names one; skipped otherwise."""

from __future__ import annotations

import json
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session as Database

from ktr_app.flows import Flows
from ktr_app.health import main as health
from ktr_app.migrate import upgrade
from ktr_app.models import Execution, Flow, Schedule, ScheduledRun, Status
from ktr_app.runs.executions import Outcome
from ktr_app.schedules.claims import Claims
from ktr_app.schedules.rules import Rule, every, once
from ktr_app.schedules.schedules import Schedules, rule_of
from ktr_app.worker.leadership import Leadership
from tests.database import APP, FLOWS, SERVER, engine_of, platform_database
from tests.flow import flow, step
from tests.processes import Processes, redis_server
from tests.test_settings_health import get

pytestmark = pytest.mark.skipif(not SERVER, reason="KTR_TEST_POSTGRES names no server")

SUCCESS = Outcome(status=Status.SUCCEEDED)


@pytest.fixture
def address() -> Iterator[str]:
    """A migrated database, as the application's role sees it."""
    with platform_database() as address:
        upgrade(engine_of(address))
        yield make_conninfo(address, user=APP, password="the database_password")


@pytest.fixture
def database(address: str) -> Engine:
    return engine_of(address)


def add_flow(database: Engine, folder: Path, seconds: float = 0.0) -> Flow:
    """A flow that writes its due time into the table `ledger`, and whether it was alone in doing so."""
    query = (
        "SELECT '${WHO}'::text AS who, '${KTR_DUE_AT}'::text AS due, "
        f"pg_try_advisory_lock(hashtext('${{WHO}}')) AS alone, pg_sleep({seconds})::text AS slept"
    )
    data = flow(
        [
            step("in", "TableInput", f"<sql>{query}</sql><variables_active>Y</variables_active>"),
            step("out", "TableOutput", "<table>ledger</table>"),
        ],
        [("in", "out")],
    )
    return Flows(database, folder=folder, max_bytes=10**6).add(data)


def add_schedule(database: Engine, flow: Flow, rule: Rule, due: datetime, who: str = "x") -> UUID:
    schedule = Schedule(
        flow_id=flow.id,
        kind=rule.kind,
        expression=rule.expression,
        time_zone=rule.zone,
        parameters={"WHO": who},
        create_tables=True,
        next_due_at=due,
    )
    with Database(database, expire_on_commit=False) as session, session.begin():
        session.add(schedule)
    return schedule.id


def wait(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def count(database: Engine, *where: Any) -> int:
    with Database(database) as session:
        return session.scalars(select(func.count()).select_from(ScheduledRun).where(*where)).one()


def test_many_claimants_at_once_take_each_due_time_once(database: Engine, tmp_path: Path) -> None:
    made, past = add_flow(database, tmp_path), datetime.now(UTC) - timedelta(seconds=1)
    for number in range(200):
        add_schedule(database, made, every(10), past, str(number))
    start = Barrier(8)

    def take_all(_: int) -> list[UUID]:
        claims, taken = Claims(database, uuid4()), []
        start.wait()
        while (claim := claims.take()) is not None or claims.due():
            if claim is not None:
                taken.append(claim.id)
                assert claims.finish(claim, SUCCESS)
        return taken

    with ThreadPoolExecutor(8) as pool:
        taken = [claim for part in pool.map(take_all, range(8)) for claim in part]
    assert len(taken) == len(set(taken)) == count(database) == 200


def test_two_claimants_of_what_was_handed_back_get_it_once(database: Engine, tmp_path: Path) -> None:
    made, past = add_flow(database, tmp_path), datetime.now(UTC) - timedelta(seconds=1)
    first = Claims(database, uuid4())
    for number in range(30):
        add_schedule(database, made, once(past), past, str(number))
    held = [claim for _ in range(30) if (claim := first.take())]
    interruption = Outcome(status=Status.FAILED, error="interrupted", interrupted=True)
    for claim in held:
        assert first.hand_back(claim, interruption, orderly=True) is Status.QUEUED
    with ThreadPoolExecutor(6) as pool:
        again = [claim for claim in pool.map(lambda _: Claims(database, uuid4()).take(), range(60)) if claim]
    assert Counter(claim.attempt for claim in again) == {2: 30}
    assert len({claim.id for claim in again}) == 30


def test_pausing_and_deleting_while_due_times_are_taken_breaks_nothing(
    database: Engine, tmp_path: Path
) -> None:
    made, past = add_flow(database, tmp_path), datetime.now(UTC) - timedelta(seconds=1)
    ids = [add_schedule(database, made, every(1), past) for _ in range(60)]
    claims, schedules = Claims(database, uuid4()), Schedules(database)

    def meddle() -> None:
        for index, made_id in enumerate(ids):
            schedules.delete(made_id) if index % 2 else schedules.pause(made_id)

    thread = Thread(target=meddle)
    thread.start()
    while (claim := claims.take()) is not None:
        claims.finish(claim, SUCCESS)
    thread.join()
    assert claims.due() == 0
    assert {item.schedule.id for item in schedules.all()} == set(ids[::2])


def test_one_worker_leads_and_another_follows_when_it_ends(address: str) -> None:
    first, second = (Leadership(lambda: psycopg.connect(address)) for _ in range(2))
    assert (first.hold(), first.hold(), second.hold()) == (True, True, False)
    first.release()
    assert second.hold()
    assert not first.hold()
    second.release()
    first.release()


def test_a_leader_whose_session_is_cut_knows_it(address: str) -> None:
    first, second = (Leadership(lambda: psycopg.connect(address)) for _ in range(2))
    assert first.hold()
    with psycopg.connect(address, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        )
    assert second.hold()
    with pytest.raises(psycopg.Error):
        first.hold()
    assert not first.held
    assert not first.hold()
    second.release()


def test_a_former_attempt_is_cut_before_the_next_one_starts(
    address: str, database: Engine, tmp_path: Path
) -> None:
    made, past = add_flow(database, tmp_path), datetime.now(UTC) - timedelta(seconds=1)
    add_schedule(database, made, once(past), past)
    dead, heir = (Claims(database, uuid4()) for _ in range(2))
    lost = dead.take()
    assert lost is not None
    name = f"ktr-run-{lost.execution_id}"
    with psycopg.connect(address, application_name=name, options=f"-c role={FLOWS}") as cut_off:
        cut_off.execute("CREATE TABLE pipelines.half (n int)")
        (lease,) = heir.leases(())
        assert heir.take_over(lease) is Status.QUEUED
        assert heir.take() is not None
        with pytest.raises(psycopg.OperationalError):
            cut_off.commit()
    with psycopg.connect(address) as other:
        row = other.execute("SELECT to_regclass('pipelines.half')").fetchone()
        assert row is not None
        assert row[0] is None


def test_flows_cannot_see_schedules(address: str) -> None:
    with (
        psycopg.connect(address, options=f"-c role={FLOWS}") as database,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        database.execute("SELECT * FROM platform.schedules")


@pytest.fixture
def workers(address: str, environment: Path) -> Iterator[Processes]:
    with redis_server() as port:
        made = Processes(address, port, environment)
        try:
            yield made
        finally:
            made.close()


def outage(address: str, seconds: float) -> None:
    """Cut all connections and refuse new ones for a while, as a restart does."""
    name = str(conninfo_to_dict(address)["dbname"])
    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        time.sleep(seconds)
        server.execute(allow.format(sql.Identifier(name), sql.SQL("true")))


def test_kills_and_outages_leave_no_due_time_out_and_run_none_twice(
    address: str, database: Engine, tmp_path: Path, workers: Processes
) -> None:
    made, begun = add_flow(database, tmp_path, seconds=0.02), datetime.now(UTC)
    moments = [begun + timedelta(seconds=1 + number * 0.06) for number in range(300)]
    for number, due in enumerate(moments):
        add_schedule(database, made, once(due), due, f"once-{number}")
    first = begun.replace(second=0, microsecond=0) - timedelta(minutes=7)
    repeating = [add_schedule(database, made, every(1), first, f"every-{number}") for number in range(40)]
    chance, kills = random.Random(7), 0  # noqa: S311 - which worker is killed need not be a secret
    for version in ("1", "2"):
        workers.start(version)

    def done() -> bool:
        return count(database, ScheduledRun.status == Status.SUCCEEDED) >= 340

    deadline = time.monotonic() + 240
    while not _during_outage(done):
        assert time.monotonic() < deadline, "not all due times were run"
        time.sleep(chance.uniform(0.5, 3.0))
        version = chance.choice(["1", "2"])
        if kills % 4 == 3:
            outage(address, 1.0)
        workers.end(version, signal.SIGTERM if kills % 4 == 1 else signal.SIGKILL)
        workers.start(version)
        kills += 1
    wait(lambda: count(database, ScheduledRun.status.in_([Status.QUEUED, Status.RUNNING])) == 0, 60)
    assert kills >= 3
    _each_due_time_counts_once(database, set(moments), repeating, first)
    _no_two_attempts_met(address)


def _during_outage(condition: Callable[[], bool]) -> bool:
    with suppress(Exception):
        return condition()
    return False


def _each_due_time_counts_once(
    database: Engine, moments: set[datetime], repeating: list[UUID], first: datetime
) -> None:
    with Database(database) as session:
        runs = session.scalars(select(ScheduledRun)).all()
        schedules = {schedule.id: schedule for schedule in session.scalars(select(Schedule))}
        assert [run.error for run in runs if run.status != Status.SUCCEEDED] == []
    assert sorted(run.due_at for run in runs if run.schedule_id not in repeating) == sorted(moments)
    for schedule_id in repeating:
        own = sorted((run for run in runs if run.schedule_id == schedule_id), key=lambda run: run.due_at)
        rule, following = rule_of(schedules[schedule_id]), first
        for run in own:
            missed = rule.missed(following, run.due_at)
            assert (run.first_due_at, run.due_at, run.coalesced) == (
                following,
                missed.latest,
                missed.count - 1,
            )
            assert missed.following is not None
            following = missed.following
        assert schedules[schedule_id].next_due_at == following
        assert own[0].coalesced >= 7


def _no_two_attempts_met(address: str) -> None:
    """Rows twice are those of an attempt that was killed between its commit and the record of it."""
    with psycopg.connect(address, options=f"-c role={FLOWS}") as connection:
        rows = connection.execute(
            "SELECT who, due, count(*), bool_and(alone) FROM pipelines.ledger GROUP BY 1, 2"
        )
        ledger = rows.fetchall()
    with psycopg.connect(address) as connection:
        retried = connection.execute("SELECT count(*) FROM platform.scheduled_runs WHERE attempts > 1")
        ((attempts,),) = retried.fetchall()
    assert len(ledger) >= 340
    assert all(alone for *_, alone in ledger)
    assert sum(times - 1 for _, _, times, _ in ledger) <= attempts


def test_only_one_version_works_until_it_stops(
    address: str, database: Engine, tmp_path: Path, workers: Processes
) -> None:
    made = add_flow(database, tmp_path, seconds=0.3)
    workers.start("1")
    wait(lambda: '"worker leads"' in workers.log("1"))
    workers.start("2")
    wait(lambda: health(["worker"], {"KTR_METRICS_PORT": str(workers.ports["2"])}) == 0)
    past = datetime.now(UTC) - timedelta(seconds=1)
    for number in range(8):
        add_schedule(database, made, once(past), past, str(number))
    wait(lambda: count(database, ScheduledRun.status == Status.SUCCEEDED) == 8)
    assert '"worker leads"' not in workers.log("2")
    for version, leads in (("1", "1.0"), ("2", "0.0")):
        port = workers.ports[version]
        assert f"ktr_worker_leader {leads}" in get(port, "/metrics")[1]
        status, body = get(port, "/ready")
        assert (status, json.loads(body)["version"]) == (200, version)
    assert workers.log("1").count('"run started"') == 8
    assert workers.end("1", signal.SIGTERM) == 0
    wait(lambda: '"worker leads"' in workers.log("2"))
    assert '"stopped"' in workers.log("1")


def test_a_stopped_worker_hands_back_and_the_next_one_runs_it_anew_at_once(
    address: str, database: Engine, tmp_path: Path, workers: Processes
) -> None:
    made, past = add_flow(database, tmp_path, seconds=4), datetime.now(UTC) - timedelta(seconds=1)
    schedule = add_schedule(database, made, once(past), past)
    workers.start("1")
    wait(lambda: count(database, ScheduledRun.status == Status.RUNNING) == 1)
    started = time.monotonic()
    assert workers.end("1", signal.SIGTERM) == 0
    assert time.monotonic() - started < 1 + 5 + 3
    assert count(database, ScheduledRun.status == Status.QUEUED, ScheduledRun.handed_back == 1) == 1
    workers.start("2")
    wait(lambda: count(database, ScheduledRun.status == Status.SUCCEEDED) == 1)
    with Database(database) as session:
        attempts = session.scalars(select(Execution).order_by(Execution.queued_at)).all()
        run = session.scalars(select(ScheduledRun).where(ScheduledRun.schedule_id == schedule)).one()
    assert [attempt.status for attempt in attempts] == [Status.FAILED, Status.SUCCEEDED]
    assert (run.attempts, run.execution_id) == (2, attempts[1].id)
    with psycopg.connect(address, options=f"-c role={FLOWS}") as connection:
        assert connection.execute("SELECT count(*) FROM pipelines.ledger").fetchall() == [(1,)]
