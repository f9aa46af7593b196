"""One run from the first socket to the report."""

import asyncio
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime

from tests.load.clock import Clock
from tests.load.plan import Plan
from tests.load.report import WARM_UP, Ended, Report
from tests.load.requester import Requester
from tests.load.sockets import SocketKeeper
from tests.load.summary import pace, summary
from tests.load.windows import Windows

POLL = 0.05
"""Seconds between two looks at what must come true before a run is ready."""
NEAR_ENOUGH = 0.9
"""Part of the rate that must be answered before a run is ready."""
REACHED_FOR = 0.5
"""Seconds for which it must be."""


class Generator:
    """Load on one edge. Needs a running event loop."""

    def __init__(self, plan: Plan, when_ready: Callable[[], None] = lambda: None) -> None:
        self._plan = plan
        self._when_ready = when_ready
        self._id = secrets.token_hex(4)
        self._clock = Clock()
        self._started = datetime.now(UTC)
        self._windows = Windows()
        self._requester = Requester(plan, self._id, self._clock, self._windows)
        self._sockets = SocketKeeper(plan, self._id, self._clock, self._windows)
        self._ended: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        self._ended.add_done_callback(self._stop_parts)
        self._begin: float | None = None
        """When it was ready; None before."""
        self._end = 0.0
        self._cpu = 0.0

    def mark(self, name: str, at: float) -> None:
        """Begin a window, `at` on the host's monotonic clock."""
        self._windows.mark(name, at - self._clock.start)

    def unmark(self, at: float) -> None:
        """End the window."""
        self._windows.unmark(at - self._clock.start)

    def stop(self, why: Ended = Ended.ASKED) -> None:
        """End the run; answers to what was sent are waited for."""
        if not self._ended.done():
            self._ended.set_result(why)

    async def run(self) -> Report:
        """Load the edge until told to stop, or until the time is over."""
        loop = asyncio.get_running_loop()
        limits = (
            loop.call_later(self._plan.max_seconds, self.stop, Ended.TIME_LIMIT),
            loop.call_later(self._plan.ready_within, self._give_up),
        )
        async with asyncio.TaskGroup() as parts:
            parts.create_task(self._sockets.run())
            await self._until_sockets_are_open()
            if self._plan.rate and not self._ended.done():
                self._windows.mark(WARM_UP, self._clock.now())
                parts.create_task(self._requester.run())
                await self._until_rate_is_reached()
            if not self._ended.done():
                self._be_ready()
            await self._ended
        for limit in limits:
            limit.cancel()
        return self._report()

    async def _until_sockets_are_open(self) -> None:
        while len(self._sockets.open) < self._plan.sockets and not self._ended.done():
            if self._sockets.lost and not self._plan.reconnect:
                self.stop(Ended.NOT_READY)
            await asyncio.sleep(POLL)

    async def _until_rate_is_reached(self) -> None:
        answered, since = 0, self._clock.now()
        while not self._ended.done():
            await asyncio.wait({self._ended}, timeout=REACHED_FOR)
            now, count = self._clock.now(), len(self._requester.recorder)
            if count - answered >= NEAR_ENOUGH * self._plan.rate * (now - since):
                return
            answered, since = count, now

    def _be_ready(self) -> None:
        self._begin, self._cpu = self._clock.now(), time.process_time()
        self._windows.unmark(self._begin)
        self._when_ready()

    def _give_up(self) -> None:
        if self._begin is None:
            self.stop(Ended.NOT_READY)

    def _stop_parts(self, _: object) -> None:
        self._end = self._clock.now()
        self._cpu = time.process_time() - self._cpu
        self._windows.unmark(self._end)
        self._requester.stop()
        self._sockets.stop()

    def _report(self) -> Report:
        recorder = self._requester.recorder
        traffic = summary(recorder, self._windows, self._sockets.closes, self._end)
        begin = self._end if self._begin is None else self._begin
        return Report(
            url=self._plan.url,
            id=self._id,
            started=self._started.isoformat(timespec="milliseconds"),
            seconds=round(self._clock.now(), 3),
            ended=self._ended.result(),
            pace=pace(recorder, self._plan.rate, begin, self._end, self._cpu),
            connections=self._requester.connections,
            clients=len(self._requester.clients),
            whole=traffic.whole,
            steady=traffic.steady,
            windows=traffic.windows,
            failed_requests=tuple(self._requester.failed),
            moves=tuple(self._requester.moves),
            sockets=self._sockets.result(),
        )
