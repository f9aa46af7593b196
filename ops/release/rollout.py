"""The rollout: carries a plan out, watches what it does to clients, and takes it back when it does them harm."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from docker.errors import DockerException

from components.engine import EngineError
from components.settings.loading import HOLD_VARIABLE
from components.traffic import Routing, TrafficError
from components.traffic.switch import Say, Switch
from ops import deployment
from ops.console import console, step
from ops.environment import prepare
from ops.errors import OpsError
from ops.release import history
from ops.release.access_log import AccessLog
from ops.release.alarm import alarm
from ops.release.lock import release_lock
from ops.release.plan import Plan, Step
from ops.release.site import Site
from ops.stack_settings import change_settings

BASELINE_SECONDS = 60.0
"""Span before the switch that the new version is compared with."""
LOOK_EVERY = 2.0
"""Seconds between two looks at the access log."""
DONE = "done"
ROLLED_BACK = "rolled back"
FAILED = "failed"
FAULTS = (OpsError, TrafficError, EngineError, DockerException)
"""What may go wrong on the way."""


class Rollout:
    """One plan, carried out under the stack's lock."""

    def __init__(self, site: Site, plan: Plan, what: str) -> None:
        self._site = site
        self._plan = plan
        self._what = what
        self._prepared = False
        self._present = plan.steps[0]
        self._log = AccessLog(lambda: site.edge_container, time.time() - BASELINE_SECONDS)
        self._began = time.time()
        self._started = history.now()

    def run(self, *, watch: float = 0, at_once: bool = False) -> history.Entry:
        """Carry the plan out, and return how it ended.

        Args:
            watch: seconds to watch the edge's log after each step that gives the candidate clients.
            at_once: move the traffic first, and let the state follow.

        Raises:
            OpsError: somebody else is at it; or a step failed: the former slot serves, and the history says why.
        """
        site = self._site
        image = str(site.edge_container.attrs["Image"])
        doing = f"{self._what} of {self._plan.version}"
        with release_lock(site.engine.client, site.stack, image, doing), self._log:
            try:
                if at_once:
                    self._flip(Routing.of(self._plan.candidate, {self._plan.candidate: 100}))
                reason = self._steps(watch)
            except KeyboardInterrupt:
                reason = "interrupted by its operator"
            except FAULTS as error:
                self._take_back()
                self._record(FAILED, str(error))
                raise
            if reason:
                console.print(f"[bold red]Alarm:[/bold red] {reason}. Taking it back.")
                self._take_back()
            return self._record(ROLLED_BACK if reason else DONE, reason)

    def _steps(self, watch: float) -> str:
        """Go from step to step; why to take it all back, or nothing."""
        for number, planned in enumerate(self._plan.steps, start=1):
            self._present = planned
            self._deploy(planned, f"{number}/{len(self._plan.steps)}")
            if not planned.serves:
                self._require_fit()
            elif watch and (reason := self._watch(watch)):
                return reason
        return ""

    def _deploy(self, planned: Step, number: str) -> None:
        site = self._site
        console.print(f"[bold]{number}[/bold] {planned.title}")
        if not self._prepared:
            # Only now: what is urgent, a rollback's traffic, waits for the engine alone.
            prepare(site.stack, site.paths).apply()
            self._prepared = True
        change_settings(site.stack, planned.settings, site.paths)
        with _holding(planned):
            deployment.apply(site.stack, site.paths)

    def _require_fit(self) -> None:
        """Smoke test: the candidate answers before it gets its first client."""
        with step("smoke") as current:

            def say(text: str) -> None:
                current.detail = text

            gate = self._site.settings.release.gate
            self._switch(say, gate.passes).require_fit(self._plan.candidate, gate.passes)
            current.result = f"{self._plan.candidate} is ready and takes WebSockets"

    def _flip(self, wanted: Routing) -> None:
        with step("traffic") as current:
            started = time.monotonic()

            def say(text: str) -> None:
                current.detail = text

            self._switch(say, passes=1).move(wanted)
            current.result = f"{wanted} after {time.monotonic() - started:.1f} s"

    def _switch(self, say: Say, passes: int) -> Switch:
        gate = self._site.settings.release.gate.model_copy(update={"passes": passes})
        return Switch(edge=self._site.edge, gate=gate, versions=self._site.running(), say=say)

    def _take_back(self) -> None:
        """Bring the former slot back: traffic at once, then settings and state."""
        plan = self._plan
        try:
            self._flip(Routing.of(plan.live, {plan.live: 100}))
            self._deploy(plan.undo if self._present.serves else plan.abandon, "undo")
        except FAULTS as error:
            console.print(f"[bold red]The way back failed, too:[/bold red] {error}")

    def _watch(self, seconds: float) -> str:
        """Compare the candidate with what was live before the release; why to take it back, or nothing."""
        plan, site = self._plan, self._site
        since = time.time()
        former = self._log.sample(plan.live, until=self._began)
        with step("watch") as current:
            while True:
                present = self._log.sample(plan.candidate, since=since)
                left = since + seconds - time.time()
                open_connections = site.edge.open_connections(plan.live)
                seen = f"{present.requests} requests, {present.failed} failed, 95 % within {present.p95:.2f} s"
                remaining = f"{max(0, left):.0f} s left, Ctrl-C takes it back"
                current.detail = f"{seen}; {open_connections} connections to {plan.live}; {remaining}"
                current.result = f"{seen}; {open_connections} connections to {plan.live} are open"
                if (reason := alarm(former, present)) or left <= 0:
                    return reason
                time.sleep(min(LOOK_EVERY, left))

    def _record(self, outcome: str, detail: str) -> history.Entry:
        plan = self._plan
        answered = self._log.sample(since=self._began)
        entry = history.Entry(
            started=self._started,
            who=history.operator(),
            what=self._what,
            before=f"{plan.live} {plan.former}",
            after=f"{plan.candidate} {plan.version}",
            seconds=round(time.time() - self._began, 1),
            requests=answered.requests,
            failed=answered.failed,
            outcome=outcome,
            detail=detail,
        )
        try:
            history.record(self._site.edge, entry)
        except TrafficError as error:
            console.print(f"[yellow]This is missing from the history:[/yellow] {error}")
        return entry


@contextmanager
def _holding(planned: Step) -> Iterator[None]:
    """Tell the program which slots to leave alone."""
    former = os.environ.get(HOLD_VARIABLE, "")
    os.environ[HOLD_VARIABLE] = ",".join(sorted(planned.hold))
    try:
        yield
    finally:
        os.environ[HOLD_VARIABLE] = former
