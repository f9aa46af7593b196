"""Nginx: the edge, the only service that publishes ports."""

from components.nginx.component import Nginx, NginxArgs
from components.nginx.config import BUCKETS, GRAFANA_PATH, METRICS_SOCKET, STATE_DIR, Upstream, inner_url

__all__ = ["BUCKETS", "GRAFANA_PATH", "METRICS_SOCKET", "STATE_DIR", "Nginx", "NginxArgs", "Upstream", "inner_url"]
