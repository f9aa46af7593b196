"""What Prometheus measures, and how often: its configuration as a pure function of targets and probes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from components.settings import MonitoringSettings

RULES_DIR = "/etc/prometheus/rules"
BLACKBOX = "blackbox-exporter:9115"
ALERTMANAGER = "alertmanager:9093"


@dataclass(frozen=True, kw_only=True)
class Target:
    """Something that tells its measurements itself."""

    job: str
    component: str
    """Name of its container, as all labels `component` have it; also its name on the network."""
    port: int
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Probe:
    """Something that is asked from outside, by the black-box exporter."""

    job: str
    component: str
    module: str
    """A module of the exporter's configuration."""
    url: str


def render_scraping(
    stack: str, settings: MonitoringSettings, targets: Sequence[Target], probes: Sequence[Probe]
) -> str:
    """prometheus.yml."""
    interval = f"{settings.scrape_interval}s"
    return yaml.safe_dump(
        {
            "global": {
                "scrape_interval": interval,
                "scrape_timeout": f"{min(10, settings.scrape_interval)}s",
                "evaluation_interval": interval,
                "external_labels": {"stack": stack},
            },
            "rule_files": [f"{RULES_DIR}/*.yml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [ALERTMANAGER]}]}]},
            "scrape_configs": [
                *(
                    # Where a target names the component that a measurement is about, that name counts, and not its own.
                    {"job_name": job, "honor_labels": True, "static_configs": _targets(job, targets)}
                    for job in _jobs(targets)
                ),
                *(
                    {"job_name": job, "metrics_path": "/probe", "static_configs": _probes(job, probes)}
                    for job in _jobs(probes)
                ),
            ],
        },
        sort_keys=False,
    )


def render_critical_pipelines(settings: MonitoringSettings) -> str:
    """Rules that say which pipelines are critical, for the alerts to look up."""
    rules = [
        {"record": "ktr_critical_pipeline", "expr": "vector(1)", "labels": {"pipeline": name}}
        for name in sorted(set(settings.critical_pipelines))
    ]
    return yaml.safe_dump({"groups": [{"name": "critical-pipelines", "rules": rules}]}, sort_keys=False)


def _jobs(things: Sequence[Target] | Sequence[Probe]) -> list[str]:
    return sorted({thing.job for thing in things})


def _targets(job: str, targets: Sequence[Target]) -> list[dict[str, Any]]:
    return [
        {"targets": [f"{one.component}:{one.port}"], "labels": {"component": one.component, **one.labels}}
        for one in targets
        if one.job == job
    ]


def _probes(job: str, probes: Sequence[Probe]) -> list[dict[str, Any]]:
    """Each asks the exporter for its own URL; `instance` is what is asked after, not the exporter."""
    return [
        {
            "targets": [BLACKBOX],
            "labels": {
                "component": one.component,
                "instance": one.url,
                "__param_module": one.module,
                "__param_target": one.url,
            },
        }
        for one in probes
        if one.job == job
    ]
