"""Invariant 6 on the real engine: settings that it cannot hold stop at preview, tell all, and change nothing."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.integration.harness.deployment import Deployment, Settings, deployment
from tests.integration.harness.engine_view import EngineView
from tests.support.ports import LOOPBACK

TRACEBACK = "Traceback (most recent call last)"


@dataclass(frozen=True)
class BadSetting:
    """A mistake, and what its message has to say."""

    name: str
    settings: Settings
    says: tuple[str, ...]
    """Key, value, rule and example."""


MISTAKES = (
    BadSetting(
        "more-cpus-than-the-host-has",
        {"ktr:app": {"cpus": 63}},
        ("ktr:app.cpus", "63", "the engine's host has", "example: "),
    ),
    BadSetting(
        "more-memory-than-the-host-has",
        {"ktr:postgres": {"memory": "256g"}},
        ("ktr:postgres.memory", "256g", "the engine's host has", "example: "),
    ),
    BadSetting(
        "too-little-memory-for-the-connections",
        {"ktr:postgres": {"memory": "256m", "maxConnections": 500}},
        ("ktr:postgres.memory", "256m", "too small for maxConnections = 500", "example: "),
    ),
    BadSetting(
        "an-unknown-key-and-a-wrong-type-at-once",
        {"ktr:redis": {"memmory": "128m"}, "ktr:release": {"replicas": "two"}},
        (
            "2 faults",
            "ktr:redis.memmory",
            "unknown key; did you mean 'memory'",
            "ktr:release.replicas",
            '"two"',
            "1 to 16",
        ),
    ),
    BadSetting(
        "tls-without-files",
        {"ktr:edge": {"tls": {"mode": "provided"}, "httpsPort": 29443}},
        ("ktr:edge.tls.certificateFile", "(not set)", "required with mode provided", "example: "),
    ),
)


@pytest.fixture(scope="module")
def newcomer(view: EngineView) -> Iterator[Deployment]:
    """A stack that was never deployed."""
    with deployment("dev", view) as made:
        made.initialise()
        yield made


def _refusal(deployed: Deployment, settings: Settings) -> str:
    """What a preview with these settings says; it must fail, without a traceback, and change nothing."""
    before = dict(deployed.config)
    inventory = deployed.view.inventory(deployed.name)
    deployed.set(settings)
    try:
        refused = deployed.cli("preview")
    finally:
        deployed.config = before
        deployed.set({})
    assert refused.returncode != 0, refused.stdout
    assert TRACEBACK not in refused.stdout
    assert "nothing was changed" in refused.stdout
    assert deployed.view.inventory(deployed.name) == inventory
    return refused.stdout


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_is_refused_with_key_value_rule_and_example(newcomer: Deployment, mistake: BadSetting) -> None:
    message = _refusal(newcomer, mistake.settings)
    assert [part for part in mistake.says if " ".join(part.split()) not in " ".join(message.split())] == []


def test_a_running_stack_is_not_touched_by_a_refused_change(dev: Deployment) -> None:
    assert "ktr:app.cpus" in _refusal(dev, {"ktr:app": {"cpus": 63}})
    assert dev.preview() == {}


def test_a_port_of_another_stack_is_refused(newcomer: Deployment, dev: Deployment) -> None:
    message = _refusal(newcomer, {"ktr:edge": {"httpPort": dev.http_port}})
    holder = f"container ktr-{dev.name}-nginx of stack {dev.name}"
    wanted = ("ktr:edge.httpPort", str(dev.http_port), holder, "example:")
    assert [part for part in wanted if part not in message] == []


def test_a_port_of_another_process_is_refused(newcomer: Deployment) -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]
        message = _refusal(newcomer, {"ktr:edge": {"httpPort": port}})
    wanted = ("ktr:edge.httpPort", str(port), "another process of this host", "example:")
    assert [part for part in wanted if part not in message] == []


def test_an_engine_that_does_not_answer_is_named_without_a_traceback(newcomer: Deployment) -> None:
    before = dict(newcomer.config)
    newcomer.set({"ktr:engine": {"host": "unix:///nowhere/docker.sock"}})
    try:
        refused = newcomer.cli("preview")
    finally:
        newcomer.config = before
        newcomer.set({})
    assert refused.returncode != 0
    assert TRACEBACK not in refused.stdout
    assert "no Docker engine answers at unix:///nowhere/docker.sock" in refused.stdout


def test_up_refuses_what_preview_refuses(newcomer: Deployment, view: EngineView) -> None:
    before = dict(newcomer.config)
    newcomer.set({"ktr:app": {"cpus": 63}})
    try:
        refused = newcomer.cli("up", "--yes", "--skip-preview")
    finally:
        newcomer.config = before
        newcomer.set({})
    assert refused.returncode != 0
    assert "ktr:app.cpus" in refused.stdout
    assert not any(view.inventory(newcomer.name).values())
