"""The platform's own exporters: what they make of what they are told."""

import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from components.monitoring.exporters.edge import ROUTES, EdgeMetrics, listen, receive
from components.monitoring.exporters.engine import EngineReader, state, usage
from components.monitoring.exporters.exposition import Histogram, Metric, exposition
from components.nginx import Upstream
from components.nginx.config import render_config
from components.settings import EdgeSettings
from tests.monitoring.checkers import tool
from tests.support.nginx import parse

LINE = {
    "slot": "blue",
    "live": "blue",
    "route": "page",
    "status": "200",
    "seconds": "0.020",
    "bytes": "512",
    "active": "7",
    "reading": "0",
    "writing": "2",
    "waiting": "5",
}


def datagram(**changed: str) -> bytes:
    """A line as nginx sends it."""
    return b"<190>Nov 24 12:00:00 edge: " + json.dumps({**LINE, **changed}).encode()


def seen(*datagrams: bytes) -> dict[str, float]:
    """What is exposed after these lines."""
    metrics = EdgeMetrics()
    for one in datagrams:
        metrics.take(one)
    return samples(metrics.text())


def samples(text: str) -> dict[str, float]:
    """Value by series."""
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {series: float(value) for series, _, value in lines}


def accepted(text: str) -> str:
    """What promtool finds fault with."""
    done = subprocess.run(
        [tool("promtool"), "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


class TestTheEdge:
    def test_counts_requests_by_slot_route_and_status(self) -> None:
        found = seen(datagram(), datagram(), datagram(status="502", slot="green"))
        assert found['ktr_edge_requests_total{code="200",route="page",slot="blue"}'] == 2
        assert found['ktr_edge_requests_total{code="502",route="page",slot="green"}'] == 1

    def test_shows_failures_at_zero_before_the_first(self) -> None:
        assert seen()['ktr_edge_requests_total{code="502",route="page",slot="green"}'] == 0

    def test_sorts_durations(self) -> None:
        found = seen(datagram(seconds="0.020"), datagram(seconds="0.300"), datagram(seconds="30"))
        name = 'ktr_edge_request_duration_seconds_bucket{route="page",slot="blue",le="%s"}'
        assert [found[name % bound] for bound in ("0.01", "0.025", "0.25", "0.5", "10.0", "+Inf")] == [0, 1, 1, 2, 2, 3]

    def test_takes_no_websocket_for_a_slow_answer(self) -> None:
        found = seen(datagram(status="101", route="stream", seconds="3600"))
        assert found['ktr_edge_requests_total{code="101",route="stream",slot="blue"}'] == 1
        assert not any(series.startswith("ktr_edge_request_duration") for series in found)

    def test_knows_which_slot_is_live(self) -> None:
        found = seen(datagram(), datagram(live="green"))
        assert [found[f'ktr_edge_live_slot{{slot="{slot}"}}'] for slot in ("blue", "green")] == [0, 1]

    def test_counts_a_request_that_never_got_a_slot(self) -> None:
        assert (
            seen(datagram(slot="", live="", status="400"))[
                'ktr_edge_requests_total{code="400",route="page",slot="none"}'
            ]
            == 1
        )

    @pytest.mark.parametrize(
        "junk", [b"", b"no json", b"{", b"[]{", b'{"slot": 5}', datagram(seconds="-"), b"\xff{\xff}"]
    )
    def test_survives_what_it_cannot_read(self, junk: bytes) -> None:
        assert seen(junk)["ktr_edge_unreadable_lines_total"] == 1

    def test_speaks_as_prometheus_expects(self) -> None:
        metrics = EdgeMetrics()
        metrics.take(datagram())
        assert accepted(metrics.text()) == ""

    def test_hears_what_is_sent_to_its_socket_and_again_after_a_restart(self, tmp_path: Path) -> None:
        path = tmp_path / "edge.sock"
        for _ in range(2):
            metrics, lock = EdgeMetrics(), threading.Lock()
            receiver = listen(path)
            threading.Thread(target=receive, args=(receiver, metrics, lock), daemon=True).start()
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.connect(str(path))
                sender.send(datagram())
            name = 'ktr_edge_requests_total{code="200",route="page",slot="blue"}'
            for _ in range(200):
                if samples(metrics.text())[name]:
                    break
                threading.Event().wait(0.01)
            assert samples(metrics.text())[name] == 1

    def test_knows_every_route_that_nginx_tells_of(self) -> None:
        upstream = Upstream(host_prefix="app", port=8501, ready_port=9102, replicas=1)
        http = parse(render_config(EdgeSettings(), upstream, "/run/edge.sock")).block("http")
        routes = {one.arguments[0] for one in http.block("map", "$request_uri", "$path_route").directives}
        assert routes == set(ROUTES)

    def test_is_told_every_field_that_it_reads_and_nothing_of_a_person(self) -> None:
        upstream = Upstream(host_prefix="app", port=8501, ready_port=9102, replicas=1)
        http = parse(render_config(EdgeSettings(), upstream, "/run/edge.sock")).block("http")
        (words,) = [arguments for arguments in http.arguments("log_format") if arguments[0] == "metrics"]
        assert json.loads("".join(words[2:])).keys() == LINE.keys()


RUNNING: dict[str, Any] = {
    "State": {
        "Running": True,
        "StartedAt": "2026-11-24T10:00:00.123456789Z",
        "Health": {"Status": "healthy"},
    },
    "HostConfig": {"NanoCpus": 500_000_000, "Memory": 1024},
}
STATS: dict[str, Any] = {
    "memory_stats": {"usage": 1000, "stats": {"total_inactive_file": 200}},
    "cpu_stats": {"cpu_usage": {"total_usage": 3_000_000_000}},
    "pids_stats": {"current": 4},
    "networks": {"eth0": {"rx_bytes": 1, "tx_bytes": 2}, "eth1": {"rx_bytes": 10, "tx_bytes": 20}},
    "blkio_stats": {
        "io_service_bytes_recursive": [
            {"op": "Read", "value": 5},
            {"op": "Write", "value": 6},
            {"op": "Total", "value": 11},
        ]
    },
}


@contextmanager
def engine(answers: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """An engine that answers, by the beginning of a path, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(unquote(self.path))
            found = [answer for path, answer in answers.items() if self.path.startswith(path)]
            self.send_response(200 if found else 404)
            self.end_headers()
            if found:
                self.wfile.write(json.dumps(found[0]).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def listed(identity: str, component: str, **more: str) -> dict[str, Any]:
    return {"Id": identity, "Image": f"{component}:1", "Labels": {"ktr.io/component": component, **more}}


class TestTheEngine:
    def test_tells_of_each_service_of_its_stack(self) -> None:
        answers = {
            "/containers/json": [listed("a1", "redis"), listed("b2", "app-blue-1", **{"ktr.io/colour": "blue"})],
            "/containers/a1/json": RUNNING,
            "/containers/a1/stats": STATS,
            "/containers/b2/json": {**RUNNING, "State": {"Running": False}},
        }
        with engine(answers) as (url, asked):
            text = EngineReader(url, "prod").text()
        found = samples(text)
        assert found['ktr_container_running{colour="",component="redis"}'] == 1
        assert found['ktr_container_running{colour="blue",component="app-blue-1"}'] == 0
        assert found['ktr_container_oom_kills_total{colour="",component="redis"}'] == 0
        assert found['ktr_container_image{colour="",component="redis",image="redis:1"}'] == 1
        assert '"ktr.io/stack=prod"' in asked[0]
        assert '"ktr.io/purpose=service"' in asked[0]
        assert not any("/containers/b2/stats" in path for path in asked)
        assert accepted(text) == ""

    def test_leaves_out_what_goes_while_it_asks(self) -> None:
        answers = {
            "/containers/json": [listed("gone", "redis"), listed("a1", "postgres")],
            "/containers/a1/json": RUNNING,
            "/containers/a1/stats": STATS,
        }
        with engine(answers) as (url, _):
            found = samples(EngineReader(url, "prod").text())
        assert {series for series in found if "running" in series} == {
            'ktr_container_running{colour="",component="postgres"}'
        }

    def test_knows_state_and_limits(self) -> None:
        assert state(RUNNING) == {
            "running": 1,
            "healthy": 1,
            "start_time_seconds": 1_795_514_400,
            "cpu_limit": 0.5,
            "memory_limit_bytes": 1024,
        }

    def test_says_nothing_of_health_before_there_was_a_check(self) -> None:
        starting = {**RUNNING, "State": {**RUNNING["State"], "Health": {"Status": "starting"}}}
        assert "healthy" not in state(starting)

    def test_says_so_when_a_check_fails(self) -> None:
        failing = {**RUNNING, "State": {**RUNNING["State"], "Health": {"Status": "unhealthy"}}}
        assert state(failing)["healthy"] == 0

    def test_counts_memory_without_what_the_kernel_can_take_back(self) -> None:
        assert usage(STATS)["memory_bytes"] == 800
        newer = {**STATS, "memory_stats": {"usage": 1000, "stats": {"inactive_file": 300}}}
        assert usage(newer)["memory_bytes"] == 700

    def test_adds_networks_and_disks_up(self) -> None:
        found = usage(STATS)
        assert (found["network_receive_bytes_total"], found["network_transmit_bytes_total"]) == (11, 22)
        assert (found["disk_read_bytes_total"], found["disk_written_bytes_total"]) == (5, 6)

    def test_uses_nothing_while_it_does_not_run(self) -> None:
        assert usage({}) == usage({"memory_stats": {}}) == {}


class TestTheTextFormat:
    def test_escapes_labels(self) -> None:
        metric = Metric("a", "gauge", "A.")
        metric.set(1, label='back\\slash "quote"\nline')
        assert exposition([metric]).splitlines()[2] == r'a{label="back\\slash \"quote\"\nline"} 1'

    def test_keeps_large_counters_exact(self) -> None:
        metric = Metric("a_total", "counter", "A.")
        metric.add(123_456_789_012)
        assert exposition([metric]).splitlines()[2] == "a_total 123456789012"

    def test_puts_a_value_at_a_bound_below_it(self) -> None:
        histogram = Histogram("a", "A.", (1.0, 2.0))
        histogram.observe(1.0)
        assert list(histogram.lines())[2] == 'a_bucket{le="1.0"} 1'
