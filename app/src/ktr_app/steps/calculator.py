"""Calculator: the arithmetic most files use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

from ktr_app.engine.step import Rows, Step, register
from ktr_app.engine.values import convert, dtype_of
from ktr_app.ktr.xml import children, flag, text

Formula = Callable[[pl.Expr, pl.Expr, pl.Expr], pl.Expr]

FORMULAS: dict[str, Formula] = {
    "COPY_FIELD": lambda a, _b, _c: a,
    "ADD": lambda a, b, _c: a + b,
    "ADD3": lambda a, b, c: a + b + c,
    "SUBTRACT": lambda a, b, _c: a - b,
    "MULTIPLY": lambda a, b, _c: a * b,
    "DIVIDE": lambda a, b, _c: a / b,
    "SQUARE": lambda a, _b, _c: a * a,
    "SQUARE_ROOT": lambda a, _b, _c: a.sqrt(),
    "PERCENT_1": lambda a, b, _c: a * 100.0 / b,
    "PERCENT_2": lambda a, b, _c: a - a * b / 100.0,
    "PERCENT_3": lambda a, b, _c: a + a * b / 100.0,
    "ABS": lambda a, _b, _c: a.abs(),
    "ROUND_1": lambda a, _b, _c: (a + 0.5).floor(),
    "CEIL": lambda a, _b, _c: a.ceil(),
    "FLOOR": lambda a, _b, _c: a.floor(),
    "REMAINDER": lambda a, b, _c: a - b * (a / b).cast(pl.Int64, strict=False),
    "NVL": lambda a, b, _c: pl.coalesce(a, b),
    "UPPER_CASE": lambda a, _b, _c: a.str.to_uppercase(),
    "LOWER_CASE": lambda a, _b, _c: a.str.to_lowercase(),
    "STRING_LEN": lambda a, _b, _c: a.str.len_chars(),
    "YEAR_OF_DATE": lambda a, _b, _c: a.dt.year(),
    "MONTH_OF_DATE": lambda a, _b, _c: a.dt.month(),
    "DAY_OF_MONTH": lambda a, _b, _c: a.dt.day(),
    "ADD_DAYS": lambda a, b, _c: a + pl.duration(days=b),
    "DATE_DIFF": lambda a, b, _c: (a - b).dt.total_days(),
}
"""Formulas by Pentaho's code. Null in, null out; a division by zero is null."""


@dataclass(frozen=True, kw_only=True)
class _Calculation:
    name: str
    formula: str
    fields: tuple[str, str, str]
    type: str
    remove: bool


@register("Calculator")
class Calculator(Step):
    """Adds computed fields; each may use those before it."""

    def configure(self) -> None:
        """Read the calculations; an unknown formula is refused."""
        self._calculations = []
        for element in children(self.spec.element, "calculation"):
            formula = text(element, "calc_type")
            if formula not in FORMULAS and formula != "CONSTANT":
                raise self.fail(
                    f"The formula {formula!r} is not supported; supported are {', '.join(FORMULAS)}"
                )
            fields = (text(element, "field_a"), text(element, "field_b"), text(element, "field_c"))
            self._calculations.append(
                _Calculation(
                    name=text(element, "field_name"),
                    formula=formula,
                    fields=fields,
                    type=text(element, "value_type", "None"),
                    remove=flag(element, "remove"),
                )
            )

    def process(self, frame: pl.DataFrame) -> Iterator[Rows]:
        """Add the fields, then drop the helpers."""
        for calculation in self._calculations:
            frame = frame.with_columns(self._value(frame, calculation).alias(calculation.name))
        yield Rows(frame.drop(c.name for c in self._calculations if c.remove))

    def _value(self, frame: pl.DataFrame, calculation: _Calculation) -> pl.Series:
        if calculation.formula == "CONSTANT":
            value = pl.repeat(calculation.fields[0], frame.height, dtype=pl.String, eager=True)
        else:
            names = [self.need(frame, name) if name else "" for name in calculation.fields]
            a, b, c = (pl.col(name) if name else pl.lit(None) for name in names)
            value = frame.select(FORMULAS[calculation.formula](a, b, c).alias("value"))["value"]
        if value.dtype.is_float():
            value = value.set(value.is_nan() | value.is_infinite(), None)
        elif value.dtype.is_integer():
            value = value.cast(pl.Int64)
        if calculation.type in {"None", "-"}:
            return value
        done = convert(value, dtype_of(calculation.type))
        if done.bad.any():
            raise self.fail(
                f"{value.filter(done.bad)[0]!r} of {calculation.name!r} is not a {calculation.type}"
            )
        return done.values
