"""The Docker engine: the one that answers, else one that is installed and started here."""

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import docker
from docker.errors import DockerException

from components.engine import DEFAULT_HOST, resolve_host
from ops import debian
from ops.console import Step
from ops.errors import OpsError
from ops.paths import Paths

ENGINE_LOG = Path("/var/log/ktr-dockerd.log")
START_TIMEOUT = 60.0
"""Seconds that a started engine gets to answer."""


@dataclass(frozen=True)
class Engine:
    """An engine that answers."""

    host: str
    client: docker.DockerClient
    version: str

    def patient(self, seconds: float) -> docker.DockerClient:
        """Another connection, whose requests end after `seconds`."""
        return _client(self.host, seconds)


def ensure_engine(configured: str | None, paths: Paths, step: Step) -> Engine:
    """Find an engine, or install and start one.

    Raises:
        OpsError: none answers and none can be started here.
    """
    host = resolve_host(configured)
    step.detail = f"asking {host}"
    engine, reason = _reach(host)
    if engine is None and host == DEFAULT_HOST:
        daemon = _start(reason, paths, step)
        engine, reason = _wait(host, daemon, step)
    if engine is None:
        raise OpsError(
            f"no Docker engine answers at {host}: {reason}",
            fix="Start it, or name another one: DOCKER_HOST=…, `docker context use …`, or the setting "
            "ktr:engine.host of the stack.",
        )
    step.result = f"Docker {engine.version} at {host}"
    return engine


def _client(host: str, timeout: float) -> docker.DockerClient:
    if os.environ.get("DOCKER_HOST") == host:
        return docker.DockerClient.from_env(timeout=int(timeout), use_ssh_client=True)
    return docker.DockerClient(base_url=host, timeout=int(timeout), use_ssh_client=host.startswith("ssh://"))


def _reach(host: str) -> tuple[Engine | None, str]:
    try:
        client = _client(host, 600)
        version = client.version()["Version"]
    except (DockerException, OSError) as error:
        return None, str(error)
    return Engine(host=host, client=client, version=version), ""


def _wait(host: str, daemon: subprocess.Popen[bytes] | None, step: Step) -> tuple[Engine | None, str]:
    step.detail = "waiting for the engine to answer"
    deadline = time.monotonic() + START_TIMEOUT
    engine, reason = _reach(host)
    while engine is None and time.monotonic() < deadline:
        if daemon and daemon.poll() is not None:
            last = ENGINE_LOG.read_text(encoding="utf-8", errors="replace").strip()[-600:]
            return None, f"dockerd ended at once. The end of {ENGINE_LOG}:\n{last}"
        time.sleep(0.5)
        engine, reason = _reach(host)
    return engine, reason if engine else f"{reason}; its log is {ENGINE_LOG}"


def _start(reason: str, paths: Paths, step: Step) -> subprocess.Popen[bytes] | None:
    """Start the engine; returns its process where no service manager has it."""
    if os.geteuid() != 0:
        raise OpsError(
            f"no Docker engine answers at {DEFAULT_HOST}: {reason}",
            fix="Install Docker (Debian, Ubuntu: sudo apt-get install docker.io), let your user reach it\n"
            "(sudo usermod -aG docker $USER, then log in again), or run make as root to have that done.",
        )
    if shutil.which("dockerd") is None:
        if not debian.can_install():
            raise OpsError(
                "no Docker engine is installed, and this is not a Debian or Ubuntu where make could install one",
                fix="Install Docker Engine 20.10 or newer, or name one elsewhere: DOCKER_HOST=ssh://user@host make up",
            )
        debian.install(["docker.io", "iptables"], step=step, log=paths.logs / "engine.log")
    step.detail = "starting the engine"
    if Path("/run/systemd/system").is_dir():
        subprocess.run(["systemctl", "enable", "--now", "docker"], check=False, capture_output=True)
        return None
    with ENGINE_LOG.open("ab") as log:
        # A session of its own: the engine outlives make and the terminal.
        return subprocess.Popen(["dockerd"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
