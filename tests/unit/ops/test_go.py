"""Go: which one is taken."""

from pathlib import Path

import pytest

from ops.console import Step
from ops.errors import OpsError
from ops.go import ensure_go, find_go
from ops.paths import Paths


def paths_in(folder: Path) -> Paths:
    return Paths(checkout=folder, state=folder, cache=folder)


def program(file: Path, version: str) -> Path:
    """A stand-in for Go that knows its version and nothing else."""
    file.parent.mkdir(parents=True)
    file.write_text(f"#!/bin/sh\necho {version}\n", encoding="utf-8")
    file.chmod(0o755)
    return file


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    monkeypatch.setenv("PATH", f"{tmp_path}/path:/usr/bin:/bin")
    return paths_in(tmp_path)


def test_the_one_on_path_is_taken(paths: Paths, tmp_path: Path) -> None:
    program(tmp_path / "go" / "go" / "bin" / "go", "go1.26.6")
    on_path = program(tmp_path / "path" / "go", "go1.25.1")
    assert find_go(paths) == on_path


@pytest.mark.parametrize("version", ["go1.19.8", "devel", ""])
def test_one_that_is_too_old_is_not(paths: Paths, tmp_path: Path, version: str) -> None:
    cached = program(tmp_path / "go" / "go" / "bin" / "go", "go1.26.6")
    program(tmp_path / "path" / "go", version)
    assert find_go(paths) == cached


def test_where_none_can_be_had_somebody_is_told_what_to_install(paths: Paths, tmp_path: Path) -> None:
    (tmp_path / "bootstrap" / "bin").mkdir(parents=True)
    uv = tmp_path / "bootstrap" / "bin" / "uv"
    uv.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    uv.chmod(0o755)
    with pytest.raises(OpsError) as refused:
        ensure_go(paths, Step("tools"))
    assert "Go 1.25 or newer" in refused.value.fix
