"""The catalogue of images: each image once, its pin, and where it is pulled from."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Self

DOCKER_HUB = "docker.io"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class Image:
    """A public image, named as its registry names it."""

    repository: str
    """Repository below the registry's host, such as `library/postgres`."""
    tag: str

    @property
    def name(self) -> str:
        """Repository and tag: the key of the lock file."""
        return f"{self.repository}:{self.tag}"


CATALOGUE: Mapping[str, Image] = MappingProxyType(
    {
        "alertmanager": Image(repository="prom/alertmanager", tag="v0.28.1"),
        "alloy": Image(repository="grafana/alloy", tag="v1.18.1"),
        "blackbox-exporter": Image(repository="prom/blackbox-exporter", tag="v0.27.0"),
        "grafana": Image(repository="grafana/grafana", tag="12.3.3"),
        "loki": Image(repository="grafana/loki", tag="3.7.8"),
        "nginx": Image(repository="library/nginx", tag="1.28-bookworm"),
        "node-exporter": Image(repository="prom/node-exporter", tag="v1.9.1"),
        "postgres": Image(repository="library/postgres", tag="15-bookworm"),
        "postgres-exporter": Image(repository="prometheuscommunity/postgres-exporter", tag="v0.17.1"),
        "prometheus": Image(repository="prom/prometheus", tag="v3.5.0"),
        "python": Image(repository="library/python", tag="3.11-slim-bookworm"),
        "redis": Image(repository="library/redis", tag="7-bookworm"),
        # The plain tag holds nothing but the exporter: no shell for a health check.
        "redis-exporter": Image(repository="oliver006/redis_exporter", tag="v1.74.0-alpine"),
    }
)


class ImageLockError(ValueError):
    """The lock file cannot be used; the message says why and how to write it anew."""


@dataclass(frozen=True, kw_only=True)
class ImageSource:
    """Turns catalogue entries into pullable references: by digest where the lock names one, else by tag."""

    registry: str = DOCKER_HUB
    digests: Mapping[str, str] = field(default_factory=dict)
    """Digest (`sha256:…`) by image name."""
    absent: frozenset[str] = frozenset()
    """Names of the images that the lock says the registry does not have."""

    @classmethod
    def locked(cls, registry: str, lock_file: Path) -> Self:
        """Read digests, and what there is none of, from `lock_file`, when it exists and was written for `registry`.

        Raises:
            ImageLockError: the file is there but is not a lock file.
        """
        if not lock_file.is_file():
            return cls(registry=registry)
        try:
            lock = json.loads(lock_file.read_text(encoding="utf-8"))
            locked_registry, digests = lock["registry"], dict(lock["images"])
            absent = frozenset(map(str, lock.get("absent", [])))
        except (ValueError, KeyError, TypeError) as error:
            raise _lock_error(lock_file, repr(error)) from error
        for name, digest in digests.items():
            if not (isinstance(digest, str) and _DIGEST.fullmatch(digest)):
                raise _lock_error(lock_file, f"{name} has the digest {digest!r}")
        if locked_registry != registry:
            return cls(registry=registry)
        return cls(registry=registry, digests=digests, absent=absent)

    def has(self, key: str) -> bool:
        """Whether the catalogue entry `key` can be pulled, as far as the lock knows."""
        return CATALOGUE[key].name not in self.absent

    def reference(self, key: str) -> str:
        """The reference to pull for the catalogue entry `key`.

        Docker Hub's own names are given in their familiar form (`postgres`, not `docker.io/library/postgres`),
        because that is the name under which the engine lists them.
        """
        image = CATALOGUE[key]
        if self.registry == DOCKER_HUB:
            repository = image.repository.removeprefix("library/")
        else:
            repository = f"{self.registry}/{image.repository}"
        digest = self.digests.get(image.name)
        return f"{repository}@{digest}" if digest else f"{repository}:{image.tag}"


def _lock_error(lock_file: Path, reason: str) -> ImageLockError:
    return ImageLockError(f"{lock_file} is not an image lock file ({reason}). Write it anew with: ktr images lock")
