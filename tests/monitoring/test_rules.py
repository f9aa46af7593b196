"""Rules: each fires when it should and stays silent when it should, tried out by promtool."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.monitoring.cases import CASES, RECORDED, Case, Recorded
from tests.monitoring.checkers import checked
from tests.support.platform import ROOT

RULES = ROOT / "components" / "monitoring" / "rules"
FILES = sorted(RULES.glob("*.yml"))
ALWAYS_FIRES = {"Watchdog"}
SEVERITIES = {"critical", "warning", "info", "none"}


def rules(file: Path) -> list[dict[str, Any]]:
    """The rules of a file."""
    groups = yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    """Every alerting rule."""
    return [rule for file in FILES for rule in rules(file) if "alert" in rule]


def expectation(case: Case) -> dict[str, Any]:
    """A case in promtool's words."""
    (file,) = [file for file in FILES if case in CASES[file.stem]]
    matching = [rule for rule in rules(file) if rule.get("alert") == case.rule]
    expected = []
    for alert in case.fires:
        window = alert.labels.get("window")
        (rule,) = [rule for rule in matching if window in {None, rule["labels"].get("window")}]
        annotations = {"summary": alert.summary, "runbook": rule["annotations"]["runbook"]}
        expected.append({"exp_labels": {**rule["labels"], **alert.labels}, "exp_annotations": annotations})
    return {"eval_time": case.at, "alertname": case.rule, "exp_alerts": expected}


def promtool_test(case: Case | Recorded) -> dict[str, Any]:
    """A test group of promtool."""
    group: dict[str, Any] = {
        "interval": case.interval,
        "input_series": [{"series": series, "values": values} for series, values in case.series.items()],
    }
    if isinstance(case, Case):
        return {"name": case.sentence, **group, "alert_rule_test": [expectation(case)]}
    samples = [{"labels": labels or "{}", "value": value} for labels, value in case.samples.items()]
    query = {"expr": f"round({case.rule}, 0.001)", "eval_time": case.at, "exp_samples": samples}
    return {"name": case.rule, **group, "promql_expr_test": [query]}


def promtool_files(file: Path, folder: Path) -> Iterator[Path]:
    """Tests of one file of rules, one file for each interval of evaluation."""
    cases: list[Case | Recorded] = [*CASES[file.stem], *RECORDED.get(file.stem, [])]
    for interval, of_interval in itertools.groupby(sorted(cases, key=interval_of), interval_of):
        content = {
            "rule_files": [str(file)],
            "evaluation_interval": interval,
            "tests": [promtool_test(case) for case in of_interval],
        }
        path = folder / f"{file.stem}-{interval}.yml"
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        yield path


def interval_of(case: Case | Recorded) -> str:
    return case.interval


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
class TestAFileOfRules:
    def test_is_accepted_by_prometheus(self, file: Path) -> None:
        assert "SUCCESS" in checked("promtool", "check", "rules", file)

    def test_fires_and_stays_silent_as_it_should(self, file: Path, tmp_path: Path) -> None:
        checked("promtool", "test", "rules", *promtool_files(file, tmp_path))


class TestEveryRule:
    def test_has_a_case_in_which_it_fires(self) -> None:
        fired = {
            (case.rule, alert.labels.get("window"))
            for cases in CASES.values()
            for case in cases
            for alert in case.fires
        }
        assert {(rule["alert"], rule["labels"].get("window")) for rule in alerts()} == fired

    def test_has_a_case_in_which_it_stays_silent(self) -> None:
        silent = {case.rule for cases in CASES.values() for case in cases if not case.fires}
        assert {rule["alert"] for rule in alerts()} - ALWAYS_FIRES == silent

    def test_that_records_has_a_case(self) -> None:
        wanted = {rule["record"] for file in FILES for rule in rules(file) if "record" in rule}
        assert {case.rule for cases in RECORDED.values() for case in cases} == wanted

    def test_has_a_severity(self) -> None:
        assert [rule["alert"] for rule in alerts() if rule["labels"].get("severity") not in SEVERITIES] == []

    def test_names_what_it_is_about_by_a_component(self) -> None:
        nameless = [
            rule["alert"]
            for rule in alerts()
            if "component" not in rule["labels"] and "{{ $labels" not in rule["annotations"]["summary"]
        ]
        of_one = {"ServiceDown", "WebSocketDown", "CertificateExpires", "CertificateRenewed"}
        assert set(nameless) <= of_one | {"LogsCleanedUp", "LogsNotCleanedUp"}

    def test_has_a_runbook_that_is_there(self) -> None:
        books = {rule["alert"]: ROOT / rule["annotations"]["runbook"] for rule in alerts()}
        assert [name for name, book in books.items() if not book.is_file() or book.stem != name] == []

    def test_has_a_runbook_that_says_what_it_means_where_to_look_and_what_helps(self) -> None:
        wanted = ["## What it means", "## First look", "## Remedy"]
        books = {rule["alert"]: (ROOT / rule["annotations"]["runbook"]).read_text("utf-8") for rule in alerts()}
        headings = {
            name: [line for line in text.splitlines() if line.startswith("## ")] for name, text in books.items()
        }
        assert {name: found for name, found in headings.items() if found != wanted} == {}

    def test_that_has_gone_leaves_no_runbook_behind(self) -> None:
        books = {book.stem for book in (ROOT / "docs" / "runbooks").glob("[A-Z]*.md")}
        assert books - {"README"} == {rule["alert"] for rule in alerts()}
