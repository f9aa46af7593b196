"""Add constants."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from ktr_app.engine.step import Rows, Step, register
from ktr_app.steps.fields import read_fields, typed


@register("Constant")
class Constant(Step):
    """Adds fields that have the same value in every row."""

    def configure(self) -> None:
        """Read and check the constants."""
        self._row = pl.DataFrame(
            [typed(self, field, [field.constant]) for field in read_fields(self, value="nullif")]
        )

    def process(self, frame: pl.DataFrame) -> Iterator[Rows]:
        """Add the fields."""
        added = (
            pl.lit(self._row[name][0], dtype=dtype).alias(name) for name, dtype in self._row.schema.items()
        )
        yield Rows(frame.with_columns(added))
