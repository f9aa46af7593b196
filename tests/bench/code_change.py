"""How long a changed line of the application takes to be running and healthy."""

import secrets

from components.app_image import CONTEXT
from tests.bench.platform import UP, Platform
from tests.bench.results import Share
from tests.bench.timeline import recorded
from tests.integration.harness.engine_view import EngineView, wait_until

SOURCE = CONTEXT / "src" / "ktr_app" / "__init__.py"
HEALTHY_WITHIN = 60


def change_line(platform: Platform) -> None:
    """Change the application in the deployment's own copy of it."""
    source = platform.program / SOURCE
    source.write_text(f"{source.read_text(encoding='utf-8')}# {secrets.token_hex(8)}\n", encoding="utf-8")


def until_healthy(view: EngineView, platform: Platform, colour: str) -> list[Share]:
    """Bring the changed application up and wait for it."""
    component = f"app-{colour}-1"
    before = view.service(platform.name, component).id
    with recorded(platform.directory) as (timeline, arguments):
        platform.run(*UP, *arguments)
        container = view.service(platform.name, component).id or ""
        wait_until(lambda: view.health(container) == "healthy", HEALTHY_WITHIN, f"{component} is healthy")
    if container == before:
        raise RuntimeError(f"a changed {SOURCE} left {component} as it was")
    steps = {
        "build": timeline.seconds_of("app-build"),
        "migrate": timeline.seconds_of(f"app-{colour}-migrate"),
        "stop and start": timeline.seconds_of(component),
    }
    rest = timeline.total - sum(steps.values())
    return [
        *(Share(name=name, seconds=seconds) for name, seconds in steps.items()),
        Share(name="the rest of the update", seconds=rest),
        Share(name="whole", seconds=timeline.total),
    ]
