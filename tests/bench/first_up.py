"""A first `pulumi up` with images present, beside `docker compose up --wait` of the same services."""

from functools import partial
from pathlib import Path

from tests.bench.compose_project import compose_project
from tests.bench.measure import Stopwatch
from tests.bench.platform import UP, platform
from tests.bench.results import Comparison, Share, time_comparisons
from tests.bench.timeline import recorded
from tests.integration.harness.engine_view import EngineView

GOAL = 1.2


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
        with compose_project(compose, compose_file) as project:
            stopwatch.take("compose", partial(project.run, "up", "--wait"))
    platform_sample, compose_sample = stopwatch.median("platform"), stopwatch.median("compose")
    return time_comparisons("first up", platform_sample, compose_sample, "compose up --wait", GOAL), shares
