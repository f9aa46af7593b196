"""Configuration: what the loaders deliver is what the programs accept, on every stack that is monitored."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.monitoring.checkers import checked
from tests.support.containers import delivered_files, environment, networks, started
from tests.support.platform import VARIANTS, Run, run_deploy, run_of, stack_settings

MONITORED = [name for name in VARIANTS if run_of(name).settings.monitoring.enabled]
CONFIG_DIR = "/etc/prometheus/ktr"
RULES_DIR = "/etc/prometheus/rules"


@pytest.fixture(params=MONITORED)
def run(request: pytest.FixtureRequest) -> Run:
    return run_of(request.param)


def delivered(run: Run, volume: str) -> dict[str, str]:
    """Text by file name of what lies in a volume."""
    name = f"ktr-{run.settings.stack}-{volume}"
    return {file.name: file.text for file in delivered_files(run.program) if file.volume == name}


def written(files: dict[str, str], folder: Path) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def scrape_configs(run: Run) -> list[dict[str, Any]]:
    text = delivered(run, "prometheus-files-config")["prometheus.yml"]
    return list(yaml.safe_load(text)["scrape_configs"])


def entries(run: Run, *, probes: bool) -> list[dict[str, Any]]:
    """The targets, or else the probes, each with its labels."""
    return [
        {"target": entry["targets"][0], **entry["labels"]}
        for job in scrape_configs(run)
        for entry in job["static_configs"]
        if ("metrics_path" in job) is probes
    ]


def test_there_are_stacks_that_are_monitored() -> None:
    assert {run_of(name).settings.stack for name in MONITORED} == {"dev", "staging", "prod"}


def test_prometheus_accepts_what_is_delivered(run: Run, tmp_path: Path) -> None:
    rules = written(delivered(run, "prometheus-files-rules"), tmp_path / "rules")
    config = delivered(run, "prometheus-files-config")["prometheus.yml"].replace(RULES_DIR, str(rules))
    file = written({"prometheus.yml": config}, tmp_path / "config") / "prometheus.yml"
    said = checked("promtool", "check", "config", file)
    assert said.count("rules found") == len(list(rules.iterdir())) == 10


def test_alertmanager_accepts_what_is_delivered(run: Run, tmp_path: Path) -> None:
    folder = written(delivered(run, "alertmanager-files-config"), tmp_path / "config")
    assert "SUCCESS" in checked("amtool", "check-config", folder / "alertmanager.yml")


def test_the_black_box_exporter_accepts_what_is_delivered(run: Run, tmp_path: Path) -> None:
    file = written(delivered(run, "monitoring-files-probing"), tmp_path / "config") / "blackbox.yml"
    checked("prometheus-blackbox-exporter", "--config.check", f"--config.file={file}")


def test_every_target_is_a_container_of_the_stack_on_a_network_of_prometheus(run: Run) -> None:
    (prometheus,) = [item for item in started(run.program) if item.name == "prometheus"]
    reachable = {item.name for item in started(run.program) if networks(item) & networks(prometheus)}
    assert {entry["target"].partition(":")[0] for entry in entries(run, probes=False)} - reachable == set()


def test_every_target_is_called_by_the_name_of_its_container(run: Run) -> None:
    renamed = [
        entry for entry in entries(run, probes=False) if not entry["target"].startswith(f"{entry['component']}:")
    ]
    assert renamed == []


def test_what_a_target_says_of_other_containers_keeps_its_labels(run: Run) -> None:
    """Else the engine's exporter is the `component` of every container, and alerts name it in place of theirs."""
    assert {job["honor_labels"] for job in scrape_configs(run) if "metrics_path" not in job} == {True}


def test_every_replica_and_the_worker_are_measured(run: Run) -> None:
    wanted = {item.name for item in started(run.program) if "KTR_METRICS_PORT" in environment(item)}
    found = {entry["component"] for entry in entries(run, probes=False) if entry["component"].startswith("app-")}
    assert found == wanted


def test_every_exporter_is_measured(run: Run) -> None:
    wanted = {item.name for item in started(run.program) if item.name.endswith("-exporter")}
    assert wanted - {entry["component"] for entry in entries(run, probes=False)} == set()


def test_every_probe_uses_a_module_that_there_is(run: Run) -> None:
    modules = yaml.safe_load(delivered(run, "monitoring-files-probing")["blackbox.yml"])["modules"]
    assert {entry["__param_module"] for entry in entries(run, probes=True)} == set(modules)


def test_the_edge_is_asked_the_way_people_come(run: Run) -> None:
    (url,) = [entry["__param_target"] for entry in entries(run, probes=True) if entry["__param_module"] == "edge"]
    tls = run.settings.edge.https_port is not None
    assert url == ("https://edge:8443/_stcore/health" if tls else "http://edge:8080/_stcore/health")


def test_a_stack_says_which_it_is(run: Run) -> None:
    config = yaml.safe_load(delivered(run, "prometheus-files-config")["prometheus.yml"])
    assert config["global"]["external_labels"] == {"stack": run.settings.stack}


def test_pipelines_that_the_settings_name_are_critical() -> None:
    text = delivered(run_of("dev that tells people"), "prometheus-files-rules")["critical-pipelines.yml"]
    (group,) = yaml.safe_load(text)["groups"]
    assert [rule["labels"] for rule in group["rules"]] == [{"pipeline": "nightly"}]


def test_prometheus_and_alertmanager_read_changed_files_without_a_restart() -> None:
    run = run_deploy(stack_settings("staging"))
    assert set(run.engine.hung_up) == {"id-of-prometheus", "id-of-alertmanager"}


def test_a_changed_rule_or_receiver_replaces_no_container() -> None:
    one, other = run_of("dev that tells people"), run_deploy(stack_settings("dev", {"monitoring": {"enabled": True}}))
    for name in ("prometheus", "alertmanager"):
        before, after = (
            next(item.inputs for item in started(run.program) if item.name == name) for run in (one, other)
        )
        assert before == after


def test_without_a_monitoring_there_is_nothing_of_it() -> None:
    run = run_of("dev")
    assert [item.name for item in run.program.resources if "prometheus" in item.name or "exporter" in item.name] == []
    assert "syslog" not in delivered(run, "nginx-files-config")["nginx.conf"]
