"""Alloy: collects what every container of the stack writes, and hands it to Loki with pseudonyms for persons."""

from dataclasses import dataclass
from pathlib import Path

import pulumi

from components.files import FileVolumes, FileVolumesArgs
from components.fingerprint import fingerprint
from components.monitoring.exporter import by_bash
from components.monitoring.logs.loki import ADDRESS as LOKI
from components.naming import Purpose
from components.runtime import EngineRuntime
from components.service import Service, ServiceArgs
from components.templates import render
from components.workload import MEBIBYTE, Attachment, Limits, Mount, Scratch, Workload

COMPONENT = "alloy"
PORT = 12345
CONFIG_DIR = "/etc/alloy/ktr"
SECRETS_DIR = "/run/secrets"
KEY_FILE = "pseudonym-key"
DATA_DIR = "/var/lib/alloy/data"
USER = "473:473"
TEMPLATE = Path(__file__).with_name("collecting.alloy.j2")
PERSONS = (
    # Names in fields of JSON. The application's `user` is a pseudonym already.
    r'"(?:login|uname|username|user_name|full_name|display_name)":\s*"([^"]+)"',
    # The same as `key=value`.
    r'\b(?:login|uname|username|user_name|full_name|display_name)=([^\s,;&"]+)',
    # E-mail addresses, wherever they stand; the at sign also as URLs have it. Last: where the name is an address, it
    # has become a pseudonym by now, the same as here.
    r"([A-Za-z0-9._%+-]+(?:@|%40)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})",
)
"""What tells who somebody is: what a group matches is replaced. The syntax is RE2's."""


def render_alloy(stack: str, engine: str) -> str:
    """config.alloy.

    Args:
        stack: whose containers are read.
        engine: host and port of the proxy in front of the engine.
    """
    return render(
        TEMPLATE, stack=stack, engine=engine, loki=LOKI, key_file=f"{SECRETS_DIR}/{KEY_FILE}", patterns=PERSONS
    )


@dataclass(frozen=True, kw_only=True)
class AlloyArgs:
    """Where Alloy runs, and whom it asks."""

    runtime: EngineRuntime
    image: pulumi.Input[str]
    monitoring: pulumi.Input[str]
    """The network of Loki and Prometheus."""
    engine_network: pulumi.Input[str]
    engine: str
    """Host and port of the proxy in front of the engine."""
    proxy: pulumi.Resource
    pseudonym_key: pulumi.Input[str]


class Alloy(pulumi.ComponentResource):
    """One Alloy. It remembers how far it has read, so that a restart neither loses nor repeats a line."""

    def __init__(self, name: str, args: AlloyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ktr:index:Alloy", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        runtime = args.runtime
        data = runtime.volume(f"{name}-data", name, Purpose.STATE, child)
        config = {"config.alloy": render_alloy(runtime.naming.stack, args.engine)}
        volumes = FileVolumesArgs(
            runtime=runtime, plain={"config": config}, secret={"secrets": {KEY_FILE: args.pseudonym_key}}
        )
        files = FileVolumes(f"{name}-files", volumes, child)
        workload = Workload(
            component=name,
            image=args.image,
            user=USER,
            limits=Limits(memory=256 * MEBIBYTE, cpus=0.5, pids=128),
            networks=[
                Attachment(network=network, aliases=[COMPONENT]) for network in (args.monitoring, args.engine_network)
            ],
            command=[
                "run",
                f"--server.http.listen-addr=0.0.0.0:{PORT}",
                f"--storage.path={DATA_DIR}",
                "--disable-reporting",
                f"{CONFIG_DIR}/config.alloy",
            ],
            mounts=[
                Mount(volume=data.name, path=DATA_DIR),
                files.mount("config", CONFIG_DIR),
                files.mount("secrets", SECRETS_DIR),
            ],
            scratch={"/tmp": Scratch()},  # noqa: S108 (a directory of the container)
            labels={"config": fingerprint(config)},
        )
        needs = [files.loader, args.proxy]
        service = ServiceArgs(
            runtime=runtime, workload=workload, health=by_bash(PORT, "/-/ready"), needs=needs, awaited=False
        )
        Service(name, service, child)
        self.register_outputs({})
