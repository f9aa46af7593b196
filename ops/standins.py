"""Stand-ins: images built from Debian packages under the public images' names, for where no public registry answers."""

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docker.errors import ImageNotFound

from components.images import CATALOGUE, Image
from ops import debian
from ops.console import Step
from ops.engine import Engine
from ops.errors import OpsError
from ops.paths import Paths
from ops.process import run_logged

HASH_LABEL = "ktr.io/standin-hash"
REGISTRY = Image(repository="library/registry", tag="2")
"""What a local registry runs; the platform itself does not use it, so it is not in the catalogue."""

WITHOUT = frozenset({"alloy", "grafana", "loki"})
"""Catalogue entries that Debian has no package of, and without which the platform comes up: docs/adr/0019."""


@dataclass(frozen=True)
class StandIn:
    """The folder that an image's stand-in is built from."""

    image: Image
    folder: Path

    @property
    def digest(self) -> str:
        """Short hash of everything that the image is built from."""
        return content_hash([self.folder, self.folder.parent / "base"])

    @property
    def marker(self) -> str:
        """Tag that tells which content the image of the plain tag was built from."""
        return f"{self.image.tag}-standin-{self.digest}"


def stand_in_keys(paths: Paths) -> list[str]:
    """The catalogue entries that have a stand-in: all but what Debian does not have."""
    return [key for key in CATALOGUE if key not in WITHOUT or (_folder(key, paths) / "Dockerfile").is_file()]


def stand_in(key: str, paths: Paths) -> StandIn:
    """The stand-in of a catalogue entry, or of `registry`.

    Raises:
        OpsError: there is none.
    """
    folder = _folder(key, paths)
    if not (folder / "Dockerfile").is_file():
        raise OpsError(
            f"the image {CATALOGUE[key].name} has no stand-in: {folder} is missing",
            fix="Add that folder (see images/standins/README.md), or name a registry that has it: KTR_REGISTRY=…",
        )
    return StandIn(image=REGISTRY if key == "registry" else CATALOGUE[key], folder=folder)


def _folder(key: str, paths: Paths) -> Path:
    return paths.checkout / "images" / "standins" / key


def content_hash(folders: Iterable[Path]) -> str:
    """Twelve hexadecimal digits over names, modes and contents of the files in `folders`."""
    digest = hashlib.sha256()
    for folder in folders:
        for file in _files(folder):
            executable = os.access(file, os.X_OK)
            digest.update(f"{folder.name}/{file.relative_to(folder)}\0{executable}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:12]


def build(item: StandIn, names: list[str], engine: Engine, paths: Paths, step: Step) -> None:
    """Build a stand-in and give it `names`.

    Raises:
        OpsError: the build failed; carries its last lines.
    """
    base = _ensure_base(engine, paths, step)
    doing = f"building {item.image.name} from Debian packages"
    step.detail = doing
    output: list[str] = []
    log = paths.logs / "images.log"
    with log.open("a", encoding="utf-8") as file:
        for event in _build_events(item, names[0], base, engine):
            text = str(event.get("stream") or event.get("error") or "")
            file.write(text)
            output += text.splitlines()
            if text.strip():
                step.detail = f"{doing}: {text.strip().splitlines()[-1][:70]}"
            if "error" in event:
                raise OpsError(f"{doing} failed:\n" + "\n".join(output[-15:]), log=log)
    built = engine.client.images.get(names[0])
    for name in names[1:]:
        built.tag(name)


def _build_events(item: StandIn, name: str, base: str, engine: Engine) -> Iterator[dict[str, Any]]:
    events: Iterator[dict[str, Any]] = engine.client.api.build(
        fileobj=_context(item.folder),
        custom_context=True,
        tag=name,
        buildargs={"BASE": base},
        labels={HASH_LABEL: item.digest},
        rm=True,
        forcerm=True,
        decode=True,
    )
    return events


def _context(folder: Path) -> io.BytesIO:
    """The folder as a tar whose bytes depend on contents alone, so that the engine's build cache works."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for file in _files(folder):
            entry = tarfile.TarInfo(str(file.relative_to(folder)))
            entry.size = file.stat().st_size
            entry.mode = 0o755 if os.access(file, os.X_OK) else 0o644
            tar.addfile(entry, io.BytesIO(file.read_bytes()))
    buffer.seek(0)
    return buffer


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def _ensure_base(engine: Engine, paths: Paths, step: Step) -> str:
    """The image that all stand-ins start from; its tarball is kept in the cache."""
    folder = paths.checkout / "images" / "standins" / "base"
    digest = content_hash([folder])
    name = f"ktr-standin/base:{digest}"
    try:
        engine.client.images.get(name)
    except ImageNotFound:
        tarball = paths.cache / "standins" / f"base-{digest}.tar.gz"
        if not tarball.is_file():
            _bootstrap(folder, tarball, paths, step)
        step.detail = "importing the base of the stand-ins"
        said = engine.client.api.import_image_from_file(
            str(tarball), repository="ktr-standin/base", tag=digest, changes=["LABEL ktr.io/standin=true"]
        )
        if "error" in said:
            raise OpsError(
                f"the engine does not import {tarball}: {json.loads(said.splitlines()[-1])['error']}"
            ) from None
    return name


def _bootstrap(folder: Path, tarball: Path, paths: Paths, step: Step) -> None:
    log = paths.logs / "images.log"
    if os.geteuid() != 0:
        raise OpsError(
            "no image registry answers, and stand-ins can only be built as root (debootstrap needs it)",
            fix="Let this machine reach a registry, or name one that it does: KTR_REGISTRY=… make up",
        )
    if shutil.which("debootstrap") is None:
        if not debian.can_install():
            raise OpsError(
                "no image registry answers, and debootstrap is missing, which builds the stand-ins' base",
                fix="Install debootstrap, or name a registry that answers: KTR_REGISTRY=registry.example.com make up",
            )
        debian.install(["debootstrap"], step=step, log=log)
    run_logged([folder / "build.sh", tarball], step=step, log=log, doing="building the base of the stand-ins")
