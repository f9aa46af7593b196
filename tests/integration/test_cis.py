"""Sections 4 and 5 of the CIS Docker Benchmark, one test per control, over every running container."""

import re
from pathlib import Path

import pytest

from tests.integration.harness.cis import CONTROLS, Control
from tests.integration.harness.engine_view import EngineView
from tests.integration.harness.platform import Stacks
from tests.integration.harness.requirements import ROOT
from tests.integration.harness.subjects import Subject, offenders, subjects

DOCUMENT = Path("docs/security/cis.md")
EXCEPTION_ROW = re.compile(
    r"^\| (?P<number>\d\.\d+) \| [^|]+ \| (?P<kind>exception|not applicable) \| (?P<reason>[^|]+) \|$"
)
SECTION_SIZES = {"4": 12, "5": 32}
"""How many controls the benchmark has in each section."""

CHECKED = [control for control in CONTROLS if control.check]


@pytest.fixture(scope="module")
def running(stacks: Stacks, view: EngineView) -> list[Subject]:
    return [subject for subject in subjects(view, stacks.values()) if subject.purpose == "service"]


@pytest.mark.parametrize("control", CHECKED, ids=lambda control: f"{control.number}-{control.title}".replace(" ", "-"))
def test_control(control: Control, running: list[Subject], view: EngineView) -> None:
    check = control.check
    assert check
    assert offenders(running, lambda subject: check(subject, view)) == {}


def test_no_control_of_the_benchmark_is_missing() -> None:
    wanted = {f"{section}.{number}" for section, size in SECTION_SIZES.items() for number in range(1, size + 1)}
    assert {control.number for control in CONTROLS} == wanted


def test_each_exception_has_its_reason_in_the_document() -> None:
    lines = (ROOT / DOCUMENT).read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(EXCEPTION_ROW.match, lines) if row]
    documented = {row["number"]: row["reason"].strip() for row in rows}
    assert set(documented) == {control.number for control in CONTROLS if not control.check}
    assert all(len(reason) > 60 for reason in documented.values()), "a reason is a sentence"


def test_the_document_lists_every_control_by_its_title() -> None:
    text = (ROOT / DOCUMENT).read_text(encoding="utf-8")
    assert [control.number for control in CONTROLS if f"| {control.number} | {control.title} |" not in text] == []
