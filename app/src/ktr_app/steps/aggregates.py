"""Pentaho's aggregates, computed in parts that can be merged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

Expr = pl.Expr
Make = Callable[[Expr, str], Expr]
"""Makes an expression of a column and the aggregate's separator."""


@dataclass(frozen=True, kw_only=True)
class Aggregate:
    """One kind: `start` on rows, `merge` on parts, `finish` on the last part."""

    start: tuple[Make, ...]
    merge: tuple[Make, ...]
    finish: Callable[[list[Expr]], Expr] = lambda parts: parts[0]
    empty: int | None = None
    """The value for no row at all."""


def _sum(value: Expr, _: str) -> Expr:
    return value.sum()


def _count(value: Expr, _: str) -> Expr:
    return value.count().cast(pl.Int64)


def _join(value: Expr, separator: str) -> Expr:
    text = value.cast(pl.String).drop_nulls()
    return pl.when(text.len() > 0).then(text.str.join(separator))


def _same(make: Make) -> Aggregate:
    return Aggregate(start=(make,), merge=(make,))


AGGREGATES: dict[str, Aggregate] = {
    "SUM": Aggregate(
        start=(_sum, _count), merge=(_sum, _sum), finish=lambda parts: pl.when(parts[1] > 0).then(parts[0])
    ),
    "AVERAGE": Aggregate(
        start=(lambda value, _: value.cast(pl.Float64).sum(), _count),
        merge=(_sum, _sum),
        finish=lambda parts: pl.when(parts[1] > 0).then(parts[0] / parts[1]),
    ),
    "MIN": _same(lambda value, _: value.min()),
    "MAX": _same(lambda value, _: value.max()),
    "COUNT_ALL": Aggregate(start=(_count,), merge=(_sum,), empty=0),
    "COUNT_ANY": Aggregate(start=(lambda value, _: value.len().cast(pl.Int64),), merge=(_sum,), empty=0),
    "COUNT_DISTINCT": Aggregate(
        start=(lambda value, _: value.drop_nulls().unique().implode(),),
        merge=(lambda value, _: value.explode().drop_nulls().unique().implode(),),
        finish=lambda parts: parts[0].list.len().cast(pl.Int64),
        empty=0,
    ),
    "FIRST": _same(lambda value, _: value.drop_nulls().first()),
    "LAST": _same(lambda value, _: value.drop_nulls().last()),
    "FIRST_INCL_NULL": _same(lambda value, _: value.first()),
    "LAST_INCL_NULL": _same(lambda value, _: value.last()),
    "CONCAT_COMMA": _same(lambda value, _: _join(value, ", ")),
    "CONCAT_STRING": _same(_join),
}
"""By Pentaho's code. COUNT_ALL counts values that are not null, COUNT_ANY counts rows."""
