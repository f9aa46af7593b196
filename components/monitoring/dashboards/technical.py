"""Technical: containers, queries, trends and forecasts, all on one page for whoever looks for a cause."""

from components.monitoring.dashboards.board import Board, Levels, Query, Section, Source, Unit
from components.monitoring.dashboards.panels import FEW, graph, lines, number

DISK = 'node_filesystem_avail_bytes{mountpoint="/"}'
DAY = 86400

TECHNICAL = Board(
    name="technical",
    title="Technical",
    description="What is tight now, what is slow, and what will be full when.",
    sections=(
        Section(
            "Containers",
            (
                graph(
                    "CPU, the busiest containers",
                    "Of the limit of each. At the limit a container is slowed down: raise `cpus` in its settings.",
                    Unit.SHARE,
                    Query("topk(8, ktr:container_cpu:ratio)", "{{component}}"),
                    levels=Levels(0.7, 0.8),
                    most=1,
                ),
                graph(
                    "Memory, the fullest containers",
                    "Of the limit of each. At the limit the kernel kills a process: raise `memory` in its settings.",
                    Unit.SHARE,
                    Query("topk(8, ktr:container_memory:ratio)", "{{component}}"),
                    levels=Levels(0.8, 0.9),
                    most=1,
                ),
                graph(
                    "Starts and OOM kills",
                    "In the last hour. A container that starts again and again: `docker logs` of it says why.",
                    Unit.NUMBER,
                    Query(
                        "sum by (component) (changes(ktr_container_start_time_seconds[1h])) > 0 or on () vector(0)",
                        "starts {{component}}",
                    ),
                    Query("sum(increase(ktr_container_oom_kills_total[1h]))", "OOM kills"),
                    levels=FEW,
                ),
                graph(
                    "Network",
                    "Bytes that containers received and sent, the busiest first.",
                    Unit.BYTES_PER_SECOND,
                    Query(
                        "topk(6, rate(ktr_container_network_receive_bytes_total[$__rate_interval])"
                        " + rate(ktr_container_network_transmit_bytes_total[$__rate_interval]))",
                        "{{component}}",
                    ),
                ),
                graph(
                    "Disk",
                    "Bytes that containers read and wrote, the busiest first.",
                    Unit.BYTES_PER_SECOND,
                    Query(
                        "topk(6, rate(ktr_container_disk_read_bytes_total[$__rate_interval])"
                        " + rate(ktr_container_disk_written_bytes_total[$__rate_interval]))",
                        "{{component}}",
                    ),
                ),
                graph(
                    "Pressure on the host",
                    "Share of time in which some process waited for CPU, memory or disk. CPU high with idle "
                    "containers: something else on the host.",
                    Unit.SHARE,
                    Query("rate(node_pressure_cpu_waiting_seconds_total[$__rate_interval])", "CPU"),
                    Query("rate(node_pressure_memory_waiting_seconds_total[$__rate_interval])", "memory"),
                    Query("rate(node_pressure_io_waiting_seconds_total[$__rate_interval])", "disk"),
                    levels=Levels(0.25, 0.5),
                ),
            ),
        ),
        Section(
            "Queries and answers",
            (
                graph(
                    "Statements that take most of the database's time",
                    "Seconds of work in a second, by id. The text of one: select query from "
                    "monitoring.pg_stat_statements where queryid = …",
                    Unit.SHARE,
                    Query("topk(5, rate(ktr_statements_seconds_total[5m]))", "{{queryid}}"),
                    width=12,
                ),
                graph(
                    "Slowest statements",
                    "Mean time of a run, by id. Slow and frequent: look at its plan.",
                    Unit.SECONDS,
                    Query(
                        "topk(5, rate(ktr_statements_seconds_total[5m]) / (rate(ktr_statements_calls_total[5m]) > 0))",
                        "{{queryid}}",
                    ),
                    levels=Levels(0.1, 1),
                    width=12,
                ),
                graph(
                    "Time of answers at the edge",
                    "Half, 95 and 99 of 100 requests for pages are answered faster.",
                    Unit.SECONDS,
                    Query('ktr:edge_request_seconds:p50_5m{route="page"}', "50 %"),
                    Query('ktr:edge_request_seconds:p95_5m{route="page"}', "95 %"),
                    Query('ktr:edge_request_seconds:p99_5m{route="page"}', "99 %"),
                    levels=Levels(1, 2.5),
                ),
                graph(
                    "Longest transaction",
                    "One that lasts for minutes keeps locks, and old rows from being cleaned up.",
                    Unit.SECONDS,
                    Query('max(pg_stat_activity_max_tx_duration{datname="ktr"})', "seconds"),
                    levels=Levels(60, 300),
                ),
                graph(
                    "Slow commands of Redis",
                    "Entries of its log of slow commands. Growing: somebody asks for very much at once.",
                    Unit.NUMBER,
                    Query("redis_slowlog_length", "entries"),
                ),
            ),
        ),
        Section(
            "Trends and forecasts",
            (
                number(
                    "Free on disk in a day",
                    "At the pace of the last 6 hours. Below nothing: runbook DiskFillsWithinADay.",
                    Unit.BYTES,
                    Query(f"predict_linear({DISK}[6h], {DAY})"),
                    levels=Levels(5e9, 0),
                    width=6,
                ),
                number(
                    "Free memory in a day",
                    "Of the host, at the pace of the last 6 hours.",
                    Unit.BYTES,
                    Query(f"predict_linear(node_memory_MemAvailable_bytes[6h], {DAY})"),
                    levels=Levels(5e8, 0),
                    width=6,
                ),
                number(
                    "Database in 30 days",
                    "At the pace of the last 6 hours: room for it has to be there.",
                    Unit.BYTES,
                    Query(f"sum(predict_linear(pg_database_size_bytes[6h], 30 * {DAY}))"),
                    width=6,
                ),
                number(
                    "Redis's memory in a day",
                    "Of its limit, at the pace of the last 6 hours. Full: it refuses to write.",
                    Unit.SHARE,
                    Query(f"predict_linear(ktr:redis_memory:ratio[6h], {DAY})"),
                    levels=Levels(0.7, 0.9),
                    width=6,
                ),
                graph(
                    "Free on disk",
                    "What is free, and what will be free a day later at the pace of 6 hours.",
                    Unit.BYTES,
                    Query(DISK, "free"),
                    Query(f"predict_linear({DISK}[6h], {DAY})", "a day later"),
                ),
                graph(
                    "Databases",
                    "How large each is. A step up: a pipeline wrote a table.",
                    Unit.BYTES,
                    Query('pg_database_size_bytes{datname!~"template.*"}', "{{datname}}"),
                    stacked=True,
                ),
                graph(
                    "Growth of a day",
                    "What the databases and the metrics would add in a day at the pace of the last hour.",
                    Unit.BYTES,
                    Query(f"sum(deriv(pg_database_size_bytes[1h])) * {DAY}", "databases"),
                    Query(f"deriv(prometheus_tsdb_storage_blocks_bytes[1h]) * {DAY}", "metrics"),
                ),
            ),
        ),
    ),
)

LOGS = Section(
    "Logs",
    (
        graph(
            "Lines",
            "That each component wrote in a second. Much more than usual: it complains of something.",
            Unit.PER_SECOND,
            Query('sum by (component) (rate({component=~".+"}[5m]))', "{{component}}"),
            width=24,
            source=Source.LOGS,
        ),
        lines(
            "Errors and warnings",
            "Of all components. Persons have pseudonyms, the same on every line.",
            '{component=~".+"} | detected_level=~"warn|error|critical|fatal"',
        ),
        lines(
            "Everything",
            "To search: open it in Explore, and choose a component, a text or a field.",
            '{component=~".+"}',
        ),
    ),
)
"""Of a stack that keeps logs."""
