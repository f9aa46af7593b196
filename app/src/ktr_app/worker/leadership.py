"""Which worker works: the one whose session holds an advisory lock of Postgres."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg

LOCK = 0x6B747277
"""Key of the advisory lock ("ktrw")."""
SERVER_OPTIONS = "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3"
"""The server frees the lock of a host that is gone after about 11 s."""

Connect = Callable[[], psycopg.Connection[Any]]


class Leadership:
    """Holds the lock for as long as its session lives: Postgres itself frees it when the process is gone.

    Args:
        connect: opens a connection that nothing else uses.
    """

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._connection: psycopg.Connection[Any] | None = None
        self.held = False

    def hold(self) -> bool:
        """Ask for the lock, or make sure that its session still lives; return whether it is held.

        Raises:
            psycopg.Error: Postgres is not reachable; nothing is held then.
            SecretError: the password file cannot be read.
        """
        try:
            if self._connection is None:
                self._connection = self._connect()
                self._connection.autocommit = True
            if self.held:
                self._connection.execute("SELECT 1")
            else:
                row = self._connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
                self.held = bool(row and row[0])
        except psycopg.Error:
            self.release()
            raise
        return self.held

    def release(self) -> None:
        """Give the lock up by ending the session; repeating it does no harm."""
        self.held = False
        if self._connection is not None:
            self._connection.close()
            self._connection = None
