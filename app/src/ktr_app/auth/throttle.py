"""A limit to failed sign-ins, kept in Redis and so shared by all instances."""

from __future__ import annotations

import hashlib

from ktr_app.cache import PREFIX, Cache

WINDOW_SECONDS = 900
PER_ACCOUNT = 5
"""Failures of one address on one account before it must wait."""
PER_ADDRESS = 20
"""Failures of one address on any account."""


class LoginThrottle:
    """Counts failures by address and by address and account, so nobody can lock another one out."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def wait_seconds(self, address: str, user: str) -> int:
        """Return how long this address must wait; 0 when it may try."""
        waits = [0]
        for key, limit in _limits(address, user):
            if int(self._cache.get(key) or 0) >= limit:
                waits.append(max(int(self._cache.ttl(key)), 1))
        return max(waits)

    def failed(self, address: str, user: str) -> None:
        """Count a failure."""
        for key, _ in _limits(address, user):
            with self._cache.pipeline(transaction=True) as pipe:
                pipe.incr(key)
                pipe.expire(key, WINDOW_SECONDS, nx=True)
                pipe.execute()

    def succeeded(self, address: str, user: str) -> None:
        """Forget the failures on this account."""
        self._cache.delete(_limits(address, user)[0][0])


def _limits(address: str, user: str) -> list[tuple[str, int]]:
    return [(_key(f"{address}|{user.lower()}"), PER_ACCOUNT), (_key(address), PER_ADDRESS)]


def _key(subject: str) -> str:
    return f"{PREFIX}login:{hashlib.sha256(subject.encode()).hexdigest()[:32]}"
