"""Java's date and number masks, as far as Pentaho's files use them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache

DEFAULT_DATE = "yyyy/MM/dd HH:mm:ss.SSS"
DEFAULT_NUMBER = "####0.0#########"
DEFAULT_INTEGER = "####0"

_DATE_TOKENS = {
    "yyyy": "%Y", "yyy": "%Y", "yy": "%y", "y": "%Y",
    "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%-m",
    "dd": "%d", "d": "%-d", "DDD": "%j",
    "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I",
    "mm": "%M", "m": "%-M", "ss": "%S", "s": "%-S",
    "SSSSSS": "%6f", "SSS": "%3f",
    "a": "%p", "EEEE": "%A", "EEE": "%a", "E": "%a",
    "Z": "%z", "XXX": "%:z", "X": "%z",
}  # fmt: skip
_DATE_PART = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|([^A-Za-z']+)")


@cache
def date_format(mask: str) -> str:
    """Return the strftime format of a Java date mask (`yyyy/MM/dd` → `%Y/%m/%d`).

    Raises:
        ValueError: the mask uses a letter that KTR does not know.
    """
    parts = []
    for match in _DATE_PART.finditer(mask or DEFAULT_DATE):
        found = match.group(0)
        if match.group(1) is not None:
            parts.append(match.group(1).replace("''", "'") or "'")
        elif match.group(3) is not None:
            parts.append(found.replace("%", "%%"))
        elif found in _DATE_TOKENS:
            parts.append(_DATE_TOKENS[found])
        else:
            raise ValueError(f"The date mask {mask!r} uses {found!r}; known are {', '.join(_DATE_TOKENS)}")
    return "".join(parts).replace(".%3f", "%.3f").replace(".%6f", "%.6f")


def parse_format(mask: str) -> str:
    """Return the same for reading, where `%d` takes one digit or two."""
    return date_format(mask).replace("%-", "%")


@dataclass(frozen=True, kw_only=True)
class NumberMask:
    """A DecimalFormat pattern such as `#,##0.00 €`, with its symbols."""

    pattern: str = ""
    decimal: str = "."
    group: str = ","

    def format(self, value: float) -> str:
        """Write `value`, rounded half-even as Java does."""
        prefix, body, suffix = _split(self.pattern.split(";")[0] or DEFAULT_NUMBER)
        whole, _, fraction = body.partition(".")
        most, least = len(fraction), fraction.count("0")
        number = Decimal(str(value)) * (100 if "%" in suffix + prefix else 1)
        rounded = abs(number).quantize(Decimal(1).scaleb(-most), rounding=ROUND_HALF_EVEN)
        digits, _, decimals = f"{rounded:f}".partition(".")
        while len(decimals) > least and decimals.endswith("0"):
            decimals = decimals[:-1]
        digits = digits.lstrip("0").rjust(whole.count("0"), "0")
        if "," in whole:
            size = len(whole) - whole.rindex(",") - 1
            digits = _grouped(digits, size, self.group)
        sign = "-" if number < 0 and rounded else ""
        return f"{sign}{prefix}{digits}{self.decimal if decimals else ''}{decimals}{suffix}"

    def strip(self) -> str:
        """Return a regular expression of all that is not part of the number."""
        prefix, _, suffix = _split(self.pattern.split(";")[0])
        literal = "".join({*prefix, *suffix} - set("-+0123456789.eE"))
        return f"[{re.escape(self.group + literal)}\\s]" if self.group + literal else r"\s"


def _split(pattern: str) -> tuple[str, str, str]:
    match = re.match(r"^([^#0.,]*)([#0.,]*)(.*)$", pattern, re.DOTALL)
    if match is None:
        return "", pattern, ""
    prefix, body, suffix = match.groups()
    return prefix.replace("'", ""), body or DEFAULT_NUMBER, suffix.replace("'", "")


def _grouped(digits: str, size: int, mark: str) -> str:
    head = len(digits) % size or size
    return mark.join([digits[:head], *(digits[i : i + size] for i in range(head, len(digits), size))])
