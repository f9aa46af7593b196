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
from components.monitoring.grafana import ADDRESS as GRAFANA_ADDRESS
from components.monitoring.grafana import IMAGE as GRAFANA
from components.monitoring.grafana import Grafana, GrafanaArgs, shows_dashboards
from components.monitoring.logs import LOGS, LOKI_ADDRESS, Logs, LogsArgs, keeps_logs
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
from components.secrets import GRAFANA_SECRETS, LOG_PSEUDONYM_KEY, Secrets
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


@dataclass(frozen=True, kw_only=True)
class MonitoringPlan:
    """What a monitoring needs of the rest of the stack."""

    images: tuple[str, ...] = ()
    """Keys of its images, besides those of every stack."""
    secrets: tuple[str, ...] = ()
    """Names of its secrets, besides those of every stack."""
    grafana: str = ""
    """Host and port for the edge; empty where there are no dashboards."""


def monitoring_plan(settings: MonitoringSettings, source: ImageSource) -> MonitoringPlan:
    """What the settings want of the monitoring, as far as the registry has the images."""
    if not settings.enabled:
        return MonitoringPlan()
    if not shows_dashboards(settings, source):
        return MonitoringPlan(images=IMAGES)
    kept = keeps_logs(settings, source)
    return MonitoringPlan(
        images=(*IMAGES, GRAFANA, *(LOGS if kept else ())),
        secrets=(*GRAFANA_SECRETS, *((LOG_PSEUDONYM_KEY,) if kept else ())),
        grafana=GRAFANA_ADDRESS,
    )


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
    """Prometheus, Alertmanager, the exporters and, where there are images of them, Grafana and who keeps logs."""

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ktr:index:Monitoring", name, None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        kept = set(LOGS) <= args.images.keys()
        probing = render_probing(args.settings)
        parts = self._parts(name, args, probing, logs=kept)
        proxy = engine_proxy(parts, logs=kept)
        engine_exporter(parts, proxy)
        self._exporters(parts, args, probing)
        slots = upstream(args.settings)
        measured = PrometheusArgs(
            runtime=args.runtime,
            settings=args.settings,
            image=args.images["prometheus"],
            network=args.network,
            targets=targets(args.settings, slots, logs=kept),
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
                loki=LOKI_ADDRESS if kept else "",
            )
            Grafana("grafana", shown, self._child)
        if kept:
            logs = LogsArgs(parts=parts, settings=args.settings, secrets=args.secrets, proxy=proxy)
            Logs("logs", logs, self._child)
        self.register_outputs({})

    def _parts(self, name: str, args: MonitoringArgs, probing: str, *, logs: bool) -> Parts:
        network = args.network
        if network.monitoring is None or network.engine is None:
            raise ValueError("a monitoring needs the networks of a stack that is monitored")
        return Parts(
            runtime=args.runtime,
            images=args.images,
            files=self._files(f"{name}-files", args, probing, logs=logs),
            monitoring=network.monitoring,
            engine=network.engine,
            platform=network.platform,
            data=network.data,
            child=self._child,
        )

    @staticmethod
    def _exporters(parts: Parts, args: MonitoringArgs, probing: str) -> None:
        if args.nginx.metrics_volume is None:
            raise ValueError("a monitoring needs the volume of an edge that is measured")
        edge_exporter(parts, args.nginx.metrics_volume)
        postgres_exporter(parts, args.postgres)
        redis_exporter(parts, args.redis)
        blackbox_exporter(parts, probing)
        node_exporter(parts)

    def _files(self, name: str, args: MonitoringArgs, probing: str, *, logs: bool) -> FileVolumes:
        redis = redis_passwords(args.redis, args.secrets[RedisUser.MONITOR.secret])
        files = FileVolumesArgs(
            runtime=args.runtime,
            plain={
                "programs": own_files(),
                "probing": {"blackbox.yml": probing},
                "proxy-config": proxy_files(logs=logs),
                "queries": query_files(),
            },
            secret={
                "postgres-login": {"password": args.secrets[Role.MONITOR.secret]},
                "redis-login": {"passwords.json": redis},
            },
        )
        return FileVolumes(name, files, self._child)
