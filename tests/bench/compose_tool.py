"""Docker Compose: the plugin of the Docker CLI where there is one, else built from its Go module."""

import os
import shutil
import subprocess
from pathlib import Path

from ops.console import Step
from ops.errors import OpsError
from ops.paths import Paths
from ops.process import run_logged

MODULE = Path(__file__).parent / "compose"
PACKAGE = "github.com/docker/compose/v2/cmd"
VERSION = "v2.40.3"
"""As go.mod pins it."""


def compose_command(step: Step) -> list[str]:
    """How to run Compose; it is built once and kept in the cache.

    Raises:
        OpsError: there is none, and none can be built.
    """
    if _has_plugin():
        return ["docker", "compose"]
    paths = Paths.of()
    built = paths.cache / "compose" / VERSION / "docker-compose"
    if not built.exists():
        _build(built, paths, step)
    return [str(built)]


def _has_plugin() -> bool:
    docker = shutil.which("docker")
    command = [docker or "docker", "compose", "version"]
    return docker is not None and subprocess.run(command, capture_output=True, check=False).returncode == 0


def _build(target: Path, paths: Paths, step: Step) -> None:
    if not shutil.which("go"):
        raise OpsError(
            "the benchmark compares with Docker Compose, and there is neither `docker compose` nor Go to build it with",
            fix="Install the Compose plugin of the Docker CLI, or Go.",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    flags = f"-s -w -X github.com/docker/compose/v2/internal.Version={VERSION}"
    try:
        run_logged(
            ["go", "build", "-C", MODULE, "-trimpath", "-ldflags", flags, "-o", temporary, PACKAGE],
            step=step,
            log=paths.logs / "compose.log",
            doing=f"building Docker Compose {VERSION} (some minutes, once)",
        )
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
