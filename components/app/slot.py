"""AppSlot: the migration and the replicas of one colour."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.app.component import UID, App
from components.postgres import Role
from components.service import Job, JobArgs, Service, ServiceArgs
from components.settings import Colour
from components.traffic import Routing, Slot, SlotArgs
from components.traffic.edge import Edge
from components.workload import MEBIBYTE, Attachment, HealthCheck, Limits, Scratch, Workload

HEALTH = HealthCheck(command=["python", "-m", "ktr_app.health"], start_period=60)


@dataclass(frozen=True, kw_only=True)
class SlotVersion:
    """What one slot runs."""

    image: pulumi.Input[str]
    version: str


@dataclass(frozen=True, kw_only=True)
class AppSlotArgs:
    """What a colour runs, and when it may change."""

    app: App
    runs: SlotVersion
    edge: Edge
    routing: Routing | None
    """In force when the program started."""
    needs: Sequence[pulumi.Resource] = ()
    """What has to happen before anything of the slot changes."""


class AppSlot(pulumi.ComponentResource):
    """One colour: its replicas, started once the schema is what their version expects."""

    def __init__(
        self, name: str, colour: Colour, args: AppSlotArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ktr:index:AppSlot", name, None, opts)
        self._colour = colour
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        replicas = {
            f"{name}-{number}": self._workload(f"{name}-{number}")
            for number in range(1, args.app.args.settings.release.replicas + 1)
        }
        # The replicas differ in their name only.
        slot = self._slot(f"{name}-slot", next(iter(replicas.values())))
        migration = self._migration(f"{name}-migrate", slot)
        needs = [migration, *args.app.needs]
        for replica, workload in replicas.items():
            Service(
                replica,
                ServiceArgs(
                    runtime=args.app.args.runtime, workload=workload, health=HEALTH, needs=needs, hold=self._held
                ),
                self._child,
            )
        self.register_outputs({"version": args.runs.version})

    @property
    def _held(self) -> bool:
        return self._colour in self._args.app.args.settings.hold

    @property
    def _labels(self) -> dict[str, pulumi.Input[str]]:
        return {"colour": self._colour.value, "version": self._args.runs.version}

    def _slot(self, name: str, workload: Workload) -> Slot:
        args, settings = self._args, self._args.app.args.settings
        slot = SlotArgs(
            runs=args.app.args.runtime.replacing(workload, HEALTH),
            edge=args.edge,
            release=settings.release,
            routing=args.routing,
            hold=self._held,
        )
        opts = pulumi.ResourceOptions(parent=self, depends_on=list(args.needs))
        return Slot(name, self._colour, slot, opts)

    def _migration(self, component: str, slot: Slot) -> Job:
        app = self._args.app
        workload = Workload(
            component=component,
            image=self._args.runs.image,
            user=f"{UID}:{UID}",
            limits=Limits(memory=256 * MEBIBYTE, cpus=app.args.settings.app.cpus, pids=64),
            networks=[Attachment(network=app.args.network.data)],
            environment=app.database(Role.MIGRATE),
            command=["ktr-app", "migrate"],
            mounts=app.migration_mounts,
            scratch={"/tmp": Scratch()},  # noqa: S108 (a directory of the container)
            labels=self._labels,
        )
        needs = [slot, *app.migration_needs]
        args = JobArgs(runtime=app.args.runtime, workload=workload, needs=needs, hold=self._held)
        return Job(component, args, self._child)

    def _workload(self, component: str) -> Workload:
        app = self._args.app
        network = app.args.network
        return Workload(
            component=component,
            image=self._args.runs.image,
            user=f"{UID}:{UID}",
            limits=Limits(memory=app.args.settings.app.memory, cpus=app.args.settings.app.cpus),
            networks=[
                Attachment(network=network.platform, aliases=[component]),
                Attachment(network=network.data),
            ],
            environment={
                **app.environment(),
                "KTR_COLOUR": self._colour.value,
                "KTR_VERSION": self._args.runs.version,
            },
            command=["ktr-app", "serve"],
            mounts=app.mounts,
            scratch=app.scratch,
            labels=self._labels,
            init=True,
            stop_grace=30,
        )

