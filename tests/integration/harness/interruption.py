"""Kills `pulumi up` at a chosen moment of its work."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.harness.deployment import Deployment
from tests.integration.harness.requirements import pulumi_executable

BEGINS = "resourcePreEvent"
ENDS = "resOutputsEvent"
LONGEST = 180.0
"""Seconds after which a moment that has not come never will."""


@dataclass(frozen=True)
class Moment:
    """A point of a deployment: what has begun or ended, and how much later the blow falls."""

    name: str
    resource: str
    """End of the resource's URN, such as `Container::postgres`; empty for the start of the program."""
    phase: str = BEGINS
    delay: float = 0.0
    """Seconds."""
    operation: str = "create"
    """What Pulumi does to the resource."""

    def is_reached(self, event: dict[str, Any]) -> bool:
        """Whether an event of Pulumi's engine marks this moment."""
        if not self.resource:
            return "preludeEvent" in event
        metadata = event.get(self.phase, {}).get("metadata", {})
        return metadata.get("op") == self.operation and str(metadata.get("urn", "")).endswith(self.resource)


@contextmanager
def running_update(deployed: Deployment) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """`pulumi up` in a session of its own, and the file of its events; whatever is left of it is killed at the end."""
    deployed.initialise()
    events, output = deployed.directory / "events", deployed.directory / "output"
    events.unlink(missing_ok=True)
    arguments = ["up", "--yes", "--skip-preview", "--non-interactive", "--color", "never", "--stack", deployed.name]
    with output.open("wb") as log:
        process = subprocess.Popen(
            [pulumi_executable(), *arguments, "--event-log", str(events)],
            cwd=deployed.program,
            # The option that writes events is for debugging; the Automation API uses it in the same way.
            env={**deployed.process_environment, "PULUMI_DEBUG_COMMANDS": "true"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process, events
    finally:
        kill_session(process.pid)
        process.wait(timeout=30)


def interrupt(deployed: Deployment, moment: Moment, *, alone: bool = False) -> None:
    """Start a first `pulumi up` and kill it at `moment`, with its language host and plugins, or alone.

    Raises:
        AssertionError: the update ended before the moment came.
    """
    with running_update(deployed) as (process, events):
        _await(process, events, moment)
        time.sleep(moment.delay)
        assert process.poll() is None, f"the update was over before: {moment.name}"
        _kill(process, alone=alone)


def interrupt_after(deployed: Deployment, seconds: float, *, alone: bool = False) -> bool:
    """Start a `pulumi up` and kill it after some time; returns False when it was over before."""
    with running_update(deployed) as (process, _):
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            _kill(process, alone=alone)
            return True
        return False


def _kill(process: subprocess.Popen[bytes], *, alone: bool) -> None:
    if alone:
        process.kill()
        process.wait(timeout=30)
        # The plugins finish what they were asked for, as they would with nobody there to stop them.
        time.sleep(1)
    else:
        kill_session(process.pid)


def interrupt_at(deployed: Deployment, moment: Moment, act: Callable[[], None]) -> int:
    """Start `pulumi up`, act at `moment`, and wait for the end of the update; returns its exit code."""
    with running_update(deployed) as (process, events):
        _await(process, events, moment)
        time.sleep(moment.delay)
        act()
        return process.wait(timeout=LONGEST)


def _await(process: subprocess.Popen[bytes], events: Path, moment: Moment) -> None:
    deadline = time.monotonic() + LONGEST
    while not events.exists():
        assert process.poll() is None, "the update ended without an event"
        time.sleep(0.01)
    with events.open(encoding="utf-8") as log:
        pending = ""
        while time.monotonic() < deadline:
            pending += log.readline()
            if pending.endswith("\n"):
                if moment.is_reached(json.loads(pending)):
                    return
                pending = ""
            elif process.poll() is not None:
                output = (events.parent / "output").read_text(encoding="utf-8", errors="replace")
                raise AssertionError(f"the update ended before: {moment.name}\n{output[-3000:]}")
            else:
                time.sleep(0.01)
    raise AssertionError(f"never came: {moment.name}")


def kill_session(leader: int) -> None:
    """SIGKILL to every process of a session: Pulumi gives its plugins process groups of their own, but not sessions."""
    for _ in range(3):
        for pid in _members(leader):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _members(session: int) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            # After the name, which may hold anything, come the state, the parent, the group and the session.
            fields = (process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if int(fields[3]) == session:
                found.append(int(process.name))
    return found
