"""The Postgres component: the server, and the job that brings its roles to the wanted state."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi

from components.files import FileVolumes, FileVolumesArgs
from components.fingerprint import fingerprint
from components.naming import Purpose
from components.postgres.roles import Role, render_roles
from components.postgres.tuning import render_config, render_hba
from components.runtime import EngineRuntime
from components.secrets import Secrets
from components.service import Job, JobArgs, Service, ServiceArgs
from components.settings import DataSettings, PostgresSettings
from components.volumes import data_volume
from components.workload import MEBIBYTE, Attachment, HealthCheck, Limits, Mount, Scratch, Workload

HERE = Path(__file__).parent
DATABASE = "ktr"
ALIAS = "postgres"
PORT = 5432
UID = 999
DATA_DIR = "/var/lib/postgresql/data"
CONFIG_DIR = "/etc/postgresql"
SOCKET_DIR = "/var/run/postgresql"
SUPERUSER_SECRET = "postgres-superuser"  # noqa: S105 (a name)


@dataclass(frozen=True, kw_only=True)
class PostgresArgs:
    """What the database needs from the rest of the stack."""

    runtime: EngineRuntime
    settings: PostgresSettings
    data: DataSettings
    image: pulumi.Input[str]
    network: pulumi.Input[str]
    secrets: Secrets


class Postgres(pulumi.ComponentResource):
    """PostgreSQL 15 with checksums and SCRAM; its superuser can be reached over the socket alone."""

    host = ALIAS
    port = PORT

    def __init__(self, name: str, args: PostgresArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ktr:index:Postgres", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        data = data_volume(args.runtime, f"{name}-data", name, args.data, child)
        socket = args.runtime.volume(f"{name}-socket", name, Purpose.FILES, child)
        config: Mapping[str, str] = {
            "postgresql.conf": render_config(args.settings.memory, args.settings.cpus, args.settings.max_connections),
            "pg_hba.conf": render_hba(DATABASE, list(Role)),
            "start.sh": (HERE / "start.sh").read_text(encoding="utf-8"),
        }
        # Steps of the first start run in the order of their names.
        steps = {"zz-initialised.sh": (HERE / "initialised.sh").read_text(encoding="utf-8")}
        sql = pulumi.Output.all(**{role.value: args.secrets[role.secret] for role in Role}).apply(
            lambda passwords: render_roles(DATABASE, passwords)
        )
        files = FileVolumes(
            f"{name}-files",
            FileVolumesArgs(
                runtime=args.runtime,
                plain={"config": config, "init": steps},
                secret={
                    "secrets": {"superuser-password": args.secrets[SUPERUSER_SECRET]},
                    "roles": {"roles.sql": sql},
                },
            ),
            child,
        )
        storage = [
            Mount(volume=data.name, path=DATA_DIR),
            Mount(volume=socket.name, path=SOCKET_DIR),
            files.mount("config", CONFIG_DIR),
            files.mount("init", "/docker-entrypoint-initdb.d"),
            files.mount("secrets", "/run/secrets"),
        ]
        server = self._server(name, args, storage, fingerprint(config), files.loader)
        connection = [Mount(volume=socket.name, path=SOCKET_DIR, read_only=True), files.mount("roles", "/run/sql")]
        sql_fingerprint = pulumi.Output.unsecret(sql.apply(lambda text: fingerprint({"roles.sql": text})))
        self.roles = self._roles(name, args, connection, sql_fingerprint, server)
        """Complete once every role can log in."""
        self.data_volume: pulumi.Output[str] = data.name
        self.register_outputs({"dataVolume": self.data_volume})

    def _server(
        self, name: str, args: PostgresArgs, mounts: list[Mount], config: str, loader: pulumi.Resource
    ) -> Service:
        settings = args.settings
        workload = Workload(
            component=name,
            image=args.image,
            user=f"{UID}:{UID}",
            limits=Limits(
                memory=settings.memory,
                cpus=settings.cpus,
                pids=settings.max_connections + 100,
                shared_memory=max(64 * MEBIBYTE, settings.memory // 4),
            ),
            networks=[Attachment(network=args.network, aliases=[ALIAS])],
            environment={
                "PGDATA": f"{DATA_DIR}/cluster",
                "POSTGRES_DB": DATABASE,
                "POSTGRES_INITDB_ARGS": "--data-checksums --auth-host=scram-sha-256 --auth-local=peer",
                "POSTGRES_PASSWORD_FILE": "/run/secrets/superuser-password",
            },
            command=[
                "sh",
                f"{CONFIG_DIR}/start.sh",
                "-c",
                f"config_file={CONFIG_DIR}/postgresql.conf",
                "-c",
                f"hba_file={CONFIG_DIR}/pg_hba.conf",
            ],
            mounts=mounts,
            scratch={"/tmp": Scratch()},  # noqa: S108 (a directory of the container)
            labels={"config": config},
            stop_grace=60,
        )
        # Over TCP: while the data directory is being made, a temporary server answers on the socket.
        probe = ["pg_isready", "--quiet", "--host", "127.0.0.1", "--username", Role.MONITOR, "--dbname", DATABASE]
        health = HealthCheck(command=probe)
        return Service(
            name,
            ServiceArgs(runtime=args.runtime, workload=workload, health=health, needs=[loader]),
            pulumi.ResourceOptions(parent=self),
        )

    def _roles(
        self, name: str, args: PostgresArgs, mounts: list[Mount], sql_fingerprint: pulumi.Output[str], server: Service
    ) -> Job:
        workload = Workload(
            component=f"{name}-roles",
            image=args.image,
            user=f"{UID}:{UID}",
            limits=Limits(memory=128 * MEBIBYTE, cpus=0.5, pids=32),
            networks=[Attachment(network=args.network)],
            command=["psql", "--no-psqlrc", "--dbname", DATABASE, "--file", "/run/sql/roles.sql"],
            environment={"PGHOST": SOCKET_DIR, "PGUSER": "postgres"},
            mounts=mounts,
            # The image declares a volume for data; without something in its place the engine makes an anonymous one.
            scratch={"/tmp": Scratch(), DATA_DIR: Scratch()},  # noqa: S108 (a directory of the container)
            labels={"config": sql_fingerprint},
        )
        return Job(
            f"{name}-roles",
            JobArgs(runtime=args.runtime, workload=workload, needs=[server]),
            pulumi.ResourceOptions(parent=self),
        )
