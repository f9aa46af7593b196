"""Runs the generator in the test's own process, for a short time."""

import asyncio
from typing import Any

from tests.load.generator import Generator
from tests.load.plan import Plan
from tests.load.report import Report
from tests.unit.load.fake_edge import FakeEdge

SECONDS = 0.25


def load(edge: FakeEdge, **settings: Any) -> Report:
    """A short run of requests alone, unless the settings say otherwise."""
    defaults = {"rate": 400, "new_clients": 4, "sticky_clients": 4, "sockets": 0, "max_seconds": SECONDS}
    plan = Plan(url=edge.url, **{**defaults, **settings})

    async def run() -> Report:
        return await Generator(plan).run()

    return asyncio.run(run())
