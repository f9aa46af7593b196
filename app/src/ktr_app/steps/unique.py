"""Unique rows: among neighbours, or among all rows by hash set."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from ktr_app.engine.step import Rows, Step, register
from ktr_app.ktr.xml import children, flag, text

Key = tuple[object, ...]


@register("Unique", "UniqueRowsByHashSet")
class Unique(Step):
    """Keeps the first of equal rows; `Unique` compares neighbours, so it wants sorted rows."""

    def configure(self) -> None:
        """Read the fields to compare; all where none is named."""
        if self.flag("count_rows"):
            raise self.fail("Counting duplicates is not supported; use GroupBy with COUNT_ANY")
        self._fields = [
            (text(f, "name"), flag(f, "case_insensitive"))
            for f in children(self.spec.element, "fields/field")
            if text(f, "name")
        ]
        self._is_new = self._not_seen if self.spec.type == "UniqueRowsByHashSet" else self._not_last
        self._seen: set[Key] = set()
        self._last: Key | None = None

    def process(self, frame: pl.DataFrame) -> Iterator[Rows]:
        """Yield the rows that are new."""
        fields = self._fields or [(name, False) for name in frame.columns]
        keys = frame.select(self._key(frame, name, fold=fold) for name, fold in fields)
        mask = [self._is_new(key) for key in keys.iter_rows()]
        yield Rows(frame.filter(pl.Series(mask, dtype=pl.Boolean)))

    def _key(self, frame: pl.DataFrame, name: str, *, fold: bool) -> pl.Expr:
        value = pl.col(self.need(frame, name))
        return value.str.to_lowercase() if fold and frame[name].dtype == pl.String else value

    def _not_last(self, key: Key) -> bool:
        new = key != self._last
        self._last = key
        return new

    def _not_seen(self, key: Key) -> bool:
        if key in self._seen:
            return False
        if len(self._seen) >= self.run.group_limit:
            raise self.fail(
                f"More than {self.run.group_limit:,} distinct rows; sort them and use Unique instead"
            )
        self._seen.add(key)
        return True
