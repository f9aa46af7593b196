"""Real processes of the application, on a real Postgres and a Redis of these tests."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import fakeredis
from psycopg.conninfo import conninfo_to_dict

from tests.database import APP, FLOWS

SOURCE = Path(__file__).parent.parent / "src"
LEASE_SECONDS = 2


@contextmanager
def redis_server() -> Iterator[int]:
    server = fakeredis.TcpFakeServer(("127.0.0.1", 0), server_type="redis")
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()


def free_port() -> int:
    """Return a port on which nobody listens, below those that the kernel gives to outgoing connections."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as chosen:
            if chosen.connect_ex(("127.0.0.1", port)):
                return port


class Processes:
    """Real processes of the application, one for each version."""

    def __init__(self, address: str, redis_port: int, environment: Path) -> None:
        target = conninfo_to_dict(address)
        self._logs = environment.parent
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(SOURCE),
            "DATABASE_HOST": str(target["host"]),
            "DATABASE_PORT": str(target.get("port", 5432)),
            "DATABASE_NAME": str(target["dbname"]),
            "DATABASE_USER": APP,
            "DATABASE_FLOW_ROLE": FLOWS,
            "REDIS_HOST": "127.0.0.1",
            "REDIS_PORT": str(redis_port),
            "REDIS_USER": "default",
            "KTR_MAX_RUNS": "4",
            "KTR_WORKER_LEASE_SECONDS": str(LEASE_SECONDS),
            "KTR_WORKER_GRACE_SECONDS": "1",
            "POLARS_MAX_THREADS": "1",
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.ports: dict[str, int] = {}
        """Of metrics and readiness."""
        self.pages: dict[str, int] = {}

    def start(self, version: str, command: str = "worker") -> None:
        self.ports[version], self.pages[version] = free_port(), free_port()
        changes = {
            "KTR_VERSION": version,
            "KTR_METRICS_PORT": str(self.ports[version]),
            "KTR_PORT": str(self.pages[version]),
        }
        with (self._logs / f"{version}.txt").open("ab") as log:
            self.running[version] = subprocess.Popen(
                [sys.executable, "-m", "ktr_app.cli", command],
                env={**self._environment, **changes},
                stdout=log,
                stderr=log,
            )

    def end(self, version: str, number: signal.Signals) -> int:
        process = self.running.pop(version)
        process.send_signal(number)
        return process.wait(20)

    def close(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()

    def log(self, version: str) -> str:
        return (self._logs / f"{version}.txt").read_text()
