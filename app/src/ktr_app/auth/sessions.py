"""Sessions in Redis, so that they survive a reload and a switch of the application instance."""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass

from ktr_app.cache import PREFIX, Cache

COOKIE = "ktr_session"
_INDEX = f"{PREFIX}sessions"


@dataclass(frozen=True, kw_only=True)
class Session:
    """Somebody who is signed in."""

    user: str


class Sessions:
    """Random tokens, of which Redis holds only hashes.

    Args:
        cache: the Redis client.
        seconds: life of a session after its last use.
    """

    def __init__(self, cache: Cache, *, seconds: int) -> None:
        self._cache = cache
        self.seconds = seconds

    def start(self, user: str) -> str:
        """Begin a session; return the token for the cookie."""
        token = secrets.token_urlsafe(32)
        key = _key(token)
        with self._cache.pipeline(transaction=True) as pipe:
            pipe.set(key, user, ex=self.seconds)
            pipe.zadd(_INDEX, {key: time.time() + self.seconds})
            pipe.execute()
        return token

    def find(self, token: str | None) -> Session | None:
        """Return the session of a token and prolong it; None where there is none."""
        if not token:
            return None
        key = _key(token)
        user = self._cache.getex(key, ex=self.seconds)
        if not isinstance(user, str):
            return None
        self._cache.zadd(_INDEX, {key: time.time() + self.seconds}, xx=True)
        return Session(user=user)

    def end(self, token: str | None) -> None:
        """End a session at once."""
        if token:
            key = _key(token)
            self._cache.delete(key)
            self._cache.zrem(_INDEX, key)

    def count(self) -> int:
        """Return how many sessions live, on all instances."""
        self._cache.zremrangebyscore(_INDEX, "-inf", time.time())
        return int(self._cache.zcard(_INDEX))


def _key(token: str) -> str:
    return f"{PREFIX}session:{hashlib.sha256(token.encode()).hexdigest()}"
