"""Schedules, and the due times that workers have taken."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SCHEMA = "platform"
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables. What refers to older tables gives way when a row there is deleted."""
    op.create_table(
        "schedules",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column(
            "flow_id", sa.Uuid(), sa.ForeignKey(f"{_SCHEMA}.flows.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("expression", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False, server_default="UTC"),
        sa.Column("parameters", JSONB(), nullable=False, server_default="{}"),
        sa.Column("create_tables", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("next_due_at", _TIME),
        sa.Column("last_due_at", _TIME),
        sa.Column("fault", sa.Text()),
        sa.Column("created_at", _TIME, nullable=False, server_default=sa.func.now()),
        schema=_SCHEMA,
    )
    op.create_index("schedules_flow_id", "schedules", ["flow_id"], schema=_SCHEMA)
    op.create_index(
        "schedules_next_due_at",
        "schedules",
        ["next_due_at"],
        postgresql_where=sa.text("active"),
        schema=_SCHEMA,
    )
    op.create_table(
        "scheduled_runs",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column(
            "schedule_id",
            sa.Uuid(),
            sa.ForeignKey(f"{_SCHEMA}.schedules.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("due_at", _TIME, nullable=False),
        sa.Column("first_due_at", _TIME, nullable=False),
        sa.Column("coalesced", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("handed_back", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("worker", sa.Uuid()),
        sa.Column("beats", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("execution_id", sa.Uuid(), sa.ForeignKey(f"{_SCHEMA}.executions.id", ondelete="SET NULL")),
        sa.Column("claimed_at", _TIME, nullable=False, server_default=sa.func.now()),
        sa.Column("finished_at", _TIME),
        sa.Column("error", sa.Text()),
        schema=_SCHEMA,
    )
    op.create_index(
        "scheduled_runs_due", "scheduled_runs", ["schedule_id", "due_at"], unique=True, schema=_SCHEMA
    )
    op.create_index(
        "scheduled_runs_unfinished",
        "scheduled_runs",
        ["schedule_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('queued', 'running')"),
        schema=_SCHEMA,
    )
    op.create_index("scheduled_runs_execution_id", "scheduled_runs", ["execution_id"], schema=_SCHEMA)


def downgrade() -> None:
    """Drop the tables."""
    for table in ("scheduled_runs", "schedules"):
        op.drop_table(table, schema=_SCHEMA)
