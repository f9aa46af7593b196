"""When each rule fires and when it stays silent, and what each recording rule computes."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Alert:
    """An alert as it is to fire."""

    summary: str
    labels: Mapping[str, str] = field(default_factory=dict)
    """Apart from the rule's own."""


@dataclass(frozen=True)
class Case:
    """What is measured, and which alerts of one rule fire for that."""

    sentence: str
    rule: str
    series: Mapping[str, str]
    """Values in promtool's notation by series: `1x4` is a 1 and four more."""
    at: str
    fires: tuple[Alert, ...] = ()
    interval: str = "15s"
    """Between two values, and between two evaluations."""


@dataclass(frozen=True)
class Recorded:
    """What is measured, and what a recording rule makes of it."""

    rule: str
    series: Mapping[str, str]
    at: str
    samples: Mapping[str, float]
    """Value by labels, rounded to three decimals."""
    interval: str = "15s"


def requests(good: int, failed: int, steps: int = 60, *, route: str = "page") -> dict[str, str]:
    """Requests of which so many end well and so many fail, in each step."""
    name = 'ktr_edge_requests_total{{slot="blue", route="{route}", code="{code}"}}'
    return {
        name.format(route=route, code=200): f"0+{good}x{steps}",
        name.format(route=route, code=502): f"0+{failed}x{steps}",
    }


def probe(job: str, values: str, component: str = "edge") -> dict[str, str]:
    """Results of a probe."""
    return {f'probe_success{{job="{job}", component="{component}"}}': values}


def burn(percent: float, *windows: str) -> tuple[Alert, ...]:
    """The alerts of a burning budget."""
    share = {"1h": "2 %", "6h": "5 %", "1d": "10 %", "3d": "10 %"}
    text = "{}% of the requests of {} failed: at least {} of the month's error budget"
    return tuple(Alert(text.format(percent, window, share[window]), {"window": window}) for window in windows)


EDGE_PROBE = {"job": "probe-edge", "component": "edge"}
EXPIRY = 'probe_ssl_earliest_cert_expiry{job="probe-edge", component="edge"}'
STARTS = 'ktr_container_start_time_seconds{component="redis"}'
FAILED = 'ktr_pipeline_runs_total{pipeline="invoices", status="failed", instance="a"}'
SUCCEEDED = 'ktr_pipeline_runs_total{pipeline="invoices", status="succeeded", instance="a"}'
CRITICAL = {'ktr_critical_pipeline{pipeline="invoices"}': "1x200"}
REDIS = {"component": "redis"}

