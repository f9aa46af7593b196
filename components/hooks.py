"""Resource hooks: what must happen around the creation of a container or network."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.engine import DEPLOYMENT_LABEL, Engine


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

    def run_job(self, component: str, pids: int) -> pulumi.ResourceHook:
        """A hook that runs a created container to its end and fails the update when it fails."""
        return pulumi.ResourceHook(f"run-{component}", lambda args: self._engine.run_job(_name(args), pids))


def _inputs(args: pulumi.ResourceHookArgs) -> Mapping[str, Any]:
    return args.new_inputs or {}


def _name(args: pulumi.ResourceHookArgs) -> str:
    return str(_inputs(args)["name"])


def _deployment(args: pulumi.ResourceHookArgs) -> str:
    labels = {entry["label"]: entry["value"] for entry in _inputs(args)["labels"]}
    return str(labels[DEPLOYMENT_LABEL])
