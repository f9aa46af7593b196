"""Sends requests at a constant rate, however slow the answers are."""

import asyncio
from itertools import count, cycle

import aiohttp

from tests.load.clock import Clock
from tests.load.edge import Origin, identified, single_connection_session, tls
from tests.load.plan import Plan
from tests.load.recorder import Answer, Recorder
from tests.load.report import LISTED, NONE, FailedRequest, Failure, Move
from tests.load.windows import Windows


class Client:
    """One connection, with a cookie jar or without."""

    def __init__(self, number: int, session: aiohttp.ClientSession) -> None:
        self.number = number
        self.session = session
        self.colour = NONE
        """Of the answer before."""


class Requester:
    """The clients of one run and what they saw."""

    def __init__(self, plan: Plan, run: str, clock: Clock, windows: Windows) -> None:
        self._plan, self._run, self._clock, self._windows = plan, run, clock, windows
        self.recorder = Recorder()
        self.failed: list[FailedRequest] = []
        self.moves: list[Move] = []
        self.clients: list[Client] = []
        self.connections = 0
        self._context = tls(plan)
        self._stopping = False
        # First in, first out: all connections are used in turn, so that each is idle for a while between two requests.
        self._idle: dict[bool, asyncio.Queue[Client]] = {False: asyncio.Queue(), True: asyncio.Queue()}
        self._paths = {False: cycle(plan.paths), True: cycle(plan.paths)}

    async def run(self) -> None:
        """Send until told to stop, then wait for the answers."""
        for number in range(self._plan.clients):
            sticky = number >= self._plan.new_clients
            self._idle[sticky].put_nowait(self._make_client(sticky=sticky))
        try:
            await self._send_on_time()
        finally:
            for client in self.clients:
                await client.session.close()

    def stop(self) -> None:
        """Send no more."""
        self._stopping = True

    def _make_client(self, *, sticky: bool) -> Client:
        tracing = aiohttp.TraceConfig()
        tracing.on_connection_create_end.append(self._count_connection)
        session = single_connection_session(self._context, cookies=sticky, tracing=[tracing])
        client = Client(len(self.clients), session)
        self.clients.append(client)
        return client

    async def _count_connection(self, *_: object) -> None:
        self.connections += 1

    async def _send_on_time(self) -> None:
        begin, sticky = self._clock.now(), self._plan.sticky_clients
        # A fault of the generator itself ends the run, instead of being lost in a task.
        async with asyncio.TaskGroup() as requests:
            for number in count():
                due = begin + number / self._plan.rate
                await asyncio.sleep(max(0.0, due - self._clock.now()))
                if self._stopping:
                    return
                requests.create_task(self._request(number, due, sticky=(number * sticky) % self._plan.clients < sticky))

    async def _request(self, number: int, due: float, *, sticky: bool) -> None:
        started = self._clock.now()
        path, identity = next(self._paths[sticky]), f"{self._run}-{number}"
        status, origin, failure, detail = 0, Origin(), None, ""
        try:
            async with asyncio.timeout(self._plan.request_timeout - (started - due)):
                client = await self._idle_client(sticky=sticky)
                try:
                    status, origin = await self._exchange(client, path, identity)
                finally:
                    self._idle[sticky].put_nowait(client)
            failure, detail = failure_of(status), f"status {status}"
            if sticky:
                self._watch_colour(client, origin, due)
        except TimeoutError:
            failure, detail = Failure.TIMEOUT, f"no answer in {self._plan.request_timeout:g} s"
        except (aiohttp.ClientError, OSError) as error:
            failure, detail = failure_by(error), f"{type(error).__name__}: {error}"
        answer = Answer(sticky, failure, status, origin.slot, origin.colour, origin.version)
        self.recorder.add(due, started, self._clock.now(), answer)
        if failure and len(self.failed) < LISTED:
            self.failed.append(
                FailedRequest(
                    at=round(due, 3),
                    window=self._windows.name(due),
                    id=identity,
                    path=path,
                    sticky=sticky,
                    failure=failure,
                    detail=detail,
                    slot=origin.slot,
                    colour=origin.colour,
                )
            )

    async def _idle_client(self, *, sticky: bool) -> Client:
        if self._idle[sticky].empty() and len(self.clients) < self._plan.most_clients:
            return self._make_client(sticky=sticky)
        return await self._idle[sticky].get()

    async def _exchange(self, client: Client, path: str, identity: str) -> tuple[int, Origin]:
        url = self._plan.url + path
        async with client.session.get(url, headers=identified(identity), allow_redirects=False) as response:
            await response.read()
            return response.status, Origin.of(response)

    def _watch_colour(self, client: Client, origin: Origin, due: float) -> None:
        if origin.colour == NONE:
            return
        if client.colour not in (NONE, origin.colour):
            move = Move(
                at=round(due, 3),
                window=self._windows.name(due),
                client=client.number,
                before=client.colour,
                after=origin.colour,
            )
            self.moves.append(move)
        client.colour = origin.colour


def failure_of(status: int) -> Failure | None:
    """Whether a status is a failure."""
    if status >= 500:
        return Failure.SERVER_ERROR
    return Failure.CLIENT_ERROR if status >= 400 else None


def failure_by(error: Exception) -> Failure:
    """What an exception of the HTTP client means."""
    match error:
        case aiohttp.ClientConnectorError():
            return Failure.CONNECT
        case aiohttp.ClientConnectionError() | aiohttp.ClientPayloadError() | OSError():
            return Failure.RESET
        case _:
            return Failure.PROTOCOL
