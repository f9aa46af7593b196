"""Short ways to say the usual panels."""

from components.monitoring.dashboards.board import Colour, Kind, Levels, Panel, Query, Source, Unit

UP = {1: ("up", Colour.GOOD), 0: ("down", Colour.BAD)}
YES = {1: ("yes", Colour.GOOD), 0: ("no", Colour.BAD)}
FEW = Levels(1, 5)
"""For what is best at none."""


def graph(  # noqa: PLR0913 (all but what every panel has by name)
    title: str,
    description: str,
    unit: Unit,
    *queries: Query,
    width: int = 8,
    levels: Levels | None = None,
    stacked: bool = False,
    most: float | None = None,
    empty: str = "",
    source: Source = Source.METRICS,
) -> Panel:
    """Lines over time."""
    return Panel(
        title=title,
        description=description,
        unit=unit,
        queries=queries,
        width=width,
        levels=levels,
        stacked=stacked,
        most=most,
        empty=empty,
        source=source,
    )


def number(  # noqa: PLR0913 (all but what every panel has by name)
    title: str,
    description: str,
    unit: Unit,
    *queries: Query,
    width: int = 4,
    levels: Levels | None = None,
    names: dict[int, tuple[str, Colour]] | None = None,
    shows_name: bool = False,
    empty: str = "",
) -> Panel:
    """What is now, in large."""
    return Panel(
        kind=Kind.NUMBER,
        title=title,
        description=description,
        unit=unit,
        queries=queries,
        width=width,
        height=4,
        levels=levels,
        names=names or {},
        shows_name=shows_name,
        empty=empty,
    )


def states(title: str, description: str, *queries: Query, names: dict[int, tuple[str, Colour]], width: int) -> Panel:
    """Bars over time, coloured by state."""
    return Panel(
        kind=Kind.STATES,
        title=title,
        description=description,
        unit=Unit.STATE,
        queries=queries,
        width=width,
        names=names,
    )


def table(title: str, description: str, *queries: Query, width: int = 12) -> Panel:
    """Figures side by side, a column for each query."""
    return Panel(
        kind=Kind.TABLE, title=title, description=description, unit=Unit.STATE, queries=queries, width=width, height=8
    )


def lines(title: str, description: str, query: str, width: int = 12) -> Panel:
    """What was written, line by line, the newest first."""
    return Panel(
        kind=Kind.LINES,
        source=Source.LOGS,
        title=title,
        description=description,
        unit=Unit.STATE,
        queries=(Query(query),),
        width=width,
        height=12,
    )
