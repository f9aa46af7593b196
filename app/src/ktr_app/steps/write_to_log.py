"""Write to log."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from ktr_app.engine.step import Rows, Step, register
from ktr_app.ktr.xml import children, text

MAX_LINES = 50
"""Rows written at most; a log is no place for a table."""


@register("WriteToLog")
class WriteToLog(Step):
    """Logs the first rows and passes all on."""

    def configure(self) -> None:
        """Read which fields are logged; all where none is named."""
        self._left = min(self.limit("limitRowsNumber") or MAX_LINES, MAX_LINES)
        self._fields = [text(field, "name") for field in children(self.spec.element, "fields/field")]

    def process(self, frame: pl.DataFrame) -> Iterator[Rows]:
        """Log, then pass on."""
        fields = [self.need(frame, name) for name in self._fields] or frame.columns
        for row in frame.head(self._left).select(fields).iter_rows(named=True):
            self.run.log(self.spec.name, ", ".join(f"{name}={value}" for name, value in row.items()))
            self._left -= 1
        yield Rows(frame)
