"""Prometheus metrics of the application."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

_RUN_BUCKETS = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600)
_PAGE_BUCKETS = (0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Metrics:
    """One registry an application, so that tests do not meet."""

    def __init__(self, *, version: str, colour: str) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._runs = Counter(
            "ktr_pipeline_runs_total", "Finished runs.", ["pipeline", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "ktr_pipeline_duration_seconds",
            "Length of runs in seconds.",
            ["pipeline"],
            buckets=_RUN_BUCKETS,
            registry=self.registry,
        )
        self._rows = Counter(
            "ktr_pipeline_rows_total", "Rows that left the last steps.", ["pipeline"], registry=self.registry
        )
        self._sessions = Gauge("ktr_sessions", "Live sessions on all instances.", registry=self.registry)
        self.websockets_open = Gauge(
            "ktr_websockets_open", "WebSockets that are open on this instance.", registry=self.registry
        )
        self.page_seconds = Histogram(
            "ktr_page_seconds",
            "Time to build a page in seconds.",
            ["page"],
            buckets=_PAGE_BUCKETS,
            registry=self.registry,
        )
        info = Gauge(
            "ktr_build_info",
            "Version and colour of this instance.",
            ["version", "colour"],
            registry=self.registry,
        )
        info.labels(version, colour).set(1)

    def run_finished(self, pipeline: str, status: str, seconds: float, rows: int) -> None:
        """Count a run."""
        self._runs.labels(pipeline, status).inc()
        self._seconds.labels(pipeline).observe(seconds)
        self._rows.labels(pipeline).inc(rows)

    def count_sessions(self, count: Callable[[], float]) -> None:
        """Ask `count` at each scrape."""
        self._sessions.set_function(count)
