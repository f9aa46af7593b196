"""Merging sorted files chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

_RUN, _LAST = "ktr:run", "ktr:last"


class SpilledRun:
    """A sorted file, read from its start in chunks.

    Args:
        path: an Arrow IPC file with the rows and their sort keys.
    """

    def __init__(self, path: Path) -> None:
        self._rows = pl.scan_ipc(path)
        self._height = int(self._rows.select(pl.len()).collect().item())
        self._position = 0

    def chunk(self, rows: int) -> pl.DataFrame | None:
        """Return the next rows; None at the end."""
        if self._position >= self._height:
            return None
        found = self._rows.slice(self._position, rows).collect()
        self._position += found.height
        return found

    @property
    def done(self) -> bool:
        """Whether all rows were read."""
        return self._position >= self._height


def merge(
    runs: Sequence[SpilledRun], keys: Sequence[str], descending: Sequence[bool], *, chunk: int
) -> Iterator[pl.DataFrame]:
    """Yield all rows in order; of equal ones, those of an earlier run first.

    At most `chunk` rows of each run are in memory. Rows up to the first "last row read"
    of an unfinished run are final: whatever is still unread sorts after it.

    Args:
        runs: sorted by `keys`.
        keys: columns to sort by.
        descending: for each key whether the largest comes first; null is the smallest.
        chunk: rows to read of a run at a time.
    """
    pool: pl.DataFrame | None = None
    wanted = list(range(len(runs)))
    while True:
        fresh = [part for index in wanted if (part := _next(runs[index], index, chunk)) is not None]
        parts = fresh if pool is None else [pool, *fresh]
        if not parts:
            return
        pool = pl.concat(parts).sort(
            [*keys, _RUN],
            descending=[*descending, False],
            nulls_last=[*descending, False],
            maintain_order=True,
        )
        open_ends = pool[_LAST].arg_max() if pool[_LAST].any() else None
        if open_ends is None:
            yield pool.drop(_RUN, _LAST)
            return
        final = pool.head(open_ends + 1)
        wanted = [int(final[_RUN][-1])]
        pool = pool.slice(open_ends + 1)
        yield final.drop(_RUN, _LAST)


def _next(run: SpilledRun, index: int, rows: int) -> pl.DataFrame | None:
    part = run.chunk(rows)
    if part is None:
        return None
    last = pl.int_range(part.height, eager=True) == part.height - 1
    return part.with_columns(pl.lit(index, dtype=pl.Int32).alias(_RUN), (last & (not run.done)).alias(_LAST))
