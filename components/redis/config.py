"""Redis's configuration and its users."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from components.secrets import redis_password_hash
from components.templates import render
from components.workload import MEBIBYTE

TEMPLATE = Path(__file__).with_name("redis.conf.j2")
MAXMEMORY_SHARE = 0.6
"""Share of the memory limit for data; the rest covers copy-on-write during a rewrite of the append-only file."""


class RedisUser(StrEnum):
    """The users that exist; the default one is off."""

    APP = "ktr_app"
    MONITOR = "ktr_monitor"

    @property
    def secret(self) -> str:
        """Name of the user's password among the secrets."""
        return f"redis-{self.name.lower()}"


RULES: Mapping[RedisUser, str] = {
    RedisUser.APP: "~ktr:* &ktr:* +@all -@admin -@dangerous +info",
    RedisUser.MONITOR: "+ping +info +config|get +slowlog +latency +client|list +dbsize",
}


def render_config(memory: int, acl_file: str) -> str:
    """redis.conf for a server that may use `memory` bytes."""
    return render(TEMPLATE, maxmemory=int(memory * MAXMEMORY_SHARE) // MEBIBYTE, acl_file=acl_file)


def render_acl(passwords: Mapping[str, str]) -> str:
    """The ACL file. It holds hashes of the passwords (by user), never the passwords."""
    users = [f"user {user} on {redis_password_hash(passwords[user])} {rules}" for user, rules in RULES.items()]
    return "\n".join(["user default off resetpass -@all", *users, ""])
