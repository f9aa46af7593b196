"""Prometheus, Alertmanager, their checkers and nginx, by which the tests try out rules and configuration."""

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from ops.console import Step
from ops.errors import OpsError
from ops.paths import Paths
from ops.process import run_logged

PACKAGES = {
    "promtool": "prometheus",
    "prometheus": "prometheus",
    "amtool": "prometheus-alertmanager",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "prometheus-blackbox-exporter": "prometheus-blackbox-exporter",
    "nginx": "nginx",
}
"""Debian's package by program."""


def ensure_monitoring_tools(paths: Paths, step: Step) -> None:
    """Find the programs, else unpack Debian's into the cache. Not installed: that would start servers, and need root.

    Raises:
        OpsError: they cannot be had.
    """
    missing = [tool for tool in PACKAGES if find_tool(tool, paths) is None]
    if missing:
        if shutil.which("apt-get") is None:
            raise OpsError(
                f"{', '.join(missing)} cannot be found, and this is no Debian or Ubuntu that has them",
                fix="Install Prometheus and Alertmanager so that these programs are on PATH.",
            )
        _unpack(sorted({PACKAGES[tool] for tool in missing}), paths, step)
    step.result = ", ".join(PACKAGES)


def find_tool(name: str, paths: Paths) -> Path | None:
    """A program on PATH or in the cache."""
    cached = [_folder(paths) / "usr" / folder / name for folder in ("bin", "sbin")]
    found = shutil.which(name)
    return Path(found) if found else next((path for path in cached if path.is_file()), None)


def _folder(paths: Paths) -> Path:
    return paths.cache / "monitoring-tools"


def _unpack(packages: Iterable[str], paths: Paths, step: Step) -> None:
    log = paths.logs / "monitoring-tools.log"
    _folder(paths).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        # Lists of its own, so that nobody has to be root, and a machine without any works too.
        for name in ("lists/partial", "cache/archives/partial"):
            (Path(folder) / name).mkdir(parents=True)
        apt = ["apt-get", "-o", f"Dir::State::Lists={folder}/lists", "-o", f"Dir::Cache={folder}/cache"]
        apt += ["-o", "APT::Sandbox::User="]
        run_logged([*apt, "update"], step=step, log=log, doing="reading Debian's package lists")
        command = ["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", folder, *apt, "download", *packages]
        run_logged(command, step=step, log=log, doing=f"fetching {', '.join(packages)}")
        for package in Path(folder).glob("*.deb"):
            unpack: list[str | Path] = ["dpkg-deb", "--extract", package, _folder(paths)]
            run_logged(unpack, step=step, log=log, doing=f"unpacking {package.name}")
