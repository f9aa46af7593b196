from __future__ import annotations

from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ktr_app.engine.context import RunContext
from ktr_app.engine.errors import StepError
from tests.flow import step, through

QUICK = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TYPES = {"k": "String", "v": "Integer", "i": "Integer"}
Row = tuple[str | None, int | None]
ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.sampled_from(["a", "b", "C", "d"])), st.one_of(st.none(), st.integers(-9, 9))
    ),
    min_size=1,
    max_size=60,
)


def sort(*fields: tuple[str, str], case: str = "N", unique: str = "N") -> str:
    body = "".join(
        f"<field><name>{n}</name><ascending>{a}</ascending><case_sensitive>{case}</case_sensitive></field>"
        for n, a in fields
    )
    return step("1", "SortRows", f"<unique_rows>{unique}</unique_rows><fields>{body}</fields>")


def group(kind: str, keys: list[str], *outputs: tuple[str, str, str], one_row: str = "N") -> str:
    fields = "".join(
        f"<field><aggregate>{a}</aggregate><subject>{s}</subject><type>{t}</type><valuefield>|</valuefield></field>"
        for a, s, t in outputs
    )
    named = "".join(f"<field><name>{k}</name></field>" for k in keys)
    return step(
        "1", kind, f"<give_back_row>{one_row}</give_back_row><group>{named}</group><fields>{fields}</fields>"
    )


def text_key(value: object) -> tuple[bool, str]:
    return (value is not None, str(value or "").lower())


def number_key(value: int | None) -> tuple[bool, int]:
    return (value is not None, value or 0)


@QUICK
@given(rows=ROWS, spilled=st.booleans())
def test_sorting_agrees_with_python_in_memory_and_on_disk(
    surroundings: RunContext, rows: list[Row], spilled: bool
) -> None:
    numbered = [(*row, index) for index, row in enumerate(rows)]
    small = replace(surroundings, batch_rows=7, sort_bytes=1 if spilled else 2**20)
    found = through(small, TYPES, numbered, sort(("k", "Y"), ("v", "N"))).rows("out")
    expected = sorted(numbered, key=lambda r: number_key(r[1]), reverse=True)
    expected.sort(key=lambda r: text_key(r[0]))
    assert [r[:2] for r in found] == [r[:2] for r in expected]


def test_a_sort_on_disk_is_stable_across_chunks_and_leaves_nothing(surroundings: RunContext) -> None:
    rows = [(str(n % 3), n, n) for n in range(25_000)]
    small = replace(surroundings, sort_bytes=40_000)
    found = through(small, TYPES, rows, sort(("k", "Y"))).rows("out")
    assert found == sorted(rows, key=lambda r: str(r[0]))
    assert list(surroundings.scratch.iterdir()) == []


def test_case_counts_only_when_asked(surroundings: RunContext) -> None:
    rows = [("b", 1, 1), ("B", 2, 2), ("a", 3, 3)]
    assert [r[0] for r in through(surroundings, TYPES, rows, sort(("k", "Y"))).rows("out")] == ["a", "b", "B"]
    strict = through(surroundings, TYPES, rows, sort(("k", "Y"), case="Y")).rows("out")
    assert [r[0] for r in strict] == ["B", "a", "b"]


@pytest.mark.parametrize("sort_bytes", [1, 2**20])
def test_unique_rows_keeps_one_of_equal_keys(surroundings: RunContext, sort_bytes: int) -> None:
    rows = [(str(n % 5), n, n) for n in range(100)]
    small = replace(surroundings, batch_rows=10, sort_bytes=sort_bytes)
    found = through(small, TYPES, rows, sort(("k", "Y"), unique="Y")).rows("out")
    assert [r[0] for r in found] == ["0", "1", "2", "3", "4"]


OUTPUTS = (
    ("sum", "v", "SUM"),
    ("average", "v", "AVERAGE"),
    ("min", "v", "MIN"),
    ("max", "v", "MAX"),
    ("all", "v", "COUNT_ALL"),
    ("any", "v", "COUNT_ANY"),
    ("distinct", "v", "COUNT_DISTINCT"),
    ("first", "v", "FIRST"),
    ("last", "v", "LAST"),
    ("comma", "v", "CONCAT_COMMA"),
    ("bar", "v", "CONCAT_STRING"),
)


def naive(values: list[int | None]) -> tuple[object, ...]:
    known = [v for v in values if v is not None]
    return (
        sum(known) if known else None,
        sum(known) / len(known) if known else None,
        min(known, default=None),
        max(known, default=None),
        len(known),
        len(values),
        len(set(known)),
        known[0] if known else None,
        known[-1] if known else None,
        ", ".join(map(str, known)) if known else None,
        "|".join(map(str, known)) if known else None,
    )


@QUICK
@given(rows=ROWS)
def test_group_by_takes_neighbours_together(surroundings: RunContext, rows: list[Row]) -> None:
    small = replace(surroundings, batch_rows=4)
    found = through(small, TYPES, [(*r, 0) for r in rows], group("GroupBy", ["k"], *OUTPUTS)).rows("out")
    runs = [(key, [v for _, v in part]) for key, part in groupby(rows, key=lambda r: r[0])]
    assert found == [(key, *naive(values)) for key, values in runs]


@QUICK
@given(rows=ROWS)
def test_memory_group_by_takes_all_together(surroundings: RunContext, rows: list[Row]) -> None:
    small = replace(surroundings, batch_rows=4)
    step_ = group("MemoryGroupBy", ["k"], *OUTPUTS)
    found = through(small, TYPES, [(*r, 0) for r in rows], step_).rows("out")
    groups: dict[str | None, list[int | None]] = {}
    for key, value in rows:
        groups.setdefault(key, []).append(value)
    assert sorted(found, key=lambda r: text_key(r[0])) == sorted(
        ((key, *naive(values)) for key, values in groups.items()), key=lambda r: text_key(r[0])
    )


@pytest.mark.parametrize("kind", ["GroupBy", "MemoryGroupBy"])
def test_without_rows_a_row_comes_only_when_asked(surroundings: RunContext, kind: str) -> None:
    outputs = (("n", "v", "COUNT_ANY"), ("s", "v", "SUM"))
    assert through(surroundings, TYPES, [], group(kind, [], *outputs)).rows("out") == []
    assert through(surroundings, TYPES, [], group(kind, [], *outputs, one_row="Y")).rows("out") == [(0, None)]


def test_too_many_groups_end_the_run_with_advice(surroundings: RunContext) -> None:
    rows = [(str(n), n, n) for n in range(30_000)]
    small = replace(surroundings, group_limit=1_000)
    with pytest.raises(StepError, match="sort the rows and use GroupBy"):
        through(small, TYPES, rows, group("MemoryGroupBy", ["k"], ("n", "v", "COUNT_ANY")))


def test_a_sum_of_texts_is_refused(surroundings: RunContext) -> None:
    with pytest.raises(StepError, match="'k' is no number"):
        through(surroundings, TYPES, [("a", 1, 1)], group("GroupBy", [], ("s", "k", "SUM")))
