"""Executions: the history of runs."""

from __future__ import annotations

import streamlit as st

from ktr_app.services import services
from ktr_app.ui.site import badge, duration, empty, go, plain, when


def show() -> None:
    """Show the page."""
    st.title("Executions")
    st.caption("The latest 200 runs, newest first.")
    found = services().executions.recent()
    if not found:
        empty("No run yet", "Open a flow and press Run.")
        return
    widths = [3, 1.3, 2.4, 1.2, 1, 1]
    for column, title in zip(
        st.columns(widths), ["Flow", "Status", "Started", "Duration", "Rows", ""], strict=True
    ):
        column.caption(title)
    for execution in found:
        cells = st.columns(widths, vertical_alignment="center")
        cells[0].markdown(f"**{plain(execution.flow_name)}**")
        cells[1].markdown(badge(execution.status))
        cells[2].markdown(when(execution.started_at or execution.queued_at))
        cells[3].markdown(duration(execution))
        cells[4].markdown(f"{execution.rows:,}")
        if cells[5].button("Details", key=f"run-{execution.id}"):
            go("run", id=str(execution.id))
