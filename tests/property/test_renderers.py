"""Renderers: for any valid settings the text is well formed and keeps its promises."""

import re
import tempfile
from pathlib import Path
from random import Random

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from components.app_image import context_hash
from components.fingerprint import fingerprint
from components.nginx.config import Upstream, render_config
from components.postgres import tuning
from components.redis import config as redis
from components.runtime import duration, shortest_decimal
from components.secrets import redis_password_hash, scram_verifier
from components.settings import EdgeSettings, PostgresSettings, TlsMode
from components.tls import self_signed
from tests.support.nginx import parse
from tests.support.strategies import LOWER, cpus, domains, edge_settings, passwords, postgres_settings

MEBIBYTE = 1024**2
upstreams = st.builds(
    Upstream,
    host_prefix=st.just("app"),
    port=st.integers(1, 65535),
    ready_port=st.integers(1, 65535),
    replicas=st.integers(1, 16),
)


class TestNginx:
    @given(edge_settings(), upstreams)
    def test_any_edge_is_a_configuration(self, edge: EdgeSettings, upstream: Upstream) -> None:
        http = parse(render_config(edge, upstream)).block("http")
        servers = 2 if edge.tls.mode is TlsMode.OFF else 3
        assert len(http.all("server")) == servers

    @given(edge_settings(), upstreams)
    def test_any_edge_speaks_tls_exactly_where_it_is_asked_to(self, edge: EdgeSettings, upstream: Upstream) -> None:
        directives = [one.name for one in parse(render_config(edge, upstream)).everywhere()]
        assert ("ssl_certificate" in directives) is (edge.tls.mode is not TlsMode.OFF)

    @given(upstreams)
    def test_the_shares_of_the_replicas_are_even_and_leave_no_client_out(self, upstream: Upstream) -> None:
        http = parse(render_config(EdgeSettings(), upstream)).block("http")
        shares = http.block("split_clients", "$affinity", "$replica").directives
        given_out = [float(one.name.removesuffix("%")) for one in shares if one.name != "*"]
        rest = 100 - sum(given_out)
        assert [one.arguments for one in shares] == [[str(number)] for number in range(1, upstream.replicas + 1)]
        assert [share for share in [*given_out, rest] if share != pytest.approx(100 / upstream.replicas, abs=0.1)] == []

    @given(upstreams)
    def test_the_stand_ins_of_the_replicas_are_all_of_them(self, upstream: Upstream) -> None:
        http = parse(render_config(EdgeSettings(), upstream)).block("http")
        ring = {one.name: one.arguments[0] for one in http.block("map", "$replica", "$next_replica").directives}
        assert set(ring) == set(ring.values()) == {str(number) for number in range(1, upstream.replicas + 1)}


class TestPostgres:
    @given(postgres_settings())
    def test_any_valid_settings_fit_into_the_memory(self, chosen: PostgresSettings) -> None:
        tuned = parameters(chosen)
        used = tuned["shared_buffers"] + chosen.max_connections * tuned["work_mem"] + tuned["maintenance_work_mem"]
        assert used <= chosen.memory // MEBIBYTE

    @given(postgres_settings())
    def test_any_valid_settings_give_postgres_numbers_that_it_accepts(self, chosen: PostgresSettings) -> None:
        tuned = parameters(chosen)
        assert 1 <= tuned["work_mem"] <= tuned["maintenance_work_mem"] <= tuned["shared_buffers"]
        assert 1 <= tuned["wal_buffers"] <= tuned["shared_buffers"]
        assert tuned["max_parallel_workers_per_gather"] <= tuned["max_parallel_workers"] < tuned["max_worker_processes"]
        assert tuned["min_wal_size"] < tuned["max_wal_size"]

    @given(postgres_settings(), st.integers(1, 1024))
    def test_more_memory_never_means_less_of_anything(self, chosen: PostgresSettings, more: int) -> None:
        larger = parameters(chosen.model_copy(update={"memory": chosen.memory + more * MEBIBYTE}))
        assert {name for name, value in parameters(chosen).items() if larger[name] < value} == set()


