"""An update as it goes: counts, what is being done right now, and the errors in clear."""

import re
from collections import Counter
from dataclasses import dataclass, field

from pulumi.automation import EngineEvent, OpType
from pulumi.automation.events import DiagnosticEvent, StepEventMetadata

from ops.console import Step

DOING = {
    OpType.CREATE: "creating",
    OpType.CREATE_REPLACEMENT: "creating",
    OpType.UPDATE: "updating",
    OpType.REPLACE: "replacing",
    OpType.DELETE: "deleting",
    OpType.DELETE_REPLACED: "deleting",
    OpType.REFRESH: "reading",
    OpType.READ: "reading",
}
CHANGES = {
    OpType.CREATE: "created",
    OpType.UPDATE: "updated",
    OpType.REPLACE: "replaced",
    OpType.DELETE: "deleted",
    OpType.SAME: "unchanged",
}
SHOWN = 3
_LOG_PREFIX = "sdk-v2/"
"""Start of a message that the provider's own log repeats."""
_WRAPPER = re.compile(r"^\*?\s*(.*: )?\d+ errors? occurred:$")
_COLOUR = re.compile(r"<\{%[^%]*%\}>")


@dataclass
class Progress:
    """Collects the engine's events and tells them to a step."""

    step: Step
    expected: int = 0
    """Resources of the earlier deployment: a floor for the total, which only the program knows."""
    errors: list[str] = field(default_factory=list)
    changes: Counter[str] = field(default_factory=Counter)
    _seen: set[str] = field(default_factory=set)
    _done: set[str] = field(default_factory=set)
    _running: dict[str, str] = field(default_factory=dict)

    def on_event(self, event: EngineEvent) -> None:
        """Take in one event."""
        if event.resource_pre_event:
            self._start(event.resource_pre_event.metadata)
        elif event.res_outputs_event:
            self._finish(event.res_outputs_event.metadata.urn)
        elif event.res_op_failed_event:
            self._finish(event.res_op_failed_event.metadata.urn)
        elif event.diagnostic_event:
            self._diagnose(event.diagnostic_event)
        elif event.summary_event:
            counts = event.summary_event.resource_changes
            self.changes = Counter({str(getattr(op, "value", op)): count for op, count in counts.items()})
        self.step.detail = self.describe()

    def describe(self) -> str:
        """`12 of 58: creating postgres, redis`."""
        total = max(self.expected, len(self._seen))
        running = list(self._running.values())
        shown = ", ".join(running[:SHOWN])
        more = f" and {len(running) - SHOWN} more" if len(running) > SHOWN else ""
        return f"{len(self._done)} of {total}" + (f": {shown}{more}" if shown else "")

    def summary(self) -> str:
        """`58 created` or `2 updated, 56 unchanged`."""
        parts = [f"{self.changes[op.value]} {verb}" for op, verb in CHANGES.items() if self.changes[op.value]]
        return ", ".join(parts) or "nothing to do"

    @property
    def changed(self) -> bool:
        """Whether anything differs from before."""
        return any(count for op, count in self.changes.items() if op != OpType.SAME.value)

    def _start(self, metadata: StepEventMetadata) -> None:
        self._seen.add(metadata.urn)
        if metadata.op in DOING:
            self._running[metadata.urn] = f"{DOING[metadata.op]} {resource_name(metadata.urn)}"

    def _finish(self, urn: str) -> None:
        self._done.add(urn)
        self._running.pop(urn, None)

    def _diagnose(self, event: DiagnosticEvent) -> None:
        message = essence(event.message)
        if event.severity != "error" or not message or message == "update failed":
            return
        where = "" if event.urn is None or "::pulumi:pulumi:Stack::" in event.urn else resource_name(event.urn)
        text = f"{where}: {message}" if where else message
        if text not in self.errors:
            self.errors.append(text)


def resource_name(urn: str) -> str:
    """The name at the end of a URN."""
    return urn.rpartition("::")[2]


def essence(message: str) -> str:
    """A message without colour directives and wrappers of nested errors; empty when another one says the same."""
    text = _COLOUR.sub("", message).strip()
    if text.startswith(_LOG_PREFIX):
        return ""
    kept = [line for line in text.splitlines() if not _WRAPPER.match(line.strip())]
    return "\n".join(kept).strip().removeprefix("* ")
