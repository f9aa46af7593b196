"""What the program asks of the engine beside Pulumi's provider."""

from contextlib import nullcontext
from pathlib import Path

import pulumi
import pytest
from docker.context import ContextAPI

from components.engine import Capacity, Engine, EngineError, FilesCheck, PublishedPort, resolve_host
from tests.support.docker_client import FakeContainer, FakeNetwork, engine_with

OWN = {"ktr.io/deployment": "mine", "ktr.io/stack": "prod"}
OTHERS = {"ktr.io/deployment": "theirs", "ktr.io/stack": "prod"}


class TestTheHost:
    @pytest.fixture(autouse=True)
    def no_context(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("DOCKER_HOST", raising=False)
        monkeypatch.setattr(ContextAPI, "get_current_context", lambda: None)

    def test_is_the_setting_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DOCKER_HOST", "tcp://10.0.0.1:2375")
        assert resolve_host("ssh://docker1") == "ssh://docker1"

    def test_is_the_environment_next(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DOCKER_HOST", "tcp://10.0.0.1:2375")
        assert resolve_host(None) == "tcp://10.0.0.1:2375"

    def test_is_the_current_context_then(self, monkeypatch: pytest.MonkeyPatch) -> None:
        context = type("Context", (), {"Host": "ssh://context"})
        monkeypatch.setattr(ContextAPI, "get_current_context", lambda: context)
        assert resolve_host(None) == "ssh://context"

    def test_is_the_usual_socket_in_the_end(self) -> None:
        assert resolve_host(None) == "unix:///var/run/docker.sock"

    @pytest.mark.parametrize(
        ("host", "local"),
        [("unix:///var/run/docker.sock", True), ("npipe:////./pipe/docker", True), ("ssh://docker1", False)],
    )
    def test_is_local_when_reached_by_a_file(self, host: str, local: bool) -> None:
        assert Engine(host).is_local is local

    def test_that_does_not_answer_is_named_with_the_ways_out(self, tmp_path: Path) -> None:
        with pytest.raises(EngineError, match=r"no Docker engine answers at unix://.*ktr:engine\.host"):
            Engine(f"unix://{tmp_path}/none.sock").capacity()

    def test_that_refuses_ends_the_program_with_a_message_and_no_traceback(self) -> None:
        assert issubclass(EngineError, pulumi.RunError)


def test_capacity_is_what_the_host_has() -> None:
    engine, _ = engine_with()
    assert engine.capacity() == Capacity(cpus=4, memory=8 * 1024**3)


class TestPublishedPorts:
    def test_are_told_with_their_holder_and_its_stack(self) -> None:
        port = {"IP": "127.0.0.1", "PublicPort": 8080, "PrivatePort": 80, "Type": "tcp"}
        engine, _ = engine_with(FakeContainer("edge", {"ktr.io/stack": "dev"}, published=(port,)))
        assert engine.published_ports() == [PublishedPort("127.0.0.1", 8080, "edge", "dev")]

    def test_of_a_container_of_somebody_else_name_no_stack(self) -> None:
        port = {"IP": "0.0.0.0", "PublicPort": 80, "PrivatePort": 80, "Type": "tcp"}  # noqa: S104 (what the engine says)
        engine, _ = engine_with(FakeContainer("web", published=(port,)))
        assert [port.stack for port in engine.published_ports()] == [""]

    def test_are_not_those_that_are_only_exposed_or_not_tcp(self) -> None:
        exposed = {"PrivatePort": 5432, "Type": "tcp"}
        udp = {"IP": "127.0.0.1", "PublicPort": 53, "PrivatePort": 53, "Type": "udp"}
        engine, _ = engine_with(FakeContainer("db", published=(exposed, udp)))
        assert engine.published_ports() == []


class TestTheLimitOfProcesses:
    def test_is_set_where_it_is_not_in_force(self) -> None:
        engine, client = engine_with(FakeContainer("edge", pids=None))
        engine.limit_pids("id-of-edge", 64)
        assert client.api.updates == [("/containers/id-of-edge/update", {"PidsLimit": 64})]

    def test_is_left_alone_where_it_is(self) -> None:
        engine, client = engine_with(FakeContainer("edge", pids=64))
        engine.limit_pids("id-of-edge", 64)
        assert client.api.updates == []


class TestReadingFilesAgain:
    def test_is_asked_for_by_a_signal_from_inside(self) -> None:
        container = FakeContainer("prometheus")
        engine, _ = engine_with(container)
        engine.hang_up("id-of-prometheus")
        assert container.history == ["ran sh -c kill -HUP 1"]

    def test_is_not_asked_of_what_does_not_run_since_it_will_when_it_starts(self) -> None:
        container = FakeContainer("prometheus", status="restarting")
        engine, _ = engine_with(container)
        engine.hang_up("id-of-prometheus")
        assert container.history == []


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("unix:///run/user/1000/docker.sock", "/run/user/1000/docker.sock"),
        ("ssh://docker1", "/var/run/docker.sock"),
        ("tcp://10.0.0.1:2376", "/var/run/docker.sock"),
    ],
)
def test_the_socket_lies_where_the_engine_is_reached_or_at_the_usual_place_of_its_host(host: str, path: str) -> None:
    assert Engine(host).socket_path == path


