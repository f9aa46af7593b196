"""Redis; each new connection reads the password anew."""

from __future__ import annotations

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.credentials import CredentialProvider
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from ktr_app.secret_file import read_secret
from ktr_app.settings import Settings

Cache = Redis

PREFIX = "ktr:"
"""The only keys that the application's Redis user may touch."""


class FileCredentials(CredentialProvider):
    """Gives user and password, the latter from its file."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def get_credentials(self) -> tuple[str] | tuple[str, str]:
        """Return what to authenticate with now."""
        return self._settings.redis_user, read_secret(self._settings.redis_password_file)


def make_cache(settings: Settings) -> Cache:
    """Return a client with short timeouts: a page must not hang on the cache."""
    return Redis(
        host=settings.redis_host,
        port=settings.redis_port,
        credential_provider=FileCredentials(settings),
        decode_responses=True,
        socket_timeout=3,
        socket_connect_timeout=3,
        retry=Retry(ExponentialBackoff(cap=0.5), 2),
        retry_on_error=[RedisConnectionError, RedisTimeoutError],
        health_check_interval=30,
    )
