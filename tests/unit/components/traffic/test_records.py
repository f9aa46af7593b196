"""The records: which change is a difference, and which is refused before anything happens."""

from typing import Any

import pytest

from components.settings import Colour, ReleaseSettings
from components.traffic.records import SlotProvider, TrafficProvider
from components.traffic.routing import Routing
from components.traffic.slot import lock
from tests.support.engine import FakeEngine
from tests.support.platform import run_deploy, stack_settings

LIVE = {"reason": "is live (100 % of the clients)", "wayOut": "Release to the idle slot instead"}
OLD = {"image": "sha256:1", "label version": "1.0", "cpus": "1"}
NEW = {"image": "sha256:2", "label version": "1.1", "cpus": "1"}
BLUE_SERVES = Routing(live=Colour.BLUE, green=0)
CANARY = Routing(live=Colour.BLUE, green=10)


def check(runs: dict[str, str], lock: dict[str, str] | None, *, hold: bool = False) -> tuple[dict[str, Any], list[str]]:
    news = {"colour": "blue", "runs": runs, "lock": lock, "hold": hold}
    result = SlotProvider().check({"colour": "blue", "runs": OLD}, news)
    return result.inputs["runs"], [failure.reason for failure in result.failures]


def test_a_slot_that_serves_is_not_replaced_and_the_way_out_is_named() -> None:
    _, (reason,) = check(NEW, LIVE)
    assert "the blue slot is live (100 % of the clients)" in reason
    assert "image: sha256:1 → sha256:2" in reason
    assert "label version: 1.0 → 1.1" in reason
    assert "cpus" not in reason
    assert "Release to the idle slot instead" in reason


def test_a_slot_that_serves_may_stay_as_it_is() -> None:
    assert check(OLD, LIVE) == (OLD, [])


@pytest.mark.parametrize("lock", [LIVE, None])
def test_a_slot_that_is_held_keeps_what_it_runs(lock: dict[str, str] | None) -> None:
    assert check(NEW, lock, hold=True) == (OLD, [])


def test_a_slot_without_clients_changes() -> None:
    assert check(NEW, None) == (NEW, [])


def test_a_new_slot_is_created() -> None:
    assert SlotProvider().check({}, {"colour": "blue", "runs": NEW, "lock": LIVE}).failures == []


@pytest.mark.parametrize("key", ["live", "split"])
def test_traffic_differs_where_clients_would_notice(key: str) -> None:
    olds = {"live": "blue", "split": {"blue": 100, "green": 0}, "engine": "unix:///a", "edge": "x"}
    assert not TrafficProvider().diff("traffic", olds, {**olds, "engine": "unix:///b"}).changes
    assert TrafficProvider().diff("traffic", olds, {**olds, key: "other"}).changes


def release(**values: Any) -> ReleaseSettings:
    return ReleaseSettings.model_validate({"blue": "1.0", "green": "1.1", **values}, strict=False)


class TestTheLock:
    def test_holds_the_live_slot(self) -> None:
        found = lock(Colour.BLUE, release(), BLUE_SERVES)
        assert found
        assert "is live (100 % of the clients)" in found["reason"]
        assert "ktr:release.active to green" in found["wayOut"]

    def test_holds_a_canary(self) -> None:
        found = lock(Colour.GREEN, release(canaryPercent=10), CANARY)
        assert found
        assert "serves 10 % of the clients" in found["reason"]
        assert "canaryPercent: 0" in found["wayOut"]

    def test_lets_a_slot_go_that_traffic_leaves_first(self) -> None:
        assert lock(Colour.BLUE, release(active="green"), BLUE_SERVES) is None

    def test_lets_the_idle_slot_go(self) -> None:
        assert lock(Colour.GREEN, release(), BLUE_SERVES) is None

    def test_lets_the_slot_go_that_is_to_become_live(self) -> None:
        assert lock(Colour.GREEN, release(active="green"), BLUE_SERVES) is None

    def test_lets_everything_go_before_the_first_routing(self) -> None:
        assert lock(Colour.BLUE, release(), None) is None

    def test_lets_the_live_slot_go_where_the_settings_allow_it(self) -> None:
        assert lock(Colour.BLUE, release(replaceLive=True), BLUE_SERVES) is None


def test_every_setting_that_replaces_a_container_is_seen() -> None:
    def runs(**overrides: Any) -> Any:
        run = run_deploy(stack_settings("staging", overrides))
        return run.program.named("app-blue-slot", "pulumi-python:dynamic/index:Slot").plain("runs")

    assert runs(logging={"maxSize": "20m"}) != runs()
    assert runs(app={"cpus": 0.5}) != runs()
    assert runs(app={"logLevel": "debug"}) != runs()


@pytest.mark.parametrize(("stack", "locked"), [("staging", True), ("dev", False)])
def test_the_routing_in_force_decides_in_the_program(stack: str, locked: bool) -> None:
    run = run_deploy(stack_settings(stack), FakeEngine(edge_files=BLUE_SERVES.files))
    slot = run.program.named("app-blue-slot", "pulumi-python:dynamic/index:Slot")
    assert (slot.plain("lock") is not None) is locked
