"""What all parts of the monitoring share."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.files import FileVolumes
from components.runtime import EngineRuntime

ENGINE_PROXY = "engine-proxy"
"""Name of the proxy in front of the engine."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Where exporters run, and what they read."""

    runtime: EngineRuntime
    images: Mapping[str, pulumi.Input[str]]
    files: FileVolumes
    """The files of all exporters, a volume for each set of readers."""
    monitoring: pulumi.Input[str]
    """The network of Prometheus."""
    engine: pulumi.Input[str]
    platform: pulumi.Input[str]
    data: pulumi.Input[str]
    child: pulumi.ResourceOptions
