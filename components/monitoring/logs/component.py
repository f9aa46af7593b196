"""Both parts of keeping logs: who collects them, and who keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.images import ImageSource
from components.monitoring.logs.alloy import COMPONENT as ALLOY
from components.monitoring.logs.alloy import Alloy, AlloyArgs
from components.monitoring.logs.loki import COMPONENT as LOKI
from components.monitoring.logs.loki import Loki, LokiArgs
from components.runtime import EngineRuntime
from components.secrets import LOG_PSEUDONYM_KEY, Secrets
from components.settings import MonitoringSettings, StackSettings

IMAGES = (ALLOY, LOKI)
SEARCHED_IN = "grafana"
"""Without it nobody could read what is kept."""


def keeps_logs(settings: MonitoringSettings, source: ImageSource) -> bool:
    """Whether logs are kept: the settings want it, and the registry has all that it takes."""
    return settings.keeps_logs and all(source.has(key) for key in (*IMAGES, SEARCHED_IN))


@dataclass(frozen=True, kw_only=True)
class LogsArgs:
    """Whose logs are kept, and where."""

    runtime: EngineRuntime
    settings: StackSettings
    images: Mapping[str, pulumi.Input[str]]
    secrets: Secrets
    monitoring: pulumi.Input[str]
    """The network of Grafana and Prometheus."""
    engine_network: pulumi.Input[str]
    engine: str
    """Host and port of the proxy in front of the engine, on `engine_network`."""
    proxy: pulumi.Resource


class Logs(pulumi.ComponentResource):
    """Alloy and Loki."""

    def __init__(self, name: str, args: LogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ktr:index:Logs", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        kept = LokiArgs(
            runtime=args.runtime, settings=args.settings, image=args.images[LOKI], monitoring=args.monitoring
        )
        Loki(LOKI, kept, child)
        collected = AlloyArgs(
            runtime=args.runtime,
            image=args.images[ALLOY],
            monitoring=args.monitoring,
            engine_network=args.engine_network,
            engine=args.engine,
            proxy=args.proxy,
            pseudonym_key=args.secrets[LOG_PSEUDONYM_KEY],
        )
        Alloy(ALLOY, collected, child)
        self.register_outputs({})
