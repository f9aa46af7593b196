"""Measuring the edge: what clients get, from what nginx tells of each request."""

import pulumi

from components.monitoring.exporter import Exporter
from components.monitoring.own import own_exporter
from components.monitoring.parts import Parts
from components.nginx import METRICS_SOCKET
from components.workload import Mount

SOCKET_DIR = "/var/tmp"  # noqa: S108 (a directory of the container)
"""An empty volume takes over the mode of the directory that it covers in the image: this one anybody may write to."""


def edge_exporter(parts: Parts, metrics_volume: pulumi.Input[str]) -> None:
    """Listens at a socket in the volume that it shares with nginx."""
    args = own_exporter(
        parts,
        "edge",
        environment={"EDGE_LOG_SOCKET": f"{SOCKET_DIR}/{METRICS_SOCKET}"},
        networks=[parts.monitoring],
        mounts=[Mount(volume=metrics_volume, path=SOCKET_DIR)],
    )
    Exporter("edge-exporter", args, parts.child)
