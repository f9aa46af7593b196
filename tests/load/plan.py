"""What a run of the load generator shall do."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

HEALTH = "/_stcore/health"
STREAM = "/_stcore/stream"


class Plan(BaseModel):
    """Settings of one run; the same from the command line and from a test."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(pattern=r"^https?://[^/]+$")
    """Where the edge answers, without a path."""
    paths: tuple[str, ...] = Field(default=(HEALTH,), min_length=1)
    """What is asked for, in turn."""
    rate: float = Field(default=300, ge=0)
    """Requests per second that are sent however slow the answers are; 0: none."""
    new_clients: int = Field(default=25, ge=0)
    """Connections whose every request comes without cookies, as from a client never seen before."""
    sticky_clients: int = Field(default=25, ge=0)
    """Connections with a cookie jar each. Requests are split between the two kinds by their numbers."""
    most_clients: int = Field(default=500, ge=1)
    """When all connections wait for an answer, more are opened, as more people would come; never more than this."""
    request_timeout: float = Field(default=30, gt=0)
    """Seconds, from the moment a request was due, until it has failed. Patient, because machines may be busy."""
    sockets: int = Field(default=50, ge=0)
    """WebSockets that are open all the time."""
    beat: float = Field(default=1, gt=0)
    """Seconds between two messages of a socket."""
    answer_timeout: float = Field(default=30, gt=0)
    """Seconds in which a message of a socket must be answered."""
    reconnect: bool = False
    """Whether a socket that was closed is opened again."""
    verify: bool = True
    """Whether the edge's certificate is verified."""
    ca_file: str | None = None
    """PEM file with the authority of the edge's certificate; None: those that the system trusts."""
    ready_within: float = Field(default=60, gt=0)
    """Seconds in which all sockets must be open and the rate be reached."""
    max_seconds: float = Field(default=600, gt=0)
    """Seconds after which the run ends, whatever happens."""

    @property
    def clients(self) -> int:
        """Connections for requests."""
        return self.new_clients + self.sticky_clients

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if 0 < self.rate < 1:
            raise ValueError("rate is 0, or at least 1 request per second")
        if self.rate and not self.clients:
            raise ValueError("requests need clients: set new_clients or sticky_clients above 0, or rate to 0")
        return self
