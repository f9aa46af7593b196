"""The site of a release: one stack as its settings, its engine and its edge show it."""

from collections.abc import Mapping
from dataclasses import dataclass

from docker.errors import NotFound
from docker.models.containers import Container

from components.engine import Engine as ProgramEngine
from components.naming import COLOUR_LABEL, PURPOSE_LABEL, STACK_LABEL, VERSION_LABEL, Purpose
from components.release import edge_of
from components.settings import StackSettings
from components.traffic import Edge
from ops.engine import Engine
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack_settings import stack_settings


@dataclass(frozen=True, kw_only=True)
class Site:
    """A stack, looked at from outside Pulumi."""

    stack: str
    paths: Paths
    engine: Engine
    settings: StackSettings
    edge: Edge

    @classmethod
    def of(cls, stack: str, paths: Paths, engine: Engine) -> "Site":
        """The site of a stack that has been deployed.

        Raises:
            OpsError: its settings have faults.
        """
        settings = stack_settings(stack, paths)
        edge = edge_of(settings, ProgramEngine(engine.host))
        return cls(stack=stack, paths=paths, engine=engine, settings=settings, edge=edge)

    @property
    def edge_container(self) -> Container:
        """The edge's container.

        Raises:
            OpsError: the stack is not deployed.
        """
        try:
            return self.engine.client.containers.get(self.edge.container)
        except NotFound:
            raise OpsError(
                f"stack {self.stack} is not deployed on {self.engine.host}",
                fix=f"Deploy it: make up STACK={self.stack}",
            ) from None

    def replicas(self) -> list[Container]:
        """The containers of both slots, by name."""
        labels = [f"{STACK_LABEL}={self.stack}", f"{PURPOSE_LABEL}={Purpose.SERVICE}", COLOUR_LABEL]
        found = self.engine.client.containers.list(all=True, filters={"label": labels})
        return sorted(found, key=lambda container: str(container.name))

    def running(self) -> Mapping[str, str]:
        """Version by colour of what runs."""
        return {
            replica.labels[COLOUR_LABEL]: replica.labels[VERSION_LABEL]
            for replica in self.replicas()
            if replica.status == "running"
        }
