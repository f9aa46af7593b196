"""Resource hooks: what must happen around the creation of a container or network, and when it fails."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.beside import beside
from components.engine import DEPLOYMENT_LABEL, Engine, FilesCheck


class EngineHooks:
    """The hooks of one program, bound to its engine, which they ask beside the event loop."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.replace_leftover_container = pulumi.ResourceHook(
            "replace-leftover-container",
            lambda args: beside(engine.remove_leftover_container, _name(args), _deployment(args)),
        )
        self.replace_leftover_network = pulumi.ResourceHook(
            "replace-leftover-network",
            lambda args: beside(engine.remove_leftover_network, _name(args), _deployment(args)),
        )
        self.show_log = pulumi.ErrorHook("show-log", self._show_log)

    def run_job(self, component: str, pids: int) -> pulumi.ResourceHook:
        """A hook that runs a created container to its end and fails the update when it fails."""
        return pulumi.ResourceHook(f"run-{component}", lambda args: beside(self._engine.run_job, _name(args), pids))

    def check_files(self, component: str, check: FilesCheck) -> pulumi.ResourceHook:
        """A hook that tries a loader's files out before it delivers them, in a preview too."""

        async def run(args: pulumi.ResourceHookArgs) -> None:
            image = _inputs(args).get("image")
            # A first preview knows no image yet: absent, or an object of the SDK where one of the files is a secret.
            if pulumi.runtime.is_dry_run() and not isinstance(image, str):
                return
            # An Output where one of the files is a secret.
            given = await pulumi.Output.from_input(_inputs(args)["uploads"]).future()
            uploads = {upload["file"]: upload["content"] for upload in given or []}
            await beside(self._engine.check_files, f"{_name(args)}-check", str(image), uploads, check)

        options = pulumi.ResourceHookOptions(on_dry_run=True)
        return pulumi.ResourceHook(f"check-{component}", run, options)

    async def _show_log(self, args: pulumi.ErrorHookArgs) -> bool:
        """Print what a container wrote that never got healthy: the provider says no more than that it did not."""
        name = _name(args)
        if words := await beside(self._engine.last_words, name):
            pulumi.log.error(f"the last output of {name}:\n{words}")
        return False


def _inputs(args: pulumi.ResourceHookArgs | pulumi.ErrorHookArgs) -> Mapping[str, Any]:
    return args.new_inputs or {}


def _name(args: pulumi.ResourceHookArgs | pulumi.ErrorHookArgs) -> str:
    return str(_inputs(args)["name"])


def _deployment(args: pulumi.ResourceHookArgs) -> str:
    labels = {entry["label"]: entry["value"] for entry in _inputs(args)["labels"]}
    return str(labels[DEPLOYMENT_LABEL])
