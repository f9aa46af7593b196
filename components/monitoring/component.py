"""Monitoring: everything that watches a stack, from the exporters to the one who tells people."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.app import upstream
from components.files import FileVolumes, FileVolumesArgs
from components.images import ImageSource
from components.monitoring.alertmanager import Alertmanager, AlertmanagerArgs
from components.monitoring.containers import engine_exporter, engine_proxy, proxy_files
from components.monitoring.edge import edge_exporter
from components.monitoring.grafana import IMAGE as GRAFANA
from components.monitoring.grafana import Grafana, GrafanaArgs, shows_dashboards
from components.monitoring.own import own_files
from components.monitoring.parts import Parts
from components.monitoring.probing import probes, render_probing
from components.monitoring.prometheus import ADDRESS as PROMETHEUS
from components.monitoring.prometheus import Prometheus, PrometheusArgs
from components.monitoring.public import (
    blackbox_exporter,
    node_exporter,
    postgres_exporter,
    query_files,
    redis_exporter,
    redis_passwords,
)
from components.monitoring.targets import targets
from components.network import Network
from components.nginx import Nginx
from components.postgres import Postgres, Role
from components.redis import Redis, RedisUser
from components.runtime import EngineRuntime
from components.secrets import Secrets
from components.settings import MonitoringSettings, StackSettings

IMAGES = (
    "alertmanager",
    "blackbox-exporter",
    "node-exporter",
    "postgres-exporter",
    "prometheus",
    "python",
    "redis-exporter",
)


def monitoring_images(settings: MonitoringSettings, source: ImageSource) -> tuple[str, ...]:
    """Keys of the images that a monitoring needs besides those of every stack."""
    if not settings.enabled:
        return ()
    return (*IMAGES, GRAFANA) if shows_dashboards(settings, source) else IMAGES


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """What is watched."""

    runtime: EngineRuntime
    settings: StackSettings
    images: Mapping[str, pulumi.Input[str]]
    network: Network
    secrets: Secrets
    postgres: Postgres
    redis: Redis
    nginx: Nginx


class Monitoring(pulumi.ComponentResource):
    """Prometheus, Alertmanager, the exporters and, where there is an image of it, Grafana."""

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ktr:index:Monitoring", name, None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        self._exporters(name, args)
        slots = upstream(args.settings)
        measured = PrometheusArgs(
            runtime=args.runtime,
            settings=args.settings,
            image=args.images["prometheus"],
            network=args.network,
            targets=targets(args.settings, slots),
            probes=probes(args.settings, slots),
        )
        Prometheus("prometheus", measured, self._child)
        told = AlertmanagerArgs(
            runtime=args.runtime,
            receivers=args.settings.monitoring.receivers,
            image=args.images["alertmanager"],
            network=args.network,
        )
        Alertmanager("alertmanager", told, self._child)
        if GRAFANA in args.images:
            shown = GrafanaArgs(
                runtime=args.runtime,
                settings=args.settings,
                image=args.images[GRAFANA],
                network=args.network,
                secrets=args.secrets,
                prometheus=PROMETHEUS,
            )
            Grafana("grafana", shown, self._child)
        self.register_outputs({})

    def _exporters(self, name: str, args: MonitoringArgs) -> None:
        network, metrics = args.network, args.nginx.metrics_volume
        if network.monitoring is None or network.engine is None or metrics is None:
            raise ValueError("a monitoring needs the networks and the volume of a stack that is monitored")
        probing = render_probing(args.settings)
        parts = Parts(
            runtime=args.runtime,
            images=args.images,
            files=self._files(f"{name}-files", args, probing),
            monitoring=network.monitoring,
            engine=network.engine,
            platform=network.platform,
            data=network.data,
            child=self._child,
        )
        engine_exporter(parts, engine_proxy(parts))
        edge_exporter(parts, metrics)
        postgres_exporter(parts, args.postgres)
        redis_exporter(parts, args.redis)
        blackbox_exporter(parts, probing)
        node_exporter(parts)

    def _files(self, name: str, args: MonitoringArgs, probing: str) -> FileVolumes:
        redis = redis_passwords(args.redis, args.secrets[RedisUser.MONITOR.secret])
        files = FileVolumesArgs(
            runtime=args.runtime,
            plain={
                "programs": own_files(),
                "probing": {"blackbox.yml": probing},
                "proxy-config": proxy_files(),
                "queries": query_files(),
            },
            secret={
                "postgres-login": {"password": args.secrets[Role.MONITOR.secret]},
                "redis-login": {"passwords.json": redis},
            },
        )
        return FileVolumes(name, files, self._child)
