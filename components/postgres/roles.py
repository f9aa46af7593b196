"""The roles of the database: one per consumer, each with the least it needs."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from components.secrets import scram_verifier
from components.templates import render

TEMPLATE = Path(__file__).with_name("roles.sql.j2")


FLOW_ROLE = "ktr_flows"
"""What the application becomes while it works for a flow: it reaches the schema `pipelines` and nothing else."""


class Role(StrEnum):
    """The roles that log in. The owner of the tables (`ktr_owner`) does not."""

    APP = "ktr_app"
    MIGRATE = "ktr_migrate"
    BACKUP = "ktr_backup"
    MONITOR = "ktr_monitor"
    READONLY = "ktr_readonly"

    @property
    def secret(self) -> str:
        """Name of the role's password among the secrets."""
        return f"postgres-{self.name.lower()}"


def render_roles(database: str, passwords: Mapping[str, str]) -> str:
    """SQL that brings roles, schemas and grants to the wanted state, whatever is there already.

    Args:
        database: name of the database.
        passwords: password by role; only what PostgreSQL would store of it enters the SQL.
    """
    verifiers = {role: scram_verifier(password, role) for role, password in passwords.items()}
    return render(TEMPLATE, database=database, flow_role=FLOW_ROLE, verifiers=verifiers)
