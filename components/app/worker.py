"""AppWorker: runs schedules, in the version that is live."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.app.component import UID, App
from components.app.slot import SlotVersion
from components.service import Service, ServiceArgs
from components.settings import Colour
from components.workload import Attachment, HealthCheck, Limits, Workload

GRACE = 20
"""Seconds that a run may take to end by itself when the worker is replaced; then the next worker begins it anew."""
STOP = 10
"""Seconds beyond, for handing back what did not end."""


@dataclass(frozen=True, kw_only=True)
class AppWorkerArgs:
    """What the worker runs, and when it may change."""

    app: App
    colour: Colour
    """The live slot."""
    runs: SlotVersion
    """What the live slot runs."""
    needs: Sequence[pulumi.Resource]
    """What has to happen before: traffic moves first."""


class AppWorker(pulumi.ComponentResource):
    """One worker, of one version at a time: the old one hands back what it runs before the new one starts."""

    def __init__(self, name: str, args: AppWorkerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ktr:index:AppWorker", name, None, opts)
        app = args.app
        settings, network = app.args.settings.app, app.args.network
        workload = Workload(
            component=name,
            image=args.runs.image,
            user=f"{UID}:{UID}",
            limits=Limits(memory=settings.memory, cpus=settings.cpus),
            networks=[Attachment(network=network.platform, aliases=[name]), Attachment(network=network.data)],
            environment={
                **app.environment(),
                "KTR_COLOUR": args.colour.value,
                "KTR_VERSION": args.runs.version,
                "KTR_WORKER_GRACE_SECONDS": str(GRACE),
            },
            command=["ktr-app", "worker"],
            mounts=app.mounts,
            scratch=app.scratch,
            labels={"version": args.runs.version},
            init=True,
            stop_grace=GRACE + STOP,
        )
        health = HealthCheck(command=["python", "-m", "ktr_app.health", "worker"], start_period=60)
        service = ServiceArgs(
            runtime=app.args.runtime, workload=workload, health=health, needs=[*args.needs, *app.needs]
        )
        Service(name, service, pulumi.ResourceOptions(parent=self))
        self.register_outputs({"version": args.runs.version})
