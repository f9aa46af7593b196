"""Where the edge's certificate comes from: a self-signed one made here, or files that somebody provides."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

import pulumi
import pulumi_random as random
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from components.settings import EdgeSettings, TlsMode

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
COMMON_NAME = "KTR platform, self-signed"
"""Not the domain, which may be longer than a common name can be; clients look at the alternative name."""
SEED_LENGTH = 44
"""Letters and digits that hold 256 bits of randomness."""


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A certificate chain and its private key, as files."""

    files: Mapping[str, pulumi.Input[str]]
    """`fullchain.pem` and `privkey.pem`, both PEM."""


def certificate(edge: EdgeSettings) -> Certificate | None:
    """The certificate that the settings ask for; none when TLS is off."""
    match edge.tls.mode:
        case TlsMode.OFF:
            return None
        case TlsMode.PROVIDED:
            paths = {"fullchain.pem": edge.tls.certificate_file, "privkey.pem": edge.tls.private_key_file}
            files = {name: path.read_text(encoding="ascii") for name, path in paths.items() if path}
            return Certificate(files={name: pulumi.Output.secret(text) for name, text in files.items()})
        case TlsMode.SELF_SIGNED:
            # Not RandomBytes: its id, which the state keeps in plain text, is the value itself.
            seed = random.RandomPassword("tls-seed", length=SEED_LENGTH, special=False).result
            year = datetime.datetime.now(tz=datetime.UTC).year
            made = seed.apply(lambda text: self_signed(text.encode(), edge.domain, year))
            return Certificate(files={"fullchain.pem": made["fullchain.pem"], "privkey.pem": made["privkey.pem"]})


def self_signed(seed: bytes, domain: str, year: int) -> dict[str, str]:
    """The files of a self-signed certificate: the same for the same arguments, so that no diff ever shows.

    It is valid from the turn of `year` for two years, so that the program renews it once a year, long before it ends.

    Args:
        seed: at least 32 bytes' worth of randomness, kept secret.
        domain: the host name to certify.
        year: the year in which the program runs.
    """
    scalar = int.from_bytes(sha256(b"ktr-tls-key" + seed).digest()) % (P256_ORDER - 1) + 1
    key = ec.derive_private_key(scalar, ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, COMMON_NAME)])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(sha256(seed + domain.encode() + str(year).encode()).digest()[:15]) + 1)
        .not_valid_before(datetime.datetime(year, 1, 1, tzinfo=datetime.UTC) - datetime.timedelta(days=1))
        .not_valid_after(datetime.datetime(year + 2, 1, 1, tzinfo=datetime.UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(domain)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    private_key = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "fullchain.pem": built.public_bytes(serialization.Encoding.PEM).decode(),
        "privkey.pem": private_key.decode(),
    }
