"""The history of a stack's releases, in the edge's state volume, where every operator of the engine finds it."""

import getpass
import json
import socket
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from components.nginx import STATE_DIR
from components.traffic import Edge

DIRECTORY = "history"
KEPT = 500
"""Entries; older ones are removed."""
WRITE = """
set -eu
mkdir -p "$1"
printf %s "$3" > "$1/.new"
mv "$1/.new" "$1/$2"
ls "$1" | sort -r | tail -n "+$(($4 + 1))" | while read -r old; do rm -f "$1/$old"; done
"""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One release, switch or rollback."""

    started: str
    """UTC, ISO 8601."""
    who: str
    """User and host."""
    what: str
    """release, switch or rollback."""
    before: str
    """Slot and version that were live."""
    after: str
    """Slot and version that were to be live."""
    seconds: float
    requests: int
    """That the edge answered meanwhile."""
    failed: int
    """Of these, with a status of 500 or more."""
    outcome: str
    """done, rolled back or failed."""
    detail: str = ""
    """Why, where it did not go well."""


def now() -> str:
    """The time of an entry."""
    return datetime.now(tz=UTC).isoformat(timespec="milliseconds")


def operator() -> str:
    """Who is at work."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


def record(edge: Edge, entry: Entry) -> None:
    """Add an entry.

    Raises:
        TrafficError: the edge is down, or its disk is full.
    """
    name = entry.started.replace(":", "").replace("+0000", "") + ".json"
    edge.run(WRITE, f"{STATE_DIR}/{DIRECTORY}", name, json.dumps(asdict(entry)), str(KEPT))


def entries(edge: Edge) -> list[Entry]:
    """All entries, the newest first.

    Raises:
        TrafficError: the stack has no edge.
    """
    files = edge.files()
    names = [path for path in files if path.startswith(f"{DIRECTORY}/") and path.endswith(".json")]
    return [Entry(**json.loads(files[name])) for name in sorted(names, reverse=True)]
