"""The load process of a test: orders come on stdin, news go to stdout. When stdin ends, so does the run."""

import asyncio
import sys
from contextlib import suppress

from tests.load.generator import Generator
from tests.load.report import Ended, Report
from tests.load.signals import stop_on_signals
from tests.load.wire import Done, Mark, Order, Ready, Start


async def run_controlled() -> Report:
    """Run what stdin asks for."""
    orders = await _stdin()
    plan = Start.model_validate_json(await orders.readline()).plan
    generator = Generator(plan, when_ready=lambda: _tell(Ready()))
    with stop_on_signals(generator):
        # An order that cannot be read ends the process, instead of being lost in a task.
        async with asyncio.TaskGroup() as tasks:
            obeying = tasks.create_task(_obey(orders, generator))
            report = await generator.run()
            obeying.cancel()
    _tell(Done(report=report))
    return report


async def _stdin() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def _obey(orders: asyncio.StreamReader, generator: Generator) -> None:
    while line := await orders.readline():
        match Order.validate_json(line):
            case Mark(name=str() as name, at=at):
                generator.mark(name, at)
            case Mark(at=at):
                generator.unmark(at)
            case _:
                generator.stop(Ended.ASKED)
    generator.stop(Ended.CONTROLLER_GONE)


def _tell(news: Ready | Done) -> None:
    # Whoever asked may be gone.
    with suppress(BrokenPipeError):
        sys.stdout.write(news.line)
        sys.stdout.flush()
