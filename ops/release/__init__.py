"""Releases: moving an application slot to a version, and traffic to a slot, with nothing lost."""
