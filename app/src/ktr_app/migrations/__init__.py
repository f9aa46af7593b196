"""Alembic's migrations of schema `platform`, oldest first in `versions`."""
