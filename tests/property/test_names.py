"""Stacks do not meet: no name of one is a name of another."""

import functools

from hypothesis import assume, given
from hypothesis import strategies as st

from components.naming import Naming
from tests.support.containers import CONTAINER, VOLUME
from tests.support.platform import VARIANTS, run_of
from tests.support.strategies import stacks


@functools.cache
def parts() -> list[str]:
    """What follows the stack in the names of containers and volumes, in any variant."""
    found: set[str] = set()
    for variant in VARIANTS:
        run = run_of(variant)
        prefix = Naming(run.settings.stack).resource("")
        things = [*run.program.of_type(CONTAINER), *run.program.of_type(VOLUME)]
        found |= {str(item.plain("name")).removeprefix(prefix) for item in things}
    return sorted(found)


def beginnings() -> list[str]:
    """Parts, and what stands before each of their hyphens."""
    return sorted({part[:end] for part in parts() for end, letter in enumerate(f"{part}-") if letter == "-"})


def names(stack: str) -> set[str]:
    naming = Naming(stack)
    return {naming.platform_network, naming.data_network, *(naming.resource(part) for part in parts())}


neighbours = stacks | st.sampled_from(["platform", "data", "platform-network", "data-network", "network"])


@given(neighbours, neighbours)
def test_any_two_stacks_share_no_name(one: str, other: str) -> None:
    assume(one != other)
    assert names(one) & names(other) == set()


@given(neighbours, st.deferred(lambda: st.sampled_from(beginnings())))
def test_a_stack_called_like_another_and_the_beginning_of_a_part_shares_no_name(stack: str, beginning: str) -> None:
    assert names(stack) & names(f"{stack}-{beginning}") == set()


@given(stacks)
def test_the_names_of_one_stack_are_distinct(stack: str) -> None:
    assert len(names(stack)) == len(parts()) + 2
