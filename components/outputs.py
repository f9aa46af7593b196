"""The contract with other teams: what a stack exports, typed and nested."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass

import pulumi

from components.app import ADMIN_USER, App
from components.images import CATALOGUE, ImageSource
from components.monitoring import keeps_logs, shows_dashboards
from components.monitoring.provisioning import ADMIN_USER as GRAFANA_ADMIN
from components.monitoring.provisioning import grafana_url
from components.network import Network
from components.postgres import DATABASE, Postgres, Role
from components.redis import Redis, RedisUser
from components.release import Release as SlotsAndTraffic
from components.secrets import GRAFANA_ADMIN_PASSWORD, Secrets
from components.settings import EdgeSettings, MonitoringSettings, StackSettings, TlsMode


@dataclass(frozen=True, kw_only=True)
class Urls:
    """Where people and probes reach the platform."""

    application: str
    health: str
    grafana: str | None
    """None without Grafana."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """A user and the password, a Pulumi secret."""

    user: str
    password: pulumi.Output[str]


@dataclass(frozen=True, kw_only=True)
class Login(Account):
    """The first account of the application, and Grafana's."""

    grafana: Account | None
    """None without Grafana."""


@dataclass(frozen=True, kw_only=True)
class Networks:
    """Names of the engine's networks, for containers that are to join them."""

    platform: pulumi.Output[str]
    data: pulumi.Output[str]


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A service inside the data network, and the accounts for others."""

    host: str
    port: int
    accounts: Mapping[str, pulumi.Output[str]]
    """Password (a Pulumi secret) by role or user name."""


@dataclass(frozen=True, kw_only=True)
class Database(Endpoint):
    """The database."""

    name: str


@dataclass(frozen=True, kw_only=True)
class Release:
    """Which slot is live, and what each runs."""

    active: str
    slots: Mapping[str, str]
    """Version by colour."""


@dataclass(frozen=True, kw_only=True)
class StackOutputs:
    """Everything that a stack exports."""

    urls: Urls
    login: Login
    ports: Mapping[str, int]
    """Published port of the host by scheme."""
    networks: Networks
    postgres: Database
    redis: Endpoint
    volumes: Mapping[str, pulumi.Output[str]]
    """Names of the volumes that hold data, by what they hold."""
    release: Release
    versions: Mapping[str, str]
    """Reference of each image."""
    warnings: Sequence[str]
    """What an operator should know or change."""

    def export(self) -> None:
        """Hand the outputs to Pulumi, one for each field."""
        for field in fields(self):
            pulumi.export(field.name, _plain(getattr(self, field.name)))


def _plain(value: object) -> object:
    """Dictionaries in place of dataclasses, without what there is not. (`dataclasses.asdict` copies, which Outputs
    refuse.)"""
    if is_dataclass(value):
        items = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: _plain(item) for name, item in items.items() if item is not None}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return value


def stack_outputs(  # noqa: PLR0913, PLR0917 (the contract gathers from everywhere)
    settings: StackSettings,
    source: ImageSource,
    secrets: Secrets,
    network: Network,
    postgres: Postgres,
    redis: Redis,
    app: App,
    release: SlotsAndTraffic,
) -> StackOutputs:
    """Gather the outputs of a stack."""
    edge, shown = settings.edge, shows_dashboards(settings.monitoring, source)
    grafana = Account(user=GRAFANA_ADMIN, password=secrets[GRAFANA_ADMIN_PASSWORD]) if shown else None
    ports = {"http": edge.http_port, "https": edge.https_port}
    return StackOutputs(
        urls=Urls(
            application=f"{edge.public_url}/",
            health=f"{edge.public_url}/_stcore/health",
            grafana=grafana_url(edge) if shown else None,
        ),
        login=Login(user=ADMIN_USER, password=secrets["app-admin-password"], grafana=grafana),
        ports={scheme: port for scheme, port in ports.items() if port is not None},
        networks=Networks(platform=network.platform, data=network.data),
        postgres=Database(
            host=postgres.host,
            port=postgres.port,
            name=DATABASE,
            accounts={role.value: secrets[role.secret] for role in (Role.BACKUP, Role.MONITOR, Role.READONLY)},
        ),
        redis=Endpoint(
            host=redis.host,
            port=redis.port,
            accounts={RedisUser.MONITOR.value: secrets[RedisUser.MONITOR.secret]},
        ),
        volumes={"postgres": postgres.data_volume, "redis": redis.data_volume, **app.volumes},
        release=Release(active=settings.release.active.value, slots=release.versions),
        versions={key: source.reference(key) for key in CATALOGUE if source.has(key)},
        warnings=[*_warnings(edge), *_blindness(settings.monitoring, source), *_silence(settings.monitoring)],
    )


def _blindness(monitoring: MonitoringSettings, source: ImageSource) -> Iterator[str]:
    lock = f"{source.registry}, says the lock file"
    if monitoring.shows and not shows_dashboards(monitoring, source):
        yield (
            f"there are NO DASHBOARDS: no image of Grafana in {lock}. Everything is measured all the same. Use a "
            "registry that has it, or set ktr:monitoring.dashboards.enabled to false"
        )
    if monitoring.keeps_logs and not keeps_logs(monitoring, source):
        yield (
            "NO LOGS ARE KEPT but what the engine itself keeps of each container: no image of Grafana, Loki or Alloy "
            f"in {lock}. Use a registry that has them, or set ktr:monitoring.logs.enabled to false"
        )


def _silence(monitoring: MonitoringSettings) -> list[str]:
    if not monitoring.enabled or monitoring.receivers.anybody:
        return []
    warning = (
        "alerts are raised, and NOBODY is told: pulumi config set --secret --path "
        "ktr:monitoring.receivers.webhook.url https://…"
    )
    return [warning]


def _warnings(edge: EdgeSettings) -> list[str]:
    if edge.tls.mode is not TlsMode.SELF_SIGNED:
        return []
    warning = (
        f"{edge.public_url} uses a SELF-SIGNED certificate: browsers warn, and nobody can tell it from an impostor's. "
        "Provide a real one: ktr:edge.tls {mode: provided, certificateFile: …, privateKeyFile: …}"
    )
    return [warning]
