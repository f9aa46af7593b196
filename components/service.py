"""Service and Job: the two ways to run a container."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.files import FileVolumes
from components.runtime import EngineRuntime
from components.workload import HealthCheck, Workload


@dataclass(frozen=True, kw_only=True)
class ServiceArgs:
    """What to keep running, where, and how to tell that it is well."""

    runtime: EngineRuntime
    workload: Workload
    health: HealthCheck
    needs: Sequence[pulumi.Resource] = ()
    """What must be there before the container starts."""
    rereads: FileVolumes | None = None
    """Files that the running process reads again when it gets a SIGHUP, so that no change of them restarts it."""
    hold: bool = False
    """Leave a container that is there as it is, whatever its inputs say now."""
    awaited: bool = True
    """Whether an update waits until it is healthy, and fails where it does not get so. What only shows what others do
    is not waited for: it must not hold up a release, and alerts tell when it is unhealthy."""


class Service(pulumi.ComponentResource):
    """A container that is kept running and healthy."""

    def __init__(self, name: str, args: ServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ktr:index:Service", name, None, opts)
        child = pulumi.ResourceOptions(
            parent=self, depends_on=list(args.needs), ignore_changes=["*"] if args.hold else None
        )
        container = args.runtime.service(name, args.workload, args.health, child, awaited=args.awaited)
        if args.rereads:
            args.runtime.reread(container, args.rereads.loader)
        self.container_name = container.name
        self.register_outputs({"containerName": self.container_name})


@dataclass(frozen=True, kw_only=True)
class JobArgs:
    """What to run once, and where."""

    runtime: EngineRuntime
    workload: Workload
    needs: Sequence[pulumi.Resource] = ()
    """What must be there before the container starts."""
    hold: bool = False
    """Leave a container that is there as it is, whatever its inputs say now."""


class Job(pulumi.ComponentResource):
    """A container that runs to its end; the update fails when it fails."""

    def __init__(self, name: str, args: JobArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ktr:index:Job", name, None, opts)
        child = pulumi.ResourceOptions(
            parent=self, depends_on=list(args.needs), ignore_changes=["*"] if args.hold else None
        )
        container = args.runtime.job(name, args.workload, child)
        self.container_name = container.name
        self.register_outputs({"containerName": self.container_name})
