"""Prometheus: measures, keeps, and decides what is an alert."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi

from components.engine import FilesCheck
from components.files import FileVolumes, FileVolumesArgs
from components.monitoring.exporter import JSON_LOG, NOBODY, over_http
from components.monitoring.scraping import (
    RULES_DIR,
    Probe,
    Target,
    render_critical_pipelines,
    render_scraping,
)
from components.network import Network
from components.runtime import EngineRuntime
from components.service import Service, ServiceArgs
from components.settings import StackSettings
from components.volumes import data_volume
from components.workload import MEBIBYTE, Limits, Mount, Scratch, Workload

PORT = 9090
ADDRESS = f"prometheus:{PORT}"
"""As Grafana reaches it."""
CONFIG_DIR = "/etc/prometheus/ktr"
DATA_DIR = "/prometheus"
RULES = Path(__file__).with_name("rules")


@dataclass(frozen=True, kw_only=True)
class PrometheusArgs:
    """What is to be measured, and where Prometheus runs."""

    runtime: EngineRuntime
    settings: StackSettings
    image: pulumi.Input[str]
    network: Network
    targets: list[Target]
    probes: list[Probe]


class Prometheus(pulumi.ComponentResource):
    """One Prometheus. Changes of configuration and rules reach it while it runs."""

    def __init__(self, name: str, args: PrometheusArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ktr:index:Prometheus", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        settings, runtime = args.settings.monitoring, args.runtime
        data = data_volume(runtime, f"{name}-data", name, args.settings.data, child)
        config = render_scraping(args.settings.stack, settings, args.targets, args.probes)
        rules = {**rule_files(), "critical-pipelines.yml": render_critical_pipelines(settings)}
        check = FilesCheck(
            what="Prometheus refuses its new configuration, and keeps the former one",
            mounts={"config": CONFIG_DIR, "rules": RULES_DIR},
            entrypoint="promtool",
            command=["check", "config", f"{CONFIG_DIR}/prometheus.yml"],
            user=NOBODY,
            image=args.image,
        )
        plain = {"config": {"prometheus.yml": config}, "rules": rules}
        files = FileVolumes(
            f"{name}-files", FileVolumesArgs(runtime=runtime, secret={}, plain=plain, check=check), child
        )
        workload = Workload(
            component=name,
            image=args.image,
            user=NOBODY,
            limits=Limits(memory=settings.memory, cpus=settings.cpus, pids=128),
            # The application's own network as well: its replicas are measured one by one.
            networks=args.network.watching(name),
            command=[
                f"--config.file={CONFIG_DIR}/prometheus.yml",
                f"--storage.tsdb.path={DATA_DIR}",
                f"--storage.tsdb.retention.time={settings.retention_days}d",
                f"--storage.tsdb.retention.size={settings.retention_size // MEBIBYTE}MB",
                "--storage.tsdb.wal-compression",
                "--query.timeout=30s",
                "--query.max-concurrency=8",
                JSON_LOG,
            ],
            mounts=[
                Mount(volume=data.name, path=DATA_DIR),
                files.mount("config", CONFIG_DIR),
                files.mount("rules", RULES_DIR),
            ],
            scratch={"/tmp": Scratch()},  # noqa: S108 (a directory of the container)
            stop_grace=60,
        )
        service = ServiceArgs(
            runtime=runtime,
            workload=workload,
            health=over_http(PORT, "/-/healthy"),
            needs=[files.loader],
            rereads=files,
        )
        Service(name, service, child)
        self.register_outputs({})


def rule_files() -> Mapping[str, str]:
    """The rules of the platform, by file name."""
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(RULES.glob("*.yml"))}
