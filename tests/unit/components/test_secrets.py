"""Verifiers: what a server stores in place of a password."""

import base64
import hashlib
import hmac
import re

import pytest

from components.postgres import Role
from components.redis import RedisUser
from components.secrets import PLATFORM_SECRETS, redis_password_hash, scram_verifier

PASSWORD = "correct-horse-battery-staple"


def xor(left: bytes, right: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(left, right, strict=True))


def salted_password(password: bytes, salt: bytes, iterations: int) -> bytes:
    """Hi() of RFC 5802, written out."""
    block = hmac.new(password, salt + b"\x00\x00\x00\x01", hashlib.sha256).digest()
    result = block
    for _ in range(iterations - 1):
        block = hmac.new(password, block, hashlib.sha256).digest()
        result = xor(result, block)
    return result


def keys(password: bytes, salt: bytes, iterations: int) -> tuple[bytes, bytes]:
    """ClientKey and ServerKey of RFC 5802."""
    salted = salted_password(password, salt, iterations)
    return (
        hmac.new(salted, b"Client Key", hashlib.sha256).digest(),
        hmac.new(salted, b"Server Key", hashlib.sha256).digest(),
    )


def parsed(verifier: str) -> tuple[int, bytes, bytes, bytes]:
    """Iterations, salt, StoredKey and ServerKey."""
    match = re.fullmatch(r"SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):(.+)", verifier)
    assert match
    return int(match[1]), *(base64.b64decode(part, validate=True) for part in match.groups()[1:])  # type: ignore[return-value]


def test_the_calculation_of_these_tests_is_that_of_rfc_7677() -> None:
    salt = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
    nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    message = f"n=user,r=rOprNGfwEbeRWgbNEkqO,r={nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r={nonce}".encode()
    client_key, server_key = keys(b"pencil", salt, 4096)
    signature = hmac.new(hashlib.sha256(client_key).digest(), message, hashlib.sha256).digest()
    assert base64.b64encode(xor(client_key, signature)) == b"dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    server_signature = hmac.new(server_key, message, hashlib.sha256).digest()
    assert base64.b64encode(server_signature) == b"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


class TestTheScramVerifier:
    def test_lets_in_who_knows_the_password(self) -> None:
        iterations, salt, stored_key, server_key = parsed(scram_verifier(PASSWORD, "ktr_app"))
        expected_client_key, expected_server_key = keys(PASSWORD.encode(), salt, iterations)
        assert stored_key == hashlib.sha256(expected_client_key).digest()
        assert server_key == expected_server_key

    def test_keeps_out_who_knows_another(self) -> None:
        iterations, salt, stored_key, _ = parsed(scram_verifier(PASSWORD, "ktr_app"))
        client_key, _ = keys(b"guess", salt, iterations)
        assert stored_key != hashlib.sha256(client_key).digest()

    def test_costs_as_much_as_postgres_asks_for(self) -> None:
        iterations, salt, _, _ = parsed(scram_verifier(PASSWORD, "ktr_app"))
        assert (iterations, len(salt)) == (4096, 16)

    def test_is_the_same_at_each_run(self) -> None:
        assert scram_verifier(PASSWORD, "ktr_app") == scram_verifier(PASSWORD, "ktr_app")

    @pytest.mark.parametrize(("password", "role"), [(PASSWORD, "ktr_backup"), ("another", "ktr_app")])
    def test_has_a_salt_of_its_own_for_each_role_and_password(self, password: str, role: str) -> None:
        assert parsed(scram_verifier(password, role))[1] != parsed(scram_verifier(PASSWORD, "ktr_app"))[1]


def test_the_redis_hash_is_that_of_the_password() -> None:
    assert redis_password_hash("abc") == "#ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_every_role_and_user_has_a_generated_secret() -> None:
    wanted = {role.secret for role in Role} | {user.secret for user in RedisUser}
    assert wanted <= set(PLATFORM_SECRETS)
