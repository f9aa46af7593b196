"""The application: its pages and sessions, its processes, the worker and the pipelines."""

from components.monitoring.dashboards.board import Board, Levels, Query, Section, Unit, Variable
from components.monitoring.dashboards.panels import FEW, UP, graph, number, states, table

PAGES = "ktr_page_seconds_bucket"
CHOSEN = 'pipeline=~"$pipeline"'
LATE = "sum by (le) (increase(ktr_schedule_late_seconds_bucket[1h]))"

APPLICATION = Board(
    name="application",
    title="Application",
    description="Pages, sessions, processes, the worker and each pipeline.",
    variables=(Variable(name="pipeline", label="Pipeline", metric="ktr_pipeline_runs_total"),),
    sections=(
        Section(
            "Who serves",
            (
                states(
                    "Ready",
                    "Whether each replica is ready to serve. Not ready: runbook SlotDown.",
                    Query('probe_success{job="probe-slots"}', "{{component}}"),
                    names=UP,
                    width=12,
                ),
                table(
                    "Versions",
                    "What each process runs. Replicas of one slot run the same.",
                    Query("sum by (component, colour, version) (ktr_build_info)", "processes"),
                ),
            ),
        ),
        Section(
            "Pages and sessions",
            (
                graph(
                    "Time to build a page",
                    "95 of 100 are built faster, by page. All slow: CPU or the database; one slow: what it reads.",
                    Unit.SECONDS,
                    Query(f"histogram_quantile(0.95, sum by (le, page) (rate({PAGES}[5m]))) >= 0", "{{page}}"),
                    levels=Levels(1, 2.5),
                    empty="no pages",
                ),
                graph(
                    "Time to build a page by slot",
                    "95 of 100 are built faster. Compare before a canary grows.",
                    Unit.SECONDS,
                    Query(f"histogram_quantile(0.95, sum by (le, colour) (rate({PAGES}[5m]))) >= 0", "{{colour}}"),
                    levels=Levels(1, 2.5),
                    empty="no pages",
                ),
                graph(
                    "Pages",
                    "How many are built, by page: every click is one.",
                    Unit.PER_SECOND,
                    Query("sum by (page) (rate(ktr_page_seconds_count[5m])) or on () vector(0)", "{{page}}"),
                    stacked=True,
                ),
                graph(
                    "Sessions",
                    "People who are signed in, on all replicas together.",
                    Unit.NUMBER,
                    Query("max(ktr_sessions)", "sessions"),
                ),
                graph(
                    "Open WebSockets",
                    "Open pages, by replica. Uneven for long: clients stay on the replica that they began on.",
                    Unit.NUMBER,
                    Query('ktr_websockets_open{colour!=""}', "{{component}}"),
                    stacked=True,
                ),
                graph(
                    "Failures",
                    "Server errors that clients got from each slot.",
                    Unit.SHARE,
                    Query("ktr:edge_slot_error_ratio:5m", "{{slot}}"),
                    levels=Levels(0.005, 0.05),
                ),
            ),
        ),
        Section(
            "Processes",
            (
                graph(
                    "CPU",
                    "CPUs in use, by process.",
                    Unit.NUMBER,
                    Query('rate(process_cpu_seconds_total{job="app"}[$__rate_interval])', "{{component}}"),
                ),
                graph(
                    "Memory",
                    "Resident memory, by process. Only ever growing: a leak, or data frames that sessions keep.",
                    Unit.BYTES,
                    Query('process_resident_memory_bytes{job="app"}', "{{component}}"),
                ),
                graph(
                    "Open files",
                    "Of those that a process may open. Full: nothing connects any more.",
                    Unit.SHARE,
                    Query('process_open_fds{job="app"} / process_max_fds{job="app"}', "{{component}}"),
                    levels=Levels(0.5, 0.8),
                ),
            ),
        ),
        Section(
            "Worker",
            (
                number(
                    "Leads",
                    "Exactly one worker runs schedules.",
                    Unit.NUMBER,
                    Query("sum(ktr_worker_leader)"),
                    levels=Levels(1, 0.5),
                ),
                number("Due", "Schedules that wait.", Unit.NUMBER, Query("sum(ktr_schedules_due)"), levels=FEW),
                number("Running", "Scheduled runs under way.", Unit.NUMBER, Query("sum(ktr_schedule_runs_active)")),
                number(
                    "Late",
                    "95 of 100 scheduled runs of the last hour began sooner after they were due.",
                    Unit.SECONDS,
                    Query(f"histogram_quantile(0.95, {LATE}) >= 0 or on () vector(0)"),
                    levels=Levels(60, 300),
                ),
                number(
                    "Interrupted",
                    "Runs of the time shown that were queued again: handed back by a worker that was told to stop, or "
                    "taken over from one that died.",
                    Unit.NUMBER,
                    Query("sum(increase(ktr_schedule_handed_back_total[$__range]))", "handed back"),
                    Query("sum(increase(ktr_schedule_taken_over_total[$__range]))", "taken over"),
                    width=5,
                ),
                number(
                    "Missed",
                    "Due times that a later run stands for, because nothing could run at the time.",
                    Unit.NUMBER,
                    Query("sum(increase(ktr_schedule_coalesced_total[$__range]))"),
                    levels=FEW,
                    width=3,
                ),
                graph(
                    "Scheduled runs",
                    "That ended within the last hour, by how.",
                    Unit.NUMBER,
                    Query("sum by (status) (increase(ktr_schedule_runs_total[1h])) or on () vector(0)", "{{status}}"),
                    width=24,
                    stacked=True,
                ),
            ),
        ),
        Section(
            "Pipelines",
            (
                graph(
                    "Runs",
                    "That ended within the last hour, by pipeline and how they ended.",
                    Unit.NUMBER,
                    Query(
                        f"sum by (pipeline, status) (increase(ktr_pipeline_runs_total{{{CHOSEN}}}[1h]))"
                        " or on () vector(0)",
                        "{{pipeline}} {{status}}",
                    ),
                    stacked=True,
                ),
                graph(
                    "Rows",
                    "That left the last step, by pipeline. Nothing although it runs: its source is empty.",
                    Unit.ROWS_PER_SECOND,
                    Query(
                        f"sum by (pipeline) (rate(ktr_pipeline_rows_total{{{CHOSEN}}}[5m])) or on () vector(0)",
                        "{{pipeline}}",
                    ),
                ),
                graph(
                    "Time of runs",
                    "95 of 100 runs of the last hour were faster, by pipeline.",
                    Unit.SECONDS,
                    Query(
                        "histogram_quantile(0.95, sum by (le, pipeline) "
                        f"(increase(ktr_pipeline_duration_seconds_bucket{{{CHOSEN}}}[1h]))) >= 0",
                        "{{pipeline}}",
                    ),
                    empty="no runs",
                ),
                graph(
                    "Failed runs",
                    "Share of the runs of the last hour, by pipeline. The page Executions shows the error.",
                    Unit.SHARE,
                    Query(f"ktr:pipeline_failures:ratio1h{{{CHOSEN}}} or on () vector(0)", "{{pipeline}}"),
                    levels=Levels(0.05, 0.5),
                    width=12,
                    most=1,
                ),
                table(
                    "All runs",
                    "Since the processes started.",
                    Query(
                        f"sum by (pipeline) (ktr_pipeline_runs_total{{{CHOSEN}}}) or on () vector(0)",
                        "runs",
                        Unit.NUMBER,
                    ),
                    Query(
                        f"sum by (pipeline) (ktr_pipeline_rows_total{{{CHOSEN}}}) or on () vector(0)",
                        "rows",
                        Unit.NUMBER,
                    ),
                ),
            ),
        ),
    ),
)
