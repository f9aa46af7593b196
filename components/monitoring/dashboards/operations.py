"""Operations: is the platform well, who serves, and does it do its work."""

from components.monitoring.dashboards.board import Board, Levels, Query, Section, Unit
from components.monitoring.dashboards.panels import FEW, UP, graph, number, table

PEOPLE = 'ktr_edge_requests_total{route!="health"}'
FAILED = 'ktr_edge_requests_total{route!="health", code=~"5.."}'
LIVE = 'label_replace(ktr_edge_live_slot == 1, "colour", "$1", "slot", "(.+)")'
RUNS = "ktr_pipeline_runs_total"
TARGET = 0.005
"""The share of requests that may fail: 99.5 % are to be answered well."""

OPERATIONS = Board(
    name="operations",
    title="Operations",
    description="Whether the platform is well, which slot serves, and whether pipelines do their work.",
    sections=(
        Section(
            "Now",
            (
                number(
                    "Platform",
                    "Whether the platform answers through the edge. Down: runbook ServiceDown.",
                    Unit.STATE,
                    Query('min(probe_success{job="probe-edge"})'),
                    names=UP,
                    width=3,
                ),
                number(
                    "WebSockets",
                    "Whether the edge opens one. Down: pages load and do nothing; runbook WebSocketDown.",
                    Unit.STATE,
                    Query('min(probe_success{job="probe-websocket"})'),
                    names=UP,
                    width=3,
                ),
                number(
                    "Live slot",
                    "The slot that new clients get. `ktr status` says more, `ktr rollback` goes back.",
                    Unit.STATE,
                    Query("ktr_edge_live_slot == 1", "{{slot}}"),
                    shows_name=True,
                    width=3,
                ),
                number(
                    "Live version",
                    "What the live slot runs. Two at once: its replicas differ; deploy again.",
                    Unit.STATE,
                    Query(
                        f'max by (version) (ktr_build_info{{component!~".*-worker"}} and on (colour) {LIVE})',
                        "{{version}}",
                    ),
                    shows_name=True,
                    width=5,
                ),
                number(
                    "Alerts firing",
                    "By severity, the watchdog not counted. Each names a runbook; the table below lists them.",
                    Unit.NUMBER,
                    Query('count(ALERTS{alertstate="firing", severity="critical"}) or vector(0)', "critical"),
                    Query('count(ALERTS{alertstate="firing", severity="warning"}) or vector(0)', "warning"),
                    levels=Levels(1, 1),
                    width=5,
                ),
                number(
                    "Error budget left",
                    "Of the 0.5 % of requests that may fail in 30 days, or in the time that metrics are kept. Below "
                    "nothing: release no risks until it recovers; runbook ErrorBudgetBurn.",
                    Unit.SHARE,
                    Query(
                        f"1 - sum(increase({FAILED}[30d])) / (sum(increase({PEOPLE}[30d])) > 0) / {TARGET} or vector(1)"
                    ),
                    levels=Levels(0.5, 0.1),
                    width=5,
                ),
            ),
        ),
        Section(
            "Traffic",
            (
                graph(
                    "Traffic by slot",
                    "Requests of people by the slot that served them. In a canary both serve; after a switch the old "
                    "one fades with its WebSockets. `none` are requests that ended before they had a slot.",
                    Unit.REQUESTS_PER_SECOND,
                    Query(f"sum by (slot) (rate({PEOPLE}[$__rate_interval]))", "{{slot}}"),
                    stacked=True,
                ),
                graph(
                    "Share of each slot",
                    "What the canary gets, as it is and not as it is set.",
                    Unit.SHARE,
                    Query(
                        f"sum by (slot) (rate({PEOPLE}[5m])) / on () group_left () (sum(rate({PEOPLE}[5m])) > 0)",
                        "{{slot}}",
                    ),
                    most=1,
                ),
                graph(
                    "Failures by slot",
                    "Server errors of the requests of people, over 5 minutes. One slot alone fails: `ktr rollback`.",
                    Unit.SHARE,
                    Query("ktr:edge_slot_error_ratio:5m", "{{slot}}"),
                    levels=Levels(TARGET, 0.05),
                ),
                graph(
                    "Time of answers by slot",
                    "95 of 100 requests are answered faster. Compare the slots before a canary grows.",
                    Unit.SECONDS,
                    Query(
                        "histogram_quantile(0.95, sum by (le, slot) "
                        '(rate(ktr_edge_request_duration_seconds_bucket{route!="health"}[5m])))',
                        "{{slot}}",
                    ),
                    levels=Levels(1, 2.5),
                    width=12,
                ),
                graph(
                    "Sessions",
                    "People who are signed in, and open WebSockets by slot: what a switch has to wait for.",
                    Unit.NUMBER,
                    Query("max(ktr_sessions)", "sessions"),
                    Query('sum by (colour) (ktr_websockets_open{colour!=""})', "WebSockets of {{colour}}"),
                    width=12,
                ),
            ),
        ),
        Section(
            "Pipelines",
            (
                number(
                    "Runs that succeeded",
                    "Of the runs of the time shown. Runs by pipeline are on the application's dashboard.",
                    Unit.SHARE,
                    Query(
                        f'sum(increase({RUNS}{{status="succeeded"}}[$__range])) / (sum(increase({RUNS}[$__range])) > 0)'
                        " or vector(1)"
                    ),
                    levels=Levels(0.95, 0.5),
                    width=6,
                ),
                number(
                    "Runs that failed",
                    "In the time shown. Who ran it and the error are on the page Executions.",
                    Unit.NUMBER,
                    Query(f'sum(increase({RUNS}{{status="failed"}}[$__range])) or vector(0)'),
                    levels=FEW,
                    width=6,
                ),
                number(
                    "Waiting",
                    "Schedules that are due and wait, and runs under way. Waiting for long: the worker is overloaded "
                    "or away.",
                    Unit.NUMBER,
                    Query("sum(ktr_schedules_due)", "due"),
                    Query("sum(ktr_schedule_runs_active)", "running"),
                    width=6,
                ),
                number(
                    "A worker leads",
                    "Exactly one worker runs schedules. None: no schedule runs; look at the container app-worker.",
                    Unit.NUMBER,
                    Query("sum(ktr_worker_leader)"),
                    levels=Levels(1, 0.5),
                    width=6,
                ),
                graph(
                    "Throughput",
                    "Rows that left the last steps of all pipelines.",
                    Unit.ROWS_PER_SECOND,
                    Query("sum(rate(ktr_pipeline_rows_total[5m])) or vector(0)", "rows"),
                ),
                graph(
                    "Success and failure",
                    "Runs that ended within the last hour, by how they ended.",
                    Unit.NUMBER,
                    Query(f"sum by (status) (increase({RUNS}[1h])) or on () vector(0)", "{{status}}"),
                    stacked=True,
                ),
                graph(
                    "Mean time",
                    "Of the runs of the last hour, by pipeline. Slower than yesterday: see the database's statements.",
                    Unit.SECONDS,
                    Query(
                        "sum by (pipeline) (increase(ktr_pipeline_duration_seconds_sum[1h])) / "
                        "(sum by (pipeline) (increase(ktr_pipeline_duration_seconds_count[1h])) > 0)",
                        "{{pipeline}}",
                    ),
                    empty="no runs",
                ),
            ),
        ),
        Section(
            "Alerts",
            (
                table(
                    "Alerts that fire",
                    "docs/runbooks has a page for each name. Watchdog always fires: its absence means that alerts are "
                    "not delivered.",
                    Query('sum by (alertname, severity, component) (ALERTS{alertstate="firing"})', "firing"),
                ),
                graph(
                    "Alerts over time",
                    "How many fired, by component: the one that fires first is most often the cause.",
                    Unit.NUMBER,
                    Query(
                        'count by (component) (ALERTS{alertstate="firing", alertname!="Watchdog"}) or on () vector(0)',
                        "{{component}}",
                    ),
                    width=12,
                    stacked=True,
                ),
            ),
        ),
    ),
)
