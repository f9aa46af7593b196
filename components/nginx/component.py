"""The Nginx component."""

from dataclasses import dataclass

import pulumi

from components.engine import FilesCheck
from components.files import FileVolumes, FileVolumesArgs
from components.fingerprint import fingerprint
from components.naming import Purpose
from components.nginx.config import (
    CONFIG_DIR,
    HTTP_PORT,
    HTTPS_PORT,
    METRICS_DIR,
    METRICS_SOCKET,
    STATE_DIR,
    STATUS_PORT,
    TLS_DIR,
    Upstream,
    render_config,
)
from components.nginx.notices import render_notices
from components.runtime import EngineRuntime
from components.service import Service, ServiceArgs
from components.settings import EdgeSettings
from components.tls import Certificate
from components.workload import MEBIBYTE, Attachment, HealthCheck, Limits, Mount, Publication, Scratch, Workload

UID = 101


@dataclass(frozen=True, kw_only=True)
class NginxArgs:
    """What the edge needs from the rest of the stack."""

    runtime: EngineRuntime
    settings: EdgeSettings
    image: pulumi.Input[str]
    network: pulumi.Input[str]
    upstream: Upstream
    certificate: Certificate | None
    """Absent without TLS."""
    measured: bool = False
    """Whether somebody takes what the edge tells of each request."""
    grafana: str = ""
    """Host and port of Grafana; empty for none."""


class Nginx(pulumi.ComponentResource):
    """The edge: TLS, limits, headers, access log, and the way to the live slot."""

    def __init__(self, name: str, args: NginxArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ktr:index:Nginx", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        settings = args.settings
        metrics_socket = f"{METRICS_DIR}/{METRICS_SOCKET}" if args.measured else ""
        config = {
            "nginx.conf": render_config(settings, args.upstream, metrics_socket, args.grafana),
            **render_notices(),
        }
        files = FileVolumes(
            f"{name}-files",
            FileVolumesArgs(
                runtime=args.runtime,
                plain={"config": config},
                secret={"tls": args.certificate.files} if args.certificate else {},
                check=FilesCheck(
                    what="nginx refuses its new configuration, and keeps the former one",
                    mounts={"config": CONFIG_DIR},
                    command=["nginx", "-t", "-c", f"{CONFIG_DIR}/nginx.conf"],
                    user=f"{UID}:{UID}",
                ),
            ),
            child,
        )
        # Written from outside, as root; the proxy's own processes can only read it.
        state = args.runtime.volume(f"{name}-state", name, Purpose.STATE, child)
        mounts = [files.mount("config", CONFIG_DIR), Mount(volume=state.name, path=STATE_DIR)]
        self.metrics_volume: pulumi.Output[str] | None = None
        """Where the edge looks for the socket of whoever takes what it tells of each request."""
        if args.measured:
            self.metrics_volume = args.runtime.volume(f"{name}-metrics", name, Purpose.STATE, child).name
            mounts.append(Mount(volume=self.metrics_volume, path=METRICS_DIR, read_only=True))
        ports = [Publication(address=settings.address, external=settings.http_port, internal=HTTP_PORT)]
        if args.certificate and settings.https_port:
            mounts.append(files.mount("tls", TLS_DIR))
            ports.append(Publication(address=settings.address, external=settings.https_port, internal=HTTPS_PORT))
        workload = Workload(
            component=name,
            image=args.image,
            user=f"{UID}:{UID}",
            limits=Limits(memory=settings.memory, cpus=settings.cpus, pids=64),
            networks=[Attachment(network=args.network, aliases=["edge"])],
            command=["nginx", "-c", f"{CONFIG_DIR}/nginx.conf", "-g", "daemon off;"],
            mounts=mounts,
            scratch={"/tmp": Scratch(size=32 * MEBIBYTE)},  # noqa: S108 (a directory of the container)
            publications=ports,
            labels={"config": fingerprint(config)},
            # nginx opens a connection to the application for each request. Without these, ports run out after a minute
            # of some hundred requests per second: each is kept for 60 s after its connection has ended.
            sysctls={"net.ipv4.ip_local_port_range": "1024 65535", "net.ipv4.tcp_tw_reuse": "1"},
            stop_grace=30,
        )
        health = HealthCheck(
            command=[
                "curl",
                "--fail",
                "--silent",
                "--output",
                "/dev/null",
                f"http://127.0.0.1:{STATUS_PORT}/healthz",
            ],
            start_period=10,
        )
        # Not the application: its name is looked up at each request, and until it answers there is a page that says so.
        needs = [files.loader]
        Service(name, ServiceArgs(runtime=args.runtime, workload=workload, health=health, needs=needs), child)
        self.register_outputs({"url": settings.public_url})