class TestAJob:
    def test_starts_under_its_limit_of_processes(self) -> None:
        job = FakeContainer("job", status="created")
        engine, _ = engine_with(job)
        engine.run_job("job", 32)
        assert job.history == ["started with 32 processes at most"]

    def test_that_fails_stops_the_update_with_the_end_of_its_output(self) -> None:
        lines = b"\n".join(b"line %d." % number for number in range(1, 31))
        engine, _ = engine_with(FakeContainer("job", exit_code=3, output=lines))
        with pytest.raises(EngineError, match=r"job job: exit code 3; (?s:.*)\nline 11\.\n(?s:.*)line 30\.$"):
            engine.run_job("job", 32)

    def test_that_does_not_end_is_killed_and_stops_the_update(self) -> None:
        job = FakeContainer("job", hangs=True)
        engine, _ = engine_with(job)
        with pytest.raises(EngineError, match="no end within 900 s"):
            engine.run_job("job", 32)
        assert job.history[-1] == "killed"


class TestTheRetryMarker:
    def test_is_empty_before_the_first_run(self) -> None:
        engine, _ = engine_with()
        assert engine.retry_marker("job") == ""

    def test_is_empty_after_a_good_first_run(self) -> None:
        engine, _ = engine_with(FakeContainer("job", status="exited", exit_code=0))
        assert engine.retry_marker("job") == ""

    @pytest.mark.parametrize(("status", "exit_code"), [("exited", 1), ("exited", 137), ("created", 0)])
    def test_changes_when_the_last_run_failed_or_never_began(self, status: str, exit_code: int) -> None:
        labels = {"ktr.io/retry": "the-run-before"}
        engine, _ = engine_with(FakeContainer("job", labels, status=status, exit_code=exit_code))
        assert engine.retry_marker("job") == "short-id-of-job"

    def test_stays_once_a_retry_has_succeeded(self) -> None:
        labels = {"ktr.io/retry": "the-run-before"}
        engine, _ = engine_with(FakeContainer("job", labels, status="exited", exit_code=0))
        assert engine.retry_marker("job") == "the-run-before"


class TestLeftovers:
    def test_of_this_deployment_are_removed(self) -> None:
        container = FakeContainer("ktr-prod-nginx", OWN)
        engine, _ = engine_with(container)
        engine.remove_leftover_container("ktr-prod-nginx", "mine")
        assert container.history == ["removed, force=True, volumes=True"]

    @pytest.mark.parametrize(
        ("labels", "owner"), [(OTHERS, "another deployment of stack 'prod'"), ({}, "something else")]
    )
    def test_of_somebody_else_are_kept_and_named(self, labels: dict[str, str], owner: str) -> None:
        container = FakeContainer("ktr-prod-nginx", labels)
        engine, _ = engine_with(container)
        with pytest.raises(EngineError, match=f"belongs to {owner}.*docker container rm --force ktr-prod-nginx"):
            engine.remove_leftover_container("ktr-prod-nginx", "mine")
        assert container.history == []

    def test_are_no_trouble_when_there_are_none(self) -> None:
        engine, client = engine_with()
        engine.remove_leftover_container("ktr-prod-nginx", "mine")
        engine.remove_leftover_network("ktr-data-network-prod", "mine")
        assert client.api.updates == []

    def test_are_networks_of_that_very_name(self) -> None:
        networks = [FakeNetwork("ktr-data-network-prod", OWN), FakeNetwork("ktr-data-network-prod2", OTHERS)]
        engine, _ = engine_with(networks=networks)
        engine.remove_leftover_network("ktr-data-network-prod", "mine")
        assert [network.removed for network in networks] == [True, False]

    def test_are_both_networks_when_the_engine_has_two_of_a_name(self) -> None:
        networks = [FakeNetwork("ktr-data-network-prod", OWN), FakeNetwork("ktr-data-network-prod", OWN)]
        engine, _ = engine_with(networks=networks)
        engine.remove_leftover_network("ktr-data-network-prod", "mine")
        assert [network.removed for network in networks] == [True, True]

    def test_that_are_networks_of_somebody_else_are_kept(self) -> None:
        network = FakeNetwork("ktr-data-network-prod", OTHERS)
        engine, _ = engine_with(networks=[network])
        with pytest.raises(EngineError, match="docker network rm ktr-data-network-prod"):
            engine.remove_leftover_network("ktr-data-network-prod", "mine")
        assert not network.removed


class TestACheckOfFiles:
    CHECK = FilesCheck(what="It refuses", mounts={"config": "/etc/it"}, command=["check"], user="1:1")

    @pytest.mark.parametrize("accepted", [True, False])
    def test_leaves_no_container_and_no_volume_of_its_image_behind(self, accepted: bool) -> None:
        engine, client = engine_with()
        made = client.containers.made
        made.exit_code = 0 if accepted else 1
        with nullcontext() if accepted else pytest.raises(EngineError, match="It refuses"):
            engine.check_files("check", "image", {"/config/a": "text"}, self.CHECK)
        assert made.history[-1] == "removed, force=True, volumes=True"

    def test_removes_what_a_killed_one_has_left_in_the_same_way(self) -> None:
        left = FakeContainer("check")
        engine, _ = engine_with(left)
        engine.check_files("check", "image", {}, self.CHECK)
        assert left.history == ["removed, force=True, volumes=True"]
