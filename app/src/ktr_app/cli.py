"""The command `ktr-app`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from ktr_app.settings import SettingsError


def _serve() -> int:
    from ktr_app.server import serve

    return serve()


def _work() -> int:
    from ktr_app.worker.command import work

    return work()


def _migrate() -> int:
    from ktr_app.migrate import migrate

    return migrate()


COMMANDS: dict[str, tuple[Callable[[], int], str]] = {
    "serve": (_serve, "serve pages, metrics and readiness until SIGTERM"),
    "worker": (_work, "run what schedules make due, one worker at a time, until SIGTERM"),
    "migrate": (_migrate, "bring the database to this version's schema, then exit"),
}
"""What each command does; its heavy imports come when it is run."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="ktr-app",
        description="Import, inspect, run and schedule Pentaho transformations.",
        epilog="The settings come from the environment; a wrong one ends a command with exit code 2 "
        "and one line for each fault.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", title="commands")
    for name, (_, about) in COMMANDS.items():
        commands.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
    chosen = parser.parse_args(arguments)
    run, _ = COMMANDS[chosen.command]
    try:
        return run()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
