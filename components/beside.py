"""Blocking work beside the program's event loop."""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def beside(action: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
    """Do something in a thread of our own.

    Pulumi calls hooks on the event loop, which registers and answers nothing while it waits; and the loop's threads
    may all be waiting for resources whose hooks have not run yet.
    """
    return asyncio.get_running_loop().run_in_executor(_threads(), functools.partial(action, *args, **kwargs))


@functools.cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_name_prefix="beside")