EDGE = [
    Case(
        "the platform does not answer",
        "ServiceDown",
        probe("probe-edge", "1 0x20"),
        "2m",
        (Alert("The platform does not answer through the edge", EDGE_PROBE),),
    ),
    Case("the platform misses one probe", "ServiceDown", probe("probe-edge", "1 0 1x20"), "2m"),
    Case(
        "no WebSocket opens",
        "WebSocketDown",
        probe("probe-websocket", "0x20"),
        "2m",
        (
            Alert(
                "The edge opens no WebSocket: pages load and do nothing",
                {"job": "probe-websocket", "component": "edge"},
            ),
        ),
    ),
    Case("WebSockets open", "WebSocketDown", probe("probe-websocket", "1x20"), "2m"),
    Case(
        "a slot is not ready",
        "SlotDown",
        probe("probe-slots", "0x20", "app-green-1"),
        "2m",
        (Alert("app-green-1 is not ready to serve", {"job": "probe-slots", "component": "app-green-1"}),),
    ),
    Case("a slot is ready", "SlotDown", probe("probe-slots", "1x20", "app-green-1"), "2m"),
    Case(
        "one request of ten fails",
        "ErrorRateHigh",
        requests(9, 1),
        "10m",
        (Alert("10% of the requests of the last 5 minutes failed"),),
    ),
    Case("one request of a hundred fails", "ErrorRateHigh", requests(99, 1), "10m"),
    Case(
        "two requests of an idle night fail",
        "ErrorRateHigh",
        {
            'ktr_edge_requests_total{slot="blue", route="page", code="200"}': "0x60",
            'ktr_edge_requests_total{slot="blue", route="page", code="502"}': "0x20 2x40",
        },
        "8m",
    ),
    Case("probes fail, and no request of people", "ErrorRateHigh", requests(0, 9, route="health"), "10m"),
    Case(
        "one request of ten fails for hours",
        "ErrorBudgetBurn",
        requests(90, 10, 300),
        "8h",
        burn(10, "1h", "6h", "1d", "3d"),
        "2m",
    ),
    Case(
        "four of a hundred fail for hours",
        "ErrorBudgetBurn",
        requests(96, 4, 300),
        "8h",
        burn(4, "6h", "1d", "3d"),
        "2m",
    ),
    Case(
        "two of a hundred fail for a day",
        "ErrorBudgetBurn",
        requests(98, 2, 300),
        "8h",
        burn(2, "1d", "3d"),
        "2m",
    ),
    Case(
        "seven of a thousand fail for days",
        "ErrorBudgetBurn",
        requests(993, 7, 300),
        "8h",
        burn(0.7, "3d"),
        "2m",
    ),
    Case(
        "a request fails before the first page is opened",
        "ErrorBudgetBurn",
        {
            'ktr_edge_requests_total{slot="blue", route="page", code="200"}': "0+1x60",
            'ktr_edge_requests_total{slot="blue", route="page", code="503"}': "0 1x60",
        },
        "5m",
    ),
    Case("fewer fail than the target allows", "ErrorBudgetBurn", requests(998, 2, 300), "8h", interval="2m"),
    Case(
        "the failures are over",
        "ErrorBudgetBurn",
        {
            'ktr_edge_requests_total{slot="blue", route="page", code="200"}': "0+90x300",
            'ktr_edge_requests_total{slot="blue", route="page", code="502"}': "0+10x10 100x290",
        },
        "8h",
        interval="2m",
    ),
    Case(
        "a certificate ends in ten days",
        "CertificateExpires",
        {EXPIRY: "864000x60"},
        "15m",
        (Alert("The certificate of the edge expires in 9d 23h 45m 0s", {"component": "edge"}),),
        "1m",
    ),
    Case("a certificate lasts a month", "CertificateExpires", {EXPIRY: "2592000x60"}, "15m", interval="1m"),
    Case(
        "nobody tells of requests",
        "EdgeUnmeasured",
        requests(0, 0),
        "12m",
        (Alert("The edge tells of no request, though probes go through it"),),
    ),
    Case("only probes come", "EdgeUnmeasured", requests(1, 0, route="health"), "12m"),
]

CONTAINERS = [
    Case(
        "a container stops",
        "ContainerDown",
        {'ktr_container_running{component="redis"}': "1 1 0x20"},
        "2m",
        (Alert("redis does not run", REDIS),),
    ),
    Case("a container starts again", "ContainerDown", {'ktr_container_running{component="redis"}': "1 0 1x20"}, "2m"),
    Case(
        "a health check fails",
        "ContainerUnhealthy",
        {'ktr_container_healthy{component="redis"}': "1 0x20"},
        "3m",
        (Alert("redis runs, but fails its health check", REDIS),),
    ),
    Case(
        "a health check failed once",
        "ContainerUnhealthy",
        {'ktr_container_healthy{component="redis"}': "1 0 1x20"},
        "3m",
    ),
    Case(
        "a container starts again and again",
        "ContainerFlapping",
        {STARTS: "100 100 200 200 300 300 400x20"},
        "5m",
        (Alert("redis has started 3 times in 15 minutes", REDIS),),
    ),
    Case("a container was replaced", "ContainerFlapping", {STARTS: "100 100 200x20"}, "5m"),
    Case(
        "the kernel kills a process",
        "ContainerOutOfMemory",
        {'ktr_container_oom_kills_total{component="redis"}': "0x5 1x20"},
        "3m",
        (Alert("The kernel killed a process of redis because its memory ran out", REDIS),),
    ),
    Case(
        "the kernel killed one long ago",
        "ContainerOutOfMemory",
        {'ktr_container_oom_kills_total{component="redis"}': "1x60"},
        "12m",
    ),
    Case(
        "a container works at its limit",
        "ContainerCpuHigh",
        {
            'ktr_container_cpu_seconds_total{component="redis"}': "0+6.75x40",
            'ktr_container_cpu_limit{component="redis"}': "0.5x40",
        },
        "9m",
        (Alert("redis uses 90% of its CPU limit", REDIS),),
    ),
    Case(
        "a container works hard for two minutes",
        "ContainerCpuHigh",
        {
            'ktr_container_cpu_seconds_total{component="redis"}': "0+6.75x8 54x40",
            'ktr_container_cpu_limit{component="redis"}': "0.5x60",
        },
        "9m",
    ),
    Case(
        "memory is nearly full",
        "ContainerMemoryHigh",
        {
            'ktr_container_memory_bytes{component="redis"}': "95x40",
            'ktr_container_memory_limit_bytes{component="redis"}': "100x40",
        },
        "6m",
        (Alert("redis uses 95% of its memory limit", REDIS),),
    ),
    Case(
        "memory is in use",
        "ContainerMemoryHigh",
        {
            'ktr_container_memory_bytes{component="redis"}': "85x40",
            'ktr_container_memory_limit_bytes{component="redis"}': "100x40",
        },
        "6m",
    ),
]

