"""Waiting for a slot to drain: as long as connections are open and have time, and no longer."""

import asyncio
import time
from dataclasses import dataclass, field

import pytest

from components.settings import Colour
from components.traffic import Routing, TrafficError
from components.traffic.hooks import drain, require_no_traffic
from tests.unit.components.traffic.test_records import release

EMPTY = Routing(live=Colour.GREEN, green=100)


@dataclass
class DrainingEdge:
    """An edge with connections that end one after the other."""

    current: Routing | None
    connections: list[int] = field(default_factory=list)
    """Open ones at each look; the last number for ever."""
    looks: int = 0
    exists: bool = True

    def routing(self) -> Routing | None:
        return self.current

    def open_connections(self, colour: Colour) -> int:
        assert colour is Colour.BLUE
        self.looks += 1
        return self.connections.pop(0) if len(self.connections) > 1 else self.connections[0]


def left(seconds_ago: float) -> Routing:
    return EMPTY.left_after(Routing(live=Colour.BLUE, green=0), int(time.time() - seconds_ago))


def wait(edge: DrainingEdge, seconds: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    said: list[str] = []
    monkeypatch.setattr("components.traffic.hooks.pulumi.log.info", said.append)
    monkeypatch.setattr("components.traffic.hooks.COUNT_EVERY", 0.01)
    asyncio.run(drain(edge, Colour.BLUE, seconds))  # type: ignore[arg-type] # stand-in
    return said


def test_it_ends_when_the_last_connection_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    edge = DrainingEdge(left(0), connections=[12, 3, 0])
    (line,) = wait(edge, 300, monkeypatch)
    assert line.startswith("blue drains: 12 open connections, at most ")
    assert edge.looks == 3


def test_it_ends_when_their_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    edge = DrainingEdge(left(298.5), connections=[12])
    wait(edge, 300, monkeypatch)
    assert edge.looks > 1


@pytest.mark.parametrize("routing", [None, Routing(live=Colour.BLUE, green=0), left(301)])
def test_it_does_not_look_where_there_is_nothing_to_wait_for(
    routing: Routing | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge = DrainingEdge(routing, connections=[12])
    assert wait(edge, 300, monkeypatch) == []
    assert edge.looks == 0


def require(edge: DrainingEdge, **settings: object) -> None:
    asyncio.run(require_no_traffic(edge, Colour.BLUE, release(**settings)))  # type: ignore[arg-type] # stand-in


def test_a_slot_that_serves_is_never_changed() -> None:
    with pytest.raises(TrafficError, match="blue serves 100 % of the clients and must not be replaced"):
        require(DrainingEdge(Routing(live=Colour.BLUE, green=0)))


def test_a_slot_that_serves_is_changed_where_the_settings_allow_it() -> None:
    require(DrainingEdge(Routing(live=Colour.BLUE, green=0)), replaceLive=True)
