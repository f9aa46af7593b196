"""PostgreSQL: memory that fits, roles with least privilege, and who may log in from where."""

import re
from typing import ClassVar

import pytest

from components.postgres.roles import Role, render_roles
from components.postgres.tuning import render_config, render_hba
from components.secrets import scram_verifier
from components.settings import PostgresSettings

MEBIBYTE = 1024 * 1024
PASSWORDS = {role.value: f"the-password-of-{role}" for role in Role}
SIZES = [256, 512, 1024, 2048, 8192, 65536, 262144]


def config(megabytes: int = 1024, cpus: float = 1.0, connections: int = 40) -> dict[str, str]:
    text = render_config(megabytes * MEBIBYTE, cpus, connections)
    lines = [line.partition(" = ") for line in text.splitlines() if line and not line.startswith("#")]
    return {name: value for name, _, value in lines}


def megabytes(value: str) -> int:
    return int(value.removesuffix("MB"))


class TestTuning:
    @pytest.mark.parametrize("size", SIZES)
    def test_fits_into_the_memory_when_every_connection_sorts(self, size: int) -> None:
        most = min(2000, size // 8)
        tuned = config(size, connections=max(20, most))
        used = megabytes(tuned["shared_buffers"]) + max(20, most) * megabytes(tuned["work_mem"])
        assert used <= size

    @pytest.mark.parametrize(
        "name", ["shared_buffers", "effective_cache_size", "work_mem", "maintenance_work_mem", "wal_buffers"]
    )
    def test_gives_no_less_to_a_larger_server(self, name: str) -> None:
        values = [megabytes(config(size)[name]) for size in SIZES]
        assert values == sorted(values)
        assert values[0] < values[-1]

    def test_gives_each_of_many_connections_less(self) -> None:
        few, many = (megabytes(config(8192, connections=number)["work_mem"]) for number in (20, 200))
        assert few > many

    def test_never_gives_a_connection_nothing(self) -> None:
        assert config(256, connections=2000)["work_mem"] == "1MB"

    @pytest.mark.parametrize(("cpus", "workers"), [(0.05, "1"), (1.0, "1"), (1.5, "2"), (8.0, "8")])
    def test_works_in_parallel_as_far_as_cpus_go(self, cpus: float, workers: str) -> None:
        assert config(cpus=cpus)["max_parallel_workers"] == workers

    def test_leaves_workers_for_what_is_not_a_query(self) -> None:
        tuned = config(cpus=4)
        assert int(tuned["max_worker_processes"]) > int(tuned["max_parallel_workers"])

    @pytest.mark.parametrize("name", ["fsync", "synchronous_commit", "full_page_writes"])
    def test_never_trades_committed_rows_for_speed(self, name: str) -> None:
        assert config()[name] == "on"

    def test_stores_passwords_as_scram_verifiers(self) -> None:
        assert config()["password_encryption"] == "'scram-sha-256'"

    def test_keeps_statements_out_of_the_log(self) -> None:
        assert (config()["log_statement"], config()["log_min_error_statement"]) == ("'none'", "'panic'")

    def test_never_ends_a_transaction_log_that_is_smaller_than_its_minimum(self) -> None:
        assert all(megabytes(config(size)["max_wal_size"]) > megabytes(config(size)["min_wal_size"]) for size in SIZES)

    def test_sets_each_parameter_once(self) -> None:
        lines = render_config(1024 * MEBIBYTE, 1.0, 40).splitlines()
        names = [line.partition(" = ")[0] for line in lines if line and not line.startswith("#")]
        assert sorted(names) == sorted(set(names))

    def test_of_the_default_settings_breaks_no_rule(self) -> None:
        assert list(PostgresSettings().faults("ktr:postgres")) == []


class TestWhoMayLogIn:
    RULES: ClassVar = [
        tuple(line.split()) for line in render_hba("ktr", list(Role)).splitlines() if line and not line.startswith("#")
    ]

    def test_the_superuser_over_the_socket_alone(self) -> None:
        ways = [rule for rule in self.RULES if rule[2] == "postgres"]
        assert ways == [("local", "all", "postgres", "peer"), ("host", "all", "postgres", "all", "reject")]

    def test_every_role_by_password_and_into_its_own_database(self) -> None:
        ways = {rule for rule in self.RULES if rule[1] == "ktr"}
        assert ways == {("host", "ktr", role.value, "samenet", "scram-sha-256") for role in Role}

    def test_the_backup_to_copy_the_whole_server(self) -> None:
        ways = [rule[2] for rule in self.RULES if rule[1] == "replication"]
        assert ways == ["ktr_backup"]

    def test_nobody_without_a_password(self) -> None:
        assert {rule[-1] for rule in self.RULES} == {"peer", "reject", "scram-sha-256"}

    def test_nobody_from_outside_the_data_network(self) -> None:
        addresses = {rule[3] for rule in self.RULES if rule[0] != "local" and rule[-1] != "reject"}
        assert addresses == {"samenet"}


class TestRoles:
    SQL = render_roles("ktr", PASSWORDS)

    def test_get_verifiers_and_never_passwords(self) -> None:
        assert [password for password in PASSWORDS.values() if password in self.SQL] == []

    def test_get_a_verifier_of_their_own_password(self) -> None:
        given = dict(re.findall(r"alter role (\w+) login .* password '([^']+)'", self.SQL))
        assert given == {role: scram_verifier(password, role) for role, password in PASSWORDS.items()}

    def test_that_log_in_are_no_superusers(self) -> None:
        (rights,) = set(re.findall(r"alter role \w+ login (.*) password", self.SQL))
        assert rights == "nosuperuser nocreatedb nocreaterole noreplication inherit"

    def test_that_own_tables_do_not_log_in(self) -> None:
        assert re.search(r"alter role ktr_owner nologin nosuperuser", self.SQL)

    def test_that_change_the_schema_are_not_those_of_the_running_application(self) -> None:
        owners = re.findall(r"grant ktr_owner to ([\w, ]+);", self.SQL)
        assert owners == ["ktr_migrate"]

    def test_that_only_read_are_granted_no_writing(self) -> None:
        for role in ("ktr_readonly", "ktr_monitor"):
            grants = [line for line in self.SQL.splitlines() if "grant " in line and re.search(rf"to .*{role}", line)]
            rights = " ".join(line.split(" on ")[0] for line in grants)
            assert grants
            assert not re.search(r"insert|update|delete|truncate|create", rights)

    def test_that_only_read_can_not_write_by_mistake(self) -> None:
        assert "alter role ktr_readonly set default_transaction_read_only = on;" in self.SQL

    def test_of_the_public_get_nothing(self) -> None:
        assert "revoke all on database ktr from public;" in self.SQL
        assert "revoke all on schema public from public;" in self.SQL

    def test_are_changed_all_or_none(self) -> None:
        assert self.SQL.index("begin;") < self.SQL.index("alter role") < self.SQL.rindex("commit;")

    def test_are_the_same_at_each_run_so_that_no_diff_shows(self) -> None:
        assert render_roles("ktr", PASSWORDS) == self.SQL

    def test_have_a_secret_each(self) -> None:
        assert len({role.secret for role in Role}) == len(Role)
