"""A Docker engine of the tests' own, which they may kill: the one that everybody uses must not notice.

It has its own network namespace (two engines would undo each other's packet filter), mount namespace (so that its
mounts go with it), data directory and control groups. A process that sleeps holds the namespaces, so that they outlive
the engine as a host outlives its daemon.
"""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Any

import docker
from docker.errors import DockerException
from docker.models.images import Image

from tests.integration.harness.engine_view import EngineView, wait_until
from tests.integration.harness.requirements import require_program

START = 60.0
"""Seconds that the engine gets to answer."""
HOLD = """
set -e
mkdir -p /run/docker
mount -t tmpfs tmpfs /run/docker
ip link set lo up
echo ready
exec sleep infinity
"""
CGROUPS = Path("/sys/fs/cgroup")


class End(StrEnum):
    """Ways in which an engine ends."""

    CRASH = "crash"
    """SIGKILL to the daemon; containers go on without it."""
    ORDERLY = "orderly"
    """SIGTERM, as a restart of the service sends."""
    POWER_CUT = "power cut"
    """SIGKILL to daemon and containers at once."""


class PrivateEngine:
    """A dockerd that can be killed and started again."""

    def __init__(self) -> None:
        require_program("dockerd", "docker.io")
        self._as_root = [] if os.geteuid() == 0 else [require_program("sudo", "sudo"), "-n"]
        self.directory = Path(tempfile.mkdtemp(prefix="ktr-engine-"))
        self.cgroup = f"ktr-test-{secrets.token_hex(4)}"
        self.host = f"unix://{self.directory}/docker.sock"
        self._holder = subprocess.Popen(
            [*self._as_root, "unshare", "--net", "--mount", "--uts", "sh", "-c", HOLD],
            stdout=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
        assert self._holder.stdout
        assert self._holder.stdout.readline() == "ready\n", "no namespaces of one's own can be had here"
        self._daemon: subprocess.Popen[bytes] | None = None

    @property
    def entered(self) -> list[str]:
        """The beginning of a command that is to run where the engine's published ports are."""
        entered = ["nsenter", "--target", str(self._holder.pid), "--net", "--mount", "--uts", "--"]
        return [*self._as_root, *entered]

    def _inside(self, *command: str) -> list[str]:
        return [*self.entered, *command]

    def start(self) -> EngineView:
        """Start the daemon and wait until it answers."""
        with (self.directory / "log").open("ab") as log:
            self._daemon = subprocess.Popen(
                self._inside(
                    "dockerd",
                    *("--data-root", f"{self.directory}/data"),
                    *("--exec-root", f"{self.directory}/exec"),
                    *("--pidfile", f"{self.directory}/docker.pid"),
                    *("--host", self.host),
                    *("--cgroup-parent", f"/{self.cgroup}"),
                    *("--log-level", "warn"),
                ),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            wait_until(self._answers, START, "the private engine answers")
        except TimeoutError as error:
            raise TimeoutError(f"{error}; its log ends with:\n{self.log_tail()}") from error
        return EngineView(docker.DockerClient(base_url=self.host, timeout=120))

    def _answers(self) -> bool:
        try:
            return bool(docker.DockerClient(base_url=self.host, timeout=5).ping())
        except (DockerException, OSError):
            return False

    def stop(self, end: End) -> None:
        """Bring the daemon to an end and wait until it is gone."""
        assert self._daemon
        how = signal.SIGTERM if end is End.ORDERLY else signal.SIGKILL
        pid = (self.directory / "docker.pid").read_text()
        self._run("kill", f"-{how.value}", pid)
        self._daemon.wait(timeout=90)
        if end is End.POWER_CUT:
            self._kill_everything()
        if end is not End.ORDERLY:
            # Whoever starts dockerd again finds its containerd gone; where nobody reaps orphans it seems alive.
            for file in ("docker.pid", "exec/containerd/containerd.pid"):
                self._run("rm", "-f", str(self.directory / file))

    def _run(self, *command: str) -> None:
        subprocess.run([*self._as_root, *command], check=True, capture_output=True)

    def _kill_everything(self) -> None:
        for pid in self._processes():
            with suppress(subprocess.CalledProcessError):
                self._run("kill", "-9", str(pid))

    def get(self, url: str) -> bool:
        """Whether a URL answers in the engine's network, where the published ports are."""
        script = f"import urllib.request as r; r.urlopen({url!r}, timeout=5)"
        asked = subprocess.run(self._inside(sys.executable, "-c", script), check=False, capture_output=True)
        return asked.returncode == 0

    @contextmanager
    def small_disk(self, directory: str, kilobytes: int) -> Iterator[None]:
        """Put a small file system, with the same content, over a directory of the engine's data."""
        script = """
            set -e
            copy=$(mktemp -d)
            cp -a "$1/." "$copy"
            mount -t tmpfs -o "size=$2k" tmpfs "$1"
            cp -a "$copy/." "$1"
            rm -rf "$copy"
        """
        subprocess.run(self._inside("sh", "-c", script, "sh", directory, str(kilobytes)), check=True)
        try:
            yield
        finally:
            subprocess.run(self._inside("umount", "--lazy", directory), check=True)

    def log_tail(self) -> str:
        """The end of the daemon's log."""
        return "\n".join((self.directory / "log").read_text(errors="replace").splitlines()[-20:])

    def remove(self) -> None:
        """Stop everything that was started, and delete its data."""
        if self._daemon and self._daemon.poll() is None:
            with suppress(OSError, subprocess.SubprocessError):
                self.stop(End.ORDERLY)
        self._kill_everything()
        self._run("kill", "-9", str(self._holder.pid))
        self._holder.wait(timeout=10)
        wait_until(lambda: not self._processes(), 20, "the private engine's processes are gone")
        self._run("rm", "-rf", str(self.directory))
        for group in sorted(CGROUPS.glob(f"**/{self.cgroup}"), reverse=True):
            for folder in sorted([group, *group.rglob("*/")], reverse=True):
                with suppress(OSError):
                    folder.rmdir()

    def _processes(self) -> list[int]:
        """The processes of this engine and its containers: its directory is in their command line, or its group."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                command = (process / "cmdline").read_bytes().decode(errors="replace")
                group = (process / "cgroup").read_text()
                if str(self.directory) in command or f"/{self.cgroup}/" in group:
                    found.append(int(process.name))
        return [pid for pid in found if pid != os.getpid()]

    def load(self, view: EngineView, image: Image, repository: str, tag: str) -> None:
        """Copy an image from another engine."""
        client = docker.DockerClient(base_url=self.host, timeout=300)
        api: Any = client.api
        api.load_image(view.api.get_image(image.id))
        client.images.get(image.id or "").tag(repository, tag)


@contextmanager
def private_engine() -> Iterator[PrivateEngine]:
    """An engine that is gone at the end."""
    require_program("unshare", "util-linux")
    require_program("nsenter", "util-linux")
    require_program("ip", "iproute2")
    engine = PrivateEngine()
    try:
        yield engine
    finally:
        engine.remove()


__all__ = ["End", "PrivateEngine", "private_engine"]
