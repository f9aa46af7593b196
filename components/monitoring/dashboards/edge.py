"""The edge: what clients ask for and get, connections, the certificate."""

from components.monitoring.dashboards.board import Board, Colour, Levels, Query, Section, Unit
from components.monitoring.dashboards.panels import FEW, UP, graph, number, states

REQUESTS = "ktr_edge_requests_total"
SECONDS = "ktr_edge_request_duration_seconds_bucket"
LIVE = {1: ("live", Colour.GOOD), 0: ("idle", Colour.PLAIN)}

EDGE = Board(
    name="edge",
    title="Edge",
    description="What clients ask for and get at nginx, by slot and route.",
    sections=(
        Section(
            "Now",
            (
                number(
                    "Answers",
                    "Whether the platform answers through the edge. Down: runbook ServiceDown.",
                    Unit.STATE,
                    Query('min(probe_success{job="probe-edge"})'),
                    names=UP,
                ),
                number(
                    "Requests",
                    "Of people; probes are not counted.",
                    Unit.REQUESTS_PER_SECOND,
                    Query(f'sum(rate({REQUESTS}{{route!="health"}}[5m]))'),
                ),
                number(
                    "Failures",
                    "Server errors of the requests of people in the last hour.",
                    Unit.NUMBER,
                    Query(f'sum(increase({REQUESTS}{{route!="health", code=~"5.."}}[1h]))'),
                    levels=FEW,
                ),
                number(
                    "Refused",
                    "Requests of the last hour beyond a client's limits (429). Many of one office: raise "
                    "`edge.requestsPerSecond`.",
                    Unit.NUMBER,
                    Query(f'sum(increase({REQUESTS}{{code="429"}}[1h])) or vector(0)'),
                    levels=Levels(10, 1000),
                ),
                number(
                    "Certificate",
                    "How long it lasts. Below 14 days: runbook CertificateExpires.",
                    Unit.SECONDS,
                    Query('min(probe_ssl_earliest_cert_expiry{job="probe-edge"}) - time()'),
                    levels=Levels(30 * 86400, 14 * 86400),
                    empty="without TLS",
                ),
                number(
                    "Connections",
                    "Open now. Near 4096 for each of nginx's workers it takes no more.",
                    Unit.NUMBER,
                    Query('ktr_edge_connections{state="active"}'),
                    levels=Levels(3000, 4000),
                ),
            ),
        ),
        Section(
            "Requests",
            (
                graph(
                    "By route",
                    "What is asked for. `health` are probes.",
                    Unit.REQUESTS_PER_SECOND,
                    Query("sum by (route) (ktr:edge_requests:rate5m)", "{{route}}"),
                    stacked=True,
                ),
                graph(
                    "By status",
                    "502 and 504: no replica answered; 503: maintenance, or no slot; 429: a client's limits; 500: the "
                    "application.",
                    Unit.REQUESTS_PER_SECOND,
                    Query(f"sum by (code) (rate({REQUESTS}[$__rate_interval])) > 0", "{{code}}"),
                    stacked=True,
                ),
                graph(
                    "Failures by slot and route",
                    "Server errors. One route alone: what serves it; one slot alone: `ktr rollback`.",
                    Unit.REQUESTS_PER_SECOND,
                    Query(
                        f'sum by (slot, route) (rate({REQUESTS}{{code=~"5.."}}[$__rate_interval])) > 0'
                        " or on () vector(0)",
                        "{{slot}} {{route}}",
                    ),
                ),
                graph(
                    "How fast the error budget goes",
                    "1 uses it up exactly in 30 days. Above 14.4 for an hour wakes somebody: runbook ErrorBudgetBurn.",
                    Unit.NUMBER,
                    Query("ktr:edge_error_ratio:5m / 0.005", "5 minutes"),
                    Query("ktr:edge_error_ratio:1h / 0.005", "1 hour"),
                    Query("ktr:edge_error_ratio:6h / 0.005", "6 hours"),
                    levels=Levels(1, 14.4),
                ),
                graph(
                    "Bytes",
                    "Bodies of answers, by route. Much `media`: downloads of results.",
                    Unit.BYTES_PER_SECOND,
                    Query("sum by (route) (rate(ktr_edge_response_bytes_total[$__rate_interval]))", "{{route}}"),
                    stacked=True,
                ),
                graph(
                    "Connections by state",
                    "Waiting ones are idle, most of them open WebSockets and kept-alive connections.",
                    Unit.NUMBER,
                    Query('ktr_edge_connections{state!="active"}', "{{state}}"),
                    stacked=True,
                ),
            ),
        ),
        Section(
            "Time of answers",
            (
                graph(
                    "Half are faster",
                    "By route.",
                    Unit.SECONDS,
                    Query("ktr:edge_request_seconds:p50_5m >= 0", "{{route}}"),
                    levels=Levels(0.5, 1),
                ),
                graph(
                    "95 of 100 are faster",
                    "By route. Far above half of them: some requests wait, for CPU or for the database.",
                    Unit.SECONDS,
                    Query("ktr:edge_request_seconds:p95_5m >= 0", "{{route}}"),
                    levels=Levels(1, 2.5),
                ),
                graph(
                    "99 of 100 are faster",
                    "By route.",
                    Unit.SECONDS,
                    Query("ktr:edge_request_seconds:p99_5m >= 0", "{{route}}"),
                    levels=Levels(2.5, 5),
                ),
                graph(
                    "Mean by slot",
                    "Compare the slots before a canary grows.",
                    Unit.SECONDS,
                    Query(
                        'sum by (slot) (rate(ktr_edge_request_duration_seconds_sum{route!="health"}[5m])) / '
                        '(sum by (slot) (rate(ktr_edge_request_duration_seconds_count{route!="health"}[5m])) > 0)',
                        "{{slot}}",
                    ),
                    levels=Levels(0.5, 1),
                ),
                graph(
                    "Answered within a second",
                    "Share of the requests of people, by slot.",
                    Unit.SHARE,
                    Query(
                        f'sum by (slot) (rate({SECONDS}{{route!="health", le="1.0"}}[5m])) / '
                        f'(sum by (slot) (rate({SECONDS}{{route!="health", le="+Inf"}}[5m])) > 0)',
                        "{{slot}}",
                    ),
                    levels=Levels(0.99, 0.95),
                    most=1,
                ),
                graph(
                    "Time of probes",
                    "How long the platform took to answer the monitoring, by what was asked.",
                    Unit.SECONDS,
                    Query("probe_duration_seconds", "{{job}} {{component}}"),
                    levels=Levels(1, 5),
                ),
            ),
        ),
        Section(
            "Slots",
            (
                states(
                    "Live slot",
                    "Which slot new clients got.",
                    Query("ktr_edge_live_slot", "{{slot}}"),
                    names=LIVE,
                    width=12,
                ),
                graph(
                    "Lines that could not be read",
                    "Of what nginx tells of requests. Any: the exporter and nginx's configuration do not fit.",
                    Unit.NUMBER,
                    Query("increase(ktr_edge_unreadable_lines_total[1h])", "lines"),
                    levels=FEW,
                    width=12,
                ),
            ),
        ),
    ),
)
