"""What the edge's access log says of the requests of one run: which came more than once, which never came."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tests.load.edge import USER_AGENT


@dataclass(frozen=True)
class Arrivals:
    """Requests of a run that have a number, as the edge saw them."""

    seen: int
    """Different ones."""
    repeated: tuple[str, ...]
    """Identities that came more than once: somebody on the way sent them again."""
    passed_on: tuple[str, ...]
    """Identities that the edge asked of more than one replica."""


def arrivals(lines: Iterable[str], run: str) -> Arrivals:
    """Read nginx's access log; lines that are no JSON (its error log) are left out."""
    counted: Counter[str] = Counter()
    passed_on = []
    prefix = f"{USER_AGENT}{run}-"
    for line in lines:
        if prefix not in line or not line.startswith("{"):
            continue
        entry = json.loads(line)
        identity = entry["user_agent"].removeprefix(USER_AGENT)
        if not identity.rpartition("-")[2].isdecimal() or identity.count("-") > 1:
            continue
        counted[identity] += 1
        # nginx separates the replicas of one request by commas, those of internal redirects by colons.
        if any(separator in entry["upstream"] for separator in (", ", " : ")):
            passed_on.append(identity)
    repeated = tuple(identity for identity, count in counted.items() if count > 1)
    return Arrivals(len(counted), repeated, tuple(passed_on))
