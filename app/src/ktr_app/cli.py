"""The command `ktr-app`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ktr_app.settings import SettingsError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code."""
    parser = argparse.ArgumentParser(prog="ktr-app", description="Run Pentaho transformations")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="serve pages, metrics and readiness until SIGTERM")
    commands.add_parser("migrate", help="bring the database to this version's schema, then exit")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "migrate":
            from ktr_app.migrate import migrate

            return migrate()
        from ktr_app.server import serve

        return serve()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