def parameters(chosen: PostgresSettings) -> dict[str, int]:
    """The parameters that are numbers."""
    text = tuning.render_config(chosen.memory, chosen.cpus, chosen.max_connections)
    return {name: int(value) for name, value in re.findall(r"^(\w+) = (\d+)(?:MB)?$", text, re.MULTILINE)}


@given(st.integers(64, 65536))
def test_redis_never_promises_more_memory_than_it_has(megabytes: int) -> None:
    text = redis.render_config(megabytes * MEBIBYTE, "/run/secrets/users.acl")
    (maxmemory,) = re.findall(r"^maxmemory (\d+)mb$", text, re.MULTILINE)
    assert 0 < int(maxmemory) < megabytes


class TestSpellings:
    @given(cpus)
    def test_cpus_read_back_are_spelled_the_same(self, value: float) -> None:
        text = shortest_decimal(value)
        assert shortest_decimal(float(text)) == text
        assert re.fullmatch(r"(0|[1-9]\d*)\.(0|\d?[1-9])", text)

    @given(cpus)
    def test_cpus_stay_what_was_asked_for(self, value: float) -> None:
        assert float(shortest_decimal(value)) == pytest.approx(value, abs=0.005)

    @given(st.integers(0, 10**7))
    def test_time_spans_stay_what_was_asked_for(self, seconds: int) -> None:
        units = {"h": 3600, "m": 60, "s": 1}
        parts = re.findall(r"(\d+)([hms])", duration(seconds))
        assert sum(int(number) * units[unit] for number, unit in parts) == seconds
        assert all(int(number) < 60 for number, unit in parts if unit != "h")


class TestSecrets:
    @settings(max_examples=20)
    @given(passwords, st.sampled_from(["ktr_app", "ktr_backup"]))
    def test_a_verifier_is_the_same_each_time_and_never_holds_the_password(self, password: str, role: str) -> None:
        verifier = scram_verifier(password, role)
        assert scram_verifier(password, role) == verifier
        assert password not in verifier

    @given(passwords)
    def test_a_hash_never_holds_the_password(self, password: str) -> None:
        assert password not in redis_password_hash(password)

    @settings(max_examples=20)
    @given(st.binary(min_size=32, max_size=32), domains, st.integers(2000, 2200))
    def test_any_seed_and_domain_make_a_certificate(self, seed: bytes, domain: str, year: int) -> None:
        files = self_signed(seed, domain, year)
        certificate = x509.load_pem_x509_certificate(files["fullchain.pem"].encode())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.DNSName) == [domain]
        assert self_signed(seed, domain, year) == files


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none(), max_size=5), st.randoms())
def test_a_fingerprint_does_not_depend_on_order(values: dict[str, object], random: Random) -> None:
    keys = list(values)
    random.shuffle(keys)
    assert fingerprint({key: values[key] for key in keys}) == fingerprint(values)


file_names = st.text(LOWER, min_size=1, max_size=4)
# Folders begin with d and files with f, so that no name is both.
paths = st.builds(
    lambda folders, file: "".join(f"d{folder}/" for folder in folders) + f"f{file}",
    st.lists(file_names, max_size=2),
    file_names,
)
trees = st.dictionaries(paths, st.binary(max_size=20), min_size=1, max_size=4)


def written(folder: str, tree: dict[str, bytes]) -> Path:
    """The files of `tree`, below a folder of their own."""
    context = Path(tempfile.mkdtemp(dir=folder))
    for name, content in tree.items():
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        (context / name).write_bytes(content)
    return context


class TestTheHashOfABuildContext:
    @settings(max_examples=30)
    @given(trees)
    def test_does_not_depend_on_the_order_in_which_files_were_written(self, tree: dict[str, bytes]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            backwards = dict(reversed(tree.items()))
            assert context_hash(written(folder, tree)) == context_hash(written(folder, backwards))

    @settings(max_examples=30)
    @given(trees, st.data())
    def test_changes_with_any_byte_of_any_file(self, tree: dict[str, bytes], data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(tree)))
        with tempfile.TemporaryDirectory() as folder:
            changed = tree | {name: tree[name] + b"!"}
            assert context_hash(written(folder, tree)) != context_hash(written(folder, changed))
