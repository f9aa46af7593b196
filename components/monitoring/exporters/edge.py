"""What clients get at the edge: requests, failures and durations by slot and route, from nginx's access log.

nginx sends a line for each request, as a datagram to a Unix socket. It never waits: a line that nobody takes is lost.
"""

import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from threading import Lock, Thread

from .exposition import Histogram, Metric, exposition, serve

MAX_LINE = 8192
"""Bytes."""
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SLOTS = ("blue", "green")
ROUTES = ("page", "static", "upload", "media", "stream", "health")
"""What nginx sorts paths into: see `map $uri $route` of its configuration."""
FIRST_CODES = ("200", "500", "502", "503", "504")
"""Present from the start at 0: a counter that begins at 1 hides its first increase."""
SWITCHING_PROTOCOLS = "101"
CONNECTION_STATES = ("active", "reading", "writing", "waiting")


class EdgeMetrics:
    """What has been seen since the start."""

    def __init__(self) -> None:
        self.requests = Metric("ktr_edge_requests_total", "counter", "Answered requests.")
        self.seconds = Histogram(
            "ktr_edge_request_duration_seconds",
            "Seconds from the first byte of a request to the last of its answer.",
            BOUNDS,
        )
        self.bytes = Metric("ktr_edge_response_bytes_total", "counter", "Bytes of answers' bodies.")
        self.connections = Metric("ktr_edge_connections", "gauge", "Connections at the latest request, by state.")
        self.live = Metric("ktr_edge_live_slot", "gauge", "1 for the slot that was live at the latest request.")
        self.unread = Metric("ktr_edge_unreadable_lines_total", "counter", "Lines of the log that could not be read.")
        self.unread.add(0)
        for slot in SLOTS:
            for route in ROUTES:
                for code in FIRST_CODES:
                    self.requests.add(0, slot=slot, route=route, code=code)

    def take(self, datagram: bytes) -> None:
        """Count one line of the log."""
        try:
            line = json.loads(datagram[datagram.index(b"{") :])
            self._count(line)
        except (ValueError, KeyError, TypeError):
            self.unread.add()

    def _count(self, line: Mapping[str, str]) -> None:
        slot, route, code = line["slot"] or "none", line["route"], line["status"]
        seconds, size = float(line["seconds"]), int(line["bytes"])
        self.requests.add(slot=slot, route=route, code=code)
        self.bytes.add(size, slot=slot, route=route)
        # A WebSocket lasts as long as its page is open: that is no duration of an answer.
        if code != SWITCHING_PROTOCOLS:
            self.seconds.observe(seconds, slot=slot, route=route)
        for state in CONNECTION_STATES:
            self.connections.set(int(line[state]), state=state)
        if line["live"]:
            for colour in SLOTS:
                self.live.set(colour == line["live"], slot=colour)

    def text(self) -> str:
        """All of it, as Prometheus reads it."""
        return exposition([self.requests, self.seconds, self.bytes, self.connections, self.live, self.unread])


def listen(path: Path) -> socket.socket:
    """A socket at `path` that anybody may send to."""
    path.unlink(missing_ok=True)
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    receiver.bind(str(path))
    path.chmod(0o666)
    return receiver


def receive(receiver: socket.socket, metrics: EdgeMetrics, lock: Lock) -> None:
    """Take lines, for ever."""
    while True:
        datagram = receiver.recv(MAX_LINE)
        with lock:
            metrics.take(datagram)


def main() -> None:
    """Listen at EDGE_LOG_SOCKET, answer on PORT."""
    metrics, lock = EdgeMetrics(), Lock()
    receiver = listen(Path(os.environ["EDGE_LOG_SOCKET"]))
    Thread(target=receive, args=(receiver, metrics, lock), daemon=True).start()
    serve(int(os.environ["PORT"]), metrics.text, lock)


if __name__ == "__main__":
    main()
