"""Flows: what was imported, and importing more."""

from __future__ import annotations

import streamlit as st

from ktr_app.flows import FlowExistsError
from ktr_app.ktr.errors import KtrError
from ktr_app.models import Flow
from ktr_app.sample_flows import SAMPLES, install
from ktr_app.services import services
from ktr_app.ui.site import audit, empty, go, plain, when


def show() -> None:
    """Show the page."""
    st.title("Flows")
    st.caption("Pentaho transformations, ready to run.")
    flows = services().flows.all()
    if not flows:
        empty("No flow yet", "Import a .ktr file from Pentaho, or start with a sample below.")
    for flow in flows:
        _row(flow)
    st.subheader("Import")
    left, right = st.columns([3, 2], gap="large")
    with left:
        _upload()
    with right:
        _samples()


def _row(flow: Flow) -> None:
    with st.container(border=True):
        text, open_, delete = st.columns([6, 1.2, 1.2], vertical_alignment="center")
        steps = "1 step" if flow.steps == 1 else f"{flow.steps} steps"
        about = f":gray[:small[{steps} · imported {when(flow.created_at)}]]"
        text.markdown(f"**{plain(flow.name)}**  \n{about}")
        if open_.button("Open", key=f"open-{flow.id}", width="stretch"):
            go("flow", id=str(flow.id))
        if delete.button("Delete", key=f"delete-{flow.id}", type="tertiary", width="stretch"):
            _confirm_delete(flow)


@st.dialog("Delete this flow?")
def _confirm_delete(flow: Flow) -> None:
    st.markdown(f"**{plain(flow.name)}** and its file are removed. Its executions stay in the history.")
    if st.button("Delete for good", type="primary"):
        services().flows.delete(flow.id)
        audit("deleted flow", str(flow.id))
        st.rerun()


def _upload() -> None:
    limit = services().settings.ktr_max_ktr_bytes
    with st.form("import", clear_on_submit=True):
        file = st.file_uploader(
            "Pentaho transformation (.ktr)", type=["ktr", "xml"], max_upload_size=max(limit // 2**20 + 1, 1)
        )
        if not st.form_submit_button("Import", type="primary"):
            return
    if file is None:
        st.warning("Choose a .ktr file first.")
    else:
        _add(file.getvalue())


def _samples() -> None:
    with st.container(border=True):
        st.markdown("**Import a sample**")
        for sample in SAMPLES:
            if st.button(sample.title, key=f"sample-{sample.name}", help=sample.about, width="stretch"):
                _add(install(sample, services().settings.ktr_data_dir))


def _add(data: bytes) -> None:
    try:
        flow = services().flows.add(data)
    except KtrError as fault:
        st.error(str(fault), icon=":material/error:")
    except FlowExistsError as known:
        st.toast(str(known))
        go("flow", id=str(known.flow_id))
    else:
        audit("imported flow", str(flow.id))
        go("flow", id=str(flow.id))
