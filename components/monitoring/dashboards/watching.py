"""The monitoring itself: whether its figures and its silence can be believed."""

from components.monitoring.dashboards.board import Board, Levels, Query, Section, Unit
from components.monitoring.dashboards.panels import FEW, UP, YES, graph, number, states

SELF = 'component=~"prometheus|alertmanager|grafana|.*-exporter|engine-proxy"'

WATCHING = Board(
    name="monitoring",
    title="Monitoring",
    description="Whether everything is measured, every rule is evaluated and every alert is delivered.",
    sections=(
        Section(
            "Now",
            (
                number(
                    "Not measured",
                    "Targets that do not answer. Any: runbook TargetMissing.",
                    Unit.NUMBER,
                    Query("count(up == 0) or vector(0)"),
                    levels=Levels(1, 2),
                ),
                number(
                    "Watchdog",
                    "An alert that always fires. Without it nobody would be told of anything.",
                    Unit.STATE,
                    Query('count(ALERTS{alertname="Watchdog", alertstate="firing"}) or vector(0)'),
                    names=YES,
                ),
                number(
                    "Configuration",
                    "Whether Prometheus and Alertmanager took their files. No: runbook ConfigurationRefused.",
                    Unit.STATE,
                    Query("min(prometheus_config_last_reload_successful)", "Prometheus"),
                    Query("min(alertmanager_config_last_reload_successful)", "Alertmanager"),
                    names=YES,
                    width=6,
                ),
                number(
                    "Rules that failed",
                    "Evaluations in the time shown. Any: runbook RulesFail.",
                    Unit.NUMBER,
                    Query("sum(increase(prometheus_rule_evaluation_failures_total[$__range]))"),
                    levels=FEW,
                ),
                number(
                    "Not delivered",
                    "Messages in the time shown. Any: runbook AlertsNotDelivered.",
                    Unit.NUMBER,
                    Query("sum(increase(alertmanager_notifications_failed_total[$__range]))"),
                    levels=FEW,
                    width=3,
                ),
                number(
                    "Silences",
                    "Active ones. Each was set by somebody: amtool silence query.",
                    Unit.NUMBER,
                    Query('sum(alertmanager_silences{state="active"})'),
                    levels=FEW,
                    width=3,
                ),
            ),
        ),
        Section(
            "Measuring",
            (
                states(
                    "Targets",
                    "Whether each could be measured.",
                    Query('max by (component) (up{job!~"probe-.*"})', "{{component}}"),
                    names=UP,
                    width=12,
                ),
                graph(
                    "Time to measure",
                    "By target. Near 10 s Prometheus gives up.",
                    Unit.SECONDS,
                    Query("scrape_duration_seconds", "{{job}} {{component}}"),
                    levels=Levels(5, 9),
                    width=12,
                ),
                graph(
                    "Samples",
                    "Taken in a second.",
                    Unit.PER_SECOND,
                    Query("rate(prometheus_tsdb_head_samples_appended_total[$__rate_interval])", "samples"),
                ),
                graph(
                    "Series",
                    "In memory. A jump: a label with too many values; see samples by target.",
                    Unit.NUMBER,
                    Query("prometheus_tsdb_head_series", "series"),
                    levels=Levels(50_000, 100_000),
                ),
                graph(
                    "Samples by target",
                    "At each measurement.",
                    Unit.NUMBER,
                    Query('scrape_samples_scraped{job!~"probe-.*"}', "{{component}}"),
                    stacked=True,
                ),
            ),
        ),
        Section(
            "Keeping and deciding",
            (
                graph(
                    "On disk",
                    "What metrics take, and the most that they may (`monitoring.retentionSize`). At the limit the "
                    "oldest go.",
                    Unit.BYTES,
                    Query("prometheus_tsdb_storage_blocks_bytes", "taken"),
                    Query("prometheus_tsdb_retention_limit_bytes", "limit"),
                ),
                graph(
                    "Time of rules",
                    "Of the slowest groups. Longer than the interval between two evaluations: some are left out.",
                    Unit.SECONDS,
                    Query("topk(5, prometheus_rule_group_last_duration_seconds)", "{{rule_group}}"),
                    levels=Levels(5, 15),
                ),
                graph(
                    "Time of queries",
                    "9 of 10 are evaluated faster.",
                    Unit.SECONDS,
                    Query(
                        'prometheus_engine_query_duration_seconds{quantile="0.9", slice="inner_eval"} >= 0', "queries"
                    ),
                    levels=Levels(1, 10),
                ),
                graph(
                    "Messages",
                    "Delivered and not, in an hour, by way.",
                    Unit.NUMBER,
                    Query(
                        "sum by (integration) (increase(alertmanager_notifications_total[1h])) > 0 or on () vector(0)",
                        "{{integration}}",
                    ),
                    Query("sum(increase(alertmanager_notifications_failed_total[1h]))", "failed"),
                ),
                graph(
                    "Alerts",
                    "At Alertmanager, by state. Suppressed ones are silenced, or another tells of their cause.",
                    Unit.NUMBER,
                    Query("sum by (state) (alertmanager_alerts)", "{{state}}"),
                    stacked=True,
                ),
                graph(
                    "Memory",
                    "Of the limit of each container of the monitoring. Prometheus's is `monitoring.memory`.",
                    Unit.SHARE,
                    Query(f"ktr:container_memory:ratio{{{SELF}}}", "{{component}}"),
                    levels=Levels(0.8, 0.9),
                    most=1,
                ),
            ),
        ),
    ),
)
