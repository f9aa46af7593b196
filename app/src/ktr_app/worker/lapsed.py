"""Finds the runs of dead workers without asking any clock of another machine."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from ktr_app.schedules.claims import Lease

_Sight = tuple[int, int]


class Lapsed:
    """Remembers when each lease of another worker was last seen to change, on this process's steady clock.

    Args:
        seconds: a lease that has not changed for so long is of a dead worker.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: dict[UUID, tuple[_Sight, float]] = {}

    def among(self, leases: Sequence[Lease], moment: float) -> list[Lease]:
        """Return those whose worker is dead at `moment` of the steady clock; forget those that are gone."""
        before, self._seen = self._seen, {}
        for lease in leases:
            sight = (lease.attempt, lease.beats)
            known = before.get(lease.id)
            self._seen[lease.id] = known if known is not None and known[0] == sight else (sight, moment)
        return [lease for lease in leases if moment - self._seen[lease.id][1] >= self._seconds]

    def forget(self) -> None:
        """Begin anew: what was seen says nothing after a while without looking."""
        self._seen = {}
