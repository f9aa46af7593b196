"""The proxy in front of the engine: what it lets through is what is measured, tried out with nginx itself."""

import socket
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler

import pytest

from components.monitoring.containers import TEMPLATE
from components.templates import render
from tests.monitoring.checkers import tool, wait_for
from tests.support.ports import free_ports

ID = "0123456789abcdef" * 4


class FakeEngine(BaseHTTPRequestHandler):
    """Answers everything: with the path that it was asked for."""

    def do_GET(self) -> None:
        content = self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.end_headers()

    def do_POST(self) -> None:
        self.do_GET()

    def do_PUT(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.do_GET()

    def address_string(self) -> str:
        return "a socket has no address"

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a proxy in front of an engine that would answer everything."""
    with proxy(tmp_path_factory, logs=False) as number:
        yield number


@pytest.fixture(scope="module")
def port_with_logs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The same of a stack that keeps logs."""
    with proxy(tmp_path_factory, logs=True) as number:
        yield number


@contextmanager
def proxy(tmp_path_factory: pytest.TempPathFactory, *, logs: bool) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("proxy")
    (number,) = free_ports(1)
    # The container has a /tmp of its own.
    config = render(TEMPLATE, port=f"127.0.0.1:{number}", socket="SOCKET", logs=logs).replace("/tmp/", f"{folder}/")  # noqa: S108
    file = folder / "nginx.conf"
    file.write_text(config.replace("SOCKET", str(folder / "engine.sock")), encoding="utf-8")
    server = socketserver.ThreadingUnixStreamServer(str(folder / "engine.sock"), FakeEngine)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with subprocess.Popen([tool("nginx"), "-c", file], stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(lambda: listens(number))
            yield number
        finally:
            process.terminate()
            server.shutdown()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ask(port: int, method: str, path: str) -> tuple[int, str]:
    """Status and text of an answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    connection.putrequest(method, path, skip_host=False)
    connection.endheaders()
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


@pytest.mark.parametrize(
    "path",
    [
        "/containers/json",
        "/containers/json?all=1&filters=%7B%22label%22%3A%5B%22ktr.io%2Fstack%3Dprod%22%5D%7D",
        f"/containers/{ID}/json",
        f"/containers/{ID}/stats?stream=false&one-shot=true",
        "/events?since=1.5&filters=%7B%22event%22%3A%5B%22oom%22%5D%7D",
    ],
)
def test_what_the_exporter_asks_reaches_the_engine_as_it_is(port: int, path: str) -> None:
    assert ask(port, "GET", path) == (200, path)


@pytest.mark.parametrize(
    "path",
    [
        "/_ping",
        "/v1.41/containers/json",
        "/v1.41/networks",
        f"/v1.41/containers/{ID}/json",
        f"/v1.41/containers/{ID}/logs?follow=1&since=5&stderr=1&stdout=1&timestamps=1",
    ],
)
def test_what_the_collector_of_logs_asks_reaches_the_engine_where_logs_are_kept(port_with_logs: int, path: str) -> None:
    assert ask(port_with_logs, "GET", path) == (200, path)


def test_the_collectors_library_asks_for_the_version_without_a_body(port_with_logs: int) -> None:
    assert ask(port_with_logs, "HEAD", "/_ping")[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/info",
        "/v1.41/info",
        "/networks/x",
        f"/containers/{ID}/archive?path=/run/secrets",
        f"/v1.41/containers/{ID}/export",
    ],
)
def test_where_logs_are_kept_nothing_else_can_be_asked_either(port_with_logs: int, path: str) -> None:
    assert ask(port_with_logs, "GET", path)[0] == 403


@pytest.mark.parametrize("path", [f"/v1.41/containers/{ID}/logs", "/v1.41/networks/prune", "/v1.41/containers/create"])
def test_where_logs_are_kept_nothing_can_be_done_either(port_with_logs: int, path: str) -> None:
    assert ask(port_with_logs, "POST", path)[0] == 403


@pytest.mark.parametrize(
    "path",
    [
        "/info",
        "/images/json",
        "/volumes",
        "/secrets",
        "/v1.41/containers/json",
        "/containers/ktr-prod-postgres/json",
        f"/containers/{ID}/logs?stdout=1",
        f"/containers/{ID}/archive?path=/run/secrets",
        f"/containers/{ID}/export",
        f"/containers/{ID}/top",
        f"/containers/{ID}/attach/ws",
        f"/containers/{ID}/json/../export",
        f"/containers/{ID}/json%2f..%2fexport",
        "/containers/json/../../info",
        "/containers/json/",
        f"/containers/{ID[:-1]}g/json",
        "/_ping",
        "/",
    ],
)
def test_nothing_else_can_be_asked(port: int, path: str) -> None:
    status, said = ask(port, "GET", path)
    assert status == 403
    assert not said.startswith("/")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["/containers/json", f"/containers/{ID}/json", "/containers/create", "/events"])
def test_nothing_can_be_done(port: int, method: str, path: str) -> None:
    assert ask(port, method, path)[0] in {403, 405}


def test_a_path_in_disguise_reaches_the_engine_as_it_was_judged(port: int) -> None:
    assert ask(port, "GET", f"/info/../containers/%{ord(ID[0]):x}{ID[1:]}/json") == (200, f"/containers/{ID}/json")


def test_it_tells_of_its_own_health(port: int) -> None:
    assert ask(port, "GET", "/healthz") == (204, "")