DISK = {'node_filesystem_size_bytes{mountpoint="/"}': "1000x100"}
HOST = [
    Case(
        "the host works at its limit",
        "HostCpuHigh",
        {'node_cpu_seconds_total{cpu="0", mode="idle"}': "0+1.5x40"},
        "9m",
        (Alert("The host uses 90% of its CPUs"),),
    ),
    Case("the host idles", "HostCpuHigh", {'node_cpu_seconds_total{cpu="0", mode="idle"}': "0+12x40"}, "9m"),
    Case(
        "the host's memory is nearly full",
        "HostMemoryHigh",
        {"node_memory_MemAvailable_bytes": "5x40", "node_memory_MemTotal_bytes": "100x40"},
        "6m",
        (Alert("The host uses 95% of its memory"),),
    ),
    Case(
        "the host has memory left",
        "HostMemoryHigh",
        {"node_memory_MemAvailable_bytes": "40x40", "node_memory_MemTotal_bytes": "100x40"},
        "6m",
    ),
    Case(
        "a disk fills steadily",
        "DiskFillsWithinADay",
        {**DISK, 'node_filesystem_avail_bytes{mountpoint="/"}': "350-1x100"},
        "6h",
        (Alert("At the pace of the last 6 hours the host's disk is full within 24 hours", {"mountpoint": "/"}),),
        "5m",
    ),
    Case(
        "an empty disk fills for a while",
        "DiskFillsWithinADay",
        {**DISK, 'node_filesystem_avail_bytes{mountpoint="/"}': "900-4x100"},
        "6h",
        interval="5m",
    ),
    Case(
        "a disk is almost full",
        "DiskAlmostFull",
        {**DISK, 'node_filesystem_avail_bytes{mountpoint="/"}': "50x100"},
        "6m",
        (Alert("The host's disk has 5% left", {"mountpoint": "/"}),),
    ),
    Case("a disk has room", "DiskAlmostFull", {**DISK, 'node_filesystem_avail_bytes{mountpoint="/"}': "500x100"}, "6m"),
]

DATA = [
    Case("Postgres stops", "PostgresDown", {"pg_up": "1 0x20"}, "1m", (Alert("Postgres takes no connection"),)),
    Case("Postgres runs", "PostgresDown", {"pg_up": "1x20"}, "1m"),
    Case(
        "connections run out",
        "PostgresConnectionsHigh",
        {
            'pg_stat_activity_count{state="active"}': "40x40",
            'pg_stat_activity_count{state="idle"}': "50x40",
            "pg_settings_max_connections": "100x40",
        },
        "3m",
        (Alert("90% of Postgres's connections are taken"),),
    ),
    Case(
        "half the connections are taken",
        "PostgresConnectionsHigh",
        {'pg_stat_activity_count{state="active"}': "50x40", "pg_settings_max_connections": "100x40"},
        "3m",
    ),
    Case("Redis stops", "RedisDown", {"redis_up": "1 0x20"}, "1m", (Alert("Redis does not answer"),)),
    Case("Redis runs", "RedisDown", {"redis_up": "1x20"}, "1m"),
    Case(
        "Redis refuses a client",
        "RedisRejecting",
        {"redis_rejected_connections_total": "0x5 1x20"},
        "3m",
        (Alert("Redis rejects connections, or writes because its memory is full"),),
    ),
    Case(
        "Redis refuses a write",
        "RedisRejecting",
        {'redis_errors_total{err="OOM"}': "0x5 1x20"},
        "3m",
        (Alert("Redis rejects connections, or writes because its memory is full", {"err": "OOM"}),),
    ),
    Case("Redis refused a client long ago", "RedisRejecting", {"redis_rejected_connections_total": "3x40"}, "8m"),
]

