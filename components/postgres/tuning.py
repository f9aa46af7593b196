"""PostgreSQL's settings, derived from the memory and CPUs it may use."""

import math
from pathlib import Path

from components.templates import render
from components.workload import MEBIBYTE

CONFIG_TEMPLATE = Path(__file__).with_name("postgresql.conf.j2")
HBA_TEMPLATE = Path(__file__).with_name("pg_hba.conf.j2")


def render_config(memory: int, cpus: float, max_connections: int) -> str:
    """postgresql.conf for a server that may use `memory` bytes and `cpus` CPUs.

    A quarter of the memory is shared buffers, half is what the planner may expect to be cached by the system; a sort
    may use its connection's share of a quarter of the memory.
    """
    megabytes = memory // MEBIBYTE
    workers = max(1, math.ceil(cpus))
    return render(
        CONFIG_TEMPLATE,
        max_connections=max_connections,
        shared_buffers=megabytes // 4,
        effective_cache_size=megabytes // 2,
        work_mem=max(1, megabytes // 4 // max_connections),
        maintenance_work_mem=max(16, megabytes // 16),
        wal_buffers=max(1, megabytes // 128),
        max_wal_size=max(256, min(megabytes, 4096)),
        max_worker_processes=workers + 4,
        max_parallel_workers=workers,
        max_parallel_workers_per_gather=max(0, workers // 2),
    )


def render_hba(database: str, roles: list[str]) -> str:
    """pg_hba.conf: the superuser over the socket only, everybody else by password over the network."""
    return render(HBA_TEMPLATE, database=database, roles=roles)
