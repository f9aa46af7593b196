"""Value mapper: one value for another."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from ktr_app.engine.step import Rows, Step, register
from ktr_app.engine.values import Format, to_text
from ktr_app.ktr.xml import children, raw_text


@register("ValueMapper")
class ValueMapper(Step):
    """Replaces texts by a table; what the table lacks becomes the default, or stays."""

    def configure(self) -> None:
        """Read the table. An empty source value stands for null."""
        self._field = self.text("field_to_use")
        self._target = self.text("target_field")
        self._default = self.text("non_match_default")
        self._map: dict[str | None, str | None] = {
            raw_text(f, "source_value") or None: self.run.variables.substitute(raw_text(f, "target_value"))
            or None
            for f in children(self.spec.element, "fields/field")
        }

    def process(self, frame: pl.DataFrame) -> Iterator[Rows]:
        """Replace the values of one field."""
        source = to_text(frame[self.need(frame, self._field)], Format())
        fallback: str | pl.Series | None = self._default or (source if not self._target else None)
        mapped = source.replace_strict(
            list(self._map), list(self._map.values()), default=fallback, return_dtype=pl.String
        )
        if None not in self._map:
            mapped = mapped.set(source.is_null(), None)
        yield Rows(frame.with_columns(mapped.alias(self._target or self._field)))
