"""Reading the small vocabulary of .ktr elements: texts, Y/N flags, whole numbers."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

LINE = "ktr-line"
"""Attribute in which the parser keeps an element's line."""


def text(element: Element, path: str, default: str = "") -> str:
    """Return the text at `path`, or `default` where the element is absent or empty."""
    found = element.find(path)
    if found is None or found.text is None or not found.text.strip():
        return default
    return found.text.strip()


def raw_text(element: Element, path: str, default: str = "") -> str:
    """Return the text at `path` with its spaces: separators may be a blank or a tab."""
    found = element.find(path)
    return found.text if found is not None and found.text is not None else default


def flag(element: Element, path: str, *, default: bool = False) -> bool:
    """Return whether the text at `path` is Y."""
    value = text(element, path)
    return value.upper() in {"Y", "YES", "TRUE"} if value else default


def integer(element: Element, path: str, default: int = 0) -> int:
    """Return the whole number at `path`; `default` where it is absent or no number."""
    value = text(element, path)
    try:
        return int(value)
    except ValueError:
        return default


def children(element: Element, path: str) -> Iterator[Element]:
    """Yield the elements at `path`, in the order of the file."""
    yield from element.findall(path)


def line_of(element: Element) -> int:
    """Return the line where the element starts, counted from 1; 0 where unknown."""
    return int(element.get(LINE, "0"))
