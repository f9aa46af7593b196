"""Logs: what Alloy makes of the lines that it collects, and how long Loki keeps them.

Neither runs here: no registry at hand had their images. Alloy's own parser and evaluator read its configuration, and a
small program of these tests (`alloy/main.go`) does to lines what its stages are documented to do.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.monitoring.logs.alloy import render_alloy
from components.monitoring.logs.loki import render_loki
from ops.go import find_go
from ops.paths import Paths
from tests.monitoring.checkers import there
from tests.support.containers import CONTAINER, delivered_files, networks, readable_paths
from tests.support.platform import VARIANTS, Run, run_of

KEPT = [name for name in VARIANTS if run_of(name).settings.monitoring.keeps_logs]
KEY = "a-key-of-the-tests"
SOURCES = Path(__file__).with_name("alloy")


@pytest.fixture(scope="module")
def alloy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stand-in for Alloy's stages, built."""
    go = there("Go", find_go(Paths.of()))
    program = tmp_path_factory.mktemp("alloy") / "alloy"
    environment = {**os.environ, "GOFLAGS": "-mod=readonly"}
    built = subprocess.run(
        [go, "build", "-o", program, "."], cwd=SOURCES, env=environment, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    return program


def read(alloy: Path, config: str, *lines: str, key: str = KEY) -> dict[str, Any]:
    """The blocks of a configuration, and what its stages leave of lines."""
    done = subprocess.run([alloy, key, *lines], input=config, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def stored(alloy: Path, *lines: str, key: str = KEY) -> list[str]:
    return list(read(alloy, render_alloy("prod", "proxy:1"), *lines, key=key)["lines"])


def delivered(run: Run, name: str) -> str:
    (text,) = [file.text for file in delivered_files(run.program) if file.name == name]
    return text


@pytest.mark.parametrize("variant", KEPT)
class TestWhereLogsAreKept:
    def test_alloys_parser_reads_what_is_delivered(self, variant: str, alloy: Path) -> None:
        blocks = read(alloy, delivered(run_of(variant), "config.alloy"))["blocks"]
        assert {"discovery.docker", "loki.source.docker", "loki.process", "loki.write"} <= set(blocks)

    def test_only_this_stacks_containers_are_read(self, variant: str) -> None:
        run = run_of(variant)
        assert f'values = ["ktr.io/stack={run.settings.stack}"]' in delivered(run, "config.alloy")

    def test_lines_go_from_the_proxy_through_the_pseudonyms_to_loki(self, variant: str) -> None:
        config = delivered(run_of(variant), "config.alloy")
        assert config.count('"tcp://engine-proxy:2375"') == 2
        assert config.count("forward_to") == 2
        assert config.index("[loki.process.persons.receiver]") < config.index("[loki.write.loki.receiver]")
        assert 'url = "http://loki:3100/loki/api/v1/push"' in config

    def test_each_reaches_whom_it_asks(self, variant: str) -> None:
        program = run_of(variant).program
        on = {name: networks(program.named(name, CONTAINER)) for name in ("alloy", "loki", "engine-proxy", "grafana")}
        for asks, asked in (("alloy", "engine-proxy"), ("alloy", "loki"), ("grafana", "loki")):
            assert on[asks] & on[asked], (asks, asked)

    def test_nobody_outside_reaches_either(self, variant: str) -> None:
        for name in ("alloy", "loki"):
            container = run_of(variant).program.named(name, CONTAINER)
            assert not container.plain("ports")
            assert not any("platform" in network for network in networks(container))

    def test_the_key_of_the_pseudonyms_is_a_file_that_is_there(self, variant: str) -> None:
        run = run_of(variant)
        assert "/run/secrets/pseudonym-key" in readable_paths(run.program, run.program.named("alloy", CONTAINER))
        assert 'filename  = "/run/secrets/pseudonym-key"' in delivered(run, "config.alloy")

    def test_they_are_kept_for_as_long_as_the_settings_say_and_then_removed(self, variant: str) -> None:
        run = run_of(variant)
        config = yaml.safe_load(delivered(run, "loki.yaml"))
        assert config["limits_config"]["retention_period"] == f"{run.settings.monitoring.logs.retention_days * 24}h"
        assert (config["compactor"]["retention_enabled"], config["compactor"]["delete_request_store"]) == (
            True,
            "filesystem",
        )


def test_there_are_stacks_that_keep_logs() -> None:
    assert {run_of(name).settings.stack for name in KEPT} == {"dev", "staging", "prod"}


def test_thirty_days_are_a_month_of_hours() -> None:
    assert yaml.safe_load(render_loki(30))["limits_config"]["retention_period"] == "720h"


def test_everything_that_loki_writes_lies_in_its_volume() -> None:
    common = yaml.safe_load(render_loki(30))["common"]
    folders = [common["path_prefix"], *common["storage"]["filesystem"].values()]
    assert {folder.split("/")[1] for folder in folders} == {"loki"}


class TestAPerson:
    @pytest.mark.parametrize(
        "line",
        [
            "signed up: maria.silva@example.com.br",
            '{"event":"sent","to":"Maria Silva <maria.silva@example.com>"}',
            '{"path":"/confirm?to=maria.silva%40example.com","status":"200"}',
            '{"username":"maria.silva","level":"info"}',
            '{"logger":"context","uname": "maria.silva","msg":"Request Completed"}',
            't=2026-11-24 level=info uname=maria.silva msg="Request Completed"',
            "ERROR:  duplicate key value violates unique constraint, login=maria.silva",
            "DETAIL:  Key (email)=(maria.silva@example.com) already exists.",
        ],
    )
    def test_is_not_stored_by_name_or_address(self, line: str, alloy: Path) -> None:
        (kept,) = stored(alloy, line)
        assert "maria.silva" not in kept
        assert "person-" in kept

    def test_has_one_pseudonym_on_every_line(self, alloy: Path) -> None:
        lines = stored(alloy, "a maria@example.com", 'b {"username":"maria@example.com"}', "c login=maria@example.com")
        assert len({line.partition("person-")[2][:12] for line in lines}) == 1

    def test_has_another_one_than_somebody_else(self, alloy: Path) -> None:
        one, other = stored(alloy, "maria@example.com", "joao@example.com")
        assert one != other

    def test_cannot_be_found_without_the_key(self, alloy: Path) -> None:
        assert stored(alloy, "maria@example.com") != stored(alloy, "maria@example.com", key="another")


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-24 10:00:00 UTC [42] ktr_app@ktr LOG:  duration: 12 ms",
        '{"event":"signed in","user":"user-3f9a","level":"info","version":"1.4.2"}',
        '{"time":"2026-11-24T10:00:00+00:00","path":"/_stcore/health","status":"200","user_agent":"ktr-probe"}',
        "1:M 24 Nov 2026 10:00:00.000 * Background saving started by pid 20",
        "image 127.0.0.1:5000/library/nginx@sha256:0123456789abcdef",
    ],
)
def test_what_names_nobody_is_stored_as_it_was_written(line: str, alloy: Path) -> None:
    assert stored(alloy, line) == [line]
