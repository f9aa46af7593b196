from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from threading import Event

import polars as pl
import pytest

from ktr_app.engine.context import RunContext
from ktr_app.engine.errors import CancelledError, RunError, StepError, UnsupportedStepsError
from ktr_app.engine.pipeline import Pipeline
from ktr_app.engine.progress import PREVIEW_ROWS, Progress
from ktr_app.engine.step import REGISTRY, Rows, Step
from ktr_app.ktr.parser import parse
from tests.flow import flow, grid, run, step

TYPES = {"v": "Integer"}
ROWS = [(n,) for n in range(5)]


def fork(distribute: str) -> bytes:
    source = grid("in", TYPES, ROWS).replace("<distribute>N", f"<distribute>{distribute}")
    return flow([source, step("a", "Collect"), step("b", "Collect")], [("in", "a"), ("in", "b")])


def generator(rows: int) -> str:
    field = "<field><name>v</name><type>Integer</type><nullif>1</nullif></field>"
    body = f"<fields>{field}</fields><limit>{rows}</limit>"
    return step("in", "RowGenerator", body)


def test_copied_rows_reach_every_target(surroundings: RunContext) -> None:
    found, _ = run(fork("N"), surroundings)
    assert found.rows("a") == found.rows("b") == ROWS


def test_distributed_rows_take_turns_across_batches(surroundings: RunContext) -> None:
    found, _ = run(fork("Y"), replace(surroundings, batch_rows=3))
    assert (found.rows("a"), found.rows("b")) == ([(0,), (2,), (4,)], [(1,), (3,)])


def test_a_disabled_hop_carries_nothing_and_its_step_is_left_out(surroundings: RunContext) -> None:
    data = flow(
        [grid("in", TYPES, ROWS), step("a", "Collect"), step("odd", "NoSuchType")],
        [("in", "a"), ("in", "odd", "N")],
    )
    assert run(data, surroundings)[0].rows("a") == ROWS


def test_rows_of_two_steps_meet_in_one(surroundings: RunContext) -> None:
    data = flow(
        [grid("x", TYPES, [(1,)]), grid("y", TYPES, [(2,)]), step("a", "Collect")], [("x", "a"), ("y", "a")]
    )
    assert sorted(run(data, surroundings)[0].rows("a")) == [(1,), (2,)]


def test_rows_of_two_layouts_do_not_mix(surroundings: RunContext) -> None:
    data = flow(
        [grid("x", TYPES, [(1,)]), grid("y", {"w": "String"}, [(2,)]), step("a", "Dummy")],
        [("x", "a"), ("y", "a")],
    )
    with pytest.raises(StepError, match="same fields in the same order"):
        run(data, surroundings)


def test_missing_step_types_are_all_named(surroundings: RunContext) -> None:
    data = flow([grid("in", TYPES, ROWS), step("a", "Foo"), step("b", "Bar")], [("in", "a"), ("a", "b")])
    with pytest.raises(UnsupportedStepsError) as caught:
        run(data, surroundings)
    assert caught.value.missing == [("a", "Foo"), ("b", "Bar")]


def test_nothing_joined_is_nothing_to_run(surroundings: RunContext) -> None:
    with pytest.raises(RunError, match="nothing to run"):
        run(flow([step("a", "Dummy"), step("b", "Dummy")], []), surroundings)


def test_an_unforeseen_fault_names_its_step_and_every_step_is_closed(surroundings: RunContext) -> None:
    closed: list[str] = []

    class Broken(Step):
        def process(self, frame: pl.DataFrame) -> Iterator[Rows]:
            raise ZeroDivisionError("oops")

        def close(self, *, failed: bool) -> None:
            closed.append(f"{self.spec.name} {failed}")

    REGISTRY["Broken"] = Broken
    try:
        with pytest.raises(StepError, match="Step 'a': ZeroDivisionError: oops"):
            run(
                flow(
                    [grid("in", TYPES, ROWS), step("a", "Broken"), step("b", "Broken")],
                    [("in", "a"), ("a", "b")],
                ),
                surroundings,
            )
    finally:
        del REGISTRY["Broken"]
    assert closed == ["a True", "b True"]


def test_a_cancelled_run_stops_between_batches(surroundings: RunContext) -> None:
    asked = Event()
    asked.set()
    with pytest.raises(CancelledError):
        run(
            flow([generator(10**9), step("a", "Dummy")], [("in", "a")]),
            replace(surroundings, cancelled=asked),
        )


def test_counters_and_preview_tell_what_happened(surroundings: RunContext) -> None:
    _, progress = run(flow([generator(2_500), step("a", "Dummy")], [("in", "a")]), surroundings)
    assert [(s["read"], s["written"], s["done"]) for s in progress.steps()] == [
        (0, 2_500, True),
        (2_500, 2_500, True),
    ]
    assert len(progress.previews()["a"]["rows"]) == PREVIEW_ROWS
    assert progress.rows() == 2_500


def test_a_million_rows_take_no_more_memory_than_a_few(surroundings: RunContext) -> None:
    alive = 0
    most = 0

    class Account(Step):
        """Counts the rows between two places of the chain: at most one batch may be under way."""

        def process(self, frame: pl.DataFrame) -> Iterator[Rows]:
            nonlocal alive, most
            alive += frame.height if self.spec.name == "first" else -frame.height
            most = max(most, alive)
            yield Rows(frame)

    filter_ = step(
        "f",
        "FilterRows",
        "<compare><condition><leftvalue>v</leftvalue><function>IS NOT NULL</function></condition></compare>",
    )
    data = flow(
        [generator(1_000_000), step("first", "Account"), filter_, step("last", "Account")],
        [("in", "first"), ("first", "f"), ("f", "last")],
    )
    REGISTRY["Account"] = Account
    progress = Progress()
    try:
        pipeline = Pipeline(parse(data, max_bytes=10**6), replace(surroundings, batch_rows=5_000), progress)
        tracemalloc.start()
        pipeline.execute()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        del REGISTRY["Account"]
    assert progress.rows() == 1_000_000
    assert most == 5_000
    assert peak < 5 * 2**20
