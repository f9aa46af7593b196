"""The switch: moves traffic from one routing to another, checked before and after, undone on any fault."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from components.settings import Colour, GateSettings
from components.traffic.edge import Edge, EdgeAnswer
from components.traffic.errors import TrafficError
from components.traffic.routing import Routing

SAMPLES = 20
"""Requests through the edge after a move."""

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Switch:
    """Moves the traffic of one edge."""

    edge: Edge
    gate: GateSettings
    versions: Mapping[str, str]
    """What the slots run, by colour."""
    say: Say
    """Told what is going on."""

    def move(self, wanted: Routing) -> Routing:
        """Bring `wanted` into force and return it as it is; the slots that gain clients have to pass the gate.

        Raises:
            TrafficError: a candidate is not fit, or the edge does not answer as it should; the former routing serves.
        """
        former = self.edge.routing()
        if former == wanted:
            return former
        for colour in Colour:
            if wanted.share(colour) > (former.share(colour) if former else 0):
                self.require_fit(colour, passes=self.gate.passes if former else 1)
        moved = wanted.left_after(former, int(time.time()))
        self.say(f"traffic: {former or 'none'} → {moved}")
        self.edge.publish(moved)
        try:
            self._verify(moved)
        except TrafficError as error:
            raise TrafficError(f"{error}. {self._undo(former)}") from error
        return moved

    def require_fit(self, colour: Colour, passes: int) -> None:
        """Wait until every replica of a slot has passed its checks several times in a row.

        Raises:
            TrafficError: not within the gate's time limit; carries what was wrong in the last check.
        """
        limit = self.gate.time_limit_seconds
        deadline = time.monotonic() + limit
        passed = 0
        while True:
            faults = self._faults(colour)
            passed = 0 if faults else passed + 1
            if passed >= passes:
                return
            if time.monotonic() + self.gate.interval_seconds > deadline:
                reason = "; ".join(faults) or f"{passed} of {passes} checks passed in a row"
                raise TrafficError(f"{colour} is not fit for traffic after {limit} s: {reason}")
            if faults:
                self.say(f"{colour} is not fit yet: {'; '.join(faults)}")
            time.sleep(self.gate.interval_seconds)

    def _faults(self, colour: Colour) -> list[str]:
        try:
            checks = self.edge.check(colour)
        except TrafficError as error:
            return [str(error)]
        return [fault for check in checks for fault in check.faults]

    def _verify(self, routing: Routing) -> None:
        answers, handshake = self.edge.answers(SAMPLES)
        faults = sorted({fault for answer in answers if (fault := self._fault(answer, routing))})
        if len(answers) < SAMPLES:
            faults.append(f"{SAMPLES - len(answers)} of {SAMPLES} requests got no answer")
        if handshake != "101":
            faults.append(f"the WebSocket handshake answers {handshake}")
        if faults:
            raise TrafficError(f"through the edge {'; '.join(faults)}")

    def _fault(self, answer: EdgeAnswer, routing: Routing) -> str:
        serving = {colour.value: self.versions.get(colour) for colour in Colour if routing.share(colour)}
        if answer.status != "200":
            return f"a request answers {answer.status}"
        if answer.slot not in serving:
            return f"the slot {answer.slot or 'unknown'} is chosen"
        if answer.colour != answer.slot:
            return f"{answer.colour or 'something unknown'} answers for {answer.slot}"
        if answer.version != serving[answer.slot]:
            return f"{answer.slot} runs {answer.version or 'an unknown version'}, not {serving[answer.slot]}"
        return ""

    def _undo(self, former: Routing | None) -> str:
        """Bring the former routing back; says what serves now."""
        if former is None:
            return "There was no routing before"
        try:
            self.edge.publish(former)
        except TrafficError as error:
            return f"The former routing ({former}) could NOT be restored: {error}"
        return f"The former routing is back: {former}"
