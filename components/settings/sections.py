"""The sections of the settings: what may be set, within which bounds, and what holds inside one section.

Every field carries its rule (`description`) and a valid `examples` entry, from which messages are made.
"""

import datetime
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field

from components.settings import certificates
from components.settings.faults import UNSET, Fault
from components.settings.section import Section
from components.settings.types import Cpus, HostName, IPv4, Port, Repository, Size, between, format_size

MEBIBYTE = 1024 * 1024


class EngineSettings(Section):
    """The Docker engine to deploy to."""

    host: Annotated[
        str | None,
        Field(
            pattern=r"^(unix|tcp|ssh|npipe)://.+$",
            description="address of the Docker engine: unix://, tcp:// or ssh://; "
            "without it DOCKER_HOST, then the current docker context",
            examples=["ssh://deploy@docker1.example.com"],
        ),
    ] = None


class Certificates(StrEnum):
    """Which extra authorities an image build trusts."""

    AUTO = "auto"
    NONE = "none"


class BuildSettings(Section):
    """How the application's image is built from source."""

    extra_ca_certificates: Annotated[
        Certificates | Path,
        Field(
            union_mode="left_to_right",
            description="`auto` (those added to the host), `none`, or the path of a PEM file, "
            "for builds behind a TLS-inspecting proxy",
            examples=["auto"],
        ),
    ] = Certificates.AUTO

    def faults(self, key: str) -> Iterator[Fault]:
        """A named file must exist and hold certificates."""
        path = self.extra_ca_certificates
        if not isinstance(path, Path):
            return
        try:
            certificates.read_certificates(path)
        except certificates.UnusableFileError as error:
            yield Fault(
                key=f"{key}.extraCaCertificates",
                value=str(path),
                rule=f"where it is neither `auto` nor `none` it {error}",
                example=f"{key}.extraCaCertificates: /etc/ssl/certs/company-ca.pem",
            )


class TlsMode(StrEnum):
    """Where the edge's certificate comes from."""

    OFF = "off"
    SELF_SIGNED = "self-signed"
    PROVIDED = "provided"


class TlsSettings(Section):
    """TLS at the edge."""

    mode: Annotated[TlsMode, Field(description="one of off, self-signed, provided", examples=["self-signed"])] = (
        TlsMode.OFF
    )
    certificate_file: Annotated[
        Path | None,
        Field(
            description="path of the PEM certificate chain, with mode provided",
            examples=["/etc/ktr/tls/fullchain.pem"],
        ),
    ] = None
    private_key_file: Annotated[
        Path | None,
        Field(
            description="path of the PEM private key, with mode provided",
            examples=["/etc/ktr/tls/privkey.pem"],
        ),
    ] = None

    def faults(self, key: str, domain: str = "localhost") -> Iterator[Fault]:
        """Files go with mode provided, and only with it; they are a valid pair for `domain`."""
        files = {
            certificates.CERTIFICATE: (self.certificate_file, "fullchain.pem"),
            certificates.PRIVATE_KEY: (self.private_key_file, "privkey.pem"),
        }
        for name, rule in self._broken_rules(domain):
            path, file_name = files[name]
            value = UNSET if path is None else str(path)
            example = f"{name}: /etc/ktr/tls/{file_name}" if self.mode is TlsMode.PROVIDED else "mode: provided"
            yield Fault(key=f"{key}.{name}", value=value, rule=rule, example=f"{key}.{example}")

    def _broken_rules(self, domain: str) -> Iterator[tuple[str, str]]:
        """Each broken rule with the key of the file that breaks it."""
        certificate_file, private_key_file = self.certificate_file, self.private_key_file
        if self.mode is TlsMode.PROVIDED and certificate_file and private_key_file:
            now = datetime.datetime.now(tz=datetime.UTC)
            yield from certificates.broken_rules(certificate_file, private_key_file, domain, now)
            return
        files = {certificates.CERTIFICATE: certificate_file, certificates.PRIVATE_KEY: private_key_file}
        for name, path in files.items():
            if self.mode is TlsMode.PROVIDED and path is None:
                yield name, "is required with mode provided"
            elif self.mode is not TlsMode.PROVIDED and path is not None:
                yield name, f"goes with mode provided only; the mode is {self.mode}"


