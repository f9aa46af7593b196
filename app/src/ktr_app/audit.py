"""The audit trail."""

from __future__ import annotations

from sqlalchemy import Engine
from sqlalchemy.orm import Session as Database

from ktr_app.models import AuditEntry


class Audit:
    """Writes who did what; the actor comes as a pseudonym."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, actor: str, action: str, subject: str = "") -> None:
        """Add one entry."""
        with Database(self._engine) as database, database.begin():
            database.add(AuditEntry(actor=actor, action=action, subject=subject))
