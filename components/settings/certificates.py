"""What is wrong with a certificate that somebody provides: found before anything changes, not by the first visitor."""

import datetime
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

CERTIFICATE = "certificateFile"
PRIVATE_KEY = "privateKeyFile"


class UnusableFileError(ValueError):
    """A file does not hold what it should; the message is the rule that it breaks."""


def read_certificates(path: Path) -> list[x509.Certificate]:
    """The certificates of a PEM file, in its order.

    Raises:
        UnusableFileError: the file can't be read or holds none.
    """
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise UnusableFileError(f"must be a readable PEM file with a certificate: {error.strerror}") from error
    except ValueError as error:
        raise UnusableFileError("must be a readable PEM file with a certificate: it holds none") from error


def read_private_key(path: Path) -> PrivateKeyTypes:
    """The private key of a PEM file.

    Raises:
        UnusableFileError: the file can't be read, holds none, or asks for a passphrase.
    """
    try:
        return load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise UnusableFileError(f"must be a readable PEM file with a private key: {error.strerror}") from error
    except TypeError as error:
        raise UnusableFileError(
            "must be a private key without a passphrase: nobody is there to type it when the edge starts"
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnusableFileError("must be a readable PEM file with a private key: it holds none") from error


def broken_rules(
    certificate_file: Path, private_key_file: Path, domain: str, now: datetime.datetime
) -> Iterator[tuple[str, str]]:
    """The rules that a provided pair of files breaks, each with the key of the file.

    Args:
        certificate_file: PEM chain, the server's own certificate first.
        private_key_file: PEM key of that certificate.
        domain: host name that the certificate is to be valid for.
        now: the moment at which it is to be valid.
    """
    chain: list[x509.Certificate] = []
    key: PrivateKeyTypes | None = None
    try:
        chain = read_certificates(certificate_file)
    except UnusableFileError as error:
        yield CERTIFICATE, str(error)
    try:
        key = read_private_key(private_key_file)
    except UnusableFileError as error:
        yield PRIVATE_KEY, str(error)
    if chain:
        yield from ((CERTIFICATE, rule) for rule in _leaf_rules(chain[0], domain, now))
    if chain and key:
        belonging = [_public_bytes(certificate) == _public_bytes(key) for certificate in chain]
        if not any(belonging):
            yield PRIVATE_KEY, f"must be the key of the certificate in {certificate_file}: it belongs to another one"
        elif not belonging[0]:
            yield CERTIFICATE, "must begin with the certificate of the private key; its issuers follow"


def _leaf_rules(leaf: x509.Certificate, domain: str, now: datetime.datetime) -> Iterator[str]:
    if now > leaf.not_valid_after_utc:
        yield f"must be valid today: the certificate expired on {leaf.not_valid_after_utc:%Y-%m-%d}"
    if now < leaf.not_valid_before_utc:
        yield f"must be valid today: the certificate begins on {leaf.not_valid_before_utc:%Y-%m-%d}"
    names = _host_names(leaf)
    if not any(_covers(name, domain) for name in names):
        yield f"must be valid for edge.domain = {domain}: the certificate names {', '.join(names) or 'no host'}"


def _host_names(certificate: x509.Certificate) -> list[str]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return extension.value.get_values_for_type(x509.DNSName)


def _covers(name: str, domain: str) -> bool:
    """RFC 6125: a wildcard stands for exactly one label, the leftmost."""
    name = name.lower()
    return name == domain or (name.startswith("*.") and domain.partition(".")[2] == name[2:])


def _public_bytes(holder: x509.Certificate | PrivateKeyTypes) -> bytes:
    return holder.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
