"""Containers for one question each, gone when it is answered."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from docker.models.containers import Container

from tests.integration.harness.engine_view import EngineView, Execution, wait_until

PATIENCE = 60.0
"""Seconds that a container may take to say what it has to say."""


def run_once(
    view: EngineView,
    image: str,
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    **options: Any,
) -> Execution:
    """Run a container to its end; output and errors together."""
    with running(view, image, command, environment, **options) as container:
        code = int(container.wait(timeout=PATIENCE)["StatusCode"])
        return Execution(code=code, output=container.logs().decode(errors="replace"))


@contextmanager
def running(
    view: EngineView,
    image: str,
    command: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    files: Mapping[str, bytes] | None = None,
    **options: Any,
) -> Iterator[Container]:
    """A container without a network, with files put into it before it starts."""
    container = view.client.containers.create(
        image,
        list(command) or None,
        name=f"ktr-test-{secrets.token_hex(4)}",
        environment=dict(environment or {}),
        network_mode="none",
        **options,
    )
    try:
        for archive_path, archive in (files or {}).items():
            container.put_archive(archive_path, archive)
        container.start()
        yield container
    finally:
        container.remove(force=True, v=True)


def wait_for_log(container: Container, text: str) -> None:
    """Wait until a container has written `text`."""
    wait_until(lambda: text in container.logs().decode(errors="replace"), PATIENCE, f"{text!r} in the log")
