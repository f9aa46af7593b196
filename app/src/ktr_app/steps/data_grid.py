"""Data grid: rows typed into the transformation."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from ktr_app.engine.step import Rows, Step, register
from ktr_app.ktr.xml import children
from ktr_app.steps.fields import read_fields, typed


@register("DataGrid")
class DataGrid(Step):
    """Gives the rows written in the file; an empty item is null."""

    def configure(self) -> None:
        """Read fields and lines, and check every value."""
        fields = read_fields(self)
        lines = [[item.text or None for item in line] for line in children(self.spec.element, "data/line")]
        self._frame = pl.DataFrame(
            [
                typed(self, field, (line[index] if index < len(line) else None for line in lines))
                for index, field in enumerate(fields)
            ]
        )

    def produce(self) -> Iterator[Rows]:
        """Yield the grid."""
        yield from (Rows(part) for part in self._frame.iter_slices(self.run.batch_rows))
        if self._frame.is_empty():
            yield Rows(self._frame)
