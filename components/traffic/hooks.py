"""Hooks of the program around the records: they move traffic, and wait until a slot may change."""

import asyncio
import time
from collections.abc import Callable

import pulumi

from components.beside import beside
from components.settings import Colour, ReleaseSettings
from components.traffic.edge import Edge
from components.traffic.errors import TrafficError
from components.traffic.routing import Routing
from components.traffic.switch import Say, Switch

COUNT_EVERY = 2.0
"""Seconds between two looks at a slot that drains."""
TELL_EVERY = 10.0
"""Seconds between two lines about it."""


def move_traffic(switch: Callable[[Say], Switch], wanted: Routing) -> pulumi.ResourceHook:
    """A hook that brings a routing into force before the state remembers it."""

    async def move(_: pulumi.ResourceHookArgs) -> None:
        loop = asyncio.get_running_loop()

        def say(text: str) -> None:
            loop.call_soon_threadsafe(pulumi.log.info, text)

        await beside(switch(say).move, wanted)

    return pulumi.ResourceHook("move-traffic", move)


def await_no_traffic(edge: Edge, colour: Colour, release: ReleaseSettings) -> pulumi.ResourceHook:
    """A hook that lets a slot change only when it serves nobody and its connections have ended or had their time."""
    return pulumi.ResourceHook(f"await-no-traffic-{colour}", lambda _: require_no_traffic(edge, colour, release))


async def require_no_traffic(edge: Edge, colour: Colour, release: ReleaseSettings) -> None:
    """Wait until a slot has drained.

    Raises:
        TrafficError: clients are routed to it.
    """
    routing = await beside(edge.routing) if edge.exists else None
    if routing and routing.share(colour) and not release.replace_live:
        raise TrafficError(f"{colour} serves {routing.share(colour)} % of the clients and must not be replaced")
    await drain(edge, colour, release.drain_seconds)


async def drain_absent(edge: Edge, release: ReleaseSettings) -> bool:
    """Wait for the connections of every slot that is not to run; true once that is done."""
    for colour in Colour:
        if colour not in release.slots:
            await drain(edge, colour, release.drain_seconds)
    return True


async def drain(edge: Edge, colour: Colour, seconds: int) -> None:
    """Wait until no connection to a slot without traffic is open, but not past `seconds` from when traffic left it."""
    told = 0.0
    while True:
        remaining = await beside(_remaining, edge, colour, seconds)
        if remaining <= 0:
            return
        count = await beside(edge.open_connections, colour)
        if not count:
            return
        if time.monotonic() - told >= TELL_EVERY:
            told = time.monotonic()
            pulumi.log.info(f"{colour} drains: {count} open connections, at most {remaining:.0f} s more")
        await asyncio.sleep(min(COUNT_EVERY, remaining))


def _remaining(edge: Edge, colour: Colour, seconds: int) -> float:
    """Seconds that connections to a slot still have; 0 when it never had traffic, or has some."""
    routing = edge.routing() if edge.exists else None
    left = routing.left.get(colour) if routing else None
    return max(0.0, left + seconds - time.time()) if left else 0.0
