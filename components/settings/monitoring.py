"""Settings of the monitoring: how much is kept, and who is told."""

from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from components.settings.faults import HIDDEN, UNSET, Fault
from components.settings.section import Section
from components.settings.types import Cpus, HostName, Port, Size, between

MEBIBYTE = 1024 * 1024


def _secret_url(value: SecretStr) -> SecretStr:
    parts = urlsplit(value.get_secret_value())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("begins with https:// or http:// and names a host")
    return value


def _not_empty(value: SecretStr) -> SecretStr:
    if not value.get_secret_value():
        raise ValueError("not empty")
    return value


SecretUrl = Annotated[SecretStr, AfterValidator(_secret_url)]
SecretText = Annotated[SecretStr, AfterValidator(_not_empty)]
MailAddress = Annotated[str, Field(pattern=r"^[^@\s<>,]+@[^@\s<>,]+$")]


class WebhookSettings(Section):
    """A receiver of Alertmanager's own JSON."""

    url: Annotated[
        SecretUrl | None,
        Field(
            description="URL that alerts are posted to, a secret: pulumi config set --secret --path",
            examples=["https://alerts.example.com/ktr"],
        ),
    ] = None
    token: Annotated[
        SecretText | None,
        Field(description="bearer token that goes with it, a secret", examples=["9f86d081884c7d65"]),
    ] = None

    def faults(self, key: str) -> Iterator[Fault]:
        """A token goes to an address."""
        if self.token and not self.url:
            rule = "is required with a token"
            yield Fault(key=f"{key}.url", value=UNSET, rule=rule, example=f"{key}.url: https://alerts.example.com/ktr")


class SlackSettings(Section):
    """A receiver that understands Slack's incoming webhooks: Slack, Mattermost, Rocket.Chat."""

    url: Annotated[
        SecretUrl | None,
        Field(
            description="URL of the incoming webhook, a secret", examples=["https://hooks.slack.com/services/T0/B0/x"]
        ),
    ] = None
    channel: Annotated[
        str | None, Field(pattern=r"^[#@].+$", description="channel, with # or @ in front", examples=['"#ktr-alerts"'])
    ] = None

    def faults(self, key: str) -> Iterator[Fault]:
        """A channel goes with a webhook."""
        if self.channel and not self.url:
            example = f"{key}.url: https://hooks.slack.com/services/T0/B0/x"
            yield Fault(key=f"{key}.url", value=UNSET, rule="is required with a channel", example=example)


class EmailSettings(Section):
    """Mail, by an SMTP server that offers STARTTLS."""

    to: Annotated[
        MailAddress | None, Field(description="address that alerts are sent to", examples=["oncall@example.com"])
    ] = None
    sender: Annotated[MailAddress, Field(description="address that they come from", examples=["ktr@example.com"])] = (
        "ktr@localhost"
    )
    host: Annotated[HostName | None, Field(description="name of the SMTP server", examples=["smtp.example.com"])] = None
    port: Annotated[Port, Field(description="port of the SMTP server, 1 to 65535", examples=["587"])] = 587
    user: Annotated[str | None, Field(description="user at the SMTP server", examples=["ktr"])] = None
    password: Annotated[
        SecretText | None, Field(description="password of that user, a secret", examples=["correct-horse"])
    ] = None

    def faults(self, key: str) -> Iterator[Fault]:
        """Recipient and server go together, and so do user and password."""
        if self.to and not self.host:
            yield Fault(
                key=f"{key}.host", value=UNSET, rule="is required with `to`", example=f"{key}.host: smtp.example.com"
            )
        if self.host and not self.to:
            yield Fault(
                key=f"{key}.to", value=UNSET, rule="is required with `host`", example=f"{key}.to: oncall@example.com"
            )
        if self.user and not self.password:
            rule, example = "is required with `user`", f"{key}.password: correct-horse"
            yield Fault(key=f"{key}.password", value=UNSET, rule=rule, example=example)
        if self.password and not self.user:
            rule, example = "goes with `user` only", f"{key}.user: ktr"
            yield Fault(key=f"{key}.password", value=HIDDEN, rule=rule, example=example)


