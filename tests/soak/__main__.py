"""Runs soaks: `make soak`, or `ktr run python -m tests.soak kill --count 5`.

The exit code is 1 when an expectation did not hold or a soak could not go on, and 0 otherwise.
"""

import argparse
import json
import secrets
import sys
from pathlib import Path

import pytest
from rich.console import Console
from rich.markup import escape

from ops.console import console
from ops.errors import OpsError
from tests.integration.harness.deployment import interrupt_on_termination
from tests.integration.harness.engine_view import EngineView
from tests.integration.harness.requirements import engine_client, require_platform_tools
from tests.soak.alerts import ALERTS
from tests.soak.converge import CONVERGE
from tests.soak.frame import Limits, Result, print_results, soak
from tests.soak.kill import KILL
from tests.soak.release import RELEASE

SOAKS = {each.name: each for each in (ALERTS, CONVERGE, KILL, RELEASE)}
FAILED = 1


def main() -> int:
    """Parse the command line, run, print."""
    options = _options()
    try:
        require_platform_tools()
    except (OpsError, pytest.fail.Exception) as error:
        console.print(f"[red]error:[/red] {escape(str(error))}")
        return FAILED
    interrupt_on_termination()
    view = EngineView(engine_client())
    seed = secrets.randbelow(1_000_000) if options.seed is None else options.seed
    limits = Limits(count=options.count, minutes=options.minutes)
    results: list[Result] = []
    for name in options.soaks or SOAKS:
        console.print(f"{name}: {SOAKS[name].about}, seed {seed}")
        results.append(soak(SOAKS[name], view, limits, seed))
        if options.json:
            options.json.write_text(json.dumps([each.as_json() for each in results], indent=2) + "\n", encoding="utf-8")
        if results[-1].interrupted:
            break
    print_results(results, Console(highlight=False, width=None if sys.stdout.isatty() else 120))
    return 0 if all(result.ok for result in results) else FAILED


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("soaks", nargs="*", choices=[*SOAKS, []], metavar="SOAK", help=f"{', '.join(SOAKS)}; else all")
    parser.add_argument("--count", type=int, help="rounds of each (else: as many as the soak is meant to have)")
    parser.add_argument("--minutes", type=float, help="begin no further round after that time, in each soak")
    parser.add_argument("--seed", type=int, help="repeat the choices of an earlier run")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
