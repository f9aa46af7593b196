from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ktr_app.schedules.rules import (
    LAST_DAY,
    WEEKDAYS,
    Rule,
    RuleError,
    cron,
    daily,
    every,
    hourly,
    monthly,
    once,
    weekly,
)

START = datetime(2030, 1, 30, 12, 34, 56, tzinfo=UTC)
BERLIN = "Europe/Berlin"


def times(rule: Rule, start: datetime = START, count: int = 3) -> list[str]:
    return [f"{due:%m-%d %H:%M}" for due in islice(rule.times(start), count)]


@pytest.mark.parametrize(
    ("rule", "due", "words"),
    [
        (once(datetime(2030, 2, 1, 8)), ["02-01 08:00"], "once, 2030-02-01 08:00:00 UTC"),
        (every(15), ["01-30 12:45", "01-30 13:00", "01-30 13:15"], "every 15 minutes"),
        (every(1), ["01-30 12:35", "01-30 12:36", "01-30 12:37"], "every minute"),
        (hourly(5), ["01-30 13:05", "01-30 14:05", "01-30 15:05"], "hourly, minute 5 UTC"),
        (daily(6, 5), ["01-31 06:05", "02-01 06:05", "02-02 06:05"], "daily, 06:05 UTC"),
        (daily(6, 5, BERLIN), ["01-31 05:05", "02-01 05:05", "02-02 05:05"], "daily, 06:05 Europe/Berlin"),
        (weekly("Sunday", 0, 0), ["02-03 00:00", "02-10 00:00", "02-17 00:00"], "weekly, Sunday 00:00 UTC"),
        (monthly("1", 9, 0), ["02-01 09:00", "03-01 09:00", "04-01 09:00"], "monthly, day 1 09:00 UTC"),
        (
            monthly(LAST_DAY, 9, 0),
            ["01-31 09:00", "02-28 09:00", "03-31 09:00"],
            "monthly, last day 09:00 UTC",
        ),
        (cron(" 0  */12 * * * "), ["01-31 00:00", "01-31 12:00", "02-01 00:00"], "cron 0 */12 * * * UTC"),
    ],
    ids=lambda value: value.describe() if isinstance(value, Rule) else None,
)
def test_each_kind_is_due_when_it_says(rule: Rule, due: list[str], words: str) -> None:
    assert times(rule) == due
    assert rule.describe() == words


def test_a_time_in_the_gap_of_summer_time_is_due_when_the_gap_ends() -> None:
    night = datetime(2030, 3, 30, 12, tzinfo=UTC)
    assert times(daily(2, 30, BERLIN), night, 2) == ["03-31 01:00", "04-01 00:30"]


def test_a_time_that_comes_twice_is_due_once() -> None:
    night = datetime(2030, 10, 26, 12, tzinfo=UTC)
    assert times(daily(2, 30, BERLIN), night, 2) == ["10-27 00:30", "10-28 01:30"]


@given(
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2031, 1, 1)),
    zone=st.sampled_from(["UTC", BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    expression=st.sampled_from(["*/7 * * * *", "30 2 * * *", "0,30 1-3 * * 0", "15 * * * *", "59 23 L * *"]),
)
def test_due_times_rise_and_none_is_missed_or_told_twice(
    moment: datetime, zone: str, expression: str
) -> None:
    rule, start = cron(expression, zone), moment.replace(tzinfo=UTC)
    due = list(islice(rule.times(start), 20))
    assert due[0] > start
    assert all(earlier < later for earlier, later in pairwise(due))
    assert due[1:] == [rule.after(one) for one in due[:-1]]


def test_missed_times_are_counted_up_to_now() -> None:
    missed = every(10).missed(datetime(2030, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, 0, 35, tzinfo=UTC))
    assert (missed.latest.minute, missed.count) == (30, 4)
    assert missed.following == datetime(2030, 1, 1, 0, 40, tzinfo=UTC)


def test_a_moment_is_missed_once_and_nothing_follows() -> None:
    due = datetime(2030, 1, 1, tzinfo=UTC)
    missed = once(due).missed(due, due + timedelta(days=400))
    assert (missed.latest, missed.count, missed.following) == (due, 1, None)


def test_once_is_local_time() -> None:
    due = once(datetime(2030, 7, 1, 8), BERLIN).after(START)
    assert due == datetime(2030, 7, 1, 8, tzinfo=ZoneInfo(BERLIN))


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("", "has 0 fields"),
        ("* * * *", "has 4 fields"),
        ("0 * * * * *", "has 6 fields"),
        ("61 * * * *", "bad minute"),
        ("0 24 * * *", "bad hour"),
        ("0 0 * * FOO", "bad day-of-week"),
        ("0 0 30 2 *", "bad day-of-month"),
        ("1," * 60 + "1 * * * *", "longer than 100 characters"),
    ],
)
def test_a_wrong_cron_expression_is_told(expression: str, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        cron(expression)


@pytest.mark.parametrize("zone", ["", "Mars/Base", "../etc/passwd", "/etc/localtime", "Europe", "a\0b"])
def test_a_wrong_time_zone_is_told(zone: str) -> None:
    with pytest.raises(RuleError, match="is no time zone; write one like UTC"):
        daily(1, 0, zone)


@pytest.mark.parametrize("minutes", [0, -5, 10_081])
def test_a_wrong_interval_is_told(minutes: int) -> None:
    with pytest.raises(RuleError, match="choose 1 to 10080"):
        every(minutes)


def test_days_that_not_every_month_or_week_has_are_refused() -> None:
    with pytest.raises(RuleError, match="Not every month has a day 31"):
        monthly("31", 0, 0)
    with pytest.raises(RuleError, match="choose one of Monday"):
        weekly("Someday", 0, 0)
    assert len(WEEKDAYS) == 7
