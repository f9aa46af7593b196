"""What a container is to be, described apart from the runtime that renders it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The most a container may take of the host."""

    memory: int
    """Bytes of memory and swap together: a container never swaps."""
    cpus: float
    """Number of CPUs, fractions allowed."""
    pids: int = 256
    """Number of processes and threads."""
    shared_memory: int = 64 * MEBIBYTE
    """Bytes of /dev/shm."""


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """A command run inside the container; exit code 0 means healthy. Until it first succeeds, it runs each second."""

    command: Sequence[str]
    interval: int = 5
    """Seconds between two checks of a container that has been healthy."""
    timeout: int = 4
    """Seconds one check may take."""
    retries: int = 3
    start_period: int = 30
    """Seconds after the start in which failures do not count."""


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A named volume and where it appears."""

    volume: pulumi.Input[str]
    path: str
    read_only: bool = False


@dataclass(frozen=True, kw_only=True)
class Scratch:
    """A directory in memory, empty at each start."""

    size: int = 16 * MEBIBYTE
    """Bytes."""
    uid: int = 0
    mode: str = "1777"

    @property
    def options(self) -> str:
        """Mount options of the tmpfs."""
        owner = f",uid={self.uid},gid={self.uid}" if self.uid else ""
        return f"rw,noexec,nosuid,nodev,size={self.size},mode={self.mode}{owner}"


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A network to join, and the names by which others on it find the container."""

    network: pulumi.Input[str]
    aliases: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Publication:
    """A port of the container made reachable on the host."""

    address: str
    """Address of the host to listen on."""
    external: int
    internal: int


@dataclass(frozen=True, kw_only=True)
class LogRotation:
    """How much of a container's output the engine keeps."""

    max_size: int = 10 * MEBIBYTE
    """Bytes of one file."""
    max_files: int = 3

    @property
    def options(self) -> dict[str, str]:
        """Options of the engine's json-file driver."""
        return {"max-size": f"{self.max_size // MEBIBYTE}m", "max-file": str(self.max_files)}


@dataclass(frozen=True, kw_only=True)
class Workload:
    """One container, whoever runs it. Nothing here can weaken the hardening: that is the runtime's own."""

    component: str
    """The label `ktr.io/component`."""
    image: pulumi.Input[str]
    user: str
    """`uid:gid`; never root."""
    limits: Limits
    networks: Sequence[Attachment]
    environment: Mapping[str, str] = field(default_factory=dict)
    """Plain settings only; secrets are files."""
    command: Sequence[str] = ()
    mounts: Sequence[Mount] = ()
    scratch: Mapping[str, Scratch] = field(default_factory=dict)
    """Writable directories in memory, by path."""
    publications: Sequence[Publication] = ()
    labels: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    sysctls: Mapping[str, str] = field(default_factory=dict)
    """Kernel parameters of the container's own network namespace."""
    engine_socket: str = ""
    """Where the engine's socket appears: for the proxy in front of it, and nobody else."""
    init: bool = False
    """Run an init process as PID 1, for programs that leave children behind."""
    stop_grace: int = 10
    """Seconds between the stop signal and SIGKILL."""
