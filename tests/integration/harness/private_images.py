"""Gives a private engine the images that the shared one has: it reaches no registry."""

import os
from collections.abc import Sequence

from components.app_image import REPOSITORY
from components.images import CATALOGUE, ImageSource
from tests.integration.harness.engine_view import EngineView
from tests.integration.harness.private_engine import PrivateEngine
from tests.integration.harness.requirements import image_source


def load_images(engine: PrivateEngine, view: EngineView, versions: Sequence[str]) -> None:
    """Copy the images of the catalogue that the platform runs, and these versions of the application."""
    registry = os.environ["KTR_REGISTRY"]
    locked = image_source()
    for component in ("nginx", "postgres", "redis"):
        image = view.client.images.get(locked.reference(component))
        by_tag = ImageSource(registry=registry).reference(component)
        engine.load(view, image, by_tag.rpartition(":")[0], CATALOGUE[component].tag)
    for version in versions:
        engine.load(view, view.client.images.get(f"{REPOSITORY}:{version}"), REPOSITORY, version)
