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
from ktr_app.schedules.rules import Kind, every
from ktr_app.schedules.schedules import rule_of
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


def schedules_page(**query: str) -> AppTest:
    def show() -> None:
        import streamlit as st

        from ktr_app.ui import schedules

        st.session_state["user"] = "admin"
        schedules.show()

    app = AppTest.from_function(show, default_timeout=20)
    for name, value in query.items():
        app.query_params[name] = value
    return app


def chosen(app: AppTest, label: str, value: object) -> AppTest:
    next(box for box in app.selectbox if box.label == label).set_value(value).run()
    assert not app.exception
    return app


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def test_without_a_flow_there_is_nothing_to_schedule(cookies: dict[str, str]) -> None:
    app = schedules_page().run()
    assert not app.exception
    assert "There is no flow to schedule" in app.info[0].value


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Kind.ONCE, "once, "),
        (Kind.MINUTES, "every 15 minutes"),
        (Kind.HOURLY, "hourly, minute 0 UTC"),
        (Kind.DAILY, "daily, 06:00 UTC"),
        (Kind.WEEKLY, "weekly, Monday 06:00 UTC"),
        (Kind.MONTHLY, "monthly, day 1 06:00 UTC"),
        (Kind.CRON, "cron 30 6 * * 1-5 UTC"),
    ],
)
def test_each_kind_of_schedule_is_made_with_its_own_questions(
    cookies: dict[str, str], parts: Services, kind: Kind, words: str
) -> None:
    added = parts.flows.add(install(SAMPLES[0], parts.settings.ktr_data_dir))
    press(chosen(schedules_page(id=str(added.id)).run(), "When", kind), "Create schedule")
    (item,) = parts.schedules.all(added.id)
    assert rule_of(item.schedule).describe().startswith(words)
    assert item.schedule.next_due_at is not None
    assert set(item.schedule.parameters) == {"MIN_UNITS"}


def test_a_wrong_cron_expression_is_told_on_the_page(cookies: dict[str, str], parts: Services) -> None:
    parts.flows.add(install(SAMPLES[0], parts.settings.ktr_data_dir))
    app = chosen(schedules_page().run(), "When", Kind.CRON)
    next(box for box in app.text_input if box.label.startswith("Minute")).set_value("99 * * * *").run()
    press(app, "Create schedule")
    assert "bad minute" in app.error[0].value
    assert parts.schedules.all() == []


def test_a_schedule_is_paused_and_resumed_and_asks_before_it_is_deleted(
    cookies: dict[str, str], parts: Services
) -> None:
    added = parts.flows.add(install(SAMPLES[0], parts.settings.ktr_data_dir))
    parts.schedules.add(added.id, every(15), {})
    app = schedules_page().run()
    assert "every 15 minutes" in texts(app)
    assert "not run yet" in texts(app)
    press(app, "Pause")
    assert "paused" in texts(app)
    assert not parts.schedules.all()[0].schedule.active
    press(app, "Resume")
    assert parts.schedules.all()[0].schedule.active
    assert "Delete for good" in [button.label for button in press(app, "Delete").button]
    assert len(parts.schedules.all()) == 1
