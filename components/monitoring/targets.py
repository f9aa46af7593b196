"""What tells its measurements itself: one target for each container that does."""

from components.monitoring.logs.alloy import COMPONENT as ALLOY
from components.monitoring.logs.alloy import PORT as ALLOY_PORT
from components.monitoring.logs.loki import COMPONENT as LOKI
from components.monitoring.logs.loki import PORT as LOKI_PORT
from components.monitoring.own import OWN_PORTS
from components.monitoring.scraping import Target
from components.nginx import Upstream
from components.settings import StackSettings


def targets(settings: StackSettings, upstream: Upstream, *, logs: bool) -> list[Target]:
    """Every target of a stack, those of its logs among them where they are kept."""
    replicas = [
        Target(job="app", component=host, port=upstream.ready_port, labels={"colour": colour.value})
        for colour in settings.release.slots
        for host in upstream.hosts(colour)
    ]
    kept = [
        Target(job="alloy", component=ALLOY, port=ALLOY_PORT),
        Target(job="loki", component=LOKI, port=LOKI_PORT),
    ]
    return [
        *replicas,
        *(kept if logs else []),
        Target(job="app", component=f"{upstream.host_prefix}-worker", port=upstream.ready_port),
        Target(job="alertmanager", component="alertmanager", port=9093),
        Target(job="blackbox", component="blackbox-exporter", port=9115),
        Target(job="containers", component="engine-exporter", port=OWN_PORTS["engine"]),
        Target(job="edge", component="edge-exporter", port=OWN_PORTS["edge"]),
        Target(job="host", component="node-exporter", port=9100),
        Target(job="postgres", component="postgres-exporter", port=9187),
        Target(job="prometheus", component="prometheus", port=9090),
        Target(job="redis", component="redis-exporter", port=9121),
    ]
