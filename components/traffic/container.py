"""The edge's container: its routing files, and scripts run in it."""

import io
import secrets
import tarfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import docker.errors
import requests
from docker.models.containers import Container

from components.engine import Engine
from components.nginx import STATE_DIR
from components.traffic.errors import TrafficError
from components.traffic.routing import CURRENT, Routing

HERE = Path(__file__).parent
STATE_OWNER = "0:0"
"""Who writes routing files. The proxy's own processes run as another user, who can only read them."""
READS = 3
"""Attempts to read files that change."""
BACK_WITHIN = 30.0
"""Seconds that the edge may take to come back after it was killed."""


@dataclass(frozen=True, kw_only=True)
class EdgeContainer:
    """The edge's container on its engine."""

    engine: Engine
    container: str
    """Its name."""

    @property
    def exists(self) -> bool:
        """Whether the container is there, running or not."""
        return self.engine.container(self.container) is not None

    def routing(self) -> Routing | None:
        """The routing in force, read from the volume even while the edge is down; None before the first one.

        Raises:
            TrafficError: there is no such container, or its files make no sense.
        """
        for _ in range(READS - 1):
            # The files are read one by one, and may be replaced meanwhile.
            with suppress(TrafficError):
                return _routing(self.files())
        return _routing(self.files())

    def publish(self, routing: Routing) -> None:
        """Put a routing into force, atomically.

        Raises:
            TrafficError: it could not be written; the former routing is still in force.
        """
        files = [f"{path}={content}" for path, content in sorted(routing.files.items())]
        self.run(script("publish.sh"), STATE_DIR, f"routing-{secrets.token_hex(4)}", *files)

    def run(self, script: str, *arguments: str) -> str:
        """Run a shell script in the edge's container and return its output; waits for an edge that is coming back.

        Raises:
            TrafficError: the edge is not there, or the script failed.
        """
        container = self._running()
        try:
            result = container.exec_run(["sh", "-c", script, "sh", *arguments], user=STATE_OWNER, demux=True)
        except (docker.errors.DockerException, requests.RequestException) as error:
            raise TrafficError(f"{self.container} runs no command: {error}") from error
        output, errors = (bytes(part or b"").decode(errors="replace") for part in result.output)
        if result.exit_code != 0:
            raise TrafficError(
                f"{self.container}: {errors.strip() or output.strip() or f'exit code {result.exit_code}'}"
            )
        return output

    def _running(self) -> Container:
        deadline = time.monotonic() + BACK_WITHIN
        while True:
            container = self.engine.container(self.container)
            if container is None:
                raise TrafficError(f"there is no container {self.container}: deploy the stack first")
            if container.status == "running":
                return container
            if time.monotonic() > deadline:
                raise TrafficError(
                    f"{self.container} is {container.status}, and was not back within {BACK_WITHIN:.0f} s"
                )
            time.sleep(0.5)

    def files(self) -> Mapping[str, str]:
        """Content by path of the files in the volume; of a symbolic link, what it points to.

        Raises:
            TrafficError: there is no such container, or it was removed or changed at that moment.
        """
        container = self.engine.container(self.container)
        if container is None:
            raise TrafficError(f"there is no container {self.container}: deploy the stack first")
        try:
            chunks, _ = container.get_archive(STATE_DIR)
            return dict(_members(io.BytesIO(b"".join(chunks))))
        except docker.errors.NotFound:
            return {}
        except (docker.errors.DockerException, requests.RequestException, tarfile.TarError) as error:
            raise TrafficError(f"the files of {self.container} cannot be read: {error}") from error


def _routing(files: Mapping[str, str]) -> Routing | None:
    current = files.get(CURRENT)
    if current is None:
        return None
    prefix = f"{current}/"
    return Routing.from_files(
        {path.removeprefix(prefix): content for path, content in files.items() if path.startswith(prefix)}
    )


def _members(archive: io.BytesIO) -> Iterator[tuple[str, str]]:
    with tarfile.open(fileobj=archive) as tar:
        for member in tar:
            path = member.name.partition("/")[2]
            if member.issym():
                yield path, member.linkname
            elif member.isfile() and (content := tar.extractfile(member)):
                yield path, content.read().decode()


@cache
def script(*names: str) -> str:
    """The text of shell scripts of this package, one after the other."""
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)
