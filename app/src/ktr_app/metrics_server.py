"""The second port: `/metrics`, `/ready` and `/live`, apart from the pages and never behind their guard."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

Ready = Callable[[], dict[str, str]]


class MetricsServer:
    """A small threaded server.

    Args:
        port: where to listen, on all interfaces; 0 takes a free one.
        registry: what `/metrics` answers.
        ready: what `/ready` checks; all values `ok` make it 200, else 503.
        about: further fields of the `/ready` answer.
        live: whether the process does its work; `/live` answers 200 then, else 503.
    """

    def __init__(
        self,
        port: int,
        registry: CollectorRegistry,
        ready: Ready,
        about: dict[str, str],
        live: Callable[[], bool] = lambda: True,
    ) -> None:
        class Handler(BaseHTTPRequestHandler):
            timeout = 10

            def do_GET(self) -> None:
                if self.path == "/metrics":
                    self._answer(HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(registry))
                elif self.path == "/ready":
                    checks = ready()
                    good = set(checks.values()) == {"ok"}
                    body = {"status": "ready" if good else "not ready", "checks": checks, **about}
                    status = HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE
                    self._answer(status, "application/json", json.dumps(body).encode())
                elif self.path == "/live":
                    status = HTTPStatus.OK if live() else HTTPStatus.SERVICE_UNAVAILABLE
                    self._answer(status, "text/plain", status.phrase.encode())
                else:
                    self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"not found")

            def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing: probes come every few seconds."""

        self._server = ThreadingHTTPServer(("0.0.0.0", port), Handler)  # noqa: S104 - scraped from outside
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])

    def start(self) -> None:
        """Serve in a thread."""
        Thread(target=self._server.serve_forever, name="metrics", daemon=True).start()

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()
