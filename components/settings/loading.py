"""Reads a stack's settings, strictly, and reports every fault at once."""

import difflib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Self

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from components.settings.faults import UNSET, Fault, SettingsError
from components.settings.sections import (
    SOURCE,
    AppSettings,
    BuildSettings,
    DataSettings,
    EdgeSettings,
    EngineSettings,
    LoggingSettings,
    PostgresSettings,
    RedisSettings,
    ReleaseSettings,
    Section,
)
from components.settings.types import Registry, is_digest

NAMESPACE = "ktr"
LOCK_FILE = Path("images.lock.json")
FLOATING_TAGS = frozenset({"latest", "stable", "edge", "main", "master", "nightly", "dev"})


class StackSettings(BaseModel):
    """Everything that differs between stacks. The only reader of `pulumi.Config` and of KTR_* variables."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    stack: Annotated[
        str,
        Field(
            pattern=r"^[a-z][a-z0-9-]{0,30}[a-z0-9]$",
            description="a stack's name has 2 to 32 lower-case letters, digits and hyphens and begins with a letter",
            examples=["staging"],
        ),
    ]
    registry: Annotated[
        Registry,
        Field(description="registry that images are pulled from, without a scheme", examples=["docker.io"]),
    ] = "docker.io"
    lock_file: Path = LOCK_FILE
    """Where digests are read from; overridden by KTR_IMAGES_LOCK."""
    engine: EngineSettings = EngineSettings()
    build: BuildSettings = BuildSettings()
    edge: EdgeSettings = EdgeSettings()
    app: AppSettings = AppSettings()
    postgres: PostgresSettings = PostgresSettings()
    redis: RedisSettings = RedisSettings()
    data: DataSettings = DataSettings()
    logging: LoggingSettings = LoggingSettings()
    release: ReleaseSettings = ReleaseSettings()

    @classmethod
    def from_pulumi(cls) -> Self:
        """The settings of the stack that Pulumi is running."""
        prefix = f"{NAMESPACE}:"
        entries = {**get_config_env(), **CONFIG.get()}
        config = {key.removeprefix(prefix): value for key, value in entries.items() if key.startswith(prefix)}
        return cls.load(pulumi.get_stack(), config, os.environ)

    @classmethod
    def load(cls, stack: str, config: Mapping[str, str], environment: Mapping[str, str]) -> Self:
        """Build the settings of `stack` from its `ktr:` entries, as Pulumi hands them over, and the environment.

        Raises:
            SettingsError: rules are broken; carries one fault for each.
        """
        raw = dict(config)
        if environment.get("KTR_REGISTRY"):
            raw["registry"] = environment["KTR_REGISTRY"]
        faults = list(_unknown_sections(raw))
        values: dict[str, Any] = {"stack": stack}
        faults += _parse("stack", stack, values)
        for name in sorted(_SETTABLE & raw.keys()):
            faults += _parse(name, raw[name], values)
        if environment.get("KTR_IMAGES_LOCK"):
            values["lock_file"] = Path(environment["KTR_IMAGES_LOCK"])
        if not faults:
            settings = cls(**values)
            faults = list(_release_faults(settings.release, settings.app))
        if faults:
            raise SettingsError(stack, faults)
        return settings


_SETTABLE = frozenset(StackSettings.model_fields) - {"stack", "lock_file"}


def _unknown_sections(raw: Mapping[str, str]) -> Iterator[Fault]:
    for name in sorted(raw.keys() - _SETTABLE):
        yield Fault(
            key=f"{NAMESPACE}:{name}",
            value=raw[name],
            rule=_unknown_key_rule(name, sorted(_SETTABLE)),
            example=f"{NAMESPACE}:{_closest(name, sorted(_SETTABLE))}: …",
        )


def _parse(name: str, text: str, values: dict[str, Any]) -> Iterator[Fault]:
    """Validate one top-level entry; on success put it into `values`."""
    field = StackSettings.model_fields[name]
    key = name if name == "stack" else f"{NAMESPACE}:{name}"
    kind: Any = field.annotation
    if isinstance(kind, type) and issubclass(kind, Section):
        try:
            section = json.loads(text)
        except ValueError:
            section = text
        if not isinstance(section, dict):
            keys = ", ".join(_keys(kind))
            yield Fault(key=key, value=text, rule=f"must be a section with the keys {keys}", example=_example(kind))
            return
        try:
            value = kind.model_validate_json(json.dumps(section))
        except ValidationError as error:
            yield from (_fault(key, kind, detail) for detail in error.errors())
            return
        yield from value.faults(key)
        values[name] = value
        return
    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[kind, field])
    try:
        values[name] = adapter.validate_python(text)
    except ValidationError:
        yield Fault(key=key, value=text, rule=field.description or "", example=f"{key}: {(field.examples or [''])[0]}")


def _fault(key: str, section: type[Section], detail: ErrorDetails) -> Fault:
    """A validation error of pydantic in the project's words."""
    path = [str(part) for part in detail["loc"]]
    fields = _fields(section)
    while len(path) > 1 and (nested := _section_of(fields[path[0]].annotation)):
        key, fields, path = f"{key}.{path[0]}", _fields(nested), path[1:]
    name = path[0]
    known = sorted(fields)
    if name in fields:
        rule, example = fields[name].description, _example_of(name, fields)
    else:
        rule, example = _unknown_key_rule(name, known), _example_of(_closest(name, known), fields)
    return Fault(key=f"{key}.{name}", value=detail["input"], rule=rule, example=example)


def _fields(section: type[Section]) -> dict[str, Any]:
    return {field.alias or name: field for name, field in section.model_fields.items()}


def _keys(section: type[Section]) -> list[str]:
    return sorted(_fields(section))


def _section_of(annotation: Any) -> type[Section] | None:
    return annotation if isinstance(annotation, type) and issubclass(annotation, Section) else None


def _example(section: type[Section]) -> str:
    fields = _fields(section)
    return "{" + _example_of(min(fields), fields) + "}"


def _example_of(name: str, fields: Mapping[str, Any]) -> str:
    return f"{name}: {fields[name].examples[0]}"


def _closest(name: str, known: list[str]) -> str:
    return (difflib.get_close_matches(name, known, n=1, cutoff=0.4) or known)[0]


def _unknown_key_rule(name: str, known: list[str]) -> str:
    return f"unknown key; did you mean {_closest(name, known)!r}? Known: {', '.join(known)}"


def _release_faults(release: ReleaseSettings, app: AppSettings) -> Iterator[Fault]:
    """Named versions need a repository to come from, and must stay what they are."""
    for colour, version in release.slots.items():
        if version == SOURCE or (is_digest(version) and app.repository):
            continue
        key = f"{NAMESPACE}:release.{colour}"
        if not app.repository:
            yield Fault(
                key=f"{NAMESPACE}:app.repository",
                value=UNSET,
                rule=f"is required because {key} names the version {version!r}",
                example="repository: ghcr.io/acme/ktr-app",
            )
        elif version in FLOATING_TAGS and not app.floating_tags:
            yield Fault(
                key=key,
                value=version,
                rule="moves under the same name, so a rollback could not go back to it; app.floatingTags allows it",
                example=f"{colour}: 1.4.2",
            )
