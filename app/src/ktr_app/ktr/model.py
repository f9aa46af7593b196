"""A transformation as it stands in the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.etree.ElementTree import Element


@dataclass(frozen=True, kw_only=True)
class StepSpec:
    """One `<step>`: its settings stay XML, each step type reads its own."""

    name: str
    type: str
    element: Element = field(repr=False, compare=False)
    distribute: bool = True
    """True: several default hops share the rows in turn. False: each gets a copy."""
    line: int = 0


@dataclass(frozen=True, kw_only=True)
class Hop:
    """An arrow between two steps; a disabled one carries nothing."""

    source: str
    target: str
    enabled: bool = True


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A named value that a run may change, used as `${name}`."""

    name: str
    default: str = ""
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class ErrorHop:
    """Where rows go that a step refuses, and the fields that say why."""

    source: str
    target: str
    count_field: str = ""
    description_field: str = ""
    fields_field: str = ""
    codes_field: str = ""


@dataclass(frozen=True, kw_only=True)
class Transformation:
    """A whole .ktr file: valid names, hops between steps that exist, no cycle."""

    name: str
    description: str = ""
    steps: tuple[StepSpec, ...] = ()
    hops: tuple[Hop, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    error_hops: tuple[ErrorHop, ...] = ()

    def step(self, name: str) -> StepSpec:
        """Return the step called `name`; KeyError where there is none."""
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)
