"""Loki: keeps the logs for as long as the settings say, and answers searches."""

from dataclasses import dataclass

import pulumi
import yaml

from components.files import FileVolumes, FileVolumesArgs
from components.fingerprint import fingerprint
from components.monitoring.exporter import HEALTH_INTERVAL
from components.runtime import EngineRuntime
from components.service import Service, ServiceArgs
from components.settings import StackSettings
from components.volumes import data_volume
from components.workload import Attachment, HealthCheck, Limits, Mount, Scratch, Workload

COMPONENT = "loki"
PORT = 3100
ADDRESS = f"{COMPONENT}:{PORT}"
"""As Grafana and Alloy reach it."""
CONFIG_DIR = "/etc/loki/ktr"
DATA_DIR = "/loki"
USER = "10001:10001"
FIRST_START = 60
"""Seconds; it calls itself ready 15 s after it is."""
SCHEMA_SINCE = "2024-04-01"
"""Before anything was kept: the schema has been the same since."""


def render_loki(retention_days: int) -> str:
    """loki.yaml: one process, files in one folder, and a clean-up each day.

    Without `retention_enabled` Loki keeps everything for ever, whatever the period says.
    """
    config = {
        "auth_enabled": False,
        "server": {"http_listen_port": PORT, "log_level": "warn", "log_format": "json"},
        "common": {
            "instance_addr": "127.0.0.1",
            "path_prefix": DATA_DIR,
            "replication_factor": 1,
            "ring": {"kvstore": {"store": "inmemory"}},
            "storage": {
                "filesystem": {"chunks_directory": f"{DATA_DIR}/chunks", "rules_directory": f"{DATA_DIR}/rules"}
            },
        },
        "schema_config": {
            "configs": [
                {
                    "from": SCHEMA_SINCE,
                    "store": "tsdb",
                    "object_store": "filesystem",
                    "schema": "v13",
                    "index": {"prefix": "index_", "period": "24h"},
                }
            ]
        },
        "compactor": {
            "working_directory": f"{DATA_DIR}/compactor",
            "retention_enabled": True,
            "delete_request_store": "filesystem",
            "apply_retention_interval": "24h",
        },
        "limits_config": {"retention_period": f"{retention_days * 24}h", "reject_old_samples_max_age": "168h"},
        "analytics": {"reporting_enabled": False},
    }
    return yaml.safe_dump(config, sort_keys=False)


@dataclass(frozen=True, kw_only=True)
class LokiArgs:
    """Where Loki runs, and how long it keeps what it gets."""

    runtime: EngineRuntime
    settings: StackSettings
    image: pulumi.Input[str]
    monitoring: pulumi.Input[str]
    """The network of Alloy, Grafana and Prometheus."""


class Loki(pulumi.ComponentResource):
    """One Loki."""

    def __init__(self, name: str, args: LokiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ktr:index:Loki", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        runtime, settings = args.runtime, args.settings.monitoring.logs
        data = data_volume(runtime, f"{name}-data", name, args.settings.data, child)
        config = {"loki.yaml": render_loki(settings.retention_days)}
        files = FileVolumes(
            f"{name}-files", FileVolumesArgs(runtime=runtime, secret={}, plain={"config": config}), child
        )
        workload = Workload(
            component=name,
            image=args.image,
            user=USER,
            limits=Limits(memory=settings.memory, cpus=settings.cpus, pids=128),
            networks=[Attachment(network=args.monitoring, aliases=[COMPONENT])],
            command=[f"-config.file={CONFIG_DIR}/loki.yaml"],
            mounts=[Mount(volume=data.name, path=DATA_DIR), files.mount("config", CONFIG_DIR)],
            scratch={"/tmp": Scratch()},  # noqa: S108 (a directory of the container)
            labels={"config": fingerprint(config)},
            stop_grace=60,
        )
        # Its image holds no shell and no client: it asks itself.
        health = HealthCheck(command=["/usr/bin/loki", "-health"], interval=HEALTH_INTERVAL, start_period=FIRST_START)
        service = ServiceArgs(runtime=runtime, workload=workload, health=health, needs=[files.loader], awaited=False)
        Service(name, service, child)
        self.register_outputs({})
