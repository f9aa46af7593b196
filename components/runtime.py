"""The engine runtime: renders workloads as containers of one Docker engine, hardened by construction."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import pulumi
import pulumi_docker as docker
import pulumi_random as random

from components.engine import DEPLOYMENT_LABEL, RETRY_KEY, Engine, FilesCheck
from components.fingerprint import fingerprint
from components.hooks import EngineHooks
from components.naming import LABEL_PREFIX, Naming, Purpose
from components.settings import StackSettings
from components.workload import MEBIBYTE, HealthCheck, LogRotation, Mount, Workload

HEALTHY_WITHIN = 120
"""Seconds that a service may take from its start to its first passed health check."""

FIRST_INTERVAL = 1
"""Seconds between two checks until the first that succeeds."""
PATIENT_CHECK = '[ ! -e /tmp/.was-healthy ] || sleep "$0"; "$@" && : > /tmp/.was-healthy'
"""The mark lies in memory and is gone when the container starts again."""


def on_engine(engine: Engine) -> pulumi.ResourceOptions:
    """Options that put a component's resources on `engine`; the default provider is disabled."""
    return pulumi.ResourceOptions(providers={"docker": docker.Provider("engine", host=engine.host)})


class EngineRuntime:
    """Creates the containers, volumes and networks of one stack on one engine."""

    def __init__(
        self,
        naming: Naming,
        engine: Engine,
        deployment: pulumi.Input[str],
        log_rotation: LogRotation,
        loader_image: pulumi.Input[str],
    ) -> None:
        self.naming = naming
        self.engine = engine
        self._deployment = deployment
        self._log_rotation = log_rotation
        self._loader_image = loader_image
        self._hooks = EngineHooks(engine)

    @classmethod
    def of_stack(cls, settings: StackSettings, engine: Engine, loader_image: pulumi.Input[str]) -> Self:
        """The runtime of a stack. Each deployment of it has an identity of its own, kept in the state.

        Loaders are made of `loader_image`: one that is present anyway, since nothing in it runs.
        """
        deployment = random.RandomId("deployment", byte_length=8).hex
        rotation = LogRotation(max_size=settings.logging.max_size, max_files=settings.logging.max_files)
        return cls(Naming(settings.stack), engine, deployment, rotation, loader_image)

    def service(
        self,
        name: str,
        workload: Workload,
        health: HealthCheck,
        opts: pulumi.ResourceOptions,
        *,
        awaited: bool = True,
    ) -> docker.Container:
        """A container that is kept running and, when it is awaited, counts as created once it is healthy."""
        hooks = pulumi.ResourceHookBinding(
            before_create=[self._hooks.replace_leftover_container], on_error=[self._hooks.show_log]
        )
        check = _health_check(health)
        container = docker.Container(
            name,
            # A label, because the provider ignores a changed health check but replaces the container for a changed
            # label (kreuzwerker/terraform-provider-docker#988).
            **self._hardened(workload, Purpose.SERVICE, {"health": fingerprint(check)}),
            **self._networking(workload),
            # Not `unless-stopped`: an engine that crashed and starts again takes what it finds alive for stopped on
            # purpose and leaves it down (tests/integration/test_engine_restart.py).
            restart="always",
            healthcheck=docker.ContainerHealthcheckArgs(**check),
            wait=awaited,
            wait_timeout=HEALTHY_WITHIN,
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(hooks=hooks)),
        )
        if not pulumi.runtime.is_dry_run():
            container.id.apply(lambda container_id: self.engine.limit_pids(container_id, workload.limits.pids))
        return container

    def replacing(self, workload: Workload, health: HealthCheck) -> dict[str, pulumi.Input[str]]:
        """Whatever replaces a service's container when it changes, in words for people.

        Left out are limits of memory and processes and the time to stop, which change in place, and what no setting
        changes.
        """
        limits = workload.limits
        rotation = self._log_rotation.options
        return {
            "image": workload.image,
            "command": " ".join(workload.command),
            "user": workload.user,
            "init": str(workload.init),
            "cpus": shortest_decimal(limits.cpus),
            "shared memory": str(limits.shared_memory),
            "health check": fingerprint(_health_check(health)),
            "log rotation": ", ".join(f"{name} {value}" for name, value in sorted(rotation.items())),
            **{f"environment {name}": value for name, value in workload.environment.items()},
            **{f"kernel parameter {name}": value for name, value in workload.sysctls.items()},
            **{f"label {name}": value for name, value in workload.labels.items()},
            **{f"volume at {mount.path}": mount.volume for mount in workload.mounts},
            **{f"scratch at {path}": scratch.options for path, scratch in workload.scratch.items()},
            **{f"network {number}": joined.network for number, joined in enumerate(workload.networks, start=1)},
        }

    def reread(self, container: docker.Container, loader: docker.Container) -> None:
        """Let a container's process read the loader's files again, at each update: one that was killed in between may
        have delivered files that nobody has read."""
        if not pulumi.runtime.is_dry_run():
            pulumi.Output.all(container.id, loader.id).apply(lambda ids: self.engine.hang_up(ids[0]))

    def job(self, name: str, workload: Workload, opts: pulumi.ResourceOptions) -> docker.Container:
        """A container that runs once, to its end; one that failed is run again by the next update.

        The provider only creates it. A hook starts it, because the provider does not look at its exit code.
        """
        hooks = pulumi.ResourceHookBinding(
            before_create=[self._hooks.replace_leftover_container],
            after_create=[self._hooks.run_job(workload.component, workload.limits.pids)],
        )
        retry = self.engine.retry_marker(self.naming.resource(workload.component))
        return docker.Container(
            name,
            **self._hardened(workload, Purpose.JOB, {RETRY_KEY: retry} if retry else {}),
            **self._networking(workload),
            restart="no",
            start=False,
            must_run=False,
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(hooks=hooks)),
        )

    def loader(
        self,
        component: str,
        mounts: Sequence[Mount],
        uploads: Sequence[docker.ContainerUploadArgs],
        check: FilesCheck | None,
        opts: pulumi.ResourceOptions,
    ) -> docker.Container:
        """A container that is never started: it only carries files into volumes.

        The engine refuses uploads into a container whose root is read-only, even below a mounted volume.
        """
        checks = [self._hooks.check_files(component, check)] if check else []
        hooks = pulumi.ResourceHookBinding(before_create=[*checks, self._hooks.replace_leftover_container])
        return docker.Container(
            f"{component}-loader",
            name=self.naming.resource(component, "loader"),
            image=check.image if check and check.image else self._loader_image,
            start=False,
            must_run=False,
            network_mode="none",
            capabilities=docker.ContainerCapabilitiesArgs(drops=["ALL"]),
            security_opts=["no-new-privileges:true"],
            mounts=_mounts(mounts),
            uploads=uploads,
            labels=_labels(docker.ContainerLabelArgs, self._container_labels(component, Purpose.FILES)),
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(hooks=hooks)),
        )

    def volume(self, name: str, component: str, purpose: Purpose, opts: pulumi.ResourceOptions) -> docker.Volume:
        """A named volume. It carries no deployment label: data outlives the deployment that made it."""
        return docker.Volume(
            name,
            name=self.naming.resource(name),
            labels=_labels(docker.VolumeLabelArgs, self.naming.labels(component, purpose)),
            opts=opts,
        )

    def network(self, name: str, network_name: str, *, internal: bool, opts: pulumi.ResourceOptions) -> docker.Network:
        """A bridge network; an internal one has no way out."""
        hooks = pulumi.ResourceHookBinding(before_create=[self._hooks.replace_leftover_network])
        return docker.Network(
            name,
            name=network_name,
            driver="bridge",
            internal=internal,
            labels=_labels(docker.NetworkLabelArgs, self._container_labels("network", Purpose.NETWORK)),
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(hooks=hooks)),
        )

    def _container_labels(
        self, component: str, purpose: Purpose, more: Mapping[str, pulumi.Input[str]] | None = None
    ) -> dict[str, pulumi.Input[str]]:
        own = {f"{LABEL_PREFIX}/{key}": value for key, value in (more or {}).items()}
        return {**self.naming.labels(component, purpose), **own, DEPLOYMENT_LABEL: self._deployment}

    def _hardened(self, workload: Workload, purpose: Purpose, more: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Inputs that every started container has, whatever it runs."""
        limits = workload.limits
        labels = self._container_labels(workload.component, purpose, {**workload.labels, **(more or {})})
        return {
            "name": self.naming.resource(workload.component),
            "image": workload.image,
            "user": workload.user,
            "command": list(workload.command) or None,
            "envs": [f"{key}={value}" for key, value in sorted(workload.environment.items())],
            "capabilities": docker.ContainerCapabilitiesArgs(drops=["ALL"]),
            "security_opts": ["no-new-privileges:true"],
            "read_only": True,
            "init": workload.init,
            "memory": limits.memory // MEBIBYTE,
            "memory_swap": limits.memory // MEBIBYTE,
            "cpus": shortest_decimal(limits.cpus),
            "shm_size": limits.shared_memory // MEBIBYTE,
            "sysctls": dict(workload.sysctls) or None,
            "log_driver": "json-file",
            "log_opts": self._log_rotation.options,
            "mounts": [*_mounts(workload.mounts), *self._engine_socket(workload)],
            "tmpfs": {path: scratch.options for path, scratch in workload.scratch.items()} or None,
            "labels": _labels(docker.ContainerLabelArgs, labels),
            "destroy_grace_seconds": workload.stop_grace,
        }

    def _engine_socket(self, workload: Workload) -> list[docker.ContainerMountArgs]:
        if not workload.engine_socket:
            return []
        source, target = self.engine.socket_path, workload.engine_socket
        return [docker.ContainerMountArgs(type="bind", source=source, target=target, read_only=True)]

    @staticmethod
    def _networking(workload: Workload) -> dict[str, Any]:
        return {
            "networks_advanced": [
                docker.ContainerNetworksAdvancedArgs(name=attachment.network, aliases=list(attachment.aliases))
                for attachment in workload.networks
            ],
            "ports": [
                docker.ContainerPortArgs(ip=port.address, external=port.external, internal=port.internal)
                for port in workload.publications
            ],
        }


def shortest_decimal(value: float) -> str:
    """A number as the engine's provider reads it back: `1.0`, `0.5`. Any other spelling replaces the container."""
    return str(round(float(value), 2))


def duration(seconds: int) -> str:
    """A time span as the engine's provider reads it back: `5s`, `1m0s`."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if hours or minutes else "") + f"{rest}s"


def _health_check(health: HealthCheck) -> dict[str, Any]:
    """A check that the engine starts each second and that itself takes its time once it has succeeded.

    Engines before version 25 know one interval for all checks, and it passes before the first: at 5 s, each link of a
    chain of services costs 5 s; at 1 s, the checks of a stack take 40 % of a CPU (docs/adr/0010).
    """
    pause = health.interval - FIRST_INTERVAL
    return {
        "tests": ["CMD", "sh", "-c", PATIENT_CHECK, str(pause), *health.command],
        "interval": duration(FIRST_INTERVAL),
        "timeout": duration(pause + health.timeout),
        "retries": health.retries,
        "start_period": duration(health.start_period),
    }


def _mounts(mounts: Sequence[Mount]) -> list[docker.ContainerMountArgs]:
    return [
        docker.ContainerMountArgs(type="volume", source=mount.volume, target=mount.path, read_only=mount.read_only)
        for mount in mounts
    ]


def _labels(kind: type[Any], labels: Mapping[str, pulumi.Input[str]]) -> list[Any]:
    return [kind(label=label, value=value) for label, value in sorted(labels.items())]
