"""Each way in which a request can fail is counted, and none is sent again."""

import asyncio
from collections import Counter

from aiohttp import web

from tests.load.report import Failure
from tests.unit.load.fake_edge import HEALTH, FakeEdge, fake_edge
from tests.unit.load.running import load


async def _drop_every_tenth(edge: FakeEdge, number: int, request: web.Request) -> web.StreamResponse:
    if number % 10 == 9:
        assert request.transport
        request.transport.abort()
    return edge.ok()


async def _status_by_number(edge: FakeEdge, number: int, _: web.Request) -> web.StreamResponse:
    return {3: web.Response(status=502), 5: web.Response(status=404)}.get(number) or edge.ok()


async def _break_off_the_body(edge: FakeEdge, number: int, request: web.Request) -> web.StreamResponse:
    if number != 7:
        return edge.ok()
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b"half")
    assert request.transport
    request.transport.close()
    return response


async def _stall(edge: FakeEdge, _: int, __: web.Request) -> web.StreamResponse:
    await asyncio.sleep(0.02)
    return edge.ok()


def test_every_answer_is_counted_once() -> None:
    with fake_edge() as edge:
        report = load(edge)
    assert report.whole.requests == len(edge.ids) > 0
    assert report.whole.failed == 0
    assert report.whole.statuses == {200: len(edge.ids)}
    assert report.whole.slots == {"blue": len(edge.ids)}
    assert report.whole.versions == {"1.0": len(edge.ids)}
    assert not report.faulty


def test_a_dropped_keep_alive_connection_is_a_failed_request_that_is_not_sent_again() -> None:
    with fake_edge(_drop_every_tenth) as edge:
        report = load(edge)
    assert max(Counter(edge.ids).values()) == 1, "somebody sent a request again"
    assert len(edge.ids) == report.whole.requests
    assert report.whole.failures == {Failure.RESET: len(edge.ids) // 10}
    assert {request.id for request in report.failed_requests} == {*edge.ids[9::10]}


def test_statuses_of_failure_are_counted_by_kind() -> None:
    with fake_edge(_status_by_number) as edge:
        report = load(edge)
    assert report.whole.failures == {Failure.SERVER_ERROR: 1, Failure.CLIENT_ERROR: 1}
    assert report.whole.statuses == {200: len(edge.ids) - 2, 502: 1, 404: 1}


def test_an_answer_that_breaks_off_is_a_failed_request() -> None:
    with fake_edge(_break_off_the_body) as edge:
        report = load(edge)
    assert report.whole.failures == {Failure.RESET: 1}
    assert max(Counter(edge.ids).values()) == 1


def test_no_answer_in_time_is_a_failed_request() -> None:
    async def forget_one(edge: FakeEdge, number: int, _: web.Request) -> web.StreamResponse:
        if number == 4:
            await asyncio.sleep(0.5)
        return edge.ok()

    with fake_edge(forget_one) as edge:
        report = load(edge, request_timeout=0.2)
    assert report.whole.failures == {Failure.TIMEOUT: 1}


def test_nobody_listening_is_a_failed_connection() -> None:
    with fake_edge() as edge:
        pass
    report = load(edge, max_seconds=0.2)
    assert report.whole.requests > 0
    assert report.whole.failures == {Failure.CONNECT: report.whole.requests}
    assert report.whole.statuses == {}


def test_what_is_not_http_is_a_broken_protocol() -> None:
    async def babble(edge: FakeEdge, number: int, request: web.Request) -> web.StreamResponse:
        if number == 2:
            assert isinstance(request.transport, asyncio.Transport)
            request.transport.write(b"hello?\r\n\r\n")
            await asyncio.sleep(0.1)
        return edge.ok()

    with fake_edge(babble) as edge:
        report = load(edge)
    assert report.whole.failures == {Failure.PROTOCOL: 1}


def test_slow_answers_do_not_slow_the_requests_and_the_queue_counts_as_latency() -> None:
    with fake_edge(_stall) as edge:
        report = load(edge, until=lambda edge: len(edge.ids) >= 5, new_clients=1, sticky_clients=0)
    assert report.connections == 1
    assert report.whole.requests >= 25, "in the 100 ms that five answers took"
    assert report.whole.latency
    assert report.whole.latency.max > 250, "the last had to wait for all before it"


def test_more_clients_come_when_all_wait_for_an_answer() -> None:
    with fake_edge(_stall) as edge:
        report = load(edge, new_clients=1, sticky_clients=0, most_clients=80)
    assert 8 <= report.clients == report.connections <= 80
    assert report.whole.requests == len(edge.ids)


def test_all_paths_are_asked_for_by_both_kinds_of_clients() -> None:
    asked: Counter[tuple[str, bool]] = Counter()

    async def note(edge: FakeEdge, _: int, request: web.Request) -> web.StreamResponse:
        asked[request.path, "ktr_affinity" in request.cookies] += 1
        return edge.ok()

    with fake_edge(note) as edge:
        load(edge, paths=[HEALTH, "/static/a.css"])
    assert {*asked} == {(path, known) for path in (HEALTH, "/static/a.css") for known in (True, False)}
