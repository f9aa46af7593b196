"""Section: the base of all sections of the settings."""

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from components.settings.faults import Fault


class Section(BaseModel):
    """Base of all sections: frozen, strict, no unknown keys, keys in camelCase as Pulumi writes them."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel, populate_by_name=True)

    def faults(self, key: str) -> Iterator[Fault]:  # noqa: ARG002 (sections without rules of their own)
        """Rules that tie several fields together; `key` is the section's name in messages."""
        yield from ()
