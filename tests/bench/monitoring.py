"""What it costs to be watched: CPU beside that of the platform under load, and memory."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from components.monitoring.exporters.engine import usage
from tests.bench.platform import UP, Platform
from tests.bench.results import Comparison
from tests.integration.harness.engine_view import COMPONENT_LABEL, EngineView
from tests.integration.harness.releases import UNLIMITED
from tests.load import LoadRun

RATE = 300
SOCKETS = 50
SETTLE = 20
"""Seconds of load before the first look."""
SECONDS = 60
MOST_CPU = 0.15
MOST_MEMORY = 700
"""MB."""
MEGABYTE = 1_000_000
BESIDE_THE_APPLICATION = {"nginx", "postgres", "redis"}


@dataclass(frozen=True)
class Use:
    """What containers have used so far, or use."""

    cpu: float
    """Seconds."""
    memory: float
    """MB."""


def _uses(view: EngineView, stack: str) -> Mapping[str, Use]:
    services = view.services(stack)
    with ThreadPoolExecutor(len(services)) as pool:
        taken = [usage(stats) for stats in pool.map(lambda one: view.api.stats(one.id, stream=False), services)]
    return {
        service.labels[COMPONENT_LABEL]: Use(use["cpu_seconds_total"], use["memory_bytes"] / MEGABYTE)
        for service, use in zip(services, taken, strict=True)
    }


def watching(view: EngineView) -> list[Comparison]:
    """Deploy a monitored stack, and measure it under the load of the tests of releases."""
    watched = Platform(view)
    try:
        watched.set({"ktr:monitoring": {"enabled": True}, "ktr:edge": UNLIMITED})
        watched.initialise()
        watched.run(*UP)
        with LoadRun(watched.url, rate=RATE, sockets=SOCKETS, max_seconds=10 * SECONDS):
            time.sleep(SETTLE)
            before = _uses(view, watched.name)
            time.sleep(SECONDS)
            after = _uses(view, watched.name)
    finally:
        watched.remove()
    of_platform = {name for name in after if name in BESIDE_THE_APPLICATION or name.startswith("app-")}
    cpu = {name: after[name].cpu - before[name].cpu for name in after}
    return [
        Comparison(
            name=f"CPU of the monitoring in {SECONDS} s of load",
            value=sum(cpu[name] for name in cpu.keys() - of_platform),
            baseline=sum(cpu[name] for name in of_platform),
            baseline_name="the platform it watches",
            unit="s",
            goal=MOST_CPU,
        ),
        Comparison(
            name="Memory of the monitoring",
            value=sum(after[name].memory for name in after.keys() - of_platform),
            baseline=MOST_MEMORY,
            baseline_name="the most it may take",
            unit="MB",
            goal=1.0,
        ),
    ]
