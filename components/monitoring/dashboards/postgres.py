"""Postgres: connections, transactions, statements, locks, size."""

from components.monitoring.dashboards.board import Board, Levels, Query, Section, Unit
from components.monitoring.dashboards.panels import FEW, UP, graph, number, table

OURS = '{datname!~"template.*"}'

POSTGRES = Board(
    name="postgres",
    title="Postgres",
    description="Connections, transactions, statements, locks and size of the database.",
    sections=(
        Section(
            "Now",
            (
                number(
                    "Takes connections",
                    "Down: runbook PostgresDown.",
                    Unit.STATE,
                    Query("min(pg_up)"),
                    names=UP,
                ),
                number(
                    "Connections taken",
                    "Of those that it takes. Above 80 %: runbook PostgresConnectionsHigh.",
                    Unit.SHARE,
                    Query("ktr:postgres_connections:ratio"),
                    levels=Levels(0.6, 0.8),
                ),
                number(
                    "Found in memory",
                    "Share of blocks that did not come from disk. Below 95 % for long: raise `postgres.memory`.",
                    Unit.SHARE,
                    Query("ktr:postgres_cache_hits:ratio"),
                    levels=Levels(0.95, 0.8),
                ),
                number(
                    "Longest transaction",
                    "One that lasts for minutes keeps locks, and old rows from being cleaned up.",
                    Unit.SECONDS,
                    Query('max(pg_stat_activity_max_tx_duration{datname="ktr"})'),
                    levels=Levels(60, 300),
                ),
                number(
                    "Deadlocks",
                    "In the time shown. Postgres ended one of each pair of transactions.",
                    Unit.NUMBER,
                    Query("sum(increase(pg_stat_database_deadlocks[$__range]))"),
                    levels=FEW,
                ),
                number(
                    "Size",
                    "Of all databases.",
                    Unit.BYTES,
                    Query("sum(pg_database_size_bytes)"),
                ),
            ),
        ),
        Section(
            "Work",
            (
                graph(
                    "Connections",
                    "By state. Many `idle in transaction`: somebody keeps transactions open.",
                    Unit.NUMBER,
                    Query(f"sum by (state) (pg_stat_activity_count{OURS}) > 0", "{{state}}"),
                    stacked=True,
                ),
                graph(
                    "Transactions",
                    "Ended well and rolled back. Many of the latter: the application's log says why.",
                    Unit.PER_SECOND,
                    Query("sum(rate(pg_stat_database_xact_commit[$__rate_interval]))", "committed"),
                    Query("sum(rate(pg_stat_database_xact_rollback[$__rate_interval]))", "rolled back"),
                ),
                graph(
                    "Rows",
                    "Read and written. Far more read than needed: an index is missing.",
                    Unit.ROWS_PER_SECOND,
                    Query("sum(rate(pg_stat_database_tup_fetched[$__rate_interval]))", "fetched"),
                    Query("sum(rate(pg_stat_database_tup_inserted[$__rate_interval]))", "inserted"),
                    Query("sum(rate(pg_stat_database_tup_updated[$__rate_interval]))", "updated"),
                    Query("sum(rate(pg_stat_database_tup_deleted[$__rate_interval]))", "deleted"),
                ),
            ),
        ),
        Section(
            "Statements",
            (
                graph(
                    "Time by statement",
                    "Seconds of work in a second of those that take most. The text of one: select query from "
                    "monitoring.pg_stat_statements where queryid = …",
                    Unit.SHARE,
                    Query("topk(8, rate(ktr_statements_seconds_total[5m]))", "{{queryid}}"),
                    width=12,
                    stacked=True,
                ),
                table(
                    "The statements of the time shown",
                    "By id. A long mean: look at its plan. Very many calls: could they be one?",
                    Query("sum by (queryid) (increase(ktr_statements_seconds_total[$__range]))", "total", Unit.SECONDS),
                    Query("sum by (queryid) (increase(ktr_statements_calls_total[$__range]))", "calls", Unit.NUMBER),
                    Query(
                        "sum by (queryid) (increase(ktr_statements_seconds_total[$__range])) / "
                        "(sum by (queryid) (increase(ktr_statements_calls_total[$__range])) > 0)",
                        "mean",
                        Unit.SECONDS,
                    ),
                ),
            ),
        ),
        Section(
            "Locks and files",
            (
                graph(
                    "Locks",
                    "Held and waited for, by mode. Many `accessexclusivelock`: a migration or VACUUM FULL is at work.",
                    Unit.NUMBER,
                    Query(f"sum by (mode) (pg_locks_count{OURS}) > 0 or on () vector(0)", "{{mode}}"),
                    stacked=True,
                ),
                graph(
                    "Written to temporary files",
                    "By sorts and joins that did not fit into memory: `work_mem` is too small for them.",
                    Unit.BYTES_PER_SECOND,
                    Query("sum(rate(pg_stat_database_temp_bytes[5m]))", "bytes"),
                ),
                graph(
                    "Checkpoints",
                    "In an hour. Requested ones above timed ones: more is written than `max_wal_size` allows for.",
                    Unit.NUMBER,
                    Query("increase(pg_stat_bgwriter_checkpoints_timed_total[1h])", "timed"),
                    Query("increase(pg_stat_bgwriter_checkpoints_req_total[1h])", "requested"),
                ),
                graph(
                    "Blocks",
                    "Found in memory and read from disk.",
                    Unit.PER_SECOND,
                    Query("sum(rate(pg_stat_database_blks_hit[$__rate_interval]))", "memory"),
                    Query("sum(rate(pg_stat_database_blks_read[$__rate_interval]))", "disk"),
                ),
                graph(
                    "Size",
                    "By database.",
                    Unit.BYTES,
                    Query(f"pg_database_size_bytes{OURS}", "{{datname}}"),
                    stacked=True,
                ),
                graph(
                    "Conflicts and deadlocks",
                    "In an hour. Any of either: look for transactions that touch the same rows in another order.",
                    Unit.NUMBER,
                    Query("sum(increase(pg_stat_database_conflicts[1h]))", "conflicts"),
                    Query("sum(increase(pg_stat_database_deadlocks[1h]))", "deadlocks"),
                    levels=FEW,
                ),
            ),
        ),
    ),
)
