"""Renders the template files that lie beside the components."""

from pathlib import Path

import jinja2


def render(template: Path, **values: object) -> str:
    """The text of `template` with `values` filled in.

    Raises:
        jinja2.UndefinedError: the template names a value that is not given.
    """
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 (configuration files, not HTML)
    )
    return environment.from_string(template.read_text(encoding="utf-8")).render(**values)
