"""Grafana behind the edge, by nginx itself: passed on whole, counted as nobody's, and missed by nobody else."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from components.monitoring.exporters.edge import listen
from components.nginx import Upstream
from components.nginx.config import render_config
from components.settings import EdgeSettings
from ops.release.access_log import parse
from tests.monitoring.checkers import wait_for
from tests.monitoring.running_edge import Edge, running_edge
from tests.support.ports import free_ports

ITS_POLICY = "script-src 'nonce-1'"
WEBSOCKET = {"Connection": "Upgrade", "Upgrade": "websocket"}


@dataclass
class Grafana:
    """What stands for it: it answers everything, and remembers."""

    port: int
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def standing_for_grafana() -> Iterator[Grafana]:
    (port,) = free_ports(1)
    grafana = Grafana(port)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            grafana.asked.append((self.path, dict(self.headers)))
            self.send_response(200)
            self.send_header("Content-Security-Policy", ITS_POLICY)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", grafana.port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield grafana
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def grafana() -> Iterator[Grafana]:
    with standing_for_grafana() as standing:
        yield standing


@pytest.fixture
def edge(tmp_path: Path, grafana: Grafana) -> Iterator[Edge]:
    with running_edge(tmp_path, f"127.0.0.1:{grafana.port}") as running:
        yield running


@pytest.fixture
def without(tmp_path: Path) -> Iterator[Edge]:
    """An edge whose Grafana is away."""
    with running_edge(tmp_path, f"127.0.0.1:{free_ports(1)[0]}") as running:
        yield running


def logged(edge: Edge, lines: int) -> list[dict[str, Any]]:
    log = edge.folder / "access.log"
    wait_for(lambda: log.read_text(encoding="utf-8").count("\n") >= lines)
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def test_it_gets_the_whole_path_and_who_asks(edge: Edge, grafana: Grafana) -> None:
    assert edge.get("/grafana/d/ktr-edge?from=now-1h") == 200
    ((path, headers),) = grafana.asked
    assert path == "/grafana/d/ktr-edge?from=now-1h"
    assert headers["X-Forwarded-For"] == "127.0.0.2"
    assert headers["Host"] == f"127.0.0.1:{edge.port}"


def test_it_gets_what_opens_a_websocket(edge: Edge, grafana: Grafana) -> None:
    edge.answer("/grafana/api/live/ws", headers=WEBSOCKET).read()
    ((_, headers),) = grafana.asked
    assert {name: headers[name].lower() for name in WEBSOCKET} == {"Connection": "upgrade", "Upgrade": "websocket"}


def test_its_own_policy_is_the_only_one(edge: Edge) -> None:
    assert edge.answer("/grafana/").headers.get_all("Content-Security-Policy") == [ITS_POLICY]


def test_the_platforms_policy_stays_on_everything_else(edge: Edge) -> None:
    for path in ("/", "/grafanas", "/_stcore/health"):
        (policy,) = edge.answer(path).headers.get_all("Content-Security-Policy", [])
        assert policy.startswith("default-src 'self'")


def test_the_edges_other_headers_are_on_its_answers(edge: Edge) -> None:
    headers = edge.answer("/grafana/").headers
    assert (headers["X-Content-Type-Options"], headers["X-Frame-Options"]) == ("nosniff", "SAMEORIGIN")
    assert headers["Referrer-Policy"]
    assert "X-KTR-Slot" not in headers


def test_its_short_path_leads_to_it(edge: Edge) -> None:
    answer = edge.answer("/grafana")
    assert (answer.status, answer.headers["Location"]) == (308, "http://localhost:8080/grafana/")


def test_it_is_open_during_maintenance(edge: Edge) -> None:
    (edge.folder / "state").mkdir()
    (edge.folder / "state" / "maintenance").touch()
    assert (edge.get("/"), edge.get("/grafana/")) == (503, 200)


def test_its_requests_are_in_the_access_log_and_no_slots(edge: Edge) -> None:
    edge.get("/grafana/login")
    (line,) = logged(edge, 1)
    assert (line["path"], line["slot"], line["status"]) == ("/grafana/login", "", "200")


def test_its_requests_are_not_counted_among_the_platforms(edge: Edge) -> None:
    receiver = listen(edge.socket)
    receiver.settimeout(5)
    edge.get("/grafana/")
    edge.get("/")
    told = receiver.recv(8192)
    receiver.close()
    assert b'"status":"503"' in told


def test_without_it_people_are_told_so(without: Edge) -> None:
    answer = without.answer("/grafana/")
    assert (answer.status, answer.read()) == (503, b"Grafana does not answer. The platform does without it.\n")


def test_without_it_no_slot_is_to_blame(without: Edge) -> None:
    without.get("/grafana/")
    (line,) = logged(without, 1)
    assert (line["slot"], line["status"]) == ("", "503")
    assert parse(0, json.dumps(line)) is None


def test_without_dashboards_the_path_is_the_applications() -> None:
    upstream = Upstream(host_prefix="app", port=8501, ready_port=9102, replicas=1)
    assert "grafana" not in render_config(EdgeSettings(), upstream, "SOCKET")
