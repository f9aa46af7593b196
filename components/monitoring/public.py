"""The public exporters: of Postgres, Redis and the host, and the one that asks from outside."""

import json
from pathlib import Path

import pulumi

from components.fingerprint import fingerprint
from components.monitoring.exporter import JSON_LOG, Exporter, ExporterArgs, over_http
from components.monitoring.parts import Parts
from components.naming import Purpose
from components.postgres import DATABASE, Postgres, Role
from components.redis import Redis, RedisUser
from components.workload import MEBIBYTE, Mount

SECRETS_DIR = "/run/secrets"
PROBING_DIR = "/etc/blackbox"
QUERIES_DIR = "/etc/postgres-exporter"
NOTES_DIR = "/notes"
QUERIES = Path(__file__).with_name("postgres-queries.yml")


def query_files() -> dict[str, str]:
    """What is asked of the database besides the exporter's own questions."""
    return {"queries.yml": QUERIES.read_text(encoding="utf-8")}


def postgres_exporter(parts: Parts, postgres: Postgres) -> None:
    """Logs in as the role that may read statistics, and no table."""
    args = ExporterArgs(
        runtime=parts.runtime,
        image=parts.images["postgres-exporter"],
        networks=[parts.monitoring, parts.data],
        # Not its metrics: those ask the database.
        health=over_http(9187, "/"),
        command=["--web.listen-address=:9187", f"--extend.query-path={QUERIES_DIR}/queries.yml", JSON_LOG],
        environment={
            "DATA_SOURCE_PASS_FILE": f"{SECRETS_DIR}/password",
            "DATA_SOURCE_URI": f"{postgres.host}:{postgres.port}/{DATABASE}?sslmode=disable",
            "DATA_SOURCE_USER": Role.MONITOR.value,
        },
        mounts=[parts.files.mount("postgres-login", SECRETS_DIR), parts.files.mount("queries", QUERIES_DIR)],
        files=fingerprint(query_files()),
        needs=[parts.files.loader, postgres.roles],
    )
    Exporter("postgres-exporter", args, parts.child)


def redis_exporter(parts: Parts, redis: Redis) -> None:
    """Logs in as the user that may ask for statistics, and for no key."""
    args = ExporterArgs(
        runtime=parts.runtime,
        image=parts.images["redis-exporter"],
        networks=[parts.monitoring, parts.data],
        health=over_http(9121, "/health"),
        command=["--web.listen-address=:9121", "--log-format=json"],
        environment={
            "REDIS_ADDR": f"redis://{redis.host}:{redis.port}",
            # It would name its connections, which the user may not.
            "REDIS_EXPORTER_SET_CLIENT_NAME": "false",
            "REDIS_PASSWORD_FILE": f"{SECRETS_DIR}/passwords.json",
            "REDIS_USER": RedisUser.MONITOR.value,
        },
        mounts=[parts.files.mount("redis-login", SECRETS_DIR)],
        user="59000:59000",
        needs=[parts.files.loader, redis],
    )
    Exporter("redis-exporter", args, parts.child)


def redis_passwords(redis: Redis, password: pulumi.Output[str]) -> pulumi.Output[str]:
    """The file in which the exporter looks a password up, by address.

    From version 1.69 on it asks with the user's name in the address (oliver006/redis_exporter#983), before without.
    """
    addresses = [f"redis://{user}{redis.host}:{redis.port}" for user in ("", f"{RedisUser.MONITOR}@")]
    return password.apply(lambda text: json.dumps(dict.fromkeys(addresses, text)))


def blackbox_exporter(parts: Parts, config: str) -> None:
    """Asks the edge and the slots, as people and the edge do."""
    args = ExporterArgs(
        runtime=parts.runtime,
        image=parts.images["blackbox-exporter"],
        networks=[parts.monitoring, parts.platform],
        health=over_http(9115, "/-/healthy"),
        command=[f"--config.file={PROBING_DIR}/blackbox.yml", JSON_LOG],
        mounts=[parts.files.mount("probing", PROBING_DIR)],
        files=fingerprint({"blackbox.yml": config}),
        needs=[parts.files.loader],
    )
    Exporter("blackbox-exporter", args, parts.child)


def node_exporter(parts: Parts) -> None:
    """The host, as far as a container sees it without a door to it: docs/adr/0015.

    It also tells what jobs have noted that are over when somebody asks, such as backups: `*.prom` in a volume.
    """
    collectors = ("cpu", "diskstats", "filesystem", "loadavg", "meminfo", "pressure", "textfile", "vmstat")
    notes = parts.runtime.volume("monitoring-notes", "node-exporter", Purpose.STATE, parts.child)
    args = ExporterArgs(
        runtime=parts.runtime,
        image=parts.images["node-exporter"],
        networks=[parts.monitoring],
        health=over_http(9100, "/"),
        command=[
            "--collector.disable-defaults",
            *(f"--collector.{name}" for name in collectors),
            # By default it leaves overlays out; here the root is one, and shows the disk that containers lie on.
            "--collector.filesystem.fs-types-exclude=^(cgroup2?|devpts|mqueue|proc|sysfs|tmpfs)$",
            "--collector.filesystem.mount-points-exclude=^/.+$",
            f"--collector.textfile.directory={NOTES_DIR}",
            JSON_LOG,
        ],
        mounts=[Mount(volume=notes.name, path=NOTES_DIR, read_only=True)],
        memory=32 * MEBIBYTE,
    )
    Exporter("node-exporter", args, parts.child)
