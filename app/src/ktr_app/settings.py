"""The environment, read once and checked as a whole."""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

Port = Annotated[int, Field(ge=1, le=65_535)]
SecretPath = Annotated[Path, Field(description="path of a file that holds the secret")]


class Colour(StrEnum):
    """The slot in which this instance runs."""

    BLUE = "blue"
    GREEN = "green"


class LogLevel(StrEnum):
    """How much is logged."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class SettingsError(RuntimeError):
    """All faults of the environment, one a line."""


class DatabaseSettings(BaseSettings):
    """How to reach Postgres; all that a migration needs."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    database_host: str = Field(min_length=1)
    database_port: Port = 5432
    database_name: str = Field("ktr", min_length=1)
    database_user: str = Field("ktr_app", min_length=1)
    database_password_file: SecretPath
    ktr_log_level: LogLevel = LogLevel.INFO
    ktr_version: str = "dev"
    ktr_colour: Colour = Colour.BLUE


class Settings(DatabaseSettings):
    """All that the served application needs. Sizes are bytes, times seconds."""

    database_flow_role: str = Field("", pattern=r"^[a-z_][a-z0-9_]*$|^$")
    redis_host: str = Field(min_length=1)
    redis_port: Port = 6379
    redis_user: str = Field("ktr_app", min_length=1)
    redis_password_file: SecretPath
    secret_key_file: SecretPath
    jwt_secret_file: SecretPath
    admin_user: str = Field("admin", min_length=1, max_length=100)
    admin_password_file: SecretPath
    ktr_port: Port = 8501
    ktr_metrics_port: Port = 9102
    ktr_data_dir: Path = Path("/app/data")
    ktr_logs_dir: Path = Path("/app/logs")
    ktr_flows_dir: Path = Path("/app/flows")
    ktr_max_ktr_bytes: int = Field(10 * 2**20, ge=1_024, le=100 * 2**20)
    ktr_max_upload_mb: int = Field(50, ge=1, le=500)
    ktr_max_runs: int = Field(2, ge=1, le=32)
    ktr_worker_grace_seconds: float = Field(20, ge=0, le=3_600)
    ktr_worker_lease_seconds: float = Field(20, ge=1, le=3_600)
    ktr_batch_rows: int = Field(1_000, ge=1, le=100_000)
    ktr_sort_bytes: int = Field(64 * 2**20, ge=2**20)
    ktr_session_seconds: int = Field(12 * 3_600, ge=60)


def load_settings() -> Settings:
    """Read the settings of the served application.

    Raises:
        SettingsError: one line for each fault: the variable, its value, the rule.
    """
    return _load(Settings)


def load_database_settings() -> DatabaseSettings:
    """Read what a migration needs.

    Raises:
        SettingsError: see `load_settings`.
    """
    return _load(DatabaseSettings)


T = TypeVar("T", bound=BaseSettings)


def _load(kind: type[T]) -> T:
    try:
        return kind()
    except ValidationError as error:
        lines = [_explain(fault, os.environ) for fault in error.errors()]
        raise SettingsError(
            "The environment is not valid:\n" + "\n".join(f"  {line}" for line in lines)
        ) from None


def _explain(fault: Any, environment: Mapping[str, str]) -> str:
    name = str(fault["loc"][0]).upper()
    if fault["type"] == "missing":
        secret, host = name.removesuffix("_FILE").lower(), name.removesuffix("_HOST").lower()
        example = f"/run/secrets/{secret}" if name.endswith("_FILE") else host
        return f"{name} is not set; set it, for example {name}={example}"
    return f"{name}={environment.get(name, '')!r}: {fault['msg']}"
