"""A real receiver of alerts: Alertmanager posts its messages here, as it would to an operator's webhook."""

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import docker

FIRING = "firing"
RESOLVED = "resolved"
WATCHDOG = "Watchdog"
INFORMATION = "info"
"""The severity of messages that call for nothing."""


@dataclass(frozen=True)
class Message:
    """One notification: what a person would have got."""

    at: float
    """When it came, in seconds of the monotonic clock."""
    status: str
    component: str
    alerts: tuple[str, ...]
    """Names of those alerts in it that have the message's status."""


@dataclass
class Receiver:
    """What has been received so far, the watchdog's messages and mere information apart."""

    url: str
    token: str = field(default_factory=secrets.token_hex)
    messages: list[Message] = field(default_factory=list)
    information: list[str] = field(default_factory=list)
    """Names of what was told for information."""
    watchdogs: int = 0

    def take(self, body: bytes) -> None:
        """Take one notification in."""
        said = json.loads(body)
        labels = said["groupLabels"] | said["commonLabels"]
        if labels.get("alertname") == WATCHDOG:
            self.watchdogs += 1
            return
        if labels.get("severity") == INFORMATION:
            self.information.append(labels["alertname"])
            return
        alike = [alert["labels"]["alertname"] for alert in said["alerts"] if alert["status"] == said["status"]]
        component = labels.get("component", "")
        self.messages.append(Message(time.monotonic(), said["status"], component, tuple(sorted(alike))))

    def about(self, component: str, status: str, since: float = 0.0) -> list[Message]:
        """Messages about a component."""
        found = [one for one in self.messages if (one.component, one.status) == (component, status)]
        return [one for one in found if one.at >= since]


@contextmanager
def receiving(client: docker.DockerClient) -> Iterator[Receiver]:
    """A receiver at an address that containers of this host's engine reach; it refuses who does not know its token."""
    gateway = client.networks.get("bridge").attrs["IPAM"]["Config"][0]["Gateway"]
    receiver = Receiver("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            known = self.headers["Authorization"] == f"Bearer {receiver.token}"
            if known:
                receiver.take(body)
            self.send_response(HTTPStatus.OK if known else HTTPStatus.UNAUTHORIZED)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing about requests."""

    server = ThreadingHTTPServer((gateway, 0), Handler)
    receiver.url = f"http://{gateway}:{server.server_port}/alerts"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
