"""What stops wakes somebody: once, in time, with the right alert, and its end is told as well."""

from components.monitoring.prometheus import rule_files
from tests.integration.harness.deployment import Deployment
from tests.integration.harness.engine_view import wait_until
from tests.integration.harness.faults import STOPS
from tests.integration.harness.measured import Measured
from tests.integration.harness.receiver import Receiver
from tests.integration.harness.told import tell


def test_every_target_is_up_and_every_rule_is_loaded(measured: Measured) -> None:
    up = measured.query("up")
    services = measured.services()
    assert {series["value"][1] for series in up} == {"1"}
    # Those without measurements of their own are measured by their exporters.
    untold = {"nginx", "postgres", "redis", "engine-proxy", "grafana"} & services
    assert measured.components('up{job!~"probe-.*"}') | untold == services
    assert measured.running() == services
    groups = measured.api("rules")["groups"]
    assert {group["file"].rpartition("/")[2] for group in groups} >= set(rule_files())
    failing = [rule for group in groups for rule in group["rules"] if rule["health"] == "err"]
    assert failing == []


def test_the_watchdog_is_heard(receiver: Receiver) -> None:
    wait_until(lambda: receiver.watchdogs > 0, 90, "the watchdog's message")


def test_what_stops_is_told_once_in_time_and_so_is_its_end(deployed: Deployment, receiver: Receiver) -> None:
    told = tell(deployed, receiver, STOPS)
    for one in told:
        print(f"{one.fault.sentence} → {one.fault.alert} → {one.fired} s, over after {one.resolved} s")
    assert {one.fault.sentence: one.broken for one in told} == {fault.sentence: [] for fault in STOPS}
