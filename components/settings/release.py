"""The settings of a release: which slots exist, which one is live, and how traffic moves between them."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from components.settings.faults import Fault
from components.settings.section import Section
from components.settings.types import Version


class Colour(StrEnum):
    """An application slot."""

    BLUE = "blue"
    GREEN = "green"

    @property
    def other(self) -> "Colour":
        """The other slot."""
        return Colour.GREEN if self is Colour.BLUE else Colour.BLUE


SOURCE = "source"
ABSENT = "none"


class GateSettings(Section):
    """What a candidate has to show before it gets traffic."""

    passes: Annotated[
        int,
        Field(ge=1, le=100, description="checks passed in a row by every replica, 1 to 100", examples=["3"]),
    ] = 3
    interval_seconds: Annotated[
        float,
        Field(ge=0.1, le=60, description="seconds between two checks, 0.1 to 60", examples=["1"]),
    ] = 1.0
    time_limit_seconds: Annotated[
        int,
        Field(ge=5, le=3600, description="seconds after which the candidate is given up, 5 to 3600", examples=["120"]),
    ] = 120

    def faults(self, key: str) -> Iterator[Fault]:
        """The checks fit into the time."""
        needed = (self.passes - 1) * self.interval_seconds
        if needed >= self.time_limit_seconds:
            yield Fault(
                key=f"{key}.timeLimitSeconds",
                value=self.time_limit_seconds,
                rule=f"{self.passes} checks {self.interval_seconds:g} s apart take {needed:g} s: allow more",
                example=f"{key}.timeLimitSeconds: {int(needed) * 2 + 30}",
            )


class ReleaseSettings(Section):
    """Which version each application slot runs, which slot is live, and how traffic moves."""

    active: Annotated[Colour, Field(description="the live slot: blue or green", examples=["blue"])] = Colour.BLUE
    blue: Annotated[
        Version,
        Field(description="version of the blue slot: source, none, a tag or a digest", examples=["1.4.2"]),
    ] = SOURCE
    green: Annotated[
        Version,
        Field(description="version of the green slot: source, none, a tag or a digest", examples=["none"]),
    ] = ABSENT
    replicas: Annotated[int, Field(ge=1, le=16, description="containers of each slot, 1 to 16", examples=["2"])] = 1
    canary_percent: Annotated[
        int,
        Field(ge=0, le=100, description="percent of clients that the idle slot serves, 0 to 100", examples=["10"]),
    ] = 0
    keep_idle: Annotated[
        bool,
        Field(
            description="whether the idle slot keeps running, for a rollback within seconds: true or false",
            examples=["true"],
        ),
    ] = True
    drain_seconds: Annotated[
        int,
        Field(
            ge=0,
            le=86_400,
            description="seconds that open connections have before a slot that traffic has left may change, 0 to 86400",
            examples=["300"],
        ),
    ] = 300
    replace_live: Annotated[
        bool,
        Field(
            description="whether the live slot may be replaced in place, with downtime: true or false",
            examples=["false"],
        ),
    ] = False
    gate: Annotated[GateSettings, Field(description="a section", examples=["{passes: 3}"])] = GateSettings()

    @property
    def versions(self) -> Mapping[Colour, str]:
        """Version by colour, ABSENT ones too."""
        return {Colour.BLUE: self.blue, Colour.GREEN: self.green}

    @property
    def idle(self) -> Colour:
        """The slot that is not live."""
        return self.active.other

    @property
    def slots(self) -> dict[Colour, str]:
        """Version by colour, of the slots that are to run."""
        runs = {self.active: True, self.idle: self.keep_idle or self.canary_percent > 0}
        return {colour: version for colour, version in self.versions.items() if version != ABSENT and runs[colour]}

    @property
    def shares(self) -> dict[Colour, int]:
        """Percent of clients by colour."""
        return {self.active: 100 - self.canary_percent, self.idle: self.canary_percent}

    def serves(self, colour: Colour) -> bool:
        """Whether a slot is to have clients: then it is made ready before traffic moves, else changed afterwards."""
        return self.shares[colour] > 0

    def faults(self, key: str) -> Iterator[Fault]:
        """The live slot has a version, and so has the idle one when it is to serve clients."""
        yield from self.gate.faults(f"{key}.gate")
        if self.versions[self.active] == ABSENT:
            yield Fault(
                key=f"{key}.{self.active}",
                value=ABSENT,
                rule=f"the active slot is {self.active}: it needs a version",
                example=f"{key}.{self.active}: source",
            )
        if self.canary_percent and self.versions[self.idle] == ABSENT:
            yield Fault(
                key=f"{key}.canaryPercent",
                value=self.canary_percent,
                rule=f"the idle slot is to serve clients, but {key}.{self.idle} names no version",
                example=f"{key}.{self.idle}: 1.4.2",
            )
