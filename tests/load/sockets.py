"""WebSockets as browsers keep them: open for long, and in use."""

import asyncio
from collections import Counter, deque

import aiohttp
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.load.clock import Clock
from tests.load.edge import SLOT, Origin, identified, single_connection_session, tls
from tests.load.plan import HEALTH, STREAM, Plan
from tests.load.recorder import latency
from tests.load.report import Close, ClosedBy, Sockets
from tests.load.streamlit_messages import HEARTBEAT, HEARTBEAT_ACK, RERUN_SCRIPT, SCRIPT_FINISHED, fields
from tests.load.windows import Windows

AT_ONCE = 5
"""Sockets that are being opened at the same time: each makes the application run its script."""
OPENING = 30.0
"""Seconds that one may take to open."""
CLOSING = 2.0
"""Seconds that the server may take to answer a close frame at the end of a run."""
RETRY = 0.5
"""Seconds between a close, or an attempt to open that failed, and the next attempt."""
ABNORMAL = 1006
"""The code of a close without a close frame."""
FAILED_TO_OPEN = (aiohttp.ClientError, OSError, InvalidHandshake, ConnectionClosed, TimeoutError, ValueError)


class OpenSocket:
    """One open socket and the messages that wait for an answer."""

    def __init__(self, number: int, connection: ClientConnection, origin: Origin, opened: float) -> None:
        self.number, self.connection, self.origin, self.opened = number, connection, origin, opened
        self.waiting: deque[float] = deque()
        """When they were sent; the application answers in the same order."""


class SocketKeeper:
    """The sockets of one run and what became of them."""

    def __init__(self, plan: Plan, run: str, clock: Clock, windows: Windows) -> None:
        self._plan, self._run, self._clock, self._windows = plan, run, clock, windows
        self._context = tls(plan)
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._stopping = asyncio.Event()
        self.open: set[int] = set()
        """Numbers of those that are open now."""
        self._colours: Counter[str] = Counter()
        self._not_opened: list[str] = []
        self.closes: list[Close] = []
        self._sent = self._answered = self._unanswered = 0
        self._round_trips: list[float] = []

    async def run(self) -> None:
        """Keep all sockets open and in use until told to stop."""
        async with asyncio.TaskGroup() as sockets:
            for number in range(self._plan.sockets):
                sockets.create_task(self._keep(number))

    def stop(self) -> None:
        """Send no more, wait for answers, and close."""
        self._stopping.set()

    def result(self) -> Sockets:
        """What became of them."""
        return Sockets(
            opened=self._colours.total(),
            not_opened=tuple(self._not_opened),
            colours=dict(self._colours),
            closes=tuple(self.closes),
            sent=self._sent,
            answered=self._answered,
            unanswered=self._unanswered,
            round_trip=latency(self._round_trips),
        )

    @property
    def lost(self) -> bool:
        """Whether a socket could not be opened, or did not stay open."""
        return bool(self._not_opened or self.closes)

    async def _keep(self, number: int) -> None:
        while not self._stopping.is_set():
            try:
                async with self._gate:
                    if self._stopping.is_set():
                        return
                    socket = await self._open(number)
            except FAILED_TO_OPEN as error:
                self._not_opened.append(f"socket {number}: {type(error).__name__}: {error}")
            else:
                await self._use(socket)
            if not self._plan.reconnect:
                return
            await self._stopped_within(RETRY)

    async def _open(self, number: int) -> OpenSocket:
        """Get cookies as a browser does, shake hands, and have the application run its script."""
        async with asyncio.timeout(OPENING):
            cookies, origin = await self._visit(number)
            connection = await connect(
                self._plan.url.replace("http", "ws", 1) + STREAM,
                ssl=self._context,
                additional_headers={**identified(f"{self._run}-socket-{number}"), **cookies},
                user_agent_header=None,
                compression=None,
                proxy=None,
                # The messages show whether it is alive, and the edge counts them as use.
                ping_interval=None,
                close_timeout=CLOSING,
                max_size=None,
            )
            await connection.send(RERUN_SCRIPT)
            while SCRIPT_FINISHED not in fields(await _binary(connection)):
                pass
        slot = connection.response.headers.get(SLOT, origin.slot) if connection.response else origin.slot
        # The edge may have changed its mind since the visit: then the version is not known.
        known = Origin(slot, origin.colour, origin.version) if slot == origin.slot else Origin(slot)
        self._colours[slot] += 1
        self.open.add(number)
        return OpenSocket(number, connection, known, self._clock.now())

    async def _visit(self, number: int) -> tuple[dict[str, str], Origin]:
        session = single_connection_session(self._context, cookies=True)
        url = self._plan.url + HEALTH
        async with session, session.get(url, headers=identified(f"{self._run}-visit-{number}")) as response:
            response.raise_for_status()
            cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in response.cookies.items())
            return ({"Cookie": cookie} if cookie else {}), Origin.of(response)

    async def _use(self, socket: OpenSocket) -> None:
        reading = asyncio.create_task(self._read(socket))
        try:
            while not (self._stopping.is_set() or reading.done()):
                socket.waiting.append(self._clock.now())
                self._sent += 1
                await socket.connection.send(HEARTBEAT)
                await self._stopped_within(self._plan.beat, reading)
            await self._last_answers(socket, reading)
        except ConnectionClosed:
            await reading
        finally:
            self.open.discard(socket.number)
            self._unanswered += len(socket.waiting)
            await socket.connection.close()
            await reading

    async def _stopped_within(self, seconds: float, *others: asyncio.Task[None]) -> None:
        stopped = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({stopped, *others}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()

    async def _last_answers(self, socket: OpenSocket, reading: asyncio.Task[None]) -> None:
        deadline = self._clock.now() + self._plan.answer_timeout
        while socket.waiting and not reading.done() and self._clock.now() < deadline:
            await asyncio.sleep(0.01)

    async def _read(self, socket: OpenSocket) -> None:
        try:
            while True:
                if HEARTBEAT_ACK in fields(await _binary(socket.connection)) and socket.waiting:
                    self._count_answer(self._clock.now() - socket.waiting.popleft())
        except ConnectionClosed as closed:
            # The end of a run is not listed; what the server did at that very moment is.
            if socket.number in self.open or closed_by(closed) is not ClosedBy.CLIENT:
                self.closes.append(self._close(socket, closed))

    def _count_answer(self, round_trip: float) -> None:
        self._round_trips.append(round_trip)
        if round_trip <= self._plan.answer_timeout:
            self._answered += 1
        else:
            self._unanswered += 1

    def _close(self, socket: OpenSocket, closed: ConnectionClosed) -> Close:
        now = self._clock.now()
        frame = closed.rcvd or closed.sent
        return Close(
            at=round(now, 3),
            window=self._windows.name(now),
            socket=socket.number,
            code=frame.code if frame else ABNORMAL,
            reason=frame.reason if frame else "",
            by=closed_by(closed),
            open_seconds=round(now - socket.opened, 3),
            colour=socket.origin.slot,
            version=socket.origin.version,
        )


def closed_by(closed: ConnectionClosed) -> ClosedBy:
    """Who sent the first close frame, if anybody did."""
    if closed.sent and not closed.rcvd_then_sent:
        return ClosedBy.CLIENT
    return ClosedBy.SERVER if closed.rcvd else ClosedBy.NETWORK


async def _binary(connection: ClientConnection) -> bytes:
    message = await connection.recv(decode=False)
    return bytes(message)
