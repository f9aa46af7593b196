"""The edge: headers, TLS, limits, WebSockets, the access log, and replicas that come and go."""

import json
import re
import socket
import ssl
import threading
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection, HTTPResponse

import pytest
import requests
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from components.nginx.config import BURST_SECONDS
from tests.integration.harness.clients import HEALTH, STREAM, edge_session, trusting_context
from tests.integration.harness.deployment import Deployment
from tests.integration.harness.engine_view import EngineView, wait_until
from tests.integration.harness.kills import kill_main_process

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-KTR-Slot": "blue",
}
STREAMLIT = Subprotocol("streamlit")
LOG_KEYS = {"time", "request_id", "client", "method", "host", "path", "status", "seconds", "upstream", "slot"}


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with edge_session() as session:
        yield session


class TestAnswers:
    def test_the_application_answers_through_the_edge(self, each: Deployment, http: requests.Session) -> None:
        page = http.get(f"{each.url}/", timeout=10)
        assert page.status_code == requests.codes.ok
        assert "<html" in page.text.lower()

    @pytest.mark.parametrize(("name", "value"), HEADERS.items())
    def test_header_is_sent(self, each: Deployment, http: requests.Session, name: str, value: str) -> None:
        assert http.get(f"{each.url}{HEALTH}", timeout=10).headers[name] == value

    def test_the_content_security_policy_keeps_to_this_origin(self, each: Deployment, http: requests.Session) -> None:
        policy = http.get(f"{each.url}/", timeout=10).headers["Content-Security-Policy"]
        rules = {part.split()[0]: part.split()[1:] for part in policy.split(";")}
        assert rules["default-src"] == ["'self'"]
        assert rules["object-src"] == ["'none'"]
        assert rules["frame-ancestors"] == ["'self'"]
        assert not re.search(r"https?:|\*", policy)

    def test_headers_are_sent_with_errors_too(self, dev: Deployment) -> None:
        refused = _announce_body(dev, 2**31)
        assert refused.status == requests.codes.request_entity_too_large
        assert refused.headers["X-Content-Type-Options"] == "nosniff"

    def test_versions_of_the_software_stay_private(self, each: Deployment, http: requests.Session) -> None:
        headers = http.get(f"{each.url}/", timeout=10).headers
        assert headers.get("Server", "nginx") == "nginx"
        assert "X-Powered-By" not in headers

    def test_each_answer_has_a_request_id_of_its_own(self, dev: Deployment, http: requests.Session) -> None:
        first, second = (http.get(f"{dev.url}{HEALTH}", timeout=10).headers["X-Request-ID"] for _ in range(2))
        assert first != second

    def test_text_is_compressed(self, each: Deployment, http: requests.Session) -> None:
        page = http.get(f"{each.url}/static/index.html", timeout=10)
        assert page.headers["Content-Encoding"] == "gzip"
        script = re.search(r'src="([^"]+\.js)"', page.text)
        assert script, "the page has no script"
        path = script.group(1).removeprefix(".").lstrip("/")
        answer = http.get(f"{each.url}/{path}", headers={"Accept-Encoding": "gzip"}, timeout=10)
        assert answer.headers["Content-Encoding"] == "gzip"


def _announce_body(deployment: Deployment, size: int) -> HTTPResponse:
    """Ask to send a body of that size, without sending it."""
    connection = HTTPConnection("localhost", deployment.http_port, timeout=10)
    connection.putrequest("POST", "/")
    connection.putheader("Content-Length", str(size))
    connection.endheaders()
    answer = connection.getresponse()
    connection.close()
    return answer


class TestTls:
    def test_plain_http_is_redirected_with_its_path(self, staging: Deployment, http: requests.Session) -> None:
        url = f"http://localhost:{staging.http_port}/some/path?a=1"
        answer = http.get(url, allow_redirects=False, timeout=10)
        assert answer.status_code == requests.codes.permanent_redirect
        assert answer.headers["Location"] == f"{staging.url}/some/path?a=1"

    def test_strict_transport_security_is_on_with_tls_only(
        self, dev: Deployment, staging: Deployment, http: requests.Session
    ) -> None:
        assert "Strict-Transport-Security" in http.get(f"{staging.url}{HEALTH}", timeout=10).headers
        assert "Strict-Transport-Security" not in http.get(f"{dev.url}{HEALTH}", timeout=10).headers

    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    def test_current_versions_of_tls_are_spoken(self, staging: Deployment, version: ssl.TLSVersion) -> None:
        assert _handshake(staging, version) == version.name.replace("_", ".")

    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
    def test_old_versions_of_tls_are_refused(self, staging: Deployment, version: ssl.TLSVersion) -> None:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            _handshake(staging, version)

    def test_the_certificate_names_the_domain(self, staging: Deployment) -> None:
        pem = ssl.get_server_certificate(("localhost", staging.https_port))
        context = ssl.create_default_context(cadata=pem)
        with (
            socket.create_connection(("localhost", staging.https_port), timeout=5) as raw,
            context.wrap_socket(raw, server_hostname="localhost") as secured,
        ):
            assert secured.getpeercert()

    def test_cookies_are_for_tls_only(self, staging: Deployment) -> None:
        with edge_session() as fresh:
            cookie = fresh.get(f"{staging.url}{HEALTH}", timeout=10).headers["Set-Cookie"]
        assert {"Secure", "HttpOnly", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}


def _handshake(deployment: Deployment, version: ssl.TLSVersion) -> str | None:
    context = trusting_context()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    # Else this side would refuse old versions before it asks.
    context.set_ciphers("ALL:@SECLEVEL=0")
    with (
        socket.create_connection(("localhost", deployment.https_port), timeout=5) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as secured,
    ):
        return secured.version()


