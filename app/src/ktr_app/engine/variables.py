"""`${NAME}` and `%%NAME%%` in a step's settings."""

from __future__ import annotations

import re
from collections.abc import Mapping

_REFERENCE = re.compile(r"\$\{([^{}]+)\}|%%([^%\s]+)%%")


class Variables:
    """The names a run knows; an unknown one stays as it is written, as in Pentaho."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def substitute(self, text: str) -> str:
        """Replace each known reference once; values are not expanded again."""
        return _REFERENCE.sub(lambda m: self._values.get(m.group(1) or m.group(2), m.group(0)), text)
