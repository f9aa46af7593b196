"""The real program, run for the stack files as they are checked in and for variants of them."""

import contextlib
import functools
import importlib.util
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import yaml

from components import app_image
from components.settings import StackSettings
from tests.support.engine import FakeEngine
from tests.support.recording import Program, run_program

ROOT = Path(__file__).resolve().parents[2]
STACKS = ("dev", "staging", "prod")
DIGEST = "sha256:" + "0123456789abcdef" * 4


@dataclass(frozen=True)
class Variant:
    """A stack file, and settings that are laid over it."""

    stack: str
    overrides: Mapping[str, Mapping[str, Any]]


RECEIVER_SECRETS = ("hooks.example.com/in-the-url", "a-bearer-token", "a-mail-password")
RECEIVERS = {
    "webhook": {"url": f"https://{RECEIVER_SECRETS[0]}", "token": RECEIVER_SECRETS[1]},
    "email": {"to": "oncall@example.com", "host": "smtp.example.com", "user": "ktr", "password": RECEIVER_SECRETS[2]},
}
VARIANTS: Mapping[str, Variant] = {
    **{stack: Variant(stack, {}) for stack in STACKS},
    "prod with two released slots": Variant(
        "prod",
        {
            "app": {"repository": "ghcr.io/acme/ktr-app", "memory": "1g", "cpus": 0.25},
            "release": {"active": "green", "blue": "1.4.2", "green": DIGEST, "replicas": 3},
        },
    ),
    "staging with a canary": Variant(
        "staging",
        {
            "app": {"repository": "ghcr.io/acme/ktr-app"},
            "release": {"active": "blue", "blue": "1.4.2", "green": "1.5.0", "canaryPercent": 10},
        },
    ),
    "dev that tells people": Variant(
        "dev", {"monitoring": {"enabled": True, "receivers": RECEIVERS, "criticalPipelines": ["nightly"]}}
    ),
    "dev without dashboards": Variant("dev", {"monitoring": {"enabled": True, "dashboards": {"enabled": False}}}),
    "dev thrown away": Variant("dev", {"data": {"protect": False, "keepOnDestroy": False}}),
    "dev kept but not protected": Variant("dev", {"data": {"protect": False, "keepOnDestroy": True}}),
}


@dataclass(frozen=True)
class Run:
    """A stack's settings and what the program made of them."""

    settings: StackSettings
    engine: FakeEngine
    program: Program


def stack_config(stack: str) -> dict[str, str]:
    """The `ktr:` entries of a checked-in stack file, as Pulumi hands them over: nested values as JSON texts."""
    return config_of(yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8"))["config"])


def config_of(entries: Mapping[str, Any]) -> dict[str, str]:
    """The `ktr:` entries of a stack file's `config`, as Pulumi hands them over."""
    return {
        key.removeprefix("ktr:"): value if isinstance(value, str) else json.dumps(value)
        for key, value in entries.items()
        if key.startswith("ktr:")
    }


def stack_settings(stack: str, overrides: Mapping[str, Mapping[str, Any]] | None = None) -> StackSettings:
    """The settings of a checked-in stack file, with whole sections replaced by `overrides`."""
    config = stack_config(stack) | {section: json.dumps(value) for section, value in (overrides or {}).items()}
    return StackSettings.load(stack, config, environment={})


@functools.cache
def run_of(variant: str) -> Run:
    """What the program registers for one of the `VARIANTS`."""
    chosen = VARIANTS[variant]
    return run_deploy(stack_settings(chosen.stack, chosen.overrides))


def run_deploy(settings: StackSettings, engine: FakeEngine | None = None) -> Run:
    """Run `deploy` of `__main__.py` in a directory with a small application of its own, on a host without extra CAs."""
    engine = engine or FakeEngine()
    deploy = _main().deploy
    with _small_checkout(), mock.patch.object(app_image, "HOST_CERTIFICATES", ()):
        program = run_program(lambda: deploy(settings, engine), settings.stack)
    return Run(settings, engine, program)


@functools.cache
def _main() -> Any:
    """`__main__.py` as a module by another name, so that it only defines `deploy`."""
    spec = importlib.util.spec_from_file_location("ktr_program", ROOT / "__main__.py")
    if spec is None or spec.loader is None:
        raise ImportError("__main__.py cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextlib.contextmanager
def _small_checkout() -> Iterator[None]:
    """A working directory with `app/` as small as it can be: what the real one holds is not what is tested."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        context = Path(folder) / app_image.CONTEXT
        context.mkdir()
        (context / "Dockerfile").write_text("FROM scratch\n", encoding="utf-8")
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)
