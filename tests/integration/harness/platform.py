"""dev, staging and prod side by side on one engine: made once, shared by all tests that only look."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from tests.integration.harness.deployment import Deployment, deployment
from tests.integration.harness.engine_view import EngineView
from tests.integration.harness.removal import image_tags, remove_images

ENVIRONMENTS = ("dev", "staging", "prod")
APP_REPOSITORY = "ktr-platform/app"

Stacks = dict[str, Deployment]


@contextmanager
def built_images_removed(view: EngineView) -> Iterator[None]:
    """Remove, at the end, the images of the application that were not there before."""
    before = image_tags(view, APP_REPOSITORY)
    try:
        yield
    finally:
        remove_images(view, image_tags(view, APP_REPOSITORY) - before)


@contextmanager
def side_by_side(view: EngineView) -> Iterator[Stacks]:
    """All three stacks up at once. The first builds the application's image; the others share it."""
    with ThreadPoolExecutor() as pool, ExitStack() as cleanup:
        cleanup.enter_context(built_images_removed(view))
        stacks = {name: Deployment(name, view) for name in ENVIRONMENTS}
        cleanup.callback(lambda: list(pool.map(_remove, stacks.values())))
        first, *others = stacks.values()
        first.up()
        list(pool.map(Deployment.up, others))
        yield stacks


def _remove(made: Deployment) -> None:
    made.remove()


__all__ = ["ENVIRONMENTS", "Stacks", "built_images_removed", "deployment", "side_by_side"]
