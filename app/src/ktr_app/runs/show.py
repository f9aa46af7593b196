"""Tells Redis how a run stands, and the run whether it was cancelled."""

from __future__ import annotations

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from structlog.stdlib import BoundLogger

from ktr_app.runs.live import LiveRuns
from ktr_app.runs.run import Run
from ktr_app.secret_file import SecretError

OUTAGE = (RedisError, SQLAlchemyError, SecretError)
"""What an outage of Redis or Postgres raises; it passes, and no run ends for it."""


def show(run: Run, live: LiveRuns, log: BoundLogger) -> None:
    """Publish progress, and stop the run where somebody asked for it; an outage is logged."""
    try:
        live.publish(run.id, {"steps": run.progress.steps(), "previews": run.progress.previews()})
        if live.cancel_asked(run.id):
            run.stop()
    except OUTAGE as error:
        log.warning("progress not shown", reason=type(error).__name__)
