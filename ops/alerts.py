"""`ktr alerts`: whether an alert gets to the people who are to be told."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import typer
from docker.errors import NotFound
from docker.models.containers import Container

from components.naming import Naming
from ops.console import console, step
from ops.engine import Engine
from ops.environment import prepare_engine
from ops.errors import OpsError
from ops.interaction import Stack, errors_for_people
from ops.paths import Paths

URL = "http://127.0.0.1:9093"
SUMMARY = "A test: somebody wanted to know whether this arrives"
PATIENCE = 20.0
"""Seconds that a receiver gets to answer."""
METRIC = re.compile(
    r"^alertmanager_notification_requests_(?P<what>total|failed_total)"
    r'\{[^}]*integration="(?P<by>\w+)"[^}]*\} (?P<value>\S+)$',
    re.MULTILINE,
)

app = typer.Typer(no_args_is_help=True, help="The alerts, and the way that they take.")


@app.command("test", epilog="Example: `ktr alerts test prod`")
def send(stack: Stack = "dev") -> None:
    """Send one alert, for information, to everybody who is told."""
    with errors_for_people():
        engine = prepare_engine(stack, Paths.of())
        with step("alert") as current:
            current.detail = "waiting for an answer"
            delivered = send_test_alert(alertmanager_of(stack, engine), stack)
            current.result = f"taken by: {', '.join(delivered)}"
    console.print("Look whether it arrived: the message says TestAlert.")


@dataclass(frozen=True)
class Attempts:
    """How often Alertmanager has tried to tell somebody, by the way of telling."""

    tried: dict[str, float]
    failed: dict[str, float]

    @classmethod
    def parse(cls, text: str) -> "Attempts":
        """Read Alertmanager's own metrics."""
        counts: dict[str, dict[str, float]] = {"total": {}, "failed_total": {}}
        for found in METRIC.finditer(text):
            values = counts[found["what"]]
            values[found["by"]] = values.get(found["by"], 0.0) + float(found["value"])
        return cls(tried=counts["total"], failed=counts["failed_total"])

    def since(self, former: "Attempts") -> tuple[list[str], list[str]]:
        """The ways that were tried and worked, and those that failed."""
        failed = [by for by, count in self.failed.items() if count > former.failed.get(by, 0)]
        tried = [by for by, count in self.tried.items() if count > former.tried.get(by, 0)]
        return sorted(set(tried) - set(failed)), sorted(failed)


def alertmanager_of(stack: str, engine: Engine) -> Container:
    """The Alertmanager of a stack.

    Raises:
        OpsError: there is none.
    """
    try:
        return engine.client.containers.get(Naming(stack).resource("alertmanager"))
    except NotFound:
        raise OpsError(
            f"stack {stack} has no Alertmanager on {engine.host}",
            fix=f"Deploy it with ktr:monitoring.enabled: true (make up STACK={stack})",
        ) from None


def send_test_alert(
    alertmanager: Container, stack: str, patience: float = PATIENCE, sleep: Callable[[float], None] = time.sleep
) -> list[str]:
    """Send an alert and wait for the receivers; the ways by which it was taken.

    Raises:
        OpsError: a receiver refused it, or nobody is to be told.
    """
    before = _attempts(alertmanager)
    labels = {
        "alertname": "TestAlert",
        "stack": stack,
        "component": "monitoring",
        "severity": "info",
        "at": time.time(),
    }
    words = [f"{name}={value}" for name, value in labels.items()]
    _run(
        alertmanager, ["amtool", f"--alertmanager.url={URL}", "alert", "add", *words, f"--annotation=summary={SUMMARY}"]
    )
    for _ in range(round(patience)):
        sleep(1)
        delivered, failed = _attempts(alertmanager).since(before)
        if failed:
            raise OpsError(
                f"the receivers by {', '.join(failed)} did not take the alert",
                fix=f"See what they said: docker logs --tail 20 {alertmanager.name}",
            )
        if delivered:
            return delivered
    raise OpsError(
        "nobody was told: there is no receiver, or it does not answer",
        fix="Name one: pulumi config set --secret --path ktr:monitoring.receivers.webhook.url https://…\npulumi up",
    )


def _attempts(alertmanager: Container) -> Attempts:
    return Attempts.parse(_run(alertmanager, ["wget", "-q", "-O", "-", f"{URL}/metrics"]))


def _run(container: Container, command: list[str]) -> str:
    code, output = container.exec_run(command)
    text = bytes(output).decode(errors="replace") if isinstance(output, bytes) else ""
    if code != 0:
        raise OpsError(f"{container.name} does not answer: {text.strip()}")
    return text
