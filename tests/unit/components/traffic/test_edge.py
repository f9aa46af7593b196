"""The running edge: what its answers mean, and what its files say."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from docker.errors import APIError, NotFound

from components.nginx import Upstream
from components.settings import Colour
from components.traffic import Edge, Routing, TrafficError
from components.traffic.edge import EdgeAnswer, ReplicaCheck
from tests.support.engine import FakeEdgeContainer

TABLE = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000   101        0 1 1
   1: 040012AC:D2F0 020012AC:2135 01 00000000:00000000 00:00000000 00000000   101        0 2 1
   2: 040012AC:D2F2 020012AC:2135 01 00000000:00000000 00:00000000 00000000   101        0 3 1
   3: 040012AC:D2F4 020012AC:2135 06 00000000:00000000 00:00000000 00000000   101        0 4 1
   4: 040012AC:D2F6 030012AC:2135 01 00000000:00000000 00:00000000 00000000   101        0 5 1
   5: 040012AC:D2F8 020012AC:238E 01 00000000:00000000 00:00000000 00000000   101        0 6 1
"""
"""Two open connections to 172.18.0.2:8501, one that has ended, one to another host, one to another port."""


@dataclass
class Result:
    exit_code: int
    output: tuple[bytes | None, bytes | None]


@dataclass
class Container(FakeEdgeContainer):
    """An edge that says what a test tells it to."""

    said: str = ""
    errors: str = ""
    code: int = 0
    status: str = "running"
    ran: list[tuple[list[str], str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(Routing(live=Colour.GREEN, green=3, left={Colour.BLUE: 5}).files)

    def exec_run(self, command: list[str], *, user: str, demux: bool) -> Result:
        assert demux
        self.ran.append((command, user))
        return Result(self.code, (self.said.encode() or None, self.errors.encode() or None))


@dataclass
class OneContainer:
    """An engine with one container, or none."""

    found: Any

    def container(self, name: str) -> Any:
        assert name == "ktr-dev-nginx"
        return self.found


def edge(container: Any) -> Edge:
    upstream = Upstream(host_prefix="app", port=8501, ready_port=9102, replicas=2)
    return Edge(
        engine=OneContainer(container),  # type: ignore[arg-type] # as much of an engine as is asked
        container="ktr-dev-nginx",
        upstream=upstream,
        domain="ktr.example.com",
        inner_url="https://127.0.0.1:8443",
    )


def test_the_routing_is_read_from_the_files() -> None:
    routing = edge(Container()).routing()
    assert routing == Routing(live=Colour.GREEN, green=3)
    assert routing.left == {Colour.BLUE: 5}


def test_an_edge_without_files_routes_nobody() -> None:
    class Empty(Container):
        def get_archive(self, path: str) -> Any:
            raise NotFound(path)

    assert edge(Empty()).routing() is None


def test_files_that_change_while_they_are_read_are_read_again() -> None:
    class Busy(Container):
        reads = 0

        def get_archive(self, path: str) -> Any:
            self.reads += 1
            if self.reads < 3:
                raise APIError("lstat: no such file")
            return super().get_archive(path)

    assert edge(Busy()).routing() == Routing(live=Colour.GREEN, green=3)


def test_what_is_written_is_written_as_the_owner_that_nginx_is_not() -> None:
    container = Container()
    edge(container).publish(Routing(live=Colour.BLUE, green=2, left={Colour.GREEN: 7}))
    ((command, user),) = container.ran
    assert user == "0:0"
    assert command[0:2] == ["sh", "-c"]
    assert command[4] == "/state"
    assert command[6:] == ["green/0=", "green/1=", "left-green=7", "live-blue="]


def test_a_script_that_fails_says_why() -> None:
    with pytest.raises(TrafficError, match="ktr-dev-nginx: 0 KiB are free"):
        edge(Container(code=1, errors="0 KiB are free")).run("false")


def test_an_edge_that_is_not_there_is_told() -> None:
    with pytest.raises(TrafficError, match="there is no container ktr-dev-nginx: deploy the stack first"):
        edge(None).run("true")


def test_an_edge_that_does_not_come_back_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.traffic.container.BACK_WITHIN", 0.0)
    with pytest.raises(TrafficError, match="ktr-dev-nginx is exited"):
        edge(Container(status="exited")).run("true")


def test_replicas_are_checked_by_name() -> None:
    container = Container(said="app-green-2 503 200 000\napp-green-1 200 200 101 with a wrong key\n")
    first, second = edge(container).check(Colour.GREEN)
    assert container.ran[0][0][4:] == ["8501", "9102", "app-green-1", "app-green-2"]
    assert first.faults == ["app-green-1: the WebSocket handshake answers 101 with a wrong key"]
    assert second.faults == [
        "app-green-2: /ready answers 503",
        "app-green-2: the WebSocket handshake gets no answer",
    ]


def test_a_replica_that_answers_as_it_should_has_no_faults() -> None:
    assert ReplicaCheck(host="app-green-1", ready="200", health="200", handshake="101").faults == []


def test_answers_are_read_from_their_headers() -> None:
    said = (
        "HTTP/2 200 \r\nx-ktr-slot: green\r\nx-ktr-colour: green\r\nx-ktr-version: 1.1\r\n\r\n"
        "HTTP/1.1 502 Bad Gateway\r\nServer: nginx\r\n\r\nhandshake 101\n"
    )
    answers, handshake = edge(Container(said=said)).answers(2)
    assert answers == [
        EdgeAnswer(status="200", slot="green", colour="green", version="1.1"),
        EdgeAnswer(status="502", slot="", colour="", version=""),
    ]
    assert handshake == "101"


def test_no_answer_is_no_answer() -> None:
    assert edge(Container(said="handshake 000\n")).answers(2) == ([], "000")


def test_open_connections_are_those_to_the_slot_that_have_not_ended() -> None:
    said = f"{TABLE}\n172.18.0.2      app-blue-1\n"
    assert edge(Container(said=said)).open_connections(Colour.BLUE) == 2


def test_a_slot_that_is_not_there_has_no_connections() -> None:
    assert edge(Container(said=f"{TABLE}\n")).open_connections(Colour.GREEN) == 0
