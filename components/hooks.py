"""Resource hooks: what must happen around the creation of a container or network, and when it fails."""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

import pulumi

from components.engine import DEPLOYMENT_LABEL, Engine

P = ParamSpec("P")
T = TypeVar("T")


class EngineHooks:
    """The hooks of one program, bound to its engine.

    They ask the engine from threads of their own. Pulumi calls hooks on the program's event loop, which registers and
    answers nothing while it waits; and its threads may all be waiting for resources whose hooks have not run yet.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(thread_name_prefix="hook")
        self.replace_leftover_container = pulumi.ResourceHook(
            "replace-leftover-container",
            lambda args: self._aside(engine.remove_leftover_container, _name(args), _deployment(args)),
        )
        self.replace_leftover_network = pulumi.ResourceHook(
            "replace-leftover-network",
            lambda args: self._aside(engine.remove_leftover_network, _name(args), _deployment(args)),
        )
        self.show_log = pulumi.ErrorHook("show-log", self._show_log)

    def run_job(self, component: str, pids: int) -> pulumi.ResourceHook:
        """A hook that runs a created container to its end and fails the update when it fails."""
        return pulumi.ResourceHook(
            f"run-{component}", lambda args: self._aside(self._engine.run_job, _name(args), pids)
        )

    async def _show_log(self, args: pulumi.ErrorHookArgs) -> bool:
        """Print what a container wrote that never got healthy: the provider says no more than that it did not."""
        name = _name(args)
        if words := await self._aside(self._engine.last_words, name):
            pulumi.log.error(f"the last output of {name}:\n{words}")
        return False

    def _aside(self, action: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        """Do something in a thread, so that the event loop goes on."""
        return asyncio.get_running_loop().run_in_executor(self._threads, functools.partial(action, *args, **kwargs))


def _inputs(args: pulumi.ResourceHookArgs | pulumi.ErrorHookArgs) -> Mapping[str, Any]:
    return args.new_inputs or {}


def _name(args: pulumi.ResourceHookArgs | pulumi.ErrorHookArgs) -> str:
    return str(_inputs(args)["name"])


def _deployment(args: pulumi.ResourceHookArgs) -> str:
    labels = {entry["label"]: entry["value"] for entry in _inputs(args)["labels"]}
    return str(labels[DEPLOYMENT_LABEL])
