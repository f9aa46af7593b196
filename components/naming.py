"""Names of a stack's things: pure functions of the stack's name."""

from dataclasses import dataclass
from enum import StrEnum

LABEL_PREFIX = "ktr.io"
PROJECT_LABEL = f"{LABEL_PREFIX}/project"
STACK_LABEL = f"{LABEL_PREFIX}/stack"
PURPOSE_LABEL = f"{LABEL_PREFIX}/purpose"
COLOUR_LABEL = f"{LABEL_PREFIX}/colour"
VERSION_LABEL = f"{LABEL_PREFIX}/version"
PROJECT = "ktr-platform"


class Purpose(StrEnum):
    """What a container, volume or network is for: the value of the label `ktr.io/purpose`."""

    SERVICE = "service"
    JOB = "job"
    FILES = "files"
    DATA = "data"
    NETWORK = "network"
    STATE = "state"
    LOCK = "lock"


@dataclass(frozen=True)
class Naming:
    """Derives every name and label of one stack, so that two stacks never meet on one engine."""

    stack: str

    def resource(self, *parts: str) -> str:
        """Name of a container or volume: `ktr-<stack>-<part>-…`."""
        return "-".join(("ktr", self.stack, *parts))

    @property
    def platform_network(self) -> str:
        """The network of the proxy and the application."""
        return f"ktr-platform-network-{self.stack}"

    @property
    def data_network(self) -> str:
        """The network of Postgres and Redis, without a way out."""
        return f"ktr-data-network-{self.stack}"

    @property
    def monitoring_network(self) -> str:
        """The network of Prometheus and the exporters, without a way out."""
        return f"ktr-monitoring-network-{self.stack}"

    @property
    def engine_network(self) -> str:
        """The network of the proxy in front of the engine and the one who may ask it, without a way out."""
        return f"ktr-engine-network-{self.stack}"

    def labels(self, component: str, purpose: Purpose) -> dict[str, str]:
        """Labels that tell what a thing is and whose."""
        return {
            PROJECT_LABEL: PROJECT,
            STACK_LABEL: self.stack,
            f"{LABEL_PREFIX}/component": component,
            PURPOSE_LABEL: purpose.value,
        }
