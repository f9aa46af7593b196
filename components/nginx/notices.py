"""The pages that the edge shows by itself."""

from dataclasses import dataclass
from pathlib import Path

from components.templates import render

HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What people read instead of the application."""

    title: str
    text: str
    refresh: int
    """Seconds until the page loads itself again."""


NOTICES = {
    "unavailable": Notice(title="The platform is starting", text="No part of the application answers yet.", refresh=5),
    "maintenance": Notice(
        title="We are working on the platform", text="Your flows and their results are safe.", refresh=30
    ),
}
"""By the name under which nginx.conf chooses one."""


def render_notices() -> dict[str, str]:
    """The pages by file name."""
    return {f"{name}.html": render(HERE / "notice.html.j2", notice=notice) for name, notice in NOTICES.items()}
