"""Checks of the settings against the engine: what would fail half-way is refused before anything changes."""

import errno
import socket
from collections.abc import Iterator

from components.engine import Engine
from components.settings import (
    AppSettings,
    DashboardSettings,
    EdgeSettings,
    Fault,
    LogSettings,
    MonitoringSettings,
    PostgresSettings,
    RedisSettings,
    SettingsError,
    StackSettings,
)
from components.settings.types import format_size

Limited = (
    AppSettings | DashboardSettings | EdgeSettings | LogSettings | MonitoringSettings | PostgresSettings | RedisSettings
)
ANY_ADDRESS = "0.0.0.0"  # noqa: S104 (compared with, not listened on)


def preflight(settings: StackSettings, engine: Engine) -> None:
    """Refuse settings that the engine's host cannot hold.

    Raises:
        SettingsError: ports are taken, or a container is allowed more than there is.
    """
    faults = [*_capacity_faults(settings, engine), *_port_faults(settings, engine)]
    if faults:
        raise SettingsError(settings.stack, faults)


def _capacity_faults(settings: StackSettings, engine: Engine) -> Iterator[Fault]:
    capacity = engine.capacity()
    monitoring = settings.monitoring
    sections: dict[str, Limited] = {
        "app": settings.app,
        "edge": settings.edge,
        **({"monitoring": monitoring} if monitoring.enabled else {}),
        **({"monitoring.dashboards": monitoring.dashboards} if monitoring.shows else {}),
        **({"monitoring.logs": monitoring.logs} if monitoring.keeps_logs else {}),
        "postgres": settings.postgres,
        "redis": settings.redis,
    }
    for name, section in sections.items():
        if section.cpus > capacity.cpus:
            yield Fault(
                key=f"ktr:{name}.cpus",
                value=section.cpus,
                rule=f"the engine's host has {capacity.cpus} CPUs",
                example=f"ktr:{name}.cpus: {capacity.cpus}",
            )
        if section.memory > capacity.memory:
            yield Fault(
                key=f"ktr:{name}.memory",
                value=format_size(section.memory),
                rule=f"the engine's host has {capacity.memory // 1024**2}m of memory",
                example=f"ktr:{name}.memory: {capacity.memory // 1024**2 // 4}m",
            )


def _port_faults(settings: StackSettings, engine: Engine) -> Iterator[Fault]:
    published = engine.published_ports()
    wanted = {"httpPort": settings.edge.http_port, "httpsPort": settings.edge.https_port}
    address = settings.edge.address
    if engine.is_local and _bind(address, 0) == errno.EADDRNOTAVAIL:
        yield Fault(
            key="ktr:edge.address",
            value=address,
            rule="this host has no such address",
            example=f"ktr:edge.address: {ANY_ADDRESS}",
        )
        return
    for key, port in wanted.items():
        if port is None:
            continue
        holders = [
            holder
            for holder in published
            if holder.port == port and (holder.address == address or ANY_ADDRESS in (holder.address, address))
        ]
        if any(holder.stack == settings.stack for holder in holders):
            continue
        if holders:
            owner = f"stack {holders[0].stack}" if holders[0].stack else "no stack of this platform"
            taken_by = f"container {holders[0].container} of {owner}"
        elif engine.is_local and _bind(address, port) == errno.EADDRINUSE:
            taken_by = "another process of this host"
        else:
            continue
        yield Fault(
            key=f"ktr:edge.{key}",
            value=port,
            rule=f"the port is taken by {taken_by}",
            example=f"ktr:edge.{key}: {port + 1000 if port < 60000 else port - 1000}",
        )


def _bind(address: str, port: int) -> int:
    """Error number of an attempt to listen on `address` and `port` of this host; 0 when it succeeds."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            return error.errno or 0
    return 0
