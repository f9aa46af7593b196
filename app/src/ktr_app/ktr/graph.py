"""The order in which steps finish."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from graphlib import CycleError as GraphCycleError
from graphlib import TopologicalSorter


class CircleError(ValueError):
    """Rows would run in a circle through `names` (first and last are the same step)."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = list(names)
        super().__init__(" → ".join(self.names))


def order(nodes: Iterable[str], edges: Iterable[tuple[str, str]]) -> list[str]:
    """Return `nodes` so that each comes after everything that feeds it.

    Raises:
        CircleError: there is no such order.
    """
    sorter: TopologicalSorter[str] = TopologicalSorter({node: [] for node in nodes})
    for source, target in edges:
        sorter.add(target, source)
    try:
        return list(sorter.static_order())
    except GraphCycleError as error:
        raise CircleError(error.args[1]) from error
