"""Gives a private engine the images that the shared one has: it reaches no registry."""

import os
from collections.abc import Sequence
from pathlib import Path

from components.app_image import REPOSITORY
from components.images import CATALOGUE, ImageSource
from components.settings.loading import LOCK_FILE
from tests.integration.harness.engine_view import EngineView
from tests.integration.harness.private_engine import PrivateEngine


def load_images(engine: PrivateEngine, view: EngineView, versions: Sequence[str]) -> None:
    """Copy the images of the catalogue that the platform runs, and these versions of the application."""
    registry = os.environ["KTR_REGISTRY"]
    locked = ImageSource.locked(registry, Path(os.environ.get("KTR_IMAGES_LOCK") or LOCK_FILE))
    for component in ("nginx", "postgres", "redis"):
        image = view.client.images.get(locked.reference(component))
        by_tag = ImageSource(registry=registry).reference(component)
        engine.load(view, image, by_tag.rpartition(":")[0], CATALOGUE[component].tag)
    for version in versions:
        engine.load(view, view.client.images.get(f"{REPOSITORY}:{version}"), REPOSITORY, version)
