"""Add sequence: a counter."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from ktr_app.engine.step import Rows, Step, register


@register("Sequence")
class Sequence(Step):
    """Adds a counter that starts anew after `<max_value>`."""

    def configure(self) -> None:
        """Read the counter; a database sequence is refused."""
        if self.flag("use_database"):
            raise self.fail("It asks for a database sequence; choose 'Use a transformation counter'")
        self._name = self.text("valuename") or "valuename"
        self._start = self.integer("start_at", 1)
        self._step = self.integer("increment_by", 1)
        self._last = self.integer("max_value", 999_999_999)
        if self._step == 0:
            raise self.fail("<increment_by> is 0; use 1 to count up")
        self._count = max((self._last - self._start) // self._step + 1, 1)
        self._position = 0

    def process(self, frame: pl.DataFrame) -> Iterator[Rows]:
        """Add the next numbers."""
        places = pl.int_range(self._position, self._position + frame.height, eager=True, dtype=pl.Int64)
        self._position = (self._position + frame.height) % self._count
        values = (places % self._count) * self._step + self._start
        yield Rows(frame.with_columns(values.alias(self._name)))
