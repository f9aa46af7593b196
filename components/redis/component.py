"""The Redis component."""

from dataclasses import dataclass

import pulumi

from components.files import FileVolumes, FileVolumesArgs
from components.fingerprint import fingerprint
from components.redis.config import RedisUser, render_acl, render_config
from components.runtime import EngineRuntime
from components.secrets import Secrets
from components.service import Service, ServiceArgs
from components.settings import DataSettings, RedisSettings
from components.volumes import data_volume
from components.workload import Attachment, HealthCheck, Limits, Mount, Scratch, Workload

ALIAS = "redis"
PORT = 6379
UID = 999
CONFIG_DIR = "/etc/redis"
SECRETS_DIR = "/run/secrets"
PING = f'REDISCLI_AUTH="$(cat {SECRETS_DIR}/monitor-password)" redis-cli --user ktr_monitor ping | grep -q PONG'


@dataclass(frozen=True, kw_only=True)
class RedisArgs:
    """What Redis needs from the rest of the stack."""

    runtime: EngineRuntime
    settings: RedisSettings
    data: DataSettings
    image: pulumi.Input[str]
    network: pulumi.Input[str]
    secrets: Secrets


class Redis(pulumi.ComponentResource):
    """Redis 7 with an append-only file and one user per consumer."""

    host = ALIAS
    port = PORT

    def __init__(self, name: str, args: RedisArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ktr:index:Redis", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        config = {"redis.conf": render_config(args.settings.memory, f"{SECRETS_DIR}/users.acl")}
        passwords = pulumi.Output.all(**{user.value: args.secrets[user.secret] for user in RedisUser})
        acl = passwords.apply(render_acl)
        data = data_volume(args.runtime, f"{name}-data", name, args.data, child)
        files = FileVolumes(
            f"{name}-files",
            FileVolumesArgs(
                runtime=args.runtime,
                plain={"config": config},
                secret={"secrets": {"users.acl": acl, "monitor-password": args.secrets[RedisUser.MONITOR.secret]}},
            ),
            child,
        )
        workload = Workload(
            component=name,
            image=args.image,
            user=f"{UID}:{UID}",
            limits=Limits(memory=args.settings.memory, cpus=args.settings.cpus, pids=64),
            networks=[Attachment(network=args.network, aliases=[ALIAS])],
            command=["redis-server", f"{CONFIG_DIR}/redis.conf"],
            mounts=[
                Mount(volume=data.name, path="/data"),
                files.mount("config", CONFIG_DIR),
                files.mount("secrets", SECRETS_DIR),
            ],
            scratch={"/tmp": Scratch()},  # noqa: S108 (a directory of the container)
            labels={"config": fingerprint(config)},
            # Redis reaps its own children only: what a health check that timed out leaves would stay a zombie for ever.
            init=True,
            stop_grace=30,
        )
        self.service = Service(
            name,
            ServiceArgs(
                runtime=args.runtime,
                workload=workload,
                health=HealthCheck(command=["sh", "-c", PING]),
                needs=[files.loader],
            ),
            child,
        )
        self.data_volume: pulumi.Output[str] = data.name
        self.register_outputs({"dataVolume": self.data_volume})
