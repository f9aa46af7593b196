"""The Docker engine as the program sees it: what Pulumi's provider cannot say or do."""

import io
import os
import tarfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import docker
import pulumi
import requests
from docker.context import ContextAPI
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.models.containers import Container

from components.naming import LABEL_PREFIX, STACK_LABEL

DEPLOYMENT_LABEL = f"{LABEL_PREFIX}/deployment"
RETRY_KEY = "retry"
JOB_TIMEOUT = 900
"""Seconds that a job, such as a migration, may take."""
LOG_LINES = 20
SOCKET_PATH = "/var/run/docker.sock"
DEFAULT_HOST = f"unix://{SOCKET_PATH}"


class EngineError(pulumi.RunError):
    """The engine refused or holds something in the way. Pulumi prints the message, which says what to do, and stops."""


def resolve_host(configured: str | None) -> str:
    """Address of the engine: the setting, else DOCKER_HOST, else the current docker context, else the default."""
    if configured:
        return configured
    if host := os.environ.get("DOCKER_HOST"):
        return host
    context = ContextAPI.get_current_context()
    return str(context.Host) if context and context.Host else DEFAULT_HOST


@dataclass(frozen=True)
class PublishedPort:
    """A port of the host that a container listens on."""

    address: str
    port: int
    container: str
    stack: str
    """Value of the label `ktr.io/stack`; empty for a container of somebody else."""


@dataclass(frozen=True, kw_only=True)
class FilesCheck:
    """A program that reads files and says whether it could work with them."""

    what: str
    """Who refuses what, as an error begins."""
    mounts: Mapping[str, str]
    """Where a volume appears, by the volume's short name."""
    command: Sequence[str]
    user: str
    entrypoint: str | None = None
    """In place of the image's own."""
    image: pulumi.Input[str] | None = None
    """Image that holds the program; by default that of all loaders."""


@dataclass(frozen=True)
class Capacity:
    """What the host of the engine has."""

    cpus: int
    memory: int
    """Bytes."""


