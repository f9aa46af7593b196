"""Switches under load, many of them with a fault in the middle: nobody but whom the fault cut is harmed."""

import random
import time

from components.settings import Colour
from components.traffic import Edge
from tests.integration.harness.deployment import Deployment, deployment
from tests.integration.harness.engine_view import EngineView, wait_until
from tests.integration.harness.interruption import kill_session, running_update
from tests.integration.harness.kills import kill_main_process
from tests.integration.harness.platform import built_images_removed
from tests.integration.harness.releases import after_another_run, ask_for, at_the_flip, edge_on, present, released_stack
from tests.integration.harness.versions import Versions
from tests.load import LoadRun
from tests.load.report import Report
from tests.soak.frame import Round, Rounds, Soak

RATE = 100
SOCKETS = 20
LONGEST = 300.0
"""Seconds of one round."""
RESTART = 15.0
"""Seconds in which requests may fail after a container was killed."""
PLAIN = "plain"
UPDATE = "update killed"
EDGE = "edge killed"
CANDIDATE = "candidate killed"


def rounds(view: EngineView, chance: random.Random) -> Rounds:
    """A switch after the other of one deployment."""
    with built_images_removed(view), deployment("dev", view) as source:
        source.up()
        versions = Versions(view, source.outputs["release"]["slots"]["blue"])
        with released_stack(view, versions) as released:
            edge = edge_on(released)
            while True:
                yield _round(released, edge, chance)


def _round(released: Deployment, edge: Edge, chance: random.Random) -> Round:
    what = chance.choice([PLAIN, PLAIN, UPDATE, EDGE, CANDIDATE])
    target = present(edge).live.other
    ask_for(released, target)
    began = time.monotonic()
    moment = chance.uniform(0, 8)
    with LoadRun(released.url, rate=RATE, sockets=SOCKETS, max_seconds=LONGEST) as load:
        if what == UPDATE:
            _kill_update(released, moment)
        elif what != PLAIN:
            victim = "nginx" if what == EDGE else f"app-{target}-1"
            _kill_during(released, edge, target, victim)
        broken = after_another_run(released, edge, target)
    return Round(
        what=what,
        seconds=time.monotonic() - began,
        detail=f"after {moment:.1f} s" if what == UPDATE else "",
        broken=[*broken, *_harm(load.report, what, target)],
    )


def _kill_update(released: Deployment, moment: float) -> None:
    with running_update(released) as (process, events):
        wait_until(events.exists, 30, "the update has begun", poll=0.01)
        time.sleep(moment)
        kill_session(process.pid)


def _kill_during(released: Deployment, edge: Edge, target: Colour, victim: str) -> None:
    view = released.view
    watcher = at_the_flip(edge, target, lambda: kill_main_process(view, view.service(released.name, victim)))
    released.cli("up", "--yes", "--skip-preview")
    watcher.join(90)
    time.sleep(RESTART)


def _harm(report: Report, what: str, target: Colour) -> list[str]:
    """What clients suffered beyond what the fault itself cut."""
    if what in {PLAIN, UPDATE}:
        return [f"clients were harmed: {report.brief()}"] if report.faulty else []
    failed = report.failed_requests
    faults = {
        "requests failed for longer than a restart takes": bool(failed) and failed[-1].at - failed[0].at > RESTART,
        "the other slot's requests failed": what == CANDIDATE and {one.slot for one in failed} - {target} != set(),
        "the edge and the application name different slots": bool(report.whole.mismatches),
    }
    return [fault for fault, holds in faults.items() if holds]


RELEASE = Soak(name="release", about="switches under load, with faults in the middle", count=100, rounds=rounds)
