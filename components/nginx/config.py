"""nginx.conf as a pure function of values."""

from dataclasses import dataclass
from pathlib import Path

from components.settings import Colour, EdgeSettings, TlsMode
from components.templates import render

HERE = Path(__file__).parent
HTTP_PORT = 8080
HTTPS_PORT = 8443
STATUS_PORT = 8090
"""Where the edge answers for itself, inside its container only."""
CONFIG_DIR = "/etc/nginx/ktr"
TLS_DIR = "/run/tls"
STATE_DIR = "/state"
"""Where the edge looks, at each request, which slot serves whom; see `components.traffic.routing`."""
METRICS_DIR = "/run/metrics"
METRICS_SOCKET = "requests"
"""Name of the socket to which each request is told."""
PROBE_AGENT = "ktr-probe"
"""What the monitoring calls itself when it asks as people do; it is not counted among them."""
GRAFANA_PATH = "/grafana/"
BUCKETS = 100
"""Equal groups of clients, one for each percent."""
BURST_SECONDS = 4
"""How many seconds' worth of requests a client may send at once; it has them again after as long."""


@dataclass(frozen=True, kw_only=True)
class Upstream:
    """The application's slots, as the edge reaches them."""

    host_prefix: str
    """Replica n of a slot answers as `<host_prefix>-<colour>-<n>`."""
    port: int
    ready_port: int
    """Where `/ready` answers."""
    replicas: int

    def hosts(self, colour: Colour) -> list[str]:
        """Names of a slot's replicas."""
        return [f"{self.host_prefix}-{colour}-{number}" for number in range(1, self.replicas + 1)]


def render_config(edge: EdgeSettings, upstream: Upstream, metrics_socket: str = "", grafana: str = "") -> str:
    """nginx.conf for an edge in front of `upstream`.

    Args:
        edge: its settings.
        upstream: the application's slots.
        metrics_socket: path of the Unix socket to which each request is told; empty for none.
        grafana: host and port of Grafana; empty for none.
    """
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
        burst=edge.requests_per_second * BURST_SECONDS,
        probe_agent=PROBE_AGENT,
        state=STATE_DIR,
        buckets=range(BUCKETS),
        metrics_socket=metrics_socket,
        grafana=grafana,
        grafana_path=GRAFANA_PATH,
    )


def inner_url(edge: EdgeSettings) -> str:
    """Where the edge answers inside its own container."""
    return f"http://127.0.0.1:{HTTP_PORT}" if edge.tls.mode is TlsMode.OFF else f"https://127.0.0.1:{HTTPS_PORT}"
