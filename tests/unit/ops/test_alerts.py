"""`ktr alerts test`: it says the truth about who got the alert."""

from collections.abc import Iterator
from typing import Any

import pytest

from ops.alerts import Attempts, send_test_alert
from ops.errors import OpsError

METRICS = """\
# TYPE alertmanager_notification_requests_total counter
alertmanager_notification_requests_total{{integration="webhook"}} {tried}
alertmanager_notification_requests_total{{integration="email"}} 0
# TYPE alertmanager_notification_requests_failed_total counter
alertmanager_notification_requests_failed_total{{integration="webhook"}} {failed}
alertmanager_notification_requests_failed_total{{integration="email"}} 0
"""


class FakeAlertmanager:
    """Tells these figures, one after the other, and remembers what it was asked to do."""

    name = "ktr-prod-alertmanager"

    def __init__(self, *figures: tuple[int, int]) -> None:
        self._figures: Iterator[tuple[int, int]] = iter([*figures, *[figures[-1]] * 100])
        self.commands: list[list[str]] = []

    def exec_run(self, command: list[str]) -> tuple[int, bytes]:
        if command[0] == "amtool":
            self.commands.append(command)
            return 0, b""
        tried, failed = next(self._figures)
        return 0, METRICS.format(tried=tried, failed=failed).encode()


def send(alertmanager: Any) -> list[str]:
    return send_test_alert(alertmanager, "prod", sleep=lambda _: None)


def test_an_alert_that_was_taken_is_said_to_be() -> None:
    alertmanager = FakeAlertmanager((3, 1), (3, 1), (4, 1))
    assert send(alertmanager) == ["webhook"]
    (command,) = alertmanager.commands
    assert {"alertname=TestAlert", "stack=prod", "severity=info"} <= set(command)


def test_one_that_was_refused_is_an_error_that_says_where_to_look() -> None:
    with pytest.raises(OpsError, match="by webhook did not take") as raised:
        send(FakeAlertmanager((3, 1), (4, 2)))
    assert "docker logs --tail 20 ktr-prod-alertmanager" in raised.value.fix


def test_where_nobody_is_told_it_says_how_to_change_that() -> None:
    with pytest.raises(OpsError, match="nobody was told") as raised:
        send(FakeAlertmanager((3, 1)))
    assert "ktr:monitoring.receivers.webhook.url" in raised.value.fix


def test_an_alertmanager_that_does_not_answer_is_named() -> None:
    class Broken(FakeAlertmanager):
        def exec_run(self, command: list[str]) -> tuple[int, bytes]:
            self.commands.append(command)
            return 1, b"connection refused"

    with pytest.raises(OpsError, match="ktr-prod-alertmanager does not answer: connection refused"):
        send(Broken((0, 0)))


def test_two_receivers_of_one_kind_are_added_up() -> None:
    text = METRICS.format(tried=2, failed=1) + METRICS.format(tried=3, failed=1)
    assert Attempts.parse(text) == Attempts(tried={"webhook": 5, "email": 0}, failed={"webhook": 2, "email": 0})
