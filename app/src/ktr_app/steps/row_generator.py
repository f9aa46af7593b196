"""Generate rows: the same row many times."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from ktr_app.engine.step import Rows, Step, register
from ktr_app.steps.fields import read_fields, typed


@register("RowGenerator")
class RowGenerator(Step):
    """Gives `<limit>` equal rows."""

    def configure(self) -> None:
        """Read the row and how often it comes."""
        if self.flag("never_ending"):
            raise self.fail("It never ends; set a limit instead of 'Never stop generating rows'")
        self._limit = self.integer("limit", 10)
        self._row = pl.DataFrame(
            [typed(self, field, [field.constant]) for field in read_fields(self, value="nullif")]
        )

    def produce(self) -> Iterator[Rows]:
        """Yield equal batches: columns are shared, not copied."""
        size = self.run.batch_rows
        batch = self._row[[0] * min(size, max(self._limit, 0))]
        for start in range(0, self._limit, size):
            yield Rows(batch.head(min(size, self._limit - start)))