PIPELINES = [
    Case(
        "a critical pipeline fails for the first time",
        "CriticalPipelineFailed",
        {**CRITICAL, FAILED: "_x8 1x40"},
        "3m",
        (Alert("The critical pipeline invoices failed", {"pipeline": "invoices"}),),
    ),
    Case(
        "a critical pipeline fails again",
        "CriticalPipelineFailed",
        {**CRITICAL, FAILED: "1x80 2x20"},
        "22m",
        (Alert("The critical pipeline invoices failed", {"pipeline": "invoices"}),),
    ),
    Case("a critical pipeline failed an hour ago", "CriticalPipelineFailed", {**CRITICAL, FAILED: "1x100"}, "20m"),
    Case("another pipeline fails", "CriticalPipelineFailed", {FAILED: "0x8 1x40"}, "3m"),
    Case(
        "a pipeline fails each time",
        "PipelineFailing",
        {FAILED: "0+1x90"},
        "30m",
        (Alert("100% of the runs of invoices in the last hour failed", {"pipeline": "invoices"}),),
        "1m",
    ),
    Case("a pipeline fails once", "PipelineFailing", {FAILED: "0 1x90", SUCCEEDED: "0+1x90"}, "30m", interval="1m"),
]

LAST = 'ktr_backup_last_success_timestamp_seconds{kind="dump"}'
BACKUPS = [
    Case(
        "a backup fails",
        "BackupFailed",
        {'ktr_backup_last_run_failed{kind="dump"}': "0 1x20"},
        "2m",
        (Alert("The latest dump backup failed", {"kind": "dump"}),),
    ),
    Case("a backup succeeds", "BackupFailed", {'ktr_backup_last_run_failed{kind="dump"}': "1 0x20"}, "2m"),
    Case(
        "no backup since yesterday",
        "BackupTooOld",
        {LAST: "0x400"},
        "27h",
        (Alert("The last good dump backup is 1d 3h 0m 0s old", {"kind": "dump"}),),
        "5m",
    ),
    Case("a backup this morning", "BackupTooOld", {LAST: "80000x400"}, "27h", interval="5m"),
]

FAILURES = 'prometheus_rule_evaluation_failures_total{component="prometheus", rule_group="edge"}'
UNDELIVERED = 'alertmanager_notifications_failed_total{component="alertmanager", integration="webhook"}'
RELOAD = 'prometheus_config_last_reload_successful{component="prometheus"}'
RELOAD_OF_ALERTS = 'alertmanager_config_last_reload_successful{component="alertmanager"}'
REFUSED = "{} refused its new configuration and works with the former one"
MONITORING = [
    Case(
        "whatever happens",
        "Watchdog",
        {"up": "1x10"},
        "1m",
        (Alert("Alerts are delivered: this one always fires, and its absence means that they are not"),),
    ),
    Case(
        "a target does not answer",
        "TargetMissing",
        {'up{job="redis", component="redis"}': "1 0x20"},
        "3m",
        (Alert("redis cannot be measured", {"job": "redis", "component": "redis"}),),
    ),
    Case("a target misses one scrape", "TargetMissing", {'up{job="redis", component="redis"}': "1 0 1x20"}, "3m"),
    Case(
        "Prometheus refuses its configuration",
        "ConfigurationRefused",
        {RELOAD: "1 0x20"},
        "2m",
        (Alert(REFUSED.format("prometheus"), {"component": "prometheus"}),),
    ),
    Case(
        "Alertmanager refuses its configuration",
        "ConfigurationRefused",
        {RELOAD_OF_ALERTS: "1 0x20"},
        "2m",
        (Alert(REFUSED.format("alertmanager"), {"component": "alertmanager"}),),
    ),
    Case("both took their configuration", "ConfigurationRefused", {RELOAD: "1x20", RELOAD_OF_ALERTS: "1x20"}, "2m"),
    Case(
        "a rule cannot be evaluated",
        "RulesFail",
        {FAILURES: "0+1x60"},
        "10m",
        (Alert("The rules of edge cannot be evaluated", {"component": "prometheus", "rule_group": "edge"}),),
    ),
    Case("a rule could not be evaluated once", "RulesFail", {FAILURES: "5x80"}, "15m"),
    Case(
        "a webhook refuses alerts",
        "AlertsNotDelivered",
        {UNDELIVERED: "0+1x40"},
        "5m",
        (Alert("Alertmanager cannot deliver by webhook", {"component": "alertmanager", "integration": "webhook"}),),
    ),
    Case("a webhook takes alerts", "AlertsNotDelivered", {UNDELIVERED: "0x40"}, "5m"),
]

