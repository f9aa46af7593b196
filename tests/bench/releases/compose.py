"""Docker Compose: `docker compose up` makes the application's container anew from another image."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import yaml

from components.engine import Engine, resolve_host
from components.nginx.config import HTTP_PORT
from components.settings import Colour
from components.traffic import Routing
from components.traffic.container import EdgeContainer
from tests.bench.compose_project import ComposeProject, compose_project
from tests.bench.releases.way import Release, Way, await_answer

NAME = "docker compose up"
UP = ("up", "--detach", "--wait")
"""It waits until the application is healthy: without that, a command that has ended tells nothing of the release."""
APPLICATION = "app-blue"
OTHER = "app-green"
IMAGE_OF = ("app-blue-1", "app-blue-migrate", "app-worker")
"""Services that run the application's image."""


@contextmanager
def compose_release(compose: list[str], compose_file: Path, count: int) -> Iterator[Way]:
    """The project that the file of a stack with two slots makes, reduced to one, up with blue's version."""
    stack = yaml.safe_load(compose_file.read_text(encoding="utf-8"))
    definitions = {colour: yaml.safe_dump(_one_slot(stack, colour), sort_keys=False) for colour in Colour}
    with compose_project(compose, compose_file) as project:
        _apply(project, compose_file, definitions[Colour.BLUE])
        _route_to_blue(project)
        port = _published(stack)
        await_answer(port)
        colours = islice(cycle((Colour.GREEN, Colour.BLUE)), count)
        releases = [
            Release(way=NAME, command=partial(_apply, project, compose_file, definitions[colour])) for colour in colours
        ]
        yield Way(port=port, releases=releases)


def _apply(project: ComposeProject, compose_file: Path, definition: str) -> None:
    compose_file.write_text(definition, encoding="utf-8")
    project.run(*UP)


def _one_slot(stack: Mapping[str, Any], version: Colour) -> dict[str, Any]:
    """The stack with the services of one slot, which run the image, and have the environment, of `version`."""
    services = {name: dict(service) for name, service in stack["services"].items() if not name.startswith(OTHER)}
    source = stack["services"][f"app-{version}-1"]
    for name in IMAGE_OF:
        services[name]["image"] = source["image"]
    services[f"{APPLICATION}-1"]["environment"] = source["environment"]
    for service in services.values():
        needs = service.get("depends_on", {})
        service["depends_on"] = {needed: how for needed, how in needs.items() if needed in services}
    return {**stack, "services": services}


def _route_to_blue(project: ComposeProject) -> None:
    """Tell the edge of the project, whose volume is new, that there is one slot only."""
    edge = EdgeContainer(engine=Engine(resolve_host(None)), container=f"{project.name}-nginx-1")
    edge.publish(Routing.of(Colour.BLUE, {Colour.BLUE: 100}))


def _published(stack: Mapping[str, Any]) -> int:
    ports = (port.split(":") for port in stack["services"]["nginx"]["ports"])
    return next(int(external) for _, external, internal in ports if internal.startswith(str(HTTP_PORT)))
