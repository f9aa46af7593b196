"""A run as it goes on, in Redis: any instance shows it, any instance may cancel it."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from ktr_app.cache import PREFIX, Cache

LIFE_SECONDS = 24 * 3_600
CANCEL_SECONDS = 3_600


class LiveRuns:
    """Progress and previews, for a day."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def publish(self, execution_id: UUID, progress: dict[str, Any]) -> None:
        """Show the newest progress."""
        self._cache.set(_key(execution_id), json.dumps(progress), ex=LIFE_SECONDS)

    def read(self, execution_id: UUID) -> dict[str, Any]:
        """Return the newest progress; empty where none is kept."""
        found = self._cache.get(_key(execution_id))
        progress: dict[str, Any] = json.loads(found) if isinstance(found, str) else {}
        return progress

    def ask_cancel(self, execution_id: UUID) -> None:
        """Ask whoever runs it to stop."""
        self._cache.set(f"{_key(execution_id)}:cancel", "1", ex=CANCEL_SECONDS)

    def cancel_asked(self, execution_id: UUID) -> bool:
        """Return whether it should stop."""
        return bool(self._cache.exists(f"{_key(execution_id)}:cancel"))


def _key(execution_id: UUID) -> str:
    return f"{PREFIX}run:{execution_id}"
