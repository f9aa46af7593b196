"""A provided certificate is looked at before anything changes."""

import json
from pathlib import Path

import pytest

from components.settings import Fault, SettingsError, StackSettings
from tests.support.certificates import DAY, NOW, Files, Pair, write


def faults(files: Files, domain: str = "ktr.example.com") -> dict[str, str]:
    """Rule by key of the file."""
    tls = {"mode": "provided", "certificateFile": str(files.certificate), "privateKeyFile": str(files.key)}
    edge = {"domain": domain, "httpsPort": 8443, "tls": tls}
    try:
        StackSettings.load("test", {"edge": json.dumps(edge)}, {})
    except SettingsError as error:
        return {_last(fault): fault.rule for fault in error.faults}
    return {}


def _last(fault: Fault) -> str:
    return fault.key.rpartition(".")[2]


def test_a_certificate_with_its_key_is_accepted(tmp_path: Path) -> None:
    pair = Pair()
    assert faults(write(tmp_path, pair.certificate(), pair.private_key())) == {}


def test_a_chain_is_accepted_with_the_servers_certificate_first(tmp_path: Path) -> None:
    pair, issuer = Pair(), Pair(names=())
    assert faults(write(tmp_path, pair.certificate() + issuer.certificate(), pair.private_key())) == {}


def test_a_chain_in_the_wrong_order_is_refused(tmp_path: Path) -> None:
    pair, issuer = Pair(), Pair()
    files = write(tmp_path, issuer.certificate() + pair.certificate(), pair.private_key())
    assert faults(files) == {
        "certificateFile": "must begin with the certificate of the private key; its issuers follow"
    }


def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    files = write(tmp_path, Pair().certificate(), Pair().private_key())
    rule = f"must be the key of the certificate in {files.certificate}: it belongs to another one"
    assert faults(files) == {"privateKeyFile": rule}


def test_an_expired_certificate_is_refused_with_its_date(tmp_path: Path) -> None:
    pair = Pair(begins=NOW - 30 * DAY, ends=NOW - DAY)
    rule = f"must be valid today: the certificate expired on {NOW - DAY:%Y-%m-%d}"
    assert faults(write(tmp_path, pair.certificate(), pair.private_key())) == {"certificateFile": rule}


def test_a_certificate_of_the_future_is_refused_with_its_date(tmp_path: Path) -> None:
    pair = Pair(begins=NOW + DAY)
    rule = f"must be valid today: the certificate begins on {NOW + DAY:%Y-%m-%d}"
    assert faults(write(tmp_path, pair.certificate(), pair.private_key())) == {"certificateFile": rule}


@pytest.mark.parametrize(
    ("names", "domain"),
    [
        (("ktr.example.com",), "ktr.example.com"),
        (("example.com", "ktr.example.com"), "ktr.example.com"),
        (("*.example.com",), "ktr.example.com"),
        (("KTR.example.com",), "ktr.example.com"),
        (("ktr.example.com",), "KTR.example.com"),
    ],
)
def test_a_certificate_that_names_the_domain_is_accepted(tmp_path: Path, names: tuple[str, ...], domain: str) -> None:
    pair = Pair(names=names)
    assert faults(write(tmp_path, pair.certificate(), pair.private_key()), domain) == {}


@pytest.mark.parametrize(
    ("names", "domain"),
    [
        (("other.example.com",), "ktr.example.com"),
        (("*.example.com",), "a.b.example.com"),
        (("*.example.com",), "example.com"),
        (("example.com",), "ktr.example.com"),
        ((), "ktr.example.com"),
    ],
)
def test_a_certificate_for_another_host_is_refused(tmp_path: Path, names: tuple[str, ...], domain: str) -> None:
    pair = Pair(names=names)
    rule = f"must be valid for edge.domain = {domain}: the certificate names {', '.join(names) or 'no host'}"
    assert faults(write(tmp_path, pair.certificate(), pair.private_key()), domain) == {"certificateFile": rule}


def test_a_key_in_place_of_the_certificate_is_refused(tmp_path: Path) -> None:
    pair = Pair()
    found = faults(write(tmp_path, pair.private_key(), pair.private_key()))
    assert found == {"certificateFile": "must be a readable PEM file with a certificate: it holds none"}


def test_a_certificate_in_place_of_the_key_is_refused(tmp_path: Path) -> None:
    pair = Pair()
    found = faults(write(tmp_path, pair.certificate(), pair.certificate()))
    assert found == {"privateKeyFile": "must be a readable PEM file with a private key: it holds none"}


def test_a_certificate_cut_short_is_refused(tmp_path: Path) -> None:
    pair = Pair()
    broken = pair.certificate()[:200] + b"\n-----END CERTIFICATE-----\n"
    assert list(faults(write(tmp_path, broken, pair.private_key()))) == ["certificateFile"]


def test_a_key_with_a_passphrase_is_refused(tmp_path: Path) -> None:
    pair = Pair()
    files = write(tmp_path, pair.certificate(), pair.private_key(passphrase=b"guess"))
    assert "without a passphrase" in faults(files)["privateKeyFile"]


def test_a_directory_is_no_certificate(tmp_path: Path) -> None:
    pair = Pair()
    files = write(tmp_path, pair.certificate(), pair.private_key())
    assert "Is a directory" in faults(Files(tmp_path, files.key))["certificateFile"]


def test_both_files_are_reported_when_both_are_missing(tmp_path: Path) -> None:
    assert set(faults(Files(tmp_path / "a", tmp_path / "b"))) == {"certificateFile", "privateKeyFile"}


class TestAuthoritiesOfTheBuild:
    def build(self, path: Path) -> StackSettings:
        return StackSettings.load("test", {"build": json.dumps({"extraCaCertificates": str(path)})}, {})

    def test_a_file_with_certificates_is_accepted(self, tmp_path: Path) -> None:
        file = tmp_path / "ca.pem"
        file.write_bytes(Pair().certificate() + Pair().certificate())
        assert self.build(file).build.extra_ca_certificates == file

    def test_a_file_that_only_looks_like_one_is_refused(self, tmp_path: Path) -> None:
        file = tmp_path / "ca.pem"
        file.write_text("-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n", encoding="ascii")
        with pytest.raises(SettingsError, match="it holds none"):
            self.build(file)
