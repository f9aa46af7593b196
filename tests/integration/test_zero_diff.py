"""Invariant 1: the second `up` is empty, and so is a preview after a refresh, on every stack."""

from tests.integration.harness.deployment import Deployment
from tests.integration.harness.engine_view import EngineView


def test_a_preview_right_after_up_is_empty(each: Deployment) -> None:
    assert each.preview() == {}


def test_a_preview_after_a_refresh_is_empty(each: Deployment) -> None:
    each.refresh()
    assert each.preview() == {}


def test_a_refresh_right_after_up_finds_no_drift(each: Deployment) -> None:
    changes = each.refresh().summary.resource_changes or {}
    assert {operation: count for operation, count in changes.items() if operation != "same"} == {}


def test_a_second_up_changes_nothing(each: Deployment, view: EngineView) -> None:
    before = view.inventory(each.name)
    changes = each.up().summary.resource_changes or {}
    assert set(changes) == {"same"}
    assert view.inventory(each.name) == before


def test_the_three_stacks_share_no_container_network_or_volume(stacks: dict[str, Deployment], view: EngineView) -> None:
    everything = [
        identity
        for stack in stacks.values()
        for identities in view.inventory(stack.name).values()
        for identity in identities
    ]
    assert len(everything) == len(set(everything))
    assert all(view.services(stack.name) for stack in stacks.values())
