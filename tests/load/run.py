"""The load process as a test sees it."""

import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from tests.load.plan import Plan
from tests.load.report import Ended, Report
from tests.load.wire import Done, Mark, News, Ready, Start, Stop

ROOT = Path(__file__).parents[2]
FLOOR = 0.95
"""Part of the asked rate below which a run proves nothing."""
PATIENCE = 30.0
"""Seconds that the process may take beyond its own time limits."""


class LoadError(AssertionError):
    """The load could not be put on the edge, so nothing is known of how the edge bears it."""


class LoadRun:
    """A context in which an edge is under load from a process of its own.

    Entering waits until all sockets are open and the rate is reached; leaving ends the load. Then `report` is there.

    Args:
        url: where the edge answers, without a path.
        floor: the part of the rate that must have been sent; below it, leaving raises.
        enter: command that the process is started by, such as one that enters another network.
        settings: the other fields of `Plan`.

    Raises:
        LoadError: no readiness in time, a process that died, or a rate below the floor.
    """

    def __init__(self, url: str, *, floor: float = FLOOR, enter: Sequence[str] = (), **settings: Any) -> None:
        self.plan = Plan(url=url, **settings)
        self._enter = enter
        self._floor = floor
        self._report: Report | None = None
        self._news: queue.Queue[Ready | Done | None] = queue.Queue()

    def __enter__(self) -> Self:
        self._errors = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [*self._enter, sys.executable, "-m", "tests.load", "--controlled"],
            cwd=ROOT,
            # Entering other namespaces may lose the working directory.
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self._listener = threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True)
        self._listener.start()
        try:
            self._tell(Start(plan=self.plan))
            self._await_ready()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._finish()
        except LoadError:
            # What went wrong under load says more.
            if error is None:
                raise
        finally:
            self._end()

    @property
    def report(self) -> Report:
        """What the run found, when it is over."""
        assert self._report, "there is a report only after the load has ended"
        return self._report

    def mark(self, name: str) -> None:
        """Begin a window of time; the one before ends."""
        self._tell(Mark(name=name, at=time.monotonic()))

    def unmark(self) -> None:
        """End the window; what comes now is steady state."""
        self._tell(Mark(at=time.monotonic()))

    @contextmanager
    def window(self, name: str) -> Iterator[None]:
        """A window of time as a context."""
        self.mark(name)
        try:
            yield
        finally:
            self.unmark()

    def _listen(self, output: IO[str]) -> None:
        try:
            with output:
                for line in output:
                    self._news.put(News.validate_json(line))
        finally:
            self._news.put(None)

    def _tell(self, order: Start | Mark | Stop) -> None:
        assert self._process.stdin
        try:
            self._process.stdin.write(order.line)
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise LoadError(f"the load process is gone: {self._last_words()}") from error

    def _await_ready(self) -> None:
        match self._next(self.plan.ready_within + self.plan.request_timeout + PATIENCE):
            case Done(report=report):
                self._report = report
                raise LoadError(f"the load could not be put on {self.plan.url}: {_difficulty(report)}")
            case None:
                raise LoadError(f"the load process died: {self._last_words()}")

    def _next(self, seconds: float) -> Ready | Done | None:
        try:
            return self._news.get(timeout=seconds)
        except queue.Empty:
            raise LoadError(f"the load process said nothing for {seconds:g} s") from None

    def _finish(self) -> None:
        # It may have ended by itself, and said why.
        with suppress(LoadError):
            self._tell(Stop())
        news = self._next(self.plan.request_timeout + self.plan.answer_timeout + PATIENCE)
        if not isinstance(news, Done):
            raise LoadError(f"the load process died: {self._last_words()}")
        self._report = news.report
        if news.report.ended is not Ended.ASKED:
            raise LoadError(f"the load ended before it was told to: {news.report.ended}")
        pace = news.report.pace
        if pace.achieved_rate < self._floor * pace.asked_rate:
            raise LoadError(
                f"the generator sent {pace.achieved_rate:g} of {pace.asked_rate:g} requests a second, the floor is "
                f"{self._floor:.0%}; its worst lag was {pace.worst_lag:.0f} ms: is the machine too busy?"
            )

    def _end(self) -> None:
        assert self._process.stdin
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join()
        self._errors.close()

    def _last_words(self) -> str:
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")[-2000:] or "it left no message"


def _difficulty(report: Report) -> str:
    if report.sockets.not_opened:
        failed = len(report.sockets.not_opened)
        return f"{report.sockets.opened} sockets opened, {failed} did not: {report.sockets.not_opened[0]}"
    if report.sockets.closes:
        close = report.sockets.closes[0]
        return f"a socket was closed by {close.by} at once, with code {close.code} {close.reason}"
    if report.failed_requests:
        first = report.failed_requests[0]
        return f"{report.whole.failed} requests failed, the first with {first.failure}: {first.detail}"
    if not report.windows:
        return f"{report.sockets.opened} sockets are open"
    return f"{report.whole.requests} requests answered in {report.whole.seconds:g} s"
