"""Flow: one transformation, drawn and ready to run."""

from __future__ import annotations

import streamlit as st

from ktr_app.ktr.model import Transformation
from ktr_app.models import Flow
from ktr_app.runs.manager import QueueFullError
from ktr_app.services import services
from ktr_app.steps import REGISTRY
from ktr_app.ui.graph import dot
from ktr_app.ui.schedules import words
from ktr_app.ui.site import audit, badge, duration, empty, go, plain, query_id, when


def show() -> None:
    """Show the page."""
    flow_id = query_id()
    flow = services().flows.get(flow_id) if flow_id else None
    if flow is None:
        empty("This flow is not here", "It was deleted, or the address is not complete.")
        if st.button("All flows"):
            go("flows")
        return
    transformation = services().flows.transformation(flow)
    st.title(plain(flow.name))
    if flow.description:
        st.text(flow.description)
    missing = [step for step in transformation.steps if step.type not in REGISTRY]
    if missing:
        named = ", ".join(f"{plain(s.name)} ({plain(s.type)})" for s in missing)
        st.warning(f"KTR cannot run every step of this flow yet: {named}")
    st.graphviz_chart(dot(transformation), width="stretch")
    left, right = st.columns([3, 2], gap="large")
    with left:
        _steps(transformation)
    with right:
        _run(flow, transformation)
        _schedules(flow)
        _history(flow)


def _steps(transformation: Transformation) -> None:
    st.subheader("Steps")
    rows = [
        {"Step": s.name, "Type": s.type, "Supported": s.type in REGISTRY, "Line": s.line}
        for s in transformation.steps
    ]
    if rows:
        st.dataframe(rows, hide_index=True)
    else:
        empty("No steps", "This transformation holds no step.")


def _run(flow: Flow, transformation: Transformation) -> None:
    st.subheader("Run")
    with st.form("run"):
        values = {
            p.name: st.text_input(plain(p.name), value=p.default, help=p.description or None)
            for p in transformation.parameters
        }
        create = st.checkbox(
            "Create missing tables", value=True, help="A TableOutput makes its table in schema pipelines."
        )
        if not st.form_submit_button("Run", type="primary", icon=":material/play_arrow:", width="stretch"):
            return
    try:
        execution = services().manager.submit(flow, values, create_tables=create)
    except QueueFullError as full:
        st.error(str(full))
        return
    audit("started run", str(execution))
    go("run", id=str(execution))


def _schedules(flow: Flow) -> None:
    st.subheader("Schedules")
    for item in services().schedules.all(flow.id):
        due = f"next {when(item.schedule.next_due_at)}" if item.schedule.active else "paused"
        st.markdown(f"{plain(words(item))} :gray[:small[{due}]]")
    if st.button("Schedule this flow", icon=":material/schedule:"):
        go("schedules", id=str(flow.id))


def _history(flow: Flow) -> None:
    recent = services().executions.recent(5, flow.id)
    if not recent:
        return
    st.subheader("Latest runs")
    for execution in recent:
        text, button = st.columns([4, 1], vertical_alignment="center")
        text.markdown(f"{badge(execution.status)} {when(execution.queued_at)} · {duration(execution)}")
        if button.button("Show", key=f"run-{execution.id}"):
            go("run", id=str(execution.id))
