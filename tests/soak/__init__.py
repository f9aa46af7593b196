"""Soaks: expectations that hold each time are checked very often, longer than a CI run may take."""
