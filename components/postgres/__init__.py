"""PostgreSQL: server, roles and what it is tuned to."""

from components.postgres.component import DATABASE, Postgres, PostgresArgs
from components.postgres.roles import Role

__all__ = ["DATABASE", "Postgres", "PostgresArgs", "Role"]
