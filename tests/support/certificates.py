"""Certificates as people provide them: good ones, and every kind of wrong one."""

import datetime
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

NOW = datetime.datetime.now(tz=datetime.UTC)
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A certificate for `names` and its key, valid for the days around now unless told otherwise."""

    names: tuple[str, ...] = ("ktr.example.com",)
    begins: datetime.datetime = NOW - DAY
    ends: datetime.datetime = NOW + 30 * DAY
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def certificate(self) -> bytes:
        """The certificate as PEM."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "someone")])
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.begins)
            .not_valid_after(self.ends)
        )
        if self.names:
            alternatives = x509.SubjectAlternativeName([x509.DNSName(host) for host in self.names])
            builder = builder.add_extension(alternatives, critical=False)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM)

    def private_key(self, passphrase: bytes | None = None) -> bytes:
        """The key as PEM."""
        encryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


@dataclass(frozen=True)
class Files:
    """Where a certificate and a key lie."""

    certificate: Path
    key: Path


def write(folder: Path, certificate: bytes, key: bytes) -> Files:
    """Put a certificate and a key into `folder`."""
    files = Files(folder / "fullchain.pem", folder / "privkey.pem")
    files.certificate.write_bytes(certificate)
    files.key.write_bytes(key)
    return files