class ReceiverSettings(Section):
    """Who is told. Each that has an address is told of everything."""

    webhook: Annotated[
        WebhookSettings, Field(description="a section", examples=["{url: https://alerts.example.com/ktr}"])
    ] = WebhookSettings()
    slack: Annotated[
        SlackSettings, Field(description="a section", examples=["{url: https://hooks.slack.com/services/T0/B0/x}"])
    ] = SlackSettings()
    email: Annotated[
        EmailSettings, Field(description="a section", examples=["{to: oncall@example.com, host: smtp.example.com}"])
    ] = EmailSettings()

    def faults(self, key: str) -> Iterator[Fault]:
        """Those of each receiver."""
        yield from self.webhook.faults(f"{key}.webhook")
        yield from self.slack.faults(f"{key}.slack")
        yield from self.email.faults(f"{key}.email")

    @property
    def anybody(self) -> bool:
        """Whether an alert would reach anybody."""
        return bool(self.webhook.url or self.slack.url or self.email.to)


class DashboardSettings(Section):
    """Grafana. It needs the monitoring, and an image: registries of stand-ins have none."""

    enabled: Annotated[bool, Field(description="whether there are dashboards: true or false", examples=["true"])] = True
    memory: Annotated[
        Size, between("256m", "16g"), Field(description="memory limit of Grafana, 256m to 16g", examples=["512m"])
    ] = 512 * MEBIBYTE
    cpus: Annotated[Cpus, Field(description="CPU limit of Grafana, 0.05 to 64", examples=["1"])] = 1.0


class LogSettings(Section):
    """Loki and Alloy. They need the dashboards, in which logs are searched, and images: registries of stand-ins have
    none."""

    enabled: Annotated[
        bool, Field(description="whether logs are kept and can be searched: true or false", examples=["true"])
    ] = True
    retention_days: Annotated[
        int, Field(ge=1, le=400, description="days that logs are kept, 1 to 400", examples=["30"])
    ] = 30
    memory: Annotated[
        Size, between("128m", "64g"), Field(description="memory limit of Loki, 128m to 64g", examples=["256m"])
    ] = 256 * MEBIBYTE
    cpus: Annotated[Cpus, Field(description="CPU limit of Loki, 0.05 to 64", examples=["0.5"])] = 0.5


class MonitoringSettings(Section):
    """What watches the platform, and tells."""

    enabled: Annotated[bool, Field(description="whether the platform is watched: true or false", examples=["true"])] = (
        False
    )
    retention_days: Annotated[
        int, Field(ge=1, le=400, description="days that metrics are kept, 1 to 400", examples=["15"])
    ] = 15
    retention_size: Annotated[
        Size,
        between("256m", "1024g"),
        Field(description="most that metrics may take on disk, 256m to 1024g", examples=["5g"]),
    ] = 5 * 1024 * MEBIBYTE
    scrape_interval: Annotated[
        int, Field(ge=5, le=60, description="seconds between two measurements, 5 to 60", examples=["15"])
    ] = 15
    critical_pipelines: Annotated[
        tuple[Annotated[str, Field(min_length=1)], ...],
        Field(description="names of the pipelines whose failure wakes somebody", examples=['["nightly-invoices"]']),
    ] = ()
    memory: Annotated[
        Size, between("128m", "64g"), Field(description="memory limit of Prometheus, 128m to 64g", examples=["256m"])
    ] = 256 * MEBIBYTE
    cpus: Annotated[Cpus, Field(description="CPU limit of Prometheus, 0.05 to 64", examples=["0.5"])] = 0.5
    dashboards: Annotated[DashboardSettings, Field(description="a section", examples=["{enabled: true}"])] = (
        DashboardSettings()
    )
    logs: Annotated[LogSettings, Field(description="a section", examples=["{retentionDays: 30}"])] = LogSettings()
    receivers: Annotated[
        ReceiverSettings, Field(description="a section", examples=["{webhook: {url: https://alerts.example.com/ktr}}"])
    ] = ReceiverSettings()

    @property
    def shows(self) -> bool:
        """Whether there are to be dashboards."""
        return self.enabled and self.dashboards.enabled

    @property
    def keeps_logs(self) -> bool:
        """Whether logs are to be kept, for the dashboards to show."""
        return self.shows and self.logs.enabled

    def faults(self, key: str) -> Iterator[Fault]:
        """Those of the receivers."""
        yield from self.receivers.faults(f"{key}.receivers")
