"""The Traffic component."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.settings import ReleaseSettings
from components.traffic.edge import Edge
from components.traffic.hooks import drain_absent, move_traffic
from components.traffic.records import TrafficRecord
from components.traffic.routing import Routing
from components.traffic.switch import Say, Switch


@dataclass(frozen=True, kw_only=True)
class TrafficArgs:
    """What is to serve, and how to get there."""

    release: ReleaseSettings
    edge: Edge
    versions: Mapping[str, str]
    """What the slots run, by colour."""
    needs: Sequence[pulumi.Resource]
    """The edge, and the slots that are to serve."""


class Traffic(TrafficRecord, module="index", name="Traffic"):
    """The share of the clients that each slot serves. Slots that lose theirs change only after it."""

    def __init__(self, name: str, args: TrafficArgs, opts: pulumi.ResourceOptions) -> None:
        release = args.release
        wanted = Routing.of(release.active, release.shares)

        def switch(say: Say) -> Switch:
            return Switch(edge=args.edge, gate=release.gate, versions=args.versions, say=say)

        hook = move_traffic(switch, wanted)
        hooks = pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook])
        super().__init__(
            name,
            wanted,
            args.edge,
            pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(hooks=hooks, depends_on=list(args.needs))),
        )
        if not pulumi.runtime.is_dry_run():
            # Pulumi deletes when the program is over: until then, let connections of slots end that are to go.
            self.drained: pulumi.Output[bool] = self.id.apply(lambda _: drain_absent(args.edge, release))
