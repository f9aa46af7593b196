"""The switch: candidates are checked first, the result through the edge, and a fault puts the former routing back."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from components.settings import Colour, GateSettings
from components.traffic import Routing, TrafficError
from components.traffic.edge import EdgeAnswer, ReplicaCheck
from components.traffic.switch import SAMPLES, Switch

BLUE = Routing(live=Colour.BLUE, green=0)
GREEN = Routing(live=Colour.GREEN, green=100)
CANARY = Routing(live=Colour.BLUE, green=10)
VERSIONS = {"blue": "1.0", "green": "1.1"}
FIT = ReplicaCheck(host="app-green-1", ready="200", health="200", handshake="101")
UNFIT = ReplicaCheck(host="app-green-1", ready="503", health="200", handshake="000")


def of_slot(colour: Colour) -> EdgeAnswer:
    return EdgeAnswer(status="200", slot=colour.value, colour=colour.value, version=VERSIONS[colour])


@dataclass
class StandInEdge:
    """An edge in memory that answers as it is told, and remembers what was put into force."""

    current: Routing | None = BLUE
    checks: list[ReplicaCheck] = field(default_factory=lambda: [FIT])
    """What the gate sees, one after the other; the last one for ever."""
    answer: Callable[[Routing], EdgeAnswer] = lambda routing: of_slot(routing.live)
    handshake: str = "101"
    refuses: bool = False
    published: list[Routing] = field(default_factory=list)
    checked: list[Colour] = field(default_factory=list)

    def routing(self) -> Routing | None:
        return self.current

    def publish(self, routing: Routing) -> None:
        if self.refuses:
            raise TrafficError("No space left on device")
        self.published.append(routing)
        self.current = routing

    def check(self, colour: Colour) -> list[ReplicaCheck]:
        self.checked.append(colour)
        return [self.checks.pop(0) if len(self.checks) > 1 else self.checks[0]]

    def answers(self, count: int) -> tuple[list[EdgeAnswer], str]:
        assert self.current
        return [self.answer(self.current)] * count, self.handshake


def switch(edge: StandInEdge, passes: int = 3) -> Switch:
    gate = GateSettings(passes=passes, interval_seconds=0.1, time_limit_seconds=5)
    return Switch(edge=edge, gate=gate, versions=VERSIONS, say=lambda _: None)  # type: ignore[arg-type] # stand-in


def test_traffic_moves_to_a_fit_candidate() -> None:
    edge = StandInEdge()
    moved = switch(edge).move(GREEN)
    assert edge.published == [moved] == [GREEN]
    assert set(moved.left) == {Colour.BLUE}


def test_nothing_happens_where_the_routing_is_in_force_already() -> None:
    edge = StandInEdge(current=GREEN)
    assert switch(edge).move(GREEN) == GREEN
    assert (edge.published, edge.checked) == ([], [])


def test_a_candidate_has_to_pass_several_times_in_a_row() -> None:
    edge = StandInEdge(checks=[FIT, UNFIT, FIT, FIT, FIT])
    switch(edge).move(GREEN)
    assert len(edge.checked) == 5


def test_only_a_slot_that_gains_clients_is_checked() -> None:
    edge = StandInEdge(current=CANARY)
    switch(edge).move(BLUE)
    assert set(edge.checked) == {Colour.BLUE}


def test_a_candidate_that_never_gets_fit_stops_the_move_and_is_described(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr("components.traffic.switch.time.monotonic", lambda: float(next(clock)))
    monkeypatch.setattr("components.traffic.switch.time.sleep", lambda _: None)
    edge = StandInEdge(checks=[UNFIT])
    with pytest.raises(TrafficError) as raised:
        switch(edge).move(GREEN)
    assert edge.published == []
    assert "green is not fit for traffic after 5 s" in str(raised.value)
    assert "app-green-1: /ready answers 503" in str(raised.value)
    assert "app-green-1: the WebSocket handshake gets no answer" in str(raised.value)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (EdgeAnswer(status="502", slot="green", colour="", version=""), "a request answers 502"),
        (EdgeAnswer(status="200", slot="blue", colour="blue", version="1.0"), "the slot blue is chosen"),
        (EdgeAnswer(status="200", slot="green", colour="blue", version="1.0"), "blue answers for green"),
        (EdgeAnswer(status="200", slot="green", colour="green", version="0.9"), "green runs 0.9, not 1.1"),
    ],
)
def test_a_wrong_answer_through_the_edge_brings_the_former_routing_back(answer: EdgeAnswer, fault: str) -> None:
    edge = StandInEdge(answer=lambda _: answer)
    with pytest.raises(TrafficError) as raised:
        switch(edge).move(GREEN)
    assert fault in str(raised.value)
    assert "The former routing is back: blue 100 %" in str(raised.value)
    assert edge.current == BLUE


def test_a_refused_websocket_through_the_edge_brings_the_former_routing_back() -> None:
    edge = StandInEdge(handshake="403")
    with pytest.raises(TrafficError, match="WebSocket handshake answers 403"):
        switch(edge).move(GREEN)
    assert edge.current == BLUE


def test_requests_without_an_answer_bring_the_former_routing_back(monkeypatch: pytest.MonkeyPatch) -> None:
    edge = StandInEdge()
    monkeypatch.setattr(edge, "answers", lambda _: ([of_slot(Colour.GREEN)] * 3, "101"))
    with pytest.raises(TrafficError, match=f"{SAMPLES - 3} of {SAMPLES} requests got no answer"):
        switch(edge).move(GREEN)
    assert edge.current == BLUE


def test_a_routing_that_cannot_be_written_leaves_everything_as_it_was() -> None:
    edge = StandInEdge(refuses=True)
    with pytest.raises(TrafficError, match="No space left"):
        switch(edge).move(GREEN)
    assert edge.current == BLUE


def test_the_first_routing_needs_one_pass_only() -> None:
    edge = StandInEdge(current=None)
    switch(edge).move(BLUE)
    assert edge.checked == [Colour.BLUE]


def test_a_first_routing_that_is_wrong_stays_for_the_next_try() -> None:
    edge = StandInEdge(current=None, handshake="000")
    with pytest.raises(TrafficError, match="There was no routing before"):
        switch(edge).move(BLUE)


def test_both_colours_may_answer_during_a_canary() -> None:
    colours = iter([Colour.BLUE, Colour.GREEN] * SAMPLES)
    edge = StandInEdge(answer=lambda _: of_slot(next(colours)))
    assert switch(edge).move(CANARY) == CANARY
