"""The contract with other teams: what a stack exports."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from components.images import CATALOGUE
from components.outputs import StackOutputs
from tests.support.platform import DIGEST, Run, run_deploy, run_of, stack_settings
from tests.support.recording import Program, Secret, secret_value


def test_every_field_of_the_contract_is_exported_and_nothing_else(run: Run) -> None:
    assert set(run.program.outputs) == {field.name for field in fields(StackOutputs)}


@pytest.mark.parametrize(
    ("stack", "url"),
    [
        ("dev", "http://localhost:8080/"),
        ("staging", "https://localhost:8444/"),
        ("prod", "https://localhost/"),
    ],
)
def test_the_url_leaves_out_the_usual_port(stack: str, url: str) -> None:
    assert run_of(stack).program.outputs["urls"]["application"] == url


def test_the_health_url_lies_below_the_applications_url(run: Run) -> None:
    urls = run.program.outputs["urls"]
    assert urls["health"] == f"{urls['application']}_stcore/health"


def test_ports_are_those_that_are_published(run: Run) -> None:
    edge = run.settings.edge
    wanted = {"http": edge.http_port} | ({"https": edge.https_port} if edge.https_port else {})
    assert run.program.outputs["ports"] == wanted


def test_networks_are_named_as_the_engine_knows_them(run: Run) -> None:
    stack = run.settings.stack
    wanted = {"platform": f"ktr-platform-network-{stack}", "data": f"ktr-data-network-{stack}"}
    assert run.program.outputs["networks"] == wanted


def test_volumes_are_those_that_hold_data(run: Run) -> None:
    stack = run.settings.stack
    wanted = {
        "postgres": f"ktr-{stack}-postgres-data",
        "redis": f"ktr-{stack}-redis-data",
        **{name: f"ktr-{stack}-app-{name}" for name in ("data", "logs", "flows")},
    }
    assert run.program.outputs["volumes"] == wanted


def test_the_accounts_for_others_do_not_include_the_applications_own(run: Run) -> None:
    outputs = run.program.outputs
    assert set(outputs["postgres"]["accounts"]) == {"ktr_backup", "ktr_monitor", "ktr_readonly"}
    assert set(outputs["redis"]["accounts"]) == {"ktr_monitor"}


def test_the_release_names_the_live_slot_and_each_version() -> None:
    release = run_of("prod with two released slots").program.outputs["release"]
    assert release == {"active": "green", "slots": {"blue": "1.4.2", "green": DIGEST}}


def test_the_version_of_a_source_build_is_the_tag_of_its_image() -> None:
    program = run_of("dev").program
    (built,) = [item for item in program.resources if item.name == "app-build"]
    assert built.plain("name") == f"ktr-platform/app:{program.outputs['release']['slots']['blue']}"


def test_a_self_signed_certificate_is_warned_about_loudly() -> None:
    warnings = run_of("prod").program.outputs["warnings"]
    assert [warning for warning in warnings if "SELF-SIGNED" in warning] == warnings[:1]


def test_alerts_that_reach_nobody_are_warned_about() -> None:
    assert "NOBODY" in run_of("prod").program.outputs["warnings"][-1]
    assert run_of("dev that tells people").program.outputs["warnings"] == []


def test_grafana_is_told_of_where_it_is() -> None:
    outputs = run_of("staging").program.outputs
    assert outputs["urls"]["grafana"] == "https://localhost:8444/grafana/"
    assert outputs["login"]["grafana"] == {
        "user": "admin",
        "password": Secret(secret_value("secrets-grafana-admin-password")),
    }
    assert outputs["versions"]["grafana"].startswith("grafana/grafana:12.")


@pytest.mark.parametrize("variant", ["dev", "dev without dashboards"])
def test_grafana_is_not_told_of_where_it_is_not(variant: str) -> None:
    outputs = run_of(variant).program.outputs
    assert "grafana" not in {**outputs["urls"], **outputs["login"]}
    assert not [warning for warning in outputs["warnings"] if "DASHBOARDS" in warning]


def without(key: str, folder: Path) -> Program:
    """What staging registers where the registry has no image of `key`."""
    lock = folder / "images.lock.json"
    lock.write_text(json.dumps({"registry": "docker.io", "images": {}, "absent": [CATALOGUE[key].name]}))
    return run_deploy(stack_settings("staging").model_copy(update={"lock_file": lock})).program


def test_a_registry_without_grafana_leaves_it_out_and_is_warned_about(tmp_path: Path) -> None:
    program = without("grafana", tmp_path)
    assert [item.name for item in program.resources if "grafana" in item.name] == []
    assert "grafana" not in {**program.outputs["urls"], **program.outputs["login"], **program.outputs["versions"]}
    assert [warning for warning in program.outputs["warnings"] if "NO DASHBOARDS: no image of Grafana" in warning]


@pytest.mark.parametrize("key", ["grafana", "loki", "alloy"])
def test_logs_are_kept_where_all_that_it_takes_is_there_or_else_warned_about(key: str, tmp_path: Path) -> None:
    program = without(key, tmp_path)
    assert [item.name for item in program.resources if re.search("loki|alloy|log-pseudonym", item.name)] == []
    assert [warning for warning in program.outputs["warnings"] if "NO LOGS ARE KEPT" in warning]
    assert ("grafana" in program.outputs["urls"]) is (key != "grafana")


def test_nobody_is_warned_of_logs_that_are_kept_or_not_wanted() -> None:
    unwanted = run_deploy(stack_settings("staging", {"monitoring": {"enabled": True, "logs": {"enabled": False}}}))
    for program in (run_of("staging").program, unwanted.program):
        assert not [warning for warning in program.outputs["warnings"] if "LOGS" in warning]


def test_plain_http_on_the_loopback_interface_needs_no_warning() -> None:
    assert run_of("dev").program.outputs["warnings"] == []
