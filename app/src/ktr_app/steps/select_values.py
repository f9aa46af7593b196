"""Select values: choose, rename, remove, change types."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

import polars as pl

from ktr_app.engine.step import Rows, Step, register
from ktr_app.engine.values import convert, dtype_of
from ktr_app.ktr.xml import children, text
from ktr_app.steps.fields import format_of


@register("SelectValues")
class SelectValues(Step):
    """Does the three tabs in their order: select, remove, meta-data."""

    def configure(self) -> None:
        """Read the tabs and check the types."""
        element = self.spec.element
        self._select = [(text(f, "name"), text(f, "rename")) for f in children(element, "fields/field")]
        self._rest = self.flag("fields/select_unspecified")
        self._remove = [text(f, "name") for f in children(element, "fields/remove")]
        self._meta = list(children(element, "fields/meta"))
        for meta in self._meta:
            try:
                dtype_of(text(meta, "type", "String"))
            except ValueError as error:
                raise self.fail(f"Field {text(meta, 'name')!r}: {error}") from error

    def process(self, frame: pl.DataFrame) -> Iterator[Rows]:
        """Yield the changed rows; refuse those with a value that does not convert."""
        changed = self._selected(frame)
        changed = changed.drop(self.need(changed, name) for name in self._remove)
        bad = pl.repeat(value=False, n=frame.height, dtype=pl.Boolean, eager=True)
        fault = ""
        for meta in self._meta:
            changed, wrong, message = self._change(changed, meta)
            bad = bad | wrong
            fault = fault or message
        if bad.any():
            yield Rows(frame.filter(bad), fault=fault)
            changed = changed.filter(~bad)
        yield Rows(changed)

    def _selected(self, frame: pl.DataFrame) -> pl.DataFrame:
        if not self._select:
            return frame
        chosen = [pl.col(self.need(frame, name)).alias(new or name) for name, new in self._select]
        named = {name for name, _ in self._select}
        if self._rest:
            chosen += [pl.col(name) for name in sorted(set(frame.columns) - named)]
        return frame.select(chosen)

    def _change(self, frame: pl.DataFrame, meta: Element) -> tuple[pl.DataFrame, pl.Series, str]:
        name = self.need(frame, text(meta, "name"))
        column = frame[name]
        target = dtype_of(text(meta, "type")) if text(meta, "type", "None") != "None" else column.dtype
        done = convert(column, target, format_of(meta, "conversion_mask"))
        message = ""
        if done.bad.any():
            message = f"Field {name!r}: {column.filter(done.bad)[0]!r} is not a {text(meta, 'type')}"
        frame = frame.with_columns(done.values.alias(name))
        rename = text(meta, "rename")
        return (frame.rename({name: rename}) if rename and rename != name else frame), done.bad, message
