"""When a schedule is due: once, at an interval, or as a cron expression says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

MAX_MINUTES = 7 * 24 * 60
MAX_EXPRESSION = 100
"""Longest cron expression, in characters."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LAST_DAY = "L"
"""Cron's word for the last day of a month."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CRON_FIELDS = 5


class RuleError(ValueError):
    """A rule that makes no sense; the message tells what would."""


class Kind(StrEnum):
    """How the user chose the due times."""

    ONCE = "once"
    MINUTES = "minutes"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    CRON = "cron"


@dataclass(frozen=True, kw_only=True)
class Missed:
    """What has become due since a schedule was last looked at."""

    first: datetime
    latest: datetime
    count: int
    """Due times from first to latest, both counted."""
    following: datetime | None
    """The next one; None where there will be none."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule of due times; make one with the functions below, which check their values.

    Due times are moments of UTC. Where the clocks of `zone` are put forward, a fixed time that
    does not exist is due when the gap ends; where they are put back, it is due once.
    """

    kind: Kind
    expression: str
    """The moment in ISO 8601 for `once`, a number for `minutes`, else a cron expression."""
    zone: str = "UTC"

    def after(self, moment: datetime) -> datetime | None:
        """Return the first due time after `moment`; None where there is none.

        Raises:
            RuleError: the rule is not valid.
        """
        return next(self.times(moment), None)

    def times(self, moment: datetime) -> Iterator[datetime]:
        """Yield all due times after `moment`, rising.

        Raises:
            RuleError: the rule is not valid.
        """
        if self.kind is Kind.ONCE:
            return iter([due] if (due := self._once()) > moment else [])
        if self.kind is Kind.MINUTES:
            return self._every(_minutes(self.expression), moment)
        return self._cron(moment)

    def missed(self, due: datetime, moment: datetime) -> Missed:
        """Return what is due at `moment`, of which `due` is the first.

        Raises:
            RuleError: the rule is not valid.
        """
        latest, count = due, 1
        for following in self.times(due):
            if following > moment:
                return Missed(first=due, latest=latest, count=count, following=following)
            latest, count = following, count + 1
        return Missed(first=due, latest=latest, count=count, following=None)

    def describe(self) -> str:
        """Return the rule in words."""
        match self.kind:
            case Kind.ONCE:
                return f"once, {self.expression.replace('T', ' ')} {self.zone}"
            case Kind.MINUTES:
                return "every minute" if self.expression == "1" else f"every {self.expression} minutes"
            case Kind.CRON:
                return f"cron {self.expression} {self.zone}"
        minute, hour, day, _, weekday = self.expression.split()
        if self.kind is Kind.HOURLY:
            return f"hourly, minute {minute} {self.zone}"
        time = f"{int(hour):02}:{int(minute):02} {self.zone}"
        if self.kind is Kind.WEEKLY:
            return f"weekly, {WEEKDAYS[int(weekday) - 1]} {time}"
        if self.kind is Kind.MONTHLY:
            return f"monthly, {'last day' if day == LAST_DAY else f'day {day}'} {time}"
        return f"daily, {time}"

    def _once(self) -> datetime:
        try:
            moment = datetime.fromisoformat(self.expression)
        except ValueError:
            raise RuleError(f"{self.expression!r} is no moment; write it like 2030-12-24 18:00") from None
        if moment.tzinfo is not None:
            raise RuleError(f"{self.expression!r} has an offset; choose a time zone instead")
        return moment.replace(tzinfo=_zone(self.zone)).astimezone(UTC)

    @staticmethod
    def _every(minutes: int, moment: datetime) -> Iterator[datetime]:
        step = timedelta(minutes=minutes)
        due = _EPOCH + step * ((moment - _EPOCH) // step + 1)
        while True:
            yield due
            due += step

    def _cron(self, moment: datetime) -> Iterator[datetime]:
        found = _simulator(self.expression, moment.astimezone(_zone(self.zone)))
        last = moment
        for local in found:
            due = local.astimezone(UTC)
            if due > last:
                last = due
                yield due


def once(moment: datetime, zone: str = "UTC") -> Rule:
    """Return a rule for one moment, given in local time of `zone`."""
    return _checked(Rule(kind=Kind.ONCE, expression=moment.replace(tzinfo=None).isoformat(), zone=zone))


def every(minutes: int) -> Rule:
    """Return a rule for every N minutes of UTC, counted from 1970: 15 is at :00, :15, :30, :45."""
    return _checked(Rule(kind=Kind.MINUTES, expression=str(minutes)))


def hourly(minute: int, zone: str = "UTC") -> Rule:
    """Return a rule for one minute of every hour."""
    return _checked(Rule(kind=Kind.HOURLY, expression=f"{minute} * * * *", zone=zone))


def daily(hour: int, minute: int, zone: str = "UTC") -> Rule:
    """Return a rule for one time of every day."""
    return _checked(Rule(kind=Kind.DAILY, expression=f"{minute} {hour} * * *", zone=zone))


def weekly(weekday: str, hour: int, minute: int, zone: str = "UTC") -> Rule:
    """Return a rule for one time of one day of the week, one of `WEEKDAYS`."""
    if weekday not in WEEKDAYS:
        raise RuleError(f"{weekday!r} is no day of the week; choose one of {', '.join(WEEKDAYS)}")
    number = WEEKDAYS.index(weekday) + 1
    return _checked(Rule(kind=Kind.WEEKLY, expression=f"{minute} {hour} * * {number}", zone=zone))


def monthly(day: str, hour: int, minute: int, zone: str = "UTC") -> Rule:
    """Return a rule for one time of a day that every month has: 1 to 28, or `LAST_DAY`."""
    if day not in {LAST_DAY, *map(str, range(1, 29))}:
        raise RuleError(f"Not every month has a day {day}; choose 1 to 28, or the last day")
    return _checked(Rule(kind=Kind.MONTHLY, expression=f"{minute} {hour} {day} * *", zone=zone))


def cron(expression: str, zone: str = "UTC") -> Rule:
    """Return a rule from a cron expression of five fields: minute, hour, day, month, day of week."""
    return _checked(Rule(kind=Kind.CRON, expression=" ".join(expression.split()), zone=zone))


def _checked(rule: Rule) -> Rule:
    _zone(rule.zone)
    if rule.kind is not Kind.ONCE and rule.after(datetime.now(UTC)) is None:
        raise RuleError(f"{rule.expression!r} is never due: no such day exists")
    rule.times(datetime.now(UTC))
    return rule


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise RuleError(f"{name!r} is no time zone; write one like UTC or Europe/Berlin") from None


def _minutes(text: str) -> int:
    minutes = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_MINUTES)) else 0
    if not 1 <= minutes <= MAX_MINUTES:
        raise RuleError(f"An interval of {text} minutes is not possible; choose 1 to {MAX_MINUTES}")
    return minutes


def _simulator(expression: str, start: datetime) -> CronSim:
    if len(expression) > MAX_EXPRESSION:
        raise RuleError(f"The cron expression is longer than {MAX_EXPRESSION} characters")
    if len(expression.split()) != _CRON_FIELDS:
        raise RuleError(
            f"{expression!r} has {len(expression.split())} fields; a cron expression has five: "
            "minute hour day month weekday, like 30 6 * * 1-5"
        )
    try:
        return CronSim(expression, start)
    except (CronSimError, AssertionError) as error:
        reason = str(error).lower() or "not a cron expression"
        raise RuleError(f"{expression!r}: {reason}; write it like 30 6 * * 1-5") from None
