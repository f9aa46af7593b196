"""PostgreSQL: server, roles and what it is tuned to."""

from components.postgres.component import DATABASE, Postgres, PostgresArgs
from components.postgres.roles import FLOW_ROLE, Role

__all__ = ["DATABASE", "FLOW_ROLE", "Postgres", "PostgresArgs", "Role"]
