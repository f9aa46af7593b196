"""App: what all containers of the application share: volumes, secrets, and how they reach database and cache."""

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
from components.settings import StackSettings
from components.volumes import data_volume
from components.workload import MEBIBYTE, Mount, Scratch

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


def upstream(settings: StackSettings) -> Upstream:
    """How the edge reaches the slots."""
    return Upstream(host_prefix="app", port=PORT, ready_port=METRICS_PORT, replicas=settings.release.replicas)


@dataclass(frozen=True, kw_only=True)
class AppArgs:
    """What the application needs from the rest of the stack."""

    runtime: EngineRuntime
    settings: StackSettings
    network: Network
    postgres: Postgres
    redis: Redis
    secrets: Secrets


class App(pulumi.ComponentResource):
    """What the application's slots and its worker have in common."""

    def __init__(self, name: str, args: AppArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ktr:index:App", name, None, opts)
        self.args = args
        child = pulumi.ResourceOptions(parent=self)
        volumes = {
            volume: data_volume(args.runtime, f"{name}-{volume}", name, args.settings.data, child).name
            for volume in VOLUMES
        }
        self.volumes: Mapping[str, pulumi.Output[str]] = volumes
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
        self.register_outputs({})

    @property
    def mounts(self) -> list[Mount]:
        """Data and secrets of a container that serves or works."""
        data = [Mount(volume=volume, path=f"/app/{key}") for key, volume in self.volumes.items()]
        return [*data, self._files.mount("secrets", SECRETS_DIR)]

    @property
    def migration_mounts(self) -> list[Mount]:
        """The one secret of a migration."""
        return [self._files.mount("migrate-secrets", SECRETS_DIR)]

    @property
    def needs(self) -> list[pulumi.Resource]:
        """What a container that serves or works needs before it starts."""
        return [self.args.redis, self._files.loader]

    @property
    def migration_needs(self) -> list[pulumi.Resource]:
        """What a migration needs before it starts."""
        return [self.args.postgres.roles, self._files.loader]

    @property
    def scratch(self) -> dict[str, Scratch]:
        """Writable memory of a container that serves or works."""
        return {"/tmp": Scratch(size=128 * MEBIBYTE)}  # noqa: S108 (a directory of the container)

    def environment(self) -> dict[str, str]:
        """Settings of a container that serves or works, apart from what depends on its slot."""
        settings, redis = self.args.settings, self.args.redis
        return {
            **self.database(Role.APP),
            "ADMIN_PASSWORD_FILE": f"{SECRETS_DIR}/admin-password",
            "ADMIN_USER": ADMIN_USER,
            "DATABASE_FLOW_ROLE": FLOW_ROLE,
            "JWT_SECRET_FILE": f"{SECRETS_DIR}/jwt-secret",
            "KTR_LOG_LEVEL": settings.app.log_level.upper(),
            # The edge's limit holds for the whole request, which is a little larger than the file in it.
            "KTR_MAX_UPLOAD_MB": str(max(1, settings.edge.upload_limit // MEBIBYTE - 1)),
            "KTR_METRICS_PORT": str(METRICS_PORT),
            "KTR_PORT": str(PORT),
            "KTR_PUBLIC_URL": settings.edge.public_url,
            "REDIS_HOST": redis.host,
            "REDIS_PASSWORD_FILE": f"{SECRETS_DIR}/redis-password",
            "REDIS_PORT": str(redis.port),
            "REDIS_USER": RedisUser.APP.value,
            "SECRET_KEY_FILE": f"{SECRETS_DIR}/secret-key",
        }

    def database(self, role: Role) -> dict[str, str]:
        """How a container reaches the database as `role`."""
        postgres = self.args.postgres
        return {
            "DATABASE_HOST": postgres.host,
            "DATABASE_NAME": DATABASE,
            "DATABASE_PASSWORD_FILE": f"{SECRETS_DIR}/database-password",
            "DATABASE_PORT": str(postgres.port),
            "DATABASE_USER": role.value,
        }
