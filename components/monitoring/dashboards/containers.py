"""Containers and the host below them."""

from components.monitoring.dashboards.board import Board, Levels, Query, Section, Unit, Variable
from components.monitoring.dashboards.panels import FEW, UP, graph, number, states, table

OF = 'component=~"$component"'
DISK = '{mountpoint="/"}'

CONTAINERS = Board(
    name="containers",
    title="Containers and host",
    description="Every container of the stack against its limits, and the host below them.",
    variables=(Variable(name="component", label="Container", metric="ktr_container_running"),),
    sections=(
        Section(
            "State",
            (
                states(
                    "Running",
                    "Whether each container runs. Down: runbook ContainerDown.",
                    Query(f"ktr_container_running{{{OF}}}", "{{component}}"),
                    names=UP,
                    width=12,
                ),
                table(
                    "Now",
                    "Use of the limits, and how long each has been running.",
                    Query(f"sum by (component) (ktr:container_cpu:ratio{{{OF}}})", "CPU", Unit.SHARE),
                    Query(f"sum by (component) (ktr:container_memory:ratio{{{OF}}})", "memory", Unit.SHARE),
                    Query(
                        f"time() - max by (component) (ktr_container_start_time_seconds{{{OF}}})",
                        "running for",
                        Unit.SECONDS,
                    ),
                    Query(
                        f"max by (component) (ktr_container_healthy{{{OF}}})",
                        "healthy",
                        Unit.NUMBER,
                    ),
                ),
                graph(
                    "Starts",
                    "In the last hour. Three in 15 minutes: runbook ContainerFlapping.",
                    Unit.NUMBER,
                    Query(f"changes(ktr_container_start_time_seconds{{{OF}}}[1h])", "{{component}}"),
                    levels=Levels(1, 3),
                    width=12,
                ),
                graph(
                    "Killed for want of memory",
                    "Processes in the last hour. Any: runbook ContainerOutOfMemory.",
                    Unit.NUMBER,
                    Query(f"increase(ktr_container_oom_kills_total{{{OF}}}[1h])", "{{component}}"),
                    levels=Levels(1, 1),
                    width=12,
                ),
            ),
        ),
        Section(
            "Use",
            (
                graph(
                    "CPU",
                    "CPUs in use.",
                    Unit.NUMBER,
                    Query(f"rate(ktr_container_cpu_seconds_total{{{OF}}}[$__rate_interval])", "{{component}}"),
                    stacked=True,
                ),
                graph(
                    "CPU of the limit",
                    "At 1 a container is slowed down. Above 80 %: runbook ContainerCpuHigh.",
                    Unit.SHARE,
                    Query(f"ktr:container_cpu:ratio{{{OF}}}", "{{component}}"),
                    levels=Levels(0.7, 0.8),
                    most=1,
                ),
                graph(
                    "Processes and threads",
                    "Growing without end: children that nobody collects.",
                    Unit.NUMBER,
                    Query(f"ktr_container_processes{{{OF}}}", "{{component}}"),
                ),
                graph(
                    "Memory",
                    "In use, without what the kernel can take back at once.",
                    Unit.BYTES,
                    Query(f"ktr_container_memory_bytes{{{OF}}}", "{{component}}"),
                    stacked=True,
                ),
                graph(
                    "Memory of the limit",
                    "At 1 the kernel kills a process. Above 90 %: runbook ContainerMemoryHigh.",
                    Unit.SHARE,
                    Query(f"ktr:container_memory:ratio{{{OF}}}", "{{component}}"),
                    levels=Levels(0.8, 0.9),
                    most=1,
                ),
                graph(
                    "Memory in a day",
                    "Of the limit, at the pace of the last 6 hours: a leak shows here first.",
                    Unit.SHARE,
                    Query(f"predict_linear(ktr:container_memory:ratio{{{OF}}}[6h], 86400)", "{{component}}"),
                    levels=Levels(0.8, 1),
                ),
                graph(
                    "Received",
                    "Bytes from the network.",
                    Unit.BYTES_PER_SECOND,
                    Query(
                        f"rate(ktr_container_network_receive_bytes_total{{{OF}}}[$__rate_interval])", "{{component}}"
                    ),
                ),
                graph(
                    "Sent",
                    "Bytes to the network.",
                    Unit.BYTES_PER_SECOND,
                    Query(
                        f"rate(ktr_container_network_transmit_bytes_total{{{OF}}}[$__rate_interval])", "{{component}}"
                    ),
                ),
                graph(
                    "Disk",
                    "Bytes read and written.",
                    Unit.BYTES_PER_SECOND,
                    Query(
                        f"rate(ktr_container_disk_read_bytes_total{{{OF}}}[$__rate_interval])", "{{component}} reads"
                    ),
                    Query(
                        f"rate(ktr_container_disk_written_bytes_total{{{OF}}}[$__rate_interval])",
                        "{{component}} writes",
                    ),
                ),
            ),
        ),
        Section(
            "Host",
            (
                number(
                    "CPU",
                    "Above 80 %: runbook HostCpuHigh.",
                    Unit.SHARE,
                    Query("ktr:host_cpu:ratio"),
                    levels=Levels(0.6, 0.8),
                    width=6,
                ),
                number(
                    "Memory",
                    "Above 90 %: runbook HostMemoryHigh.",
                    Unit.SHARE,
                    Query("ktr:host_memory:ratio"),
                    levels=Levels(0.8, 0.9),
                    width=6,
                ),
                number(
                    "Free on disk",
                    "Below 10 %: runbook DiskAlmostFull. docker system df says what takes it.",
                    Unit.SHARE,
                    Query("ktr:host_disk_free:ratio"),
                    levels=Levels(0.2, 0.1),
                    width=6,
                ),
                number(
                    "Killed for want of memory",
                    "Processes anywhere on the host in the time shown.",
                    Unit.NUMBER,
                    Query("increase(node_vmstat_oom_kill[$__range])"),
                    levels=FEW,
                    width=6,
                ),
                graph(
                    "Load",
                    "Processes that run or wait, and the number of CPUs. Above it for long: they wait.",
                    Unit.NUMBER,
                    Query("node_load1", "1 minute"),
                    Query("node_load15", "15 minutes"),
                    Query('count(node_cpu_seconds_total{mode="idle"})', "CPUs"),
                ),
                graph(
                    "CPU by use",
                    "Much `iowait`: the disk is slow; much `steal`: the machine below is busy.",
                    Unit.NUMBER,
                    Query('sum by (mode) (rate(node_cpu_seconds_total{mode!="idle"}[$__rate_interval]))', "{{mode}}"),
                    stacked=True,
                ),
                graph(
                    "Memory",
                    "In use and available.",
                    Unit.BYTES,
                    Query("node_memory_MemTotal_bytes - node_memory_MemAvailable_bytes", "used"),
                    Query("node_memory_MemAvailable_bytes", "available"),
                    stacked=True,
                ),
                graph(
                    "Disks at work",
                    "Share of time, by device. At 1 it can do no more.",
                    Unit.SHARE,
                    Query("rate(node_disk_io_time_seconds_total[$__rate_interval])", "{{device}}"),
                    levels=Levels(0.7, 0.9),
                ),
                graph(
                    "Disk",
                    "What is free, and what will be free a day later at the pace of 6 hours.",
                    Unit.BYTES,
                    Query(f"node_filesystem_avail_bytes{DISK}", "free"),
                    Query(f"predict_linear(node_filesystem_avail_bytes{DISK}[6h], 86400)", "a day later"),
                ),
                graph(
                    "Pressure",
                    "Share of time in which some process waited.",
                    Unit.SHARE,
                    Query("rate(node_pressure_cpu_waiting_seconds_total[$__rate_interval])", "CPU"),
                    Query("rate(node_pressure_memory_waiting_seconds_total[$__rate_interval])", "memory"),
                    Query("rate(node_pressure_io_waiting_seconds_total[$__rate_interval])", "disk"),
                    levels=Levels(0.25, 0.5),
                ),
            ),
        ),
    ),
)
