"""The application: its slots, what they share, and the migration that runs before a slot starts."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.files import FileVolumes, FileVolumesArgs
from components.network import Network
from components.nginx import Upstream
from components.postgres import DATABASE, FLOW_ROLE, Postgres, Role
from components.redis import Redis, RedisUser
from components.runtime import EngineRuntime
from components.secrets import Secrets
from components.service import Job, JobArgs, Service, ServiceArgs
from components.settings import Colour, StackSettings
from components.volumes import data_volume
from components.workload import MEBIBYTE, Attachment, HealthCheck, Limits, Mount, Scratch, Workload

PORT = 8501
METRICS_PORT = 9102
UID = 10001
ADMIN_USER = "admin"
VOLUMES = ("data", "logs", "flows")
SECRETS_DIR = "/run/secrets"
SECRET_FILES = {
    "database-password": Role.APP.secret,
    "redis-password": RedisUser.APP.secret,
    "secret-key": "app-secret-key",
    "jwt-secret": "app-jwt-secret",
    "admin-password": "app-admin-password",
}
"""Secret by file name, as the application reads them."""


@dataclass(frozen=True, kw_only=True)
class SlotVersion:
    """What one slot runs."""

    image: pulumi.Input[str]
    version: str


@dataclass(frozen=True, kw_only=True)
class AppArgs:
    """What the application needs from the rest of the stack."""

    runtime: EngineRuntime
    settings: StackSettings
    slots: Mapping[Colour, SlotVersion]
    network: Network
    postgres: Postgres
    redis: Redis
    secrets: Secrets


class App(pulumi.ComponentResource):
    """The application's slots. They share database, cache and volumes, and know nothing of each other."""

    def __init__(self, name: str, args: AppArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ktr:index:App", name, None, opts)
        self._args = args
        self._name = name
        child = pulumi.ResourceOptions(parent=self)
        volumes = {
            volume: data_volume(args.runtime, f"{name}-{volume}", name, args.settings.data, child).name
            for volume in VOLUMES
        }
        self.volumes: Mapping[str, pulumi.Output[str]] = volumes
        self._mounts = [Mount(volume=volume, path=f"/app/{key}") for key, volume in volumes.items()]
        self._files = FileVolumes(
            f"{name}-files",
            FileVolumesArgs(
                runtime=args.runtime,
                secret={
                    "secrets": {file: args.secrets[secret] for file, secret in SECRET_FILES.items()},
                    "migrate-secrets": {"database-password": args.secrets[Role.MIGRATE.secret]},
                },
            ),
            child,
        )
        self.slots = {colour: self._slot(colour, slot) for colour, slot in args.slots.items()}
        self.register_outputs({})

    def upstream(self, colour: Colour) -> Upstream:
        """How the edge reaches the slot `colour`."""
        return Upstream(
            colour=colour.value,
            host_prefix=f"{self._name}-{colour}",
            port=PORT,
            replicas=self._args.settings.app.replicas,
        )

    @property
    def versions(self) -> dict[str, str]:
        """Version by colour."""
        return {colour.value: slot.version for colour, slot in self._args.slots.items()}

    def _slot(self, colour: Colour, slot: SlotVersion) -> list[Service]:
        """The replicas of one slot, started once the schema is what their version expects."""
        migration = self._migration(colour, slot)
        return [
            self._replica(colour, number, slot, migration) for number in range(1, self._args.settings.app.replicas + 1)
        ]

    def _migration(self, colour: Colour, slot: SlotVersion) -> Job:
        args = self._args
        component = f"{self._name}-{colour}-migrate"
        workload = Workload(
            component=component,
            image=slot.image,
            user=f"{UID}:{UID}",
            limits=Limits(memory=256 * MEBIBYTE, cpus=args.settings.app.cpus, pids=64),
            networks=[Attachment(network=args.network.data)],
            environment=self._database(Role.MIGRATE),
            command=["ktr-app", "migrate"],
            mounts=[self._files.mount("migrate-secrets", SECRETS_DIR)],
            scratch={"/tmp": Scratch()},  # noqa: S108 (a directory of the container)
            labels={"colour": colour.value, "version": slot.version},
        )
        needs = [args.postgres.roles, self._files.loader]
        return Job(
            component,
            JobArgs(runtime=args.runtime, workload=workload, needs=needs),
            pulumi.ResourceOptions(parent=self),
        )

    def _replica(self, colour: Colour, number: int, slot: SlotVersion, migration: Job) -> Service:
        args = self._args
        component = f"{self._name}-{colour}-{number}"
        workload = Workload(
            component=component,
            image=slot.image,
            user=f"{UID}:{UID}",
            limits=Limits(memory=args.settings.app.memory, cpus=args.settings.app.cpus),
            networks=[
                Attachment(network=args.network.platform, aliases=[component]),
                Attachment(network=args.network.data),
            ],
            environment={
                **self._database(Role.APP),
                "ADMIN_PASSWORD_FILE": f"{SECRETS_DIR}/admin-password",
                "ADMIN_USER": ADMIN_USER,
                "DATABASE_FLOW_ROLE": FLOW_ROLE,
                "JWT_SECRET_FILE": f"{SECRETS_DIR}/jwt-secret",
                "KTR_COLOUR": colour.value,
                "KTR_LOG_LEVEL": args.settings.app.log_level.upper(),
                # The edge's limit holds for the whole request, which is a little larger than the file in it.
                "KTR_MAX_UPLOAD_MB": str(max(1, args.settings.edge.upload_limit // MEBIBYTE - 1)),
                "KTR_METRICS_PORT": str(METRICS_PORT),
                "KTR_PORT": str(PORT),
                "KTR_PUBLIC_URL": args.settings.edge.public_url,
                "KTR_VERSION": slot.version,
                "REDIS_HOST": args.redis.host,
                "REDIS_PASSWORD_FILE": f"{SECRETS_DIR}/redis-password",
                "REDIS_PORT": str(args.redis.port),
                "REDIS_USER": RedisUser.APP.value,
                "SECRET_KEY_FILE": f"{SECRETS_DIR}/secret-key",
            },
            command=["ktr-app", "serve"],
            mounts=[*self._mounts, self._files.mount("secrets", SECRETS_DIR)],
            scratch={"/tmp": Scratch(size=128 * MEBIBYTE)},  # noqa: S108 (a directory of the container)
            labels={"colour": colour.value, "version": slot.version},
            init=True,
            stop_grace=30,
        )
        health = HealthCheck(command=["python", "-m", "ktr_app.health"], start_period=60)
        needs = [migration, args.redis, self._files.loader]
        return Service(
            component,
            ServiceArgs(runtime=args.runtime, workload=workload, health=health, needs=needs),
            pulumi.ResourceOptions(parent=self),
        )

    def _database(self, role: Role) -> dict[str, str]:
        postgres = self._args.postgres
        return {
            "DATABASE_HOST": postgres.host,
            "DATABASE_NAME": DATABASE,
            "DATABASE_PASSWORD_FILE": f"{SECRETS_DIR}/database-password",
            "DATABASE_PORT": str(postgres.port),
            "DATABASE_USER": role.value,
        }
