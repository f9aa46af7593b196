"""One run, from the file's bytes to its outcome."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event
from uuid import UUID

import psycopg

from ktr_app.database import flow_connection
from ktr_app.engine.context import RunContext
from ktr_app.engine.errors import CancelledError, RunError
from ktr_app.engine.files import DataFiles
from ktr_app.engine.pipeline import Pipeline
from ktr_app.engine.progress import Progress
from ktr_app.engine.variables import Variables
from ktr_app.ktr.errors import KtrError
from ktr_app.ktr.model import Transformation
from ktr_app.logs import get_logger
from ktr_app.models import Status
from ktr_app.runs.executions import INTERRUPTED, Outcome
from ktr_app.runs.log import RunLog
from ktr_app.settings import Settings

_OUTAGES = ("08", "57P01", "57P02", "57P03")
"""SQLSTATEs of a connection that broke, or of a server that stops or starts."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run that was asked for, and the handles to watch and stop it."""

    id: UUID
    name: str
    transformation: Transformation
    parameters: Mapping[str, str] = field(default_factory=dict)
    create_tables: bool = False
    progress: Progress = field(default_factory=Progress)
    cancelled: Event = field(default_factory=Event)
    shutdown: Event = field(default_factory=Event)

    def stop(self, *, shutdown: bool = False) -> None:
        """End it at the next batch; `shutdown` says that the process ends."""
        if shutdown:
            self.shutdown.set()
        self.cancelled.set()


def execute(run: Run, settings: Settings) -> Outcome:
    """Run to the end; every fault becomes an outcome."""
    files = DataFiles(root=settings.ktr_data_dir)
    scratch = settings.ktr_data_dir / ".scratch" / str(run.id)
    log = get_logger("ktr.run").bind(run=str(run.id))
    context = RunContext(
        files=files,
        scratch=scratch,
        variables=Variables(variables(run)),
        connect=lambda: flow_connection(settings, run.id),
        create_tables=run.create_tables,
        batch_rows=settings.ktr_batch_rows,
        sort_bytes=settings.ktr_sort_bytes,
        cancelled=run.cancelled,
        log=RunLog(settings.ktr_logs_dir, run.id).write,
    )
    status, error, interrupted = Status.SUCCEEDED, None, False
    try:
        Pipeline(run.transformation, context, run.progress).execute()
    except CancelledError:
        interrupted = run.shutdown.is_set()
        status, error = (Status.FAILED, INTERRUPTED) if interrupted else (Status.CANCELLED, None)
    except (RunError, KtrError) as fault:
        status, error, interrupted = Status.FAILED, str(fault), lost_connection(fault)
    except Exception as fault:
        log.exception("run broke")
        status, error = Status.FAILED, f"Unexpected {type(fault).__name__}; the log has the details"
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    outputs = [str(path) for path in files.written if (files.root / path).is_file()]
    return Outcome(
        status=status,
        error=error,
        rows=run.progress.rows(),
        steps=run.progress.steps(),
        outputs=outputs,
        interrupted=interrupted,
    )


def lost_connection(fault: BaseException) -> bool:
    """Return whether a run failed because the database went away, not because of what it asked for."""
    cause = fault.__cause__
    if not isinstance(cause, psycopg.OperationalError):
        return False
    return cause.sqlstate is None or cause.sqlstate.startswith(_OUTAGES)


def variables(run: Run) -> dict[str, str]:
    """Return the run's variables: Pentaho's own, parameters' defaults, and what was entered."""
    internal = {
        "Internal.Transformation.Name": run.transformation.name,
        "Internal.Transformation.Filename.Directory": ".",
        "Internal.Entry.Current.Directory": ".",
        "java.io.tmpdir": ".",
    }
    defaults = {parameter.name: parameter.default for parameter in run.transformation.parameters}
    return {**internal, **defaults, **run.parameters}
