"""Sort rows, on disk where they do not fit in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import polars as pl

from ktr_app.engine.step import Rows, Step, register
from ktr_app.ktr.xml import children, flag, text
from ktr_app.steps.sort_merge import SpilledRun, merge

KEY = "ktr:key:"


@register("SortRows")
class SortRows(Step):
    """Sorts stably; null comes first, and last when descending.

    Holds `sort_bytes` of rows; beyond that it writes sorted runs to the scratch folder
    and merges them in chunks.
    """

    def configure(self) -> None:
        """Read the keys."""
        self._fields = [
            (text(f, "name"), flag(f, "ascending", default=True), flag(f, "case_sensitive"))
            for f in children(self.spec.element, "fields/field")
            if text(f, "name")
        ]
        if not self._fields:
            raise self.fail("It sorts by no field; name at least one")
        self._unique = self.flag("unique_rows")
        self._descending = [not ascending for _, ascending, _ in self._fields]
        self._keys = [f"{KEY}{index}" for index in range(len(self._fields))]
        self._held: list[pl.DataFrame] = []
        self._bytes = 0
        self._runs: list[Path] = []

    def process(self, frame: pl.DataFrame) -> Iterator[Rows]:
        """Hold the batch; nothing comes out before the end."""
        self._held.append(frame.with_columns(self._key(frame, *field) for field in enumerate(self._fields)))
        self._bytes += int(frame.estimated_size())
        if self._bytes >= self.run.sort_bytes:
            self._spill()
        return iter(())

    def finish(self) -> Iterator[Rows]:
        """Yield the sorted rows."""
        if not self._runs:
            parts = iter([self._sorted()]) if self._held else iter(())
        else:
            self._spill()
            runs = [SpilledRun(path) for path in self._runs]
            parts = merge(runs, self._keys, self._descending, chunk=max(self.run.batch_rows, 10_000))
        last: pl.DataFrame | None = None
        for part in parts:
            kept = part
            if self._unique and not part.is_empty():
                kept = self._without_repeats(part, last)
                last = part.tail(1)
            kept = kept.drop(self._keys)
            yield from (Rows(piece) for piece in kept.iter_slices(self.run.batch_rows))
            if part.is_empty():
                yield Rows(kept)

    def close(self, *, failed: bool) -> None:
        """Remove what was spilled."""
        for path in self._runs:
            path.unlink(missing_ok=True)

    def _key(self, frame: pl.DataFrame, index: int, field: tuple[str, bool, bool]) -> pl.Series:
        name, _, case_sensitive = field
        values = frame[self.need(frame, name)]
        if values.dtype == pl.String and not case_sensitive:
            values = values.str.to_lowercase()
        return values.alias(f"{KEY}{index}")

    def _sorted(self) -> pl.DataFrame:
        rows = pl.concat(self._held)
        self._held, self._bytes = [], 0
        return rows.sort(
            self._keys, descending=self._descending, nulls_last=self._descending, maintain_order=True
        )

    def _spill(self) -> None:
        if not self._held:
            return
        self.run.scratch.mkdir(parents=True, exist_ok=True)
        path = self.run.scratch / f"sort-{uuid4().hex}.arrow"
        self._runs.append(path)
        self._sorted().write_ipc(path, record_batch_size=10_000)

    def _without_repeats(self, part: pl.DataFrame, last: pl.DataFrame | None) -> pl.DataFrame:
        joined = part if last is None else pl.concat([last, part])
        keys = joined.select(pl.struct(self._keys).rle_id().alias("run"))["run"]
        fresh = keys.is_first_distinct()
        return joined.filter(fresh) if last is None else joined.filter(fresh).slice(1)
