"""Generated secrets: each made once, kept encrypted in the state, handed over as files only."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_random as random

PASSWORD_LENGTH = 25
SCRAM_ITERATIONS = 4096
PLATFORM_SECRETS = (
    "postgres-superuser",
    "postgres-app",
    "postgres-migrate",
    "postgres-backup",
    "postgres-monitor",
    "postgres-readonly",
    "redis-app",
    "redis-monitor",
    "app-secret-key",
    "app-jwt-secret",
    "app-admin-password",
)
GRAFANA_ADMIN_PASSWORD = "grafana-admin-password"  # noqa: S105 (a name)
GRAFANA_SECRET_KEY = "grafana-secret-key"  # noqa: S105 (a name)
LOG_PSEUDONYM_KEY = "log-pseudonym-key"
GRAFANA_SECRETS = (GRAFANA_ADMIN_PASSWORD, GRAFANA_SECRET_KEY)


@dataclass(frozen=True, kw_only=True)
class SecretsArgs:
    """Which secrets to generate."""

    names: Sequence[str]


class Secrets(pulumi.ComponentResource):
    """Random secrets by name, letters and digits only, so that no consumer has to quote them."""

    def __init__(self, name: str, args: SecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ktr:index:Secrets", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self._values = {
            secret: random.RandomPassword(
                f"{name}-{secret}", length=PASSWORD_LENGTH, special=False, opts=child
            ).result.apply(str)
            for secret in args.names
        }
        self.register_outputs({})

    def __getitem__(self, name: str) -> pulumi.Output[str]:
        return pulumi.Output.secret(self._values[name])


def scram_verifier(password: str, salt_context: str) -> str:
    """What PostgreSQL stores for `password`, so that the password itself never reaches the server.

    RFC 5802 with SHA-256. The salt derives from the password and `salt_context`: it has to be the same at each run
    and differ between roles, and with generated passwords it tells nothing about them.
    """
    salt = hmac.digest(password.encode(), f"ktr-scram:{salt_context}".encode(), "sha256")[:16]
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, SCRAM_ITERATIONS)
    stored_key = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    encoded = [base64.b64encode(part).decode() for part in (salt, stored_key, server_key)]
    return f"SCRAM-SHA-256${SCRAM_ITERATIONS}:{encoded[0]}${encoded[1]}:{encoded[2]}"


def redis_password_hash(password: str) -> str:
    """What a Redis ACL file holds for `password`."""
    return "#" + hashlib.sha256(password.encode()).hexdigest()
