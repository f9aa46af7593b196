"""Runs Pulumi: `python -m ops.shim LAUNCHER ARGUMENT…`, called by toolchain/shim/pulumi."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from ops.shim.arguments import Arguments
from ops.shim.plan import Plan, copies_of, plan
from ops.stack_file import drop_salt, is_salted, local_copy, read_stack_file, write_copy


def main(launcher: str, words: list[str]) -> NoReturn:
    """Run the real Pulumi with the arguments `words`, in the environment of this process."""
    pulumi = find_pulumi(os.environ.get("PATH", ""), Path(launcher))
    arguments = Arguments.parse(words)
    chosen = plan(arguments)
    project = find_project(Path(arguments.value("--cwd") or "."))
    copies = copies_of(os.environ.get("PULUMI_BACKEND_URL", ""))
    if chosen is Plan.AS_IS or project is None or copies is None:
        _become(pulumi, words)
    if chosen is Plan.THEN_DROP_SALT:
        sys.exit(_run_and_drop_salt(pulumi, words, project))
    stack = _stack(arguments, pulumi, project)
    tracked = project / f"Pulumi.{stack}.yaml"
    if chosen is Plan.KEEP_TRACKED_FILE:
        sys.exit(_remove_stack(pulumi, words, copies / tracked.name))
    _run_with_copy(pulumi, words, arguments, tracked, copies / tracked.name)


def find_pulumi(path: str, launcher: Path) -> str:
    """The first `pulumi` on `path` that is not a launcher of this shim (of this or another checkout)."""
    own = launcher.read_bytes()
    for entry in path.split(os.pathsep):
        candidate = Path(entry or ".") / "pulumi"
        if candidate.is_file() and os.access(candidate, os.X_OK):
            with candidate.open("rb") as file:
                if file.read(len(own) + 1) != own:
                    return str(candidate)
    sys.exit("ktr: there is no pulumi behind the shim on PATH. Set the toolchain up with: make env")


def find_project(start: Path) -> Path | None:
    """The nearest directory upwards that holds a Pulumi.yaml."""
    directories = (start.resolve(), *start.resolve().parents)
    return next((directory for directory in directories if (directory / "Pulumi.yaml").is_file()), None)


def _become(pulumi: str, words: Sequence[str]) -> NoReturn:
    os.execv(pulumi, [pulumi, *words])  # noqa: S606 (no shell is wanted)


def _run(pulumi: str, words: Sequence[str]) -> int:
    # Ctrl-C reaches Pulumi as well, which winds up in its own time; what follows must still be done.
    signal.signal(signal.SIGINT, lambda *_: None)
    return subprocess.run([pulumi, *words], check=False).returncode


def _run_with_copy(pulumi: str, words: list[str], arguments: Arguments, tracked: Path, copy: Path) -> NoReturn:
    if is_salted(tracked):
        _become(pulumi, words)
    if settings := arguments.values("--config"):
        _save(pulumi, tracked, settings, by_path=arguments.has("--config-path"))
    write_copy(copy, local_copy(read_stack_file(tracked), read_stack_file(copy)))
    _become(pulumi, [*words, "--config-file", str(copy)])


def _run_and_drop_salt(pulumi: str, words: Sequence[str], project: Path) -> int:
    before = {file for file in project.glob("Pulumi.*.yaml") if is_salted(file)}
    code = _run(pulumi, words)
    for file in set(project.glob("Pulumi.*.yaml")) - before:
        if is_salted(file):
            drop_salt(file)
    return code


def _remove_stack(pulumi: str, words: Sequence[str], copy: Path) -> int:
    code = _run(pulumi, [*words, "--preserve-config"])
    if code == 0:
        copy.unlink(missing_ok=True)
    return code


def _stack(arguments: Arguments, pulumi: str, project: Path) -> str:
    """The stack's own name, without organization and project; empty when none is selected."""
    name = arguments.value("--stack") or os.environ.get("PULUMI_STACK", "")
    match arguments.words:
        case ["stack", "rm", operand, *_]:
            name = operand
    if not name:
        command = [pulumi, "stack", "--show-name", "--non-interactive"]
        name = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False).stdout.strip()
    return name.rpartition("/")[2]


def _save(pulumi: str, tracked: Path, settings: list[str], *, by_path: bool) -> None:
    """Write `--config KEY=VALUE` into the tracked file, where Pulumi itself would have."""
    stack = tracked.name.removeprefix("Pulumi.").removesuffix(".yaml")
    command = [pulumi, "config", "set-all", "--stack", stack, *(["--path"] if by_path else [])]
    for setting in settings:
        command += ["--plaintext", setting]
    if code := subprocess.run(command, cwd=tracked.parent, check=False).returncode:
        sys.exit(code)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
