"""Where images come from: the registry that the settings name, else a local one filled with stand-ins."""

import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from docker.errors import DockerException

from components.images import CATALOGUE, ImageSource
from ops.console import Step
from ops.engine import Engine
from ops.errors import OpsError
from ops.local_registry import ADDRESS, LocalRegistry
from ops.paths import Paths, write_private
from ops.standins import stand_in_keys

PROBE = "redis"
"""The image whose resolution shows that a registry serves the platform: a small one."""
PROBE_TIMEOUT = 8.0
"""Seconds that a registry gets for it."""


@dataclass(frozen=True)
class Registry:
    """The registry that the program pulls from."""

    host: str
    standins: bool

    def keys(self, paths: Paths) -> list[str]:
        """The catalogue entries that it has: all, but for stand-ins."""
        return stand_in_keys(paths) if self.standins else list(CATALOGUE)


@dataclass(frozen=True)
class Decision:
    """Which registry a state directory has once settled on, for a registry that settings name."""

    standins: bool
    since: str
    reason: str = ""


def ensure_registry(named: str, engine: Engine, paths: Paths, step: Step) -> Registry:
    """Decide on a registry, and fill the local one if that is it.

    KTR_REGISTRY decides; else the earlier decision, so that a registry that is away for a moment does not exchange the
    images of a running platform; else whether the registry `named` by the settings answers.

    Raises:
        OpsError: KTR_REGISTRY names one that does not answer, or stand-ins cannot be built.
    """
    local = LocalRegistry(engine, paths)
    explicit = os.environ.get("KTR_REGISTRY", "")
    known = load_decisions(paths.registry_decisions)
    if explicit and explicit != local.host and _serves(explicit, engine, step):
        if explicit == named:
            known[named] = Decision(standins=False, since=_today())
            save_decisions(paths.registry_decisions, known)
        step.result = f"{explicit} (KTR_REGISTRY)"
        return Registry(host=explicit, standins=False)
    if named not in known:
        reason = unreachable(named, engine, step)
        known[named] = Decision(standins=bool(reason), since=_today(), reason=reason)
        save_decisions(paths.registry_decisions, known)
    if not explicit and not known[named].standins:
        step.result = named
        return Registry(host=named, standins=False)
    host = local.ensure(step)
    step.warning = True
    step.result = f"STAND-INS from Debian packages, served by {host}: {_why(named, known[named])}"
    return Registry(host=host, standins=True)


def _serves(explicit: str, engine: Engine, step: Step) -> bool:
    """Whether KTR_REGISTRY answers; a loopback address that does not is that of a local registry yet to be made."""
    reason = unreachable(explicit, engine, step)
    if reason and not explicit.startswith(f"{ADDRESS}:"):
        raise OpsError(
            f"the registry {explicit}, named by KTR_REGISTRY, does not serve the platform's images: {reason}",
            fix="Correct KTR_REGISTRY, log in (docker login), or unset it to have stand-ins built.",
        )
    return not reason


def _why(named: str, decision: Decision) -> str:
    if not decision.standins:
        return "KTR_REGISTRY says so"
    reason = decision.reason.rpartition(": ")[2]
    return f"{named} did not answer on {decision.since} ({reason}). Once it does: KTR_REGISTRY={named} make up"


def unreachable(registry: str, engine: Engine, step: Step) -> str:
    """Why the engine cannot resolve one of the platform's images in `registry`; empty when it can."""
    reference = ImageSource(registry=registry).reference(PROBE)
    step.detail = f"asking {registry} for {reference}"
    try:
        engine.patient(PROBE_TIMEOUT).images.get_registry_data(reference)
    except requests.Timeout:
        return f"no answer within {PROBE_TIMEOUT:.0f} s"
    except (DockerException, requests.RequestException) as error:
        return str(getattr(error, "explanation", None) or error)
    return ""


def load_decisions(path: Path) -> dict[str, Decision]:
    """Earlier decisions by named registry; none when the file is missing or unreadable."""
    try:
        content: Mapping[str, Mapping[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        return {name: Decision(**decision) for name, decision in content.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def save_decisions(path: Path, decisions: Mapping[str, Decision]) -> None:
    """Write the decisions for the next run."""
    write_private(path, json.dumps({name: vars(decision) for name, decision in decisions.items()}, indent=2) + "\n")


def resolve_digests(registry: str, keys: Iterable[str], engine: Engine, step: Step) -> dict[str, str]:
    """Digest of each of these catalogue entries, by the image's name, as the engine resolves them now.

    Raises:
        OpsError: one cannot be resolved.
    """
    source = ImageSource(registry=registry)
    digests = {}
    for key in keys:
        image = CATALOGUE[key]
        step.detail = f"resolving {image.name}"
        try:
            digests[image.name] = str(engine.patient(60).images.get_registry_data(source.reference(key)).id)
        except (DockerException, requests.RequestException) as error:
            raise OpsError(f"{registry} does not resolve {image.name}: {error}") from error
    return digests


def write_lock(path: Path, registry: str, digests: Mapping[str, str]) -> None:
    """Write a lock file as `components.images` reads it: it also says which images the registry does not have."""
    absent = sorted(image.name for image in CATALOGUE.values() if image.name not in digests)
    lock = {"registry": registry, "images": dict(digests), "absent": absent}
    path.write_text(json.dumps(lock, indent=2) + "\n", encoding="utf-8")


def _today() -> str:
    return time.strftime("%F")
