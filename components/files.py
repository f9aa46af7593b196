"""FileVolume: configuration and secret files in a volume, delivered by a loader that is never started."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

from components.naming import Purpose
from components.runtime import EngineRuntime
from components.workload import Mount

READABLE = "0444"
"""Who mounts the volume reads its files, whatever its uid: given an owner, the engine looks the image's user up on the
host and fails. On the host, the engine's own directory keeps others out."""


@dataclass(frozen=True, kw_only=True)
class FileVolumeArgs:
    """Which files to deliver."""

    runtime: EngineRuntime
    image: pulumi.Input[str]
    """An image that is present anyway: the loader is made of it, but nothing in it runs."""
    files: Mapping[str, pulumi.Input[str]]
    """Content by file name. Mark secrets as such: they stay encrypted in the state."""


class FileVolume(pulumi.ComponentResource):
    """A volume with files, for the containers that mount it and nobody else."""

    def __init__(self, name: str, args: FileVolumeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ktr:index:FileVolume", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        volume = args.runtime.volume(name, name, Purpose.FILES, child)
        uploads = [
            docker.ContainerUploadArgs(
                file=f"/files/{file}",
                content=content,
                permissions=READABLE,
            )
            for file, content in sorted(args.files.items())
        ]
        self.loader = args.runtime.loader(f"{name}-loader", args.image, volume.name, uploads, child)
        self.volume_name: pulumi.Output[str] = volume.name
        self.register_outputs({"volumeName": self.volume_name})

    def mount(self, path: str) -> Mount:
        """The volume at `path`, read-only."""
        return Mount(volume=self.volume_name, path=path, read_only=True)
