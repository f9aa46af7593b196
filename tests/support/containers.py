"""Questions that tests ask of recorded containers, volumes and networks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.support.recording import Program, Resource, revealed

CONTAINER = "docker:index/container:Container"
VOLUME = "docker:index/volume:Volume"
NETWORK = "docker:index/network:Network"
IMAGE = "docker:index/remoteImage:RemoteImage"


@dataclass(frozen=True, kw_only=True)
class DeliveredFile:
    """A file that a loader carries into a volume."""

    volume: str
    """Name of the volume on the engine."""
    name: str
    content: Any
    """As the engine got to see it: a `Secret` or plain text."""
    loader: Resource

    @property
    def text(self) -> str:
        """The content with no secret mark."""
        return str(revealed(self.content))


def containers(program: Program) -> list[Resource]:
    """Every container."""
    return program.of_type(CONTAINER)


def started(program: Program) -> list[Resource]:
    """The containers that run, sooner or later: all but the loaders."""
    carrying = {loader.urn for loader in loaders(program)}
    return [container for container in containers(program) if container.urn not in carrying]


def loaders(program: Program) -> list[Resource]:
    """The containers that only carry files: Pulumi does not start them, and no hook does."""
    return [
        container
        for container in of_purpose(containers(program), "files")
        if container.plain("start") is False and "after_create" not in container.hooks
    ]


def of_purpose(resources: list[Resource], purpose: str) -> list[Resource]:
    """Those whose label says that they are for `purpose`."""
    return [resource for resource in resources if labels(resource).get("ktr.io/purpose") == purpose]


def labels(resource: Resource) -> dict[str, str]:
    """Labels by name."""
    return {label["label"]: label["value"] for label in resource.plain("labels") or []}


def environment(container: Resource) -> dict[str, str]:
    """Environment variables."""
    pairs = [entry.partition("=") for entry in container.plain("envs") or []]
    return {name: value for name, _, value in pairs}


def networks(container: Resource) -> set[str]:
    """Names of the networks that a container joins."""
    return {attachment["name"] for attachment in container.plain("networksAdvanced") or []}


def mounted_volumes(container: Resource) -> set[str]:
    """Names of the volumes that a container mounts."""
    return {mount["source"] for mount in container.plain("mounts") or []}


def delivered_files(program: Program) -> Iterator[DeliveredFile]:
    """Every file that a loader carries."""
    for loader in loaders(program):
        for upload in revealed_keys(loader.inputs["uploads"]):
            folder, _, name = str(revealed(upload["file"])).rpartition("/")
            (volume,) = [mount["source"] for mount in loader.plain("mounts") if mount["target"] == folder]
            yield DeliveredFile(volume=volume, name=name, content=upload["content"], loader=loader)


def revealed_keys(uploads: Any) -> list[dict[str, Any]]:
    """The uploads as a list, each value with its own mark. (A mark on the whole list would hide the files' names.)"""
    assert isinstance(uploads, list)
    return uploads


def readable_files(program: Program, container: Resource) -> list[DeliveredFile]:
    """The delivered files that a container can read."""
    return [file for file in delivered_files(program) if file.volume in mounted_volumes(container)]


def readable_paths(program: Program, container: Resource) -> dict[str, str]:
    """Text by path, as a container sees it, of the delivered files that it can read."""
    mounts = {mount["source"]: mount["target"] for mount in container.plain("mounts")}
    return {f"{mounts[file.volume]}/{file.name}": file.text for file in readable_files(program, container)}


def everything_before(program: Program, resource: Resource) -> set[str]:
    """URNs of all that has to be there before `resource`, however far back."""
    by_urn = {candidate.urn: candidate for candidate in program.resources}
    found: set[str] = set()
    waiting = list(resource.depends_on)
    while waiting:
        urn = waiting.pop()
        if urn not in found:
            found.add(urn)
            waiting += by_urn[urn].depends_on
    return found
