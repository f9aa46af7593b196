"""Form tokens: bound to a cookie of the same browser, signed with the JWT secret, short-lived."""

from __future__ import annotations

import hmac
import secrets
import time
from pathlib import Path

from ktr_app.secret_file import keyed_hash

COOKIE = "ktr_csrf"
LIFE_SECONDS = 3_600


class CsrfTokens:
    """Makes and checks tokens.

    Args:
        secret: file of the signing secret.
    """

    def __init__(self, secret: Path) -> None:
        self._secret = secret

    def new_nonce(self) -> str:
        """Return a value for the cookie."""
        return secrets.token_urlsafe(24)

    def token(self, nonce: str) -> str:
        """Return the form's token for a cookie value."""
        expires = str(int(time.time()) + LIFE_SECONDS)
        return f"{expires}.{keyed_hash(self._secret, 'csrf', f'{nonce}.{expires}')}"

    def valid(self, nonce: str, token: str) -> bool:
        """Return whether the token is ours, belongs to this browser and has not expired."""
        expires, _, signature = token.partition(".")
        if not nonce or not expires.isdigit() or int(expires) < time.time():
            return False
        return hmac.compare_digest(signature, keyed_hash(self._secret, "csrf", f"{nonce}.{expires}"))
