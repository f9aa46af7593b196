"""A dashboard as a value: what it shows, apart from how Grafana writes it down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

COLUMNS = 24
"""Grafana's grid."""


class Unit(StrEnum):
    """What a figure counts, by Grafana's name."""

    NUMBER = "short"
    SHARE = "percentunit"
    SECONDS = "s"
    BYTES = "bytes"
    BYTES_PER_SECOND = "Bps"
    REQUESTS_PER_SECOND = "reqps"
    PER_SECOND = "ops"
    ROWS_PER_SECOND = "rowsps"
    STATE = "none"
    """A state or a name, which has no unit."""


class Source(StrEnum):
    """What answers a query, by Grafana's name of its kind."""

    METRICS = "prometheus"
    LOGS = "loki"

    @property
    def uid(self) -> str:
        """What dashboards name it by; it never changes."""
        return f"ktr-{self}"


class Kind(StrEnum):
    """How figures are shown, by the name of Grafana's panel."""

    GRAPH = "timeseries"
    NUMBER = "stat"
    TABLE = "table"
    STATES = "state-timeline"
    LINES = "logs"


class Colour(StrEnum):
    """Colours with a meaning, by Grafana's name."""

    GOOD = "green"
    WARNING = "orange"
    BAD = "red"
    BLUE = "blue"
    PLAIN = "text"


@dataclass(frozen=True)
class Levels:
    """From where on a figure is worth a look, and from where on it is bad. `bad` below `warning`: less is worse."""

    warning: float
    bad: float


@dataclass(frozen=True)
class Query:
    """An expression of PromQL, or of LogQL for logs, and what its series are called."""

    expression: str
    legend: str = ""
    """Grafana's template, such as `{{slot}}`; in a table, the head of the column."""
    unit: Unit | None = None
    """In a table, that of the column."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One picture that answers one question."""

    title: str
    description: str
    """What it means and what to do about it."""
    unit: Unit
    queries: tuple[Query, ...]
    kind: Kind = Kind.GRAPH
    source: Source = Source.METRICS
    width: int = 8
    """Columns of 24."""
    height: int = 7
    levels: Levels | None = None
    stacked: bool = False
    most: float | None = None
    """The end of the scale."""
    names: Mapping[int, tuple[str, Colour]] = field(default_factory=dict)
    """What a value is called, and in which colour."""
    shows_name: bool = False
    """Whether the name of a series is the figure: a colour, a version."""
    empty: str = ""
    """What stands there where it is no fault that there is nothing."""

    @property
    def falling(self) -> bool:
        """Whether less is worse."""
        return self.levels is not None and self.levels.bad < self.levels.warning


@dataclass(frozen=True)
class Section:
    """Panels below one heading."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, kw_only=True)
class Variable:
    """Something to choose above the panels; all of it at first."""

    name: str
    label: str
    metric: str
    """The metric whose label of that name says what there is."""


@dataclass(frozen=True, kw_only=True)
class Board:
    """A dashboard."""

    name: str
    """Its file's name and, after `ktr-`, its permanent id in URLs."""
    title: str
    description: str
    sections: tuple[Section, ...]
    variables: tuple[Variable, ...] = ()

    @property
    def uid(self) -> str:
        """What links name it by."""
        return f"ktr-{self.name}"
