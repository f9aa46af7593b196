"""What Streamlit runs for each visit: check the session, then show the chosen page."""

from __future__ import annotations

import streamlit as st
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from ktr_app.auth.sessions import COOKIE, Session
from ktr_app.secret_file import SecretError
from ktr_app.services import services
from ktr_app.ui import executions, files, flow, flows, run, schedules
from ktr_app.ui.site import remember_pages, remember_user
from ktr_app.ui.style import STYLE


def main() -> None:
    """Show one page."""
    st.set_page_config(page_title="KTR", page_icon="🔷", layout="wide")
    st.html(STYLE)
    try:
        session = services().sessions.find(st.context.cookies.get(COOKIE))
    except (RedisError, SecretError):
        st.error("The session store is not reachable. Please reload this page in a minute.")
        st.stop()
    if session is None:
        st.info("You are not signed in, or your session has ended.")
        st.html('<a class="ktr-link" href="/auth/login" target="_self">Sign in</a>')
        st.stop()
    _show(session)


def _show(session: Session) -> None:
    pages = {
        "flows": st.Page(flows.show, title="Flows", icon=":material/account_tree:", default=True),
        "executions": st.Page(
            executions.show, title="Executions", icon=":material/history:", url_path="executions"
        ),
        "schedules": st.Page(
            schedules.show, title="Schedules", icon=":material/schedule:", url_path="schedules"
        ),
        "files": st.Page(files.show, title="Files", icon=":material/folder:", url_path="files-page"),
        "flow": st.Page(flow.show, title="Flow", url_path="flow", visibility="hidden"),
        "run": st.Page(run.show, title="Run", url_path="run", visibility="hidden"),
    }
    remember_pages(pages)
    remember_user(session.user)
    chosen = st.navigation(list(pages.values()))
    with st.sidebar:
        st.caption("Signed in as")
        st.text(session.user)
        st.html('<a class="ktr-link" href="/auth/logout" target="_self">Sign out</a>')
    parts = services()
    try:
        with parts.metrics.page_seconds.labels(chosen.title).time():
            chosen.run()
    except SQLAlchemyError:
        st.error("The database is not reachable. Please reload this page in a minute.")
    except RedisError:
        st.error("The cache is not reachable. Please reload this page in a minute.")
    st.html(f'<footer class="ktr-footer">{parts.footer}</footer>')


main()
