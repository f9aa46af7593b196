"""What is asked from outside: the configuration of the black-box exporter, and what it is asked after."""

from typing import Any

import yaml

from components.monitoring.scraping import Probe
from components.nginx import Upstream
from components.nginx.config import HTTP_PORT, HTTPS_PORT, PROBE_AGENT
from components.settings import StackSettings, TlsMode

TIMEOUT = "5s"
HANDSHAKE = (
    "GET /_stcore/stream HTTP/1.1",
    "Host: {domain}",
    f"User-Agent: {PROBE_AGENT}",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "",
)
"""RFC 6455, with the key of its example."""


def probes(settings: StackSettings, upstream: Upstream) -> list[Probe]:
    """The platform as its users reach it, a WebSocket, and each replica of each slot on its own."""
    tls = settings.edge.tls.mode is not TlsMode.OFF
    scheme, port = ("https", HTTPS_PORT) if tls else ("http", HTTP_PORT)
    replicas = [host for colour in settings.release.slots for host in upstream.hosts(colour)]
    return [
        Probe(job="probe-edge", component="edge", module="edge", url=f"{scheme}://edge:{port}/_stcore/health"),
        Probe(job="probe-websocket", component="edge", module="websocket", url=f"edge:{port}"),
        *(
            Probe(
                job="probe-slots",
                component=replica,
                module="ready",
                url=f"http://{replica}:{upstream.ready_port}/ready",
            )
            for replica in replicas
        ),
    ]


def render_probing(settings: StackSettings) -> str:
    """The black-box exporter's configuration."""
    edge = settings.edge
    tls = edge.tls.mode is not TlsMode.OFF
    # When the certificate expires is told. Who trusts it is for those to say who use it: an authority of one's own is
    # known to them, and not here.
    tls_config = {"server_name": edge.domain, "insecure_skip_verify": True}
    lines = "\r\n".join(line.format(domain=edge.domain) for line in HANDSHAKE) + "\r"
    modules: dict[str, Any] = {
        "edge": {
            "prober": "http",
            "timeout": TIMEOUT,
            "http": {
                "headers": {"Host": edge.domain, "User-Agent": PROBE_AGENT},
                "follow_redirects": False,
                "preferred_ip_protocol": "ip4",
                "valid_status_codes": [200],
                **({"fail_if_not_ssl": True, "tls_config": tls_config} if tls else {}),
            },
        },
        "websocket": {
            "prober": "tcp",
            "timeout": TIMEOUT,
            "tcp": {
                "preferred_ip_protocol": "ip4",
                "query_response": [{"send": lines}, {"expect": "^HTTP/1.1 101"}],
                **({"tls": True, "tls_config": tls_config} if tls else {}),
            },
        },
        "ready": {
            "prober": "http",
            "timeout": TIMEOUT,
            "http": {"preferred_ip_protocol": "ip4", "valid_status_codes": [200]},
        },
    }
    return yaml.safe_dump({"modules": modules}, sort_keys=False)
