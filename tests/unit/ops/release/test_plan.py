"""The plan of a release: what changes in which order."""

from typing import Any

import pytest

from components.settings import Colour, ReleaseSettings
from components.traffic import Routing
from ops.errors import OpsError
from ops.release.plan import Plan, plan_release, plan_switch

BLUE = Routing(live=Colour.BLUE, green=0)
GREEN = Routing(live=Colour.GREEN, green=100)
RUNNING = {"blue": "1.0", "green": "0.9"}
BOTH = frozenset(Colour)


def release(**values: Any) -> ReleaseSettings:
    return ReleaseSettings.model_validate({"blue": "1.0", "green": "0.9", **values}, strict=False)


def planned(*canary: int, settings: ReleaseSettings | None = None, routing: Routing | None = BLUE) -> Plan:
    return plan_release(settings or release(), routing, RUNNING, "1.1", canary)


def test_a_release_goes_to_the_idle_slot_and_then_switches() -> None:
    deploy, switch = planned().steps
    assert deploy.settings == {
        "release.blue": "1.0",
        "release.green": "1.1",
        "release.active": "blue",
        "release.canaryPercent": "0",
    }
    assert not deploy.serves
    assert switch.settings == {"release.active": "green", "release.canaryPercent": "0"}


def test_what_is_live_stays_as_it_is_while_the_candidate_is_deployed_and_both_while_traffic_moves() -> None:
    deploy, *others = planned(10, 50).steps
    assert deploy.hold == {Colour.BLUE}
    assert [step.hold for step in others] == [BOTH, BOTH, BOTH]


def test_a_canary_takes_its_steps_before_the_switch_which_is_its_last() -> None:
    shares = [step.settings.get("release.canaryPercent") for step in planned(10, 50, 100).steps]
    assert shares == ["0", "10", "50", "0"]


def test_a_live_slot_that_runs_the_source_is_pinned_to_what_it_runs() -> None:
    plan = plan_release(release(blue="source"), BLUE, {"blue": "src-0123456789ab"}, "source", [])
    assert plan.steps[0].settings["release.blue"] == "src-0123456789ab"
    assert plan.steps[0].settings["release.green"] == "source"


def test_the_way_back_gives_the_former_slot_all_traffic_and_leaves_both_as_they_are() -> None:
    undo = planned(10).undo
    assert (undo.settings, undo.hold) == ({"release.active": "blue", "release.canaryPercent": "0"}, BOTH)


def test_a_candidate_that_never_had_a_client_makes_room_for_what_was_there_before() -> None:
    abandon = planned(10).abandon
    assert abandon.settings == {"release.active": "blue", "release.canaryPercent": "0", "release.green": "0.9"}
    assert abandon.hold == {Colour.BLUE}


@pytest.mark.parametrize("canary", [(0,), (101,), (50, 10), (10, 10), (-1,)])
def test_steps_of_a_canary_that_make_no_sense_are_refused(canary: tuple[int, ...]) -> None:
    with pytest.raises(OpsError, match="are not percentages that grow"):
        planned(*canary)


def test_a_stack_that_serves_nobody_has_nothing_to_release_from() -> None:
    with pytest.raises(OpsError, match="serves nobody yet"):
        planned(routing=None)


def test_settings_and_edge_have_to_agree_about_what_is_live() -> None:
    with pytest.raises(OpsError, match="the settings name blue as the live slot, but the edge says green") as raised:
        planned(routing=GREEN)
    assert "ktr switch green" in raised.value.fix


def test_a_switch_moves_all_traffic_and_changes_no_slot() -> None:
    (step,) = plan_switch(release(), BLUE, Colour.GREEN, RUNNING).steps
    assert step.settings == {"release.active": "green", "release.canaryPercent": "0"}
    assert step.hold == BOTH


def test_a_switch_to_what_is_live_is_refused() -> None:
    with pytest.raises(OpsError, match="blue is live already"):
        plan_switch(release(), BLUE, Colour.BLUE, RUNNING)


def test_a_switch_ends_a_disagreement_in_favour_of_either_slot() -> None:
    for colour in Colour:
        assert plan_switch(release(active="green"), BLUE, colour, RUNNING).candidate is colour


@pytest.mark.parametrize("settings", [release(green="none"), release()])
def test_a_switch_to_an_empty_slot_is_refused(settings: ReleaseSettings) -> None:
    with pytest.raises(OpsError, match="the green slot runs nothing"):
        plan_switch(settings, BLUE, Colour.GREEN, {"blue": "1.0"})
