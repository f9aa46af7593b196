"""Runs in background threads, a few at a time, with a sign of life for each."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from time import monotonic
from uuid import UUID

from ktr_app.flows import Flows
from ktr_app.logs import get_logger
from ktr_app.metrics import Metrics
from ktr_app.models import Flow, Status
from ktr_app.runs.executions import Executions
from ktr_app.runs.live import LiveRuns
from ktr_app.runs.log import prune
from ktr_app.runs.run import Run, execute
from ktr_app.runs.show import OUTAGE, show
from ktr_app.settings import Settings

PUBLISH_SECONDS = 1.0
BEAT_SECONDS = 5.0
STOP_SECONDS = 6.0
MAX_QUEUE = 20


class QueueFullError(RuntimeError):
    """Too many runs wait already."""


class RunManager:
    """Takes runs, works through them and tells Redis and Postgres.

    `ktr_max_runs` run at a time on this instance; others wait. An outage of Redis or
    Postgres does not stop a run: progress is shown again when they are back.
    """

    def __init__(
        self, settings: Settings, flows: Flows, executions: Executions, live: LiveRuns, metrics: Metrics
    ) -> None:
        self._settings = settings
        self._flows = flows
        self._executions = executions
        self._live = live
        self._metrics = metrics
        self._log = get_logger("ktr.runs")
        self._queue: SimpleQueue[Run] = SimpleQueue()
        self._active: dict[UUID, Run] = {}
        self._lock = Lock()
        self._stopping = Event()
        self._threads: list[Thread] = []

    def start(self) -> None:
        """Start the threads; the first look finds the runs that a dead process left."""
        prune(self._settings.ktr_logs_dir)
        workers = [
            Thread(target=self._work, name=f"run-{n}", daemon=True)
            for n in range(self._settings.ktr_max_runs)
        ]
        self._threads = [*workers, Thread(target=self._watch, name="run-watch", daemon=True)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Interrupt all runs and wait a few seconds for them to be recorded."""
        self._stopping.set()
        for run in self._runs():
            run.stop(shutdown=True)
        deadline = monotonic() + STOP_SECONDS
        for thread in self._threads:
            thread.join(max(deadline - monotonic(), 0))

    def submit(self, flow: Flow, parameters: Mapping[str, str], *, create_tables: bool = False) -> UUID:
        """Queue a run; return its execution.

        Raises:
            QueueFullError: `MAX_QUEUE` runs wait already.
        """
        with self._lock:
            waiting = len(self._active)
        if waiting >= self._settings.ktr_max_runs + MAX_QUEUE:
            raise QueueFullError(f"{waiting} runs are under way or wait; try again when some have finished")
        transformation = self._flows.transformation(flow)
        run = Run(
            id=self._executions.queue(flow, parameters),
            name=flow.name,
            transformation=transformation,
            parameters=dict(parameters),
            create_tables=create_tables,
        )
        with self._lock:
            self._active[run.id] = run
        self._queue.put(run)
        return run.id

    def _runs(self) -> list[Run]:
        with self._lock:
            return list(self._active.values())

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                run = self._queue.get(timeout=0.5)
            except Empty:
                continue
            try:
                self._perform(run)
            finally:
                with self._lock:
                    del self._active[run.id]

    def _perform(self, run: Run) -> None:
        started = monotonic()
        self._record("start", lambda: self._executions.start(run.id))
        outcome = execute(run, self._settings)
        seconds = monotonic() - started
        self._metrics.run_finished(run.name, outcome.status, seconds, outcome.rows)
        show(run, self._live, self._log)
        self._record("finish", lambda: self._executions.finish(run.id, outcome))
        level = self._log.warning if outcome.status is Status.FAILED else self._log.info
        level(
            "run finished",
            run=str(run.id),
            status=outcome.status,
            seconds=round(seconds, 3),
            rows=outcome.rows,
        )

    def _record(self, what: str, write: Callable[[], None]) -> None:
        for pause in (0.2, 1.0, 3.0, 0.0):
            try:
                write()
            except OUTAGE as error:
                self._log.warning("run not recorded", what=what, reason=type(error).__name__)
                self._stopping.wait(pause)
            else:
                return

    def _watch(self) -> None:
        beaten = -BEAT_SECONDS
        while not self._stopping.wait(PUBLISH_SECONDS if beaten >= 0 else 0.01):
            for run in self._runs():
                show(run, self._live, self._log)
            if monotonic() - beaten >= BEAT_SECONDS or beaten < 0:
                beaten = monotonic()
                self._beat()

    def _beat(self) -> None:
        try:
            self._executions.beat([run.id for run in self._runs()])
            for orphan in self._executions.fail_orphans():
                self._log.warning("run was interrupted", run=str(orphan))
                shutil.rmtree(self._settings.ktr_data_dir / ".scratch" / str(orphan), ignore_errors=True)
        except OUTAGE as error:
            self._log.warning("no sign of life given", reason=type(error).__name__)
