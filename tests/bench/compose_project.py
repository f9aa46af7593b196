"""One use of a Compose file, removed at the end."""

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.platform import require_success


@dataclass(frozen=True)
class ComposeProject:
    """One use of a Compose file under a name of its own."""

    name: str
    command: list[str]
    """Compose with the file and the project's name."""

    def run(self, *arguments: str) -> None:
        """Run Compose.

        Raises:
            RuntimeError: it failed; carries its output.
        """
        result = subprocess.run(
            [*self.command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        require_success(result)


@contextmanager
def compose_project(compose: list[str], compose_file: Path) -> Iterator[ComposeProject]:
    """A project of the file, not yet up; the file may change while the project is there."""
    name = f"ktr-bench-{secrets.token_hex(3)}"
    made = ComposeProject(name, [*compose, "--file", str(compose_file), "--project-name", name, "--progress", "quiet"])
    try:
        yield made
    finally:
        made.run("down", "--volumes", "--remove-orphans", "--timeout", "2")
