"""What the edge tells of requests, by nginx itself: it never waits for whoever listens."""

import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest

from components.monitoring.exporters.edge import EdgeMetrics, listen
from components.nginx import Upstream
from components.nginx.config import HTTP_PORT, PROBE_AGENT, STATUS_PORT, render_config
from components.settings import EdgeSettings
from tests.support.ports import free_ports
from tests.unit.monitoring.checkers import tool, wait_for

CLIENT = "127.0.0.2"
"""Requests from 127.0.0.1 are the platform's own checks."""


@dataclass(frozen=True)
class Edge:
    """A running nginx without any slot: it answers everything with 503."""

    port: int
    socket: Path

    def get(self, path: str, client: str = CLIENT, agent: str = "a-browser") -> int:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5, source_address=(client, 0))
        connection.request("GET", path, headers={"User-Agent": agent})
        return connection.getresponse().status


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[Edge]:
    (port, status), log = free_ports(2), tmp_path / "requests"
    upstream = Upstream(host_prefix="app", port=8501, ready_port=9102, replicas=1)
    config = render_config(EdgeSettings(), upstream, "SOCKET")
    config = re.sub(r"include \S+mime.types;", "", config).replace("/tmp/", f"{tmp_path}/")  # noqa: S108
    config = config.replace("/dev/stdout", f"{tmp_path}/access.log").replace("/state/", f"{tmp_path}/state/")
    config = config.replace(f"listen {HTTP_PORT}", f"listen 127.0.0.1:{port}").replace("SOCKET", str(log))
    config = config.replace(f"127.0.0.1:{STATUS_PORT}", f"127.0.0.1:{status}")
    file = tmp_path / "nginx.conf"
    file.write_text(f"daemon off;\nmaster_process off;\n{config}", encoding="utf-8")
    with subprocess.Popen([tool("nginx"), "-c", file], stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(lambda: listens(port))
            yield Edge(port, log)
        finally:
            process.terminate()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


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
