"""The edge's certificate is verified, unless that is switched off."""

import ssl
from pathlib import Path

import pytest

from tests.load.report import Failure
from tests.support.certificates import Files, Pair, write
from tests.unit.load.fake_edge import fake_edge
from tests.unit.load.running import load


@pytest.fixture
def files(tmp_path: Path) -> Files:
    pair = Pair(names=("localhost",))
    return write(tmp_path, pair.certificate(), pair.private_key())


@pytest.fixture
def context(files: Files) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(files.certificate, files.key)
    return made


def test_a_certificate_of_the_given_authority_is_taken(context: ssl.SSLContext, files: Files) -> None:
    with fake_edge(context=context) as edge:
        report = load(edge, sockets=1, ca_file=str(files.certificate))
    assert report.whole.requests > 0
    assert not report.faulty


def test_a_certificate_of_nobody_known_is_refused(context: ssl.SSLContext) -> None:
    with fake_edge(context=context) as edge:
        report = load(edge, max_seconds=0.2)
    assert report.whole.failures == {Failure.CONNECT: report.whole.requests}


def test_any_certificate_is_taken_without_verification(context: ssl.SSLContext) -> None:
    with fake_edge(context=context) as edge:
        report = load(edge, sockets=1, verify=False)
    assert report.whole.requests > 0
    assert not report.faulty
