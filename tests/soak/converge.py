"""`pulumi up` is killed at random moments; run again, it must end in the wanted state (invariant 9)."""

import random
import time

from tests.integration.harness.convergence import run_again
from tests.integration.harness.deployment import Deployment, Settings, deployment
from tests.integration.harness.engine_view import EngineView
from tests.integration.harness.interruption import interrupt_after
from tests.integration.harness.platform import built_images_removed
from tests.soak.frame import Round, Rounds, Soak

EARLIEST = 0.3
"""Seconds from the start of a command to the first moment at which it is killed."""
ALONE = 0.25
"""Share of the rounds in which pulumi alone is killed, so that its plugins finish what they are at."""
UPDATE: Settings = {"ktr:app": {"memory": "800m"}, "ktr:redis": {"memory": "192m"}, "ktr:postgres": {"memory": "800m"}}
"""Replaces application, cache and database; the configuration of both changes as well."""


def rounds(view: EngineView, chance: random.Random) -> Rounds:
    """A first deployment and then an update of it, each killed and run again, on a new deployment each time."""
    with built_images_removed(view):
        with deployment("dev", view) as undisturbed:
            undisturbed.initialise()
            first_up = _seconds_of_up(undisturbed)
            undisturbed.set(UPDATE)
            update = _seconds_of_up(undisturbed)
        while True:
            with deployment("dev", view) as deployed:
                first = _killed_and_repeated("a first deployment", deployed, chance, first_up)
                yield first
                if first.broken:
                    continue
                deployed.set(UPDATE)
                yield _killed_and_repeated("an update", deployed, chance, update)


def _seconds_of_up(deployed: Deployment) -> float:
    began = time.monotonic()
    done = deployed.cli("up", "--yes", "--skip-preview")
    assert done.returncode == 0, done.stdout
    return time.monotonic() - began


def _killed_and_repeated(what: str, deployed: Deployment, chance: random.Random, longest: float) -> Round:
    moment, alone = chance.uniform(EARLIEST, longest), chance.random() < ALONE
    killed = interrupt_after(deployed, moment, alone=alone)
    victim = "pulumi alone" if alone else "with its plugins"
    detail = f"after {moment:.1f} of {longest:.1f} s, {victim}" if killed else f"over before {moment:.1f} s"
    began = time.monotonic()
    outcome = run_again(deployed)
    return Round(what=what, seconds=time.monotonic() - began, detail=detail, broken=outcome.broken())


CONVERGE = Soak(name="converge", about="pulumi up killed at random moments, run again", count=100, rounds=rounds)
