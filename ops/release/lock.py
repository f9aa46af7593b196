"""The lock of a release: a container with a fixed name, so that two releases of a stack cannot interleave.

Names of containers are unique on an engine, which is what makes it a lock for everybody who works on that engine. It is
never started.
"""

import getpass
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus

import docker
from docker.errors import APIError, NotFound

from components.naming import LABEL_PREFIX, Naming, Purpose
from ops.errors import OpsError

COMPONENT = "release-lock"
HOLDER = f"{LABEL_PREFIX}/holder"
HOST = f"{LABEL_PREFIX}/host"
PID = f"{LABEL_PREFIX}/pid"
SINCE = f"{LABEL_PREFIX}/since"
DOING = f"{LABEL_PREFIX}/doing"


@contextmanager
def release_lock(client: docker.DockerClient, stack: str, image: str, doing: str) -> Iterator[None]:
    """Hold the lock of a stack; `image` is any that the engine holds.

    Raises:
        OpsError: somebody else holds it.
    """
    _acquire(client, stack, image, doing)
    try:
        yield
    finally:
        break_lock(client, stack)


def require_unlocked(client: docker.DockerClient, stack: str) -> None:
    """Go on only if no release of a stack is under way.

    Raises:
        OpsError: one is.
    """
    labels = _labels(client, stack)
    if labels and not _is_stale(labels):
        raise _held(stack, _holder(labels))


def break_lock(client: docker.DockerClient, stack: str) -> str:
    """Remove the lock; returns who held it, or nothing."""
    try:
        container = client.containers.get(_name(stack))
        holder = _holder(container.labels)
        container.remove(force=True)
    except NotFound:
        return ""
    return holder


def _acquire(client: docker.DockerClient, stack: str, image: str, doing: str) -> None:
    labels = {
        **Naming(stack).labels(COMPONENT, Purpose.LOCK),
        HOLDER: getpass.getuser(),
        HOST: socket.gethostname(),
        PID: str(os.getpid()),
        SINCE: datetime.now(tz=UTC).strftime("%Y-%m-%d %H:%M:%S"),
        DOING: doing,
    }
    for attempt in (1, 2):
        try:
            client.containers.create(image, name=_name(stack), labels=labels, network_mode="none")
        except APIError as error:
            if error.status_code != HTTPStatus.CONFLICT:
                raise
            present = _labels(client, stack)
            if attempt == 1 and _is_stale(present):
                break_lock(client, stack)
                continue
            raise _held(stack, _holder(present)) from error
        return


def _held(stack: str, holder: str) -> OpsError:
    return OpsError(
        f"stack {stack} is being changed: {holder}",
        fix=f"Wait until it ends. If that process is certainly gone: ktr unlock {stack}",
    )


def _labels(client: docker.DockerClient, stack: str) -> dict[str, str]:
    """Who holds the lock; nothing of somebody who has just given it back."""
    try:
        return dict(client.containers.get(_name(stack)).labels)
    except NotFound:
        return {}


def _name(stack: str) -> str:
    return Naming(stack).resource(COMPONENT)


def _holder(labels: dict[str, str]) -> str:
    who = f"{labels.get(HOLDER)} (process {labels.get(PID)} on {labels.get(HOST)})"
    return f"{labels.get(DOING)}, by {who} since {labels.get(SINCE)} UTC"


def _is_stale(labels: dict[str, str]) -> bool:
    """Whether the holder ran on this host and is gone. Of other hosts nothing is known."""
    if labels and labels.get(HOST) != socket.gethostname():
        return False
    try:
        os.kill(int(labels.get(PID, "0")), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return not labels
