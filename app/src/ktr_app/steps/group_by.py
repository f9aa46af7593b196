"""Group by: over neighbouring rows (GroupBy) or over all (MemoryGroupBy)."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from ktr_app.engine.step import Rows, Step, register
from ktr_app.ktr.xml import children, raw_text, text
from ktr_app.steps.aggregates import AGGREGATES, Aggregate

_RUN = "ktr:run"
_COMPACT_ROWS = 10_000
_NUMERIC = {"SUM", "AVERAGE"}


@register("GroupBy", "MemoryGroupBy")
class GroupBy(Step):
    """One row for each group. `GroupBy` closes a group when its key changes, so it wants sorted rows;
    `MemoryGroupBy` keeps a partial result for each group, `group_limit` at most."""  # fmt: skip

    def configure(self) -> None:
        """Read keys and aggregates."""
        if self.flag("all_rows"):
            raise self.fail("'Include all rows' is not supported; join the groups in a second flow")
        element = self.spec.element
        self._group = [text(f, "name") for f in children(element, "group/field") if text(f, "name")]
        self._outputs: list[tuple[str, str, Aggregate, str]] = []
        for field in children(element, "fields/field"):
            kind = text(field, "type")
            if kind not in AGGREGATES:
                raise self.fail(
                    f"The aggregate {kind!r} is not supported; supported are {', '.join(AGGREGATES)}"
                )
            subject = text(field, "subject")
            name = text(field, "aggregate") or subject
            self._outputs.append((name, subject, AGGREGATES[kind], raw_text(field, "valuefield")))
            if not subject and kind != "COUNT_ANY":
                raise self.fail(f"The aggregate {name!r} has no subject; name the field to compute")
        self._numeric = {
            text(f, "subject") for f in children(element, "fields/field") if text(f, "type") in _NUMERIC
        }
        self._one_row = self.flag("give_back_row")
        self._neighbours = self.spec.type == "GroupBy"
        self._parts: list[pl.DataFrame] = []
        self._held = 0
        self._compacted = 0
        self._empty: pl.DataFrame | None = None

    def process(self, frame: pl.DataFrame) -> Iterator[Rows]:
        """Fold the batch into the partial results."""
        if self._empty is None:
            self._empty = self._finished(self._started(frame.clear()))
        if frame.is_empty():
            return
        self._add(self._started(frame))
        if self._neighbours:
            merged = self._merged()
            self._parts, closed = [merged.tail(1)], merged.head(merged.height - 1)
            if closed.height:
                yield Rows(self._finished(closed))
        elif self._held > _COMPACT_ROWS + 2 * self._compacted:
            self._compact()

    def finish(self) -> Iterator[Rows]:
        """Yield the groups that are left."""
        if self._parts:
            result = self._finished(self._merged())
            yield from (Rows(part) for part in result.iter_slices(self.run.batch_rows))
        elif self._empty is not None:
            yield Rows(self._no_rows(self._empty))

    def _add(self, part: pl.DataFrame) -> None:
        self._parts.append(part)
        self._held += part.height

    def _compact(self) -> None:
        merged = self._merged()
        if merged.height > self.run.group_limit:
            raise self.fail(
                f"More than {self.run.group_limit:,} groups; sort the rows and use GroupBy instead"
            )
        self._parts, self._held, self._compacted = [merged], merged.height, merged.height

    def _started(self, frame: pl.DataFrame) -> pl.DataFrame:
        for name in {*self._group, *(subject for _, subject, _, _ in self._outputs if subject)}:
            self.need(frame, name)
        for name in self._numeric:
            if not frame[name].dtype.is_numeric():
                raise self.fail(f"The field {name!r} is no number; convert it with SelectValues first")
        first = frame.columns[0]
        return self._fold(
            frame,
            [
                make(pl.col(subject or first), separator).alias(f"{index}:{part}")
                for index, (_, subject, kind, separator) in enumerate(self._outputs)
                for part, make in enumerate(kind.start)
            ],
        )

    def _merged(self) -> pl.DataFrame:
        if len(self._parts) == 1:
            return self._parts[0]
        return self._fold(
            pl.concat(self._parts),
            [
                make(pl.col(f"{index}:{part}"), separator).alias(f"{index}:{part}")
                for index, (_, _, kind, separator) in enumerate(self._outputs)
                for part, make in enumerate(kind.merge)
            ],
        )

    def _fold(self, frame: pl.DataFrame, made: list[pl.Expr]) -> pl.DataFrame:
        if not self._group:
            return frame.with_columns(pl.lit(0).alias(_RUN)).group_by(_RUN).agg(made).drop(_RUN)
        if not self._neighbours:
            return frame.group_by(self._group, maintain_order=True).agg(made)
        runs = frame.with_columns(pl.struct(self._group).rle_id().alias(_RUN))
        return runs.group_by([_RUN, *self._group], maintain_order=True).agg(made).drop(_RUN)

    def _finished(self, parts: pl.DataFrame) -> pl.DataFrame:
        results = []
        for index, (name, _, kind, _) in enumerate(self._outputs):
            columns = [pl.col(f"{index}:{part}") for part in range(len(kind.start))]
            results.append(kind.finish(columns).alias(name))
        return parts.select(*self._group, *results)

    def _no_rows(self, empty: pl.DataFrame) -> pl.DataFrame:
        if not self._one_row or self._group:
            return empty
        return empty.clear(1).with_columns(
            pl.lit(kind.empty, dtype=pl.Int64).alias(name)
            for name, _, kind, _ in self._outputs
            if kind.empty is not None
        )
