"""Every message of a socket must be answered, and every close is told."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from tests.load.report import ClosedBy, Ended, Report
from tests.unit.load.fake_edge import ACK, FakeEdge, fake_edge
from tests.unit.load.running import load

Beat = Callable[[int, web.WebSocketResponse], Awaitable[None]]


def _keep(edge: FakeEdge, **settings: Any) -> Report:
    defaults = {"rate": 0, "sockets": 3, "beat": 0.02, "answer_timeout": 0.5, "until": _beaten}
    return load(edge, **{**defaults, **settings})


def _beaten(edge: FakeEdge) -> bool:
    return edge.heartbeats >= 15


def _closed(edge: FakeEdge) -> bool:
    return edge.closed >= 3


async def _close_after_two(number: int, socket: web.WebSocketResponse) -> None:
    await socket.send_bytes(ACK)
    if number == 1:
        await socket.close(code=1012, message=b"restart")


async def _cut_after_two(number: int, socket: web.WebSocketResponse) -> None:
    await socket.send_bytes(ACK)
    if number == 1:
        transport = socket.get_extra_info("socket")
        transport.shutdown(2)


def test_every_heartbeat_is_answered() -> None:
    with fake_edge() as edge:
        report = _keep(edge)
    assert report.sockets.opened == 3
    assert report.sockets.colours == {"blue": 3}
    assert report.sockets.sent == report.sockets.answered == edge.heartbeats > 3
    assert report.sockets.unanswered == 0
    assert report.sockets.closes == ()
    assert not report.faulty


def test_a_close_by_the_server_is_told_and_the_socket_stays_closed() -> None:
    with fake_edge(beat=_close_after_two) as edge:
        report = _keep(edge, until=_closed)
    closes = report.sockets.closes
    assert [(close.code, close.reason, close.by) for close in closes] == [(1012, "restart", ClosedBy.SERVER)] * 3
    assert {(close.colour, close.version) for close in closes} == {("blue", "1.0")}
    assert all(close.open_seconds >= 0.02 for close in closes)
    assert edge.handshakes == report.sockets.opened == 3
    assert report.faulty


def test_a_connection_that_breaks_is_told_as_such() -> None:
    with fake_edge(beat=_cut_after_two) as edge:
        report = _keep(edge, until=_closed)
    assert [(close.code, close.by) for close in report.sockets.closes] == [(1006, ClosedBy.NETWORK)] * 3


def test_a_closed_socket_is_opened_again_if_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.load.sockets.RETRY", 0.01)
    with fake_edge(beat=_close_after_two) as edge:
        report = _keep(edge, reconnect=True, until=lambda edge: edge.handshakes > 3)
    assert edge.handshakes == report.sockets.opened > 3
    assert report.sockets.not_opened == ()


def test_a_message_without_an_answer_is_counted() -> None:
    async def ignore_one(number: int, socket: web.WebSocketResponse) -> None:
        if number != 1:
            await socket.send_bytes(ACK)

    with fake_edge(beat=ignore_one) as edge:
        report = _keep(edge)
    assert report.sockets.unanswered == 3
    assert report.sockets.answered == report.sockets.sent - 3


def test_a_handshake_that_is_refused_is_told_and_the_run_is_not_ready() -> None:
    with fake_edge() as edge:
        edge.refusing = True
        report = _keep(edge, ready_within=0.2)
    assert report.ended is Ended.NOT_READY
    assert report.sockets.opened == 0
    assert len(report.sockets.not_opened) == 3
    assert "403" in report.sockets.not_opened[0]
