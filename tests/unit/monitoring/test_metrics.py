"""Metrics: every one that a rule reads is told by somebody."""

import re

import pytest
import yaml

from components.monitoring.exporters.edge import EdgeMetrics
from components.monitoring.exporters.engine import FAMILIES
from components.monitoring.scraping import render_critical_pipelines
from components.settings import MonitoringSettings
from tests.support.platform import ROOT
from tests.unit.monitoring.test_rules import FILES, rules

PUBLIC = {
    "alertmanager_config_last_reload_successful",
    "alertmanager_notifications_failed_total",
    "node_cpu_seconds_total",
    "node_filesystem_avail_bytes",
    "node_filesystem_size_bytes",
    "node_memory_MemAvailable_bytes",
    "node_memory_MemTotal_bytes",
    "pg_settings_max_connections",
    "pg_stat_activity_count",
    "pg_stat_database_blks_hit",
    "pg_stat_database_blks_read",
    "pg_up",
    "probe_ssl_earliest_cert_expiry",
    "probe_success",
    "prometheus_config_last_reload_successful",
    "prometheus_rule_evaluation_failures_total",
    "redis_errors_total",
    "redis_memory_max_bytes",
    "redis_memory_used_bytes",
    "redis_rejected_connections_total",
    "redis_up",
    "up",
}
"""Of the exporters and servers of others, as they were seen."""
TO_COME = {"ktr_backup_last_run_failed", "ktr_backup_last_success_timestamp_seconds"}
"""Whoever makes backups is to tell these: docs/monitoring.md."""
NAME = re.compile(r"\b(?:ktr:[a-z0-9_:]+|(?:ktr|node|pg|redis|probe|prometheus|alertmanager)_\w+|up)\b")
SUFFIX = re.compile(r"_(bucket|sum|count)$")


def read_by_rules() -> set[str]:
    expressions = [re.sub(r'"[^"]*"', "", str(rule["expr"])) for file in FILES for rule in rules(file)]
    return {name for text in expressions for name in NAME.findall(text)}


def told_by_the_application() -> set[str]:
    source = (ROOT / "app" / "src" / "ktr_app" / "metrics.py").read_text(encoding="utf-8")
    return set(re.findall(r'"(ktr_\w+)"', source))


def told_by_the_edge() -> set[str]:
    metrics = EdgeMetrics()
    return {line.split()[2] for line in metrics.text().splitlines() if line.startswith("# TYPE")}


def recorded() -> set[str]:
    own = {rule["record"] for file in FILES for rule in rules(file) if "record" in rule}
    critical = yaml.safe_load(render_critical_pipelines(MonitoringSettings(critical_pipelines=("a",))))
    return own | {rule["record"] for group in critical["groups"] for rule in group["rules"]}


@pytest.mark.parametrize("name", sorted(read_by_rules()))
def test_somebody_tells(name: str) -> None:
    known = told_by_the_application() | told_by_the_edge() | recorded() | PUBLIC | TO_COME
    known |= {f"ktr_container_{family}" for family, _, _ in FAMILIES}
    assert name in known or SUFFIX.sub("", name) in known


def test_nothing_is_said_to_come_that_no_rule_waits_for() -> None:
    assert read_by_rules() >= TO_COME | PUBLIC
