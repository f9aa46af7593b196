"""A stand-in for the engine: it answers what a test tells it to, and remembers what it was asked to do."""

import io
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from components.engine import Capacity, Engine, PublishedPort

GIBIBYTE = 1024**3
LARGE_HOST = Capacity(cpus=64, memory=256 * GIBIBYTE)


class FakeEdgeContainer:
    """An edge that does nothing but hold files: content by path below its state, all of one routing."""

    status = "running"

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def get_archive(self, path: str) -> tuple[Iterable[bytes], dict[str, Any]]:
        root = path.strip("/")
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            link = tarfile.TarInfo(f"{root}/current")
            link.type, link.linkname = tarfile.SYMTYPE, "routing-1"
            tar.addfile(link)
            for name, content in self._files.items():
                member = tarfile.TarInfo(f"{root}/routing-1/{name}")
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content.encode()))
        return [buffer.getvalue()], {}


class FakeEngine(Engine):
    """Never connects to anything. Its host address is remote, so that no port of this machine is probed."""

    def __init__(
        self,
        host: str = "ssh://docker.example.com",
        capacity: Capacity = LARGE_HOST,
        published: Sequence[PublishedPort] = (),
        retry_markers: Mapping[str, str] | None = None,
        edge_files: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(host)
        self._capacity = capacity
        self._published = list(published)
        self._retry_markers = retry_markers or {}
        self._edge_files = edge_files
        self.pids: dict[str, int] = {}
        """Limit of processes by container id, as set."""
        self.hung_up: list[str] = []
        """Ids of the containers that were told to read their files again."""

    def capacity(self) -> Capacity:
        return self._capacity

    def published_ports(self) -> list[PublishedPort]:
        return self._published

    def retry_marker(self, job: str) -> str:
        return self._retry_markers.get(job, "")

    def container(self, name: str) -> Any:
        """The edge's container where it has routing files; nothing else exists."""
        is_edge = name.endswith("-nginx") and self._edge_files is not None
        return FakeEdgeContainer(self._edge_files or {}) if is_edge else None

    def image_id(self, reference: str) -> str:
        return f"sha256:image-of-{reference}"

    def hang_up(self, container_id: str) -> None:
        self.hung_up.append(container_id)

    def limit_pids(self, container_id: str, pids: int) -> None:
        self.pids[container_id] = pids
