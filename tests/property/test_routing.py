"""Routings: whatever is written is read back, and no client changes its slot without need."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.settings import Colour
from components.traffic import Routing, TrafficError

colours = st.sampled_from(Colour)
shares = st.integers(0, 100)
times = st.dictionaries(colours, st.integers(0, 2**33))
routings = st.builds(Routing, live=colours, green=shares, left=times)


@given(routings)
def test_what_is_written_is_read_back(routing: Routing) -> None:
    read = Routing.from_files(routing.files)
    assert (read, read.left) == (routing, routing.left)


@given(routings)
def test_the_shares_are_all_there_is(routing: Routing) -> None:
    assert sum(routing.shares.values()) == 100


@given(colours, colours, shares, shares)
def test_a_larger_share_takes_clients_and_gives_none_back(one: Colour, other: Colour, few: int, more: int) -> None:
    few, more = sorted((few, more))
    smaller = {path for path in Routing(live=one, green=few).files if path.startswith("green/")}
    larger = {path for path in Routing(live=other, green=more).files if path.startswith("green/")}
    assert smaller <= larger


@given(routings, routings, st.integers(0, 2**33))
def test_only_slots_without_traffic_have_lost_it(former: Routing, wanted: Routing, now: int) -> None:
    left = wanted.left_after(former, now).left
    assert set(left) == {colour for colour in Colour if not wanted.share(colour)}


@given(routings, colours, st.integers(0, 2**33))
def test_a_slot_that_lost_its_traffic_long_ago_keeps_the_time(former: Routing, live: Colour, now: int) -> None:
    again = Routing(live=live, green=former.green).left_after(former, now)
    for colour, since in former.left.items():
        if not former.share(colour):
            assert again.left[colour] == since


@given(shares)
def test_files_without_a_live_slot_are_refused(green: int) -> None:
    files = {path: "" for path in Routing(live=Colour.BLUE, green=green).files if not path.startswith("live-")}
    with pytest.raises(TrafficError, match="name 0 live slots"):
        Routing.from_files(files)
