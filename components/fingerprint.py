"""Short fingerprints: labels that change when something a container cannot show has changed."""

import hashlib
import json
from collections.abc import Mapping


def fingerprint(values: Mapping[str, object]) -> str:
    """Twelve hexadecimal digits that change with `values`."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]
