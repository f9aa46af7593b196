"""What the shim does with a command line: a pure decision."""

from enum import Enum
from pathlib import Path
from urllib.parse import unquote, urlparse

from ops.shim.arguments import Arguments

READERS = frozenset({"up", "update", "preview", "pre", "refresh", "destroy", "down", "dn", "import", "watch", "logs"})
STACK_WRITERS = frozenset({"init", "select", "change-secrets-provider"})


class Plan(Enum):
    """How a command is run."""

    AS_IS = "pass it through"
    WITH_COPY = "give it the copy of the stack's file"
    THEN_DROP_SALT = "let it write the tracked file, then take the salt out"
    KEEP_TRACKED_FILE = "keep `stack rm` from deleting the tracked file; delete the copy"


def plan(arguments: Arguments) -> Plan:  # noqa: PLR0911 (a table)
    """Decide by command and options."""
    if arguments.has("--config-file", "--remote", "--help", "-h"):
        return Plan.AS_IS
    match arguments.words:
        case ["stack", "rm", *_]:
            return Plan.KEEP_TRACKED_FILE
        case ["stack", command, *_] if command in STACK_WRITERS:
            return Plan.THEN_DROP_SALT
        case ["config"] | ["config", "get" | "ls", *_]:
            return Plan.WITH_COPY
        case ["config", "set" | "set-all", *_] if arguments.has("--secret"):
            return Plan.WITH_COPY
        case ["config", *_]:
            return Plan.THEN_DROP_SALT
        case [command, *_] if command in READERS:
            return Plan.WITH_COPY
    return Plan.AS_IS


def copies_of(backend: str) -> Path | None:
    """Where the copies for a file backend live: beside its state. Other backends keep Pulumi's own ways."""
    url = urlparse(backend)
    if url.scheme != "file":
        return None
    return Path(unquote(url.netloc + url.path)).expanduser() / "config"
