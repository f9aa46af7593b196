"""Schedules: when flows are due, and who has taken which due time."""
