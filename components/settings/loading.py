"""Reads a stack's settings, strictly, and reports every fault at once."""

import difflib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Self, get_args

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from components.settings.faults import HIDDEN, UNSET, Fault, SettingsError
from components.settings.monitoring import MonitoringSettings
from components.settings.release import SOURCE, Colour, ReleaseSettings
from components.settings.section import Section
from components.settings.sections import (
    AppSettings,
    BuildSettings,
    DataSettings,
    EdgeSettings,
    EngineSettings,
    LoggingSettings,
    PostgresSettings,
    RedisSettings,
)
from components.settings.types import Registry, is_content_tag, is_digest

NAMESPACE = "ktr"
LOCK_FILE = Path("images.lock.json")
REGISTRY_VARIABLE = "KTR_REGISTRY"
LOCK_VARIABLE = "KTR_IMAGES_LOCK"
HOLD_VARIABLE = "KTR_HOLD"
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
    hold: frozenset[Colour] = frozenset()
    """Slots to leave as they are, whatever the settings say; KTR_HOLD names them for one step of a release."""
    engine: EngineSettings = EngineSettings()
    build: BuildSettings = BuildSettings()
    edge: EdgeSettings = EdgeSettings()
    app: AppSettings = AppSettings()
    postgres: PostgresSettings = PostgresSettings()
    redis: RedisSettings = RedisSettings()
    data: DataSettings = DataSettings()
    logging: LoggingSettings = LoggingSettings()
    monitoring: MonitoringSettings = MonitoringSettings()
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
        keys = {name: f"{NAMESPACE}:{name}" for name in raw} | {"stack": "stack"}
        if environment.get(REGISTRY_VARIABLE):
            raw["registry"] = environment[REGISTRY_VARIABLE]
            keys["registry"] = REGISTRY_VARIABLE
        raw["stack"] = stack
        values: dict[str, Any] = {}
        faults = list(_unknown_sections(config))
        for name in sorted(raw.keys() & {"stack", *_SETTABLE}):
            faults += _parse(name, keys[name], raw[name], values)
        if environment.get(LOCK_VARIABLE):
            values["lock_file"] = Path(environment[LOCK_VARIABLE])
        values["hold"] = frozenset(Colour(name) for name in environment.get(HOLD_VARIABLE, "").split(",") if name)
        faults += _release_faults(*_parsed(raw, values, "release", "app"))
        if faults:
            raise SettingsError(stack, faults)
        return cls(**values)


_SETTABLE = frozenset(StackSettings.model_fields) - {"stack", "lock_file", "hold"}


def _unknown_sections(config: Mapping[str, str]) -> Iterator[Fault]:
    known = sorted(_SETTABLE)
    for name in sorted(config.keys() - _SETTABLE):
        section, dot, rest = name.partition(".")
        if dot and section in _SETTABLE:
            rule = f"keys inside a section are set with --path: pulumi config set --path {NAMESPACE}:{name} …"
            example = _top_level_example(section, rest)
        else:
            rule = _unknown_key_rule(name, known)
            example = _top_level_example(_closest(name, known) or "edge")
        yield Fault(key=f"{NAMESPACE}:{name}", value=config[name], rule=rule, example=example)


def _parsed(raw: Mapping[str, str], values: Mapping[str, Any], *names: str) -> list[Any]:
    """The sections `names`, or None in place of each that has faults of its own."""
    return [values.get(name, None if name in raw else StackSettings.model_fields[name].default) for name in names]


def _parse(name: str, key: str, text: str, values: dict[str, Any]) -> Iterator[Fault]:
    """Validate one top-level entry; on success put it into `values`."""
    field = StackSettings.model_fields[name]
    if section := _section_of(field.annotation):
        try:
            value = section.model_validate_json(text, by_alias=True, by_name=False)
        except ValidationError as error:
            # One fault for each key: a union reports every branch.
            yield from {fault.key: fault for fault in _section_faults(key, section, text, error)}.values()
            return
        yield from value.faults(key)
        values[name] = value
        return
    kind: Any = field.annotation
    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[kind, field])
    try:
        values[name] = adapter.validate_python(text)
    except ValidationError as error:
        assign = "=" if key == REGISTRY_VARIABLE else ": "
        rule = _rule(field.description, error.errors()[0])
        yield Fault(key=key, value=text, rule=rule, example=f"{key}{assign}{(field.examples or [''])[0]}")


def _section_faults(key: str, section: type[Section], text: str, error: ValidationError) -> Iterator[Fault]:
    for detail in error.errors():
        if detail["loc"]:
            yield _fault(key, section, detail)
        else:
            rule = f"must be a section with the keys {', '.join(sorted(_fields(section)))}"
            value = HIDDEN if _holds_secrets(section) else text
            yield Fault(key=key, value=value, rule=rule, example=_example(key, section))


