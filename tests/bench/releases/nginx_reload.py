"""nginx as usual: the live version's address is in its configuration, which is written anew and reloaded."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import cycle, islice
from pathlib import Path

from components.settings import Colour
from tests.bench.platform import Platform
from tests.bench.releases.proxy import CONFIG_DIR, Proxy, proxy
from tests.bench.releases.way import Release, Way
from tests.integration.harness.engine_view import EngineView

NAME = "nginx -s reload"
HERE = Path(__file__).parent / "nginx"
LIVE = "live.conf"


@contextmanager
def nginx_reloads(view: EngineView, deployment: Platform, directory: Path, count: int) -> Iterator[Way]:
    """The edge's own image with a plain configuration, kept in `directory`."""
    config = directory / "nginx"
    shutil.copytree(HERE, config)
    _point_to(Colour.BLUE, config)
    image = view.inspect(view.service(deployment.name, "nginx").id or "")["Image"]
    command = ("nginx", "-c", f"{CONFIG_DIR}/nginx.conf", "-g", "daemon off;")
    with proxy(view, deployment, image, config, command) as running:
        colours = islice(cycle((Colour.GREEN, Colour.BLUE)), count)
        releases = [Release(way=NAME, command=partial(_reload, running, config, colour)) for colour in colours]
        yield Way(port=running.port, releases=releases)


def _reload(running: Proxy, config: Path, colour: Colour) -> None:
    _point_to(colour, config)
    running.shell(f"nginx -c {CONFIG_DIR}/nginx.conf -s reload")


def _point_to(colour: Colour, config: Path) -> None:
    (config / LIVE).write_text(f"server app-{colour}-1:8501;\n", encoding="utf-8")
