"""Alembic runs this for every migration; the connection comes from `ktr_app.migrate`."""

from __future__ import annotations

from alembic import context

from ktr_app.models import SCHEMA, Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table_schema=SCHEMA,
    include_schemas=True,
)
with context.begin_transaction():
    context.run_migrations()
