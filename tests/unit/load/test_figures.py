"""How what was recorded is summed up."""

import json

import pytest

from tests.load.access_log import Arrivals, arrivals
from tests.load.plan import Plan
from tests.load.recorder import Answer, Recorder, latency
from tests.load.report import Failure, Latency
from tests.load.streamlit_messages import HEARTBEAT, RERUN_SCRIPT, fields
from tests.load.summary import pace, summary
from tests.load.windows import Windows


def _windows() -> Windows:
    windows = Windows()
    windows.mark("first", 1)
    windows.mark("second", 2)
    windows.unmark(3)
    return windows


def _log_line(user_agent: str, upstream: str = "10.0.0.2:8501") -> str:
    return json.dumps({"user_agent": user_agent, "upstream": upstream}, separators=(",", ":"))


@pytest.mark.parametrize(("at", "name"), [(0.5, "none"), (1, "first"), (1.9, "first"), (2, "second"), (3, "none")])
def test_a_window_lasts_from_its_mark_to_the_next(at: float, name: str) -> None:
    assert _windows().name(at) == name


def test_percentiles_are_those_of_the_nearest_rank() -> None:
    assert latency([number / 1000 for number in range(100, 0, -1)]) == Latency(p50=50, p95=95, p99=99, max=100)
    assert latency([0.004]) == Latency(p50=4, p95=4, p99=4, max=4)
    assert latency([]) is None


def test_a_request_counts_in_the_window_in_which_it_was_due() -> None:
    recorder = Recorder()
    recorder.add(due=1.9, sent=1.9, done=2.5, answer=Answer(sticky=False, failure=Failure.RESET))
    recorder.add(due=2.5, sent=2.6, done=2.7, answer=Answer(sticky=True, status=200, slot="blue", colour="green"))
    recorder.add(due=3.5, sent=3.5, done=3.6, answer=Answer(sticky=False, status=200, slot="blue"))
    found = summary(recorder, _windows(), [], end=5)
    first, second = found.windows
    assert (first.traffic.requests, first.traffic.failed) == (1, 1)
    assert (second.traffic.mismatches, second.traffic.worst_lag) == (1, 100)
    assert (found.steady.requests, found.steady.seconds, found.steady.mismatches) == (1, 2, 0)
    assert found.whole.requests == 3


def test_the_pace_tells_of_a_stall() -> None:
    recorder = Recorder()
    for number in range(30):
        due = number / 10
        # Nothing is sent from 1.0 to 1.8.
        sent = 1.8 if 1 <= due < 1.8 else due
        recorder.add(due, sent, sent, Answer(sticky=False, status=200))
    found = pace(recorder, asked_rate=10, begin=0, end=3, cpu_seconds=0.6)
    assert (found.achieved_rate, found.slowest_second, found.worst_lag) == (10, 10, 800)
    assert found.cpu_share == 0.2
    assert pace(recorder, asked_rate=10, begin=0.8, end=1.8, cpu_seconds=0).slowest_second == 2


def test_fields_of_a_message_are_found_by_number() -> None:
    assert list(fields(HEARTBEAT)) == [17]
    assert list(fields(RERUN_SCRIPT)) == [11]
    assert list(fields(b"\x0a\x03abc\x12\x02\x08\x01\xd0\x01\x01")) == [1, 2, 26]


@pytest.mark.parametrize("broken", [b"\x80", b"\x0a\x05ab", b"\x03", b"\x09\x01"])
def test_what_is_no_message_is_refused(broken: bytes) -> None:
    with pytest.raises(ValueError, match=r"field|number"):
        list(fields(broken))


def test_the_access_log_tells_what_came_twice_and_what_was_passed_on() -> None:
    log = [
        _log_line("ktr-load/1 ab12-0"),
        _log_line("ktr-load/1 ab12-1", "10.0.0.2:8501 : 10.0.0.3:8501"),
        _log_line("ktr-load/1 ab12-2"),
        _log_line("ktr-load/1 ab12-2"),
        _log_line("ktr-load/1 ab12-visit-2"),
        _log_line("ktr-load/1 cd34-3"),
        "2026/01/01 [warn] ktr-load/1 ab12-4",
    ]
    assert arrivals(log, "ab12") == Arrivals(seen=3, repeated=("ab12-2",), passed_on=("ab12-1",))


@pytest.mark.parametrize("wrong", [{"rate": 0.5}, {"new_clients": 0, "sticky_clients": 0}, {"url": "localhost"}])
def test_a_plan_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"rate|clients|url"):
        Plan(**{"url": "http://localhost", **wrong})
