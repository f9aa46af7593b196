"""nginx.conf as a pure function of values."""

from dataclasses import dataclass
from pathlib import Path

from components.settings import EdgeSettings, TlsMode
from components.templates import render

HERE = Path(__file__).parent
HTTP_PORT = 8080
HTTPS_PORT = 8443
STATUS_PORT = 8090
"""Where the edge answers for itself, inside its container only."""
CONFIG_DIR = "/etc/nginx/ktr"
TLS_DIR = "/run/tls"


@dataclass(frozen=True, kw_only=True)
class Upstream:
    """The live slot."""

    colour: str
    host_prefix: str
    """Replica n answers as `<host_prefix>-<n>`."""
    port: int
    replicas: int


def render_config(edge: EdgeSettings, upstream: Upstream) -> str:
    """nginx.conf for an edge in front of `upstream`."""
    shares = [f"{100 / upstream.replicas:.2f}%"] * (upstream.replicas - 1) + ["*"]
    return render(
        HERE / "nginx.conf.j2",
        edge=edge,
        tls=edge.tls.mode is not TlsMode.OFF,
        upstream=upstream,
        shares=list(enumerate(shares, start=1)),
        origin=edge.public_url,
        http_port=HTTP_PORT,
        https_port=HTTPS_PORT,
        status_port=STATUS_PORT,
        config_dir=CONFIG_DIR,
        tls_dir=TLS_DIR,
        burst=edge.requests_per_second * 4,
    )


def render_unavailable() -> str:
    """The page shown while no replica answers."""
    return (HERE / "unavailable.html").read_text(encoding="utf-8")
