"""Alerting: who is told of what, tried out with amtool and with a running Alertmanager."""

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from components.monitoring.alerting import render_alerting
from components.settings import ReceiverSettings
from ops.alerts import URL, send_test_alert
from ops.errors import OpsError
from tests.monitoring.checkers import alertmanager_command, checked, tool, wait_for
from tests.support.ports import free_ports

WEBHOOK = {"url": "https://alerts.example.com/ktr", "token": "a-token"}
SLACK = {"url": "https://hooks.example.com/services/x", "channel": "#ops"}
EMAIL = {"to": "oncall@example.com", "host": "smtp.example.com", "user": "ktr", "password": "a-password"}
CHOICES: list[dict[str, Any]] = [
    {},
    {"webhook": WEBHOOK},
    {"webhook": {"url": WEBHOOK["url"]}},
    {"slack": SLACK},
    {"slack": {"url": SLACK["url"]}},
    {"email": EMAIL},
    {"email": {"to": "a@example.com", "host": "localhost"}},
    {"webhook": WEBHOOK, "slack": SLACK, "email": EMAIL},
]


def configuration(folder: Path, receivers: dict[str, Any], group_wait: int = 20) -> Path:
    """alertmanager.yml for these receivers."""
    path = folder / "alertmanager.yml"
    path.write_text(render_alerting(ReceiverSettings.model_validate(receivers), group_wait), encoding="utf-8")
    return path


@pytest.mark.parametrize("receivers", CHOICES, ids=lambda chosen: " and ".join(chosen) or "nobody")
def test_any_choice_of_receivers_is_a_configuration(tmp_path: Path, receivers: dict[str, Any]) -> None:
    assert "SUCCESS" in checked("amtool", "check-config", configuration(tmp_path, receivers))


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        ({"alertname": "ServiceDown", "severity": "critical"}, "everybody"),
        ({"alertname": "SlotDown", "severity": "warning"}, "everybody"),
        ({"alertname": "ReleaseDone", "severity": "info"}, "information"),
        ({"alertname": "Watchdog", "severity": "none"}, "watchdog"),
        ({"alertname": "SomethingNew"}, "everybody"),
    ],
    ids=lambda value: value["alertname"] if isinstance(value, dict) else value,
)
def test_an_alert_goes_where_its_severity_says(tmp_path: Path, labels: dict[str, str], receiver: str) -> None:
    path = configuration(tmp_path, {"webhook": WEBHOOK})
    words = [f"{name}={value}" for name, value in labels.items()]
    said = checked("amtool", "config", "routes", "test", f"--config.file={path}", *words)
    assert said.split() == [receiver]


@dataclass
class Receiver:
    """A webhook that remembers what was posted."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    tokens: set[str | None] = field(default_factory=set)

    def alerts(self) -> list[list[str]]:
        """The names of the alerts that fire, message by message."""
        fired = [
            sorted({alert["labels"]["alertname"] for alert in message["alerts"] if alert["status"] == "firing"})
            for message in self.messages
        ]
        return [names for names in fired if names]

    def resolved(self) -> set[str]:
        """The names of the alerts that were said to be over."""
        alerts = [alert for message in self.messages for alert in message["alerts"]]
        return {alert["labels"]["alertname"] for alert in alerts if alert["status"] == "resolved"}


@contextmanager
def listening() -> Iterator[tuple[str, Receiver]]:
    """A webhook's URL, and what it receives."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.tokens.add(self.headers["Authorization"])
            receiver.messages.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", receiver
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def alertmanager(folder: Path, url: str) -> Iterator[str]:
    """A running Alertmanager that tells `url`, and its own address."""
    (port,) = free_ports(1)
    path = configuration(folder, {"webhook": {"url": url, "token": "a-token"}}, group_wait=1)
    flags = [f"--config.file={path}", f"--storage.path={folder}/data", "--cluster.listen-address="]
    command = [*alertmanager_command(), *flags, f"--web.listen-address=127.0.0.1:{port}"]
    address = f"http://127.0.0.1:{port}"
    with (folder / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            wait_for(lambda: answers(f"{address}/-/ready"))
            yield address
        finally:
            process.terminate()


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=1).ok
    except requests.ConnectionError:
        return False


