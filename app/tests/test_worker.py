from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Self
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session as Database

from ktr_app.ktr.errors import KtrError
from ktr_app.models import ScheduledRun, Status
from ktr_app.runs.executions import INTERRUPTED, Outcome
from ktr_app.runs.run import Run, execute
from ktr_app.schedules.claims import Claims, Lease
from ktr_app.schedules.rules import every
from ktr_app.services import Services
from ktr_app.settings import Settings
from ktr_app.worker import worker as module
from ktr_app.worker.lapsed import Lapsed
from ktr_app.worker.leadership import Leadership
from ktr_app.worker.metrics import WorkerMetrics
from ktr_app.worker.worker import Perform, Worker
from tests.test_runs import sample
from tests.test_schedules import Hand, schedule

SUCCESS = Outcome(status=Status.SUCCEEDED)
INTERRUPTION = Outcome(status=Status.FAILED, error=INTERRUPTED, interrupted=True)


class Led(Leadership):
    """Leads without a database, for as long as the test wants."""

    def __init__(self) -> None:
        self.held = False
        self.wanted = True
        self.fault: Exception | None = None

    def hold(self) -> bool:
        if self.fault is not None:
            self.held = False
            raise self.fault
        self.held = self.wanted
        return self.held

    def release(self) -> None:
        self.held = False


