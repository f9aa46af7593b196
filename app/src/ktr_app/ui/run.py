"""Run: one execution, live while it goes on."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ktr_app.models import Execution, Status
from ktr_app.runs.log import RunLog
from ktr_app.services import services
from ktr_app.ui.site import audit, badge, duration, empty, file_link, go, plain, query_id, when


def show() -> None:
    """Show the page."""
    run_id = query_id()
    execution = services().executions.get(run_id) if run_id else None
    if execution is None:
        empty("This run is not here", "The address is not complete.")
        return
    st.title(plain(execution.flow_name))
    if Status(execution.status).finished:
        _body(execution)
    else:
        _live(execution)
    left, _ = st.columns([1, 3])
    if execution.flow_id and left.button("Back to the flow", icon=":material/arrow_back:"):
        go("flow", id=str(execution.flow_id))


@st.fragment(run_every=1.0)
def _live(execution: Execution) -> None:
    parts = services()
    newest = parts.executions.get(execution.id)
    if newest is None or Status(newest.status).finished:
        st.rerun()
        return
    _body(newest)
    asked = parts.live.cancel_asked(newest.id)
    if st.button("Cancel run", disabled=asked, icon=":material/stop_circle:"):
        parts.live.ask_cancel(newest.id)
        audit("cancelled run", str(newest.id))


def _body(execution: Execution) -> None:
    progress = services().live.read(execution.id)
    steps: list[dict[str, Any]] = execution.steps or progress.get("steps", [])
    rows = execution.rows or sum(step["written"] for step in steps if step["leaf"])
    facts = {
        "Status": badge(execution.status),
        "Duration": duration(execution),
        "Rows": f"{rows:,}",
        "Started": when(execution.started_at),
    }
    for column, (label, value) in zip(st.columns([1, 1, 1, 2]), facts.items(), strict=True):
        column.caption(label)
        column.markdown(f"**{value}**" if label != "Status" else value)
    if execution.error:
        st.error(plain(execution.error), icon=":material/error:")
    _steps(steps)
    _outputs(execution.outputs)
    _log(execution)
    _previews(progress.get("previews", {}))


def _steps(steps: list[dict[str, Any]]) -> None:
    if not steps:
        return
    st.subheader("Steps")
    st.dataframe(
        [
            {
                "Step": step["name"],
                "Type": step["type"],
                "Read": step["read"],
                "Written": step["written"],
                "Rejected": step["rejected"],
                "Done": step["done"],
            }
            for step in steps
        ],
        hide_index=True,
    )


def _outputs(outputs: list[str]) -> None:
    if outputs:
        st.subheader("Files")
    for path in outputs:
        file_link(path)


def _log(execution: Execution) -> None:
    text = RunLog(services().settings.ktr_logs_dir, execution.id).tail()
    if text:
        st.subheader("Log")
        st.code(text, language=None, height=240)


def _previews(previews: dict[str, dict[str, Any]]) -> None:
    if not previews:
        return
    st.subheader("Result")
    newest = dict(reversed(previews.items()))
    for tab, (name, preview) in zip(st.tabs([plain(n) for n in newest]), newest.items(), strict=True):
        with tab:
            if preview["rows"]:
                rows = [dict(zip(preview["columns"], row, strict=True)) for row in preview["rows"]]
                st.dataframe(rows, hide_index=True, key=f"preview-{name}")
                st.caption("The first rows that left this step, 100 at most.")
            else:
                empty("No rows", "No row has left this step.")
