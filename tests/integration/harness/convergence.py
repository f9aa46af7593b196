"""Runs an interrupted deployment again and looks at what came of it."""

from collections import Counter
from dataclasses import dataclass

from tests.integration.harness.deployment import Deployment
from tests.integration.harness.engine_view import COMPONENT_LABEL, PURPOSE_LABEL
from tests.integration.harness.removal import anonymous_volumes

SERVICES = 5
NETWORKS = 2
LAST = 3000
"""Characters of a failed command's output that are shown."""


@dataclass(frozen=True)
class Outcome:
    """What a second run made of an interrupted deployment of `dev`."""

    code: int
    output: str
    health: dict[str, str]
    changes: dict[str, int]
    """What the preview after it would still do."""
    containers: Counter[tuple[str, str]]
    networks: list[str]
    anonymous: list[str]

    def broken(self) -> list[str]:
        """What is not as it should be; nothing when the deployment has converged."""
        if self.code != 0:
            return [f"the second run failed:\n{self.output[-LAST:]}"]
        twice = sorted(str(what) for what, count in self.containers.items() if count > 1)
        ill = {name: health for name, health in self.health.items() if health != "healthy"}
        faults = {
            f"{len(self.health)} services instead of {SERVICES}": len(self.health) != SERVICES,
            f"not healthy: {ill}": bool(ill),
            f"the next preview is not empty: {self.changes}": bool(self.changes),
            f"there twice: {', '.join(twice)}": bool(twice),
            f"networks: {', '.join(self.networks)}": len(self.networks) != NETWORKS,
            f"volumes without a name: {', '.join(self.anonymous)}": bool(self.anonymous),
        }
        return [fault for fault, holds in faults.items() if holds]


def run_again(deployed: Deployment) -> Outcome:
    """Release the lock of the update that was killed, bring the deployment up, and look at it."""
    deployed.cli("cancel", "--yes")
    again = deployed.cli("up", "--yes", "--skip-preview")
    view = deployed.view
    return Outcome(
        code=again.returncode,
        output=again.stdout,
        health={container.name or "": view.health(container.id or "") for container in view.services(deployed.name)},
        changes=deployed.preview() if again.returncode == 0 else {},
        containers=Counter(
            (container.labels[COMPONENT_LABEL], container.labels[PURPOSE_LABEL])
            for container in view.containers(deployed.name)
        ),
        networks=sorted(
            network["Name"] for network in view.api.networks() if network["Name"].endswith(f"-{deployed.name}")
        ),
        anonymous=anonymous_volumes(view, deployed.name),
    )
