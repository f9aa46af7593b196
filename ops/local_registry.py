"""A registry of our own on the engine's loopback, filled with stand-ins."""

import time
from collections.abc import Iterator

import requests
from docker.errors import APIError, DockerException, NotFound
from docker.models.containers import Container
from docker.types import LogConfig

from ops.console import Step
from ops.engine import Engine
from ops.errors import OpsError
from ops.paths import Paths
from ops.standins import StandIn, build, stand_in, stand_in_keys

NAME = "ktr-registry"
LABEL = "ktr.io/local-registry"
ADDRESS = "127.0.0.1"
PORTS = range(5000, 5020)
START_TIMEOUT = 30.0
MEMORY = "512m"


class LocalRegistry:
    """The registry container of an engine."""

    def __init__(self, engine: Engine, paths: Paths) -> None:
        self._engine = engine
        self._paths = paths

    @property
    def host(self) -> str:
        """Address and port as the engine sees them; empty when there is no such container."""
        container = self._container()
        return _published(container) if container else ""

    def ensure(self, step: Step) -> str:
        """Start it, build and push the stand-ins that it lacks, and return its address.

        Raises:
            OpsError: a stand-in cannot be built or pushed, or no port is free.
        """
        host = self._ensure_running(step)
        for key in stand_in_keys(self._paths):
            item = stand_in(key, self._paths)
            if not self._holds(host, item):
                name = f"{host}/{item.image.repository}"
                build(item, [f"{name}:{item.image.tag}", f"{name}:{item.marker}"], self._engine, self._paths, step)
                for tag in (item.image.tag, item.marker):
                    step.detail = f"pushing {item.image.repository}:{tag}"
                    self._push(name, tag)
        return host

    def _container(self) -> Container | None:
        found: list[Container] = self._engine.client.containers.list(all=True, filters={"label": f"{LABEL}=true"})
        return found[0] if found else None

    def _ensure_running(self, step: Step) -> str:
        container = self._container()
        if container is None:
            container = self._create(step)
        elif container.status != "running":
            step.detail = "starting the local registry"
            container.start()
        host = _published(container)
        deadline = time.monotonic() + START_TIMEOUT
        while not self._answers(host):
            if time.monotonic() > deadline:
                log = container.logs(tail=15).decode(errors="replace")
                raise OpsError(f"the local registry at {host} does not answer:\n{log}", fix=f"docker rm -f {NAME}")
            time.sleep(0.2)
        return host

    def _create(self, step: Step) -> Container:
        item = stand_in("registry", self._paths)
        image = f"ktr-standin/registry:{item.digest}"
        build(item, [image], self._engine, self._paths, step)
        step.detail = "starting the local registry"
        for port in PORTS:
            container = self._engine.client.containers.create(
                image,
                name=NAME,
                labels={LABEL: "true"},
                ports={"5000/tcp": (ADDRESS, port)},
                volumes={NAME: {"bind": "/var/lib/registry", "mode": "rw"}},
                tmpfs={"/tmp": "size=64m"},  # noqa: S108 (inside the container)
                read_only=True,
                cap_drop=["ALL"],
                security_opt=["no-new-privileges"],
                mem_limit=MEMORY,
                memswap_limit=MEMORY,
                pids_limit=100,
                restart_policy={"Name": "always", "MaximumRetryCount": 0},
                log_config=LogConfig(type=LogConfig.types.JSON, config={"max-size": "10m", "max-file": "3"}),
            )
            try:
                container.start()
            except APIError as error:
                container.remove(force=True)
                if "port is already allocated" in str(error) or "address already in use" in str(error):
                    continue
                raise
            container.reload()
            return container
        raise OpsError(f"no port from {PORTS.start} to {PORTS.stop - 1} is free for the local registry")

    def _answers(self, host: str) -> bool:
        try:
            self._engine.patient(5).images.get_registry_data(f"{host}/library/none:none")
        except NotFound:
            return True
        except (DockerException, requests.RequestException) as error:
            return "unknown" in str(error)
        return True

    def _holds(self, host: str, item: StandIn) -> bool:
        name = f"{host}/{item.image.repository}"
        try:
            return self._digest(f"{name}:{item.marker}") == self._digest(f"{name}:{item.image.tag}")
        except DockerException:
            return False

    def _digest(self, name: str) -> str:
        return str(self._engine.client.images.get_registry_data(name).id)

    def _push(self, repository: str, tag: str) -> None:
        events: Iterator[dict[str, str]] = self._engine.client.api.push(repository, tag, stream=True, decode=True)
        for event in events:
            if "error" in event:
                raise OpsError(f"pushing {repository}:{tag} failed: {event['error']}", fix=f"See: docker logs {NAME}")


def _published(container: Container) -> str:
    binding = container.attrs["HostConfig"]["PortBindings"]["5000/tcp"][0]
    return f"{binding['HostIp'] or ADDRESS}:{binding['HostPort']}"
