"""The load process: controlled by a test, ended by whoever may end it, never without a report."""

import json
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

from tests.load import LoadError, LoadRun, Report
from tests.load.report import NONE, WARM_UP, Ended
from tests.load.run import ROOT
from tests.load.wire import Start
from tests.unit.load.fake_edge import FakeEdge, fake_edge

SMALL: dict[str, Any] = {"rate": 100, "new_clients": 2, "sticky_clients": 2, "sockets": 2, "beat": 0.1}


def _process(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.load", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _wait_for_requests(edge: FakeEdge) -> None:
    deadline = time.monotonic() + 10
    while not edge.ids and time.monotonic() < deadline:
        time.sleep(0.01)


def test_a_test_names_windows_and_gets_the_report() -> None:
    with fake_edge() as edge, LoadRun(edge.url, floor=0.1, **SMALL) as load:
        with load.window("switch 1"):
            time.sleep(0.2)
        time.sleep(0.1)
    report = load.report
    assert report.ended is Ended.ASKED
    assert [window.name for window in report.windows] == [WARM_UP, "switch 1"]
    parts = [report.steady.requests, *(window.traffic.requests for window in report.windows)]
    assert sum(parts) == report.whole.requests == len(edge.ids)
    assert min(parts) > 0
    assert report.window("switch 1").traffic.seconds >= 0.2
    assert report.pace.achieved_rate > 10
    assert not report.faulty


def test_a_rate_below_the_floor_is_an_error() -> None:
    with fake_edge() as edge:
        load = LoadRun(edge.url, floor=2, **SMALL)
        with pytest.raises(LoadError, match="of 100 requests a second, the floor is 200%"), load:
            time.sleep(0.2)
    assert load.report.whole.requests > 0


def test_an_edge_that_is_not_there_is_an_error() -> None:
    with fake_edge() as edge:
        pass
    load = LoadRun(edge.url, **SMALL)
    with pytest.raises(LoadError, match=r"0 sockets opened, . did not: socket .: ClientConnectorError"), load:
        pass


def test_the_failure_of_a_test_is_not_hidden_by_one_of_the_load() -> None:
    with fake_edge() as edge, pytest.raises(ZeroDivisionError), LoadRun(edge.url, floor=2, **SMALL):
        raise ZeroDivisionError


def test_the_load_ends_when_the_test_is_gone() -> None:
    with fake_edge() as edge:
        process = _process("--controlled")
        assert process.stdin
        assert process.stdout
        plan = LoadRun(edge.url, **SMALL).plan
        process.stdin.write(Start(plan=plan).line)
        process.stdin.flush()
        _wait_for_requests(edge)
        output, _ = process.communicate(timeout=10)
    assert json.loads(output.splitlines()[-1])["report"]["ended"] == Ended.CONTROLLER_GONE


def test_sigterm_ends_the_load_with_a_report() -> None:
    with fake_edge() as edge:
        process = _process(edge.url, "--rate", "100", "--sockets", "1")
        _wait_for_requests(edge)
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=10)
    report = Report.model_validate_json(output)
    assert report.ended is Ended.SIGNAL
    assert report.whole.requests == len(edge.ids)
    assert NONE not in report.whole.versions
    assert process.returncode == 0


def test_the_tables_are_for_people() -> None:
    with fake_edge() as edge:
        process = _process(edge.url, "--rate", "100", "--sockets", "1", "--seconds", "0.5", "--human")
        output, _ = process.communicate(timeout=10)
    assert edge.url in output
    assert "Sticky clients" in output
    assert process.returncode == 0


def test_a_faulty_edge_shows_in_the_exit_code() -> None:
    with fake_edge() as edge:
        pass
    process = _process(edge.url, "--rate", "100", "--sockets", "0", "--seconds", "0.3")
    output, _ = process.communicate(timeout=10)
    assert Report.model_validate_json(output).whole.failed > 0
    assert process.returncode == 1