class EdgeSettings(Section):
    """The proxy in front of everything: the only service that publishes ports."""

    domain: Annotated[
        HostName,
        Field(description="host name under which people reach the platform", examples=["ktr.example.com"]),
    ] = "localhost"
    address: Annotated[IPv4, Field(description="IPv4 address of the host to listen on", examples=["127.0.0.1"])] = (
        "127.0.0.1"
    )
    http_port: Annotated[Port, Field(description="a free port, 1 to 65535", examples=["8080"])] = 8080
    https_port: Annotated[
        Port | None, Field(description="a free port, 1 to 65535, needed with TLS", examples=["8443"])
    ] = None
    tls: Annotated[TlsSettings, Field(description="a section", examples=["{mode: self-signed}"])] = TlsSettings()
    upload_limit: Annotated[
        Size,
        between("1m", "1g"),
        Field(description="largest request body, 1m to 1g", examples=["50m"]),
    ] = 50 * MEBIBYTE
    requests_per_second: Annotated[
        int,
        Field(ge=1, le=10_000, description="requests per second of one client, 1 to 10000", examples=["50"]),
    ] = 50
    connections_per_client: Annotated[
        int,
        Field(ge=1, le=10_000, description="open connections of one client, 1 to 10000", examples=["100"]),
    ] = 100
    idle_timeout: Annotated[
        int,
        Field(
            ge=60,
            le=86_400,
            description="seconds a silent WebSocket stays open, 60 to 86400",
            examples=["3600"],
        ),
    ] = 3600
    memory: Annotated[Size, between("32m", "4g"), Field(description="memory limit, 32m to 4g", examples=["128m"])] = (
        128 * MEBIBYTE
    )
    cpus: Annotated[Cpus, Field(description="CPU limit, 0.05 to 64", examples=["0.5"])] = 0.5

    @property
    def public_url(self) -> str:
        """The URL under which people reach the edge, without a trailing slash."""
        if self.tls.mode is TlsMode.OFF:
            return f"http://{self.domain}" + ("" if self.http_port == 80 else f":{self.http_port}")
        return f"https://{self.domain}" + ("" if self.https_port == 443 else f":{self.https_port}")

    def faults(self, key: str) -> Iterator[Fault]:
        """The TLS port is set exactly when it is used, and differs from the plain one."""
        yield from self.tls.faults(f"{key}.tls", self.domain)
        example = f"{key}.httpsPort: {8443 if self.http_port != 8443 else 8444}"
        if self.tls.mode is TlsMode.OFF and self.https_port is not None:
            rule, example = "is used with TLS only; tls.mode is off", f"{key}.tls.mode: self-signed"
        elif self.tls.mode is not TlsMode.OFF and self.https_port is None:
            rule = f"is required when tls.mode is {self.tls.mode}"
        elif self.https_port == self.http_port:
            rule = "must differ from httpPort"
        else:
            return
        value = UNSET if self.https_port is None else self.https_port
        yield Fault(key=f"{key}.httpsPort", value=value, rule=rule, example=example)


class AppSettings(Section):
    """The application."""

    repository: Annotated[
        Repository | None,
        Field(
            description="repository of the images that CI pushes, without a tag; needed for tags and digests",
            examples=["ghcr.io/acme/ktr-app"],
        ),
    ] = None
    memory: Annotated[
        Size, between("256m", "64g"), Field(description="memory limit of one replica, 256m to 64g", examples=["1g"])
    ] = 1024 * MEBIBYTE
    cpus: Annotated[Cpus, Field(description="CPU limit of one replica, 0.05 to 64", examples=["1"])] = 1.0
    floating_tags: Annotated[
        bool,
        Field(description="whether `latest` and the like may be deployed: true or false", examples=["false"]),
    ] = False
    log_level: Annotated[
        str,
        Field(
            pattern="^(debug|info|warning|error)$",
            description="one of debug, info, warning, error",
            examples=["info"],
        ),
    ] = "info"


class PostgresSettings(Section):
    """The database."""

    memory: Annotated[
        Size, between("256m", "256g"), Field(description="memory limit, 256m to 256g", examples=["1g"])
    ] = 512 * MEBIBYTE
    cpus: Annotated[Cpus, Field(description="CPU limit, 0.05 to 64", examples=["1"])] = 1.0
    max_connections: Annotated[
        int, Field(ge=20, le=2000, description="connections at once, 20 to 2000", examples=["100"])
    ] = 50

    def faults(self, key: str) -> Iterator[Fault]:
        """A connection takes about 4 MiB; a quarter of the memory is shared buffers, an eighth spare."""
        needed = self.max_connections * 4 * MEBIBYTE * 8 // 5
        if self.memory < needed:
            yield Fault(
                key=f"{key}.memory",
                value=format_size(self.memory),
                rule=f"too small for maxConnections = {self.max_connections}: at least {-(-needed // MEBIBYTE)}m",
                example=f"{key}.memory: {-(-needed // (256 * MEBIBYTE)) * 256}m",
            )


class RedisSettings(Section):
    """Sessions and cache."""

    memory: Annotated[Size, between("64m", "64g"), Field(description="memory limit, 64m to 64g", examples=["256m"])] = (
        128 * MEBIBYTE
    )
    cpus: Annotated[Cpus, Field(description="CPU limit, 0.05 to 64", examples=["0.5"])] = 0.5


class DataSettings(Section):
    """What protects the volumes that hold data."""

    protect: Annotated[
        bool,
        Field(description="whether Pulumi refuses to delete data volumes: true or false", examples=["true"]),
    ] = True
    keep_on_destroy: Annotated[
        bool,
        Field(description="whether data volumes outlive `pulumi destroy`: true or false", examples=["true"]),
    ] = True

    def faults(self, key: str) -> Iterator[Fault]:
        """A protected volume cannot be one that is thrown away."""
        if self.protect and not self.keep_on_destroy:
            yield Fault(
                key=f"{key}.keepOnDestroy",
                value=False,
                rule="data that is protected is kept: set protect to false as well",
                example=f"{key}.protect: false",
            )


class LoggingSettings(Section):
    """How much of each container's output the engine keeps."""

    max_size: Annotated[
        Size, between("1m", "1g"), Field(description="size of one log file, 1m to 1g", examples=["10m"])
    ] = 10 * MEBIBYTE
    max_files: Annotated[int, Field(ge=1, le=100, description="log files kept, 1 to 100", examples=["3"])] = 3
