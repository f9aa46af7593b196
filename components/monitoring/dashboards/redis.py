"""Redis: memory, clients, commands, keys."""

from components.monitoring.dashboards.board import Board, Levels, Query, Section, Unit
from components.monitoring.dashboards.panels import FEW, UP, YES, graph, number

HITS = "sum(increase(redis_keyspace_hits_total[1h]))"
MISSES = "sum(increase(redis_keyspace_misses_total[1h]))"

REDIS = Board(
    name="redis",
    title="Redis",
    description="Memory, clients, commands and keys of the cache and the sessions.",
    sections=(
        Section(
            "Now",
            (
                number("Answers", "Down: runbook RedisDown.", Unit.STATE, Query("min(redis_up)"), names=UP),
                number(
                    "Memory",
                    "Of what it may take. Full: it refuses to write; runbook RedisRejecting.",
                    Unit.SHARE,
                    Query("ktr:redis_memory:ratio"),
                    levels=Levels(0.7, 0.9),
                ),
                number(
                    "Clients",
                    "Connections of the application, and the exporter's.",
                    Unit.NUMBER,
                    Query("redis_connected_clients"),
                    levels=Levels(1000, 5000),
                ),
                number(
                    "Rejected",
                    "Connections refused in the last hour because there were too many.",
                    Unit.NUMBER,
                    Query("increase(redis_rejected_connections_total[1h])"),
                    levels=FEW,
                ),
                number(
                    "Found",
                    "Share of the keys asked for in the last hour that were there.",
                    Unit.SHARE,
                    Query(f"{HITS} / ({HITS} + {MISSES} > 0) or vector(1)"),
                ),
                number(
                    "Written down",
                    "Whether the last write of its log of changes (AOF) went well. No: the disk is full or broken.",
                    Unit.STATE,
                    Query("min(redis_aof_last_write_status)"),
                    names=YES,
                ),
            ),
        ),
        Section(
            "Work",
            (
                graph(
                    "Commands",
                    "By command, the most frequent first.",
                    Unit.PER_SECOND,
                    Query("topk(8, sum by (cmd) (rate(redis_commands_total[$__rate_interval])))", "{{cmd}}"),
                    stacked=True,
                ),
                graph(
                    "Time of commands",
                    "Mean, the slowest first. Redis does one thing at a time: a slow command keeps all others waiting.",
                    Unit.SECONDS,
                    Query(
                        "topk(8, sum by (cmd) (rate(redis_commands_duration_seconds_total[5m])) / "
                        "(sum by (cmd) (rate(redis_commands_total[5m])) > 0))",
                        "{{cmd}}",
                    ),
                    levels=Levels(0.005, 0.05),
                ),
                graph(
                    "Slow commands",
                    "Entries of its log of slow commands: redis-cli slowlog get.",
                    Unit.NUMBER,
                    Query("redis_slowlog_length", "entries"),
                ),
                graph(
                    "Errors",
                    "Answers that were errors, in an hour, by kind. OOM: memory is full; NOPERM: a user lacks a right.",
                    Unit.NUMBER,
                    Query("sum by (err) (increase(redis_errors_total[1h])) or on () vector(0)", "{{err}}"),
                    levels=FEW,
                ),
                graph(
                    "Clients",
                    "Connected, and blocked in a command that waits.",
                    Unit.NUMBER,
                    Query("redis_connected_clients", "connected"),
                    Query("redis_blocked_clients", "blocked"),
                ),
                graph(
                    "Network",
                    "Bytes received and sent.",
                    Unit.BYTES_PER_SECOND,
                    Query("rate(redis_net_input_bytes_total[$__rate_interval])", "received"),
                    Query("rate(redis_net_output_bytes_total[$__rate_interval])", "sent"),
                ),
            ),
        ),
        Section(
            "Memory and keys",
            (
                graph(
                    "Memory",
                    "What it uses, what the kernel gave it, and what it may use. Far more given than used: "
                    "fragmentation.",
                    Unit.BYTES,
                    Query("redis_memory_used_bytes", "used"),
                    Query("redis_memory_used_rss_bytes", "resident"),
                    Query("redis_memory_max_bytes", "limit"),
                ),
                graph(
                    "Keys",
                    "In the databases that hold any.",
                    Unit.NUMBER,
                    Query("redis_db_keys > 0 or on () vector(0)", "{{db}}"),
                    stacked=True,
                ),
                graph(
                    "Keys that went",
                    "In an hour: expired is as it should be, evicted is for want of memory.",
                    Unit.NUMBER,
                    Query("increase(redis_expired_keys_total[1h])", "expired"),
                    Query("increase(redis_evicted_keys_total[1h])", "evicted"),
                ),
            ),
        ),
    ),
)
