"""Prometheus metrics of the worker."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_LATE_BUCKETS = (0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3_600, 21_600)


class WorkerMetrics:
    """What is due, run, late and handed back on this worker."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.leader = Gauge(
            "ktr_worker_leader", "1 while this worker works, 0 while it stands by.", registry=registry
        )
        self.due = Gauge("ktr_schedules_due", "Schedules that are due and wait.", registry=registry)
        self.running = Gauge("ktr_schedule_runs_active", "Scheduled runs under way here.", registry=registry)
        self.runs = Counter(
            "ktr_schedule_runs_total", "Scheduled runs that ended here.", ["status"], registry=registry
        )
        self.late = Histogram(
            "ktr_schedule_late_seconds",
            "From due to started, in seconds.",
            buckets=_LATE_BUCKETS,
            registry=registry,
        )
        self.coalesced = Counter(
            "ktr_schedule_coalesced_total",
            "Missed due times that a later run stands for.",
            registry=registry,
        )
        self.handed_back = Counter(
            "ktr_schedule_handed_back_total",
            "Runs that were interrupted here and queued again.",
            registry=registry,
        )
        self.taken_over = Counter(
            "ktr_schedule_taken_over_total", "Runs of dead workers that were queued again.", registry=registry
        )
