"""What the test and the load process say to each other: one JSON object a line."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from tests.load.plan import Plan
from tests.load.report import Report


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @property
    def line(self) -> str:
        """As it is sent."""
        return self.model_dump_json() + "\n"


class Start(_Line):
    """Comes first."""

    kind: Literal["start"] = "start"
    plan: Plan


class Mark(_Line):
    """A window begins; without a name, it ends."""

    kind: Literal["mark"] = "mark"
    at: float
    """On the host's monotonic clock, so that the way here costs nothing."""
    name: str | None = None


class Stop(_Line):
    """The run ends."""

    kind: Literal["stop"] = "stop"


class Ready(_Line):
    """All sockets are open and the rate is reached."""

    kind: Literal["ready"] = "ready"


class Done(_Line):
    """Comes last, however the run ended."""

    kind: Literal["done"] = "done"
    report: Report


Order = TypeAdapter[Mark | Stop](Annotated[Mark | Stop, Field(discriminator="kind")])
"""What the load process is told."""
News = TypeAdapter[Ready | Done](Annotated[Ready | Done, Field(discriminator="kind")])
"""What it tells."""
