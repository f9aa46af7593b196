"""Another proxy in front of the platform's own application containers, with the limits of its edge."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from docker.models.containers import Container

from components.nginx.config import HTTP_PORT
from tests.bench.platform import Platform
from tests.bench.releases.way import await_answer
from tests.integration.harness.engine_view import EngineView
from tests.support.ports import LOOPBACK, free_ports

CONFIG_DIR = "/etc/bench"
"""Where a proxy finds its configuration; it listens at the edge's port."""


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """A running proxy."""

    view: EngineView
    container: Container
    port: int

    def shell(self, script: str) -> str:
        """Run a shell script in the container and return its output.

        Raises:
            RuntimeError: it failed; carries its output.
        """
        done = self.view.shell(self.container, script)
        if done.code:
            raise RuntimeError(f"`{script}` failed with exit code {done.code}:\n{done.output}")
        return done.output


@contextmanager
def proxy(view: EngineView, deployment: Platform, image: str, config: Path, command: Sequence[str]) -> Iterator[Proxy]:
    """A proxy that answers, removed at the end; its configuration is read from the folder `config`."""
    config.chmod(0o755)
    for file in config.iterdir():
        file.chmod(0o644)
    edge = view.inspect(view.service(deployment.name, "nginx").id or "")
    (port,) = free_ports(1)
    made = view.api.create_container(
        image,
        command=list(command),
        name=f"ktr-bench-{secrets.token_hex(4)}",
        user=edge["Config"]["User"],
        host_config={
            **edge["HostConfig"],
            "Mounts": [],
            "Binds": [f"{config}:{CONFIG_DIR}:ro"],
            "NetworkMode": next(iter(edge["NetworkSettings"]["Networks"])),
            "PortBindings": {f"{HTTP_PORT}/tcp": [{"HostIp": LOOPBACK, "HostPort": str(port)}]},
        },
        ports=[HTTP_PORT],
    )
    container = view.client.containers.get(made["Id"])
    try:
        container.start()
        await_answer(port)
        yield Proxy(view=view, container=container, port=port)
    finally:
        container.remove(force=True, v=True)
