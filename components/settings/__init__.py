"""The settings of a stack: what `Pulumi.<stack>.yaml` may say, and every fault in it told at once."""

from components.settings.faults import Fault, SettingsError
from components.settings.loading import StackSettings
from components.settings.monitoring import (
    DashboardSettings,
    EmailSettings,
    LogSettings,
    MonitoringSettings,
    ReceiverSettings,
    SlackSettings,
    WebhookSettings,
)
from components.settings.release import ABSENT, SOURCE, Colour, GateSettings, ReleaseSettings
from components.settings.sections import (
    AppSettings,
    BuildSettings,
    Certificates,
    DataSettings,
    EdgeSettings,
    LoggingSettings,
    PostgresSettings,
    RedisSettings,
    TlsMode,
    TlsSettings,
)

__all__ = [
    "ABSENT",
    "SOURCE",
    "AppSettings",
    "BuildSettings",
    "Certificates",
    "Colour",
    "DashboardSettings",
    "DataSettings",
    "EdgeSettings",
    "EmailSettings",
    "Fault",
    "GateSettings",
    "LogSettings",
    "LoggingSettings",
    "MonitoringSettings",
    "PostgresSettings",
    "ReceiverSettings",
    "RedisSettings",
    "ReleaseSettings",
    "SettingsError",
    "SlackSettings",
    "StackSettings",
    "TlsMode",
    "TlsSettings",
    "WebhookSettings",
]
