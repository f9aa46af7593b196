"""Pentaho's value types on Polars columns, and how one becomes another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from ktr_app.engine.masks import DEFAULT_INTEGER, NumberMask, date_format, parse_format

DTYPES: dict[str, Any] = {
    "String": pl.String(),
    "Integer": pl.Int64(),
    "Number": pl.Float64(),
    "BigNumber": pl.Float64(),
    "Date": pl.Datetime("us"),
    "Timestamp": pl.Datetime("us"),
    "Boolean": pl.Boolean(),
    "Binary": pl.Binary(),
    "Internet Address": pl.String(),
}
"""Pentaho's type names. A BigNumber is computed as a double: 15 to 17 significant digits."""

_TRUE = ["Y", "YES", "TRUE", "1"]


@dataclass(frozen=True, kw_only=True)
class Format:
    """How a value is written as text."""

    mask: str = ""
    decimal: str = "."
    group: str = ""
    currency: str = ""

    @property
    def number(self) -> NumberMask:
        """The mask as one for numbers."""
        return NumberMask(pattern=self.mask, decimal=self.decimal or ".", group=self.group or _group(self))


def _group(format_: Format) -> str:
    if "," not in format_.mask:
        return ""
    return "." if format_.decimal == "," else ","


@dataclass(frozen=True)
class Converted:
    """A converted column, and where a value could not be converted (it is null there)."""

    values: pl.Series
    bad: pl.Series = field(repr=False)


def dtype_of(name: str) -> Any:
    """Return the Polars type of a Pentaho type; ValueError for an unknown one."""
    try:
        return DTYPES[name or "String"]
    except KeyError:
        raise ValueError(f"The type {name!r} is unknown; known are {', '.join(DTYPES)}") from None


def type_name(dtype: Any) -> str:
    """Return Pentaho's name of a Polars type."""
    for name, known in DTYPES.items():
        if dtype == known:
            return name
    return "Number" if dtype.is_numeric() else "String"


def convert(series: pl.Series, target: Any, format_: Format | None = None) -> Converted:
    """Convert a column as Pentaho does: empty text is null, what has no meaning is `bad`.

    Args:
        series: the column.
        target: a type of `DTYPES`.
        format_: mask and symbols of the textual side; Pentaho's defaults without it.
    """
    shape = format_ or Format()
    source = series.dtype
    if source == target:
        values = series
    elif target == pl.String:
        values = to_text(series, shape)
    elif source == pl.String:
        values = _from_text(series, target, shape)
        series = series.set(series.str.strip_chars() == "", None)  # empty text is null, not a fault
    elif source == pl.Float64 and target == pl.Int64:
        values = series.round(0, mode="half_away_from_zero").cast(target, strict=False)
    elif source.is_temporal() and target.is_numeric():
        values = series.dt.epoch("ms").cast(target)
    elif target.is_temporal() and source.is_numeric():
        values = (series.cast(pl.Int64, strict=False) * 1000).cast(target)
    else:
        values = series.cast(target, strict=False)
    return Converted(values, values.is_null() & series.is_not_null())


def to_text(series: pl.Series, format_: Format) -> pl.Series:
    """Write a column as text."""
    if series.dtype == pl.String:
        return series
    if series.dtype == pl.Boolean:
        return pl.select(pl.when(series).then(pl.lit("Y")).when(~series).then(pl.lit("N"))).to_series()
    if series.dtype.is_temporal():
        return series.dt.strftime(date_format(format_.mask))
    if series.dtype.is_integer() and format_.mask in {"", "#", "0", DEFAULT_INTEGER}:
        return series.cast(pl.String)
    if series.dtype.is_numeric():
        mask = format_.number
        return series.map_elements(mask.format, return_dtype=pl.String)
    return series.cast(pl.String, strict=False)


def _from_text(series: pl.Series, target: Any, format_: Format) -> pl.Series:
    text = series.str.strip_chars()
    if target == pl.Boolean:
        known = text.str.to_uppercase().is_in(_TRUE)
        return known.set(text == "", None)
    if target.is_temporal():
        return text.str.to_datetime(parse_format(format_.mask), strict=False, time_unit="us")
    if target.is_numeric():
        return _number(text, target, format_)
    return text.cast(target, strict=False)


def _number(text: pl.Series, target: Any, format_: Format) -> pl.Series:
    mask = format_.number
    bare = text.str.replace_all(mask.strip(), "")
    if format_.currency:
        bare = bare.str.replace_all(format_.currency, "", literal=True)
    if mask.decimal != ".":
        bare = bare.str.replace_all(mask.decimal, ".", literal=True)
    if target == pl.Int64:
        exact = bare.cast(pl.Int64, strict=False)
        return exact if exact.null_count() == bare.null_count() else exact.fill_null(_whole(bare))
    number = bare.cast(pl.Float64, strict=False)
    return number / 100 if "%" in format_.mask else number


def _whole(bare: pl.Series) -> pl.Series:
    number = bare.cast(pl.Float64, strict=False)
    return number.set(number != number.floor(), None).cast(pl.Int64, strict=False)
