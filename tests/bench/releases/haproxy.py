"""Debian's HAProxy, told over its admin socket which server takes new connections."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import cycle, islice
from pathlib import Path

from docker.errors import BuildError

from components.settings import Colour
from tests.bench.platform import Platform
from tests.bench.releases.proxy import CONFIG_DIR, Proxy, proxy
from tests.bench.releases.way import Release, Way
from tests.integration.harness.engine_view import EngineView
from tests.integration.harness.removal import remove_images

NAME = "haproxy set server"
HERE = Path(__file__).parent / "haproxy"
SOCKET = "/tmp/admin.sock"  # noqa: S108 (a directory of the container)


@contextmanager
def haproxy_states(view: EngineView, deployment: Platform, directory: Path, count: int) -> Iterator[Way]:
    """HAProxy in front of both slots; its configuration is kept in `directory`."""
    config = directory / "haproxy"
    shutil.copytree(HERE, config)
    command = ("haproxy", "-db", "-f", f"{CONFIG_DIR}/haproxy.cfg")
    with _image(view, deployment) as image, proxy(view, deployment, image, config, command) as running:
        colours = islice(cycle((Colour.GREEN, Colour.BLUE)), count)
        yield Way(
            port=running.port,
            releases=[Release(way=NAME, command=partial(_make_live, running, colour)) for colour in colours],
        )


def _make_live(running: Proxy, colour: Colour) -> None:
    """The one is ready before the other drains, so that there always is a server; a drained one keeps its sockets."""
    orders = f"set server app/{colour} state ready; set server app/{colour.other} state drain"
    if said := running.shell(f"echo '{orders}' | socat stdio {SOCKET}").strip():
        raise RuntimeError(f"HAProxy refused `{orders}`: {said}")


@contextmanager
def _image(view: EngineView, deployment: Platform) -> Iterator[str]:
    tag = f"ktr-bench-haproxy:{secrets.token_hex(6)}"
    base = deployment.outputs["versions"]["python"]
    try:
        view.client.images.build(path=str(HERE), tag=tag, rm=True, forcerm=True, buildargs={"BASE": base})
        yield tag
    except BuildError as error:
        output = "".join(str(entry.get("stream", "")) for entry in error.build_log)
        raise RuntimeError(f"building HAProxy's image failed: {error}\n{output[-2000:]}") from error
    finally:
        remove_images(view, {tag})
