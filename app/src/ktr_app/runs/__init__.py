"""Runs: in background threads, recorded in Postgres, watched and cancelled through Redis."""
