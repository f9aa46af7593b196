"""The networks of a stack."""

from dataclasses import dataclass

import pulumi

from components.runtime import EngineRuntime
from components.workload import Attachment


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """Where to create the networks."""

    runtime: EngineRuntime
    monitored: bool
    """Whether there is a monitoring, which has two of its own."""


class Network(pulumi.ComponentResource):
    """`platform` joins the proxy and the application; `data` holds Postgres and Redis and has no way out.

    With a monitoring there are two more without a way out: `monitoring` holds Prometheus and the exporters, `engine`
    the proxy in front of the Docker engine and the one exporter that may ask it.
    """

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ktr:index:Network", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        naming = args.runtime.naming
        self.platform: pulumi.Output[str] = args.runtime.network(
            f"{name}-platform", naming.platform_network, internal=False, opts=child
        ).name
        self.data: pulumi.Output[str] = args.runtime.network(
            f"{name}-data", naming.data_network, internal=True, opts=child
        ).name
        self.monitoring: pulumi.Output[str] | None = None
        self.engine: pulumi.Output[str] | None = None
        if args.monitored:
            self.monitoring = args.runtime.network(
                f"{name}-monitoring", naming.monitoring_network, internal=True, opts=child
            ).name
            self.engine = args.runtime.network(f"{name}-engine", naming.engine_network, internal=True, opts=child).name
        self.register_outputs({"platform": self.platform, "data": self.data})

    def watching(self, alias: str) -> list[Attachment]:
        """How whatever watches the platform joins it: the network of the monitoring, then that of the application."""
        joined = [network for network in (self.monitoring, self.platform) if network is not None]
        return [Attachment(network=network, aliases=[alias]) for network in joined]
