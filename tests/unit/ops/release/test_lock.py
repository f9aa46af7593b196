"""The lock of a release: held by one, told to the others, taken over from the dead."""

import getpass
import os
import socket
from typing import Any

import pytest
from docker.errors import APIError, NotFound

from ops.errors import OpsError
from ops.release.lock import HOST, PID, break_lock, release_lock, require_unlocked


class Answer:
    status_code = 409
    reason = "Conflict"


class LockContainer:
    def __init__(self, containers: "LockContainers", name: str, labels: dict[str, str]) -> None:
        self._containers, self._name, self.labels = containers, name, labels

    def remove(self, *, force: bool) -> None:
        assert force
        del self._containers.by_name[self._name]


class LockContainers:
    """`client.containers`, as far as a lock needs it."""

    def __init__(self) -> None:
        self.by_name: dict[str, LockContainer] = {}

    def create(self, image: str, *, name: str, labels: dict[str, str], network_mode: str) -> LockContainer:
        assert (image, network_mode) == ("sha256:1", "none")
        if name in self.by_name:
            raise APIError("in use", response=Answer())  # type: ignore[arg-type] # as much of an answer as is read
        return self.by_name.setdefault(name, LockContainer(self, name, labels))

    def get(self, name: str) -> LockContainer:
        if name not in self.by_name:
            raise NotFound(name)
        return self.by_name[name]


class Client:
    def __init__(self) -> None:
        self.containers = LockContainers()


def lock(client: Any, doing: str = "release of 1.1") -> Any:
    return release_lock(client, "prod", "sha256:1", doing)


def test_is_held_and_given_back() -> None:
    client = Client()
    with lock(client):
        assert list(client.containers.by_name) == ["ktr-prod-release-lock"]
    assert client.containers.by_name == {}


def test_is_given_back_after_a_fault() -> None:
    client = Client()
    with pytest.raises(RuntimeError), lock(client):
        raise RuntimeError
    assert client.containers.by_name == {}


def test_tells_others_who_holds_it() -> None:
    client = Client()
    with lock(client), pytest.raises(OpsError) as raised, lock(client, "rollback"):
        pass
    assert f"release of 1.1, by {getpass.getuser()}" in raised.value.what
    assert f"process {os.getpid()} on {socket.gethostname()}" in raised.value.what
    assert raised.value.fix.endswith("ktr unlock prod")


def test_of_a_dead_process_is_taken_over() -> None:
    client = Client()
    with lock(client):
        client.containers.by_name["ktr-prod-release-lock"].labels[PID] = str(2**22 + 1)
        with lock(client, "rollback"):
            assert list(client.containers.by_name) == ["ktr-prod-release-lock"]


def test_of_another_host_is_never_taken_over() -> None:
    client = Client()
    with lock(client):
        labels = client.containers.by_name["ktr-prod-release-lock"].labels
        labels[PID], labels[HOST] = str(2**22 + 1), "elsewhere"
        with pytest.raises(OpsError, match="on elsewhere"), lock(client):
            pass


def test_keeps_other_deployments_out_while_it_is_held() -> None:
    client: Any = Client()
    require_unlocked(client, "prod")
    with lock(client):
        with pytest.raises(OpsError, match="stack prod is being changed: release of"):
            require_unlocked(client, "prod")
        client.containers.by_name["ktr-prod-release-lock"].labels[PID] = str(2**22 + 1)
        require_unlocked(client, "prod")


def test_can_be_broken_by_hand() -> None:
    client: Any = Client()
    with lock(client):
        assert "release of 1.1" in break_lock(client, "prod")
        assert break_lock(client, "prod") == ""
