"""First tables: users, flows, executions, audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SCHEMA = "platform"
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False, unique=True),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("created_at", _TIME, nullable=False, server_default=sa.func.now()),
        schema=_SCHEMA,
    )
    op.create_table(
        "flows",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False, server_default=""),
        sa.Column("xml", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False, server_default=sa.func.now()),
        schema=_SCHEMA,
    )
    op.create_index("flows_sha256", "flows", ["sha256"], unique=True, schema=_SCHEMA)
    op.create_table(
        "executions",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("flow_id", sa.Uuid(), sa.ForeignKey(f"{_SCHEMA}.flows.id", ondelete="SET NULL")),
        sa.Column("flow_name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("parameters", JSONB(), nullable=False, server_default="{}"),
        sa.Column("queued_at", _TIME, nullable=False, server_default=sa.func.now()),
        sa.Column("started_at", _TIME),
        sa.Column("finished_at", _TIME),
        sa.Column("heartbeat_at", _TIME, nullable=False, server_default=sa.func.now()),
        sa.Column("rows", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("steps", JSONB(), nullable=False, server_default="[]"),
        sa.Column("outputs", JSONB(), nullable=False, server_default="[]"),
        sa.Column("error", sa.Text()),
        schema=_SCHEMA,
    )
    op.create_index("executions_queued_at", "executions", ["queued_at"], schema=_SCHEMA)
    op.create_index("executions_status", "executions", ["status"], schema=_SCHEMA)
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("at", _TIME, nullable=False, server_default=sa.func.now()),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False, server_default=""),
        schema=_SCHEMA,
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("audit", "executions", "flows", "users"):
        op.drop_table(table, schema=_SCHEMA)
