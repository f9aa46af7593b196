"""New clients come without cookies, sticky ones keep theirs, and a change of colour is noticed."""

from aiohttp import web

from tests.unit.load.fake_edge import FakeEdge, fake_edge
from tests.unit.load.running import load


async def _turn_green(edge: FakeEdge, number: int, _: web.Request) -> web.StreamResponse:
    edge.colour = "green" if number >= 40 else "blue"
    return edge.ok()


def test_a_sticky_client_keeps_its_cookie() -> None:
    with fake_edge() as edge:
        load(edge, new_clients=0, sticky_clients=3)
    assert edge.cookies.count(None) == 3, "each of the three came once without"
    assert len(set(edge.cookies)) == 4


def test_a_new_client_has_no_cookie() -> None:
    with fake_edge() as edge:
        load(edge, new_clients=3, sticky_clients=0)
    assert set(edge.cookies) == {None}


def test_requests_are_split_between_the_kinds_of_clients() -> None:
    with fake_edge() as edge:
        report = load(edge, new_clients=6, sticky_clients=2)
    sticky = report.whole.sticky_clients["blue"]
    assert abs(sticky - report.whole.requests / 4) <= 1
    assert report.whole.new_clients == {"blue": report.whole.requests - sticky}


def test_every_sticky_client_that_sees_another_colour_is_counted() -> None:
    with fake_edge(_turn_green) as edge:
        report = load(edge, new_clients=2, sticky_clients=3)
    assert report.moved_clients == 3
    assert {(move.before, move.after) for move in report.moves} == {("blue", "green")}
    assert report.whole.new_clients.keys() == {"blue", "green"}


def test_the_share_of_a_colour_is_that_among_new_clients() -> None:
    async def every_fourth_green(edge: FakeEdge, number: int, _: web.Request) -> web.StreamResponse:
        edge.colour = "green" if number % 4 == 3 else "blue"
        return edge.ok()

    with fake_edge(every_fourth_green) as edge:
        report = load(edge, sticky_clients=0)
    assert abs(report.whole.share("green") - 0.25) < 0.02
    assert report.whole.share("red") == 0


def test_an_application_of_another_colour_than_the_edge_says_is_a_mismatch() -> None:
    async def lie_once(edge: FakeEdge, number: int, _: web.Request) -> web.StreamResponse:
        answer = edge.ok()
        if number == 6:
            answer.headers["X-KTR-Colour"] = "green"
        return answer

    with fake_edge(lie_once) as edge:
        report = load(edge, sticky_clients=0)
    assert report.whole.mismatches == 1
    assert report.faulty
