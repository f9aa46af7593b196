"""The application's image beside what a single-stage build of the same sources makes."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from docker.errors import BuildError

from components.app_image import CONTEXT, extra_certificates
from components.settings import BuildSettings
from tests.bench.platform import Platform
from tests.bench.results import Comparison
from tests.integration.harness.engine_view import EngineView
from tests.integration.harness.removal import remove_images

GOAL = 0.6
NAIVE = "Dockerfile.naive"
MEGABYTE = 1e6
BUILD_TIMEOUT = 1800
"""Seconds without a word from the engine."""


def image_size(view: EngineView, platform: Platform, container: str) -> Comparison:
    """Compare the image that `container` of the running stack uses with a naive build, which is removed afterwards."""
    production = view.service(platform.name, container).image
    if production is None:
        raise RuntimeError(f"the engine does not say which image {container} runs")
    with _naive_image(view, platform) as naive:
        return Comparison(
            name="image size",
            value=production.attrs["Size"] / MEGABYTE,
            baseline=view.client.images.get(naive).attrs["Size"] / MEGABYTE,
            baseline_name="single-stage build",
            unit="MB",
            goal=GOAL,
        )


@contextmanager
def _naive_image(view: EngineView, platform: Platform) -> Iterator[str]:
    tag = f"ktr-bench-naive:{secrets.token_hex(6)}"
    try:
        view.client.images.build(
            path=str(platform.program / CONTEXT),
            dockerfile=NAIVE,
            tag=tag,
            rm=True,
            forcerm=True,
            timeout=BUILD_TIMEOUT,
            buildargs={
                "PYTHON_IMAGE": platform.outputs["versions"]["python"],
                "EXTRA_CA_CERTIFICATES": extra_certificates(BuildSettings()),
            },
        )
        yield tag
    except BuildError as error:
        output = "".join(str(entry.get("stream", "")) for entry in error.build_log)
        raise RuntimeError(f"building {NAIVE} failed: {error}\n{output[-2000:]}") from error
    finally:
        remove_images(view, {tag})
