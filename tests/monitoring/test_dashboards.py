"""Dashboards: they are what Grafana's own types say, and every panel asks something that Prometheus understands."""

import itertools
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from components.monitoring.dashboards import boards, dashboard_files
from components.monitoring.dashboards.board import COLUMNS, Source, Unit
from tests.monitoring.checkers import checked
from tests.support.dashboards import PLACEHOLDER, annotations, dashboards, panels, panels_of, variables_of
from tests.support.platform import ROOT

FILES = dashboards()


@pytest.fixture(params=FILES)
def dashboard(request: pytest.FixtureRequest) -> dict[str, Any]:
    return FILES[request.param]


def texts_at(value: Any, key: str) -> list[Any]:
    """Whatever stands at a key, at any depth."""
    match value:
        case dict():
            below = [found for item in value.values() for found in texts_at(item, key)]
            return [value[key], *below] if key in value else below
        case list():
            return [found for item in value for found in texts_at(item, key)]
    return []


class TestADashboard:
    def test_is_what_grafanas_types_say(self, dashboard: dict[str, Any]) -> None:
        register_default_plugins()
        again = json.loads(JSONEncoder().encode(Dashboard.from_json(dashboard)))
        assert again == dashboard

    def test_has_a_permanent_id_that_urls_can_hold(self, dashboard: dict[str, Any]) -> None:
        assert re.fullmatch(r"ktr-[a-z]{3,36}", dashboard["uid"])

    def test_can_be_changed_by_nobody(self, dashboard: dict[str, Any]) -> None:
        assert dashboard["editable"] is False

    def test_asks_the_provisioned_data_sources_only(self, dashboard: dict[str, Any]) -> None:
        sources = texts_at(dashboard, "datasource")
        known = {(source.value, source.uid) for source in Source}
        assert {(source["type"], source["uid"]) for source in sources} - known == set()
        assert len(sources) >= len(panels_of(dashboard))

    def test_asks_one_data_source_for_all_of_a_panel(self, dashboard: dict[str, Any]) -> None:
        asked = [{source["uid"] for source in texts_at(panel, "datasource")} for panel in panels_of(dashboard)]
        assert [uids for uids in asked if len(uids) != 1] == []

    def test_marks_releases(self, dashboard: dict[str, Any]) -> None:
        assert {one["name"] for one in dashboard["annotations"]["list"]} == {"Releases", "Versions"}

    def test_uses_no_variable_that_there_is_not(self, dashboard: dict[str, Any]) -> None:
        queries = [target["expr"] for panel in panels_of(dashboard) for target in panel["targets"]]
        used = {name for query in queries for name in PLACEHOLDER.findall(query) if not name.startswith("__")}
        assert used == {variable["name"] for variable in variables_of(dashboard)}

    def test_offers_variables_of_which_everything_is_chosen_at_first(self, dashboard: dict[str, Any]) -> None:
        chosen = {variable["current"]["value"] for variable in variables_of(dashboard)}
        assert chosen <= {"$__all"}


class TestAPanel:
    def test_has_an_id_of_its_own(self, dashboard: dict[str, Any]) -> None:
        ids = [panel["id"] for panel in dashboard["panels"]]
        assert ids == sorted(set(ids))

    def test_has_a_place_of_its_own(self, dashboard: dict[str, Any]) -> None:
        taken = [
            (left, top)
            for place in (panel["gridPos"] for panel in dashboard["panels"])
            for left, top in itertools.product(
                range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])
            )
        ]
        assert len(taken) == len(set(taken))
        assert max(left for left, _ in taken) < COLUMNS

    def test_says_what_it_shows_in_whole_sentences(self, dashboard: dict[str, Any]) -> None:
        said = {panel["title"]: panel["description"] for panel in panels_of(dashboard)}
        assert {title: text for title, text in said.items() if not re.fullmatch(r"(?s)\W?\w.+[.?…]", text)} == {}

    def test_is_called_by_one_name_in_its_section(self, dashboard: dict[str, Any]) -> None:
        section, names = "", []
        for panel in dashboard["panels"]:
            section = panel["title"] if panel["type"] == "row" else section
            names.append((section, panel["title"], panel["type"]))
        assert len(names) == len(set(names))

    def test_has_a_unit(self, dashboard: dict[str, Any]) -> None:
        units = {panel["title"]: panel["fieldConfig"]["defaults"].get("unit") for panel in panels_of(dashboard)}
        assert {title: unit for title, unit in units.items() if unit not in set(Unit)} == {}

    def test_has_a_query(self, dashboard: dict[str, Any]) -> None:
        silent = [panel["title"] for panel in panels_of(dashboard) if not all(one["expr"] for one in panel["targets"])]
        assert silent == [panel["title"] for panel in panels_of(dashboard) if not panel["targets"]] == []

    def test_names_its_lines(self, dashboard: dict[str, Any]) -> None:
        nameless = [
            panel["title"]
            for panel in panels_of(dashboard)
            for target in panel["targets"]
            if panel["type"] in {"timeseries", "state-timeline"} and not target.get("legendFormat")
        ]
        assert nameless == []

    def test_has_levels_in_ascending_order_as_grafana_wants_them(self, dashboard: dict[str, Any]) -> None:
        for panel in panels_of(dashboard):
            first, *others = [step["value"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]]
            assert first is None, panel["title"]
            assert others == sorted(others), panel["title"]


def test_prometheus_understands_every_query(tmp_path: Path) -> None:
    """Panels are looked at one by one when promtool refuses one: it names the rule, which is called by the panel."""
    queries = [*panels(), *annotations()]
    rules = [{"record": f"query:{number}", "expr": query.query} for number, query in enumerate(queries)]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}), encoding="utf-8")
    assert f"SUCCESS: {len(queries)} rules found" in checked("promtool", "check", "rules", file)


def test_a_zero_in_place_of_nothing_never_stands_beside_something() -> None:
    """`sum by (a) (…) or vector(0)` adds a nameless zero beside the named series: `or on () vector(0)` does not."""
    assert [str(one) for one in panels() if re.search(r"by \([^)].*or vector", one.query)] == []


def test_logs_are_asked_for_where_they_are_kept_and_nowhere_else() -> None:
    assert len(list(panels(Source.LOGS))) >= 3
    assert Source.LOGS.uid not in "".join(dashboard_files(logs=False).values())


def test_there_is_one_for_operations_one_for_causes_and_one_for_each_service() -> None:
    wanted = {"operations", "technical", "application", "edge", "postgres", "redis", "containers", "monitoring"}
    assert {board.name for board in boards(logs=True)} == wanted
    assert len({board.title for board in boards(logs=True)}) == len(wanted)


def test_runbooks_that_descriptions_name_are_there() -> None:
    named = {
        name
        for dashboard in FILES.values()
        for panel in panels_of(dashboard)
        for name in re.findall(r"runbook (\w+)", panel["description"])
    }
    assert {name for name in named if not (ROOT / "docs" / "runbooks" / f"{name}.md").is_file()} == set()
    assert named


def test_programs_that_show_no_dashboards_do_not_pay_for_the_sdk() -> None:
    script = "import sys, components.monitoring; sys.exit('grafana_foundation_sdk' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0
