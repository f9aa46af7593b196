"""FileVolumes: configuration and secret files in volumes, delivered by a loader that is never started."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_docker as docker

from components.engine import FilesCheck
from components.naming import Purpose
from components.runtime import EngineRuntime
from components.workload import Mount

READABLE = "0444"
"""Who mounts the volume reads its files, whatever its uid: given an owner, the engine looks the image's user up on the
host and fails. On the host, the engine's own directory keeps others out."""

Files = Mapping[str, pulumi.Input[str]]
"""Content by file name."""


@dataclass(frozen=True, kw_only=True)
class FileVolumesArgs:
    """Which files to deliver: those of one volume together, by the volume's short name."""

    runtime: EngineRuntime
    secret: Mapping[str, Files]
    """Encrypted in the state, and hidden in diffs."""
    plain: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Shown in diffs, as inputs of the component."""
    check: FilesCheck | None = None
    """Who has to agree before the files are delivered."""


class FileVolumes(pulumi.ComponentResource):
    """Volumes with files for the containers that mount them and nobody else.

    One loader serves all volumes of a consumer, because every container costs each preview some 65 ms.
    """

    def __init__(self, name: str, args: FileVolumesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ktr:index:FileVolumes", name, {"files": args.plain}, opts)
        child = pulumi.ResourceOptions(parent=self)
        secret = {
            volume: {file: pulumi.Output.secret(content) for file, content in files.items()}
            for volume, files in args.secret.items()
        }
        volumes: dict[str, Files] = {**args.plain, **secret}
        self._names: dict[str, pulumi.Output[str]] = {
            volume: args.runtime.volume(f"{name}-{volume}", name, Purpose.FILES, child).name for volume in volumes
        }
        uploads = [
            docker.ContainerUploadArgs(file=f"/{volume}/{file}", content=content, permissions=READABLE)
            for volume, files in sorted(volumes.items())
            for file, content in sorted(files.items())
        ]
        mounts = [Mount(volume=volume_name, path=f"/{volume}") for volume, volume_name in sorted(self._names.items())]
        self.loader = args.runtime.loader(name, mounts, uploads, args.check, child)
        self.register_outputs({"volumes": self._names})

    def mount(self, volume: str, path: str) -> Mount:
        """The volume of that short name at `path`, read-only."""
        return Mount(volume=self._names[volume], path=path, read_only=True)
