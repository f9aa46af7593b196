"""Images pulled from a registry."""

from collections.abc import Sequence

import pulumi
import pulumi_docker as docker

from components.images import ImageSource


def pulled_image(name: str, reference: str, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """The id of the image at `reference`. It stays when the stack goes: other stacks may run it."""
    image = docker.RemoteImage(f"{name}-image", name=reference, keep_locally=True, opts=opts)
    return image.image_id


def pulled_images(
    source: ImageSource, keys: Sequence[str], opts: pulumi.ResourceOptions
) -> dict[str, pulumi.Output[str]]:
    """Image id by catalogue key."""
    return {key: pulled_image(key, source.reference(key), opts) for key in keys}
