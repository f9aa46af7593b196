"""What the edge's access log says about a span of time: requests, failures and latency of each slot."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from docker.models.containers import Container

OWN = "127.0.0.1"
"""Client of the platform's own checks."""
SWITCHING_PROTOCOLS = 101
SERVER_ERROR = 500


@dataclass
class Sample:
    """What one slot answered."""

    requests: int = 0
    failed: int = 0
    """With a status of 500 or more."""
    seconds: list[float] = field(default_factory=list)
    """Duration of each request; WebSockets left out."""

    @property
    def failure_rate(self) -> float:
        """Failed requests of all, 0 to 1."""
        return self.failed / self.requests if self.requests else 0.0

    @property
    def p95(self) -> float:
        """Seconds within which 95 of 100 requests were answered."""
        ordered = sorted(self.seconds)
        return ordered[int(len(ordered) * 0.95)] if ordered else 0.0


def samples(lines: Iterable[str]) -> Mapping[str, Sample]:
    """Sample by slot; lines that are no entries are left out."""
    found: defaultdict[str, Sample] = defaultdict(Sample)
    for line in lines:
        try:
            entry = json.loads(line)
            status, seconds = int(entry["status"]), float(entry["seconds"])
        except (ValueError, KeyError, TypeError):
            continue
        if entry.get("client") == OWN or status == SWITCHING_PROTOCOLS:
            continue
        sample = found[entry.get("slot", "")]
        sample.requests += 1
        sample.failed += status >= SERVER_ERROR
        sample.seconds.append(seconds)
    return found


def read(edge: Container, since: float, until: float | None = None) -> Mapping[str, Sample]:
    """Samples of the span from `since` to `until` (seconds since 1970)."""
    text = edge.logs(stdout=True, stderr=False, since=since, until=until).decode(errors="replace")
    return samples(text.splitlines())


def total(by_slot: Mapping[str, Sample]) -> Sample:
    """All slots together."""
    whole = Sample()
    for sample in by_slot.values():
        whole.requests += sample.requests
        whole.failed += sample.failed
        whole.seconds += sample.seconds
    return whole
