"""The edge's access log: what counts as a request of a client."""

import json

import pytest

from ops.release.access_log import Request, Sample, parse


def line(**changes: str) -> str:
    entry = {"status": "200", "seconds": "0.012", "slot": "green", "client": "10.0.0.7"}
    return json.dumps(entry | changes)


def test_a_request_is_read() -> None:
    assert parse(5.0, line()) == Request(at=5.0, slot="green", failed=False, seconds=0.012)


@pytest.mark.parametrize(("status", "failed"), [("499", False), ("500", True), ("503", True)])
def test_a_server_error_has_failed(status: str, failed: bool) -> None:
    request = parse(5.0, line(status=status))
    assert request
    assert request.failed is failed


@pytest.mark.parametrize(
    "text", [line(client="127.0.0.1"), line(status="101"), line(status=""), "no JSON", "[]", "{}", ""]
)
def test_what_is_no_request_of_a_client_is_left_out(text: str) -> None:
    assert parse(5.0, text) is None


def test_a_sample_has_the_figures() -> None:
    requests = [Request(at=float(n), slot="blue", failed=n < 5, seconds=n / 100) for n in range(100)]
    sample = Sample.of(requests)
    assert (sample.requests, sample.failed, sample.failure_rate, sample.p95) == (100, 5, 0.05, 0.95)


def test_a_sample_of_nothing_is_empty() -> None:
    assert Sample.of([]) == Sample()
    assert Sample().failure_rate == 0.0
