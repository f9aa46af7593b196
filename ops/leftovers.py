"""What an interrupted deployment made and its state does not know: found by its labels, removed by `ktr down`."""

from dataclasses import dataclass
from typing import Any

from docker.errors import DockerException, NotFound

from components.engine import DEPLOYMENT_LABEL
from components.naming import PROJECT, PROJECT_LABEL, PURPOSE_LABEL, STACK_LABEL, Purpose
from ops.engine import Engine
from ops.errors import OpsError

REMOVABLE = {purpose.value for purpose in Purpose} - {Purpose.DATA.value}
IDENTITY = "random:index/randomId:RandomId"


@dataclass(frozen=True)
class Found:
    """A container, network or volume with the labels of a stack."""

    kind: str
    name: str
    deployment: str
    """Identity of the deployment that made it; volumes have none."""
    item: Any
    """The same in the Docker SDK."""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    def remove(self) -> None:
        """Remove it; a container with its anonymous volumes."""
        if self.kind == "container":
            self.item.remove(force=True, v=True)
        else:
            self.item.remove()


def deployment_identity(resources: list[dict[str, Any]]) -> str:
    """The identity that a state gives its deployment (docs/adr/0005); empty when it records none."""
    identities = [item for item in resources if item["type"] == IDENTITY and item["urn"].endswith("::deployment")]
    return str(identities[0].get("outputs", {}).get("hex", "")) if identities else ""


def leftovers(stack: str, engine: Engine) -> list[Found]:
    """Everything on the engine that carries the stack's labels, data volumes apart: containers come first.

    Raises:
        OpsError: the engine does not list it.
    """
    filters: dict[str, str | list[str] | bool] = {"label": [f"{PROJECT_LABEL}={PROJECT}", f"{STACK_LABEL}={stack}"]}
    client = engine.client
    try:
        listed: list[tuple[str, Any, dict[str, str]]] = [
            *(("container", item, item.labels) for item in client.containers.list(all=True, filters=filters)),
            *(("network", item, item.attrs["Labels"]) for item in client.networks.list(filters=filters)),
            *(("volume", item, item.attrs["Labels"]) for item in client.volumes.list(filters=filters)),
        ]
    except DockerException as error:
        raise OpsError(f"the engine does not list what is left of stack {stack}: {error}") from error
    return [
        Found(kind=kind, name=str(item.name), deployment=labels.get(DEPLOYMENT_LABEL, ""), item=item)
        for kind, item, labels in listed
        if labels.get(PURPOSE_LABEL) in REMOVABLE
    ]


def sort_out(found: list[Found], identity: str) -> tuple[list[Found], list[Found]]:
    """Which of the things found may go, and which belong to another deployment.

    Without an `identity` (the state knows nothing) all are taken for leftovers. Volumes of files name no deployment:
    they stay as long as something of another one may use them.
    """
    foreign = [each for each in found if identity and each.deployment not in {"", identity}]
    own = [each for each in found if each not in foreign and (each.deployment or not foreign)]
    return own, foreign


def remove(found: list[Found]) -> list[str]:
    """Remove things in the order given; returns what was removed, as `container ktr-dev-redis`.

    Raises:
        OpsError: the engine refuses one.
    """
    removed = []
    for each in found:
        try:
            each.remove()
        except NotFound:
            continue
        except DockerException as error:
            raise OpsError(
                f"the {each} of an interrupted deployment cannot be removed: {error}",
                fix=f"Find out what holds it, then: docker {each.kind} rm {each.name}",
            ) from error
        removed.append(str(each))
    return removed
