"""All ways after each other, on one stack."""

import tempfile
from pathlib import Path

from ops.console import step
from tests.bench.compose_file import write_compose_file
from tests.bench.platform import Platform
from tests.bench.releases.compose import compose_release
from tests.bench.releases.figures import ReleaseFigures
from tests.bench.releases.haproxy import haproxy_states
from tests.bench.releases.nginx_reload import nginx_reloads
from tests.bench.releases.slots import give_two_versions, slot_switches
from tests.bench.releases.way import measure
from tests.integration.harness.engine_view import EngineView

FASTER = 4
"""How many times as often the proxies are told that take less than a second for it."""


def compare_releases(view: EngineView, deployment: Platform, compose: list[str], count: int) -> list[ReleaseFigures]:
    """Measure a stack that is up, whose slots get two versions for it; each way releases `count` times or more."""
    rows: list[ReleaseFigures] = []
    with tempfile.TemporaryDirectory(prefix="ktr-bench-") as temporary:
        directory = Path(temporary)
        with step("slots"):
            give_two_versions(view, deployment)
            rows += measure(slot_switches(deployment, count))
        with step("reload"), nginx_reloads(view, deployment, directory, FASTER * count) as way:
            rows += measure(way)
        with step("haproxy"), haproxy_states(view, deployment, directory, FASTER * count) as way:
            rows += measure(way)
        compose_file = write_compose_file(view, deployment, directory)
        with step("recreate"), compose_release(compose, compose_file, count) as way:
            rows += measure(way)
    return rows
