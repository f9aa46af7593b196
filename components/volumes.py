"""Volumes that hold data: protected, and kept when the stack is destroyed, as the settings say."""

import pulumi
import pulumi_docker as docker

from components.naming import Purpose
from components.runtime import EngineRuntime
from components.settings import DataSettings


def data_volume(
    runtime: EngineRuntime, name: str, component: str, settings: DataSettings, opts: pulumi.ResourceOptions
) -> docker.Volume:
    """A volume whose content must outlive mistakes."""
    guard = pulumi.ResourceOptions(protect=settings.protect, retain_on_delete=settings.keep_on_destroy)
    return runtime.volume(name, component, Purpose.DATA, pulumi.ResourceOptions.merge(opts, guard))
