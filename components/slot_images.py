"""Which image each application slot runs: built from source now or earlier, or one that CI pushed."""

import pulumi

from components.app import SlotVersion
from components.app_image import REPOSITORY, AppImage, AppImageArgs
from components.engine import Engine
from components.images import ImageSource
from components.pulled_image import pulled_image
from components.settings import SOURCE, Colour, StackSettings
from components.settings.types import is_content_tag, is_digest


def slot_images(
    settings: StackSettings, images: ImageSource, engine: Engine, opts: pulumi.ResourceOptions
) -> dict[Colour, SlotVersion]:
    """Image and version of every slot that exists; the source is built once, whoever runs it."""
    slots = settings.release.slots
    versions: dict[Colour, SlotVersion] = {}
    if SOURCE in slots.values():
        built = AppImage("app", AppImageArgs(base=images.reference("python"), build=settings.build), opts)
        source = SlotVersion(image=built.image_id, version=built.version)
        versions |= {colour: source for colour, version in slots.items() if version == SOURCE}
    for colour, version in slots.items():
        if is_content_tag(version):
            versions[colour] = SlotVersion(image=engine.image_id(f"{REPOSITORY}:{version}"), version=version)
        elif version != SOURCE:
            separator = "@" if is_digest(version) else ":"
            reference = f"{settings.app.repository}{separator}{version}"
            versions[colour] = SlotVersion(image=pulled_image(f"app-{colour}", reference, opts), version=version)
    return versions
