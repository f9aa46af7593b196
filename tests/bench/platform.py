"""What is measured: the stack `dev` as checked in, and an empty Pulumi program beside it."""

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.integration.harness.deployment import Deployment, run_pulumi
from tests.integration.harness.engine_view import EngineView

ENVIRONMENT = "dev"
UP = ("up", "--yes", "--skip-preview")
PREVIEW = ("preview",)
EMPTY_PROJECT = "name: empty\nruntime:\n  name: python\n  options:\n    toolchain: pip\n    virtualenv: .venv\n"


class Platform(Deployment):
    """A deployment of `dev` whose commands are timed from outside."""

    def __init__(self, view: EngineView) -> None:
        # The flag that names an event log is one of Pulumi's debugging commands.
        super().__init__(ENVIRONMENT, view, variables={"PULUMI_DEBUG_COMMANDS": "true"})

    def run(self, *arguments: str) -> None:
        """Run the Pulumi CLI on the stack.

        Raises:
            RuntimeError: it failed; carries its output.
        """
        require_success(self.cli(*arguments))


class EmptyProgram:
    """A Pulumi program that only imports Pulumi, with the environment of a deployment and a state of its own."""

    def __init__(self, beside: Deployment) -> None:
        self._environment = beside.process_environment
        self._directory = beside.directory / f"empty-{secrets.token_hex(3)}"
        self._directory.mkdir()
        (self._directory / "Pulumi.yaml").write_text(EMPTY_PROJECT, encoding="utf-8")
        (self._directory / "__main__.py").write_text("import pulumi\n", encoding="utf-8")
        (self._directory / ".venv").symlink_to((beside.program / ".venv").readlink())
        self.run("stack", "init")

    def run(self, *arguments: str) -> None:
        """Run the Pulumi CLI on the program's stack.

        Raises:
            RuntimeError: it failed; carries its output.
        """
        require_success(run_pulumi(*arguments, stack="empty", cwd=self._directory, env=self._environment))


def require_success(result: subprocess.CompletedProcess[str]) -> None:
    """Raise with what a command printed unless it succeeded.

    Raises:
        RuntimeError: the exit code is not 0.
    """
    if result.returncode != 0:
        words = " ".join(str(word) for word in result.args)
        raise RuntimeError(f"{words} failed with exit code {result.returncode}:\n{result.stdout or ''}")


@contextmanager
def platform(view: EngineView) -> Iterator[Platform]:
    """A deployment of `dev`, created and not yet up, removed at the end."""
    made = Platform(view)
    try:
        made.initialise()
        yield made
    finally:
        made.remove()
