"""Reads nginx.conf as nginx does: words, quotes, comments, blocks. Refuses what nginx would refuse to parse."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*) | (?P<mark>[{};])
      | (?P<quoted>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*') | (?P<word>(?:\\.|\$\{|[^\s{};"'\\])+)""",
    re.VERBOSE | re.DOTALL,
)


class ConfigError(ValueError):
    """The text is not a configuration."""


@dataclass
class Directive:
    """A directive with its arguments and, for a block, its content."""

    name: str
    arguments: list[str]
    block: "Block | None" = None


@dataclass
class Block:
    """The directives between two braces, or of the whole file."""

    directives: list[Directive] = field(default_factory=list)

    def all(self, name: str) -> list[Directive]:
        """The directives called `name`, at this level."""
        return [directive for directive in self.directives if directive.name == name]

    def arguments(self, name: str) -> list[list[str]]:
        """Arguments of each directive called `name`, at this level."""
        return [directive.arguments for directive in self.all(name)]

    def block(self, name: str, *arguments: str) -> Self:
        """The only block of this name and these arguments."""
        found = [one.block for one in self.all(name) if one.arguments == list(arguments) and one.block]
        if len(found) != 1:
            raise ConfigError(f"{len(found)} blocks {name} {' '.join(arguments)}")
        return found[0]  # type: ignore[return-value] # blocks hold blocks of their own class

    def everywhere(self) -> Iterator[Directive]:
        """Every directive at this level and below."""
        for directive in self.directives:
            yield directive
            if directive.block:
                yield from directive.block.everywhere()


def parse(text: str) -> Block:
    """The configuration in `text`.

    Raises:
        ConfigError: a brace or quote without its partner, a directive without a semicolon, or one without a name.
    """
    stack = [Block()]
    words: list[str] = []
    for kind, token in _tokens(text):
        if kind != "mark":
            words.append(token)
        elif token == "}":
            if words or len(stack) == 1:
                raise ConfigError(f"unexpected }} after {words}")
            stack.pop()
        else:
            if not words:
                raise ConfigError(f"unexpected {token}")
            directive = Directive(words[0], words[1:], Block() if token == "{" else None)
            stack[-1].directives.append(directive)
            words = []
            if directive.block is not None:
                stack.append(directive.block)
    if words or len(stack) != 1:
        raise ConfigError("unexpected end of file")
    return stack[0]


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match or match.lastgroup is None:
            raise ConfigError(f"unexpected {text[position : position + 20]!r}")
        position = match.end()
        if match.lastgroup == "quoted":
            if position < len(text) and not re.match(r"[\s;{)#]", text[position]):
                raise ConfigError(f"unexpected {text[position]!r} after a quote")
            yield "quoted", match.group()[1:-1]
        elif match.lastgroup != "space":
            yield match.lastgroup, match.group()
