"""Writes a running stack down as a Compose project, read from the engine: the same services by construction."""

import io
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.integration.harness.deployment import Deployment
from tests.integration.harness.engine_view import COMPONENT_LABEL, PURPOSE_LABEL, EngineView
from tests.support.ports import free_ports

CONTAINER = "docker:index/container:Container"
COMPLETED, HEALTHY = "service_completed_successfully", "service_healthy"
SPANS = {"interval": "Interval", "timeout": "Timeout", "start_period": "StartPeriod"}
"""Time spans of a health check: the engine's name by Compose's."""
SHORT_ID = 12
"""Length of the container id that the engine adds to a container's aliases."""


@dataclass(frozen=True)
class Files:
    """Files of one volume, copied out to be handed over as Compose secrets."""

    definitions: dict[str, dict[str, str]]
    """Secrets of the project."""
    references: list[dict[str, str]]
    """The same as a service names them."""


def write_compose_file(view: EngineView, deployment: Deployment, directory: Path) -> Path:
    """Write the project of a deployment that is up; the files of its loaders are copied into `directory`."""
    inspections = view.inspections(deployment.name, ("service", "job"))
    needs = _dependencies(deployment)
    delivered = _delivered_volumes(view, deployment.name)
    jobs = {name for name, found in inspections.items() if found["Config"]["Labels"][PURPOSE_LABEL] == "job"}
    services: dict[str, dict[str, Any]] = {}
    secrets: dict[str, dict[str, str]] = {}
    volumes: set[str] = set()
    for name, found in inspections.items():
        service = _service(found)
        service["depends_on"] = {
            needed: {"condition": COMPLETED if needed in jobs else HEALTHY} for needed in sorted(needs[name])
        }
        service["volumes"], service["secrets"] = [], []
        for mount in found["Mounts"]:
            if mount["Type"] != "volume":
                continue
            if mount["Name"] in delivered:
                files = _copied(view, found["Id"], mount["Destination"], directory / name)
                secrets |= files.definitions
                service["secrets"] += files.references
            else:
                volumes.add(mount["Name"])
                access = "rw" if mount["RW"] else "ro"
                service["volumes"].append(f"{mount['Name']}:{mount['Destination']}:{access}")
        services[name] = {key: value for key, value in service.items() if value not in ({}, [], None)}
    networks = {network["Name"]: {"internal": network["Internal"]} for network in view.networks(deployment.name)}
    project = {
        "services": services,
        "networks": networks,
        "volumes": dict.fromkeys(sorted(volumes)),
        "secrets": secrets,
    }
    path = directory / "compose.yaml"
    path.write_text(yaml.safe_dump(_escaped(project), sort_keys=False), encoding="utf-8")
    return path


def _service(found: dict[str, Any]) -> dict[str, Any]:
    """Everything about a container that neither names another one nor a volume."""
    config, host = found["Config"], found["HostConfig"]
    return {
        "image": found["Image"],
        "pull_policy": "never",
        "command": config["Cmd"],
        "environment": config["Env"],
        "user": config["User"],
        "init": host["Init"],
        "read_only": host["ReadonlyRootfs"],
        "cap_drop": host["CapDrop"],
        "security_opt": host["SecurityOpt"],
        "sysctls": host.get("Sysctls"),
        "tmpfs": [f"{path}:{options}" for path, options in (host["Tmpfs"] or {}).items()],
        "mem_limit": host["Memory"],
        "memswap_limit": host["MemorySwap"],
        "cpus": host["NanoCpus"] / 1e9,
        "pids_limit": host["PidsLimit"],
        "shm_size": host["ShmSize"],
        "restart": host["RestartPolicy"]["Name"],
        "logging": {"driver": host["LogConfig"]["Type"], "options": host["LogConfig"]["Config"]},
        "healthcheck": _health_check(config["Healthcheck"]) if config.get("Healthcheck") else None,
        "networks": {
            network: {"aliases": [alias for alias in joined["Aliases"] or [] if len(alias) != SHORT_ID]}
            for network, joined in found["NetworkSettings"]["Networks"].items()
        },
        "ports": list(_ports(host["PortBindings"] or {})),
    }


def _health_check(check: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "test": check["Test"],
        "retries": check["Retries"],
        **{ours: f"{check[theirs] // 1_000_000}ms" for ours, theirs in SPANS.items() if theirs in check},
    }


def _ports(bindings: Mapping[str, list[dict[str, str]]]) -> Iterator[str]:
    """The published ports, on other ports of the host: the stack holds its own."""
    for internal, bound in bindings.items():
        for binding in bound:
            (external,) = free_ports(1)
            yield f"{binding['HostIp']}:{external}:{internal}"


def _dependencies(deployment: Deployment) -> dict[str, set[str]]:
    """The containers that the program makes each container wait for, by component name, from its state."""
    resources = (deployment.stack.export_stack().deployment or {})["resources"]
    direct = {resource["urn"]: set(resource.get("dependencies", ())) for resource in resources}
    components = {
        resource["urn"]: _label(resource["inputs"]["labels"], COMPONENT_LABEL)
        for resource in resources
        if resource["type"] == CONTAINER and _label(resource["inputs"]["labels"], PURPOSE_LABEL) != "files"
    }

    def nearest(urn: str) -> Iterator[str]:
        for needed in direct.get(urn, ()):
            if needed in components:
                yield components[needed]
            else:
                yield from nearest(needed)

    return {component: set(nearest(urn)) for urn, component in components.items()}


def _label(labels: list[dict[str, str]], name: str) -> str:
    return next(entry["value"] for entry in labels if entry["label"] == name)


def _delivered_volumes(view: EngineView, stack: str) -> set[str]:
    """Names of the volumes whose files loaders delivered."""
    loaders = view.inspections(stack, ("files",)).values()
    return {mount["Name"] for loader in loaders for mount in loader["Mounts"]}


def _copied(view: EngineView, container: str, folder: str, directory: Path) -> Files:
    """Copy the files of a mounted volume out of a container."""
    chunks, _ = view.client.api.get_archive(container, folder)
    definitions, references = {}, []
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
        for member in archive.getmembers():
            content = archive.extractfile(member)
            if content is None:
                continue
            name = Path(member.name).name
            secret = f"{directory.name}-{Path(folder).name}-{name}".replace(".", "-")
            source = directory / secret
            source.parent.mkdir(exist_ok=True)
            source.write_bytes(content.read())
            # Compose mounts the file itself, and the container's user has to read it. The directory keeps others out.
            source.chmod(0o444)
            definitions[secret] = {"file": str(source)}
            references.append({"source": secret, "target": f"{folder}/{name}"})
    return Files(definitions, references)


def _escaped(value: Any) -> Any:
    """The same value with `$` doubled, which Compose would take for a variable."""
    match value:
        case str():
            return value.replace("$", "$$")
        case dict():
            return {key: _escaped(item) for key, item in value.items()}
        case list():
            return [_escaped(item) for item in value]
        case _:
            return value
