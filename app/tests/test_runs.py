from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session as Database

import ktr_app.runs.run
from ktr_app.flows import FlowExistsError
from ktr_app.ktr.errors import KtrError
from ktr_app.ktr.parser import parse
from ktr_app.models import Execution, Flow, Status, now
from ktr_app.runs.executions import INTERRUPTED
from ktr_app.runs.log import RunLog, prune
from ktr_app.runs.manager import RunManager
from ktr_app.runs.run import Run, execute
from ktr_app.sample_flows import SAMPLES, Sample, install
from ktr_app.services import Services
from tests.flow import flow, step
from tests.test_pipeline import generator

SAMPLE = SAMPLES[0]
ENDLESS = flow([generator(10**9), step("a", "Dummy")], [("in", "a")])


@pytest.fixture
def manager(parts: Services) -> Iterator[RunManager]:
    parts.manager.start()
    yield parts.manager
    parts.manager.stop()


def wait(parts: Services, execution: UUID, *, seconds: float = 10) -> Execution:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = parts.executions.get(execution)
        assert found is not None
        if Status(found.status).finished:
            return found
        time.sleep(0.02)
    raise AssertionError("the run did not end")


def wait_running(parts: Services, execution: UUID) -> None:
    for _ in range(200):
        found = parts.executions.get(execution)
        if found and found.status == Status.RUNNING and parts.live.read(execution):
            return
        time.sleep(0.02)
    raise AssertionError("the run did not start")


def sample(parts: Services) -> Flow:
    return parts.flows.add(install(SAMPLE, parts.settings.ktr_data_dir))


def test_an_imported_flow_is_kept_in_database_and_folder(parts: Services) -> None:
    added = sample(parts)
    file = parts.settings.ktr_flows_dir / f"{added.id}.ktr"
    assert file.read_bytes() == added.xml
    assert [f.name for f in parts.flows.all()] == ["Sales by region"]
    parts.flows.delete(added.id)
    assert not file.exists()
    assert parts.flows.all() == []


def test_the_same_file_is_imported_once(parts: Services) -> None:
    added = sample(parts)
    with pytest.raises(FlowExistsError) as caught:
        sample(parts)
    assert caught.value.flow_id == added.id


def test_a_broken_file_leaves_nothing(parts: Services) -> None:
    with pytest.raises(KtrError):
        parts.flows.add(b"<transformation>")
    assert list(parts.settings.ktr_flows_dir.iterdir()) == []


@pytest.mark.parametrize("item", SAMPLES, ids=lambda item: item.name)
def test_every_sample_can_be_run(parts: Services, item: Sample) -> None:
    from ktr_app.steps import REGISTRY

    added = parts.flows.add(install(item, parts.settings.ktr_data_dir))
    assert {s.type for s in parts.flows.transformation(added).steps} <= set(REGISTRY)


def test_a_run_is_recorded_with_rows_steps_and_files(parts: Services, manager: RunManager) -> None:
    ended = wait(parts, manager.submit(sample(parts), {"MIN_UNITS": "1"}))
    assert (ended.status, ended.error) == (Status.SUCCEEDED, None)
    assert ended.outputs == ["reports/sales_by_region.csv"]
    assert {s["name"]: s["written"] for s in ended.steps}["Sales"] == 24
    report = (parts.settings.ktr_data_dir / ended.outputs[0]).read_text().splitlines()
    assert report[0] == "region;sales;units;revenue;average_sale;best_sale;reps"
    assert len(report) == 5


def test_a_failed_run_says_which_step(parts: Services, manager: RunManager) -> None:
    added = parts.flows.add(install(SAMPLES[1], parts.settings.ktr_data_dir))
    (parts.settings.ktr_data_dir / "orders.csv").unlink()
    ended = wait(parts, manager.submit(added, {}))
    assert ended.status == Status.FAILED
    assert "Step 'Orders file': The data folder has no file 'orders.csv'" in str(ended.error)


