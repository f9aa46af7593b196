"""Release: the slots and the traffic, in the order in which each may change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.app import App, AppSlot, AppSlotArgs, AppWorker, AppWorkerArgs, SlotVersion, upstream
from components.engine import Engine
from components.naming import Naming
from components.nginx import Nginx, inner_url
from components.settings import Colour, StackSettings
from components.traffic import Edge, Traffic, TrafficArgs


def edge_of(settings: StackSettings, engine: Engine) -> Edge:
    """The running edge of a stack."""
    return Edge(
        engine=engine,
        container=Naming(settings.stack).resource("nginx"),
        upstream=upstream(settings),
        domain=settings.edge.domain,
        inner_url=inner_url(settings.edge),
    )


@dataclass(frozen=True, kw_only=True)
class ReleaseArgs:
    """What the slots run, and what is in front of them."""

    settings: StackSettings
    edge: Edge
    app: App
    nginx: Nginx
    slots: Mapping[Colour, SlotVersion]


class Release(pulumi.ComponentResource):
    """First the slots that are to serve, then the traffic, then the worker, and the slot that traffic has left."""

    def __init__(self, name: str, args: ReleaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ktr:index:Release", name, None, opts)
        self._args = args
        self._routing = args.edge.routing() if args.edge.exists else None
        release = args.settings.release
        serving = [colour for colour in args.slots if release.serves(colour)]
        ready = [self._slot(colour, []) for colour in serving]
        traffic = TrafficArgs(
            release=release,
            edge=args.edge,
            versions=self.versions,
            needs=[args.nginx, *ready],
        )
        moved = Traffic("traffic", traffic, pulumi.ResourceOptions(parent=self))
        for colour in args.slots.keys() - serving:
            self._slot(colour, [moved])
        worker = AppWorkerArgs(app=args.app, colour=release.active, runs=args.slots[release.active], needs=[moved])
        AppWorker("app-worker", worker, pulumi.ResourceOptions(parent=self))
        self.register_outputs({})

    @property
    def versions(self) -> dict[str, str]:
        """Version by colour."""
        return {colour.value: slot.version for colour, slot in self._args.slots.items()}

    def _slot(self, colour: Colour, needs: Sequence[pulumi.Resource]) -> AppSlot:
        args = AppSlotArgs(
            app=self._args.app,
            runs=self._args.slots[colour],
            edge=self._args.edge,
            routing=self._routing,
            needs=needs,
        )
        return AppSlot(f"app-{colour}", colour, args, pulumi.ResourceOptions(parent=self))
