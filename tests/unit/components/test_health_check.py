"""The script around each health check, run by this machine's own shell."""

import subprocess
import time
from pathlib import Path

import pytest

from components.runtime import PATIENT_CHECK

PAUSE = "0.3"


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    return tmp_path / "mark"


def check(mark: Path, *command: str) -> tuple[int, float]:
    """Exit code and seconds of a check whose mark lies elsewhere."""
    script = PATIENT_CHECK.replace("/tmp/.was-healthy", str(mark))  # noqa: S108 (a directory of the container)
    began = time.monotonic()
    code = subprocess.run(["sh", "-c", script, PAUSE, *command], check=False).returncode
    return code, time.monotonic() - began


def test_a_first_check_answers_at_once(mark: Path) -> None:
    code, seconds = check(mark, "true")
    assert (code, seconds < float(PAUSE)) == (0, True)


def test_a_check_after_a_success_waits_first(mark: Path) -> None:
    check(mark, "true")
    code, seconds = check(mark, "true")
    assert (code, seconds >= float(PAUSE)) == (0, True)


def test_checks_that_fail_leave_no_mark(mark: Path) -> None:
    code, _ = check(mark, "false")
    assert (code != 0, mark.exists()) == (True, False)


def test_a_failure_after_a_success_counts(mark: Path) -> None:
    check(mark, "true")
    assert check(mark, "false")[0] != 0


def test_arguments_reach_the_command_as_they_are(mark: Path) -> None:
    assert check(mark, "test", "a b", "=", "a b")[0] == 0
