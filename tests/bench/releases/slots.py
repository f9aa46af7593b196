"""This platform: two slots with a version each, switched by `pulumi up` and back by `ktr rollback`."""

from functools import partial

from tests.bench.platform import UP, Platform
from tests.bench.releases.figures import ROLLBACK
from tests.bench.releases.way import Release, Way
from tests.integration.harness.engine_view import EngineView
from tests.integration.harness.ktr_command import KtrCommand
from tests.integration.harness.versions import Versions

SWITCH = "pulumi up"
UNLIMITED = {"requestsPerSecond": 10_000, "connectionsPerClient": 10_000}
"""All of the load comes from one address."""


def give_two_versions(view: EngineView, deployment: Platform) -> None:
    """Put a version into each slot of a stack that is up, blue live. Their images stay, as others that are built."""
    versions = Versions(view, deployment.outputs["release"]["slots"]["blue"])
    release = {"active": "blue", "blue": versions.make(), "green": versions.make(), "keepIdle": True}
    deployment.set({"ktr:edge": UNLIMITED, "ktr:release": {**release, "drainSeconds": 60, "replaceLive": True}})
    deployment.run(*UP)
    deployment.set({"ktr:release": {"replaceLive": False}})


def slot_switches(deployment: Platform, pairs: int) -> Way:
    """Switches to green, each followed by a rollback to blue."""
    ktr = KtrCommand(deployment)
    pair = [
        Release(way=SWITCH, command=partial(_switch, deployment)),
        Release(way=ROLLBACK, command=partial(_roll_back, deployment, ktr)),
    ]
    return Way(port=deployment.http_port, releases=pair * pairs)


def _switch(deployment: Platform) -> None:
    deployment.reload()
    deployment.set({"ktr:release": {"active": "green"}})
    deployment.run(*UP)


def _roll_back(deployment: Platform, ktr: KtrCommand) -> None:
    code, output = ktr.run("rollback", "--stack", deployment.name, "--yes")
    if code:
        raise RuntimeError(f"ktr rollback failed with exit code {code}:\n{output}")
