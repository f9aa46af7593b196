"""Flows to start with, and the data they read."""
