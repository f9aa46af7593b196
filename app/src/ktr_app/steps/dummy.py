"""Dummy: a step that does nothing, often the end of a branch."""

from __future__ import annotations

from ktr_app.engine.step import Step, register


@register("Dummy")
class Dummy(Step):
    """Passes every row on."""
