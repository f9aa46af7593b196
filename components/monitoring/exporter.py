"""Exporter: a service that only tells measurements, and may do nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.runtime import EngineRuntime
from components.service import Service, ServiceArgs
from components.workload import MEBIBYTE, Attachment, HealthCheck, Limits, Mount, Scratch, Workload

HEALTH_INTERVAL = 30
"""Seconds between two health checks: Prometheus notices sooner, and each check costs some 60 ms of CPU."""
NOBODY = "65534:65534"
JSON_LOG = "--log.format=json"
"""How the programs of Prometheus's world are told to write JSON."""
GET = (
    'exec 3<>"/dev/tcp/127.0.0.1/$0" && printf "GET %s HTTP/1.0\\r\\n\\r\\n" "$1" >&3 '
    '&& read -r line <&3 && [[ $line == *" 200 "* ]]'
)
"""Asks a port for a path in bash."""


def over_http(port: int, path: str) -> HealthCheck:
    """A health check by `wget`, which the images of Prometheus's world have."""
    url = f"http://127.0.0.1:{port}{path}"
    return HealthCheck(command=["wget", "-q", "-O", "/dev/null", url], interval=HEALTH_INTERVAL)


def by_bash(port: int, path: str) -> HealthCheck:
    """A health check by bash alone, for images without a client for HTTP; starting Python would take 150 ms of CPU."""
    return HealthCheck(command=["bash", "-c", GET, str(port), path], interval=HEALTH_INTERVAL)


@dataclass(frozen=True, kw_only=True)
class ExporterArgs:
    """What an exporter runs, and what it reaches."""

    runtime: EngineRuntime
    image: pulumi.Input[str]
    networks: Sequence[pulumi.Input[str]]
    """The one on which Prometheus is comes first."""
    health: HealthCheck
    command: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    mounts: Sequence[Mount] = ()
    user: str = NOBODY
    memory: int = 48 * MEBIBYTE
    """Bytes."""
    files: str = ""
    """Fingerprint of the files that it reads when it starts."""
    engine_socket: str = ""
    needs: Sequence[pulumi.Resource] = ()


class Exporter(pulumi.ComponentResource):
    """A small service, found on its networks by its own name."""

    def __init__(self, name: str, args: ExporterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ktr:index:Exporter", name, None, opts)
        workload = Workload(
            component=name,
            image=args.image,
            user=args.user,
            limits=Limits(memory=args.memory, cpus=0.2, pids=64),
            networks=[Attachment(network=network, aliases=[name]) for network in args.networks],
            command=args.command,
            environment=args.environment,
            mounts=args.mounts,
            scratch={"/tmp": Scratch()},  # noqa: S108 (a directory of the container)
            labels={"config": args.files} if args.files else {},
            engine_socket=args.engine_socket,
        )
        service = ServiceArgs(runtime=args.runtime, workload=workload, health=args.health, needs=args.needs)
        Service(name, service, pulumi.ResourceOptions(parent=self))
        self.register_outputs({})
