"""The edge as nginx itself runs it, with the configuration of the platform, on a port of this machine."""

import re
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

from components.nginx import Upstream
from components.nginx.config import HTTP_PORT, STATUS_PORT, render_config
from components.settings import EdgeSettings
from tests.monitoring.checkers import tool, wait_for
from tests.support.ports import free_ports

CLIENT = "127.0.0.2"
"""Requests from 127.0.0.1 are the platform's own checks."""


@dataclass(frozen=True)
class Edge:
    """A running nginx without any slot: it answers everything but what it has for itself with 503."""

    port: int
    folder: Path

    @property
    def socket(self) -> Path:
        """Where each request is told."""
        return self.folder / "requests"

    def answer(self, path: str, client: str = CLIENT, headers: Mapping[str, str] | None = None) -> HTTPResponse:
        """What a client gets, not read yet."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5, source_address=(client, 0))
        connection.request("GET", path, headers={"User-Agent": "a-browser", **(headers or {})})
        return connection.getresponse()

    def get(self, path: str, client: str = CLIENT, agent: str = "a-browser") -> int:
        """The status that a client gets."""
        return self.answer(path, client, {"User-Agent": agent}).status


def listens(port: int) -> bool:
    """Whether somebody does."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running_edge(folder: Path, grafana: str = "") -> Iterator[Edge]:
    """nginx, until the context ends; its files lie in `folder`."""
    port, status = free_ports(2)
    edge = Edge(port, folder)
    upstream = Upstream(host_prefix="app", port=8501, ready_port=9102, replicas=1)
    config = render_config(EdgeSettings(), upstream, "SOCKET", grafana)
    config = re.sub(r"include \S+mime.types;", "", config).replace("/tmp/", f"{folder}/")  # noqa: S108
    config = config.replace("/dev/stdout", f"{folder}/access.log").replace("/state/", f"{folder}/state/")
    config = config.replace(f"listen {HTTP_PORT}", f"listen 127.0.0.1:{edge.port}").replace("SOCKET", str(edge.socket))
    config = config.replace(f"127.0.0.1:{STATUS_PORT}", f"127.0.0.1:{status}")
    file = folder / "nginx.conf"
    file.write_text(f"daemon off;\nmaster_process off;\n{config}", encoding="utf-8")
    with subprocess.Popen([tool("nginx"), "-c", file], stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(lambda: listens(edge.port))
            yield edge
        finally:
            process.terminate()
