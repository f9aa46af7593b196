"""Stack files: what is read from them, and how copies are made."""

from pathlib import Path

from ops.stack_file import (
    drop_salt,
    engine_host_of,
    is_salted,
    local_copy,
    read_stack_file,
    registry_of,
    write_copy,
)

SECRET = {"secure": "v1:abc"}


def test_the_copy_has_the_tracked_settings() -> None:
    assert local_copy({"config": {"ktr:a": 1}}, {"config": {"ktr:a": 2, "ktr:gone": 3}}) == {"config": {"ktr:a": 1}}


def test_the_copy_keeps_local_secrets() -> None:
    assert local_copy({"config": {"ktr:a": 1}}, {"config": {"ktr:s": SECRET}}) == {
        "config": {"ktr:a": 1, "ktr:s": SECRET}
    }


def test_the_copy_keeps_local_secrets_inside_a_tracked_section() -> None:
    tracked = {"config": {"ktr:m": {"enabled": True}}}
    previous = {"config": {"ktr:m": {"enabled": False, "old": 1, "receivers": {"webhook": {"url": SECRET, "x": 1}}}}}
    assert local_copy(tracked, previous) == {
        "config": {"ktr:m": {"enabled": True, "receivers": {"webhook": {"url": SECRET}}}}
    }


def test_the_copy_keeps_nothing_of_a_section_without_secrets() -> None:
    assert local_copy({"config": {}}, {"config": {"ktr:m": {"enabled": True, "inner": {"a": 1}}}}) == {"config": {}}


def test_a_tracked_text_wins_over_a_section_with_secrets() -> None:
    tracked = {"config": {"ktr:m": "plain"}}
    assert local_copy(tracked, {"config": {"ktr:m": {"url": SECRET}}}) == tracked


def test_a_tracked_setting_wins_over_a_local_secret() -> None:
    assert local_copy({"config": {"ktr:s": "plain"}}, {"config": {"ktr:s": SECRET}}) == {"config": {"ktr:s": "plain"}}


def test_the_copy_drops_an_older_salt() -> None:
    assert "encryptionsalt" not in local_copy({"config": {}}, {"encryptionsalt": "v1:x", "config": {}})


def test_a_stack_without_settings_has_an_empty_copy() -> None:
    assert local_copy({}, {}) == {"config": {}}


def test_dropping_the_salt_changes_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.dev.yaml"
    text = "# why\nconfig:\n  ktr:note: 'encryptionsalt: no'  # kept\n"
    file.write_text(text + "encryptionsalt: v1:abc=:v1:def\n")
    drop_salt(file)
    assert file.read_text() == text


def test_a_file_that_held_only_a_salt_goes(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.new.yaml"
    file.write_text("encryptionsalt: v1:abc=:v1:def\n")
    drop_salt(file)
    assert not file.exists()


def test_a_salt_is_recognised_by_its_key(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text("config:\n  ktr:note: encryptionsalt\n")
    assert not is_salted(file)


def test_a_written_copy_is_read_back(tmp_path: Path) -> None:
    file = tmp_path / "config" / "Pulumi.dev.yaml"
    content = {"config": {"ktr:app": {"memory": "1g"}, "ktr:s": SECRET}}
    write_copy(file, content)
    assert read_stack_file(file) == content


def test_a_missing_file_is_empty(tmp_path: Path) -> None:
    assert read_stack_file(tmp_path / "Pulumi.none.yaml") == {}


def test_the_registry_is_docker_hub_unless_named() -> None:
    assert registry_of({"config": None}) == "docker.io"
    assert registry_of({"config": {"ktr:registry": "registry.example.com"}}) == "registry.example.com"


def test_the_engine_is_the_named_one() -> None:
    assert engine_host_of({"config": {"ktr:engine": {"host": "ssh://deploy@host"}}}) == "ssh://deploy@host"
    assert engine_host_of({}) is None
