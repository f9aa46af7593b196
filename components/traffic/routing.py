"""Routing: which slot serves which share of the clients, as the edge reads it from files at each request.

Clients fall into BUCKETS equal buckets by their affinity cookie. The edge looks for one file per request,
`<STATE>/current/green/<bucket>`: where it exists green serves, otherwise blue. `current` is a symbolic link to a
directory that is never changed, only replaced, so that a whole routing comes into force with one rename.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from components.nginx import BUCKETS
from components.settings import Colour
from components.traffic.errors import TrafficError

CURRENT = "current"
LIVE = "live-"
"""Prefix of the file that names the live slot."""
LEFT = "left-"
"""Prefix of the files that say since when a slot has had no traffic."""


@dataclass(frozen=True, kw_only=True)
class Routing:
    """Shares of both slots."""

    live: Colour
    """The slot that answers in place of one that fails."""
    green: int
    """Percent of the clients that green serves; blue serves the others."""
    left: Mapping[Colour, int] = field(default_factory=dict, compare=False)
    """Since when (seconds since 1970) a slot has had no traffic."""

    @classmethod
    def of(cls, live: Colour, shares: Mapping[Colour, int]) -> Self:
        """The routing with these percentages."""
        return cls(live=live, green=shares.get(Colour.GREEN, 0))

    def share(self, colour: Colour) -> int:
        """Percent of the clients that a slot serves."""
        return self.green if colour is Colour.GREEN else BUCKETS - self.green

    @property
    def shares(self) -> dict[Colour, int]:
        """Percent by colour."""
        return {colour: self.share(colour) for colour in Colour}

    def __str__(self) -> str:
        return ", ".join(f"{colour} {self.share(colour)} %" for colour in Colour)

    def left_after(self, former: "Routing | None", now: int) -> Self:
        """The same, with the times at which slots lost their traffic, `now` for those that had some."""
        left = {
            colour: former.left.get(colour, now) if former and not former.share(colour) else now
            for colour in Colour
            if not self.share(colour)
        }
        return replace(self, left=left)

    @property
    def files(self) -> dict[str, str]:
        """Content by path, below the directory of this routing."""
        left = {f"{LEFT}{colour}": str(seconds) for colour, seconds in self.left.items()}
        return {f"{LIVE}{self.live}": "", **left, **{f"green/{bucket}": "" for bucket in range(self.green)}}

    @classmethod
    def from_files(cls, files: Mapping[str, str]) -> Self:
        """The routing that these files make; the inverse of `files`.

        Raises:
            TrafficError: they are not what `files` makes.
        """
        live = [colour for colour in Colour if f"{LIVE}{colour}" in files]
        green = sum(path.startswith("green/") for path in files)
        left = {colour: int(files[f"{LEFT}{colour}"] or 0) for colour in Colour if f"{LEFT}{colour}" in files}
        if len(live) != 1:
            raise TrafficError(f"the edge's routing files name {len(live)} live slots: {', '.join(sorted(files))}")
        return cls(live=live[0], green=green, left=left)
