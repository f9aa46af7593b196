"""Faults of settings, told to people: the key, the value, the rule and an example, all of them at once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that is wrong with the settings."""

    key: str
    """The setting as `pulumi config set --path` would name it, such as `ktr:postgres.memory`."""
    value: object
    """What it was set to; `UNSET` when it is missing, `HIDDEN` where it may be a secret."""
    rule: str
    example: str
    """A valid setting, with its full key."""

    def __str__(self) -> str:
        # As the stack file spells it: true and null, not True and None.
        unshown = self.value is UNSET or self.value is HIDDEN
        value = repr(self.value) if unshown else json.dumps(self.value, ensure_ascii=False, default=str)
        return f"{self.key} = {value}\n     rule:    {self.rule}\n     example: {self.example}"


class _Unshown:
    """Stands for a value in messages."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


UNSET = _Unshown("(not set)")
HIDDEN = _Unshown("(a secret)")


class SettingsError(pulumi.RunError):
    """The settings break rules. Pulumi prints the message as it is and stops before anything changes."""

    def __init__(self, stack: str, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
        listing = "\n".join(f"  {number}. {fault}" for number, fault in enumerate(faults, start=1))
        super().__init__(f"the settings of stack {stack!r} have {count}; nothing was changed.\n{listing}")
