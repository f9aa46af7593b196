"""Switches under load, many of them with a fault in the middle: nobody but whom the fault cut is harmed."""

import random
import time
from collections.abc import Callable

from components.settings import Colour
from components.traffic import Edge
from tests.integration.harness.deployment import Deployment
from tests.integration.harness.engine_view import EngineView, wait_until
from tests.integration.harness.interruption import kill_session, running_update
from tests.integration.harness.kills import kill_main_process
from tests.integration.harness.platform import built_images_removed
from tests.integration.harness.releases import after_another_run, ask_for, at_the_flip, present, released_stack, edge_on
from tests.integration.harness.versions import Versions
from tests.load import LoadRun
from tests.load.report import Report
from tests.soak.frame import Round, Rounds, Soak

RATE = 100
SOCKETS = 20
LONGEST = 300.0
"""Seconds of one round."""
CUT = {"connect", "reset", "5xx", "timeout"}


def rounds(view: EngineView, chance: random.Random) -> Rounds:
    """A switch after the other of one deployment."""
    with built_images_removed(view):
        versions = Versions.of_source(view)
        with released_stack(view, versions) as released:
            edge = edge_on(released)
            while True:
                yield _round(view, released, edge, chance)


def _round(view: EngineView, released: Deployment, edge: Edge, chance: random.Random) -> Round:
    name = chance.choice(["plain", "plain", "update killed", "edge killed", "candidate killed"])
    target = present(edge).live.other
    ask_for(released, target)
    began = time.monotonic()
    with LoadRun(released.url, rate=RATE, sockets=SOCKETS, max_seconds=LONGEST) as load:
        detail, broken = _ACTIONS[name](view, released, edge, target, chance)
        broken += after_another_run(released, edge, target)
    return Round(
        what=name,
        seconds=time.monotonic() - began,
        detail=detail,
        broken=[*broken, *_harm(load.report, name, target)],
    )