class Engine:
    """A connection to the engine at `host`, opened when first needed."""

    def __init__(self, host: str) -> None:
        self.host = host

    @cached_property
    def _client(self) -> docker.DockerClient:
        try:
            client = docker.DockerClient(base_url=self.host, use_ssh_client=True, timeout=30)
            client.ping()
        except (DockerException, OSError) as error:
            raise EngineError(
                f"no Docker engine answers at {self.host} ({error}). Start one, or name another with "
                "DOCKER_HOST, `docker context use`, or the setting ktr:engine.host"
            ) from error
        return client

    @property
    def is_local(self) -> bool:
        """Whether the engine runs on this machine."""
        return self.host.startswith(("unix://", "npipe://"))

    @property
    def socket_path(self) -> str:
        """Where the engine's socket lies on its host."""
        return self.host.removeprefix("unix://") if self.host.startswith("unix://") else SOCKET_PATH

    def capacity(self) -> Capacity:
        """CPUs and memory of the engine's host."""
        info = self._client.info()
        return Capacity(cpus=int(info["NCPU"]), memory=int(info["MemTotal"]))

    def published_ports(self) -> list[PublishedPort]:
        """The TCP ports that running containers publish."""
        return [
            PublishedPort(
                address=port.get("IP", "0.0.0.0"),  # noqa: S104 (what the engine reports)
                port=port["PublicPort"],
                container=container["Names"][0].lstrip("/"),
                stack=container["Labels"].get(STACK_LABEL, ""),
            )
            for container in self._client.api.containers()
            for port in container["Ports"]
            if "PublicPort" in port and port["Type"] == "tcp"
        ]

    def limit_pids(self, container_id: str, pids: int) -> None:
        """Set the limit of processes, which `docker.Container` has no input for, unless it is in force already."""
        container = self._client.api.inspect_container(container_id)
        if container["HostConfig"].get("PidsLimit") != pids:
            # The SDK's update_container has no pids limit either, though the engine's API does.
            api: Any = self._client.api
            url = api._url("/containers/{0}/update", container_id)  # noqa: SLF001
            api._post_json(url, data={"PidsLimit": pids}).raise_for_status()  # noqa: SLF001

    def hang_up(self, container_id: str) -> None:
        """Send SIGHUP to a container's process, which then reads its files again; one that does not run will anyway.

        From inside: whatever signal the engine itself sends, it takes the container for stopped on purpose from then
        on, and does not start it again when it dies.
        """
        with suppress(APIError):
            execution = self._client.api.exec_create(container_id, ["sh", "-c", "kill -HUP 1"])
            self._client.api.exec_start(execution["Id"])

    def container(self, name: str) -> Container | None:
        """The container called `name`, running or not."""
        try:
            return self._client.containers.get(name)
        except NotFound:
            return None

    def image_id(self, reference: str) -> str:
        """The id of an image that the engine holds.

        Raises:
            EngineError: it holds none of that name.
        """
        try:
            return str(self._client.images.get(reference).id)
        except ImageNotFound:
            raise EngineError(
                f"the engine holds no image {reference}. It was built from source elsewhere, or removed since: "
                "release the version `source`, or one that CI has pushed"
            ) from None

    def run_job(self, name: str, pids: int) -> None:
        """Start the created container `name` and wait for its end.

        Raises:
            EngineError: it exited with another code than 0, or not in JOB_TIMEOUT; the message ends with its output.
        """
        container = self._client.containers.get(name)
        self.limit_pids(container.id or name, pids)
        container.start()
        try:
            result = f"exit code {container.wait(timeout=JOB_TIMEOUT)['StatusCode']}"
        except (requests.Timeout, requests.ConnectionError):
            container.kill()
            result = f"no end within {JOB_TIMEOUT} s"
        if result != "exit code 0":
            raise EngineError(
                f"job {name}: {result}; the next update runs it again. Its last output:\n{_last_lines(container)}"
            )

    def last_words(self, name: str) -> str:
        """The last lines that the container `name` wrote; empty where there are none or nobody can say."""
        try:
            container = self.container(name)
            return _last_lines(container) if container else ""
        except (DockerException, requests.RequestException, EngineError):
            return ""

    def check_files(self, name: str, image: str, uploads: Mapping[str, str], check: FilesCheck) -> None:
        """Let a throw-away container called `name` read the files `uploads` (content by `/<volume>/<file>`).

        Raises:
            EngineError: its program refuses them; the message ends with its output.
        """
        with suppress(NotFound):
            self._client.containers.get(name).remove(force=True, v=True)
        container = self._client.containers.create(
            image,
            list(check.command),
            entrypoint=check.entrypoint,
            name=name,
            user=check.user,
            network_mode="none",
            cap_drop=["ALL"],
        )
        try:
            container.put_archive("/", _archive(uploads, check.mounts))
            container.start()
            code = container.wait(timeout=JOB_TIMEOUT)["StatusCode"]
            if code != 0:
                raise EngineError(f"{check.what}:\n{container.logs(tail=LOG_LINES).decode(errors='replace')}")
        finally:
            container.remove(force=True, v=True)

    def retry_marker(self, job: str) -> str:
        """A text that changes when the job's last run failed, so that the next update runs it again."""
        container = self.container(job)
        if container is None:
            return ""
        state = container.attrs["State"]
        if state["Status"] != "exited" or state["ExitCode"] != 0:
            return str(container.short_id)
        return str(container.labels.get(f"{LABEL_PREFIX}/{RETRY_KEY}", ""))

    def remove_leftover_container(self, name: str, deployment: str) -> None:
        """Remove a container that an interrupted update of this deployment made but did not record.

        Raises:
            EngineError: the container belongs to somebody else.
        """
        if container := self.container(name):
            _require_own("container", name, container.labels, deployment)
            container.remove(force=True, v=True)

    def remove_leftover_network(self, name: str, deployment: str) -> None:
        """Remove networks of that name which an interrupted update of this deployment did not record.

        Raises:
            EngineError: a network of that name belongs to somebody else.
        """
        for network in self._client.networks.list(names=[f"^{name}$"]):
            _require_own("network", name, network.attrs["Labels"], deployment)
            network.remove()


def _last_lines(container: Container) -> str:
    return container.logs(tail=LOG_LINES).decode(errors="replace").rstrip()


def _archive(uploads: Mapping[str, str], mounts: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, content in uploads.items():
            volume, _, file = path.strip("/").partition("/")
            if volume in mounts:
                member = tarfile.TarInfo(f"{mounts[volume].strip('/')}/{file}")
                member.size, member.mode = len(content.encode()), 0o444
                tar.addfile(member, io.BytesIO(content.encode()))
    return buffer.getvalue()


def _require_own(kind: str, name: str, labels: dict[str, str], deployment: str) -> None:
    if labels.get(DEPLOYMENT_LABEL) != deployment:
        owner = labels.get(STACK_LABEL)
        whose = f"another deployment of stack {owner!r}" if owner else "something else"
        force = "--force " if kind == "container" else ""
        raise EngineError(
            f"the {kind} {name} exists already and belongs to {whose}. If its Pulumi state is elsewhere, select "
            f"that backend; if the state is lost, remove it first: docker {kind} rm {force}{name}"
        )
