"""Nginx: the edge, the only service that publishes ports."""

from components.nginx.component import Nginx, NginxArgs
from components.nginx.config import Upstream

__all__ = ["Nginx", "NginxArgs", "Upstream"]
