"""A small edge with an application behind it, that misbehaves when told to."""

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from aiohttp import WSMsgType, web

from tests.load.edge import ID_HEADER
from tests.load.plan import HEALTH, STREAM

ACK = b"\x12\x00\xd0\x01\x01"
"""ForwardMsg with heartbeat_ack, as Streamlit serialises it."""
FINISHED = b"\x12\x00\x30\x00"
"""ForwardMsg with script_finished."""
HEARTBEAT = b"\x88\x01\x01"

Answer = Callable[[int, web.Request], Awaitable[web.StreamResponse]]
"""How the n-th request, counted from 0, is answered."""
Beat = Callable[[int, web.WebSocketResponse], Awaitable[None]]
"""How the n-th heartbeat of a socket, counted from 0, is answered."""


class FakeEdge:
    """What it was asked, and what it answers."""

    def __init__(self, answer: Answer, beat: Beat, context: ssl.SSLContext | None) -> None:
        self.url = ""
        self.colour = "blue"
        self.ids: list[str] = []
        """Of the numbered requests; the sockets' visits are not among them."""
        self.cookies: list[str | None] = []
        """The affinity of each numbered request."""
        self.heartbeats = 0
        self.handshakes = 0
        self.closed = 0
        """WebSockets that have ended."""
        self.refusing = False
        """Whether WebSockets are refused."""
        self._answer, self._beat, self._context = answer, beat, context

    async def listen(self) -> web.AppRunner:
        """Serve on a free port."""
        application = web.Application()
        application.router.add_get(STREAM, self._stream)
        application.router.add_get("/{path:.*}", self._request)
        runner = web.AppRunner(application, shutdown_timeout=0)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=self._context)
        await site.start()
        scheme = "https" if self._context else "http"
        self.url = f"{scheme}://localhost:{runner.addresses[0][1]}"
        return runner

    def ok(self) -> web.Response:
        """What a healthy platform answers."""
        headers = {"X-KTR-Slot": self.colour, "X-KTR-Colour": self.colour, "X-KTR-Version": "1.0"}
        return web.Response(text="ok", headers=headers)

    async def _request(self, request: web.Request) -> web.StreamResponse:
        if "-visit-" in request.headers[ID_HEADER]:
            return self.ok()
        self.ids.append(request.headers[ID_HEADER])
        self.cookies.append(request.cookies.get("ktr_affinity"))
        response = await self._answer(len(self.ids) - 1, request)
        if "ktr_affinity" not in request.cookies and not response.prepared:
            response.set_cookie("ktr_affinity", f"{len(self.ids):032x}")
        return response

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        self.handshakes += 1
        if self.refusing:
            return web.Response(status=403)
        socket = web.WebSocketResponse()
        socket.headers["X-KTR-Slot"] = self.colour
        await socket.prepare(request)
        beats = 0
        async for message in socket:
            assert message.type is WSMsgType.BINARY
            if message.data != HEARTBEAT:
                await socket.send_bytes(FINISHED)
                continue
            self.heartbeats += 1
            await self._beat(beats, socket)
            beats += 1
        self.closed += 1
        return socket


async def _acknowledge(_: int, socket: web.WebSocketResponse) -> None:
    await socket.send_bytes(ACK)


@contextmanager
def fake_edge(
    answer: Callable[["FakeEdge", int, web.Request], Awaitable[web.StreamResponse]] | None = None,
    beat: Beat = _acknowledge,
    context: ssl.SSLContext | None = None,
) -> Iterator[FakeEdge]:
    """An edge in a thread of its own; without `answer`, it is healthy."""

    async def healthy(_: int, __: web.Request) -> web.StreamResponse:
        return edge.ok()

    async def told(number: int, request: web.Request) -> web.StreamResponse:
        assert answer
        return await answer(edge, number, request)

    edge = FakeEdge(told if answer else healthy, beat, context)
    loop = asyncio.new_event_loop()
    runner = loop.run_until_complete(edge.listen())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield edge
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


__all__ = ["ACK", "HEALTH", "FakeEdge", "fake_edge"]
