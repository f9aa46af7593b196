"""Resource hooks: what must happen around the creation of a container or network."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.engine import DEPLOYMENT_LABEL, Engine, EngineError

LOG_LINES = 20


class EngineHooks:
    """The hooks of one program, bound to its engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.replace_leftover_container = pulumi.ResourceHook(
            "replace-leftover-container",
            lambda args: engine.remove_leftover_container(_name(args), _deployment(args)),
        )
        self.replace_leftover_network = pulumi.ResourceHook(
            "replace-leftover-network",
            lambda args: engine.remove_leftover_network(_name(args), _deployment(args)),
        )
        self.require_success = pulumi.ResourceHook("require-success", self._require_success)

    def _require_success(self, args: pulumi.ResourceHookArgs) -> None:
        """Fail the update when a job's container exited with another code than 0."""
        container = self._engine.container(_name(args))
        if container is None or container.attrs["State"]["ExitCode"] != 0:
            log = container.logs(tail=LOG_LINES).decode(errors="replace") if container else "it is gone"
            raise EngineError(f"job {_name(args)} failed; the next update runs it again. Its last output:\n{log}")


def _inputs(args: pulumi.ResourceHookArgs) -> Mapping[str, Any]:
    return args.new_inputs or {}


def _name(args: pulumi.ResourceHookArgs) -> str:
    return str(_inputs(args)["name"])


def _deployment(args: pulumi.ResourceHookArgs) -> str:
    labels = {entry["label"]: entry["value"] for entry in _inputs(args)["labels"]}
    return str(labels[DEPLOYMENT_LABEL])
