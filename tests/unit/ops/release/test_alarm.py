"""The alarm: bad news are acted upon, noise is not."""

import pytest

from ops.release.access_log import Sample
from ops.release.alarm import alarm

CALM = Sample(requests=1000, failed=0, p95=0.05)


@pytest.mark.parametrize(
    ("present", "says"),
    [
        (Sample(requests=60, failed=3, p95=0.05), "3 of 60 requests failed (5.0%; 0.0% before)"),
        (Sample(requests=100, failed=100, p95=0.05), "100 of 100 requests failed"),
        (Sample(requests=100, failed=0, p95=0.8), "95 % of the requests take up to 0.80 s (0.05 s before)"),
    ],
)
def test_rings(present: Sample, says: str) -> None:
    assert says in alarm(CALM, present)


@pytest.mark.parametrize(
    ("former", "present"),
    [
        (CALM, CALM),
        (CALM, Sample(requests=0, failed=0)),
        (CALM, Sample(requests=10, failed=2, p95=0.05)),
        (CALM, Sample(requests=1000, failed=9, p95=0.05)),
        (Sample(requests=1000, failed=50, p95=0.05), Sample(requests=1000, failed=100, p95=0.05)),
        (CALM, Sample(requests=49, failed=0, p95=5.0)),
        (Sample(requests=10, p95=0.05), Sample(requests=1000, p95=5.0)),
        (CALM, Sample(requests=100, failed=0, p95=0.4)),
    ],
    ids=[
        "as before",
        "no requests",
        "two failures",
        "below one percent",
        "no worse than before",
        "too few requests for latency",
        "too few requests before",
        "slower, but quick",
    ],
)
def test_stays_silent(former: Sample, present: Sample) -> None:
    assert alarm(former, present) == ""