IMAGE = 'ktr_container_image{component="redis", image="redis:7.4"}'
DROPPED = 'loki_write_dropped_entries_total{component="alloy", reason="ingester_error"}'
RELEASES = [
    Case(
        "traffic moves",
        "ReleaseDone",
        {'ktr_edge_live_slot{slot="blue"}': "1x10 0x40", 'ktr_edge_live_slot{slot="green"}': "0x10 1x40"},
        "5m",
        (Alert("Traffic has moved: green is live", {"slot": "green"}),),
    ),
    Case(
        "traffic stays",
        "ReleaseDone",
        {'ktr_edge_live_slot{slot="blue"}': "1x60", 'ktr_edge_live_slot{slot="green"}': "0x60"},
        "5m",
    ),
    Case(
        "a certificate is exchanged",
        "CertificateRenewed",
        {EXPIRY: "1000000x9 9000000x60"},
        "15m",
        (Alert("The edge has a new certificate, which lasts 92d 14h 13m 20s longer", {"component": "edge"}),),
        "1m",
    ),
    Case("a certificate stays", "CertificateRenewed", {EXPIRY: "9000000x60"}, "15m", interval="1m"),
    Case(
        "a component's image is exchanged",
        "DependencyUpdated",
        {'ktr_container_image{component="redis", image="redis:7.2"}': "1x20 stale", IMAGE: "_x20 1x20"},
        "25m",
        (Alert("redis runs redis:7.4 now", {"component": "redis", "image": "redis:7.4"}),),
        "1m",
    ),
    Case("it is there", "DependencyUpdated", {IMAGE: "1x60"}, "25m", interval="1m"),
    Case("a component is new", "DependencyUpdated", {IMAGE: "_x20 1x20"}, "25m", interval="1m"),
    Case(
        "another version of the application starts",
        "DependencyUpdated",
        {
            'ktr_container_image{component="app-blue-1", image="app:1"}': "1x20 stale",
            'ktr_container_image{component="app-blue-1", image="app:2"}': "_x20 1x20",
        },
        "25m",
        interval="1m",
    ),
]

CLEANED = 'loki_compactor_apply_retention_last_successful_run_timestamp_seconds{component="loki"}'
LOKI_STARTED = 'process_start_time_seconds{job="loki", component="loki"}'
LOGS = [
    Case(
        "logs are cleaned up",
        "LogsCleanedUp",
        {CLEANED: "0x20 1200x20"},
        "25m",
        (Alert("Logs older than their retention have been marked for removal", {"component": "loki"}),),
        "1m",
    ),
    Case("nothing is cleaned up", "LogsCleanedUp", {CLEANED: "1200x60"}, "25m", interval="1m"),
    Case(
        "the last clean-up was three days ago",
        "LogsNotCleanedUp",
        {CLEANED: "3600x80"},
        "73h",
        (
            Alert(
                "Logs have not been cleaned up for 3d 0h 0m 0s: they are kept for longer than they may be",
                {"component": "loki"},
            ),
        ),
        "1h",
    ),
    Case(
        "there never was a clean-up",
        "LogsNotCleanedUp",
        {CLEANED: "0x80", LOKI_STARTED: "3600x80"},
        "73h",
        (
            Alert(
                "Logs have not been cleaned up for 3d 0h 0m 0s: they are kept for longer than they may be",
                {"component": "loki", "job": "loki"},
            ),
        ),
        "1h",
    ),
    Case("they are cleaned up each day", "LogsNotCleanedUp", {CLEANED: "3600x24 90000x60"}, "50h", interval="1h"),
    Case(
        "they will be, a day after the start",
        "LogsNotCleanedUp",
        {CLEANED: "0x80", LOKI_STARTED: "180000x80"},
        "51h",
        interval="1h",
    ),
    Case(
        "lines are given up",
        "LogsLost",
        {DROPPED: "0x10 30x50"},
        "15m",
        (Alert("alloy could not store 30 lines of logs", {"component": "alloy"}),),
        "1m",
    ),
    Case("none is", "LogsLost", {DROPPED: "7x60"}, "15m", interval="1m"),
]

