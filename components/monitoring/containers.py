"""Measuring the containers: a proxy in front of the engine, and the exporter that asks it."""

from pathlib import Path

from components.fingerprint import fingerprint
from components.monitoring.exporter import Exporter, ExporterArgs
from components.monitoring.own import own_exporter
from components.monitoring.parts import ENGINE_PROXY, Parts
from components.templates import render
from components.workload import MEBIBYTE, HealthCheck

PROXY_PORT = 2375
PROXY_CONFIG_DIR = "/etc/nginx/engine-proxy"
ENGINE = f"{ENGINE_PROXY}:{PROXY_PORT}"
"""Where whoever may ask the engine reaches the proxy."""
SOCKET = "/run/engine.sock"
TEMPLATE = Path(__file__).with_name("engine-proxy.conf.j2")
ROOT = "0:0"
"""The owner of the engine's socket: without capabilities, root can do no more than that."""


def proxy_files(*, logs: bool) -> dict[str, str]:
    """The proxy's configuration, which lets logs through where they are kept."""
    return {"nginx.conf": render(TEMPLATE, port=PROXY_PORT, socket=SOCKET, logs=logs)}


def engine_proxy(parts: Parts, *, logs: bool) -> Exporter:
    """The only container that has the engine's socket. It lets a few GETs through."""
    url = f"http://127.0.0.1:{PROXY_PORT}/healthz"
    args = ExporterArgs(
        runtime=parts.runtime,
        image=parts.images["nginx"],
        networks=[parts.engine],
        health=HealthCheck(command=["curl", "--fail", "--silent", "--output", "/dev/null", url], interval=30),
        command=["nginx", "-c", f"{PROXY_CONFIG_DIR}/nginx.conf"],
        mounts=[parts.files.mount("proxy-config", PROXY_CONFIG_DIR)],
        user=ROOT,
        memory=32 * MEBIBYTE,
        files=fingerprint(proxy_files(logs=logs)),
        engine_socket=SOCKET,
        needs=[parts.files.loader],
    )
    return Exporter(ENGINE_PROXY, args, parts.child)


def engine_exporter(parts: Parts, proxy: Exporter) -> None:
    """Asks the proxy about the containers of the stack."""
    environment = {"ENGINE_URL": f"http://{ENGINE}", "STACK": parts.runtime.naming.stack}
    args = own_exporter(
        parts, "engine", environment=environment, networks=[parts.monitoring, parts.engine], needs=[proxy]
    )
    Exporter("engine-exporter", args, parts.child)
