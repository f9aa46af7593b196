"""Bringing a stack up and down through Pulumi's Automation API."""

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TextIO

from docker.errors import DockerException
from pulumi import automation as auto

from components.naming import STACK_LABEL
from ops.console import step
from ops.engine import Engine
from ops.errors import OpsError
from ops.leftovers import deployment_identity, leftovers, remove, sort_out
from ops.paths import Paths
from ops.progress import Progress
from ops.recovery import release_stale_locks, settle_pending_operations


@dataclass(frozen=True)
class Deployed:
    """A stack that is up."""

    stack: str
    outputs: dict[str, Any]
    summary: str
    """What was created, changed, left alone."""


def known_stacks(paths: Paths) -> list[str]:
    """Names of the stacks that have a file in the checkout."""
    return sorted(file.name.split(".")[1] for file in paths.checkout.glob("Pulumi.*.yaml"))


def require_stack(name: str, paths: Paths) -> None:
    """Check that a stack has a file.

    Raises:
        OpsError: it has none.
    """
    if name not in known_stacks(paths):
        raise OpsError(
            f"there is no stack {name!r}: Pulumi.{name}.yaml is missing",
            fix=f"Known stacks: {', '.join(known_stacks(paths))}. A new one begins as a copy of one of their files.",
        )


def up(name: str, paths: Paths, *, show_secrets: bool) -> Deployed:
    """Deploy a stack, after clearing what a killed deployment may have left; its outputs as `outputs` gives them.

    Raises:
        OpsError: the program, a setting or the engine refuses; carries the errors and the log's path.
    """
    stack, resources = _recovered(name, paths)
    if resources:
        _operate("preview", stack, paths, len(resources))
    summary = _operate("deploy", stack, paths, len(resources))
    return Deployed(stack=name, outputs=outputs(name, paths, show_secrets=show_secrets), summary=summary)


def apply(name: str, paths: Paths) -> str:
    """Deploy a stack without a preview, as one step of something that has been planned; returns the summary.

    Raises:
        OpsError: as `up`.
    """
    stack, resources = _recovered(name, paths)
    return _operate("deploy", stack, paths, len(resources))


@dataclass(frozen=True)
class Removed:
    """What became of a stack that was taken down."""

    summary: str
    """What Pulumi deleted."""
    leftovers: list[str]
    """What an interrupted deployment had left beside the state, removed as well."""
    foreign: list[str]
    """What another deployment of the stack's name made, left alone."""


def down(name: str, paths: Paths, engine: Engine, confirm: Callable[[str], None]) -> Removed:
    """Remove a stack's resources apart from those that are protected, and what its state does not know.

    Args:
        name: of the stack.
        paths: of this checkout.
        engine: where the stack runs.
        confirm: asked before things are removed of which no state tells whose they are; raises unless they may go.

    Raises:
        OpsError: something cannot be removed.
    """
    stack, resources = _recovered(name, paths)
    identity = deployment_identity(resources)
    summary = _operate("destroy", stack, paths, len(resources)) if resources else "nothing was deployed"
    own, foreign = sort_out(leftovers(name, engine), identity)
    if own and not identity:
        names = ", ".join(str(each) for each in own)
        confirm(f"No state here knows {names}: left by an interrupted deployment, or its state is elsewhere. Remove?")
    return Removed(summary=summary, leftovers=remove(own), foreign=[str(each) for each in foreign])


def outputs(name: str, paths: Paths, *, show_secrets: bool) -> dict[str, Any]:
    """Outputs of the last deployment, secrets as `[secret]` unless they are asked for.

    Raises:
        OpsError: the stack has never been deployed.
    """
    # Not by the Automation API, which knows a secret only at the top level of an output and hands out nested ones.
    command = ["pulumi", "stack", "output", "--json", "--stack", name, "--non-interactive"]
    if show_secrets:
        command.append("--show-secrets")
    said = subprocess.run(command, cwd=paths.checkout, capture_output=True, text=True, check=False)
    if said.returncode:
        raise OpsError(f"stack {name} has no outputs: {said.stderr.strip()}", fix=f"Deploy it: make up STACK={name}")
    content: dict[str, Any] = json.loads(said.stdout)
    return content


def kept_volumes(name: str, engine: Engine) -> list[str]:
    """Volumes of a stack that the engine still holds."""
    try:
        return sorted(volume.name for volume in engine.client.volumes.list(filters={"label": f"{STACK_LABEL}={name}"}))
    except DockerException as error:
        raise OpsError(f"the engine does not list its volumes: {error}") from error


def _open(name: str, paths: Paths) -> auto.Stack:
    try:
        return auto.create_or_select_stack(stack_name=name, work_dir=str(paths.checkout))
    except auto.CommandError as error:
        raise OpsError(f"Pulumi cannot open stack {name}:\n{error}") from error


def _recovered(name: str, paths: Paths) -> tuple[auto.Stack, list[dict[str, Any]]]:
    """The stack, cleared of what a killed update left, and its resources."""
    with step("state") as current:
        current.detail = f"opening stack {name}"
        stack = _open(name, paths)
        released = release_stale_locks(stack, paths, current)
        deployment = stack.export_stack().deployment or {}
        pending = len(deployment.get("pending_operations") or [])
        settle_pending_operations(stack, pending, current)
        resources = list(deployment.get("resources") or [])
        interrupted = f", after an interrupted update ({pending} operations settled)" if released or pending else ""
        current.result = f"{len(resources)} resources{interrupted}"
    return stack, resources


def _operate(what: str, stack: auto.Stack, paths: Paths, known: int) -> str:
    log = paths.logs / f"{stack.name}-{what}.log"
    with step(what) as current, log.open("w", encoding="utf-8") as file, _patient():
        progress = Progress(current, expected=known)
        try:
            _call(what, stack, progress, file)
        except auto.CommandError as error:
            errors = "\n".join(progress.errors) or str(error)
            raise OpsError(f"{what} of stack {stack.name} failed.\n{errors}", log=log) from error
        current.result = progress.summary()
        return current.result


def _call(what: str, stack: auto.Stack, progress: Progress, log: TextIO) -> None:
    def write(line: str) -> None:
        log.write(line if line.endswith("\n") else f"{line}\n")

    match what:
        case "preview":
            stack.preview(on_event=progress.on_event, on_output=write)
        case "deploy":
            stack.up(on_event=progress.on_event, on_output=write, show_secrets=False)
        case "destroy":
            stack.destroy(on_event=progress.on_event, on_output=write, show_secrets=False, exclude_protected=True)


@contextmanager
def _patient() -> Iterator[None]:
    """Leave Ctrl-C to Pulumi, which the terminal tells as well: it finishes what it is at, then stops."""
    previous = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
