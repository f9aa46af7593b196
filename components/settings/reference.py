"""The reference of all settings, made from the settings themselves: `python -m components.settings.reference`."""

import sys
from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import Path

from components.settings.loading import NAMESPACE, StackSettings
from components.settings.section import Section
from components.settings.types import format_size

INTRODUCTION = """\
# Settings

Every key that `Pulumi.<stack>.yaml` may hold, made from `components/settings` by `make docs`. Keys that are not set
take the default. A wrong key or value stops the preview with a message that names it, its rule and an example.

Two variables override: `KTR_REGISTRY` the registry, `KTR_IMAGES_LOCK` the path of the lock file with digests.
"""
SIZES = frozenset({"memory", "uploadLimit", "maxSize", "retentionSize"})


def reference() -> str:
    """The settings as a Markdown document."""
    lines = [INTRODUCTION]
    field = StackSettings.model_fields["registry"]
    lines += ["## Top level", "", *_table([(f"{NAMESPACE}:registry", field.description, field.default)])]
    for name, section_field in StackSettings.model_fields.items():
        if isinstance(section_field.default, Section):
            section = type(section_field.default)
            lines += ["", f"## {NAMESPACE}:{name}", "", (section.__doc__ or "").strip(), ""]
            lines += _table(_rows(section_field.default, ""))
    return "\n".join(lines) + "\n"


def _rows(section: Section, prefix: str) -> Iterator[tuple[str, str | None, object]]:
    for name, field in type(section).model_fields.items():
        key = f"{prefix}{field.alias or name}"
        value = getattr(section, name)
        if isinstance(value, Section):
            yield from _rows(value, f"{key}.")
        else:
            yield key, field.description, value


def _table(rows: Iterable[tuple[str, str | None, object]]) -> list[str]:
    head = ["| Key | Rule | Default |", "| --- | --- | --- |"]
    return head + [f"| `{key}` | {rule} | {_default(key, value)} |" for key, rule, value in rows]


def _default(key: str, value: object) -> str:
    if value is None:
        return "not set"
    if value == ():
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, Enum):
        return f"`{value.value}`"
    if isinstance(value, int) and key.rpartition(".")[2] in SIZES:
        return f"`{format_size(value)}`"
    return f"`{value}`"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(reference(), encoding="utf-8")
