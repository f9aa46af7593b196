"""Metrics: every one that a rule or a panel reads is told by somebody."""

import re
from collections.abc import Iterable

import pytest
import yaml

from components.monitoring.exporters.edge import EdgeMetrics
from components.monitoring.exporters.engine import FAMILIES
from components.monitoring.public import query_files
from components.monitoring.scraping import render_critical_pipelines
from components.settings import MonitoringSettings
from tests.monitoring.test_rules import FILES, rules
from tests.support.dashboards import annotations, panels
from tests.support.platform import ROOT

PUBLIC = {
    "ALERTS",
    "alertmanager_alerts",
    "alertmanager_config_last_reload_successful",
    "alertmanager_notifications_failed_total",
    "alertmanager_notifications_total",
    "alertmanager_silences",
    "node_cpu_seconds_total",
    "node_disk_io_time_seconds_total",
    "node_filesystem_avail_bytes",
    "node_filesystem_size_bytes",
    "node_load1",
    "node_load15",
    "node_memory_MemAvailable_bytes",
    "node_memory_MemTotal_bytes",
    "node_pressure_cpu_waiting_seconds_total",
    "node_pressure_io_waiting_seconds_total",
    "node_pressure_memory_waiting_seconds_total",
    "node_vmstat_oom_kill",
    "pg_database_size_bytes",
    "pg_locks_count",
    "pg_settings_max_connections",
    "pg_stat_activity_count",
    "pg_stat_activity_max_tx_duration",
    "pg_stat_bgwriter_checkpoints_req_total",
    "pg_stat_bgwriter_checkpoints_timed_total",
    "pg_stat_database_blks_hit",
    "pg_stat_database_blks_read",
    "pg_stat_database_conflicts",
    "pg_stat_database_deadlocks",
    "pg_stat_database_temp_bytes",
    "pg_stat_database_tup_deleted",
    "pg_stat_database_tup_fetched",
    "pg_stat_database_tup_inserted",
    "pg_stat_database_tup_updated",
    "pg_stat_database_xact_commit",
    "pg_stat_database_xact_rollback",
    "pg_up",
    "probe_duration_seconds",
    "probe_ssl_earliest_cert_expiry",
    "probe_success",
    "process_cpu_seconds_total",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "prometheus_config_last_reload_successful",
    "prometheus_engine_query_duration_seconds",
    "prometheus_rule_evaluation_failures_total",
    "prometheus_rule_group_last_duration_seconds",
    "prometheus_tsdb_head_samples_appended_total",
    "prometheus_tsdb_head_series",
    "prometheus_tsdb_retention_limit_bytes",
    "prometheus_tsdb_storage_blocks_bytes",
    "redis_aof_last_write_status",
    "redis_blocked_clients",
    "redis_commands_duration_seconds_total",
    "redis_commands_total",
    "redis_connected_clients",
    "redis_db_keys",
    "redis_errors_total",
    "redis_evicted_keys_total",
    "redis_expired_keys_total",
    "redis_keyspace_hits_total",
    "redis_keyspace_misses_total",
    "redis_memory_max_bytes",
    "redis_memory_used_bytes",
    "redis_memory_used_rss_bytes",
    "redis_net_input_bytes_total",
    "redis_net_output_bytes_total",
    "redis_rejected_connections_total",
    "redis_slowlog_length",
    "redis_up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "up",
}
"""Of the exporters and servers of others, as they were seen."""
UNSEEN = {
    "loki_compactor_apply_retention_last_successful_run_timestamp_seconds",
    "loki_write_dropped_entries_total",
}
"""Of Loki and Alloy, as their documentation names them: there was no image to see them."""
TO_COME = {"ktr_backup_last_run_failed", "ktr_backup_last_success_timestamp_seconds"}
"""Whoever makes backups is to tell these: docs/monitoring.md."""
PREFIXES = "alertmanager|ktr|loki|node|pg|probe|process|prometheus|redis|scrape"
NAME = re.compile(rf"\b(?:ktr:[a-z0-9_:]+|(?:{PREFIXES})_\w+|up|ALERTS)\b")
"""Labels have no such prefix."""
SUFFIX = re.compile(r"_(bucket|sum|count)$")


def read_by(expressions: Iterable[str]) -> set[str]:
    return {name for text in expressions for name in NAME.findall(re.sub(r'"[^"]*"', "", text))}


def read_by_rules() -> set[str]:
    return read_by(str(rule["expr"]) for file in FILES for rule in rules(file))


def read_by_panels() -> set[str]:
    return read_by(query.query for query in (*panels(), *annotations()))


def told_by_the_application() -> set[str]:
    folder = ROOT / "app" / "src" / "ktr_app"
    sources = [file.read_text(encoding="utf-8") for file in (folder / "metrics.py", folder / "worker" / "metrics.py")]
    return {name for source in sources for name in re.findall(r'"(ktr_\w+)"', source)}


def told_by_the_edge() -> set[str]:
    metrics = EdgeMetrics()
    return {line.split()[2] for line in metrics.text().splitlines() if line.startswith("# TYPE")}


def told_by_our_own_queries() -> set[str]:
    (text,) = query_files().values()
    queries = yaml.safe_load(text)
    return {f"{family}_{name}" for family, query in queries.items() for one in query["metrics"] for name in one}


def recorded() -> set[str]:
    own = {rule["record"] for file in FILES for rule in rules(file) if "record" in rule}
    critical = yaml.safe_load(render_critical_pipelines(MonitoringSettings(critical_pipelines=("a",))))
    return own | {rule["record"] for group in critical["groups"] for rule in group["rules"]}


@pytest.mark.parametrize("name", sorted(read_by_rules() | read_by_panels()))
def test_somebody_tells(name: str) -> None:
    known = (
        told_by_the_application()
        | told_by_the_edge()
        | told_by_our_own_queries()
        | recorded()
        | PUBLIC
        | UNSEEN
        | TO_COME
    )
    known |= {f"ktr_container_{family}" for family, _, _ in FAMILIES}
    assert name in known or SUFFIX.sub("", name) in known


def test_nothing_is_said_to_be_there_or_to_come_that_nobody_reads() -> None:
    assert read_by_rules() | read_by_panels() >= TO_COME | PUBLIC | UNSEEN


def test_panels_wait_for_nothing_that_is_to_come() -> None:
    assert read_by_panels() & TO_COME == set()
