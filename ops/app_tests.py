"""Runs the application's own tests against a throw-away Postgres: `python -m ops.app_tests [PYTEST ARGUMENT…]`."""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from docker.models.containers import Container

from components.engine import resolve_host
from components.images import DOCKER_HUB, ImageSource
from ops.console import console, step
from ops.engine import ensure_engine
from ops.errors import OpsError
from ops.paths import CHECKOUT, Paths

START_TIMEOUT = 60.0


def main(arguments: list[str]) -> int:
    """The exit code of pytest."""
    app = CHECKOUT / "app"
    try:
        with _database() as address:
            command = [str(app / ".venv" / "bin" / "pytest"), *arguments]
            return subprocess.run(command, cwd=app, env=_environment(address), check=False).returncode
    except OpsError as error:
        console.print(f"[bold red]Error:[/bold red] {error.what}")
        return 1


def _environment(address: str) -> dict[str, str]:
    return {**os.environ, "KTR_TEST_POSTGRES": address}


@contextmanager
def _database() -> Iterator[str]:
    """A Postgres of the catalogue's version on a free port of the loopback interface; everybody may log in."""
    paths = Paths.of()
    with step("database") as current:
        engine = ensure_engine(resolve_host(None), paths, current)
        registry = os.environ.get("KTR_REGISTRY") or DOCKER_HUB
        lock = os.environ.get("KTR_IMAGES_LOCK") or CHECKOUT / "images.lock.json"
        container: Container = engine.client.containers.run(
            ImageSource.locked(registry, paths.checkout / lock).reference("postgres"),
            ["-c", "fsync=off"],
            name=f"ktr-app-tests-{uuid.uuid4().hex[:8]}",
            environment={"POSTGRES_HOST_AUTH_METHOD": "trust"},
            ports={"5432/tcp": ("127.0.0.1", 0)},
            tmpfs={"/var/lib/postgresql/data": "mode=1777"},
            detach=True,
            remove=True,
        )
        try:
            port = _wait(container)
        except OpsError:
            container.remove(force=True, v=True)
            raise
        current.result = f"throw-away Postgres on port {port}"
    try:
        yield f"host=127.0.0.1 port={port} user=postgres dbname=postgres"
    finally:
        container.remove(force=True, v=True)


def _wait(container: Container) -> str:
    """The published port, once the server that listens on it answers (the one of the first boot listens on none)."""
    deadline = time.monotonic() + START_TIMEOUT
    while container.exec_run(["pg_isready", "-h", "127.0.0.1"]).exit_code != 0:
        if time.monotonic() > deadline:
            raise OpsError(f"the database does not answer:\n{container.logs(tail=15).decode(errors='replace')}")
        time.sleep(0.2)
    container.reload()
    (binding,) = container.ports["5432/tcp"] or []
    return str(binding["HostPort"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
