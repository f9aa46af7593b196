"""Runs the generator in the test's own process, until the edge has seen enough."""

import asyncio
from collections.abc import Callable
from typing import Any

from tests.load.generator import Generator
from tests.load.plan import Plan
from tests.load.report import Report
from tests.unit.load.fake_edge import FakeEdge

REQUESTS = 80
ENOUGH = 10
"""Seconds after which a test has failed."""


def _seen(edge: FakeEdge) -> bool:
    return len(edge.ids) >= REQUESTS


def load(edge: FakeEdge, until: Callable[[FakeEdge], bool] = _seen, **settings: Any) -> Report:
    """A run of requests alone with a fixed number of clients, unless the settings say otherwise."""
    given = {"rate": 800, "new_clients": 4, "sticky_clients": 4, "sockets": 0, "max_seconds": ENOUGH, **settings}
    plan = Plan(url=edge.url, **{"most_clients": given["new_clients"] + given["sticky_clients"], **given})

    async def run() -> Report:
        generator = Generator(plan)
        running = asyncio.create_task(generator.run())
        while not (until(edge) or running.done()):
            await asyncio.sleep(0.005)
        generator.stop()
        return await running

    return asyncio.run(run())
