"""A stand-in for the engine: it answers what a test tells it to, and remembers what it was asked to do."""

from collections.abc import Mapping, Sequence

from components.engine import Capacity, Engine, PublishedPort

GIBIBYTE = 1024**3
LARGE_HOST = Capacity(cpus=64, memory=256 * GIBIBYTE)


class FakeEngine(Engine):
    """Never connects to anything. Its host address is remote, so that no port of this machine is probed."""

    def __init__(
        self,
        host: str = "ssh://docker.example.com",
        capacity: Capacity = LARGE_HOST,
        published: Sequence[PublishedPort] = (),
        retry_markers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(host)
        self._capacity = capacity
        self._published = list(published)
        self._retry_markers = retry_markers or {}
        self.pids: dict[str, int] = {}
        """Limit of processes by container id, as set."""

    def capacity(self) -> Capacity:
        return self._capacity

    def published_ports(self) -> list[PublishedPort]:
        return self._published

    def retry_marker(self, job: str) -> str:
        return self._retry_markers.get(job, "")

    def limit_pids(self, container_id: str, pids: int) -> None:
        self.pids[container_id] = pids
