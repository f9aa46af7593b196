"""The containers that a check is about, each with what the engine says of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from docker.models.containers import Container

from tests.integration.harness.deployment import Deployment
from tests.integration.harness.engine_view import COMPONENT_LABEL, PURPOSE_LABEL, EngineView

ENGINE_PROXY = "engine-proxy"
"""The one container that has the engine's socket, and runs as its owner: docs/adr/0014."""


@dataclass(frozen=True)
class Subject:
    """One container of one stack."""

    deployment: Deployment
    container: Container
    inspection: dict[str, Any]
    """`docker inspect`."""

    @property
    def name(self) -> str:
        """The container's name."""
        return str(self.inspection["Name"]).lstrip("/")

    @property
    def component(self) -> str:
        """What it is, whatever the stack: `postgres`, `app-blue-1`."""
        return self.container.labels[COMPONENT_LABEL]

    @property
    def purpose(self) -> str:
        """`service`, `job` or `files`."""
        return self.container.labels[PURPOSE_LABEL]

    @property
    def host(self) -> dict[str, Any]:
        """What the host grants it."""
        return dict(self.inspection["HostConfig"])

    @property
    def config(self) -> dict[str, Any]:
        """What runs in it."""
        return dict(self.inspection["Config"])

    @property
    def mounts(self) -> list[dict[str, Any]]:
        """Volumes, binds and the like; not tmpfs."""
        return list(self.inspection["Mounts"])

    @property
    def holds_the_engine(self) -> bool:
        """Whether it is the exception to what holds for every other container."""
        return self.component == ENGINE_PROXY and self.purpose == "service"

    @property
    def networks(self) -> set[str]:
        """Names of its networks."""
        return set(self.inspection["NetworkSettings"]["Networks"])


def subjects(view: EngineView, deployments: Iterable[Deployment]) -> list[Subject]:
    """Every container of these stacks."""
    return [
        Subject(deployment, container, view.inspect(container.id or ""))
        for deployment in deployments
        for container in view.containers(deployment.name)
    ]


def offenders(checked: Iterable[Subject], fault: Callable[[Subject], object]) -> dict[str, object]:
    """What `fault` finds, by container; empty when all is well."""
    assert checked, "there are no containers to check"
    found = {subject.name: fault(subject) for subject in checked}
    return {name: what for name, what in found.items() if what}
