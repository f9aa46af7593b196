"""The running edge: what it and the slots behind it answer, asked from inside its container."""

from collections.abc import Iterator
from dataclasses import dataclass

from components.nginx import Upstream
from components.settings import Colour
from components.traffic.container import EdgeContainer, script

ESTABLISHED = "01"
"""State of an open connection in /proc/net/tcp."""


@dataclass(frozen=True, kw_only=True)
class ReplicaCheck:
    """What one replica answered; a code of 000 is no answer."""

    host: str
    ready: str
    health: str
    handshake: str

    @property
    def faults(self) -> list[str]:
        """What is not as it should be."""
        expected = {
            "/ready": (self.ready, "200"),
            "/_stcore/health": (self.health, "200"),
            "the WebSocket handshake": (self.handshake, "101"),
        }
        return [
            f"{self.host}: {what} answers {code}" if code != "000" else f"{self.host}: {what} gets no answer"
            for what, (code, wanted) in expected.items()
            if code != wanted
        ]


@dataclass(frozen=True, kw_only=True)
class EdgeAnswer:
    """One response that the edge gave."""

    status: str
    slot: str
    """The slot that the edge chose."""
    colour: str
    """The slot that answered."""
    version: str


@dataclass(frozen=True, kw_only=True)
class Edge(EdgeContainer):
    """The running edge, and how it reaches the slots."""

    upstream: Upstream
    domain: str
    """Host name that clients ask for."""
    inner_url: str
    """Where it answers inside its container."""

    def check(self, colour: Colour) -> list[ReplicaCheck]:
        """Ask every replica of a slot whether it is ready, each with a real WebSocket handshake."""
        arguments = [str(self.upstream.port), str(self.upstream.ready_port), *self.upstream.hosts(colour)]
        lines = self.run(script("probe.sh", "gate.sh"), *arguments).splitlines()
        checks = [line.split(maxsplit=3) for line in sorted(lines)]
        return [
            ReplicaCheck(host=host, ready=ready, health=health, handshake=code) for host, ready, health, code in checks
        ]

    def answers(self, count: int) -> tuple[list[EdgeAnswer], str]:
        """What the edge answers to `count` new clients, and the status code of a WebSocket handshake."""
        output = self.run(script("probe.sh", "verify.sh"), self.inner_url, self.domain, str(count))
        *answers, handshake = output.replace("\r", "").strip().rsplit("handshake ", 1)
        return list(_answers("".join(answers))), handshake

    def open_connections(self, colour: Colour) -> int:
        """Connections between the edge and a slot: open WebSockets, and requests on their way."""
        hosts = self.upstream.hosts(colour)
        output = self.run('cat /proc/net/tcp; echo; for host in "$@"; do getent hosts "$host" || :; done', *hosts)
        table, _, addresses = output.partition("\n\n")
        slot = {f"{_hexadecimal(line.split()[0])}:{self.upstream.port:04X}" for line in addresses.splitlines()}
        sockets = [line.split()[2:4] for line in table.splitlines()[1:]]
        return sum(remote in slot and state == ESTABLISHED for remote, state in sockets)


def _answers(dump: str) -> Iterator[EdgeAnswer]:
    for block in dump.split("\n\n"):
        first, *lines = block.strip().splitlines() or [""]
        if first:
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            yield EdgeAnswer(
                status=first.split()[1],
                slot=headers.get("x-ktr-slot", ""),
                colour=headers.get("x-ktr-colour", ""),
                version=headers.get("x-ktr-version", ""),
            )


def _hexadecimal(address: str) -> str:
    """An IPv4 address as /proc/net/tcp writes it: the bytes in the order of the machine, which is little-endian."""
    return "".join(f"{int(part):02X}" for part in reversed(address.split(".")))
