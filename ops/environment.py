"""The environment in which Pulumi, the tests and a person at the shell work on the platform."""

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from components.engine import DEFAULT_HOST
from ops.console import step
from ops.engine import Engine, ensure_engine
from ops.paths import Paths
from ops.pulumi_cli import Toolchain, ensure_pulumi
from ops.registry import Registry, ensure_registry, resolve_digests, write_lock
from ops.stack_file import engine_host_of, read_stack_file, registry_of

NO_SIDECARS = "metadata=skip"
"""Beside each file of a backend lies one of attributes that Pulumi has no use for. It is not written atomically, and a
kill in that moment makes the state unreadable ("failed to load checkpoint: EOF"). Without it, that cannot happen."""


@dataclass(frozen=True)
class Environment:
    """Everything that is needed, found or made."""

    engine: Engine
    registry: str
    lock_file: Path
    """Where digests are read from; may be missing."""
    image_keys: Sequence[str]
    """The catalogue entries that the registry has."""
    exports: Mapping[str, str]
    path_entries: tuple[str, ...]

    def apply(self) -> None:
        """Make it the environment of this process and of those that it starts."""
        os.environ.update(self.exports)
        os.environ["PATH"] = os.pathsep.join((*self.path_entries, os.environ.get("PATH", "")))


def prepare(stack: str, paths: Paths) -> Environment:
    """Get everything that is missing for deploying `stack`, with progress.

    Raises:
        OpsError: something is missing and cannot be had here.
    """
    content = read_stack_file(paths.checkout / f"Pulumi.{stack}.yaml")
    engine, toolchain = _engine_and_toolchain(content, paths)
    with step("images") as current:
        registry = ensure_registry(registry_of(content), engine, paths, current)
        if registry.standins:
            digests = resolve_digests(registry.host, registry.keys(paths), engine, current)
            write_lock(paths.images_lock, registry.host, digests)
    return _environment(paths, engine, toolchain, registry)


def prepare_engine(stack: str, paths: Paths) -> Engine:
    """The engine of a stack, for what needs nothing else.

    Raises:
        OpsError: it does not answer.
    """
    paths.prepare()
    with step("engine") as current:
        return ensure_engine(engine_host_of(read_stack_file(paths.checkout / f"Pulumi.{stack}.yaml")), paths, current)


def prepare_pulumi(stack: str, paths: Paths) -> Environment:
    """The same for what pulls no images.

    Raises:
        OpsError: something is missing and cannot be had here.
    """
    content = read_stack_file(paths.checkout / f"Pulumi.{stack}.yaml")
    engine, toolchain = _engine_and_toolchain(content, paths)
    return _environment(paths, engine, toolchain, Registry(host=registry_of(content), standins=False))


def _engine_and_toolchain(content: dict[str, Any], paths: Paths) -> tuple[Engine, Toolchain]:
    paths.prepare()
    with step("engine") as current:
        engine = ensure_engine(engine_host_of(content), paths, current)
    with step("pulumi") as current:
        toolchain = ensure_pulumi(paths, current)
    return engine, toolchain


def _environment(paths: Paths, engine: Engine, toolchain: Toolchain, registry: Registry) -> Environment:
    return Environment(
        engine=engine,
        registry=registry.host,
        lock_file=paths.images_lock if registry.standins else paths.checkout / "images.lock.json",
        image_keys=registry.keys(paths),
        exports=exports(paths, toolchain, registry, engine.host, os.environ),
        path_entries=path_entries(paths, toolchain),
    )


def shell_script(values: Mapping[str, str], entries: Sequence[str]) -> str:
    """Variables, and what goes first on PATH, as lines for a POSIX shell."""
    lines = [f"export {name}={shlex.quote(value)}" for name, value in values.items()]
    return "\n".join([*lines, f'export PATH={shlex.quote(os.pathsep.join(entries))}:"$PATH"'])


def exports(
    paths: Paths, toolchain: Toolchain, registry: Registry, engine_host: str, environment: Mapping[str, str]
) -> dict[str, str]:
    """Environment variables apart from PATH."""
    values = {
        "PULUMI_HOME": str(toolchain.home),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "KTR_REGISTRY": registry.host,
    }
    if registry.standins:
        values["KTR_IMAGES_LOCK"] = str(paths.images_lock)
    if engine_host != DEFAULT_HOST:
        values["DOCKER_HOST"] = engine_host
    if is_shared(environment.get("PULUMI_BACKEND_URL", "")):
        return values
    return values | {
        "PULUMI_BACKEND_URL": f"file://{paths.state}?{NO_SIDECARS}",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(paths.passphrase),
        "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
    }


def is_shared(backend: str) -> bool:
    """Whether a backend is one of a team, which is then used; where a local one is, KTR_STATE_DIR decides."""
    return urlparse(backend).scheme not in {"", "file"}


def path_entries(paths: Paths, toolchain: Toolchain) -> tuple[str, ...]:
    """What comes first on PATH: the shim, the Python that runs the program, Pulumi."""
    return (
        str(paths.checkout / "toolchain" / "shim"),
        str(paths.virtual_environment / "bin"),
        str(toolchain.cli.parent),
    )
