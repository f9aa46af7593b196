"""SIGTERM and SIGINT end a run in order, with a report."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from tests.load.generator import Generator
from tests.load.report import Ended


@contextmanager
def stop_on_signals(generator: Generator) -> Iterator[None]:
    """Stop the run instead of the process."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    for number in signals:
        loop.add_signal_handler(number, generator.stop, Ended.SIGNAL)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
