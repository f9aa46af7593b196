"""What the edge's access log says while a release is under way: requests, failures and latency of each slot."""

import json
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

import requests
from docker.errors import DockerException
from docker.models.containers import Container

from components.nginx import GRAFANA_PATH
from ops.errors import OpsError

OWN = "127.0.0.1"
"""Client of the platform's own checks."""
SWITCHING_PROTOCOLS = 101
SERVER_ERROR = 500
AGAIN_AFTER = 0.5
"""Seconds until the log of an edge that went away is opened again."""


@dataclass(frozen=True)
class Request:
    """One answered request."""

    at: float
    """Seconds since 1970."""
    slot: str
    failed: bool
    """A status of 500 or more."""
    seconds: float


@dataclass(frozen=True)
class Sample:
    """Requests of a span of time."""

    requests: int = 0
    failed: int = 0
    p95: float = 0.0
    """Seconds within which 95 of 100 were answered."""

    @property
    def failure_rate(self) -> float:
        """Failed requests of all, 0 to 1."""
        return self.failed / self.requests if self.requests else 0.0

    @classmethod
    def of(cls, found: Iterable[Request]) -> Self:
        """The figures of some requests."""
        chosen = list(found)
        ordered = sorted(request.seconds for request in chosen)
        p95 = ordered[int(len(ordered) * 0.95)] if ordered else 0.0
        return cls(requests=len(chosen), failed=sum(request.failed for request in chosen), p95=p95)


@dataclass
class AccessLog:
    """Follows the edge's log from `since` on, as a context; across restarts of the edge."""

    edge: Callable[[], Container]
    """Finds the edge's container, which may be another one after an update."""
    since: float
    """Seconds since 1970."""
    _requests: list[Request] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        threading.Thread(target=self._follow, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()

    def sample(self, slot: str = "", since: float = 0.0, until: float = float("inf")) -> Sample:
        """The figures of a slot, or of all, in a span of time."""
        known = list(self._requests)
        return Sample.of(one for one in known if since <= one.at < until and slot in {"", one.slot})

    def _follow(self) -> None:
        since = self.since
        while not self._ended.is_set():
            with suppress(OpsError, DockerException, requests.RequestException):
                lines = self.edge().logs(
                    stdout=True, stderr=False, stream=True, follow=True, timestamps=True, since=since
                )
                for line in lines:
                    if self._ended.is_set():
                        return
                    stamp, _, text = line.decode(errors="replace").partition(" ")
                    since = _seconds(stamp)
                    if request := parse(since, text):
                        self._requests.append(request)
            time.sleep(AGAIN_AFTER)


def parse(at: float, text: str) -> Request | None:
    """One line of the log; None for what is no request to the application, or lasts: a WebSocket."""
    try:
        entry = json.loads(text)
        status, seconds, slot = int(entry["status"]), float(entry["seconds"]), str(entry["slot"])
    except (ValueError, KeyError, TypeError):
        return None
    if entry.get("client") == OWN or status == SWITCHING_PROTOCOLS or entry.get("path", "").startswith(GRAFANA_PATH):
        return None
    return Request(at=at, slot=slot, failed=status >= SERVER_ERROR, seconds=seconds)


def _seconds(stamp: str) -> float:
    """The engine's time, `2026-11-24T10:00:00.123456789Z`, as seconds since 1970."""
    return datetime.fromisoformat(f"{stamp[:26].rstrip('Z')}+00:00").timestamp()
