"""The guard in front of every request: who is not signed in sees the sign-in page only.

The WebSocket stays open to all: the platform's gate shakes hands with it, and the script behind
it shows nothing without a session.
"""

from __future__ import annotations

from http import HTTPStatus

from redis.exceptions import RedisError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ktr_app.auth.routes import login_url
from ktr_app.auth.sessions import COOKIE
from ktr_app.secret_file import SecretError
from ktr_app.services import Services

_OPEN = ("/_stcore/health", "/_stcore/host-config", "/_stcore/script-health-check", "/static/", "/auth/")
_OPEN_SUFFIXES = (".js", ".css", ".woff2", ".png", ".svg", ".ico", ".json", ".txt")
_BINARY = ("/_stcore/", "/media/", "/files/", "/component/")


class Guard:
    """ASGI middleware: asks for a session, stamps version and colour on each response, counts WebSockets."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, redirect or refuse."""
        if scope["type"] == "websocket":
            await self._handshake(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._stamp(MutableHeaders(scope=message))
            await send(message)

        refusal = await self._refusal(Request(scope))
        await (refusal or self._app)(scope, receive, stamped)

    async def _handshake(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stamp the answer to a handshake, and count the WebSocket until its handler returns."""
        opened = False

        async def stamped(message: Message) -> None:
            nonlocal opened
            if message["type"] in {"websocket.accept", "websocket.http.response.start"}:
                message.setdefault("headers", [])
                self._stamp(MutableHeaders(scope=message))
            await send(message)
            if message["type"] == "websocket.accept" and not opened:
                opened = True
                self._services.metrics.websockets_open.inc()

        try:
            await self._app(scope, receive, stamped)
        finally:
            if opened:
                self._services.metrics.websockets_open.dec()

    async def _refusal(self, request: Request) -> ASGIApp | None:
        path = request.url.path
        if path.startswith(_OPEN) or path.endswith(_OPEN_SUFFIXES):
            return None
        try:
            session = await run_in_threadpool(self._services.sessions.find, request.cookies.get(COOKIE))
        except (RedisError, SecretError):
            return PlainTextResponse(
                "The session store is not reachable. Please try again in a minute.",
                status_code=HTTPStatus.SERVICE_UNAVAILABLE,
                headers={"Retry-After": "10"},
            )
        if session is not None:
            return None
        if path.startswith(_BINARY):
            return PlainTextResponse("Please sign in.", status_code=HTTPStatus.UNAUTHORIZED)
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(login_url(path + query), status_code=HTTPStatus.SEE_OTHER)

    def _stamp(self, headers: MutableHeaders) -> None:
        settings = self._services.settings
        headers["X-KTR-Version"] = settings.ktr_version
        headers["X-KTR-Colour"] = settings.ktr_colour
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("X-Frame-Options", "SAMEORIGIN")
