"""`ktr-app worker`: due times, metrics and readiness in one process."""

from __future__ import annotations

import signal
from types import FrameType
from uuid import uuid4

from ktr_app.database import connect
from ktr_app.logs import configure_logs, get_logger
from ktr_app.metrics_server import MetricsServer
from ktr_app.runs.log import prune
from ktr_app.schedules.claims import Claims
from ktr_app.services import Services, services
from ktr_app.settings import load_settings
from ktr_app.worker.leadership import SERVER_OPTIONS, Leadership
from ktr_app.worker.metrics import WorkerMetrics
from ktr_app.worker.worker import Worker


def work() -> int:
    """Work until SIGTERM; return 0."""
    settings = load_settings()
    configure_logs(settings.ktr_log_level, version=settings.ktr_version, colour=settings.ktr_colour)
    parts = services()
    worker = make_worker(parts)
    metrics = MetricsServer(
        settings.ktr_metrics_port,
        parts.metrics.registry,
        lambda: {**parts.readiness.check(), "worker": worker.stalled()},
        {"version": settings.ktr_version, "colour": settings.ktr_colour},
        lambda: worker.stalled() == "ok",
    )

    def stop(_signal: int, _frame: FrameType | None) -> None:
        worker.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    metrics.start()
    prune(settings.ktr_logs_dir)
    log = get_logger("ktr.worker")
    log.info("working", metrics_port=metrics.port)
    worker.work()
    metrics.stop()
    log.info("stopped")
    return 0


def make_worker(parts: Services) -> Worker:
    """Return a worker on the process's services; nothing is started."""
    settings = parts.settings
    leader = Leadership(
        lambda: connect(settings, options=SERVER_OPTIONS, name=f"ktr-worker-{settings.ktr_colour}")
    )
    claims = Claims(parts.engine, uuid4())
    counters = WorkerMetrics(parts.metrics.registry)
    return Worker(settings, parts.flows, claims, parts.live, leader, parts.metrics, counters)
