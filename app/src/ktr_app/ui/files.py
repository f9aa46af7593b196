"""Files: what flows read and write."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ktr_app.engine.files import DataFiles, OutsideError
from ktr_app.services import services
from ktr_app.ui.site import audit, empty, file_link

MAX_LISTED = 500


def show() -> None:
    """Show the page."""
    st.title("Files")
    st.caption("The data folder: flows read their input here and write their output here.")
    files = DataFiles(root=services().settings.ktr_data_dir)
    names = listed(files.root)
    if not names:
        empty("No file yet", "Upload the files that your flows read.")
    for name in names:
        file_link(name)
    st.subheader("Upload")
    with st.form("upload", clear_on_submit=True):
        file = st.file_uploader("Data file", max_upload_size=services().settings.ktr_max_upload_mb)
        if not st.form_submit_button("Save file", type="primary"):
            return
    if file is None:
        st.warning("Choose a file first.")
        return
    try:
        target = files.for_writing(Path(file.name).name)
    except OutsideError as fault:
        st.error(str(fault))
        return
    unfinished = target.with_name(f".{target.name}.part")
    unfinished.write_bytes(file.getbuffer())
    unfinished.replace(target)
    audit("uploaded file", files.relative(target))
    st.rerun()


def listed(root: Path) -> list[str]:
    """Return the visible files of the folder, relative to it, `MAX_LISTED` at most."""
    if not root.is_dir():
        return []
    found = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    visible = sorted(str(path) for path in found if not any(part.startswith(".") for part in path.parts))
    return visible[:MAX_LISTED]
