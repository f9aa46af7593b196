"""Removes what is left of a stack on the engine, and tells what that was."""

from docker.errors import APIError, NotFound

from tests.integration.harness.engine_view import PURPOSE_LABEL, EngineView

VERSION_LABEL = "ktr.io/test"
"""On images that tests make of the one built from source."""


def anonymous_volumes(view: EngineView, stack: str) -> list[str]:
    """Volumes without labels that containers of the stack use: images declare them, the engine makes them."""
    labelled = {volume["Name"] for volume in view.volumes(stack)}
    used = {
        mount["Name"]
        for container in view.containers(stack)
        for mount in container.attrs["Mounts"]
        if mount["Type"] == "volume"
    }
    return sorted(used - labelled)


def remove_stack(view: EngineView, stack: str) -> list[str]:
    """Remove everything labelled with `stack`; returns what should not have been there, data volumes apart."""
    leftovers = [f"container {container.name}" for container in view.containers(stack)]
    leftovers += [f"network {network['Name']}" for network in view.networks(stack)]
    leftovers += [
        f"volume {volume['Name']}" for volume in view.volumes(stack) if volume["Labels"].get(PURPOSE_LABEL) != "data"
    ]
    anonymous = anonymous_volumes(view, stack)
    for container in view.containers(stack):
        container.remove(force=True, v=True)
    for network in view.networks(stack):
        view.api.remove_network(network["Id"])
    for name in [*(volume["Name"] for volume in view.volumes(stack)), *anonymous]:
        try:
            view.api.remove_volume(name)
        except NotFound:
            continue
    remaining = {kind: names for kind, names in view.inventory(stack).items() if names}
    assert not remaining, f"the engine keeps things of {stack}: {remaining}"
    return leftovers


def image_tags(view: EngineView, repository: str) -> set[str]:
    """The tags of a repository that the engine has, but for versions: each run removes those that it made."""
    images = view.client.images.list(name=repository)
    return {tag for image in images if VERSION_LABEL not in image.labels for tag in image.tags}


def remove_images(view: EngineView, tags: set[str]) -> None:
    """Remove images by tag, except those that somebody else's containers use."""
    for tag in tags:
        try:
            view.client.images.remove(tag)
        except (NotFound, APIError):
            continue
