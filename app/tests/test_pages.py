from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import ktr_app.services
from ktr_app.auth.sessions import COOKIE
from ktr_app.models import Execution
from ktr_app.sample_flows import SAMPLES, install
from ktr_app.services import Services
from ktr_app.ui.graph import dot
from ktr_app.ui.site import plain
from tests.flow import flow, step
from tests.test_runs import wait

MAIN = Path(ktr_app.services.__file__).parent / "ui" / "main.py"


@pytest.fixture
def cookies(parts: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """What the visitor's browser sends; the pages use this test's services."""
    sent = {COOKIE: parts.sessions.start("admin")}
    monkeypatch.setattr(type(st.context), "cookies", property(lambda _: sent))
    ktr_app.services.services.cache_clear()
    monkeypatch.setattr(ktr_app.services, "build", lambda *_: parts)
    yield sent
    ktr_app.services.services.cache_clear()


def page() -> AppTest:
    return AppTest.from_file(str(MAIN), default_timeout=20)


def texts(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.title, app.info, app.error, app.warning, app.text, app.subheader)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def test_without_a_session_nothing_is_shown(cookies: dict[str, str]) -> None:
    cookies.clear()
    app = page().run()
    assert "not signed in" in app.info[0].value
    assert not app.title
    assert not app.button


def test_an_empty_list_offers_samples(cookies: dict[str, str]) -> None:
    app = page().run()
    assert not app.exception
    assert app.title[0].value == "Flows"
    assert [b.label for b in app.button] == ["Import", *(s.title for s in SAMPLES)]


def test_a_sample_is_imported_with_one_click(cookies: dict[str, str], parts: Services) -> None:
    page().run().button(key="sample-sales_by_region").click().run()
    added = parts.flows.all()[0]
    app = page().run()
    assert "Sales by region" in texts(app)
    asked = app.button(key=f"delete-{added.id}").click().run()
    assert "Delete for good" in [b.label for b in asked.button]
    assert len(parts.flows.all()) == 1


def test_a_name_of_a_file_is_no_markup() -> None:
    assert plain("[x](javascript:1) <b>") == r"\[x\]\(javascript\:1\) \<b\>"


def test_the_graph_marks_what_cannot_run_and_quotes_names() -> None:
    from ktr_app.ktr.parser import parse

    data = flow([step('a"b', "Dummy"), step("c", "Foo")], [('a"b', "c", "N")])
    drawn = dot(parse(data, max_bytes=10**5))
    assert r'"a\"b" -> "c" [style=dashed' in drawn
    assert 'label="c\\nFoo", fillcolor="#fdecec"' in drawn


def run_page(parts: Services) -> Execution:
    added = parts.flows.add(install(SAMPLES[0], parts.settings.ktr_data_dir))
    parts.manager.start()
    try:
        return wait(parts, parts.manager.submit(added, {}))
    finally:
        parts.manager.stop()


def test_the_history_shows_a_finished_run(cookies: dict[str, str], parts: Services) -> None:
    run_page(parts)

    def history() -> None:
        from ktr_app.ui import executions

        executions.show()

    app = AppTest.from_function(history, default_timeout=20).run()
    assert not app.exception
    assert "Sales by region" in texts(app)
    assert ":green-badge[succeeded]" in texts(app)


def test_the_run_page_shows_steps_and_result(cookies: dict[str, str], parts: Services) -> None:
    ended = run_page(parts)

    def show() -> None:
        from ktr_app.ui import run

        run.show()

    app = AppTest.from_function(show, default_timeout=20)
    app.query_params["id"] = str(ended.id)
    app.run()
    assert not app.exception
    assert [t.label for t in app.tabs] == ["Write report", "Without amount"]
    assert app.dataframe[0].value["Step"].to_list()[0] == "Sales"


def test_an_unknown_flow_is_told_and_not_an_error(cookies: dict[str, str]) -> None:
    def show() -> None:
        from ktr_app.ui import flow

        flow.show()

    app = AppTest.from_function(show, default_timeout=20)
    app.query_params["id"] = str(uuid4())
    app.run()
    assert not app.exception
    assert [b.label for b in app.button] == ["All flows"]
