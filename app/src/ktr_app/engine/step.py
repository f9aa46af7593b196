"""The step: takes batches of rows, gives batches of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

import polars as pl

from ktr_app.engine.context import RunContext
from ktr_app.engine.errors import StepError
from ktr_app.ktr.model import StepSpec
from ktr_app.ktr.xml import flag, integer, raw_text, text


class Rows(NamedTuple):
    """A batch on its way out of a step."""

    frame: pl.DataFrame
    target: str | None = None
    """The step it must go to; None: along the default hops."""
    fault: str | None = None
    """Why the step refuses these rows; None: it does not."""


class Step:
    """A step that passes every row on; the others override what they do.

    A source overrides `produce`, a row-wise step `process`, one that needs all rows
    first `finish`. All three are lazy: nothing is read before it is asked for.

    Args:
        spec: the step in the file.
        run: the run's surroundings.
    """

    reads_outside = False
    """True: rows come from outside the transformation (shown as input)."""

    def __init__(self, spec: StepSpec, run: RunContext) -> None:
        self.spec = spec
        self.run = run
        self.configure()

    def configure(self) -> None:
        """Read the settings; StepError names what is wrong with them."""

    def produce(self) -> Iterator[Rows]:
        """Yield the rows that the step makes by itself."""
        return iter(())

    def process(self, frame: pl.DataFrame) -> Iterator[Rows]:
        """Yield what becomes of one batch."""
        yield Rows(frame)

    def finish(self) -> Iterator[Rows]:
        """Yield the rest once all batches have come."""
        return iter(())

    def close(self, *, failed: bool) -> None:
        """Release files and connections; called exactly once, also after a failure."""

    def fail(self, message: str) -> StepError:
        """Return the error to raise."""
        return StepError(self.spec.name, message)

    def text(self, path: str, default: str = "") -> str:
        """Return a setting with its variables replaced."""
        return self.run.variables.substitute(text(self.spec.element, path, default)).strip()

    def raw(self, path: str, default: str = "") -> str:
        """Return a setting with variables replaced and spaces kept."""
        return self.run.variables.substitute(raw_text(self.spec.element, path, default))

    def flag(self, path: str, *, default: bool = False) -> bool:
        """Return a Y/N setting."""
        return flag(self.spec.element, path, default=default)

    def integer(self, path: str, default: int = 0) -> int:
        """Return a whole number; it may be given by a variable."""
        value = self.text(path)
        if not value:
            return default
        try:
            return int(value)
        except ValueError:
            raise self.fail(f"<{path}> is {value!r}; a whole number is needed") from None

    def limit(self, path: str) -> int:
        """Return a row limit where 0 and -1 mean none."""
        found = integer(self.spec.element, path) if self.text(path) == "" else self.integer(path)
        return max(found, 0)

    def need(self, frame: pl.DataFrame, name: str) -> str:
        """Return `name`, a field that must be in the rows."""
        if name not in frame.columns:
            known = ", ".join(frame.columns) or "none"
            raise self.fail(f"The field {name!r} is not in the rows; there are: {known}")
        return name


StepType = TypeVar("StepType", bound=type[Step])

REGISTRY: dict[str, type[Step]] = {}
"""Step types that can be run, by Pentaho's name of the type."""


def register(*types: str) -> Callable[[StepType], StepType]:
    """Make a class the one that runs the named step types."""

    def add(cls: StepType) -> StepType:
        REGISTRY.update(dict.fromkeys(types, cls))
        return cls

    return add
