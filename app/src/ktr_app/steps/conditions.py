"""Pentaho's conditions on whole columns: null is less than everything and equal to null."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from xml.etree.ElementTree import Element

import polars as pl

from ktr_app.engine.values import Format, convert, dtype_of, to_text
from ktr_app.ktr.xml import children, flag, raw_text, text

_OPERATORS = {"-", "NONE", "AND", "OR", "AND NOT", "OR NOT", "XOR"}


class Condition(Protocol):
    """Something that is true or false for each row."""

    def mask(self, frame: pl.DataFrame) -> pl.Series:
        """Return one boolean for each row, never null; ValueError names a missing field."""


@dataclass(frozen=True)
class Always:
    """True for every row."""

    value: bool = True

    def mask(self, frame: pl.DataFrame) -> pl.Series:
        """Return the same for all."""
        return pl.repeat(self.value, frame.height, dtype=pl.Boolean, eager=True)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A field against a field or a constant."""

    left: str
    function: str
    right: str
    constant: pl.Series | None
    negated: bool

    def mask(self, frame: pl.DataFrame) -> pl.Series:
        """Compare each row."""
        left = _blank_is_null(_column(frame, self.left))
        if self.right:
            right = _column(frame, self.right)
        elif self.constant is not None:
            right = self.constant.new_from_index(0, frame.height)
        else:
            right = pl.repeat(None, frame.height, dtype=left.dtype, eager=True)
        result = FUNCTIONS[self.function](left, _blank_is_null(right)).fill_null(value=False)
        return ~result if self.negated else result


@dataclass(frozen=True, kw_only=True)
class Group:
    """Conditions from left to right, each joined by its own operator; no precedence."""

    parts: tuple[tuple[str, Condition], ...]
    negated: bool

    def mask(self, frame: pl.DataFrame) -> pl.Series:
        """Combine the parts."""
        result = self.parts[0][1].mask(frame)
        for operator, part in self.parts[1:]:
            other = part.mask(frame)
            if operator.endswith("NOT"):
                other = ~other
            if operator == "XOR":
                result = result ^ other
            else:
                result = result | other if operator.startswith("OR") else result & other
        return ~result if self.negated else result


def read_condition(element: Element, substitute: Callable[[str], str]) -> Condition:
    """Read a `<condition>`.

    Args:
        element: the condition.
        substitute: replaces variables in constants.

    Raises:
        ValueError: an operator or function is unknown, or a constant has not its type.
    """
    negated = flag(element, "negated")
    nested = list(children(element, "conditions/condition"))
    if nested:
        parts = []
        for part in nested:
            operator = text(part, "operator", "AND").upper()
            if operator not in _OPERATORS:
                raise ValueError(
                    f"The operator {operator!r} is unknown; known are {', '.join(sorted(_OPERATORS))}"
                )
            parts.append((operator, read_condition(part, substitute)))
        return Group(parts=tuple(parts), negated=negated)
    function = text(element, "function", "=").upper()
    if function == "TRUE":
        return Always(not negated)
    if function not in FUNCTIONS:
        raise ValueError(f"The function {function!r} is unknown; known are {', '.join(FUNCTIONS)}")
    left = text(element, "leftvalue")
    if not left:
        return Always(value=False)
    return Comparison(
        left=left,
        function=function,
        right=text(element, "rightvalue"),
        constant=_constant(element, substitute),
        negated=negated,
    )


def _constant(element: Element, substitute: Callable[[str], str]) -> pl.Series | None:
    value = element.find("value")
    if value is None or flag(value, "isnull"):
        return None
    raw = pl.Series("value", [substitute(raw_text(value, "text"))], dtype=pl.String)
    done = convert(raw, dtype_of(text(value, "type", "String")), Format(mask=text(value, "mask")))
    if done.bad.any():
        raise ValueError(f"The constant {raw[0]!r} is not a {text(value, 'type')}")
    return done.values


def _column(frame: pl.DataFrame, name: str) -> pl.Series:
    if name not in frame.columns:
        raise ValueError(f"The field {name!r} is not in the rows; there are: {', '.join(frame.columns)}")
    return frame[name]


def _blank_is_null(values: pl.Series) -> pl.Series:
    return values.set(values == "", None) if values.dtype == pl.String else values


def _same_type(left: pl.Series, right: pl.Series) -> pl.Series:
    return convert(right, left.dtype).values


def _equal(left: pl.Series, right: pl.Series) -> pl.Series:
    return left.eq_missing(_same_type(left, right))


def _smaller(left: pl.Series, right: pl.Series) -> pl.Series:
    other = _same_type(left, right)
    unknown = left.is_null() & other.is_not_null()
    return (left < other).fill_null(value=False) | unknown


def _texts(apply: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> Callable[[pl.Series, pl.Series], pl.Series]:
    def on_columns(left: pl.Series, right: pl.Series) -> pl.Series:
        pair = pl.DataFrame([to_text(left, Format()).alias("l"), to_text(right, Format()).alias("r")])
        return pair.select(apply(pl.col("l"), pl.col("r")).alias("m"))["m"]

    return on_columns


def _in_list(left: pl.Series, right: pl.Series) -> pl.Series:
    searched, lists = to_text(left, Format()), to_text(right, Format())
    found = [v is not None and v in _items(items) for v, items in zip(searched, lists, strict=True)]
    return pl.Series(found, dtype=pl.Boolean)


def _items(items: str | None) -> list[str]:
    parts = (items or "").replace("\\;", "\0").split(";")
    return [part.replace("\0", ";").replace("\\", "") for part in parts]


def _whole(pattern: pl.Expr) -> pl.Expr:
    return pl.concat_str(pl.lit("^(?:"), pattern, pl.lit(")$"))


def _like(left: pl.Expr, right: pl.Expr) -> pl.Expr:
    pattern = right.str.replace_all("%", ".*", literal=True).str.replace_all("?", ".", literal=True)
    return left.str.contains(_whole(pattern))


FUNCTIONS: dict[str, Callable[[pl.Series, pl.Series], pl.Series]] = {
    "=": _equal,
    "<>": lambda left, right: ~_equal(left, right),
    "<": _smaller,
    "<=": lambda left, right: _smaller(left, right) | _equal(left, right),
    ">": lambda left, right: ~(_smaller(left, right) | _equal(left, right)),
    ">=": lambda left, right: ~_smaller(left, right),
    "REGEXP": _texts(lambda left, right: left.str.contains(_whole(right))),
    "IS NULL": lambda left, _right: left.is_null(),
    "IS NOT NULL": lambda left, _right: left.is_not_null(),
    "IN LIST": _in_list,
    "CONTAINS": _texts(lambda left, right: left.str.contains(right, literal=True)),
    "STARTS WITH": _texts(lambda left, right: left.str.starts_with(right)),
    "ENDS WITH": _texts(lambda left, right: left.str.ends_with(right)),
    "LIKE": _texts(_like),
}
"""Pentaho's functions. LIKE knows % and ?, and reads the rest as a regular expression, as Pentaho does."""
