"""The `<field>` of many steps: a name, a type, a mask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

import polars as pl

from ktr_app.engine.step import Step
from ktr_app.engine.values import Format, convert, dtype_of
from ktr_app.ktr.xml import children, flag, raw_text, text

_TRIMS = {"left": "lstrip", "right": "rstrip", "both": "strip"}


@dataclass(frozen=True, kw_only=True)
class Field:
    """One declared field."""

    name: str
    dtype: Any
    format: Format
    trim: str = "none"
    constant: str | None = None
    """The value written in the file; None is null."""


def read_fields(step: Step, path: str = "fields/field", *, value: str = "") -> tuple[Field, ...]:
    """Return the fields declared at `path`.

    Args:
        step: whose settings to read.
        path: where its `<field>` elements are.
        value: the element that holds a constant, where there is one.

    Raises:
        StepError: a type or mask is unknown.
    """
    fields = []
    for element in children(step.spec.element, path):
        name = text(element, "name")
        if not name:
            continue
        try:
            dtype = dtype_of(text(element, "type", "String"))
        except ValueError as error:
            raise step.fail(f"Field {name!r}: {error}") from error
        fields.append(
            Field(
                name=name,
                dtype=dtype,
                format=format_of(element),
                trim=text(element, "trim_type", "none"),
                constant=_constant(step, element, value) if value else None,
            )
        )
    if not fields:
        raise step.fail(f"No field is declared; add at least one under <{path.split('/', maxsplit=1)[0]}>")
    return tuple(fields)


def format_of(element: Element, mask: str = "format") -> Format:
    """Return the mask and symbols of a `<field>`."""
    return Format(
        mask=text(element, mask),
        decimal=text(element, "decimal", "."),
        group=text(element, "group"),
        currency=text(element, "currency"),
    )


def _constant(step: Step, element: Element, tag: str) -> str | None:
    if flag(element, "set_empty_string"):
        return ""
    return step.run.variables.substitute(raw_text(element, tag)) or None


def typed(step: Step, field: Field, values: Iterable[str | None]) -> pl.Series:
    """Return constants of the file as a column.

    Raises:
        StepError: a value has not the declared type.
    """
    raw = pl.Series(field.name, list(values), dtype=pl.String)
    done = convert(raw, field.dtype, field.format)
    if done.bad.any():
        worst = raw.filter(done.bad)[0]
        raise step.fail(f"Field {field.name!r}: {worst!r} is not a {field.dtype} {_hint(field)}".strip())
    return done.values


def typed_frame(raw: pl.DataFrame, fields: Sequence[Field]) -> tuple[pl.DataFrame, pl.Series, str]:
    """Convert a batch of texts.

    Returns:
        The typed batch, which of its rows hold a value without meaning, and the first such fault.
    """
    bad = pl.repeat(value=False, n=raw.height, dtype=pl.Boolean, eager=True)
    fault = ""
    columns = []
    for field in fields:
        column = raw[field.name]
        if field.trim in _TRIMS:
            column = getattr(column.str, f"{_TRIMS[field.trim]}_chars")()
        column = column.set(column == "", None)
        done = convert(column, field.dtype, field.format)
        if not fault and done.bad.any():
            worst = raw[field.name].filter(done.bad)[0]
            fault = f"Field {field.name!r}: {worst!r} is not a {field.dtype} {_hint(field)}".strip()
        bad = bad | done.bad
        columns.append(done.values.alias(field.name))
    return pl.DataFrame(columns), bad, fault


def _hint(field: Field) -> str:
    return f"of the form {field.format.mask}" if field.format.mask else ""
