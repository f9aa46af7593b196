"""Slot: what a colour runs, and the rule that it never changes while clients are routed to it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.settings import Colour, ReleaseSettings
from components.traffic.edge import Edge
from components.traffic.hooks import await_no_traffic
from components.traffic.records import SlotRecord
from components.traffic.routing import Routing


@dataclass(frozen=True, kw_only=True)
class SlotArgs:
    """What a slot is to run, and what tells whether it may change."""

    runs: Mapping[str, pulumi.Input[str]]
    """Whatever replaces its containers when it changes, in words for people."""
    edge: Edge
    release: ReleaseSettings
    routing: Routing | None
    """In force when the program started."""
    hold: bool
    """Leave a slot that is there as it is, whatever is wanted."""


class Slot(SlotRecord, module="index", name="Slot"):
    """What a colour runs. Its containers depend on it, so that nothing of them changes before it has."""

    def __init__(self, name: str, colour: Colour, args: SlotArgs, opts: pulumi.ResourceOptions) -> None:
        hook = await_no_traffic(args.edge, colour, args.release)
        hooks = pulumi.ResourceHookBinding(before_update=[hook])
        super().__init__(
            name,
            colour=colour.value,
            runs=args.runs,
            lock=lock(colour, args.release, args.routing),
            hold=args.hold,
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(hooks=hooks)),
        )


def lock(colour: Colour, release: ReleaseSettings, routing: Routing | None) -> dict[str, str] | None:
    """Why a slot may not change in this update, and what to do instead; None when it may."""
    share = routing.share(colour) if routing else 0
    if release.replace_live or not share or not release.serves(colour):
        return None
    if colour is release.active:
        way_out = (
            f"Release to the idle slot instead: `ktr release VERSION` (or `source`), or set ktr:release.{colour.other} "
            f"to a version and ktr:release.active to {colour.other}. "
            "Where downtime does not matter: ktr:release.replaceLive: true"
        )
        reason = f"is live ({share} % of the clients)"
    else:
        way_out = "Take its clients away first: ktr:release.canaryPercent: 0"
        reason = f"serves {share} % of the clients"
    return {"reason": reason, "wayOut": way_out}
