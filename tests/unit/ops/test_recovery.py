"""Locks of killed updates are told from those of running ones."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from ops.recovery import Lock, pulumi_runs, read_locks


def lock(host: str = "here", pid: int = 7) -> Lock:
    return Lock(file=Path("lock.json"), pid=pid, host=host, user="me", since="2026-01-01 00:00:00")


def test_a_lock_of_a_dead_process_of_this_host_is_stale() -> None:
    assert lock().is_stale("here", lambda _: False)


def test_a_lock_of_a_running_process_holds() -> None:
    assert not lock().is_stale("here", lambda _: True)


def test_a_lock_of_another_host_holds_as_nothing_is_known_of_it() -> None:
    assert not lock(host="there").is_stale("here", lambda _: False)


def test_locks_are_read_as_pulumi_writes_them(tmp_path: Path) -> None:
    folder = tmp_path / ".pulumi/locks/organization/ktr/dev"
    folder.mkdir(parents=True)
    content = {"pid": 42, "username": "me", "hostname": "here", "timestamp": "2026-01-02T03:04:05.678Z"}
    (folder / "a.json").write_text(json.dumps(content))
    (found,) = read_locks(tmp_path, "ktr", "dev")
    assert (found.pid, found.host, found.user, found.since) == (42, "here", "me", "2026-01-02 03:04:05")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}'])
def test_a_lock_file_that_was_cut_short_is_stale(tmp_path: Path, text: str) -> None:
    folder = tmp_path / ".pulumi/locks/organization/ktr/dev"
    folder.mkdir(parents=True)
    (folder / "a.json").write_text(text)
    (found,) = read_locks(tmp_path, "ktr", "dev")
    assert found.is_stale(found.host, pulumi_runs)


def test_other_stacks_do_not_matter(tmp_path: Path) -> None:
    folder = tmp_path / ".pulumi/locks/organization/ktr/prod"
    folder.mkdir(parents=True)
    (folder / "a.json").write_text("{}")
    assert read_locks(tmp_path, "ktr", "dev") == []


def test_a_process_that_ended_does_not_run() -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    assert not pulumi_runs(process.pid)


def test_another_program_with_the_same_number_is_no_pulumi() -> None:
    assert not pulumi_runs(os.getpid())
