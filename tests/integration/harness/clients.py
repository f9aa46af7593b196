"""Clients of a deployment: the edge over HTTP, the database and the cache from inside the data network."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
import urllib3

from tests.integration.harness.deployment import Deployment
from tests.integration.harness.engine_view import EngineView, Execution

HEALTH = "/_stcore/health"
STREAM = "/_stcore/stream"


@contextmanager
def edge_session() -> Iterator[requests.Session]:
    """HTTP with cookies, taking self-signed certificates."""
    with requests.Session() as session:
        session.verify = False
        # Else variables such as REQUESTS_CA_BUNDLE would have their say again.
        session.trust_env = False
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        yield session


def answers(deployment: Deployment, path: str = HEALTH) -> bool:
    """Whether the application answers through the edge."""
    with edge_session() as session:
        try:
            return bool(session.get(f"{deployment.url}{path}", timeout=5).status_code == requests.codes.ok)
        except requests.RequestException:
            return False


def trusting_context() -> ssl.SSLContext:
    """TLS that takes any certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@dataclass(frozen=True)
class Sql:
    """`psql` inside the Postgres container, over TCP as clients connect, or over the socket as the superuser."""

    view: EngineView
    deployment: Deployment

    def run(self, role: str, password: str, statement: str, database: str = "ktr") -> Execution:
        """Run SQL as a role over the network."""
        target = f"host=postgres dbname={database} user={role} connect_timeout=5"
        return self._psql(target, statement, {"PGPASSWORD": password})

    def superuser(self, statement: str) -> str:
        """Run SQL as the superuser over the server's own socket; fails unless it succeeds."""
        done = self._psql("dbname=ktr user=postgres", statement, {})
        assert done.code == 0, done.output
        return done.output.strip()

    def _psql(self, target: str, statement: str, environment: dict[str, str]) -> Execution:
        container = self.view.service(self.deployment.name, "postgres")
        command = ["psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", target, "-c", statement]
        return self.view.run_in(container, command, environment)


@dataclass(frozen=True)
class Cache:
    """`redis-cli` inside the Redis container."""

    view: EngineView
    deployment: Deployment

    def run(self, user: str, password: str, *command: str) -> str:
        """Run a command as a user; errors come back as text, as redis-cli prints them."""
        container = self.view.service(self.deployment.name, "redis")
        login = ["--user", user] if user else []
        environment = {"REDISCLI_AUTH": password} if password else {}
        return self.view.run_in(container, ["redis-cli", *login, *command], environment).output.strip()


def secret_file(view: EngineView, deployment: Deployment, component: str, name: str) -> str:
    """The content of a secret file as the container that needs it reads it."""
    container = view.service(deployment.name, component)
    read = view.run_in(container, ["cat", f"/run/secrets/{name}"])
    assert read.code == 0, read.output
    return read.output.strip()


def exported_secret(deployment: Deployment, name: str) -> str:
    """A generated secret by its name in the program, such as `postgres-migrate`."""
    resources: list[dict[str, Any]] = deployment.exported["deployment"]["resources"]
    (found,) = [item for item in resources if item["urn"].endswith(f"::secrets-{name}")]
    return str(found["outputs"]["result"]["plaintext"]).strip('"')