def test_a_run_is_cancelled_from_anywhere(parts: Services, manager: RunManager) -> None:
    execution = manager.submit(parts.flows.add(ENDLESS), {})
    wait_running(parts, execution)
    parts.live.ask_cancel(execution)
    assert wait(parts, execution).status == Status.CANCELLED


def test_stopping_the_process_interrupts_its_runs_in_time(parts: Services) -> None:
    parts.manager.start()
    execution = parts.manager.submit(parts.flows.add(ENDLESS), {})
    wait_running(parts, execution)
    started = time.monotonic()
    parts.manager.stop()
    assert time.monotonic() - started < 5
    ended = parts.executions.get(execution)
    assert ended is not None
    assert (ended.status, ended.error) == (Status.FAILED, INTERRUPTED)


def test_only_runs_without_a_sign_of_life_are_given_up(parts: Services, engine: Engine) -> None:
    added = sample(parts)
    dead, alive = (parts.executions.queue(added, {}) for _ in range(2))
    with Database(engine) as database, database.begin():
        old = now() - timedelta(minutes=5)
        database.execute(update(Execution).where(Execution.id == dead).values(heartbeat_at=old))
    assert parts.executions.fail_orphans() == [dead]
    assert parts.executions.fail_orphans() == []
    kept, lost = parts.executions.get(alive), parts.executions.get(dead)
    assert kept is not None
    assert lost is not None
    assert (kept.status, lost.status, lost.error) == (Status.QUEUED, Status.FAILED, INTERRUPTED)


def test_starting_an_instance_finds_orphans(parts: Services, engine: Engine) -> None:
    dead = parts.executions.queue(sample(parts), {})
    with Database(engine) as database, database.begin():
        database.execute(update(Execution).values(heartbeat_at=now() - timedelta(minutes=5)))
    parts.manager.start()
    try:
        assert wait(parts, dead).error == INTERRUPTED
    finally:
        parts.manager.stop()


def test_the_history_outlives_its_flow(parts: Services) -> None:
    added = sample(parts)
    parts.executions.queue(added, {})
    parts.flows.delete(added.id)
    assert [run.flow_name for run in parts.executions.recent()] == ["Sales by region"]


def test_a_run_keeps_its_own_log(parts: Services, manager: RunManager) -> None:
    data = flow(
        [generator(3), step("a", "WriteToLog", "<limitRowsNumber>2</limitRowsNumber>")], [("in", "a")]
    )
    ended = wait(parts, manager.submit(parts.flows.add(data), {}))
    lines = RunLog(parts.settings.ktr_logs_dir, ended.id).tail().splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == ["a - v=1", "a - v=1"]


def test_old_logs_are_deleted(tmp_path: Path) -> None:
    old, new = tmp_path / "old.log", tmp_path / "new.log"
    for path in (old, new):
        path.write_text("x")
    os.utime(old, (0, 0))
    prune(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["new.log"]


@pytest.mark.parametrize(
    ("sqlstate", "lost"), [(None, True), ("57P01", True), ("08006", True), ("57014", False), ("53100", False)]
)
def test_a_run_that_lost_its_database_may_be_started_anew(
    parts: Services, monkeypatch: pytest.MonkeyPatch, sqlstate: str | None, lost: bool
) -> None:
    class GoneError(psycopg.OperationalError):
        pass

    def refuse(*_: object) -> None:
        raise GoneError("the server is gone")

    GoneError.sqlstate = sqlstate
    monkeypatch.setattr(ktr_app.runs.run, "flow_connection", refuse)
    data = flow([step("in", "TableInput", "<sql>SELECT 1</sql>"), step("a", "Dummy")], [("in", "a")])
    run = Run(id=uuid4(), name="r", transformation=parse(data, max_bytes=10**5))
    outcome = execute(run, parts.settings)
    assert (outcome.status, outcome.interrupted) == (Status.FAILED, lost)
    assert "The database says: the server is gone" in str(outcome.error)
