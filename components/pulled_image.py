"""An image pulled from a registry."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

from components.images import ImageSource


@dataclass(frozen=True, kw_only=True)
class PulledImageArgs:
    """What to pull."""

    reference: str
    """Repository with a tag or a digest."""


class PulledImage(pulumi.ComponentResource):
    """An image of a registry. It stays on the engine when the stack goes: other stacks may run it."""

    def __init__(self, name: str, args: PulledImageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ktr:index:PulledImage", name, None, opts)
        image = docker.RemoteImage(
            f"{name}-image", name=args.reference, keep_locally=True, opts=pulumi.ResourceOptions(parent=self)
        )
        self.image_id: pulumi.Output[str] = image.image_id
        self.register_outputs({"imageId": self.image_id})


def pulled_images(
    source: ImageSource, keys: Sequence[str], opts: pulumi.ResourceOptions
) -> dict[str, pulumi.Output[str]]:
    """Image id by catalogue key."""
    return {key: PulledImage(key, PulledImageArgs(reference=source.reference(key)), opts).image_id for key in keys}
