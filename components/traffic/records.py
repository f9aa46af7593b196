"""Records: resources of our own in Pulumi's state, which give traffic and slots their diffs, refusals and refresh.

Their providers run in a process of their own and are named, not copied, in the state: they hold nothing. The work
itself is done by hooks in the program, which can say what they are doing (see `hooks`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi import Input, ResourceOptions
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)
from pulumi.runtime.rpc import UNKNOWN

from components.engine import Engine
from components.traffic.container import EdgeContainer
from components.traffic.routing import Routing

Props = dict[str, Any]
LOCK = "lock"
HOLD = "hold"
RUNS = "runs"


class TrafficProvider(ResourceProvider):
    """Remembers which shares were asked for; a refresh reads those in force."""

    def create(self, props: Props) -> CreateResult:
        """Called once the hook has moved the traffic."""
        return CreateResult("traffic", props)

    def diff(self, _id: str, olds: Props, news: Props) -> DiffResult:
        """Only what clients would notice is a change."""
        return DiffResult(changes=any(olds.get(key) != news.get(key) for key in ("live", "split")))

    def update(self, _id: str, _olds: Props, news: Props) -> UpdateResult:
        """Called once the hook has moved the traffic."""
        return UpdateResult(news)

    def read(self, id_: str, props: Props) -> ReadResult:
        """What the edge does now; gone when it has no routing."""
        edge = EdgeContainer(engine=Engine(props["engine"]), container=props["edge"])
        routing = edge.routing() if edge.exists else None
        if routing is None:
            return ReadResult("", {})
        split = {colour.value: share for colour, share in routing.shares.items()}
        return ReadResult(id_, {**props, "live": routing.live.value, "split": split})


class TrafficRecord(Resource):
    """The shares of both slots, as Pulumi's state knows them."""

    def __init__(self, name: str, routing: Routing, edge: EdgeContainer, opts: ResourceOptions) -> None:
        split = {colour.value: share for colour, share in routing.shares.items()}
        props = {"live": routing.live.value, "split": split, "engine": edge.engine.host, "edge": edge.container}
        super().__init__(TrafficProvider(), name, props, opts)


class SlotProvider(ResourceProvider):
    """Remembers what a slot runs; refuses a change that would replace containers which serve clients."""

    def check(self, olds: Props, news: Props) -> CheckResult:
        """Refuse, or in a release keep, what the lock forbids to change."""
        changes = changed(olds.get(RUNS), news[RUNS])
        lock = news.get(LOCK)
        if changes and news.get(HOLD):
            return CheckResult({**news, RUNS: olds[RUNS]}, [])
        if not changes or not lock:
            return CheckResult(news, [])
        message = refusal(news["colour"], changes, lock["reason"], lock["wayOut"])
        return CheckResult(news, [CheckFailure("colour", message)])

    def create(self, props: Props) -> CreateResult:
        """Nothing to do but to remember."""
        return CreateResult(props["colour"], props)

    def diff(self, _id: str, olds: Props, news: Props) -> DiffResult:
        """What runs is all that counts."""
        return DiffResult(changes=olds.get(RUNS) != news.get(RUNS))

    def update(self, _id: str, _olds: Props, news: Props) -> UpdateResult:
        """Called once the hook has seen the slot without traffic."""
        return UpdateResult(news)


class SlotRecord(Resource):
    """What a slot runs, as Pulumi's state knows it."""

    def __init__(  # noqa: PLR0913 (one for each property)
        self,
        name: str,
        *,
        colour: str,
        runs: Mapping[str, Input[Any]],
        lock: Mapping[str, str] | None,
        hold: bool,
        opts: ResourceOptions,
    ) -> None:
        super().__init__(SlotProvider(), name, {"colour": colour, RUNS: runs, LOCK: lock, HOLD: hold}, opts)


def changed(former: Mapping[str, Any] | None, wanted: Mapping[str, Any]) -> list[str]:
    """Each difference as `what: former → wanted`."""
    if former is None:
        return []
    names = sorted(former.keys() | wanted.keys())
    return [
        f"{name}: {_shown(former.get(name))} → {_shown(wanted.get(name))}"
        for name in names
        if former.get(name) != wanted.get(name)
    ]


def _shown(value: Any) -> str:
    if value is None:
        return "(none)"
    return "(known once it is built)" if value == UNKNOWN else str(value)


def refusal(colour: str, changes: Sequence[str], reason: str, way_out: str) -> str:
    """The message that stops a preview."""
    listed = "\n".join(f"  - {change}" for change in changes)
    return f"the {colour} slot {reason} and must not be replaced, but this would replace it:\n{listed}\n{way_out}"
