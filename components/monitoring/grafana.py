"""Grafana: shows what Prometheus has measured, behind the edge."""

from dataclasses import dataclass

import pulumi

from components.files import FileVolumes, FileVolumesArgs
from components.fingerprint import fingerprint
from components.images import ImageSource
from components.monitoring.dashboards import dashboard_files
from components.monitoring.exporter import HEALTH_INTERVAL
from components.monitoring.provisioning import (
    CONFIG_DIR,
    DASHBOARDS_DIR,
    DATA_SOURCES_DIR,
    PORT,
    PROVIDERS_DIR,
    SECRETS_DIR,
    render_data_sources,
    render_grafana,
    render_providers,
)
from components.naming import Purpose
from components.network import Network
from components.nginx import GRAFANA_PATH
from components.runtime import EngineRuntime
from components.secrets import GRAFANA_ADMIN_PASSWORD, GRAFANA_SECRET_KEY, Secrets
from components.service import Service, ServiceArgs
from components.settings import MonitoringSettings, StackSettings
from components.workload import MEBIBYTE, HealthCheck, Limits, Mount, Scratch, Workload

IMAGE = "grafana"
HOST = "grafana"
ADDRESS = f"{HOST}:{PORT}"
"""As the edge reaches it."""
USER = "472:472"
DATA_DIR = "/var/lib/grafana"
FIRST_START = 90
"""Seconds for some hundred migrations of its own database."""


def shows_dashboards(settings: MonitoringSettings, source: ImageSource) -> bool:
    """Whether there is a Grafana: the settings want it, and the registry has it."""
    return settings.shows and source.has(IMAGE)


@dataclass(frozen=True, kw_only=True)
class GrafanaArgs:
    """Where Grafana runs, and what it shows."""

    runtime: EngineRuntime
    settings: StackSettings
    image: pulumi.Input[str]
    network: Network
    secrets: Secrets
    prometheus: str
    """Host and port."""
    loki: str
    """Host and port; empty where no logs are kept."""


class Grafana(pulumi.ComponentResource):
    """One Grafana. Changed dashboards reach it while it runs."""

    def __init__(self, name: str, args: GrafanaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ktr:index:Grafana", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        runtime, settings = args.runtime, args.settings.monitoring.dashboards
        # Not data that outlives the stack: it takes the administrator's password when it is made and never again.
        data = runtime.volume(f"{name}-data", name, Purpose.STATE, child)
        sources = render_data_sources(args.prometheus, args.loki, args.settings.monitoring.scrape_interval)
        boards = dashboard_files(logs=bool(args.loki))
        start = {
            "config": {"grafana.ini": render_grafana(args.settings.edge)},
            "datasources": {"ktr.yaml": sources},
            "providers": {"ktr.yaml": render_providers()},
        }
        secret = {
            "admin-password": args.secrets[GRAFANA_ADMIN_PASSWORD],
            "secret-key": args.secrets[GRAFANA_SECRET_KEY],
        }
        volumes = FileVolumesArgs(runtime=runtime, plain={**start, "dashboards": boards}, secret={"secrets": secret})
        files = FileVolumes(f"{name}-files", volumes, child)
        workload = Workload(
            component=name,
            image=args.image,
            user=USER,
            limits=Limits(memory=settings.memory, cpus=settings.cpus, pids=128),
            networks=args.network.watching(HOST),
            environment={"GF_PATHS_CONFIG": f"{CONFIG_DIR}/grafana.ini"},
            command=["cfg:log.console.format=json"],
            mounts=[
                Mount(volume=data.name, path=DATA_DIR),
                files.mount("config", CONFIG_DIR),
                files.mount("datasources", DATA_SOURCES_DIR),
                files.mount("providers", PROVIDERS_DIR),
                files.mount("dashboards", DASHBOARDS_DIR),
                files.mount("secrets", SECRETS_DIR),
            ],
            scratch={"/tmp": Scratch(size=32 * MEBIBYTE)},  # noqa: S108 (a directory of the container)
            # Read at the start only; dashboards are looked at again and again.
            labels={"config": fingerprint(start)},
        )
        url = f"http://127.0.0.1:{PORT}{GRAFANA_PATH}api/health"
        health = HealthCheck(
            command=["wget", "-q", "-O", "/dev/null", url], interval=HEALTH_INTERVAL, start_period=FIRST_START
        )
        service = ServiceArgs(runtime=runtime, workload=workload, health=health, needs=[files.loader], awaited=False)
        Service(name, service, child)
        self.register_outputs({})
