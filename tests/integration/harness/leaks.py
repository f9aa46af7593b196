"""Looks for secret values wherever an attacker or a curious colleague might."""

import base64
import io
import json
import re
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.harness.engine_view import EngineView, as_text

SHORTEST = 12
"""Characters below which a value is no secret but a coincidence."""
SECRET_MARK = "4dabf18193072939515e22adb298388d"
"""How Pulumi's state marks a secret."""


@dataclass(frozen=True)
class Haystack:
    """A text in which no secret may be."""

    place: str
    text: str


def spellings(secret: str) -> dict[str, str]:
    """The ways to write a secret that a plain search must not miss."""
    raw = secret.encode()
    # Inside a longer text Base64 depends on the position; what is the same for each of the three is the middle.
    shifted = (base64.b64encode(b"\0" * pad + raw).decode()[4 if pad else 0 :].rstrip("=")[:-2] for pad in range(3))
    return {
        "plain": secret,
        "hex": raw.hex(),
        **{f"base64 at offset {pad}": text for pad, text in enumerate(shifted)},
        "JSON": json.dumps(secret)[1:-1],
        "reversed": secret[::-1],
    }


def find_leaks(haystacks: Iterable[Haystack], secrets: Iterable[str]) -> set[str]:
    """Where a secret is found, and how it is written there; never which one, since reports are logs, too."""
    needles = [spellings(secret) for secret in secrets]
    return {
        f"{haystack.place} ({spelling})"
        for haystack in haystacks
        for forms in needles
        for spelling, text in forms.items()
        if text in haystack.text or (spelling == "hex" and text in haystack.text.lower())
    }


def secrets_of(exported: dict[str, Any]) -> set[str]:
    """The secret values of a stack, from its state exported with them in the clear.

    That is everything random, and what derives from it: private keys (line by line, because a line is what would leak
    into a log), password verifiers of PostgreSQL, password hashes of Redis.
    """
    values: set[str] = set()
    for resource in exported["deployment"]["resources"]:
        texts = [text for node in _secret_nodes(resource) for text in _strings(json.loads(node["plaintext"]))]
        if resource["type"].startswith("random:"):
            values.update(texts)
        for text in texts:
            values.update(_derived(text))
    return {value for value in values if len(value) >= SHORTEST}


def _derived(text: str) -> Iterator[str]:
    for key in re.findall(r"PRIVATE KEY-----(.*?)-----END", text, re.DOTALL):
        yield from key.split()
    yield from re.findall(r"SCRAM-SHA-256\$[^'\s]+", text)
    yield from re.findall(r"\b[0-9a-f]{64}\b", text)


def _secret_nodes(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if SECRET_MARK in node and "plaintext" in node:
            yield node
        else:
            for item in node.values():
                yield from _secret_nodes(item)
    elif isinstance(node, list):
        for item in node:
            yield from _secret_nodes(item)


def _strings(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for item in node.values():
            yield from _strings(item)
    elif isinstance(node, list):
        for item in node:
            yield from _strings(item)


def engine_haystacks(view: EngineView, stack: str) -> Iterator[Haystack]:
    """What the engine shows of a stack to everybody who may ask it."""
    images = set()
    for container in view.containers(stack):
        inspection = view.inspect(container.id or "")
        images.add(inspection["Image"])
        config = inspection["Config"]
        yield Haystack(f"environment of {container.name}", "\n".join(config["Env"] or []))
        yield Haystack(f"command line of {container.name}", as_text([inspection["Path"], inspection["Args"]]))
        yield Haystack(f"labels of {container.name}", as_text(config["Labels"]))
        yield Haystack(f"inspection of {container.name}", as_text(inspection))
        yield Haystack(f"log of {container.name}", container.logs().decode(errors="replace"))
        if inspection["State"]["Running"]:
            yield Haystack(f"processes of {container.name}", as_text(container.top(ps_args="-eo pid,args")))
    for network in view.networks(stack):
        yield Haystack(f"inspection of network {network['Name']}", as_text(network))
    for volume in view.volumes(stack):
        yield Haystack(f"inspection of volume {volume['Name']}", as_text(volume))
    for image in sorted(images):
        yield Haystack(f"inspection of image {image}", as_text(view.api.inspect_image(image)))
        yield Haystack(f"history of image {image}", as_text(view.api.history(image)))


def file_haystacks(directory: Path) -> Iterator[Haystack]:
    """Every file below a directory, as it lies on the disk."""
    for file in sorted(directory.rglob("*")):
        if file.is_file():
            yield Haystack(f"file {file.relative_to(directory)}", file.read_text(encoding="utf-8", errors="replace"))


def archived_haystacks(view: EngineView, container: str, path: str) -> Iterator[Haystack]:
    """Every file below a directory of a container."""
    chunks, _ = view.api.get_archive(container, path)
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
        for member in archive.getmembers():
            content = archive.extractfile(member)
            if content:
                yield Haystack(f"file {member.name} of {path}", content.read().decode(errors="replace"))
