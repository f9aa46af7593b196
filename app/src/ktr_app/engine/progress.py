"""Rows counted while a run goes on, readable from another thread."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from threading import Lock
from typing import Any

import polars as pl

PREVIEW_ROWS = 100
PREVIEW_TEXT = 200
"""Longest text of a previewed value, in characters."""


@dataclass
class StepProgress:
    """One step's counters, in rows."""

    name: str
    type: str
    leaf: bool
    read: int = 0
    written: int = 0
    rejected: int = 0
    done: bool = False


class Progress:
    """Counters of all steps, and the first rows that leave the last ones."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._steps: dict[str, StepProgress] = {}
        self._previews: dict[str, pl.DataFrame] = {}

    def add(self, name: str, kind: str, *, leaf: bool) -> None:
        """Announce a step."""
        with self._lock:
            self._steps[name] = StepProgress(name=name, type=kind, leaf=leaf)

    def read(self, name: str, rows: int) -> None:
        """Count rows that came in."""
        with self._lock:
            self._steps[name].read += rows

    def rejected(self, name: str, rows: int) -> None:
        """Count rows that the step refused."""
        with self._lock:
            self._steps[name].rejected += rows

    def written(self, name: str, frame: pl.DataFrame) -> None:
        """Count rows that went out, and keep the first of a last step."""
        with self._lock:
            step = self._steps[name]
            step.written += frame.height
            if step.leaf:
                kept = self._previews.get(name)
                wanted = PREVIEW_ROWS - (kept.height if kept is not None else 0)
                if wanted > 0:
                    head = frame.head(wanted)
                    self._previews[name] = head if kept is None else pl.concat([kept, head])

    def finish(self, name: str) -> None:
        """Mark a step as done."""
        with self._lock:
            self._steps[name].done = True

    def steps(self) -> list[dict[str, Any]]:
        """Return all counters."""
        with self._lock:
            return [asdict(step) for step in self._steps.values()]

    def rows(self) -> int:
        """Return how many rows left the last steps."""
        with self._lock:
            return sum(step.written for step in self._steps.values() if step.leaf)

    def previews(self) -> dict[str, dict[str, Any]]:
        """Return the first rows of each last step as columns and rows of text."""
        with self._lock:
            frames = dict(self._previews)
        return {name: _preview(frame) for name, frame in frames.items()}


def _preview(frame: pl.DataFrame) -> dict[str, Any]:
    rows = [[None if v is None else _short(v) for v in row] for row in frame.iter_rows()]
    return {"columns": frame.columns, "rows": rows}


def _short(value: object) -> str | int | float | bool:
    return value if isinstance(value, int | float | bool) else str(value)[:PREVIEW_TEXT]
