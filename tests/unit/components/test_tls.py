"""The self-signed certificate: the same at each run, and valid."""

import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from components.settings import EdgeSettings
from components.settings.certificates import broken_rules
from components.tls import P256_ORDER, certificate, self_signed
from tests.support.certificates import Pair, write
from tests.support.containers import delivered_files
from tests.support.platform import run_deploy, run_of, stack_settings
from tests.support.recording import Secret

SEED = bytes(range(32))
DOMAIN = "ktr.example.com"
FILES = self_signed(SEED, DOMAIN, 2026)
CERTIFICATE = x509.load_pem_x509_certificate(FILES["fullchain.pem"].encode())
KEY = load_pem_private_key(FILES["privkey.pem"].encode(), password=None)


class TestASelfSignedCertificate:
    def test_is_the_same_for_the_same_arguments(self) -> None:
        assert self_signed(SEED, DOMAIN, 2026) == FILES

    @pytest.mark.parametrize(
        ("seed", "domain", "year"),
        [(bytes(32), DOMAIN, 2026), (SEED, "localhost", 2026), (SEED, DOMAIN, 2027)],
        ids=["seed", "domain", "year"],
    )
    def test_differs_with_each_argument(self, seed: bytes, domain: str, year: int) -> None:
        assert self_signed(seed, domain, year)["fullchain.pem"] != FILES["fullchain.pem"]

    def test_has_another_key_for_another_seed(self) -> None:
        assert self_signed(bytes(32), DOMAIN, 2026)["privkey.pem"] != FILES["privkey.pem"]

    def test_keeps_its_key_from_year_to_year(self) -> None:
        assert self_signed(SEED, DOMAIN, 2027)["privkey.pem"] == FILES["privkey.pem"]

    def test_has_a_number_of_its_own_each_year(self) -> None:
        next_years = x509.load_pem_x509_certificate(self_signed(SEED, DOMAIN, 2027)["fullchain.pem"].encode())
        assert next_years.serial_number != CERTIFICATE.serial_number

    def test_names_its_domain_the_way_browsers_look_for_it(self) -> None:
        names = CERTIFICATE.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.DNSName) == [DOMAIN]

    def test_belongs_to_its_key(self) -> None:
        public = [
            key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            for key in (KEY.public_key(), CERTIFICATE.public_key())
        ]
        assert public[0] == public[1]

    def test_is_signed_by_itself(self) -> None:
        CERTIFICATE.verify_directly_issued_by(CERTIFICATE)

    def test_is_valid_throughout_its_year_and_the_next(self) -> None:
        first = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
        last = datetime.datetime(2027, 12, 31, 23, 59, tzinfo=datetime.UTC)
        assert CERTIFICATE.not_valid_before_utc < first
        assert last < CERTIFICATE.not_valid_after_utc

    def test_has_a_key_within_the_order_of_its_curve(self) -> None:
        assert isinstance(KEY, ec.EllipticCurvePrivateKey)
        assert 1 <= KEY.private_numbers().private_value < P256_ORDER

    def test_would_be_accepted_if_somebody_provided_it(self, tmp_path: Path) -> None:
        files = write(tmp_path, FILES["fullchain.pem"].encode(), FILES["privkey.pem"].encode())
        now = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
        assert list(broken_rules(files.certificate, files.key, DOMAIN, now)) == []


class TestTheEdgesCertificate:
    def test_is_none_without_tls(self) -> None:
        assert certificate(EdgeSettings()) is None

    def test_is_made_for_the_domain_of_the_settings(self) -> None:
        delivered = {file.name: file for file in delivered_files(run_of("prod").program)}
        parsed = x509.load_pem_x509_certificate(delivered["fullchain.pem"].text.encode())
        names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.DNSName) == ["localhost"]

    def test_is_what_somebody_provides(self, tmp_path: Path) -> None:
        pair = Pair(names=("ktr.example.com",))
        files = write(tmp_path, pair.certificate(), pair.private_key())
        tls = {"mode": "provided", "certificateFile": str(files.certificate), "privateKeyFile": str(files.key)}
        run = run_deploy(stack_settings("prod", {"edge": {"domain": DOMAIN, "httpsPort": 443, "tls": tls}}))
        delivered = {file.name: file for file in delivered_files(run.program)}
        assert delivered["fullchain.pem"].text.encode() == files.certificate.read_bytes()
        assert delivered["privkey.pem"].content == Secret(pair.private_key().decode())
