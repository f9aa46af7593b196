"""A tiny stand-in for the Docker SDK's client: just what `Engine` asks of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import requests
from docker.errors import APIError, NotFound

from components.engine import Engine


@dataclass
class FakeContainer:
    """A container as the SDK shows it."""

    name: str
    labels: dict[str, str] = field(default_factory=dict)
    status: str = "running"
    exit_code: int = 0
    pids: int | None = None
    published: tuple[dict[str, Any], ...] = ()
    output: bytes = b""
    hangs: bool = False
    history: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"id-of-{self.name}"

    @property
    def short_id(self) -> str:
        return f"short-id-of-{self.name}"

    @property
    def attrs(self) -> dict[str, Any]:
        return {"State": {"Status": self.status, "ExitCode": self.exit_code}, "HostConfig": {"PidsLimit": self.pids}}

    def remove(self, *, force: bool, v: bool) -> None:
        """`v` takes along volumes without a name, never those with one."""
        self.history.append(f"removed, force={force}, volumes={v}")

    def put_archive(self, path: str, _archive: bytes) -> None:
        self.history.append(f"got files below {path}")

    def start(self) -> None:
        self.history.append(f"started with {self.pids} processes at most")

    def wait(self, timeout: int) -> dict[str, int]:
        if self.hangs:
            raise requests.ConnectionError(f"nothing for {timeout} s")
        return {"StatusCode": self.exit_code}

    def kill(self) -> None:
        self.history.append("killed")

    def logs(self, tail: int) -> bytes:
        return b"\n".join(self.output.splitlines()[-tail:])


@dataclass
class FakeNetwork:
    """A network as the SDK shows it."""

    name: str
    labels: dict[str, str]
    removed: bool = False

    @property
    def attrs(self) -> dict[str, Any]:
        return {"Labels": self.labels}

    def remove(self) -> None:
        self.removed = True


@dataclass
class FakeContainers:
    """`client.containers`."""

    by_name: dict[str, FakeContainer]
    made: FakeContainer = field(default_factory=lambda: FakeContainer("made"))

    def get(self, name: str) -> FakeContainer:
        if name not in self.by_name:
            raise NotFound(name)
        return self.by_name[name]

    def create(self, _image: str, _command: list[str], *, name: str, **_settings: object) -> FakeContainer:
        """One that runs and ends as `made` says."""
        self.made.name = name
        return self.made


@dataclass
class FakeNetworks:
    """`client.networks`."""

    known: Sequence[FakeNetwork]

    def list(self, names: Sequence[str]) -> Sequence[FakeNetwork]:
        return [network for network in self.known if f"^{network.name}$" in names]


@dataclass
class FakeApi:
    """`client.api`: the low-level API over the same containers."""

    known: Sequence[FakeContainer]
    updates: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def containers(self) -> list[dict[str, Any]]:
        return [
            {"Names": [f"/{container.name}"], "Labels": container.labels, "Ports": list(container.published)}
            for container in self.known
        ]

    def inspect_container(self, identity: str) -> dict[str, Any]:
        return self._by_id(identity).attrs

    def exec_create(self, identity: str, command: list[str]) -> dict[str, str]:
        container = self._by_id(identity)
        if container.status != "running":
            raise APIError(f"{container.name} is not running")
        container.history.append(f"was to run {' '.join(command)}")
        return {"Id": f"execution in {identity}"}

    def exec_start(self, execution: str) -> None:
        container = self._by_id(execution.removeprefix("execution in "))
        container.history[-1] = container.history[-1].replace("was to run", "ran")

    def _by_id(self, identity: str) -> FakeContainer:
        (found,) = [container for container in self.known if container.id == identity]
        return found

    def _url(self, pattern: str, identity: str) -> str:
        return pattern.format(identity)

    def _post_json(self, url: str, data: dict[str, Any]) -> requests.Response:
        self.updates.append((url, data))
        self._by_id(url.split("/")[2]).pids = data["PidsLimit"]
        response = requests.Response()
        response.status_code = 200
        return response


class FakeClient:
    """The client: its containers, its networks and its low-level API."""

    def __init__(self, containers: Sequence[FakeContainer], networks: Sequence[FakeNetwork]) -> None:
        self.containers = FakeContainers({container.name: container for container in containers})
        self.networks = FakeNetworks(networks)
        self.api = FakeApi(containers)

    def info(self) -> dict[str, Any]:
        return {"NCPU": 4, "MemTotal": 8 * 1024**3}


def engine_with(*containers: FakeContainer, networks: Sequence[FakeNetwork] = ()) -> tuple[Engine, FakeClient]:
    """An engine whose client is a fake one."""
    engine, client = Engine("unix:///nowhere.sock"), FakeClient(containers, networks)
    vars(engine)["_client"] = client
    return engine, client
