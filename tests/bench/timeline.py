"""When each resource of an update began and ended, from Pulumi's own events."""

import json
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.results import Share

BEFORE = "program start, until the first resource"
AFTER = "after the last resource"
UNCHANGED = "same"


@dataclass
class Span:
    """The steps of one resource."""

    urn: str
    begin: float
    """Seconds since the start of the command."""
    end: float
    seconds: float = 0.0
    """Time inside steps: less than the whole span where a replacement waits between its steps."""

    @property
    def type(self) -> str:
        """The resource's type, such as `docker:index/container:Container`."""
        return self.urn.split("::")[2].rpartition("$")[2]

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.rpartition("::")[2]


@dataclass
class Timeline:
    """What happened when in one update."""

    started: float = field(default_factory=time.monotonic)
    total: float = 0.0
    spans: dict[str, Span] = field(default_factory=dict)
    _running: dict[str, float] = field(default_factory=dict)

    def add(self, event: dict[str, Any]) -> None:
        """Take in an event as it arrives. (Its own time stamp has whole seconds only.)"""
        now = time.monotonic() - self.started
        if "resourcePreEvent" in event:
            self._running[event["resourcePreEvent"]["metadata"]["urn"]] = now
        elif "resOutputsEvent" in event:
            metadata = event["resOutputsEvent"]["metadata"]
            begin = self._running.pop(metadata["urn"], now)
            if metadata["op"] != UNCHANGED:
                span = self.spans.setdefault(metadata["urn"], Span(metadata["urn"], begin, now))
                span.end = now
                span.seconds += now - begin

    def seconds_of(self, name: str) -> float:
        """Time spent on the resources called `name`; 0 when they did not change."""
        return sum(span.seconds for span in self._custom() if span.name == name)

    def shares(self) -> list[Share]:
        """The time by type of resource, the longest first, between what comes before and after all of them."""
        spans = self._custom()
        by_type: defaultdict[str, list[float]] = defaultdict(list)
        for span in spans:
            by_type[span.type].append(span.seconds)
        types = [
            Share(name=kind, seconds=sum(taken), count=len(taken), longest=max(taken))
            for kind, taken in by_type.items()
        ]
        before = min(span.begin for span in spans)
        after = self.total - max(span.end for span in spans)
        slowest = sorted(spans, key=lambda span: span.seconds, reverse=True)[:5]
        return [
            Share(name=BEFORE, seconds=before),
            *sorted(types, key=lambda share: share.seconds, reverse=True),
            *(Share(name=f"  {span.name}, begun at {span.begin:.1f} s", seconds=span.seconds) for span in slowest),
            Share(name=AFTER, seconds=after),
            Share(name="whole", seconds=self.total),
        ]

    def _custom(self) -> list[Span]:
        return [span for span in self.spans.values() if not span.type.startswith(("ktr:", "pulumi:pulumi:"))]


@contextmanager
def recorded(directory: Path) -> Iterator[tuple[Timeline, list[str]]]:
    """A timeline of the one command run inside, which has to be given the arguments that come with it.

    Pulumi writes its events into a named pipe; what is in it when the command has ended is still read.
    """
    pipe = directory / "events"
    os.mkfifo(pipe)
    timeline = Timeline()
    # Held open for writing as well: else the reader would wait for ever for a command that fails early.
    keep = os.open(pipe, os.O_RDWR)
    reader = threading.Thread(target=_read, args=(pipe, timeline), daemon=True)
    reader.start()
    try:
        yield timeline, ["--event-log", str(pipe)]
        timeline.total = time.monotonic() - timeline.started
    finally:
        os.write(keep, b"\n")
        os.close(keep)
        reader.join()
        pipe.unlink()


def _read(pipe: Path, timeline: Timeline) -> None:
    with pipe.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                timeline.add(json.loads(line))
