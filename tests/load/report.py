"""What a run found: the schema of its JSON. Moments are seconds since the run began."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

NONE = "none"
"""Stands for a header that an answer did not have, and for the time outside of all windows."""
WARM_UP = "warm-up"
"""The window from the first request until the rate was reached."""
LISTED = 200
"""Failures that are listed one by one; all are counted."""


class Failure(StrEnum):
    """Why a request failed."""

    CONNECT = "connect"
    """No connection: refused, no such name, no TLS."""
    RESET = "reset"
    """The connection broke after the request was handed to it, or before the answer was complete."""
    TIMEOUT = "timeout"
    """No answer in time; not even sent, if no connection came free: see `Plan.most_clients`."""
    PROTOCOL = "protocol"
    """The answer is not HTTP."""
    SERVER_ERROR = "5xx"
    CLIENT_ERROR = "4xx"


class Ended(StrEnum):
    """Why a run was over."""

    ASKED = "asked"
    CONTROLLER_GONE = "controller gone"
    SIGNAL = "signal"
    TIME_LIMIT = "time limit"
    NOT_READY = "not ready"


class ClosedBy(StrEnum):
    """Who ended a WebSocket first."""

    SERVER = "server"
    """By a close frame."""
    CLIENT = "client"
    """Because the server broke the protocol; the end of a run is not listed."""
    NETWORK = "network"
    """The connection broke without a close frame."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Latency(_Part):
    """Milliseconds; of requests from the moment at which they were due, failed ones until they had failed."""

    p50: float
    p95: float
    p99: float
    max: float


class Traffic(_Part):
    """The requests that were due in some span of time."""

    seconds: float
    requests: int
    failed: int
    failures: dict[Failure, int]
    statuses: dict[int, int]
    """Answers by status."""
    slots: dict[str, int]
    """Answers by the slot that the edge names, X-KTR-Slot."""
    versions: dict[str, int]
    """Answers by what the application says of itself, X-KTR-Version."""
    new_clients: dict[str, int]
    """Answers by the application's colour, X-KTR-Colour, of clients without cookies."""
    sticky_clients: dict[str, int]
    """The same of clients that keep their cookies."""
    mismatches: int
    """Answers for which the edge and the application name different colours."""
    latency: Latency | None
    worst_lag: float
    """Milliseconds by which a request was sent too late: the generator's own fault."""

    def share(self, colour: str) -> float:
        """The part of new clients, from 0 to 1, whom a colour answered."""
        return self.new_clients.get(colour, 0) / max(1, sum(self.new_clients.values()))


class Window(_Part):
    """A named span of time."""

    name: str
    start: float
    traffic: Traffic
    sockets_closed: int


class FailedRequest(_Part):
    """One request that failed."""

    at: float
    """When it was due."""
    window: str
    id: str
    """Its header X-Load-Id, which ends the User-Agent as well."""
    path: str
    sticky: bool
    failure: Failure
    detail: str
    slot: str
    colour: str


class Move(_Part):
    """A client with cookies was answered by another colour than before."""

    at: float
    window: str
    client: int
    before: str
    after: str


class Close(_Part):
    """A WebSocket that ended before the run did."""

    at: float
    window: str
    socket: int
    code: int
    reason: str
    by: ClosedBy
    open_seconds: float
    colour: str
    """X-KTR-Slot of the handshake."""
    version: str
    """X-KTR-Version of the answer that gave the socket its cookie."""


class Sockets(_Part):
    """The WebSockets of the whole run. A message is a heartbeat; the application answers each with one of its own."""

    opened: int
    """Handshakes after which a whole run of the application's script was received."""
    not_opened: tuple[str, ...]
    """Why attempts to open one failed."""
    colours: dict[str, int]
    """The opened ones, by the slot that the edge named in the handshake."""
    closes: tuple[Close, ...]
    sent: int
    answered: int
    """In time."""
    unanswered: int
    """Too late or never."""
    round_trip: Latency | None


class Pace(_Part):
    """Whether the generator did what it was asked to, from the moment it was ready."""

    asked_rate: float
    achieved_rate: float
    """Requests per second really sent."""
    slowest_second: int
    """Fewest requests sent in one second."""
    worst_lag: float
    """Milliseconds by which a request was sent too late."""
    cpu_share: float
    """CPU time of the generator as a part of one core, from 0 to 1."""
    load_average: float
    """Of the machine, in the last minute of the run; above the number of cores, latencies say little."""


class Report(_Part):
    """Everything about one run."""

    url: str
    id: str
    """What each X-Load-Id begins with."""
    started: str
    """ISO 8601, UTC."""
    seconds: float
    ended: Ended
    pace: Pace
    connections: int
    """Connections opened for requests."""
    clients: int
    """Clients at the end. More than were asked for: answers were slow. Fewer than connections: some were closed."""
    whole: Traffic
    steady: Traffic
    """Outside of all windows."""
    windows: tuple[Window, ...]
    """In order; the first is the warm-up."""
    failed_requests: tuple[FailedRequest, ...]
    """The first ones."""
    moves: tuple[Move, ...]
    sockets: Sockets

    def window(self, name: str) -> Window:
        """The first window of this name; KeyError without one."""
        for window in self.windows:
            if window.name == name:
                return window
        raise KeyError(name)

    def brief(self) -> str:
        """The report without what may be thousands of entries: JSON."""
        return self.model_dump_json(indent=1, exclude={"windows", "moves"})

    @property
    def moved_clients(self) -> int:
        """Clients with cookies that saw more than one colour."""
        return len({move.client for move in self.moves})

    @property
    def faulty(self) -> bool:
        """Whether anything failed or was cut: requests, sockets, messages; or a colour was not what the edge said."""
        sockets = self.sockets
        broken = len(sockets.closes) + len(sockets.not_opened) + sockets.unanswered
        return bool(self.whole.failed or self.whole.mismatches or broken or self.ended is Ended.NOT_READY)
