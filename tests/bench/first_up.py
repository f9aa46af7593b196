"""A first `pulumi up` with images present, beside `docker compose up --wait` of the same services."""

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.bench.measure import Stopwatch
from tests.bench.platform import UP, platform, require_success
from tests.bench.results import Comparison, Share, time_comparisons
from tests.bench.timeline import recorded
from tests.integration.harness.engine_view import EngineView

GOAL = 1.2


@dataclass(frozen=True)
class ComposeProject:
    """One use of a Compose file under a name of its own."""

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


def first_up(
    view: EngineView, compose: list[str], compose_file: Path, rounds: int
) -> tuple[list[Comparison], list[Share]]:
    """Deploy and remove both in turn, on fresh volumes; also returns where the time of the last `pulumi up` went."""
    stopwatch = Stopwatch()
    shares: list[Share] = []
    for _ in range(rounds):
        with platform(view) as deployment, recorded(deployment.directory) as (timeline, arguments):
            stopwatch.take("platform", partial(deployment.run, *UP, *arguments))
        shares = timeline.shares()
        with _project(compose, compose_file) as project:
            stopwatch.take("compose", partial(project.run, "up", "--wait"))
    platform_sample, compose_sample = stopwatch.median("platform"), stopwatch.median("compose")
    return time_comparisons("first up", platform_sample, compose_sample, "compose up --wait", GOAL), shares


@contextmanager
def _project(compose: list[str], compose_file: Path) -> Iterator[ComposeProject]:
    name = f"ktr-bench-{secrets.token_hex(3)}"
    made = ComposeProject([*compose, "--file", str(compose_file), "--project-name", name, "--progress", "quiet"])
    try:
        yield made
    finally:
        made.run("down", "--volumes", "--remove-orphans", "--timeout", "2")