class Bench:
    """A worker in a thread, on the unit tests' database."""

    def __init__(self, parts: Services, engine: Engine, perform: Perform, **settings: object) -> None:
        self.parts, self.engine = parts, engine
        self.clock, self.leadership = Hand(), Led()
        self.claims = Claims(engine, uuid4(), clock=self.clock, cut=lambda *_: True)
        changed: Settings = parts.settings.model_copy(update={"ktr_worker_grace_seconds": 5.0, **settings})
        self.worker = Worker(
            changed,
            parts.flows,
            self.claims,
            parts.live,
            self.leadership,
            parts.metrics,
            WorkerMetrics(parts.metrics.registry),
            perform,
        )
        self.thread = Thread(target=self.worker.work, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> float:
        started = time.monotonic()
        self.worker.stop()
        self.thread.join(20)
        assert not self.thread.is_alive()
        return time.monotonic() - started

    def runs(self) -> list[ScheduledRun]:
        with Database(self.engine) as database:
            return list(database.scalars(select(ScheduledRun).order_by(ScheduledRun.due_at)))

    def metric(self, name: str, **labels: str) -> float | None:
        return self.parts.metrics.registry.get_sample_value(name, labels)


def wait(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TICK_SECONDS", 0.05)
    monkeypatch.setattr(module, "INTERRUPT_SECONDS", 0.5)


def endless(run: Run, _: Settings) -> Outcome:
    run.cancelled.wait(20)
    return INTERRUPTION if run.shutdown.is_set() else Outcome(status=Status.CANCELLED)


def test_a_due_flow_is_run_to_its_end_with_its_files(parts: Services, engine: Engine) -> None:
    schedule(parts, engine, every(10))
    bench = Bench(parts, engine, execute)
    with bench:
        wait(lambda: [run.status for run in bench.runs()] == [Status.SUCCEEDED])
    (execution,) = parts.executions.recent()
    assert execution.status == Status.SUCCEEDED
    assert execution.outputs == ["reports/sales_by_region.csv"]
    assert bench.metric("ktr_schedule_runs_total", status="succeeded") == 1
    assert bench.metric("ktr_schedule_late_seconds_count") == 1


def test_who_stands_by_takes_nothing_and_says_so(parts: Services, engine: Engine) -> None:
    schedule(parts, engine, every(10))
    bench = Bench(parts, engine, execute)
    bench.leadership.wanted = False
    with bench:
        time.sleep(0.3)
        assert bench.runs() == []
        assert bench.metric("ktr_worker_leader") == 0
        bench.leadership.wanted = True
        wait(lambda: bench.metric("ktr_worker_leader") == 1)
        wait(bench.runs)
    assert bench.metric("ktr_worker_leader") == 0


def test_a_stop_lets_what_runs_finish_and_takes_nothing_more(parts: Services, engine: Engine) -> None:
    flow = sample(parts)
    for _ in range(2):
        schedule(parts, engine, every(10), flow=flow)
    started = Event()

    def short(run: Run, _: Settings) -> Outcome:
        started.set()
        time.sleep(0.5)
        return SUCCESS

    with Bench(parts, engine, short, ktr_max_runs=1) as bench:
        assert started.wait(5)
        bench.stop()
        assert [run.status for run in bench.runs()] == [Status.SUCCEEDED]


def test_a_run_longer_than_the_grace_period_is_handed_back(parts: Services, engine: Engine) -> None:
    schedule(parts, engine, every(10))
    with Bench(parts, engine, endless, ktr_worker_grace_seconds=0.2) as bench:
        wait(lambda: bench.metric("ktr_schedule_runs_active") == 1)
        assert 0.2 <= bench.stop() < 2
        (run,) = bench.runs()
        assert (run.status, run.worker, run.attempts, run.handed_back) == (Status.QUEUED, None, 1, 1)
        assert bench.metric("ktr_schedule_handed_back_total") == 1


def test_a_run_that_does_not_even_stop_is_handed_back(parts: Services, engine: Engine) -> None:
    schedule(parts, engine, every(10))
    release = Event()

    def stuck(run: Run, _: Settings) -> Outcome:
        release.wait(20)
        return SUCCESS

    with Bench(parts, engine, stuck, ktr_worker_grace_seconds=0.1) as bench:
        wait(lambda: bench.metric("ktr_schedule_runs_active") == 1)
        assert bench.stop() < 3
        release.set()
        wait(lambda: bench.metric("ktr_schedule_runs_active") == 0)
        assert [run.status for run in bench.runs()] == [Status.QUEUED]


def test_a_run_whose_database_went_away_is_tried_again(parts: Services, engine: Engine) -> None:
    schedule(parts, engine, every(10))
    outcomes = [SUCCESS, Outcome(status=Status.FAILED, error="gone", interrupted=True)]
    bench = Bench(parts, engine, lambda *_: outcomes.pop())
    with bench:
        wait(lambda: [run.status for run in bench.runs()] == [Status.SUCCEEDED])
    assert [run.attempts for run in bench.runs()] == [2]


def test_a_cancelled_run_is_not_tried_again(parts: Services, engine: Engine) -> None:
    schedule(parts, engine, every(10))
    with Bench(parts, engine, endless) as bench:
        wait(lambda: bench.metric("ktr_schedule_runs_active") == 1)
        (run,) = bench.runs()
        assert run.execution_id is not None
        parts.live.ask_cancel(run.execution_id)
        wait(lambda: [run.status for run in bench.runs()] == [Status.CANCELLED])


def test_a_flow_that_cannot_be_read_fails_and_harms_no_other(parts: Services, engine: Engine) -> None:
    schedule(parts, engine, every(10))
    with Bench(parts, engine, execute) as bench:
        object.__setattr__(bench.worker._flows, "transformation", _unreadable)
        wait(lambda: [run.status for run in bench.runs()] == [Status.FAILED])


def _unreadable(_: object) -> None:
    raise KtrError("not a transformation", fix="import it again")


def test_a_dead_workers_run_is_taken_over_after_its_lease(parts: Services, engine: Engine) -> None:
    schedule(parts, engine, every(10))
    dead = Claims(engine, uuid4(), clock=Hand()).take()
    assert dead is not None
    bench = Bench(parts, engine, lambda *_: SUCCESS, ktr_worker_lease_seconds=0.5)
    with bench:
        wait(lambda: [run.status for run in bench.runs()] == [Status.SUCCEEDED])
    assert [run.attempts for run in bench.runs()] == [2]
    assert bench.metric("ktr_schedule_taken_over_total") == 1


def test_a_worker_without_a_recorded_sign_of_life_stops_its_runs_before_they_lapse(
    parts: Services, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule(parts, engine, every(10))
    stopped = Event()

    def perform(run: Run, settings: Settings) -> Outcome:
        outcome = endless(run, settings)
        stopped.set()
        return outcome

    def dead(_: object) -> set[UUID]:
        raise OperationalError("beat", {}, psycopg.OperationalError())

    with Bench(parts, engine, perform, ktr_worker_lease_seconds=1.0) as bench:
        wait(lambda: bench.metric("ktr_schedule_runs_active") == 1)
        monkeypatch.setattr(bench.claims, "beat", dead)
        bench.leadership.fault = psycopg.OperationalError()
        started = time.monotonic()
        assert stopped.wait(5)
        assert time.monotonic() - started < 1.0


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_broken_attempt_does_not_stay_alive_for_ever(parts: Services, engine: Engine) -> None:
    schedule(parts, engine, every(10))
    tries = []

    def breaks_once(run: Run, _: Settings) -> Outcome:
        tries.append(run)
        if len(tries) == 1:
            raise SystemExit
        return SUCCESS

    with Bench(parts, engine, breaks_once, ktr_worker_lease_seconds=0.5) as bench:
        wait(lambda: [run.status for run in bench.runs()] == [Status.SUCCEEDED])
        assert [run.attempts for run in bench.runs()] == [2]


def test_an_outage_is_waited_for(parts: Services, engine: Engine) -> None:
    schedule(parts, engine, every(10))
    bench = Bench(parts, engine, lambda *_: SUCCESS)
    bench.leadership.fault = psycopg.OperationalError()
    with bench:
        time.sleep(0.2)
        assert bench.worker.stalled() == "ok"
        bench.leadership.fault = None
        wait(lambda: [run.status for run in bench.runs()] == [Status.SUCCEEDED])


def test_a_loop_that_does_not_go_round_is_told(parts: Services, engine: Engine) -> None:
    bench = Bench(parts, engine, endless)
    bench.worker._ticked -= 61
    assert bench.worker.stalled() == "no sign of life for 61 s"


def test_a_lease_lapses_by_the_steady_clock_of_who_watches() -> None:
    lapsed, lease = Lapsed(10), Lease(id=uuid4(), attempt=1, beats=1, execution_id=None)
    beaten = Lease(id=lease.id, attempt=1, beats=2, execution_id=None)
    assert lapsed.among([lease], 0) == []
    assert lapsed.among([beaten], 9) == []
    assert lapsed.among([beaten], 18) == []
    assert lapsed.among([beaten], 19) == [beaten]
    lapsed.forget()
    assert lapsed.among([beaten], 20) == []
