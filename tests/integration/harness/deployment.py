"""A deployment of the program for one test run: own directory, state, names and ports, removed whatever happens."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from pulumi import automation

from ops.environment import NO_SIDECARS
from tests.integration.harness.engine_view import EngineView
from tests.integration.harness.removal import remove_stack
from tests.integration.harness.requirements import ROOT, pulumi_executable, search_path
from tests.support.ports import LOOPBACK, free_ports

PROGRAM = ("Pulumi.yaml", "__main__.py", "components", "app")
NOT_SOURCES = shutil.ignore_patterns("__pycache__", ".*_cache", ".venv", "*.egg-info", ".pytest_cache")
PREFIX = "ktr-test-"
INHERITED = ("PULUMI_BACKEND_URL", "PULUMI_STACK", "PULUMI_CONFIG_PASSPHRASE_FILE")
"""What a developer's shell may have set and a test must not see."""

Settings = Mapping[str, Mapping[str, Any] | str]


def run_pulumi(
    *arguments: str, stack: str, cwd: Path, env: Mapping[str, str], check: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run the Pulumi CLI on a stack of the program in `cwd`; output and errors in one text."""
    return subprocess.run(
        [pulumi_executable(), *arguments, "--stack", stack, "--non-interactive", "--color", "never"],
        cwd=cwd,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=check,
    )


class Deployment:
    """One stack named after an environment, such as `dev-4f09ac`, in a directory of its own."""

    def __init__(
        self,
        environment: str,
        view: EngineView,
        settings: Settings | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.environment = environment
        self.view = view
        self.more_variables = dict(variables or {})
        self.name = f"{environment}-{secrets.token_hex(3)}"
        self.passphrase = secrets.token_urlsafe(16)
        self.directory = Path(tempfile.mkdtemp(prefix=PREFIX))
        self.state = self.directory / "state"
        self.program = self.directory / "program"
        self.transcript = ""
        """Everything that Pulumi has printed so far."""
        self.http_port, self.https_port = free_ports(2)
        self._copy_program(settings or {})
        self._stack: automation.Stack | None = None

    def _copy_program(self, settings: Settings) -> None:
        self.state.mkdir()
        self.program.mkdir()
        for name in PROGRAM:
            source, copy = ROOT / name, self.program / name
            if source.is_dir():
                shutil.copytree(source, copy, ignore=NOT_SOURCES)
            else:
                shutil.copy2(source, copy)
        # Where Pulumi.yaml says that the program's Python is; some language hosts look there, others on PATH.
        (self.program / ".venv").symlink_to(sys.prefix)
        tracked = yaml.safe_load((ROOT / f"Pulumi.{self.environment}.yaml").read_text(encoding="utf-8"))
        self.config: dict[str, Any] = tracked["config"]
        edge = {"address": LOOPBACK, "httpPort": self.http_port}
        if self.config["ktr:edge"].get("tls", {}).get("mode", "off") != "off":
            edge["httpsPort"] = self.https_port
        self.set({"ktr:edge": edge})
        self.set(settings)

    @property
    def stack_file(self) -> Path:
        """The stack's settings."""
        return self.program / f"Pulumi.{self.name}.yaml"

    def set(self, settings: Settings) -> None:
        """Merge settings into the stack's file; sections key by key, as a person would edit them."""
        for key, value in settings.items():
            current = self.config.get(key)
            self.config[key] = {**current, **value} if isinstance(current, dict) and isinstance(value, dict) else value
        salt = {}
        if self.stack_file.exists():
            salt = yaml.safe_load(self.stack_file.read_text(encoding="utf-8"))
        self.stack_file.write_text(yaml.safe_dump({**salt, "config": self.config}), encoding="utf-8")

    def reload(self) -> None:
        """Take in what somebody else has written to the stack's file."""
        self.config = yaml.safe_load(self.stack_file.read_text(encoding="utf-8"))["config"]

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables that differ from those of the tests."""
        return {
            "PATH": search_path(),
            "PULUMI_BACKEND_URL": f"file://{self.state}?{NO_SIDECARS}",
            "PULUMI_CONFIG_PASSPHRASE": self.passphrase,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            **self.more_variables,
        }

    @property
    def process_environment(self) -> dict[str, str]:
        """The whole environment of a `pulumi` process."""
        inherited = {name: value for name, value in os.environ.items() if name not in INHERITED}
        return {**inherited, **self.variables}

    @property
    def stack(self) -> automation.Stack:
        """The stack in Pulumi's Automation API; created when first asked for."""
        if self._stack is None:
            options = automation.LocalWorkspaceOptions(env_vars=self.variables)
            self._stack = automation.create_or_select_stack(self.name, work_dir=str(self.program), opts=options)
        return self._stack

    def _record(self, line: str) -> None:
        self.transcript += f"{line}\n"

    def up(self) -> automation.UpResult:
        """`pulumi up`."""
        return self.stack.up(on_output=self._record, color="never", suppress_progress=True)

    def preview(self) -> dict[str, int]:
        """`pulumi preview`: the number of resources by what would happen to them, the unchanged ones left out."""
        result = self.stack.preview(on_output=self._record, color="never", diff=True)
        return {str(operation): count for operation, count in result.change_summary.items() if operation != "same"}

    def refresh(self) -> automation.RefreshResult:
        """`pulumi refresh`."""
        return self.stack.refresh(on_output=self._record, color="never", suppress_progress=True)

    @property
    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets in the clear."""
        return {name: output.value for name, output in self.stack.outputs().items()}

    @property
    def exported(self) -> dict[str, Any]:
        """The stack's state, secrets in the clear."""
        return dict(json.loads(self.cli("stack", "export", "--show-secrets", check=True).stdout))

    def initialise(self) -> None:
        """Create the stack without deploying anything."""
        assert self.stack.name == self.name

    def cli(self, *arguments: str, check: bool = False) -> subprocess.CompletedProcess[str]:
        """Run the Pulumi CLI on this stack as a person would; output and errors in one text."""
        return run_pulumi(*arguments, stack=self.name, cwd=self.program, env=self.process_environment, check=check)

    @property
    def url(self) -> str:
        """Where the edge answers, without a trailing slash."""
        if self.https:
            return f"https://localhost:{self.https_port}"
        return f"http://localhost:{self.http_port}"

    @property
    def https(self) -> bool:
        """Whether the edge speaks TLS."""
        return "httpsPort" in self.config["ktr:edge"]

    def remove(self) -> None:
        """Destroy the stack and everything that its settings keep or protect; afterwards nothing of it is left.

        Raises:
            AssertionError: `pulumi destroy` failed, or left something behind (which is removed all the same).
        """
        failure = ""
        try:
            if self._stack is not None or any(self.state.rglob(f"{self.name}.json")):
                self.cli("cancel", "--yes")
                self.cli("state", "unprotect", "--all", "--yes")
                destroyed = self.cli("destroy", "--yes", "--skip-preview")
                if destroyed.returncode != 0:
                    failure = f"pulumi destroy of {self.name} failed:\n{destroyed.stdout}"
        finally:
            leftovers = remove_stack(self.view, self.name)
            shutil.rmtree(self.directory, ignore_errors=True)
        assert not failure, failure
        assert not leftovers, f"pulumi destroy of {self.name} left behind: {', '.join(leftovers)}"


@contextmanager
def deployment(
    environment: str,
    view: EngineView,
    settings: Settings | None = None,
    variables: Mapping[str, str] | None = None,
) -> Iterator[Deployment]:
    """A deployment that is removed at the end; nothing is deployed yet."""
    made = Deployment(environment, view, settings, variables)
    try:
        yield made
    finally:
        made.remove()


def interrupt_on_termination() -> None:
    """Make SIGTERM end the tests as Ctrl-C does, so that what they made is removed."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
