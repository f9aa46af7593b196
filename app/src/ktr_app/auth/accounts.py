"""Accounts: the bootstrap administrator, whose password is a file, and the users of the database."""

from __future__ import annotations

import hmac

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session as Database

from ktr_app.models import User
from ktr_app.secret_file import read_secret
from ktr_app.settings import Settings

_HASHER = PasswordHasher(time_cost=3, memory_cost=32 * 1_024, parallelism=1)
"""Argon2id with 32 MiB a check: within the container's memory even under a burst of attempts."""
_DECOY = "$argon2id$v=19$m=32768,t=3,p=1$nx/JeEDhIwxMoSpm9C8Erw$yuVxB1WrgDJQRP5xrEA05pTzEJ5yUx6dxCcdZZPuAbk"
"""Hash of a password nobody has: an unknown name costs the same time."""


class Accounts:
    """Checks names and passwords."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings

    def authenticate(self, name: str, password: str) -> bool:
        """Return whether the password is right; takes as long for an unknown name as for a known one."""
        if hmac.compare_digest(name.encode(), self._settings.admin_user.encode()):
            expected = read_secret(self._settings.admin_password_file)
            return hmac.compare_digest(password.encode(), expected.encode())
        with Database(self._engine) as database:
            user = database.scalar(select(User).where(User.name == name, User.active))
            stored = user.password_hash if user else _DECOY
        try:
            return _HASHER.verify(stored, password) and user is not None
        except (VerificationError, InvalidHashError):
            return False
