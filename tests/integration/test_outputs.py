"""The contract with other teams: the outputs' shape, and another program that uses them by StackReference."""

import json
import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.images import CATALOGUE
from tests.integration.harness.deployment import Deployment, run_pulumi
from tests.integration.harness.leaks import file_haystacks, find_leaks
from tests.integration.harness.requirements import image_source

SHAPE: dict[str, Any] = {
    "login": {"user": str, "password": str},
    "networks": {"platform": str, "data": str},
    "ports": dict,
    "postgres": {
        "host": str,
        "port": (int, float),
        "name": str,
        "accounts": {"ktr_backup": str, "ktr_monitor": str, "ktr_readonly": str},
    },
    "redis": {"host": str, "port": (int, float), "accounts": {"ktr_monitor": str}},
    "release": {"active": str, "slots": dict},
    "urls": {"application": str, "health": str},
    "versions": dict,
    "volumes": {"data": str, "flows": str, "logs": str, "postgres": str, "redis": str},
    "warnings": list,
}
CONSUMER = """
    import pulumi

    platform = pulumi.StackReference("organization/ktr/{stack}")
    database = platform.require_output("postgres")
    pulumi.export("networks", platform.require_output("networks"))
    login = pulumi.Output.concat("ktr_readonly:", database["accounts"]["ktr_readonly"])
    pulumi.export("dsn", pulumi.Output.concat("postgresql://", login, "@", database["host"], "/", database["name"]))
"""


def _shape(deployed: Deployment) -> dict[str, Any]:
    """With Grafana, where the stack is monitored and the registry has an image of it."""
    if deployed.environment == "dev" or not image_source().has("grafana"):
        return SHAPE
    grafana = {"grafana": {"user": str, "password": str}}
    return {**SHAPE, "urls": {**SHAPE["urls"], "grafana": str}, "login": {**SHAPE["login"], **grafana}}


def _differences(value: Any, shape: Any, path: str = "outputs") -> Iterator[str]:
    if not isinstance(shape, dict):
        if not isinstance(value, shape):
            yield f"{path}: {type(value).__name__}"
        return
    if value.keys() != shape.keys():
        yield f"{path}: {sorted(value.keys() ^ shape.keys())}"
    for key in value.keys() & shape.keys():
        yield from _differences(value[key], shape[key], f"{path}.{key}")


def test_the_outputs_have_the_documented_shape(each: Deployment) -> None:
    assert list(_differences(each.outputs, _shape(each))) == []
    assert set(each.outputs["versions"]) == {key for key in CATALOGUE if image_source().has(key)}


def test_names_in_the_outputs_are_those_of_the_engine(each: Deployment) -> None:
    outputs, engine = each.outputs, each.view.inventory(each.name)
    networks = {network["Name"] for network in each.view.networks(each.name)}
    assert set(outputs["networks"].values()) <= networks
    assert set(outputs["volumes"].values()) <= set(engine["volumes"])


def test_a_registry_without_grafana_is_warned_about_where_there_should_be_one(staging: Deployment) -> None:
    warned = "NO DASHBOARDS" in " ".join(staging.outputs["warnings"])
    assert warned is not image_source().has("grafana")


def test_a_self_signed_certificate_is_warned_about(staging: Deployment, dev: Deployment) -> None:
    assert "SELF-SIGNED" in " ".join(staging.outputs["warnings"])
    assert dev.outputs["warnings"] == []


def test_passwords_are_hidden_unless_asked_for(dev: Deployment) -> None:
    shown = json.loads(dev.cli("stack", "output", "--json", check=True).stdout)
    assert shown["login"]["password"] != dev.outputs["login"]["password"]


@pytest.fixture
def consumer(dev: Deployment, tmp_path: Path) -> Iterator[Path]:
    """A program of another team, in the same backend, deployed."""
    program = tmp_path / "consumer"
    program.mkdir()
    (program / "Pulumi.yaml").write_text("name: consumer\nruntime: python\n")
    (program / "__main__.py").write_text(textwrap.dedent(CONSUMER.format(stack=dev.name)))
    _pulumi(dev, program, "stack", "init")
    _pulumi(dev, program, "up", "--yes", "--skip-preview")
    try:
        yield program
    finally:
        _pulumi(dev, program, "destroy", "--yes", "--skip-preview")
        _pulumi(dev, program, "stack", "rm", "--yes")
        shutil.rmtree(program)


def _pulumi(dev: Deployment, program: Path, *arguments: str) -> str:
    done = run_pulumi(*arguments, stack="consumer", cwd=program, env=dev.process_environment)
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_another_program_uses_the_outputs_and_secrets_stay_secret(dev: Deployment, consumer: Path) -> None:
    password = dev.outputs["postgres"]["accounts"]["ktr_readonly"]
    read = ["stack", "output", "--json"]
    shown = _pulumi(dev, consumer, *read)
    assert json.loads(shown)["networks"] == dev.outputs["networks"]
    assert password not in shown
    revealed = json.loads(_pulumi(dev, consumer, *read, "--show-secrets"))
    assert revealed["dsn"] == f"postgresql://ktr_readonly:{password}@postgres/ktr"
    assert find_leaks(file_haystacks(dev.state), [password]) == set()
