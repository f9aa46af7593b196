from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ktr_app.engine.context import RunContext
from ktr_app.engine.errors import StepError
from tests.flow import flow, grid, run, step, through

TYPES = {"n": "Integer", "s": "String"}


def atom(
    left: str,
    function: str,
    value: object = "",
    kind: str = "String",
    *,
    negated: str = "N",
    operator: str = "",
) -> str:
    return (
        f"<condition><negated>{negated}</negated><operator>{operator}</operator><leftvalue>{left}</leftvalue>"
        f"<function>{function}</function><value><type>{kind}</type><text>{value}</text>"
        "<isnull>N</isnull></value></condition>"
    )


def filter_(condition: str, true: str = "", false: str = "") -> str:
    targets = f"<send_true_to>{true}</send_true_to><send_false_to>{false}</send_false_to>"
    return step("1", "FilterRows", f"{targets}<compare>{condition}</compare>")


ROWS = [(1, "apple"), (2, "banana"), (None, "cherry"), (4, None), (5, "a;b")]


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        (atom("n", "=", 2, "Integer"), [2]),
        (atom("n", "&lt;&gt;", 2, "Integer"), [1, None, 4, 5]),
        (atom("n", "&lt;", 2, "Integer"), [1, None]),
        (atom("n", "&gt;=", "4", "String"), [4, 5]),
        (atom("n", "IS NULL"), [None]),
        (atom("n", "IS NOT NULL"), [1, 2, 4, 5]),
        (atom("n", "IS NULL", negated="Y"), [1, 2, 4, 5]),
        (atom("s", "REGEXP", "[ab].*a?"), [1, 2, 5]),
        (atom("s", "REGEXP", "an"), []),
        (atom("s", "IN LIST", "apple;a\\;b"), [1, 5]),
        (atom("n", "IN LIST", "1;4"), [1, 4]),
        (atom("s", "CONTAINS", "an"), [2]),
        (atom("s", "STARTS WITH", "ch"), [None]),
        (atom("s", "ENDS WITH", "e"), [1]),
        (atom("s", "LIKE", "%an%"), [2]),
        (atom("s", "LIKE", "appl?"), [1]),
    ],
)
def test_each_function_is_pentahos(surroundings: RunContext, condition: str, kept: list[object]) -> None:
    assert [row[0] for row in through(surroundings, TYPES, ROWS, filter_(condition)).rows("out")] == kept


def test_nested_conditions_go_from_left_to_right(surroundings: RunContext) -> None:
    inner = atom("n", "=", 1, "Integer") + atom("n", "=", 2, "Integer", operator="OR")
    nested = f"<condition><negated>N</negated><conditions>{inner}</conditions></condition>"
    last = atom("s", "CONTAINS", "an", operator="AND NOT")
    condition = f"<condition><negated>N</negated><conditions>{nested}{last}</conditions></condition>"
    assert through(surroundings, TYPES, ROWS, filter_(condition)).rows("out") == [(1, "apple")]


def test_true_and_false_go_to_their_targets(surroundings: RunContext) -> None:
    steps = [grid("in", TYPES, ROWS), filter_(atom("n", "=", 1, "Integer"), "yes", "no")]
    steps += [step("yes", "Collect"), step("no", "Collect")]
    collected, progress = run(flow(steps, [("in", "1"), ("1", "yes"), ("1", "no")]), surroundings)
    assert (len(collected.rows("yes")), len(collected.rows("no"))) == (1, 4)
    assert [s["written"] for s in progress.steps() if s["name"] == "1"] == [5]


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (atom("ghost", "="), "'ghost' is not in the rows; there are: n, s"),
        (atom("n", "~"), "function '~' is unknown"),
        (atom("n", "=", "x", "Integer"), "'x' is not a Integer"),
        (atom("s", "REGEXP", "("), "regex"),
    ],
)
def test_faults_name_the_step(surroundings: RunContext, condition: str, message: str) -> None:
    with pytest.raises(StepError, match="Step '1'") as caught:
        through(surroundings, TYPES, ROWS, filter_(condition))
    assert message in str(caught.value)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    numbers=st.lists(st.one_of(st.none(), st.integers(-5, 5)), min_size=1, max_size=30),
    bound=st.integers(-5, 5),
    function=st.sampled_from(["=", "&lt;&gt;", "&lt;", "&lt;=", "&gt;", "&gt;="]),
)
def test_comparisons_agree_with_python(
    tmp_path: Path, surroundings: RunContext, numbers: list[int | None], bound: int, function: str
) -> None:
    def lowest(value: int | None) -> tuple[bool, int]:
        return (value is not None, value or 0)

    naive: dict[str, Callable[[int | None], bool]] = {
        "=": lambda v: v == bound,
        "&lt;&gt;": lambda v: v != bound,
        "&lt;": lambda v: lowest(v) < lowest(bound),
        "&lt;=": lambda v: lowest(v) <= lowest(bound),
        "&gt;": lambda v: lowest(v) > lowest(bound),
        "&gt;=": lambda v: lowest(v) >= lowest(bound),
    }
    found = through(
        surroundings,
        {"n": "Integer"},
        [(n,) for n in numbers],
        filter_(atom("n", function, bound, "Integer")),
    )
    assert [row[0] for row in found.rows("out")] == [n for n in numbers if naive[function](n)]
