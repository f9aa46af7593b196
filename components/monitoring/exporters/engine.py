"""The stack's containers as the engine sees them: state, health, restarts, OOM kills, CPU, memory, network, disk.

It asks through the socket proxy, which lets through a few GETs and nothing else.
"""

import json
import os
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Lock, Thread
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import urlopen

from .exposition import Metric, exposition, serve

TIMEOUT = 5
"""Seconds that the engine gets for an answer."""
SILENCE = 3600
"""Seconds without an event after which the stream of events is asked for anew."""
AGAIN_AFTER = 2
"""Seconds until a stream that ended is asked for again."""
AT_ONCE = 16
"""Containers asked about at once: the engine takes its measures once a second, and an answer waits for the next."""
NANO = 1_000_000_000
FAMILIES = (
    ("running", "gauge", "1 while the container runs."),
    ("healthy", "gauge", "1 while its health check passes; absent until there was a result."),
    ("image", "gauge", "1, with the image that it was made from."),
    ("start_time_seconds", "gauge", "When it last started, in seconds since 1970."),
    ("oom_kills_total", "counter", "Processes that were killed because memory ran out."),
    ("cpu_seconds_total", "counter", "CPU time used, in seconds."),
    ("cpu_limit", "gauge", "CPUs that it may use."),
    ("memory_bytes", "gauge", "Memory used, less what the kernel can take back at once."),
    ("memory_limit_bytes", "gauge", "Memory that it may use."),
    ("processes", "gauge", "Processes and threads."),
    ("network_receive_bytes_total", "counter", "Bytes received."),
    ("network_transmit_bytes_total", "counter", "Bytes sent."),
    ("disk_read_bytes_total", "counter", "Bytes read from disks."),
    ("disk_written_bytes_total", "counter", "Bytes written to disks."),
)


class EngineReader:
    """Asks the engine about one stack's services."""

    def __init__(self, url: str, stack: str) -> None:
        self._url = url
        self._filter = [f"ktr.io/stack={stack}", "ktr.io/purpose=service"]
        self._oom_kills: dict[str, int] = {}
        self._pool = ThreadPoolExecutor(AT_ONCE)

    def text(self) -> str:
        """Everything, as Prometheus reads it."""
        metrics = {name: Metric(f"ktr_container_{name}", kind, text) for name, kind, text in FAMILIES}
        listed = self._get(f"/containers/json?all=1&filters={self._query({'label': self._filter})}")
        for entry, values in zip(listed, self._pool.map(self._values, listed), strict=True):
            about = {
                "component": entry["Labels"]["ktr.io/component"],
                "colour": entry["Labels"].get("ktr.io/colour", ""),
            }
            for name, value in values.items():
                metrics[name].set(value, **about)
            if values:
                metrics["image"].set(1, **about, image=entry["Image"])
        return exposition(metrics.values())

    def _values(self, entry: Mapping[str, Any]) -> dict[str, float]:
        """A listed container's metrics by name; none when it has gone since the list was made."""
        identity, component = entry["Id"], entry["Labels"]["ktr.io/component"]
        try:
            container = self._get(f"/containers/{identity}/json")
            running = container["State"]["Running"]
            stats = self._get(f"/containers/{identity}/stats?stream=false&one-shot=true") if running else {}
        except HTTPError:
            return {}
        return {**state(container), **usage(stats), "oom_kills_total": self._oom_kills.get(component, 0)}

    def follow_events(self) -> None:
        """Count OOM kills as they happen, for ever."""
        since = time.time()
        while True:
            try:
                for event in self._events(since):
                    since = event["timeNano"] / NANO + 1e-6
                    component = event["Actor"]["Attributes"]["ktr.io/component"]
                    self._oom_kills[component] = self._oom_kills.get(component, 0) + 1
            except (OSError, ValueError, KeyError):
                pass
            time.sleep(AGAIN_AFTER)

    def _events(self, since: float) -> Iterator[Any]:
        wanted = {"type": ["container"], "event": ["oom"], "label": self._filter}
        address = f"{self._url}/events?since={since:.6f}&filters={self._query(wanted)}"
        with urlopen(address, timeout=SILENCE) as stream:  # noqa: S310 (an address of the stack)
            for line in stream:
                yield json.loads(line)

    def _get(self, path: str) -> Any:
        with urlopen(f"{self._url}{path}", timeout=TIMEOUT) as answer:  # noqa: S310 (an address of the stack)
            return json.load(answer)

    @staticmethod
    def _query(filters: Mapping[str, object]) -> str:
        return quote(json.dumps(filters))


def state(container: Mapping[str, Any]) -> dict[str, float]:
    """What an inspection says about a container's state and limits."""
    now, limits = container["State"], container["HostConfig"]
    values: dict[str, float] = {
        "running": float(now["Running"]),
        "cpu_limit": limits["NanoCpus"] / NANO,
        "memory_limit_bytes": limits["Memory"],
    }
    if (health := now.get("Health", {}).get("Status")) in {"healthy", "unhealthy"}:
        values["healthy"] = float(health == "healthy")
    if now["Running"]:
        # The engine writes nanoseconds, which `fromisoformat` does not read.
        started = datetime.fromisoformat(f"{now['StartedAt'][:19]}+00:00")
        values["start_time_seconds"] = started.timestamp()
    return values


def usage(stats: Mapping[str, Any]) -> dict[str, float]:
    """What a container uses; nothing for one that does not run."""
    if not stats or not stats.get("memory_stats"):
        return {}
    memory, networks = stats["memory_stats"], (stats.get("networks") or {}).values()
    details = memory.get("stats", {})
    # The first name is that of cgroup v1, the second that of v2.
    reclaimable = details.get("total_inactive_file", details.get("inactive_file", 0))
    disk = {"read": 0.0, "write": 0.0}
    for entry in (stats.get("blkio_stats") or {}).get("io_service_bytes_recursive") or []:
        if entry["op"].lower() in disk:
            disk[entry["op"].lower()] += entry["value"]
    return {
        "cpu_seconds_total": stats["cpu_stats"]["cpu_usage"]["total_usage"] / NANO,
        "memory_bytes": max(0, memory["usage"] - reclaimable),
        "processes": (stats.get("pids_stats") or {}).get("current", 0),
        "network_receive_bytes_total": sum(one["rx_bytes"] for one in networks),
        "network_transmit_bytes_total": sum(one["tx_bytes"] for one in networks),
        "disk_read_bytes_total": disk["read"],
        "disk_written_bytes_total": disk["write"],
    }


def main() -> None:
    """Ask the engine at ENGINE_URL about the stack STACK, answer on PORT."""
    reader = EngineReader(os.environ["ENGINE_URL"], os.environ["STACK"])
    Thread(target=reader.follow_events, daemon=True).start()
    serve(int(os.environ["PORT"]), reader.text, Lock())


if __name__ == "__main__":
    main()