CASES: Mapping[str, list[Case]] = {
    "backups": BACKUPS,
    "containers": CONTAINERS,
    "data": DATA,
    "edge": EDGE,
    "host": HOST,
    "logs": LOGS,
    "monitoring": MONITORING,
    "pipelines": PIPELINES,
    "releases": RELEASES,
}
"""By file of rules."""

BUCKET = 'ktr_edge_request_duration_seconds_bucket{{slot="blue", route="page", le="{}"}}'
DURATIONS = {BUCKET.format("0.1"): "0+90x60", BUCKET.format("1.0"): "0+100x60", BUCKET.format("+Inf"): "0+100x60"}
RECORDED: Mapping[str, list[Recorded]] = {
    "containers": [
        Recorded(
            "ktr:container_cpu:ratio",
            {
                'ktr_container_cpu_seconds_total{component="a"}': "0+3x40",
                'ktr_container_cpu_limit{component="a"}': "1x40",
            },
            "5m",
            {'{component="a"}': 0.2},
        ),
        Recorded(
            "ktr:container_memory:ratio",
            {
                'ktr_container_memory_bytes{component="a"}': "1x9",
                'ktr_container_memory_limit_bytes{component="a"}': "4x9",
            },
            "1m",
            {'{component="a"}': 0.25},
        ),
    ],
    "host": [
        Recorded(
            "ktr:host_cpu:ratio",
            {
                'node_cpu_seconds_total{cpu="0", mode="idle"}': "0+15x40",
                'node_cpu_seconds_total{cpu="1", mode="idle"}': "0+7.5x40",
            },
            "5m",
            {"": 0.25},
        ),
        Recorded(
            "ktr:host_memory:ratio",
            {"node_memory_MemAvailable_bytes": "25x9", "node_memory_MemTotal_bytes": "100x9"},
            "1m",
            {"": 0.75},
        ),
        Recorded(
            "ktr:host_disk_free:ratio",
            {**DISK, 'node_filesystem_avail_bytes{mountpoint="/"}': "250x9"},
            "1m",
            {'{mountpoint="/"}': 0.25},
        ),
    ],
    "data": [
        Recorded(
            "ktr:postgres_connections:ratio",
            {'pg_stat_activity_count{state="idle"}': "25x9", "pg_settings_max_connections": "100x9"},
            "1m",
            {"": 0.25},
        ),
        Recorded(
            "ktr:postgres_cache_hits:ratio",
            {"pg_stat_database_blks_hit": "0+75x40", "pg_stat_database_blks_read": "0+25x40"},
            "8m",
            {"": 0.75},
        ),
        Recorded(
            "ktr:redis_memory:ratio",
            {"redis_memory_used_bytes": "25x9", "redis_memory_max_bytes": "100x9"},
            "1m",
            {"": 0.25},
        ),
    ],
    "pipelines": [
        Recorded(
            "ktr:pipeline_failures:ratio1h",
            {FAILED: "0+1x90", SUCCEEDED: "0+3x90"},
            "70m",
            {'{pipeline="invoices"}': 0.25},
            "1m",
        ),
        Recorded(
            "ktr:pipeline_seconds:mean1h",
            {
                'ktr_pipeline_duration_seconds_sum{pipeline="invoices"}': "0+20x90",
                'ktr_pipeline_duration_seconds_count{pipeline="invoices"}': "0+2x90",
            },
            "70m",
            {'{pipeline="invoices"}': 10},
            "1m",
        ),
    ],
    "edge": [
        Recorded(
            "ktr:edge_requests:rate5m",
            requests(30, 15),
            "10m",
            {'{slot="blue", route="page"}': 3},
        ),
        Recorded("ktr:edge_slot_error_ratio:5m", requests(3, 1), "10m", {'{slot="blue"}': 0.25}),
        Recorded("ktr:edge_request_seconds:p50_5m", DURATIONS, "10m", {'{route="page"}': 0.056}),
        Recorded("ktr:edge_request_seconds:p95_5m", DURATIONS, "10m", {'{route="page"}': 0.55}),
        Recorded("ktr:edge_request_seconds:p99_5m", DURATIONS, "10m", {'{route="page"}': 0.91}),
        *(
            Recorded(f"ktr:edge_error_ratio:{window}", requests(3, 1, 60), "100m", {"": 0.25}, "2m")
            for window in ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
        ),
    ],
}
