"""What the engine says about a stack: the tests read the truth here, not from the program."""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import docker
from docker.models.containers import Container

STACK_LABEL = "ktr.io/stack"
COMPONENT_LABEL = "ktr.io/component"
PURPOSE_LABEL = "ktr.io/purpose"
POLL = 0.1
"""Seconds between two looks at the engine."""


@dataclass(frozen=True)
class Execution:
    """How a command inside a container ended."""

    code: int
    output: str


class EngineView:
    """One engine, seen through the labels of the platform."""

    def __init__(self, client: docker.DockerClient) -> None:
        self.client = client
        # What the SDK has types for is only a part of it.
        self.api: Any = client.api

    def containers(self, stack: str) -> list[Container]:
        """Every container of a stack, running or not."""
        return self.client.containers.list(all=True, filters={"label": f"{STACK_LABEL}={stack}"})

    def inspections(self, stack: str, purposes: Iterable[str] = ("service", "job", "files")) -> dict[str, Any]:
        """`docker inspect` by component name (a loader's has its volume's name), of containers of these purposes."""
        wanted = set(purposes)
        found = {}
        for container in self.containers(stack):
            if container.labels[PURPOSE_LABEL] in wanted:
                found[container.labels[COMPONENT_LABEL]] = self.inspect(container.id or "")
        return found

    def inspect(self, container: str) -> dict[str, Any]:
        """`docker inspect` of one container."""
        return dict(self.api.inspect_container(container))

    def service(self, stack: str, component: str) -> Container:
        """The running container of a component."""
        labels = [f"{STACK_LABEL}={stack}", f"{COMPONENT_LABEL}={component}", f"{PURPOSE_LABEL}=service"]
        (container,) = self.client.containers.list(all=True, filters={"label": labels})
        return container

    def services(self, stack: str) -> list[Container]:
        """The containers that are kept running."""
        labels = [f"{STACK_LABEL}={stack}", f"{PURPOSE_LABEL}=service"]
        return self.client.containers.list(all=True, filters={"label": labels})

    def unhealthy(self, stack: str) -> list[str]:
        """The services of a stack that are not healthy now."""
        services = self.services(stack)
        assert services, f"{stack} has no services"
        return [container.name or "" for container in services if self.health(container.id or "") != "healthy"]

    def networks(self, stack: str) -> list[dict[str, Any]]:
        """The networks of a stack, as inspected."""
        summaries = self.api.networks(filters={"label": f"{STACK_LABEL}={stack}"})
        return [dict(self.api.inspect_network(summary["Id"])) for summary in summaries]

    def volumes(self, stack: str) -> list[dict[str, Any]]:
        """The volumes of a stack, as inspected."""
        listing = self.api.volumes(filters={"label": f"{STACK_LABEL}={stack}"})
        return list(listing["Volumes"] or [])

    def inventory(self, stack: str) -> dict[str, list[str]]:
        """Identities of everything that carries the stack's label: what must not change, or must be gone."""
        return {
            "containers": sorted(container.id or "" for container in self.containers(stack)),
            "networks": sorted(network["Id"] for network in self.networks(stack)),
            "volumes": sorted(volume["Name"] for volume in self.volumes(stack)),
        }

    def run_in(
        self,
        container: Container,
        command: str | list[str],
        environment: Mapping[str, str] | None = None,
        user: str = "",
    ) -> Execution:
        """Run a command in a container, as its own user unless told otherwise; output and errors together."""
        result: Any = container.exec_run(command, environment=dict(environment or {}), user=user)
        return Execution(code=int(result.exit_code or 0), output=bytes(result.output or b"").decode(errors="replace"))

    def shell(self, container: Container, script: str, user: str = "") -> Execution:
        """Run a shell script in a container."""
        return self.run_in(container, ["sh", "-c", script], user=user)

    def health(self, container: str) -> str:
        """`healthy`, `unhealthy`, `starting`, or what the container is instead of running."""
        state = self.inspect(container)["State"]
        if state["Status"] != "running":
            return str(state["Status"])
        return str(state.get("Health", {}).get("Status", "without a health check"))


def wait_until(holds: Callable[[], bool], seconds: float, what: str, poll: float = POLL) -> float:
    """Wait for a condition and return the seconds that it took.

    Raises:
        TimeoutError: the condition did not hold in time.
    """
    start = time.monotonic()
    while not holds():
        if time.monotonic() - start > seconds:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        time.sleep(poll)
    return time.monotonic() - start


def as_text(inspection: object) -> str:
    """An inspection as the text that people would search."""
    return json.dumps(inspection, ensure_ascii=False)
