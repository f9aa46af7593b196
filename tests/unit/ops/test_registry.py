"""Registries: earlier decisions, stand-ins' content, lock files."""

from pathlib import Path

import pytest

from components.images import CATALOGUE, ImageSource
from ops.paths import Paths
from ops.registry import Decision, Registry, load_decisions, save_decisions, write_lock
from ops.standins import WITHOUT, content_hash, stand_in, stand_in_keys


def test_decisions_are_remembered(tmp_path: Path) -> None:
    file = tmp_path / "registry.json"
    decisions = {"docker.io": Decision(standins=True, since="2026-01-01", reason="no such host")}
    save_decisions(file, decisions)
    assert load_decisions(file) == decisions


@pytest.mark.parametrize("text", ["", "[]", '{"docker.io": 1}', '{"docker.io": {"other": 1}}'])
def test_an_unreadable_decision_is_no_decision(tmp_path: Path, text: str) -> None:
    file = tmp_path / "registry.json"
    file.write_text(text)
    assert load_decisions(file) == {}


def test_the_program_reads_the_lock_that_is_written(tmp_path: Path) -> None:
    file = tmp_path / "images.lock.json"
    digests = {image.name: f"sha256:{'0' * 64}" for image in CATALOGUE.values()}
    write_lock(file, "127.0.0.1:5000", digests)
    source = ImageSource.locked("127.0.0.1:5000", file)
    assert source.reference("redis") == f"127.0.0.1:5000/library/redis@sha256:{'0' * 64}"


def test_a_lock_says_what_the_registry_does_not_have(tmp_path: Path) -> None:
    file = tmp_path / "images.lock.json"
    digests = {image.name: f"sha256:{'0' * 64}" for key, image in CATALOGUE.items() if key not in WITHOUT}
    write_lock(file, "127.0.0.1:5000", digests)
    source = ImageSource.locked("127.0.0.1:5000", file)
    assert {key for key in CATALOGUE if not source.has(key)} == WITHOUT


def test_a_registry_has_everything_but_stand_ins_of_what_debian_lacks() -> None:
    keys = Registry(host="127.0.0.1:5000", standins=True).keys(Paths.of())
    assert set(Registry(host="docker.io", standins=False).keys(Paths.of())) - set(keys) == WITHOUT


@pytest.mark.parametrize("key", [*(key for key in CATALOGUE if key not in WITHOUT), "registry"])
def test_every_image_has_a_stand_in(key: str) -> None:
    assert stand_in(key, Paths.of()).marker.startswith(stand_in(key, Paths.of()).image.tag)


def test_a_stand_in_says_what_it_is() -> None:
    for key in (*stand_in_keys(Paths.of()), "registry"):
        dockerfile = (stand_in(key, Paths.of()).folder / "Dockerfile").read_text()
        assert 'LABEL ktr.io/standin="true"' in dockerfile, key
        assert f"Stand-in for docker.io/{stand_in(key, Paths.of()).image.name}" in dockerfile, key


@pytest.mark.parametrize("change", ["content", "name", "mode"])
def test_every_change_of_a_folder_changes_its_hash(tmp_path: Path, change: str) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text("FROM scratch\n")
    before = content_hash([tmp_path])
    match change:
        case "content":
            file.write_text("FROM scratch\nUSER 1\n")
        case "name":
            file.rename(tmp_path / "Containerfile")
        case _:
            file.chmod(0o755)
    assert content_hash([tmp_path]) != before
