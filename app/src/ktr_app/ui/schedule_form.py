"""The form for a new schedule: what it asks for depends on the kind of rule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import available_timezones

import streamlit as st

from ktr_app.models import Flow, now
from ktr_app.schedules.rules import (
    LAST_DAY,
    MAX_MINUTES,
    WEEKDAYS,
    Kind,
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
from ktr_app.services import services
from ktr_app.ui.site import audit, plain, query_id

MakeRule = Callable[[str], Rule]
"""Takes the time zone; raises RuleError for what was entered wrong."""


def show_form() -> None:
    """Show the form, and make what is asked for."""
    flows = services().flows.all()
    if not flows:
        st.info("There is no flow to schedule. Import one on the Flows page.")
        return
    asked = [index for index, flow in enumerate(flows) if flow.id == query_id()]
    left, right = st.columns(2, gap="large")
    with left:
        flow = st.selectbox("Flow", flows, index=(asked or [0])[0], format_func=lambda flow: flow.name)
        kind = st.selectbox("When", list(_ASK), format_func=lambda kind: _ASK[kind][0], index=3)
        make_rule = _ASK[kind][1]()
        zone = "UTC"
        if kind is not Kind.MINUTES:
            zone = st.selectbox("Time zone", ["UTC", *sorted(available_timezones() - {"UTC"})])
    with right:
        parameters = _parameters(flow)
        create = st.checkbox(
            "Create missing tables", value=True, help="A TableOutput makes its table in schema pipelines."
        )
    if st.button("Create schedule", type="primary", icon=":material/schedule:"):
        _create(flow, make_rule, zone, parameters, create_tables=create)


def _create(
    flow: Flow, make_rule: MakeRule, zone: str, parameters: dict[str, str], *, create_tables: bool
) -> None:
    try:
        made = services().schedules.add(flow.id, make_rule(zone), parameters, create_tables=create_tables)
    except RuleError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    audit("created schedule", str(made))
    st.rerun()


def _parameters(flow: Flow) -> dict[str, str]:
    whole = services().flows.get(flow.id)
    if whole is None:
        return {}
    return {
        p.name: st.text_input(
            plain(p.name), value=p.default, help=p.description or None, key=f"parameter-{flow.id}-{p.name}"
        )
        for p in services().flows.transformation(whole).parameters
    }


def _once() -> MakeRule:
    day = st.date_input("Day", value=now().date() + timedelta(days=1))
    at = _time()
    return lambda zone: once(datetime.combine(day, at), zone)


def _every() -> MakeRule:
    minutes = st.number_input("Minutes", min_value=1, max_value=MAX_MINUTES, value=15)
    return lambda _: every(minutes)


def _hourly() -> MakeRule:
    minute = st.number_input("Minute of the hour", min_value=0, max_value=59, value=0)
    return lambda zone: hourly(minute, zone)


def _daily() -> MakeRule:
    at = _time()
    return lambda zone: daily(at.hour, at.minute, zone)


def _weekly() -> MakeRule:
    weekday, at = st.selectbox("Day of the week", WEEKDAYS), _time()
    return lambda zone: weekly(weekday, at.hour, at.minute, zone)


def _monthly() -> MakeRule:
    days = [*map(str, range(1, 29)), LAST_DAY]
    day = st.selectbox(
        "Day of the month", days, format_func=lambda day: "Last day" if day == LAST_DAY else day
    )
    at = _time()
    return lambda zone: monthly(day, at.hour, at.minute, zone)


def _cron() -> MakeRule:
    expression = st.text_input("Minute, hour, day, month, day of the week", value="30 6 * * 1-5")
    return lambda zone: cron(expression, zone)


def _time() -> time:
    return st.time_input("Time", value=time(6), step=60)


_ASK: dict[Kind, tuple[str, Callable[[], MakeRule]]] = {
    Kind.ONCE: ("Once", _once),
    Kind.MINUTES: ("Every N minutes", _every),
    Kind.HOURLY: ("Hourly", _hourly),
    Kind.DAILY: ("Daily", _daily),
    Kind.WEEKLY: ("Weekly", _weekly),
    Kind.MONTHLY: ("Monthly", _monthly),
    Kind.CRON: ("Cron expression", _cron),
}
