"""Random containers are killed under writes: each comes back, and nothing that was promised is lost."""

import random
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from docker.errors import DockerException

from tests.integration.harness.clients import answers
from tests.integration.harness.deployment import Deployment, deployment
from tests.integration.harness.durable import FSYNC_PROMISE, Promises
from tests.integration.harness.engine_view import COMPONENT_LABEL, EngineView, wait_until
from tests.integration.harness.kills import kill_main_process
from tests.integration.harness.platform import built_images_removed
from tests.soak.frame import Round, Rounds, Soak

BACK = 60.0
"""Seconds within which a killed service is healthy again, and the application answers."""
APART = (0.5, 4.0)
"""Seconds of writes between a recovery and the next kill: the least, the most."""


@dataclass
class Writer:
    """Writes rows and keys all the time, and remembers which were acknowledged when."""

    promises: Promises
    rows: list[str] = field(default_factory=list)
    keys: dict[str, float] = field(default_factory=dict)
    """Moment by key."""
    _stop: threading.Event = field(default_factory=threading.Event)

    def write(self) -> None:
        """Write until told to stop; what fails was not acknowledged, and is expected while a server is down."""
        while not self._stop.wait(0.1):
            value = secrets.token_hex(8)
            try:
                self.promises.commit(value)
                self.rows.append(value)
                self.promises.cache(value)
                self.keys[value] = time.monotonic()
            except (AssertionError, DockerException, ValueError):
                continue

    def stop(self) -> None:
        """End after the write that has begun."""
        self._stop.set()

    def forgive(self, killed: float) -> None:
        """Forget keys that Redis need not have had on the disk when it was killed."""
        self.keys = {key: since for key, since in self.keys.items() if not killed - FSYNC_PROMISE < since <= killed}


@contextmanager
def writing(view: EngineView, deployed: Deployment) -> Iterator[Writer]:
    """A writer at work."""
    writer = Writer(Promises(view, deployed))
    thread = threading.Thread(target=writer.write, daemon=True)
    thread.start()
    try:
        yield writer
    finally:
        writer.stop()
        thread.join()


def rounds(view: EngineView, chance: random.Random) -> Rounds:
    """A kill after the other of one deployment."""
    with built_images_removed(view), deployment("dev", view) as deployed:
        deployed.up()
        while True:
            yield _kill(view, deployed, chance)


def _kill(view: EngineView, deployed: Deployment, chance: random.Random) -> Round:
    container = chance.choice(sorted(view.services(deployed.name), key=lambda item: item.name or ""))
    identity, component = container.id or "", container.labels[COMPONENT_LABEL]
    started = view.inspect(identity)["State"]["StartedAt"]
    with writing(view, deployed) as writer:
        time.sleep(chance.uniform(*APART))
        kill_main_process(view, container)
        killed = time.monotonic()
        broken = []
        try:
            wait_until(lambda: view.inspect(identity)["State"]["StartedAt"] != started, BACK, f"{component} is back")
            wait_until(lambda: not view.unhealthy(deployed.name), BACK, "all services are healthy")
            wait_until(lambda: answers(deployed), BACK, "the application answers through the edge")
        except TimeoutError as late:
            broken.append(str(late))
        seconds = time.monotonic() - killed
    if component == "redis":
        writer.forgive(killed)
    broken += writer.promises.lost(writer.rows, list(writer.keys))
    detail = f"{len(writer.rows)} rows and {len(writer.keys)} keys acknowledged"
    return Round(what=component, seconds=seconds, detail=detail, broken=broken)


KILL = Soak(name="kill", about="containers killed under writes, one after the other", count=100, rounds=rounds)
