"""What the machine must have before a test can start; missing things fail loudly, never skip."""

import os
import shutil
import sys
from functools import cache
from pathlib import Path

import docker
import pytest
from docker.errors import DockerException

from components.engine import resolve_host
from components.images import ImageSource
from components.settings.loading import LOCK_FILE

ROOT = Path(__file__).parents[3]
REMEDY = 'run `make test`, or set the environment up by hand first: eval "$(make -s env)"'
SHIM = Path("toolchain/shim")
PYTHON_DIRECTORY = Path(sys.executable).parent


@cache
def search_path() -> str:
    """PATH for a plain Pulumi: this Python first, and without the repository's own `pulumi` launcher."""
    entries = [str(PYTHON_DIRECTORY)]
    entries += [entry for entry in os.environ.get("PATH", "").split(os.pathsep) if not _is_shim(Path(entry))]
    return os.pathsep.join(entries)


def _is_shim(directory: Path) -> bool:
    return directory.parts[-2:] == SHIM.parts


@cache
def pulumi_executable() -> str:
    """The Pulumi CLI."""
    found = shutil.which("pulumi", path=search_path())
    if not found:
        pytest.fail(f"no `pulumi` on PATH: {REMEDY}", pytrace=False)
    return found


@cache
def engine_client() -> docker.DockerClient:
    """A connection to the engine that the program will use."""
    host = resolve_host(None)
    try:
        client = docker.DockerClient(base_url=host, use_ssh_client=host.startswith("ssh://"), timeout=120)
        client.ping()
    except (DockerException, OSError) as error:
        pytest.fail(f"no Docker engine answers at {host} ({error}): {REMEDY}", pytrace=False)
    return client


def require_platform_tools() -> None:
    """Fail with the remedy unless Pulumi, the engine and the registry of images are known."""
    pulumi_executable()
    engine_client()
    if not os.environ.get("KTR_REGISTRY"):
        pytest.fail(f"KTR_REGISTRY is not set, so no images can be found: {REMEDY}", pytrace=False)


def image_source() -> ImageSource:
    """Where the deployments' images come from, and which of them are there."""
    return ImageSource.locked(os.environ["KTR_REGISTRY"], Path(os.environ.get("KTR_IMAGES_LOCK") or LOCK_FILE))


def require_program(name: str, package: str) -> str:
    """The path of a program that a test drives."""
    found = shutil.which(name)
    if not found:
        pytest.fail(f"no `{name}` on PATH (Debian: apt-get install {package}): {REMEDY}", pytrace=False)
    return found
