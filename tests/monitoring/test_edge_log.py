"""What the edge tells of requests, by nginx itself: it never waits for whoever listens."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from components.monitoring.exporters.edge import EdgeMetrics, listen
from components.nginx.config import PROBE_AGENT
from tests.monitoring.checkers import wait_for
from tests.monitoring.running_edge import Edge, running_edge


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[Edge]:
    with running_edge(tmp_path) as running:
        yield running


@contextmanager
def listening(path: Path) -> Iterator[EdgeMetrics]:
    """Somebody who counts, until the context ends."""
    metrics, receiver, ended = EdgeMetrics(), listen(path), threading.Event()
    receiver.settimeout(0.1)

    def count() -> None:
        while not ended.is_set():
            try:
                metrics.take(receiver.recv(8192))
            except TimeoutError:
                continue

    counting = threading.Thread(target=count)
    counting.start()
    try:
        yield metrics
    finally:
        ended.set()
        counting.join()
        receiver.close()


def counted(metrics: EdgeMetrics, route: str = "page") -> float:
    """Requests of a route, whatever their slot."""
    return sum(value for key, value in metrics.requests.values.items() if ("route", route) in key)


def test_a_request_is_counted_with_its_route_and_status(edge: Edge) -> None:
    with listening(edge.socket) as metrics:
        assert edge.get("/_stcore/health?from=a-probe") == 503
        wait_for(lambda: counted(metrics, "health"))
    assert metrics.requests.values[("code", "503"), ("route", "health"), ("slot", "blue")] == 1
    assert metrics.unread.values == {(): 0}


def test_without_anybody_who_listens_requests_are_answered_all_the_same(edge: Edge) -> None:
    assert [edge.get("/") for _ in range(3)] == [503] * 3
    with listening(edge.socket) as metrics:
        edge.get("/")
        wait_for(lambda: counted(metrics) == 1)


def test_who_listens_may_come_back(edge: Edge) -> None:
    with listening(edge.socket) as metrics:
        edge.get("/")
        wait_for(lambda: counted(metrics) == 1)
    with listening(edge.socket) as metrics:
        edge.get("/")  # nginx notices here that the former socket is gone
        edge.get("/")
        wait_for(lambda: counted(metrics) >= 1)


def test_who_listens_but_does_not_read_slows_nobody_down(edge: Edge) -> None:
    receiver = listen(edge.socket)
    assert {edge.get("/") for _ in range(600)} <= {503, 429}
    receiver.close()


def test_the_platforms_own_checks_are_not_counted(edge: Edge) -> None:
    with listening(edge.socket) as metrics:
        edge.get("/", client="127.0.0.1")
        edge.get("/")
        wait_for(lambda: counted(metrics))
    assert counted(metrics) == 1


def test_probes_are_told_from_people_wherever_they_ask(edge: Edge) -> None:
    with listening(edge.socket) as metrics:
        edge.get("/_stcore/stream", agent=PROBE_AGENT)
        edge.get("/_stcore/stream")
        wait_for(lambda: counted(metrics, "stream"))
    assert (counted(metrics, "health"), counted(metrics, "stream")) == (1, 1)