def _fault(key: str, section: type[Section], detail: ErrorDetails) -> Fault:
    """A validation error of pydantic in the project's words."""
    path = [str(part) for part in detail["loc"]]
    fields = _fields(section)
    while len(path) > 1 and (nested := _section_of(fields[path[0]].annotation)):
        key, section, fields, path = f"{key}.{path[0]}", nested, _fields(nested), path[1:]
    name = path[0]
    if name in fields:
        rule, example = _rule(fields[name].description, detail), _example(key, section, name)
    else:
        known = sorted(fields)
        rule, example = _unknown_key_rule(name, known), _example(key, section, _closest(name, known))
    value = HIDDEN if _may_be_secret(section, name) else detail["input"]
    return Fault(key=f"{key}.{name}", value=value, rule=rule, example=example)


def _may_be_secret(section: type[Section], name: str) -> bool:
    """Whether the value at a key may be a secret: it is one, holds some, or its key is unknown where there are some."""
    field = _fields(section).get(name)
    if field is None:
        return _holds_secrets(section)
    nested = _section_of(field.annotation)
    return _holds_secrets(nested) if nested else SecretStr in _types_in(field.annotation)


def _holds_secrets(section: type[Section]) -> bool:
    return any(_may_be_secret(section, name) for name in _fields(section))


def _types_in(annotation: Any) -> set[Any]:
    """The types that an annotation is made of."""
    return {annotation}.union(*(_types_in(part) for part in get_args(annotation)))


_REASONS = {
    "bool_type": "true or false, without quotes",
    "int_type": "a whole number, without quotes",
    "float_type": "a number, without quotes",
    "string_type": "text, in quotes if it would read as a number otherwise",
    "string_too_short": "not empty",
}
"""What pydantic's own errors of type mean; the bounds of numbers are in the descriptions."""


def _rule(description: str | None, detail: ErrorDetails) -> str:
    """What a field is, and more precisely, where that is known, what its value breaks."""
    own_reason = detail.get("ctx", {}).get("error")
    reason = str(own_reason) if own_reason else _REASONS.get(detail["type"])
    return ": ".join(part for part in (description, reason) if part)


def _fields(section: type[Section]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in section.model_fields.items()}


def _section_of(annotation: Any) -> type[Section] | None:
    return annotation if isinstance(annotation, type) and issubclass(annotation, Section) else None


def _example(key: str, section: type[Section], name: str | None = None) -> str:
    """A valid setting below `key`, with its full key: of the field `name`, or of the first one."""
    fields = _fields(section)
    name = name if name in fields else min(fields)
    if nested := _section_of(fields[name].annotation):
        return _example(f"{key}.{name}", nested, "mode" if "mode" in _fields(nested) else None)
    return f"{key}.{name}: {(fields[name].examples or [''])[0]}"


def _top_level_example(name: str, inner: str | None = None) -> str:
    field, key = StackSettings.model_fields[name], f"{NAMESPACE}:{name}"
    section = _section_of(field.annotation)
    return _example(key, section, inner) if section else f"{key}: {(field.examples or [''])[0]}"


def _closest(name: str, known: Sequence[str]) -> str | None:
    by_folded_name = {key.lower(): key for key in known}
    matches = difflib.get_close_matches(name.lower().replace("_", ""), by_folded_name, n=1, cutoff=0.5)
    return by_folded_name[matches[0]] if matches else None


def _unknown_key_rule(name: str, known: Sequence[str]) -> str:
    closest = _closest(name, known)
    suggestion = f"; did you mean {closest!r}?" if closest else "."
    return f"unknown key{suggestion} Known: {', '.join(known)}"


def _release_faults(release: ReleaseSettings | None, app: AppSettings | None) -> Iterator[Fault]:
    """Named versions need a repository to come from, and must stay what they are."""
    if release is None or app is None:
        return
    for colour, version in release.slots.items():
        if version == SOURCE or is_content_tag(version) or (is_digest(version) and app.repository):
            continue
        key = f"{NAMESPACE}:release.{colour}"
        if not app.repository:
            yield Fault(
                key=f"{NAMESPACE}:app.repository",
                value=UNSET,
                rule=f"is required because {key} names the version {version!r}",
                example=f"{NAMESPACE}:app.repository: ghcr.io/acme/ktr-app",
            )
        elif version.lower() in FLOATING_TAGS and not app.floating_tags:
            yield Fault(
                key=key,
                value=version,
                rule="moves under the same name, so a rollback could not go back to it; app.floatingTags allows it",
                example=f"{key}: 1.4.2",
            )
