"""What all pages share: moving between them, and how things are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from html import escape
from urllib.parse import quote
from uuid import UUID

import streamlit as st
from streamlit.navigation.page import Page

from ktr_app.models import Execution, Status, now
from ktr_app.services import services

_COLOURS = {
    Status.QUEUED: "gray",
    Status.RUNNING: "blue",
    Status.SUCCEEDED: "green",
    Status.FAILED: "red",
    Status.CANCELLED: "orange",
}
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:])")


def remember_pages(pages: Mapping[str, Page]) -> None:
    """Keep the pages of this visit for `go`."""
    st.session_state["pages"] = dict(pages)


def remember_user(user: str) -> None:
    """Keep who visits."""
    st.session_state["user"] = user


def go(page: str, **query: str) -> None:
    """Move to a page."""
    st.switch_page(st.session_state["pages"][page], query_params=query)


def audit(action: str, subject: str) -> None:
    """Record what the visitor did."""
    parts = services()
    parts.audit.add(parts.pseudonym(st.session_state["user"]), action, subject)


def query_id() -> UUID | None:
    """Return the `id` of the address; None where it is missing or no identifier."""
    try:
        return UUID(st.query_params.get("id", ""))
    except ValueError:
        return None


def plain(text: str) -> str:
    """Return text that Markdown leaves as it is: names come from files."""
    return _MARKDOWN.sub(r"\\\1", text)


def badge(status: str) -> str:
    """Return a coloured word for a status."""
    return f":{_COLOURS[Status(status)]}-badge[{status}]"


def duration(execution: Execution) -> str:
    """Return how long a run took, or has taken so far."""
    if execution.started_at is None:
        return "-"
    ended = _aware(execution.finished_at) if execution.finished_at else now()
    seconds = (ended - _aware(execution.started_at)).total_seconds()
    if seconds < 60:
        return f"{max(seconds, 0):.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s"


def when(moment: datetime | None) -> str:
    """Return a moment in UTC, to the second."""
    return _aware(moment).strftime("%Y-%m-%d %H:%M:%S UTC") if moment else "-"


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=now().tzinfo)


def empty(title: str, hint: str) -> None:
    """Say that there is nothing yet, and what to do."""
    st.html(f'<div class="ktr-empty"><b>{escape(title)}</b>{escape(hint)}</div>')


def file_link(path: str) -> None:
    """Offer a file of the data folder."""
    st.html(
        f'<div class="ktr-file"><a class="ktr-link" href="/files/{quote(path)}" target="_self" '
        f"download>Download {escape(path)}</a></div>"
    )
