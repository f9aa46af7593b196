"""Faults done to a deployment, and what its alert manager told of them."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from tests.integration.harness.deployment import Deployment, deployment
from tests.integration.harness.engine_view import EngineView, wait_until
from tests.integration.harness.faults import CRITICAL_PIPELINE, Fault
from tests.integration.harness.measured import Measured
from tests.integration.harness.receiver import FIRING, RESOLVED, Receiver, receiving

QUIET = 120.0
"""Seconds within which a new deployment raises no alert any more."""


@dataclass
class Told:
    """What was told of one fault."""

    fault: Fault
    fired: float | None = None
    """Seconds from the fault to the message, if one came in time."""
    resolved: float | None = None
    """Seconds from the remedy to the message, if one came in time."""
    broken: list[str] = field(default_factory=list)
    """Expectations that did not hold."""


@contextmanager
def watched(view: EngineView) -> Iterator[tuple[Deployment, Receiver]]:
    """A deployment that is measured every 5 seconds and tells a receiver of this process."""
    settings = {
        "ktr:monitoring": {"scrapeInterval": 5, "criticalPipelines": [CRITICAL_PIPELINE]},
        "ktr:release": {"active": "blue", "blue": "source", "green": "source", "keepIdle": True},
    }
    with receiving(view.client) as receiver, deployment("staging", view, settings) as made:
        made.initialise()
        for key, value in (("url", receiver.url), ("token", receiver.token)):
            path = f"ktr:monitoring.receivers.webhook.{key}"
            made.cli("config", "set", "--secret", "--path", path, value, check=True)
        made.reload()
        made.up()
        measured = Measured(made)
        wait_until(lambda: measured.running() == measured.services(), QUIET, "every container is measured", poll=1)
        wait_until(lambda: not measured.query("up == 0"), QUIET, "every target is up", poll=1)
        wait_until(lambda: measured.alerts() == {"Watchdog"}, QUIET, "no alert but the watchdog's", poll=1)
        yield made, receiver


def tell(deployed: Deployment, receiver: Receiver, faults: Sequence[Fault]) -> list[Told]:
    """Do all of them at once, wait for the messages, mend all, and wait for those that say so."""
    results = [Told(fault) for fault in faults]
    since, done = time.monotonic(), {}
    with ExitStack() as lasting:
        for fault in faults:
            done[fault.component] = time.monotonic()
            lasting.enter_context(fault.lasting(deployed))
        for one in results:
            one.fired = _waited(receiver, one.fault, FIRING, done[one.fault.component], one.fault.within)
        mended = time.monotonic()
    for one in results:
        one.resolved = _waited(receiver, one.fault, RESOLVED, mended, one.fault.over)
    about = {fault.component for fault in faults}
    others = [message for message in receiver.messages if message.at >= since and message.component not in about]
    for one in results:
        one.broken = _broken(receiver, one, since)
    results[0].broken += [f"also told, of {other.component}: {other.status} {other.alerts}" for other in others]
    return results


def _waited(receiver: Receiver, fault: Fault, status: str, since: float, seconds: float) -> float | None:
    """Seconds from `since` to the first such message; None when none came in time."""
    remaining = seconds - (time.monotonic() - since)
    try:
        wait_until(lambda: bool(receiver.about(fault.component, status, since)), max(remaining, 0), status, poll=0.5)
    except TimeoutError:
        return None
    return receiver.about(fault.component, status, since)[0].at - since


def _broken(receiver: Receiver, told: Told, since: float) -> list[str]:
    fault = told.fault
    firing = receiver.about(fault.component, FIRING, since)
    wrong = [
        (told.fired is None, f"not told within {fault.within:g} s"),
        (len(firing) > 1, f"told {len(firing)} times: {[message.alerts for message in firing]}"),
        (bool(firing) and firing[0].alerts != (fault.alert,), f"told as {[message.alerts for message in firing]}"),
        (told.resolved is None, f"its end not told within {fault.over:g} s"),
    ]
    return [text for holds, text in wrong if holds]
