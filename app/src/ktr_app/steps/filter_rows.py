"""Filter rows: true here, false there."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from ktr_app.engine.step import Rows, Step, register
from ktr_app.steps.conditions import read_condition


@register("FilterRows")
class FilterRows(Step):
    """Sends each row to the true or the false target; without targets the true ones go on."""

    def configure(self) -> None:
        """Read targets and condition."""
        self._true, self._false = self.text("send_true_to"), self.text("send_false_to")
        element = self.spec.element.find("compare/condition")
        if element is None:
            raise self.fail("It has no condition; add one in Spoon")
        try:
            self._condition = read_condition(element, self.run.variables.substitute)
        except ValueError as error:
            raise self.fail(str(error)) from error

    def process(self, frame: pl.DataFrame) -> Iterator[Rows]:
        """Split the batch."""
        try:
            mask = self._condition.mask(frame)
        except (ValueError, pl.exceptions.PolarsError) as error:
            raise self.fail(str(error)) from error
        if not self._true and not self._false:
            yield Rows(frame.filter(mask))
            return
        if self._true:
            yield Rows(frame.filter(mask), target=self._true)
        if self._false:
            yield Rows(frame.filter(~mask), target=self._false)
