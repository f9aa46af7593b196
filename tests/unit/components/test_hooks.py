"""Resource hooks: what they hand to the engine."""

import asyncio
import threading
from typing import Any

import pulumi
import pytest

from components.engine import EngineError
from components.hooks import EngineHooks
from tests.support.docker_client import FakeContainer, FakeNetwork, engine_with
from tests.support.recording import run_program

MINE = {"ktr.io/deployment": "mine"}
INPUTS = {"name": "thing", "labels": [{"label": "ktr.io/deployment", "value": "mine"}]}


def hooks_of(*containers: FakeContainer, networks: tuple[FakeNetwork, ...] = ()) -> dict[str, Any]:
    """The hooks of a program by name, on an engine with these containers and networks."""
    engine, _ = engine_with(*containers, networks=networks)
    found: dict[str, Any] = {}

    def program() -> None:
        hooks = EngineHooks(engine)
        registered: list[pulumi.ResourceHook | pulumi.ErrorHook] = [
            hooks.replace_leftover_container,
            hooks.replace_leftover_network,
            hooks.run_job("thing", 32),
            hooks.show_log,
        ]
        found.update({registration.name: registration for registration in registered})

    run_program(program, "test")
    return found


def answer(hook: Any, args: pulumi.ResourceHookArgs | pulumi.ErrorHookArgs) -> Any:
    """What the hook comes to, awaited as Pulumi does."""

    async def awaited() -> Any:
        return await hook(args)

    return asyncio.run(awaited())


def call(hook: str, *containers: FakeContainer, networks: tuple[FakeNetwork, ...] = ()) -> None:
    """Call the hook as Pulumi would before or after it creates `thing`."""
    arguments: dict[str, Any] = {"urn": "urn", "id": "", "name": "thing", "type": "a", "new_inputs": INPUTS}
    answer(hooks_of(*containers, networks=networks)[hook], pulumi.ResourceHookArgs(**arguments))


def test_a_leftover_container_of_the_same_deployment_gives_way() -> None:
    container = FakeContainer("thing", MINE)
    call("replace-leftover-container", container)
    assert container.history == ["removed, force=True, volumes=True"]


def test_a_container_of_another_deployment_stops_the_update() -> None:
    with pytest.raises(EngineError, match="something else"):
        call("replace-leftover-container", FakeContainer("thing"))


def test_a_leftover_network_of_the_same_deployment_gives_way() -> None:
    network = FakeNetwork("thing", MINE)
    call("replace-leftover-network", networks=(network,))
    assert network.removed


def test_a_job_is_run_under_its_limit() -> None:
    job = FakeContainer("thing", status="created")
    call("run-thing", job)
    assert job.history == ["started with 32 processes at most"]


def test_a_job_that_fails_stops_the_update() -> None:
    with pytest.raises(EngineError, match="exit code 1"):
        call("run-thing", FakeContainer("thing", status="created", exit_code=1))


def test_the_event_loop_goes_on_while_a_job_runs() -> None:
    class Job(FakeContainer):
        def wait(self, timeout: int) -> dict[str, int]:
            threads.append(threading.current_thread())
            return super().wait(timeout)

    threads: list[threading.Thread] = []
    call("run-thing", Job("thing", status="created"))
    assert threading.main_thread() not in threads


class TestAContainerThatNeverGetsHealthy:
    @pytest.fixture
    def logged(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        messages: list[str] = []
        monkeypatch.setattr(pulumi.log, "error", messages.append)
        return messages

    def fail(self, *containers: FakeContainer) -> bool:
        arguments: dict[str, Any] = {"urn": "urn", "id": "", "name": "thing", "type": "a", "new_inputs": INPUTS}
        return bool(answer(hooks_of(*containers)["show-log"], pulumi.ErrorHookArgs(**arguments)))

    def test_is_shown_with_its_last_output(self, logged: list[str]) -> None:
        self.fail(FakeContainer("thing", output=b"no such role\n"))
        assert logged == ["the last output of thing:\nno such role"]

    def test_is_not_tried_again(self, logged: list[str]) -> None:
        del logged
        assert not self.fail(FakeContainer("thing"))

    def test_that_wrote_nothing_adds_nothing(self, logged: list[str]) -> None:
        self.fail(FakeContainer("thing"))
        assert logged == []

    def test_that_is_gone_hides_no_error(self, logged: list[str]) -> None:
        self.fail()
        assert logged == []