def fire(address: str, *alerts: dict[str, str], ended: bool = False) -> None:
    """Tell Alertmanager of alerts as Prometheus does."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    posted = [
        {
            "labels": {"stack": "prod", "severity": "critical", **alert},
            "annotations": {"summary": "a summary"},
            **({"endsAt": moment} if ended else {}),
        }
        for alert in alerts
    ]
    requests.post(f"{address}/api/v2/alerts", json=posted, timeout=5).raise_for_status()


def alert(name: str, component: str, **more: str) -> dict[str, str]:
    return {"alertname": name, "component": component, **more}


FAULTS: dict[str, tuple[list[dict[str, str]], str]] = {
    "Postgres stops": (
        [
            alert("ContainerDown", "postgres"),
            alert("PostgresDown", "postgres"),
            alert("ContainerUnhealthy", "app-blue-1"),
            alert("SlotDown", "app-blue-1", severity="warning"),
            alert("ServiceDown", "edge"),
            alert("ErrorRateHigh", "edge"),
            alert("ErrorBudgetBurn", "edge", window="1h"),
        ],
        "ContainerDown",
    ),
    "the edge stops": (
        [
            alert("ContainerDown", "nginx"),
            alert("ServiceDown", "edge"),
            alert("WebSocketDown", "edge"),
            alert("EdgeUnmeasured", "edge-exporter", severity="warning"),
        ],
        "ContainerDown",
    ),
    "a replica is stopped": (
        [
            alert("ContainerDown", "app-green-1"),
            alert("SlotDown", "app-green-1", severity="warning"),
            alert("TargetMissing", "app-green-1"),
        ],
        "ContainerDown",
    ),
    "memory runs out again and again": (
        [
            alert("ContainerOutOfMemory", "app-worker"),
            alert("ContainerFlapping", "app-worker"),
            alert("ContainerMemoryHigh", "app-worker"),
        ],
        "ContainerOutOfMemory",
    ),
    "a version fails its clients": (
        [
            alert("ErrorRateHigh", "edge"),
            alert("ErrorBudgetBurn", "edge", window="1h"),
            alert("ErrorBudgetBurn", "edge", window="3d", severity="warning"),
        ],
        "ErrorRateHigh",
    ),
    "an exporter is stopped": (
        [alert("ContainerDown", "redis-exporter"), alert("TargetMissing", "redis-exporter")],
        "ContainerDown",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_is_one_message_which_names_the_cause(tmp_path: Path, fault: str) -> None:
    alerts, cause = FAULTS[fault]
    with listening() as (url, receiver), alertmanager(tmp_path, url) as address:
        fire(address, *alerts)
        wait_for(lambda: receiver.messages)
        time.sleep(1)  # a second message would follow at once
        assert receiver.alerts() == [[cause]]


def test_what_happens_to_two_components_is_two_messages_with_the_token(tmp_path: Path) -> None:
    with listening() as (url, receiver), alertmanager(tmp_path, url) as address:
        fire(address, alert("ContainerDown", "redis"), alert("DiskAlmostFull", "host"))
        wait_for(lambda: len(receiver.messages) == 2)
        assert sorted(receiver.alerts()) == [["ContainerDown"], ["DiskAlmostFull"]]
        assert receiver.tokens == {"Bearer a-token"}


def test_another_stack_on_the_same_receiver_is_not_inhibited(tmp_path: Path) -> None:
    with listening() as (url, receiver), alertmanager(tmp_path, url) as address:
        fire(address, alert("ContainerDown", "postgres"), alert("ServiceDown", "edge", stack="staging"))
        wait_for(lambda: len(receiver.messages) == 2)
        assert sorted(receiver.alerts()) == [["ContainerDown"], ["ServiceDown"]]


@dataclass
class LocalContainer:
    """What `ktr alerts test` does in Alertmanager's container, done to one that runs here."""

    address: str
    name: str = "alertmanager"

    def exec_run(self, command: list[str]) -> tuple[int, bytes]:
        program, *rest = [word.replace(URL, self.address) for word in command]
        if program == "wget":
            return 0, requests.get(rest[-1], timeout=5).content
        done = subprocess.run([tool(program), *rest], capture_output=True, check=False)
        return done.returncode, done.stdout + done.stderr


def test_a_test_alert_is_taken_by_the_webhook(tmp_path: Path) -> None:
    with listening() as (url, receiver), alertmanager(tmp_path, url) as address:
        container: Any = LocalContainer(address)
        assert send_test_alert(container, "prod") == ["webhook"]
        assert receiver.alerts() == [["TestAlert"]]


def test_a_test_alert_that_nobody_takes_is_an_error(tmp_path: Path) -> None:
    with alertmanager(tmp_path, "http://127.0.0.1:9/nobody") as address:
        container: Any = LocalContainer(address)
        with pytest.raises(OpsError, match="webhook"):
            send_test_alert(container, "prod", patience=60)
