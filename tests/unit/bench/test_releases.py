"""How the releases of one way are summed up."""

import pytest

from tests.bench.releases.figures import ReleaseFigures, figures
from tests.load import Report
from tests.load.report import Ended, Failure, Latency, Move, Pace, Sockets, Traffic, Window


def _traffic(requests: int = 100, worst: float = 10, **failures: int) -> Traffic:
    return Traffic(
        seconds=1,
        requests=requests,
        failed=sum(failures.values()),
        failures={Failure[kind]: count for kind, count in failures.items()},
        statuses={},
        slots={},
        versions={},
        new_clients={},
        sticky_clients={},
        mismatches=0,
        latency=Latency(p50=1, p95=2, p99=3, max=worst),
        worst_lag=0,
    )


def _window(name: str, start: float, closed: int, traffic: Traffic) -> Window:
    return Window(name=name, start=start, traffic=traffic, sockets_closed=closed)


def _move(at: float, window: str) -> Move:
    return Move(at=at, window=window, client=1, before="blue", after="green")


def _report(windows: tuple[Window, ...], moves: tuple[Move, ...]) -> Report:
    return Report(
        url="http://127.0.0.1:8080",
        id="ab12",
        started="",
        seconds=30,
        ended=Ended.ASKED,
        pace=Pace(asked_rate=200, achieved_rate=200, slowest_second=200, worst_lag=7, cpu_share=0.1, load_average=1),
        connections=50,
        clients=50,
        whole=_traffic(),
        steady=_traffic(RESET=1),
        windows=windows,
        failed_requests=(),
        moves=moves,
        sockets=Sockets(
            opened=30, not_opened=(), colours={}, closes=(), sent=0, answered=0, unanswered=0, round_trip=None
        ),
    )


def _found() -> ReleaseFigures:
    windows = (
        _window("up 1", 10, 30, _traffic(worst=500, RESET=2)),
        _window("rollback 2", 20, 5, _traffic(worst=9000, TIMEOUT=8)),
        _window("up 3", 30, 0, _traffic(worst=20, RESET=1, SERVER_ERROR=4)),
    )
    moves = (_move(11, "up 1"), _move(12, "up 1"), _move(28, "rollback 2"), _move(30.5, "up 3"))
    return figures("up", {"up 1": 4.0, "up 3": 6.0}, _report(windows, moves))


def test_only_the_windows_of_the_way_count() -> None:
    found = _found()
    assert (found.releases, found.seconds, found.requests) == (2, 5.0, 200)
    assert found.failed == {"reset": 3, "5xx": 4}
    assert (found.sockets_closed, found.worst, found.steady_p99, found.steady_failed) == (30, 500, 3, 1)


def test_traffic_has_moved_when_the_last_client_has() -> None:
    found = _found()
    assert (found.moved, found.moved_longest) == (1.25, 2.0)


@pytest.mark.parametrize(("start", "met"), [(7.1, True), (7.0, False)])
def test_the_goal_of_a_rollback_holds_for_the_slowest(start: float, met: bool) -> None:
    report = _report((_window("back 1", start, 0, _traffic()),), (_move(10, "back 1"),))
    assert figures("ktr rollback", {"back 1": 9.0}, report).rollback_goal_met is met


def test_no_client_that_moved_is_no_goal_that_is_met() -> None:
    found = figures("ktr rollback", {"back 1": 9.0}, _report((_window("back 1", 7, 0, _traffic()),), ()))
    assert found.moved is None
    assert not found.rollback_goal_met
