"""The settings of a stack: what `Pulumi.<stack>.yaml` may say, and every fault in it told at once."""

from components.settings.faults import Fault, SettingsError
from components.settings.loading import StackSettings
from components.settings.sections import (
    SOURCE,
    AppSettings,
    BuildSettings,
    Certificates,
    Colour,
    DataSettings,
    EdgeSettings,
    LoggingSettings,
    PostgresSettings,
    RedisSettings,
    ReleaseSettings,
    TlsMode,
    TlsSettings,
)

__all__ = [
    "SOURCE",
    "AppSettings",
    "BuildSettings",
    "Certificates",
    "Colour",
    "DataSettings",
    "EdgeSettings",
    "Fault",
    "LoggingSettings",
    "PostgresSettings",
    "RedisSettings",
    "ReleaseSettings",
    "SettingsError",
    "StackSettings",
    "TlsMode",
    "TlsSettings",
]
