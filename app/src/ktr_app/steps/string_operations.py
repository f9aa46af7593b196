"""String operations: trim, case, padding, digits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

import polars as pl

from ktr_app.engine.step import Rows, Step, register
from ktr_app.ktr.xml import children, flag, integer, raw_text, text

Change = Callable[[pl.Expr], pl.Expr]


@register("StringOperations")
class StringOperations(Step):
    """Changes texts, in Pentaho's order: trim, case, padding, capitals, digits."""

    def configure(self) -> None:
        """Read the operations of each field."""
        self._fields = [f for f in children(self.spec.element, "fields/field") if text(f, "in_stream_name")]

    def process(self, frame: pl.DataFrame) -> Iterator[Rows]:
        """Apply all operations."""
        for field in self._fields:
            name = self.need(frame, text(field, "in_stream_name"))
            if frame[name].dtype != pl.String:
                raise self.fail(f"The field {name!r} is no text; convert it with SelectValues first")
            frame = frame.with_columns(
                _operate(pl.col(name), field).alias(text(field, "out_stream_name") or name)
            )
        yield Rows(frame)


_TRIM: dict[str, Change] = {
    "left": lambda value: value.str.strip_chars_start(),
    "right": lambda value: value.str.strip_chars_end(),
    "both": lambda value: value.str.strip_chars(),
}
_CASE: dict[str, Change] = {
    "lower": lambda value: value.str.to_lowercase(),
    "upper": lambda value: value.str.to_uppercase(),
}
_DIGITS: dict[str, Change] = {
    "digits_only": lambda value: value.str.replace_all(r"\D", ""),
    "remove_digits": lambda value: value.str.replace_all(r"\d", ""),
}


def _operate(value: pl.Expr, field: Element) -> pl.Expr:
    value = _TRIM.get(text(field, "trim_type"), _keep)(value)
    value = _CASE.get(text(field, "lower_upper"), _keep)(value)
    pad, length = raw_text(field, "pad_char")[:1] or " ", integer(field, "pad_len")
    match text(field, "padding_type", "none"):
        case "left":
            value = value.str.pad_start(length, pad)
        case "right":
            value = value.str.pad_end(length, pad)
    if flag(field, "init_cap"):
        value = value.str.to_titlecase()
    return _DIGITS.get(text(field, "digits"), _keep)(value)


def _keep(value: pl.Expr) -> pl.Expr:
    return value
