"""Redis: sessions and cache."""

from components.redis.component import Redis, RedisArgs
from components.redis.config import RedisUser

__all__ = ["Redis", "RedisArgs", "RedisUser"]
