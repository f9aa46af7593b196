"""Schedules: what runs by itself, and making more."""

from __future__ import annotations

import streamlit as st

from ktr_app.schedules.rules import RuleError
from ktr_app.schedules.schedules import Listed, rule_of
from ktr_app.services import services
from ktr_app.ui.schedule_form import show_form
from ktr_app.ui.site import audit, badge, empty, go, plain, when


def show() -> None:
    """Show the page."""
    st.title("Schedules")
    st.caption("Flows that run by themselves; times that were missed are made up for by one run.")
    listed = services().schedules.all()
    if not listed:
        empty("No schedule yet", "Choose a flow and when it is due.")
    for item in listed:
        _row(item)
    st.subheader("New schedule")
    show_form()


def _row(item: Listed) -> None:
    schedule, run = item.schedule, item.last
    with st.container(border=True):
        text, last, shown, pause, delete = st.columns([4, 3.4, 1, 1.2, 1.2], vertical_alignment="center")
        text.markdown(f"**{plain(item.flow_name)}**  \n{plain(words(item))}  \n{_next(item)}")
        last.markdown(_last(item))
        if run is not None and run.execution_id and shown.button("Run", key=f"run-{schedule.id}"):
            go("run", id=str(run.execution_id))
        if schedule.active:
            if pause.button("Pause", key=f"pause-{schedule.id}", width="stretch"):
                services().schedules.pause(schedule.id)
                audit("paused schedule", str(schedule.id))
                st.rerun()
        elif pause.button("Resume", key=f"resume-{schedule.id}", width="stretch"):
            _resume(item)
        if delete.button("Delete", key=f"delete-{schedule.id}", type="tertiary", width="stretch"):
            _confirm_delete(item)


def _resume(item: Listed) -> None:
    try:
        services().schedules.resume(item.schedule.id)
    except RuleError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    audit("resumed schedule", str(item.schedule.id))
    st.rerun()


@st.dialog("Delete this schedule?")
def _confirm_delete(item: Listed) -> None:
    st.markdown(
        f"**{plain(item.flow_name)}**, {plain(words(item))}. A run under way is interrupted; "
        "what has run stays in the history."
    )
    if st.button("Delete for good", type="primary"):
        services().schedules.delete(item.schedule.id)
        audit("deleted schedule", str(item.schedule.id))
        st.rerun()


def words(item: Listed) -> str:
    """Return when a schedule is due, in words."""
    try:
        return rule_of(item.schedule).describe()
    except RuleError as error:
        return str(error)


def _next(item: Listed) -> str:
    if item.schedule.fault:
        return f":red-badge[stopped] {plain(item.schedule.fault)}"
    if not item.schedule.active:
        return ":orange-badge[paused]"
    if item.schedule.next_due_at is None:
        return ":gray[:small[nothing more is due]]"
    return f":gray[:small[next {when(item.schedule.next_due_at)}]]"


def _last(item: Listed) -> str:
    run = item.last
    if run is None:
        return ":gray[:small[not run yet]]"
    notes = [f"due {when(run.due_at)}"]
    if run.coalesced:
        notes.append(f"also for {run.coalesced} missed before")
    if run.attempts > 1:
        notes.append(f"attempt {run.attempts}")
    return f"{badge(run.status)}  \n:gray[:small[{' · '.join(notes)}]]"
