"""What the shim must know of a Pulumi command line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

VALUED = {
    "-C": "--cwd",
    "--cwd": "--cwd",
    "-s": "--stack",
    "--stack": "--stack",
    "-c": "--config",
    "--config": "--config",
    "--config-file": "--config-file",
    "--color": "--color",
    "-v": "--verbose",
    "--verbose": "--verbose",
    "--profiling": "--profiling",
    "--tracing": "--tracing",
    "--otel-traces": "--otel-traces",
    "-m": "--message",
    "--message": "--message",
}
"""Options that may come before the command and take a value, and those whose value the shim needs."""


@dataclass(frozen=True)
class Arguments:
    """A parsed command line."""

    words: tuple[str, ...]
    """Everything that is not an option: command, subcommand, operands."""
    options: tuple[tuple[str, str], ...]
    """Options in order, by their long name; those without a value have an empty one."""

    @classmethod
    def parse(cls, arguments: Sequence[str]) -> Self:
        """Split options from words as far as the shim needs it."""
        words: list[str] = []
        options: list[tuple[str, str]] = []
        rest = iter(arguments)
        for argument in rest:
            if argument == "--":
                words += rest
            elif argument.startswith("-") and argument != "-":
                options.append(_option(argument, rest))
            else:
                words.append(argument)
        return cls(tuple(words), tuple(options))

    def has(self, *names: str) -> bool:
        """Whether one of these options is given."""
        return any(name in names for name, _ in self.options)

    def value(self, name: str) -> str:
        """The last value of an option; empty when it is not given."""
        return next((value for option, value in reversed(self.options) if option == name), "")

    def values(self, name: str) -> list[str]:
        """All values of an option."""
        return [value for option, value in self.options if option == name]


def _option(argument: str, rest: Iterator[str]) -> tuple[str, str]:
    name, has_value, value = argument.partition("=")
    if has_value:
        return VALUED.get(name, name), value
    if name in VALUED:
        return VALUED[name], next(rest, "")
    if name[:2] in VALUED and not name.startswith("--"):
        return VALUED[name[:2]], name[2:]
    return name, ""
