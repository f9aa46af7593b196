"""After a killed update: its lock and its half-done operations are cleared, so that the next one converges."""

import json
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pulumi import automation as auto

from ops.console import Step
from ops.errors import OpsError
from ops.paths import Paths


@dataclass(frozen=True)
class Lock:
    """A lock file of Pulumi's file backend."""

    file: Path
    pid: int
    host: str
    user: str
    since: str

    def is_stale(self, host: str, runs: Callable[[int], bool]) -> bool:
        """Whether it was taken on `host` by a process that no longer runs. Of other hosts nothing is known."""
        return self.host == host and not runs(self.pid)


def read_locks(state: Path, project: str, stack: str) -> list[Lock]:
    """The locks on a stack; a lock file cut short by a crash counts as one of a process that is gone."""
    folder = state / ".pulumi" / "locks" / "organization" / project / stack
    return [_read_lock(file) for file in sorted(folder.glob("*.json"))]


def _read_lock(file: Path) -> Lock:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return Lock(
            file=file,
            pid=int(content["pid"]),
            host=str(content["hostname"]),
            user=str(content["username"]),
            since=str(content["timestamp"])[:19].replace("T", " "),
        )
    except (ValueError, KeyError, TypeError):
        return Lock(file=file, pid=0, host=socket.gethostname(), user="unknown", since="unknown")


def pulumi_runs(pid: int) -> bool:
    """Whether process `pid` exists and, where that can be told, is a pulumi and not a later owner of the number."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    name = Path(f"/proc/{pid}/comm")
    return not name.exists() or "pulumi" in name.read_text(encoding="utf-8")


def release_stale_locks(stack: auto.Stack, paths: Paths, step: Step) -> bool:
    """Cancel an update whose process is gone; returns whether there was one.

    Raises:
        OpsError: another update of the stack is running.
    """
    project = stack.workspace.project_settings().name
    locks = read_locks(paths.state, project, stack.name)
    for lock in locks:
        if not lock.is_stale(socket.gethostname(), pulumi_runs):
            raise OpsError(
                f"stack {stack.name} is being updated by another process: "
                f"pid {lock.pid} of {lock.user} on {lock.host}, since {lock.since} UTC",
                fix="Wait until it ends. If that machine or process is certainly gone: pulumi cancel --stack "
                f'{stack.name} (after eval "$(make -s env)").',
            )
    if locks:
        step.detail = "releasing the lock of an update that was killed"
        stack.cancel()
    return bool(locks)


def settle_pending_operations(stack: auto.Stack, pending: int, step: Step) -> None:
    """Reconcile the state with the engine where an update was killed in the middle of operations."""
    if pending:
        step.detail = f"reading back {pending} operations that a killed update left half done"
        stack.refresh(clear_pending_creates=True, show_secrets=False)
