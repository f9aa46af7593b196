"""Steps joined by hops, and the loop that moves batches through them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import polars as pl

from ktr_app.engine.context import RunContext
from ktr_app.engine.errors import CancelledError, RunError, StepError, UnsupportedStepsError
from ktr_app.engine.progress import Progress
from ktr_app.engine.step import Rows, Step
from ktr_app.ktr.graph import order
from ktr_app.ktr.model import ErrorHop, Transformation
from ktr_app.steps import REGISTRY


@dataclass
class _Node:
    step: Step
    targets: list[str]
    distribute: bool
    errors: ErrorHop | None = None
    turn: int = 0
    layout: pl.Schema | None = field(default=None, repr=False)


class Pipeline:
    """A transformation ready to run once.

    Batches move depth first: a batch has left the chain before its source makes the
    next one, so memory does not grow with the number of rows. Copies of a batch share
    their columns. A step finishes after all that feed it.

    Args:
        transformation: what to run.
        run: its surroundings.
        progress: counts the rows.

    Raises:
        RunError: a step type is missing or a step's settings are wrong.
    """

    def __init__(self, transformation: Transformation, run: RunContext, progress: Progress) -> None:
        self._run = run
        self._progress = progress
        hops = [hop for hop in transformation.hops if hop.enabled]
        errors = {hop.source: hop for hop in transformation.error_hops}
        used = {name for hop in hops for name in (hop.source, hop.target)}
        active = [s for s in transformation.steps if s.name in used or len(transformation.steps) == 1]
        if not active:
            raise RunError("No step is joined to another by an enabled hop, so there is nothing to run")
        missing = [(s.name, s.type) for s in active if s.type not in REGISTRY]
        if missing:
            raise UnsupportedStepsError(missing)
        self._order = order([s.name for s in active], [(h.source, h.target) for h in hops])
        self._nodes: dict[str, _Node] = {}
        for spec in active:
            error = errors.get(spec.name)
            targets = [
                h.target for h in hops if h.source == spec.name and not (error and error.target == h.target)
            ]
            self._nodes[spec.name] = _Node(REGISTRY[spec.type](spec, run), targets, spec.distribute, error)
            progress.add(spec.name, spec.type, leaf=not targets)

    def execute(self) -> None:
        """Run to the end.

        Raises:
            RunError: a step failed, or the run was cancelled.
        """
        failed = True
        try:
            for name in self._order:
                step = self._nodes[name].step
                self._drain(name, _lazily(step.produce))
                self._drain(name, _lazily(step.finish))
                self._progress.finish(name)
            failed = False
        finally:
            self._close(failed=failed)

    def _close(self, *, failed: bool) -> None:
        fault: RunError | None = None
        for name, node in self._nodes.items():
            try:
                node.step.close(failed=failed or fault is not None)
            except Exception as error:  # noqa: BLE001 - every step must get its close
                fault = fault or _explained(name, error)
        if fault is not None and not failed:
            raise fault

    def _drain(self, source: str, rows: Iterator[Rows]) -> None:
        stack = [(source, rows)]
        while stack:
            if self._run.cancelled.is_set():
                raise CancelledError
            name, iterator = stack[-1]
            try:
                out = next(iterator, None)
            except RunError:
                raise
            except Exception as error:
                raise _explained(name, error) from error
            if out is None:
                stack.pop()
                continue
            for target, frame in reversed(self._route(name, out)):
                self._check_layout(name, target, frame)
                self._progress.read(target, frame.height)
                stack.append((target, _lazily(partial(self._nodes[target].step.process, frame))))

    def _route(self, name: str, out: Rows) -> list[tuple[str, pl.DataFrame]]:
        node = self._nodes[name]
        if out.fault is not None:
            return self._reject(name, node, out)
        self._progress.written(name, out.frame)
        if out.target is not None:
            return [(out.target, out.frame)] if out.target in node.targets else []
        if len(node.targets) < 2 or not node.distribute:
            return [(target, out.frame) for target in node.targets]
        count = len(node.targets)
        shares = [
            (target, out.frame.gather_every(count, (index - node.turn) % count))
            for index, target in enumerate(node.targets)
        ]
        node.turn = (node.turn + out.frame.height) % count
        return shares

    def _reject(self, name: str, node: _Node, out: Rows) -> list[tuple[str, pl.DataFrame]]:
        if node.errors is None:
            raise StepError(name, out.fault or "a row was refused")
        self._progress.rejected(name, out.frame.height)
        hop = node.errors
        added = {
            hop.count_field: pl.lit(1, dtype=pl.Int64),
            hop.description_field: pl.lit(out.fault),
            hop.fields_field: pl.lit(None, dtype=pl.String),
            hop.codes_field: pl.lit("KTR001"),
        }
        frame = out.frame.with_columns(value.alias(field_) for field_, value in added.items() if field_)
        return [(hop.target, frame)] if hop.target in self._nodes else []

    def _check_layout(self, source: str, target: str, frame: pl.DataFrame) -> None:
        node = self._nodes[target]
        if node.layout is None:
            node.layout = frame.schema
        elif frame.schema != node.layout:
            raise StepError(
                target,
                f"Rows from {source!r} have the fields {_layout(frame.schema)}, earlier rows had "
                f"{_layout(node.layout)}. All rows of a step need the same fields in the same order",
            )


def _lazily(make: Callable[[], Iterator[Rows]]) -> Iterator[Rows]:
    """Call `make` only when the first batch is asked for, so that its faults are the step's own."""
    yield from make()


def _layout(schema: pl.Schema) -> str:
    return ", ".join(f"{name}:{dtype}" for name, dtype in schema.items())


def _explained(name: str, error: Exception) -> RunError:
    return (
        error
        if isinstance(error, RunError)
        else StepError(name, f"{type(error).__name__}: {error}".strip(": "))
    )