class TestLimits:
    def test_a_body_above_the_limit_is_refused(self, dev: Deployment) -> None:
        assert _announce_body(dev, 51 * 1024**2).status == requests.codes.request_entity_too_large

    def test_a_body_below_the_limit_is_let_through(self, dev: Deployment, http: requests.Session) -> None:
        answer = http.post(f"{dev.url}/", data=b"x" * 1024**2, allow_redirects=False, timeout=20)
        assert answer.status_code == requests.codes.see_other, "the application sends it to the login"

    def test_who_asks_too_often_is_told_so_and_served_later(self, dev: Deployment, http: requests.Session) -> None:
        def ask(_: int) -> int:
            with suppress(requests.RequestException):
                return int(http.get(f"{dev.url}{HEALTH}", timeout=10).status_code)
            return 0

        codes: set[int] = set()
        deadline = time.monotonic() + 20
        with ThreadPoolExecutor(8) as pool:
            while requests.codes.too_many_requests not in codes and time.monotonic() < deadline:
                codes |= set(pool.map(ask, range(200)))
        assert codes == {requests.codes.ok, requests.codes.too_many_requests}
        wait_until(lambda: ask(0) == requests.codes.ok, 10, "the client is served again")
        time.sleep(BURST_SECONDS)  # the tests that follow ask from the same address


def _websocket_url(deployment: Deployment) -> str:
    return deployment.url.replace("http", "ws", 1) + STREAM


class TestWebSockets:
    def test_a_websocket_is_upgraded(self, each: Deployment) -> None:
        context = trusting_context() if each.https else None
        with connect(_websocket_url(each), origin=Origin(each.url), ssl=context, subprotocols=[STREAMLIT]) as socket_:
            assert socket_.response
            assert socket_.response.status_code == 101

    def test_a_websocket_from_a_foreign_page_is_refused(self, dev: Deployment) -> None:
        with pytest.raises(InvalidStatus) as refused:
            connect(_websocket_url(dev), origin=Origin("http://evil.example"), subprotocols=[STREAMLIT])
        assert refused.value.response.status_code == requests.codes.forbidden


class TestAccessLog:
    def test_every_line_is_json_and_leaves_query_and_cookies_out(
        self, dev: Deployment, view: EngineView, http: requests.Session
    ) -> None:
        marker = "a-query-that-no-log-may-keep"
        http.get(f'{dev.url}/odd"path\\?secret={marker}', headers={"User-Agent": 'quo"te\\'}, timeout=10)
        edge = view.service(dev.name, "nginx")
        wait_until(lambda: b'odd\\"path' in edge.logs(tail=50, stderr=False), 5, "the request is logged")
        lines = edge.logs(stderr=False, tail=200).decode().splitlines()
        entries = [json.loads(line) for line in lines if line.startswith("{")]
        assert entries
        assert all(set(entry) >= LOG_KEYS for entry in entries)
        assert marker not in "\n".join(lines)


class TestReplicas:
    def test_a_client_stays_on_one_replica(self, prod: Deployment, view: EngineView) -> None:
        with edge_session() as session:
            for _ in range(12):
                session.get(f"{prod.url}{HEALTH}", headers={"User-Agent": "affinity-probe"}, timeout=10)
            assert re.fullmatch(r"[0-9a-f]{32}", session.cookies["ktr_affinity"])
        assert len(_upstreams(prod, view, "affinity-probe", 12)) == 1

    def test_new_clients_are_spread_over_the_replicas(self, prod: Deployment, view: EngineView) -> None:
        for _ in range(24):
            with edge_session() as session:
                session.get(f"{prod.url}{HEALTH}", headers={"User-Agent": "spread-probe"}, timeout=10)
        assert len(_upstreams(prod, view, "spread-probe", 24)) == 2

    def test_no_request_fails_while_a_replica_is_killed_and_back(self, prod: Deployment, view: EngineView) -> None:
        replica = view.service(prod.name, "app-blue-2")
        stop = threading.Event()
        with ThreadPoolExecutor(2) as pool:
            clients = [pool.submit(_ask_until, stop, prod) for _ in range(2)]
            time.sleep(1)
            kill_main_process(view, replica)
            wait_until(lambda: view.health(replica.id or "") != "healthy", 30, "the replica is seen to be gone")
            wait_until(lambda: view.health(replica.id or "") == "healthy", 60, "the replica is back")
            stop.set()
            codes = [code for client in clients for code in client.result()]
        assert len(codes) > 50
        assert set(codes) == {requests.codes.ok}


def _ask_until(stop: threading.Event, deployment: Deployment) -> list[int]:
    """Status codes of GETs by ever new clients, so that both replicas are asked; 0 for a broken connection."""
    codes = []
    while not stop.is_set():
        with edge_session() as session:
            try:
                codes.append(int(session.get(f"{deployment.url}{HEALTH}", timeout=15).status_code))
            except requests.RequestException:
                codes.append(0)
        time.sleep(0.05)
    return codes


def _upstreams(deployment: Deployment, view: EngineView, agent: str, count: int) -> set[str]:
    """The replicas that served the requests of a user agent, from the access log."""
    edge = view.service(deployment.name, "nginx")

    def entries() -> list[dict[str, str]]:
        lines = edge.logs(stderr=False, tail=500).decode().splitlines()
        parsed = [json.loads(line) for line in lines if line.startswith("{")]
        return [entry for entry in parsed if entry["user_agent"] == agent]

    wait_until(lambda: len(entries()) >= count, 5, "the requests are logged")
    return {entry["upstream"] for entry in entries()}
