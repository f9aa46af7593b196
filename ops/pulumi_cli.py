"""Pulumi and its plugins: the ones at hand, else the official downloads, else built from Go modules."""

import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from ops.console import Step
from ops.errors import OpsError
from ops.go import ensure_go
from ops.paths import Paths
from ops.process import run_logged

MINIMUM = (3, 219, 0)
"""The first with error hooks in every language, which show why a container did not get healthy."""
OFFICIAL = "3.259.0"
INSTALLER = "https://get.pulumi.com"
CONNECT_TIMEOUT = "5"
"""Seconds until a download counts as out of reach."""
DOWNLOAD_TIMEOUT = "600"


@dataclass(frozen=True)
class Toolchain:
    """A Pulumi that can run the program."""

    cli: Path
    home: Path
    """PULUMI_HOME that has the plugins."""
    version: str


def required_plugins() -> dict[str, str]:
    """Plugins and their versions: those that the installed Python packages belong to."""
    return {name: metadata.version(f"pulumi-{name}") for name in ("docker", "random")}


def ensure_pulumi(paths: Paths, step: Step) -> Toolchain:
    """Find Pulumi and its plugins; download or build what is missing.

    Raises:
        OpsError: neither worked.
    """
    with _one_at_a_time(paths, step):
        cli = _find_cli(paths)
        home = _find_home(paths)
        if cli is None and _installer_answers(step):
            cli = _install_official(paths, step)
        if cli is not None and home is None:
            home = _install_plugins(cli, paths, step)
        if cli is None or home is None:
            _build(paths, step)
            cli, home = cli or _find_cli(paths), home or _find_home(paths)
    if cli is None or home is None:
        raise OpsError(
            "the toolchain was built, but is not usable", fix=f"rm -r {paths.toolchain}; then run make again"
        )
    version = cli_version(cli) or ""
    step.result = f"Pulumi {version} ({cli})"
    return Toolchain(cli=cli, home=home, version=version)


def parse_version(text: str) -> tuple[int, int, int] | None:
    """The three numbers of a version such as `v3.259.0` or `3.200.0-alpha`; None when it is none."""
    match = re.match(r"v?(\d+)\.(\d+)\.(\d+)", text.strip())
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def cli_version(cli: Path) -> str | None:
    """What `pulumi version` says, without the v; None when it does not run."""
    env = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        said = subprocess.run([cli, "version"], capture_output=True, text=True, env=env, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return said.stdout.strip().removeprefix("v") if said.returncode == 0 else None


def has_plugins(home: Path) -> bool:
    """Whether a PULUMI_HOME holds exactly the plugins that are needed."""
    return all(
        (home / "plugins" / f"resource-{name}-v{version}" / f"pulumi-resource-{name}").is_file()
        for name, version in required_plugins().items()
    )


def _find_cli(paths: Paths) -> Path | None:
    shim = paths.checkout / "toolchain" / "shim"
    candidates = [Path(entry) / "pulumi" for entry in os.environ.get("PATH", "").split(os.pathsep) if entry]
    for candidate in (*candidates, paths.toolchain / "bin" / "pulumi"):
        usable = candidate.is_file() and os.access(candidate, os.X_OK)
        if not usable or candidate.parent == shim or candidate.parent.match("toolchain/shim"):
            continue
        version = parse_version(cli_version(candidate) or "")
        host = shutil.which("pulumi-language-python", path=str(candidate.resolve().parent))
        if version and version >= MINIMUM and (host or shutil.which("pulumi-language-python")):
            return candidate
    return None


def _find_home(paths: Paths) -> Path | None:
    own = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    return next((home for home in (own, paths.toolchain) if has_plugins(home)), None)


def _installer_answers(step: Step) -> bool:
    step.detail = f"asking {INSTALLER}"
    if shutil.which("curl") is None:
        return False
    probe = ["curl", "--fail", "--silent", "--location", "--connect-timeout", CONNECT_TIMEOUT, "--max-time", "15"]
    return subprocess.run([*probe, "--output", os.devnull, INSTALLER], check=False).returncode == 0


def _install_official(paths: Paths, step: Step) -> Path | None:
    script = (
        f"curl -fsSL --connect-timeout {CONNECT_TIMEOUT} --max-time 60 {INSTALLER} | "
        f'timeout {DOWNLOAD_TIMEOUT} sh -s -- --version {OFFICIAL} --no-edit-path --install-root "$0"'
    )
    try:
        run_logged(
            ["bash", "-o", "pipefail", "-c", script, paths.toolchain],
            step=step,
            log=paths.logs / "pulumi.log",
            doing=f"installing Pulumi {OFFICIAL}",
        )
    except OpsError:
        return None
    return _find_cli(paths)


def _install_plugins(cli: Path, paths: Paths, step: Step) -> Path | None:
    if not _installer_answers(step):
        return None
    for name, version in required_plugins().items():
        try:
            run_logged(
                ["timeout", DOWNLOAD_TIMEOUT, cli, "plugin", "install", "resource", name, version],
                step=step,
                log=paths.logs / "pulumi.log",
                doing=f"installing the plugin {name} {version}",
                env={"PULUMI_HOME": str(paths.toolchain)},
            )
        except OpsError:
            return None
    return _find_home(paths)


def _build(paths: Paths, step: Step) -> None:
    go = ensure_go(paths, step)
    run_logged(
        [paths.checkout / "toolchain" / "build.sh", paths.toolchain],
        step=step,
        log=paths.logs / "toolchain.log",
        doing="building Pulumi from Go modules (once; about 9 minutes on 2 cores)",
        env={
            "GOFLAGS": f"{os.environ.get('GOFLAGS', '')} -mod=readonly".strip(),
            "PATH": f"{go.parent}{os.pathsep}{os.environ['PATH']}",
        },
        fix="It needs the Go module proxy. Or install Pulumi 3.219 or newer with its docker and random plugins, or\n"
        f"let this machine reach {INSTALLER} (HTTPS_PROXY is respected).",
    )


@contextmanager
def _one_at_a_time(paths: Paths, step: Step) -> Iterator[None]:
    with (paths.cache / "toolchain.lock").open("w") as lock:
        step.detail = "waiting for another make to finish with the toolchain"
        fcntl.flock(lock, fcntl.LOCK_EX)
        step.detail = "looking for Pulumi"
        yield
