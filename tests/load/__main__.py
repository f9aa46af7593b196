"""Loads an edge: `python -m tests.load https://localhost:8443 --insecure --seconds 60 --human`.

Prints the report as JSON, or as tables. SIGTERM and SIGINT end the run early, with a report. The exit code is 0 if
nothing failed and no socket was closed.
"""

import argparse
import asyncio
import sys
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console

from tests.load.controlled import run_controlled
from tests.load.generator import Generator
from tests.load.plan import Plan
from tests.load.report import Report
from tests.load.signals import stop_on_signals
from tests.load.table import print_report

FAULTY = 1


def main() -> int:
    """Parse the command line, run, print."""
    parser = _parser()
    options = parser.parse_args()
    if options.controlled:
        asyncio.run(run_controlled())
        return 0
    if not options.url:
        parser.error("name the URL of an edge")
    try:
        plan = _plan(options)
    except ValidationError as error:
        parser.error(str(error))
    report = asyncio.run(_run(plan))
    if options.json:
        options.json.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
    if options.human:
        print_report(report, Console(highlight=False, width=None if sys.stdout.isatty() else 200))
    elif not options.json:
        sys.stdout.write(report.model_dump_json(indent=2) + "\n")
    return FAULTY if report.faulty else 0


async def _run(plan: Plan) -> Report:
    generator = Generator(plan)
    with stop_on_signals(generator):
        return await generator.run()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.load", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("url", nargs="?", help="where the edge answers, without a path")
    parser.add_argument("--controlled", action="store_true", help="take orders on stdin, as tests give them")
    parser.add_argument("--rate", type=float, default=300, help="requests per second")
    parser.add_argument("--sockets", type=int, default=50, help="open WebSockets")
    parser.add_argument("--new-clients", type=int, default=25, help="connections without cookies")
    parser.add_argument("--sticky-clients", type=int, default=25, help="connections with a cookie jar")
    parser.add_argument("--path", action="append", dest="paths", help="asked for in turn; may be given several times")
    parser.add_argument("--seconds", type=float, default=60, help="how long, from the first socket on")
    parser.add_argument("--reconnect", action="store_true", help="open a socket again when it was closed")
    trust = parser.add_mutually_exclusive_group()
    trust.add_argument("--ca", metavar="FILE", dest="ca_file", help="authority of the edge's certificate")
    trust.add_argument("--insecure", action="store_true", help="do not verify the edge's certificate")
    parser.add_argument("--human", action="store_true", help="print tables instead of JSON")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the JSON there")
    return parser


def _plan(options: argparse.Namespace) -> Plan:
    given = {
        "url": options.url,
        "rate": options.rate,
        "sockets": options.sockets,
        "new_clients": options.new_clients,
        "sticky_clients": options.sticky_clients,
        "reconnect": options.reconnect,
        "ca_file": options.ca_file,
        "verify": not options.insecure,
        "max_seconds": options.seconds,
    }
    return Plan(**given, **({"paths": options.paths} if options.paths else {}))


if __name__ == "__main__":
    sys.exit(main())
