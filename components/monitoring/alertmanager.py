"""Alertmanager: tells people, once for each fault."""

from dataclasses import dataclass

import pulumi

from components.engine import FilesCheck
from components.files import FileVolumes, FileVolumesArgs
from components.monitoring.alerting import render_alerting
from components.monitoring.exporter import JSON_LOG, NOBODY, over_http
from components.naming import Purpose
from components.network import Network
from components.runtime import EngineRuntime
from components.service import Service, ServiceArgs
from components.settings import ReceiverSettings
from components.workload import MEBIBYTE, Limits, Mount, Scratch, Workload

PORT = 9093
CONFIG_DIR = "/run/secrets"
DATA_DIR = "/alertmanager"


@dataclass(frozen=True, kw_only=True)
class AlertmanagerArgs:
    """Who is told, and where Alertmanager runs."""

    runtime: EngineRuntime
    receivers: ReceiverSettings
    image: pulumi.Input[str]
    network: Network


class Alertmanager(pulumi.ComponentResource):
    """One Alertmanager. Its whole configuration is a secret, because addresses of webhooks are."""

    def __init__(self, name: str, args: AlertmanagerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ktr:index:Alertmanager", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # Silences, and what has been told already.
        data = args.runtime.volume(f"{name}-data", name, Purpose.STATE, child)
        files = FileVolumes(
            f"{name}-files",
            FileVolumesArgs(
                runtime=args.runtime,
                secret={"config": {"alertmanager.yml": render_alerting(args.receivers)}},
                check=FilesCheck(
                    what="Alertmanager refuses its new configuration, and keeps the former one",
                    mounts={"config": CONFIG_DIR},
                    entrypoint="amtool",
                    command=["check-config", f"{CONFIG_DIR}/alertmanager.yml"],
                    user=NOBODY,
                    image=args.image,
                ),
            ),
            child,
        )
        workload = Workload(
            component=name,
            image=args.image,
            user=NOBODY,
            limits=Limits(memory=64 * MEBIBYTE, cpus=0.2, pids=64),
            # The platform's network is its way out to the receivers.
            networks=args.network.watching(name),
            command=[
                f"--config.file={CONFIG_DIR}/alertmanager.yml",
                f"--storage.path={DATA_DIR}",
                "--cluster.listen-address=",
                # A kill forgets the silences and messages of this time; by default of 15 minutes.
                "--data.maintenance-interval=1m",
                JSON_LOG,
            ],
            mounts=[Mount(volume=data.name, path=DATA_DIR), files.mount("config", CONFIG_DIR)],
            scratch={"/tmp": Scratch()},  # noqa: S108 (a directory of the container)
        )
        service = ServiceArgs(
            runtime=args.runtime,
            workload=workload,
            health=over_http(PORT, "/-/healthy"),
            needs=[files.loader],
            rereads=files,
        )
        Service(name, service, child)
        self.register_outputs({})
