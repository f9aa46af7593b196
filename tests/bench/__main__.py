"""Runs the benchmarks and prints what they found: `make bench`, or `ktr run python -m tests.bench --only unchanged`.

The exit code is 0 even if a goal is missed: a benchmark reports. It is another one when something broke.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from docker.errors import DockerException
from rich.console import Console
from rich.markup import escape

from ops.console import console, step
from ops.errors import OpsError
from tests.bench.code_change import change_line, until_healthy
from tests.bench.compose_file import write_compose_file
from tests.bench.compose_tool import compose_command
from tests.bench.first_up import first_up
from tests.bench.image_size import image_size
from tests.bench.measure import adopt_orphans
from tests.bench.monitoring import watching
from tests.bench.platform import UP, platform
from tests.bench.releases import compare_releases
from tests.bench.results import Report
from tests.bench.unchanged import unchanged
from tests.integration.harness.deployment import interrupt_on_termination
from tests.integration.harness.engine_view import EngineView
from tests.integration.harness.platform import built_images_removed
from tests.integration.harness.requirements import engine_client, require_platform_tools

BENCHMARKS = ("unchanged", "image", "change", "first-up", "releases", "monitoring")
BROKEN = 1


def main() -> int:
    """Parse the command line, run, print."""
    options = _options()
    try:
        require_platform_tools()
        interrupt_on_termination()
        adopt_orphans()
        report = run(EngineView(engine_client()), options)
    except OpsError as error:
        console.print(f"[red]error:[/red] {escape(error.what)}\n{escape(error.fix)}")
        return BROKEN
    except (RuntimeError, AssertionError, OSError, DockerException, pytest.fail.Exception) as error:
        console.print(f"[red]error:[/red] {escape(str(error))}")
        return BROKEN
    if options.json:
        options.json.write_text(json.dumps(report.as_json(), indent=2) + "\n", encoding="utf-8")
    report.print(Console(highlight=False, width=None if sys.stdout.isatty() else 120))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=BENCHMARKS, help="run these alone")
    parser.add_argument("--rounds", type=int, default=5, help="repetitions of unchanged previews and ups")
    parser.add_argument("--first-ups", type=int, default=3, help="repetitions of first ups")
    parser.add_argument("--releases", type=int, default=3, help="releases in each way, at least")
    return parser.parse_args()


@contextmanager
def measuring(name: str, report: Report) -> Iterator[None]:
    """Show a benchmark while it runs, and note how busy the machine was."""
    with step(name):
        yield
    report.note_load(name)


def run(view: EngineView, options: argparse.Namespace) -> Report:
    """Deploy `dev` once for everything that needs a running stack, then measure first ups of others."""
    report = Report()
    with ExitStack() as cleanup:
        directory = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="ktr-bench-")))
        cleanup.enter_context(built_images_removed(view))
        compose: list[str] = []
        if {"first-up", "releases"} & set(options.only):
            with step("compose") as current:
                compose = compose_command(current)
        report.note_load("start")
        with platform(view) as deployment:
            colour = deployment.config["ktr:release"]["active"]
            with step("dev"):
                deployment.run(*UP)
            compose_file = write_compose_file(view, deployment, directory)
            if "unchanged" in options.only:
                with measuring("unchanged", report):
                    report.comparisons += unchanged(deployment, options.rounds)
            if "image" in options.only:
                with measuring("image", report):
                    report.comparisons.append(image_size(view, deployment, f"app-{colour}-1"))
            if "change" in options.only:
                with measuring("change", report):
                    change_line(deployment)
                    report.code_change = until_healthy(view, deployment, colour)
            if "releases" in options.only:
                with measuring("releases", report):
                    report.releases = compare_releases(view, deployment, compose, options.releases)
        if "first-up" in options.only:
            with measuring("first up", report):
                comparisons, report.first_up = first_up(view, compose, compose_file, options.first_ups)
                report.comparisons += comparisons
        if "monitoring" in options.only:
            with measuring("monitoring", report):
                report.comparisons += watching(view)
    return report


if __name__ == "__main__":
    sys.exit(main())
