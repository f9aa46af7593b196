"""A way of releasing, and its measurement: the same load for all."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import requests

from tests.bench.releases.figures import ReleaseFigures, figures
from tests.integration.harness.clients import HEALTH, edge_session
from tests.integration.harness.engine_view import wait_until
from tests.load import LoadRun

RATE = 200
"""Requests per second."""
SOCKETS = 30
STEADY = 2.0
"""Seconds of calm before each release and after the last."""
SETTLE = 2.0
"""Seconds after a command that still count as the release: what it breaks may break late."""
LONGEST_RUN = 900.0
"""Seconds after which the load ends whatever happens."""
ANSWERS_WITHIN = 60.0


@dataclass(frozen=True, kw_only=True)
class Release:
    """One release: moves all traffic to the version that does not serve."""

    way: str
    command: Callable[[], object]


@dataclass(frozen=True, kw_only=True)
class Way:
    """A proxy in front of the application, and releases behind it, in order."""

    port: int
    """Of the loopback interface, where the proxy answers."""
    releases: Sequence[Release]


def measure(way: Way) -> list[ReleaseFigures]:
    """Do the releases under load; a row for each name of them.

    Raises:
        LoadError: the load could not be put on the proxy, or ended early.
    """
    url = url_of(way.port)
    taken: dict[str, dict[str, float]] = {release.way: {} for release in way.releases}
    # A way that fails closes its sockets: they come back, so that the next release meets as many.
    with LoadRun(url, floor=0, rate=RATE, sockets=SOCKETS, reconnect=True, max_seconds=LONGEST_RUN) as load:
        for number, release in enumerate(way.releases, start=1):
            time.sleep(STEADY)
            window = f"{release.way} {number}"
            with load.window(window):
                started = time.monotonic()
                release.command()
                taken[release.way][window] = time.monotonic() - started
                time.sleep(SETTLE)
        time.sleep(STEADY)
    return [figures(name, seconds, load.report) for name, seconds in taken.items()]


def await_answer(port: int) -> None:
    """Wait until the application answers through a proxy."""
    wait_until(lambda: _answers(port), ANSWERS_WITHIN, f"the application answers at {url_of(port)}")


def url_of(port: int) -> str:
    """Where clients reach a proxy."""
    return f"http://127.0.0.1:{port}"


def _answers(port: int) -> bool:
    with edge_session() as session:
        try:
            return bool(session.get(f"{url_of(port)}{HEALTH}", timeout=5).status_code == requests.codes.ok)
        except requests.RequestException:
            return False
