"""Invariant 3: no secret outside the encrypted state and the secret volumes, proven with the real values."""

import base64
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docker.types import LogConfig

from tests.integration.harness.clients import answers
from tests.integration.harness.deployment import Deployment
from tests.integration.harness.engine_view import STACK_LABEL, EngineView
from tests.integration.harness.leaks import (
    Haystack,
    archived_haystacks,
    engine_haystacks,
    file_haystacks,
    find_leaks,
    secrets_of,
    spellings,
)
from tests.integration.harness.platform import Stacks
from tests.integration.harness.removal import remove_stack

GENERATED = 11
"""Passwords and keys that the program makes for each stack; certificates come on top."""


@pytest.fixture(scope="module")
def values(stacks: Stacks) -> dict[str, set[str]]:
    """The real secrets of each stack, by environment."""
    return {environment: _exported(stack) for environment, stack in stacks.items()}


def _exported(stack: Deployment) -> set[str]:
    exported = stack.cli("stack", "export", "--show-secrets", check=True).stdout
    return secrets_of(json.loads(exported))


def _passwords(outputs: dict[str, Any]) -> set[str]:
    accounts = {**outputs["postgres"]["accounts"], **outputs["redis"]["accounts"]}
    return {outputs["login"]["password"], *accounts.values()}


def test_the_values_searched_for_are_the_real_ones(
    each: Deployment, values: dict[str, set[str]], view: EngineView
) -> None:
    found = values[each.environment]
    assert _passwords(each.outputs) <= found
    assert any("SCRAM" in value for value in found)
    app = view.service(each.name, "app-blue-1")
    delivered = view.shell(app, "cat /run/secrets/*; true").output
    assert any(value in delivered for value in found)
    assert len([value for value in found if len(value) == 25]) >= GENERATED


def test_stacks_share_no_secret(values: dict[str, set[str]]) -> None:
    dev, staging, prod = ({value for value in found if len(value) == 25} for found in values.values())
    assert not dev & staging
    assert not dev & prod
    assert not staging & prod


def test_the_engine_shows_no_secret(each: Deployment, values: dict[str, set[str]], view: EngineView) -> None:
    assert answers(each), "nothing would be in the logs"
    assert find_leaks(engine_haystacks(view, each.name), values[each.environment]) == set()


def test_the_logs_volume_holds_no_secret(each: Deployment, values: dict[str, set[str]], view: EngineView) -> None:
    app = view.service(each.name, "app-blue-1")
    found = find_leaks(archived_haystacks(view, app.id or "", "/app/logs"), values[each.environment])
    assert found == set()


def test_the_state_on_disk_holds_no_secret_in_the_clear(each: Deployment, values: dict[str, set[str]]) -> None:
    files = list(file_haystacks(each.state))
    assert any("/history/" in file.place for file in files), "Pulumi keeps a history; is it elsewhere now?"
    assert find_leaks(files, values[each.environment]) == set()


def test_the_program_directory_holds_no_secret(each: Deployment, values: dict[str, set[str]]) -> None:
    assert find_leaks(file_haystacks(each.program), values[each.environment]) == set()


def test_pulumi_prints_no_secret(each: Deployment, values: dict[str, set[str]]) -> None:
    each.preview()
    printed = [
        Haystack("output of pulumi up and preview", each.transcript),
        Haystack("pulumi stack output", each.cli("stack", "output", "--json", check=True).stdout),
        Haystack("pulumi stack export", each.cli("stack", "export", check=True).stdout),
    ]
    assert find_leaks(printed, values[each.environment]) == set()


@pytest.fixture
def planted(view: EngineView, stacks: Stacks, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A stack of containers, network, volume and state that leaks one value everywhere; its name and the value."""
    stack = f"decoy-{secrets.token_hex(3)}"
    value = secrets.token_urlsafe(18)
    labels = {STACK_LABEL: stack, "leak": base64.b64encode(f"user:{value}".encode()).decode()}
    image = view.service(stacks["dev"].name, "redis").image
    assert image
    try:
        view.client.containers.run(
            image,
            ["echo", value],
            environment={"LEAK": value.encode().hex()},
            labels=labels,
            network_mode="none",
            detach=True,
            entrypoint="",
            log_config=LogConfig(type="json-file"),
        ).wait(timeout=30)
        view.client.networks.create(f"ktr-{stack}", labels=labels, internal=True)
        view.client.volumes.create(f"ktr-{stack}", labels=labels)
        (tmp_path / "history").mkdir()
        (tmp_path / "history" / "checkpoint.json").write_text(json.dumps({"outputs": {"password": value}}))
        yield stack, value
    finally:
        remove_stack(view, stack)


def test_the_search_finds_a_planted_value_everywhere(
    planted: tuple[str, str], view: EngineView, tmp_path: Path
) -> None:
    stack, value = planted
    found = find_leaks([*engine_haystacks(view, stack), *file_haystacks(tmp_path)], [value])
    kinds = {" of ".join(place.split(" of ")[:1]) for place in found}
    assert {"environment", "command line", "labels", "log"} <= kinds
    assert any(place.startswith("inspection of network") for place in found)
    assert any(place.startswith("inspection of volume") for place in found)
    assert any(place.startswith("file history/checkpoint.json") for place in found)


def test_the_search_finds_a_value_planted_in_the_logs_volume(
    dev: Deployment, view: EngineView, values: dict[str, set[str]]
) -> None:
    app = view.service(dev.name, "app-blue-1")
    secret = next(iter(values["dev"]))
    view.run_in(app, ["sh", "-c", 'printf "login with %s" "$LEAK" > /app/logs/decoy.log'], {"LEAK": secret})
    try:
        assert find_leaks(archived_haystacks(view, app.id or "", "/app/logs"), [secret])
    finally:
        view.run_in(app, ["rm", "/app/logs/decoy.log"])


@pytest.mark.parametrize("offset", range(3))
def test_base64_of_a_longer_text_is_recognised_at_each_offset(offset: int) -> None:
    value = "a-Secret-with-25-letters!"
    text = base64.b64encode(b"x" * offset + value.encode() + b" and more").decode()
    assert any(spelling in text for spelling in spellings(value).values())
