"""What the engine's host cannot hold is refused before anything changes."""

import socket
from typing import Any

import pytest

from components.engine import Capacity, PublishedPort
from components.preflight import preflight
from components.settings import Fault, SettingsError, StackSettings
from tests.support.engine import GIBIBYTE, FakeEngine
from tests.support.platform import stack_settings

ANY = "0.0.0.0"  # noqa: S104 (an address that containers may listen on)
LOOPBACK = "127.0.0.1"


def settings(**edge: Any) -> StackSettings:
    return stack_settings("dev", {"edge": {"address": LOOPBACK, "httpPort": 8080, **edge}})


def faults(chosen: StackSettings, engine: FakeEngine) -> dict[str, Fault]:
    try:
        preflight(chosen, engine)
    except SettingsError as error:
        return {fault.key: fault for fault in error.faults}
    return {}


class TestPorts:
    def test_of_this_stack_are_its_own(self) -> None:
        engine = FakeEngine(published=[PublishedPort(LOOPBACK, 8080, "ktr-dev-nginx", "dev")])
        assert faults(settings(), engine) == {}

    def test_of_another_stack_are_taken(self) -> None:
        engine = FakeEngine(published=[PublishedPort(LOOPBACK, 8080, "ktr-prod-nginx", "prod")])
        rule = "the port is taken by container ktr-prod-nginx of stack prod"
        assert faults(settings(), engine)["ktr:edge.httpPort"].rule == rule

    def test_of_any_other_container_are_taken(self) -> None:
        engine = FakeEngine(published=[PublishedPort(LOOPBACK, 8080, "web", "")])
        rule = "the port is taken by container web of no stack of this platform"
        assert faults(settings(), engine)["ktr:edge.httpPort"].rule == rule

    @pytest.mark.parametrize(("wanted", "held"), [(LOOPBACK, ANY), (ANY, LOOPBACK), (ANY, ANY), (LOOPBACK, LOOPBACK)])
    def test_meet_on_the_same_address_and_on_all_addresses(self, wanted: str, held: str) -> None:
        engine = FakeEngine(published=[PublishedPort(held, 8080, "web", "")])
        assert list(faults(settings(address=wanted), engine)) == ["ktr:edge.httpPort"]

    def test_on_another_address_are_free(self) -> None:
        engine = FakeEngine(published=[PublishedPort("10.0.0.1", 8080, "web", "")])
        assert faults(settings(), engine) == {}

    def test_with_another_number_are_free(self) -> None:
        engine = FakeEngine(published=[PublishedPort(LOOPBACK, 8081, "web", "")])
        assert faults(settings(), engine) == {}

    def test_of_a_process_of_this_host_are_taken(self) -> None:
        with socket.socket() as listener:
            listener.bind((LOOPBACK, 0))
            listener.listen()
            port = listener.getsockname()[1]
            found = faults(settings(httpPort=port), FakeEngine("unix:///var/run/docker.sock"))
        assert found["ktr:edge.httpPort"].rule == "the port is taken by another process of this host"

    def test_of_this_machine_say_nothing_about_a_remote_host(self) -> None:
        with socket.socket() as listener:
            listener.bind((LOOPBACK, 0))
            listener.listen()
            port = listener.getsockname()[1]
            assert faults(settings(httpPort=port), FakeEngine("ssh://docker1")) == {}

    def test_are_both_looked_at_with_tls(self) -> None:
        held = [PublishedPort(LOOPBACK, port, "web", "") for port in (8080, 8443)]
        chosen = settings(httpsPort=8443, tls={"mode": "self-signed"})
        assert set(faults(chosen, FakeEngine(published=held))) == {"ktr:edge.httpPort", "ktr:edge.httpsPort"}

    @pytest.mark.parametrize(("port", "example"), [(8080, 9080), (65535, 64535)])
    def test_come_with_an_example_that_is_a_port(self, port: int, example: int) -> None:
        engine = FakeEngine(published=[PublishedPort(LOOPBACK, port, "web", "")])
        assert faults(settings(httpPort=port), engine)["ktr:edge.httpPort"].example.endswith(f"httpPort: {example}")


class TestCapacity:
    def test_that_is_large_enough_is_accepted(self) -> None:
        assert faults(settings(), FakeEngine(capacity=Capacity(cpus=1, memory=2 * GIBIBYTE))) == {}

    def test_of_cpus_bounds_every_service(self) -> None:
        chosen = stack_settings("dev", {section: {"cpus": 3} for section in ("app", "edge", "postgres", "redis")})
        found = faults(chosen, FakeEngine(capacity=Capacity(cpus=2, memory=64 * GIBIBYTE)))
        assert {key: fault.rule for key, fault in found.items()} == {
            f"ktr:{section}.cpus": "the engine's host has 2 CPUs" for section in ("app", "edge", "postgres", "redis")
        }

    def test_of_memory_bounds_every_service(self) -> None:
        chosen = stack_settings("dev", {section: {"memory": "3g"} for section in ("app", "edge", "postgres", "redis")})
        found = faults(chosen, FakeEngine(capacity=Capacity(cpus=64, memory=2 * GIBIBYTE)))
        assert {key: (fault.value, fault.rule) for key, fault in found.items()} == {
            f"ktr:{section}.memory": ("3g", "the engine's host has 2048m of memory")
            for section in ("app", "edge", "postgres", "redis")
        }

    def test_bounds_the_monitoring_only_where_there_is_one(self) -> None:
        engine = FakeEngine(capacity=Capacity(cpus=2, memory=64 * GIBIBYTE))
        watched = {"cpus": 3, "dashboards": {"cpus": 4}}
        assert faults(stack_settings("dev", {"monitoring": watched}), engine) == {}
        found = faults(stack_settings("dev", {"monitoring": {"enabled": True, **watched}}), engine)
        assert set(found) == {"ktr:monitoring.cpus", "ktr:monitoring.dashboards.cpus"}

    def test_may_be_used_to_the_last(self) -> None:
        chosen = stack_settings("dev", {"app": {"cpus": 2, "memory": "2g"}})
        assert faults(chosen, FakeEngine(capacity=Capacity(cpus=2, memory=2 * GIBIBYTE))) == {}


def test_everything_that_does_not_fit_is_told_at_once() -> None:
    engine = FakeEngine(
        capacity=Capacity(cpus=1, memory=GIBIBYTE), published=[PublishedPort(LOOPBACK, 8080, "web", "")]
    )
    chosen = stack_settings("dev", {"app": {"cpus": 2, "memory": "2g"}})
    assert set(faults(chosen, engine)) == {"ktr:app.cpus", "ktr:app.memory", "ktr:edge.httpPort"}
