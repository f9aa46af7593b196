"""The alarm after a switch: whether the new version does worse than the one before it did."""

from ops.release.access_log import Sample

MIN_FAILED = 3
"""Fewer failed requests than this prove nothing."""
MIN_RATE = 0.01
"""A failure rate below 1 % is no alarm: twice the error budget of 99.5 %."""
WORSE = 3.0
"""Times the former failure rate or latency."""
MIN_REQUESTS = 50
"""Fewer requests than this say nothing about latency."""
MIN_SECONDS = 0.5
"""Latency below this is no alarm."""


def alarm(former: Sample, present: Sample) -> str:
    """Why the new version should be taken back; empty while it does well."""
    if present.failed >= MIN_FAILED and present.failure_rate > max(MIN_RATE, WORSE * former.failure_rate):
        return (
            f"{present.failed} of {present.requests} requests failed ({present.failure_rate:.1%}; "
            f"{former.failure_rate:.1%} before)"
        )
    enough = min(former.requests, present.requests) >= MIN_REQUESTS
    if enough and present.p95 > max(MIN_SECONDS, WORSE * former.p95):
        return f"95 % of the requests take up to {present.p95:.2f} s ({former.p95:.2f} s before)"
    return ""
