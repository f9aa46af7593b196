"""The worker: takes what is due, runs it, and gives it back when it has to stop."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from threading import Event, Lock, Thread
from time import monotonic
from uuid import UUID

import psycopg

from ktr_app.flows import Flows
from ktr_app.ktr.errors import KtrError
from ktr_app.logs import get_logger
from ktr_app.metrics import Metrics
from ktr_app.models import Status
from ktr_app.runs.executions import INTERRUPTED, Outcome
from ktr_app.runs.live import LiveRuns
from ktr_app.runs.run import Run, execute
from ktr_app.runs.show import OUTAGE, show
from ktr_app.schedules.claims import Claim, Claims
from ktr_app.settings import Settings
from ktr_app.worker.lapsed import Lapsed
from ktr_app.worker.leadership import Leadership
from ktr_app.worker.metrics import WorkerMetrics

TICK_SECONDS = 1.0
"""How often it looks what is due, and shows progress."""
BEATS_A_LEASE = 5
FENCE = 0.5
"""Share of the lease without a recorded sign of life after which a worker stops its own runs."""
INTERRUPT_SECONDS = 5.0
"""How long interrupted runs may take to undo what they did."""
STALLED_SECONDS = 60.0
_OUTAGE = (*OUTAGE, psycopg.Error)

Perform = Callable[[Run, Settings], Outcome]


class Worker:
    """Works while it leads, stands by otherwise.

    Args:
        settings: grace and lease in seconds, how many runs at a time.
        flows: reads the files.
        claims: the due times.
        live: where progress is shown.
        leadership: tells whether this is the worker that works.
        metrics: counts runs by flow.
        counters: counts what became of due times.
        perform: runs a flow to its end.
    """

    def __init__(
        self,
        settings: Settings,
        flows: Flows,
        claims: Claims,
        live: LiveRuns,
        leadership: Leadership,
        metrics: Metrics,
        counters: WorkerMetrics,
        perform: Perform = execute,
    ) -> None:
        self._settings = settings
        self._flows = flows
        self._claims = claims
        self._live = live
        self._leadership = leadership
        self._metrics = metrics
        self._counters = counters
        self._perform = perform
        self._log = get_logger("ktr.worker")
        self._lapsed = Lapsed(settings.ktr_worker_lease_seconds)
        self._stopping = Event()
        self._wake = Event()
        self._ended = Event()
        self._lock = Lock()
        self._active: dict[UUID, tuple[Claim, Run, Thread]] = {}
        self._ticked = monotonic()

    def stop(self) -> None:
        """Take nothing more, and let `work` come to its end."""
        self._stopping.set()
        self._wake.set()

    def stalled(self) -> str:
        """Return `ok`, or for how long the loop has not gone round."""
        seconds = monotonic() - self._ticked
        return "ok" if seconds < STALLED_SECONDS else f"no sign of life for {seconds:.0f} s"

    def work(self) -> None:
        """Work until `stop`, then finish or hand back what runs."""
        watchers = [
            Thread(target=self._beat, name="worker-beat", daemon=True),
            Thread(target=self._show, name="worker-show", daemon=True),
        ]
        for watcher in watchers:
            watcher.start()
        while not self._stopping.is_set():
            self._tick()
            self._wake.wait(TICK_SECONDS)
            self._wake.clear()
        self._drain()
        self._ended.set()
        self._leadership.release()
        self._counters.leader.set(0)

    def _tick(self) -> None:
        self._ticked = monotonic()
        led = self._leadership.held
        try:
            leads = self._leadership.hold()
            if leads:
                self._take_over()
                self._take()
                self._counters.due.set(self._claims.due())
            else:
                self._lapsed.forget()
        except _OUTAGE as error:
            self._log.warning("worker waits for the database", reason=type(error).__name__)
            self._lapsed.forget()
        if led != self._leadership.held:
            self._log.info("worker leads" if self._leadership.held else "worker stands by")
        self._counters.leader.set(int(self._leadership.held))

    def _take_over(self) -> None:
        for lease in self._lapsed.among(self._claims.leases(self._active_ids()), monotonic()):
            status = self._claims.take_over(lease)
            if status is None:
                continue
            self._counters.taken_over.inc()
            self._log.warning(
                "run of a dead worker taken over",
                run=str(lease.execution_id),
                attempt=lease.attempt,
                status=status,
            )
            if lease.execution_id is not None:
                scratch = self._settings.ktr_data_dir / ".scratch" / str(lease.execution_id)
                shutil.rmtree(scratch, ignore_errors=True)

    def _take(self) -> None:
        while not self._stopping.is_set() and len(self._runs()) < self._settings.ktr_max_runs:
            claim = self._claims.take()
            if claim is None:
                return
            self._start(claim)

    def _start(self, claim: Claim) -> None:
        self._counters.late.observe(claim.late_seconds)
        if claim.attempt == 1:
            self._counters.coalesced.inc(claim.coalesced)
        self._log.info(
            "run started",
            run=str(claim.execution_id),
            due=claim.due_at.isoformat(),
            attempt=claim.attempt,
            coalesced=claim.coalesced,
            late_seconds=round(claim.late_seconds, 3),
        )
        try:
            run = Run(
                id=claim.execution_id,
                name=claim.flow.name,
                transformation=self._flows.transformation(claim.flow),
                parameters=claim.parameters,
                create_tables=claim.create_tables,
            )
        except KtrError as fault:
            self._end(claim, Outcome(status=Status.FAILED, error=str(fault)))
            return
        thread = Thread(target=self._run, args=(claim, run), name=f"run-{run.id}", daemon=True)
        with self._lock:
            self._active[run.id] = (claim, run, thread)
            self._counters.running.set(len(self._active))
        thread.start()

    def _run(self, claim: Claim, run: Run) -> None:
        started = monotonic()
        try:
            outcome = self._perform(run, self._settings)
            seconds = monotonic() - started
            self._metrics.run_finished(run.name, outcome.status, seconds, outcome.rows)
            show(run, self._live, self._log)
            self._end(claim, outcome)
        finally:
            with self._lock:
                del self._active[run.id]
                self._counters.running.set(len(self._active))
            self._wake.set()

    def _end(self, claim: Claim, outcome: Outcome) -> None:
        """Record the end, for as long as the lease lasts; after that the next worker decides."""
        deadline = monotonic() + self._settings.ktr_worker_lease_seconds
        pause = 0.1
        while True:
            try:
                self._settle(claim, outcome)
            except _OUTAGE as error:
                self._log.warning("end of a run not recorded", reason=type(error).__name__)
                if monotonic() > deadline:
                    return
                self._ended.wait(pause)
                pause = min(pause * 2, TICK_SECONDS)
            else:
                return

    def _settle(self, claim: Claim, outcome: Outcome) -> None:
        if outcome.interrupted:
            status = self._claims.hand_back(claim, outcome, orderly=self._stopping.is_set())
            if status is Status.QUEUED:
                self._counters.handed_back.inc()
        else:
            ours = self._claims.finish(claim, outcome)
            status = outcome.status
            if not ours:
                self._log.warning("run was lost to another worker", run=str(claim.execution_id))
                return
        if status.finished:
            self._counters.runs.labels(status).inc()
        log = self._log.info if status in {Status.SUCCEEDED, Status.CANCELLED} else self._log.warning
        log("run ended", run=str(claim.execution_id), status=status, attempt=claim.attempt, rows=outcome.rows)

    def _show(self) -> None:
        while not self._ended.wait(TICK_SECONDS):
            for run in self._runs():
                show(run, self._live, self._log)

    def _beat(self) -> None:
        """Give signs of life until all is finished or handed back: apart from Redis, which may be slow."""
        seconds = self._settings.ktr_worker_lease_seconds / BEATS_A_LEASE
        beaten = monotonic()
        while not self._ended.wait(seconds):
            began, runs = monotonic(), self._runs()
            try:
                held = self._claims.beat([run.id for run in runs]) if runs else set()
            except _OUTAGE as error:
                self._log.warning("no sign of life given", reason=type(error).__name__)
                lapses = monotonic() - beaten > self._settings.ktr_worker_lease_seconds * FENCE
                held = set() if lapses else {run.id for run in runs}
            else:
                beaten = began
            for run in runs:
                if run.id not in held:
                    run.stop(shutdown=True)

    def _drain(self) -> None:
        """Wait for what runs; interrupt it after the grace period; hand back what does not even stop."""
        self._log.info("worker stops", running=len(self._runs()))
        self._join(self._settings.ktr_worker_grace_seconds)
        for run in self._runs():
            run.stop(shutdown=True)
        self._join(INTERRUPT_SECONDS)
        with self._lock:
            stuck = [claim for claim, _, _ in self._active.values()]
        for claim in stuck:
            self._log.warning("run does not stop", run=str(claim.execution_id))
            self._end(claim, Outcome(status=Status.FAILED, error=INTERRUPTED, interrupted=True))

    def _join(self, seconds: float) -> None:
        deadline = monotonic() + seconds
        with self._lock:
            threads = [thread for _, _, thread in self._active.values()]
        for thread in threads:
            thread.join(max(deadline - monotonic(), 0))
            self._ticked = monotonic()

    def _active_ids(self) -> set[UUID]:
        with self._lock:
            return set(self._active)

    def _runs(self) -> list[Run]:
        with self._lock:
            return [run for _, run, _ in self._active.values()]
