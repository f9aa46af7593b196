"""Both parts of keeping logs: who collects them, and who keeps them."""

from dataclasses import dataclass

import pulumi

from components.images import ImageSource
from components.monitoring.containers import ENGINE
from components.monitoring.grafana import shows_dashboards
from components.monitoring.logs.alloy import COMPONENT as ALLOY
from components.monitoring.logs.alloy import Alloy, AlloyArgs
from components.monitoring.logs.loki import COMPONENT as LOKI
from components.monitoring.logs.loki import Loki, LokiArgs
from components.monitoring.parts import Parts
from components.secrets import LOG_PSEUDONYM_KEY, Secrets
from components.settings import MonitoringSettings, StackSettings

IMAGES = (ALLOY, LOKI)


def keeps_logs(settings: MonitoringSettings, source: ImageSource) -> bool:
    """Whether logs are kept: the settings want it, and the registry has all that it takes, Grafana among it."""
    return settings.keeps_logs and shows_dashboards(settings, source) and all(source.has(key) for key in IMAGES)


@dataclass(frozen=True, kw_only=True)
class LogsArgs:
    """Whose logs are kept, and where."""

    parts: Parts
    settings: StackSettings
    secrets: Secrets
    proxy: pulumi.Resource
    """In front of the engine."""


class Logs(pulumi.ComponentResource):
    """Alloy and Loki."""

    def __init__(self, name: str, args: LogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ktr:index:Logs", name, None, opts)
        child, parts = pulumi.ResourceOptions(parent=self), args.parts
        kept = LokiArgs(
            runtime=parts.runtime, settings=args.settings, image=parts.images[LOKI], monitoring=parts.monitoring
        )
        Loki(LOKI, kept, child)
        collected = AlloyArgs(
            runtime=parts.runtime,
            image=parts.images[ALLOY],
            monitoring=parts.monitoring,
            engine_network=parts.engine,
            engine=ENGINE,
            proxy=args.proxy,
            pseudonym_key=args.secrets[LOG_PSEUDONYM_KEY],
        )
        Alloy(ALLOY, collected, child)
        self.register_outputs({})
