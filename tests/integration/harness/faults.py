"""Faults that somebody is to be woken for, done for real to a running deployment, and what is to be told of each."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.integration.harness.certificates import certificate_files
from tests.integration.harness.clients import Sql
from tests.integration.harness.deployment import Deployment
from tests.integration.harness.engine_view import wait_until
from tests.integration.harness.pipelines import BAD, run_soon
from tests.integration.harness.throwaway import run_once

CRITICAL_PIPELINE = "nightly-invoices"
BACK = 120.0
"""Seconds within which a service that is started again is healthy."""
DAY = 24 * 3600


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong, and the one message that tells of it."""

    sentence: str
    component: str
    """What the message is about."""
    alert: str
    within: float
    """Seconds until it is told, at most: detection, the rule's patience, and the group's, which is 2 minutes where
    something else was told of the component just before."""
    over: float
    """Seconds from the remedy until the end is told, at most."""
    lasting: Callable[[Deployment], AbstractContextManager[None]]
    """Does it, and mends it in the end."""


def _stopped(component: str) -> Callable[[Deployment], AbstractContextManager[None]]:
    @contextmanager
    def lasting(deployed: Deployment) -> Iterator[None]:
        container = deployed.view.service(deployed.name, component)
        container.stop(timeout=30)
        try:
            yield
        finally:
            container.start()
            wait_until(
                lambda: deployed.view.health(container.id or "") == "healthy", BACK, f"{component} is well again"
            )

    return lasting


@contextmanager
def _connections_taken(deployed: Deployment) -> Iterator[None]:
    sql = Sql(deployed.view, deployed)
    share = int(0.9 * int(sql.superuser("show max_connections"))) - int(
        sql.superuser("select count(*) from pg_stat_activity where backend_type = 'client backend'")
    )
    postgres = deployed.view.service(deployed.name, "postgres")
    client = 'psql -qX -U postgres -d ktr -c "select pg_sleep(900)" >/dev/null 2>&1'
    postgres.exec_run(["sh", "-c", f"for i in $(seq {share}); do {client} & done; wait"], detach=True)
    try:
        yield
    finally:
        sql.superuser("select pg_terminate_backend(pid) from pg_stat_activity where query = 'select pg_sleep(900)'")


@contextmanager
def _memory_filled(deployed: Deployment) -> Iterator[None]:
    worker = deployed.view.service(deployed.name, "app-worker")
    deployed.view.run_in(worker, ["python", "-c", "held = [bytearray(b'x' * 2**20) for _ in range(2**20)]"])
    yield


@contextmanager
def _pipeline_broken(deployed: Deployment) -> Iterator[None]:
    run_soon(deployed, CRITICAL_PIPELINE, BAD)
    yield


@contextmanager
def _backup_missed(deployed: Deployment) -> Iterator[None]:
    """Noted as whoever makes backups would note it; there is nothing yet that makes them."""
    metric = "ktr_backup_last_success_timestamp_seconds"

    def note(moment: float) -> None:
        text = f'# TYPE {metric} gauge\n{metric}{{kind="dump"}} {moment:.0f}\n'
        mounts = {f"ktr-{deployed.name}-monitoring-notes": {"bind": "/notes", "mode": "rw"}}
        image = deployed.view.service(deployed.name, "postgres").image
        assert image
        script = ["sh", "-c", 'printf "%s" "$0" > /notes/backup.prom', text]
        done = run_once(deployed.view, image.id or "", script, volumes=mounts, user="0", entrypoint="")
        assert done.code == 0, done.output

    note(time.time() - 2 * DAY)
    try:
        yield
    finally:
        note(time.time())


@contextmanager
def _certificate_expiring(deployed: Deployment) -> Iterator[None]:
    before = dict(deployed.config["ktr:edge"])
    with TemporaryDirectory() as directory:
        files = certificate_files(Path(directory), deployed.config["ktr:edge"]["domain"], days=7)
        deployed.set({"ktr:edge": {"tls": {"mode": "provided", **files}}})
        deployed.up()
        try:
            yield
        finally:
            deployed.config["ktr:edge"] = before
            deployed.set({})
            deployed.up()


STOPS = (
    Fault("Postgres is stopped", "postgres", "ContainerDown", 90, 180, _stopped("postgres")),
    Fault("A slot is killed", "app-green-1", "ContainerDown", 90, 180, _stopped("app-green-1")),
    Fault("nginx is stopped", "nginx", "ContainerDown", 90, 180, _stopped("nginx")),
)
"""What stops and is started again."""

WEARS = (
    Fault("Postgres's connections are taken", "postgres", "PostgresConnectionsHigh", 300, 240, _connections_taken),
    Fault("A container's memory is filled", "app-worker", "ContainerOutOfMemory", 90, 840, _memory_filled),
    Fault("A critical pipeline fails", "pipelines", "CriticalPipelineFailed", 150, 840, _pipeline_broken),
    Fault("A backup is missed", "backups", "BackupTooOld", 150, 180, _backup_missed),
    Fault("The certificate expires", "edge", "CertificateExpires", 150, 240, _certificate_expiring),
)
"""What goes on while everything runs."""
