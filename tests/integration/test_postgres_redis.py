"""Postgres and Redis as they really run: settings in force, and each account kept to the least it needs."""

import pytest

from tests.integration.harness.clients import Cache, Sql, exported_secret, secret_file
from tests.integration.harness.deployment import Deployment
from tests.integration.harness.engine_view import EngineView

MEBIBYTE = 1024**2
DENIED = "permission denied"


@pytest.fixture
def sql(dev: Deployment, view: EngineView) -> Sql:
    return Sql(view, dev)


@pytest.fixture
def cache(dev: Deployment, view: EngineView) -> Cache:
    return Cache(view, dev)


@pytest.fixture(scope="module")
def passwords(stacks: dict[str, Deployment]) -> dict[str, str]:
    """Password of every role of dev's database, and of Redis's users."""
    roles = {f"ktr_{role}": f"postgres-{role}" for role in ("app", "migrate", "backup", "monitor", "readonly")}
    users = {"redis_app": "redis-app", "redis_monitor": "redis-monitor"}
    return {name: exported_secret(stacks["dev"], secret) for name, secret in {**roles, **users}.items()}


class TestPostgresSettings:
    def test_shared_buffers_are_a_quarter_of_the_memory_limit(self, each: Deployment, view: EngineView) -> None:
        limit = view.inspect(view.service(each.name, "postgres").id or "")["HostConfig"]["Memory"]
        pages = Sql(view, each).superuser("select setting from pg_settings where name = 'shared_buffers'")
        assert int(pages) * 8192 == limit // 4

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("data_checksums", "on"),
            ("fsync", "on"),
            ("full_page_writes", "on"),
            ("log_statement", "none"),
            ("password_encryption", "scram-sha-256"),
            ("synchronous_commit", "on"),
            ("wal_level", "replica"),
        ],
    )
    def test_setting_is_in_force(self, each: Deployment, view: EngineView, name: str, value: str) -> None:
        assert Sql(view, each).superuser(f"show {name}") == value

    def test_no_setting_of_the_file_was_refused(self, each: Deployment, view: EngineView) -> None:
        assert Sql(view, each).superuser("select name, error from pg_file_settings where error is not null") == ""

    def test_every_password_is_stored_as_a_scram_verifier(self, sql: Sql) -> None:
        others = "select rolname from pg_authid where rolcanlogin and rolpassword not like 'SCRAM-SHA-256$%'"
        assert sql.superuser(others) == ""

    def test_the_server_speaks_version_15(self, sql: Sql) -> None:
        assert sql.superuser("show server_version_num").startswith("15")


class TestPostgresDoors:
    def test_the_superuser_is_refused_over_the_network(self, sql: Sql, dev: Deployment) -> None:
        refused = sql.run("postgres", exported_secret(dev, "postgres-superuser"), "select 1")
        assert refused.code != 0
        assert "pg_hba.conf rejects" in refused.output

    def test_on_the_socket_everybody_else_is_refused(self, dev: Deployment, view: EngineView) -> None:
        container = view.service(dev.name, "postgres")
        tried = view.run_in(container, ["psql", "-d", "dbname=ktr user=ktr_app", "-c", "select 1"])
        assert tried.code != 0

    def test_a_wrong_password_is_refused(self, sql: Sql) -> None:
        assert "password authentication failed" in sql.run("ktr_app", "wrong", "select 1").output

    def test_an_empty_password_is_refused(self, sql: Sql) -> None:
        assert sql.run("ktr_app", "", "select 1").code != 0

    @pytest.mark.parametrize("database", ["postgres", "template1"])
    def test_other_databases_are_closed_to_the_application(
        self, sql: Sql, passwords: dict[str, str], database: str
    ) -> None:
        assert sql.run("ktr_app", passwords["ktr_app"], "select 1", database).code != 0

    def test_the_owner_of_the_tables_cannot_log_in(self, sql: Sql) -> None:
        assert sql.superuser("select rolcanlogin from pg_roles where rolname = 'ktr_owner'") == "f"

    def test_no_role_that_logs_in_over_the_network_is_powerful(self, sql: Sql) -> None:
        powerful = (
            "select rolname from pg_roles where rolname like 'ktr_%'"
            " and (rolsuper or rolcreatedb or rolcreaterole or rolbypassrls)"
        )
        assert sql.superuser(powerful) == ""

    def test_only_the_backup_role_may_replicate(self, sql: Sql) -> None:
        assert sql.superuser("select rolname from pg_roles where rolreplication and not rolsuper") == "ktr_backup"


FORBIDDEN = [
    ("ktr_app", "create table platform.probe (id int)"),
    ("ktr_app", "create schema probe"),
    ("ktr_app", "create table public.probe (id int)"),
    ("ktr_app", "create role probe"),
    ("ktr_app", "create extension dblink"),
    ("ktr_app", "set role ktr_owner"),
    ("ktr_app", "set role ktr_flows; select password_hash from platform.users"),
    ("ktr_app", "set role ktr_flows; create table platform.probe (id int)"),
    ("ktr_readonly", "select password_hash from platform.users"),
    ("ktr_app", "copy (select 1) to program 'true'"),
    ("ktr_app", "select pg_read_file('/run/secrets/superuser-password')"),
    ("ktr_app", "alter system set fsync = off"),
    ("ktr_readonly", "create table pipelines.probe (id int)"),
    ("ktr_readonly", "create temporary table probe (id int)"),
    ("ktr_monitor", "create table pipelines.probe (id int)"),
    ("ktr_monitor", "select pg_read_file('/etc/passwd')"),
    ("ktr_backup", "create table pipelines.probe (id int)"),
    ("ktr_migrate", "create role probe"),
    ("ktr_migrate", "alter system set fsync = off"),
]


def _a_table_of_the_platform(sql: Sql) -> str:
    tables = sql.superuser("select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'platform'")
    assert tables, "the migration made no table"
    return tables.split()[0]


class TestPostgresPrivileges:
    @pytest.mark.parametrize(("role", "statement"), FORBIDDEN, ids=lambda value: str(value).replace(" ", "-"))
    def test_the_role_may_not(self, sql: Sql, passwords: dict[str, str], role: str, statement: str) -> None:
        tried = sql.run(role, passwords[role], statement)
        assert tried.code != 0
        refusals = (DENIED, "must be superuser", "read-only transaction", "must be owner", "permission")
        assert any(refusal in tried.output for refusal in refusals), tried.output

    def test_the_application_may_not_drop_a_table_of_the_platform(self, sql: Sql, passwords: dict[str, str]) -> None:
        table = _a_table_of_the_platform(sql)
        for statement in (f"drop table {table}", f"alter table {table} add probe int", f"truncate {table}"):
            tried = sql.run("ktr_app", passwords["ktr_app"], statement)
            assert "must be owner" in tried.output or DENIED in tried.output, tried.output

    def test_the_application_reads_and_writes_its_tables(self, sql: Sql, passwords: dict[str, str]) -> None:
        can = sql.run(
            "ktr_app",
            passwords["ktr_app"],
            "select bool_and(has_table_privilege(format('%I.%I', schemaname, tablename), 'select'))"
            " from pg_tables where schemaname = 'platform'",
        )
        assert can.output.strip() == "t"

    def test_the_application_keeps_tables_of_flows_that_others_read(self, sql: Sql, passwords: dict[str, str]) -> None:
        app, readonly = passwords["ktr_app"], passwords["ktr_readonly"]
        made = sql.run("ktr_app", app, "set role ktr_flows; create table pipelines.shared_probe as select 42 as answer")
        try:
            assert made.code == 0, made.output
            assert sql.run("ktr_readonly", readonly, "select answer from pipelines.shared_probe").output.strip() == "42"
            refused = sql.run("ktr_readonly", readonly, "insert into pipelines.shared_probe values (1)")
            assert refused.code != 0
        finally:
            sql.run("ktr_app", app, "set role ktr_flows; drop table if exists pipelines.shared_probe")

    def test_read_only_stays_read_only_even_when_it_asks_to_write(self, sql: Sql, passwords: dict[str, str]) -> None:
        statement = "begin read write; create table pipelines.probe (id int); commit"
        assert DENIED in sql.run("ktr_readonly", passwords["ktr_readonly"], statement).output

    def test_monitoring_sees_statistics_but_no_data(self, sql: Sql, passwords: dict[str, str]) -> None:
        password = passwords["ktr_monitor"]
        assert sql.run("ktr_monitor", password, "select count(*) > 0 from pg_stat_activity").output.strip() == "t"
        table = _a_table_of_the_platform(sql)
        assert DENIED in sql.run("ktr_monitor", password, f"table {table}").output

    def test_the_backup_role_reads_everything(self, sql: Sql, passwords: dict[str, str]) -> None:
        table = _a_table_of_the_platform(sql)
        assert sql.run("ktr_backup", passwords["ktr_backup"], f"table {table}").code == 0
        assert DENIED in sql.run("ktr_backup", passwords["ktr_backup"], f"truncate {table}").output


class TestRedis:
    def test_who_does_not_log_in_may_do_nothing(self, cache: Cache) -> None:
        assert "NOAUTH" in cache.run("", "", "ping")

    def test_the_default_user_is_off(self, cache: Cache) -> None:
        assert "WRONGPASS" in cache.run("default", "anything", "ping")

    def test_the_application_keeps_its_own_keys(self, cache: Cache, passwords: dict[str, str]) -> None:
        password = passwords["redis_app"]
        assert cache.run("ktr_app", password, "set", "ktr:probe", "1", "ex", "60") == "OK"
        assert cache.run("ktr_app", password, "get", "ktr:probe") == "1"
        assert cache.run("ktr_app", password, "del", "ktr:probe") == "1"

    @pytest.mark.parametrize(
        "command",
        [
            "flushall",
            "flushdb",
            "config get *",
            "config set appendonly no",
            "keys *",
            "shutdown nosave",
            "debug sleep 0",
            "acl list",
            "replicaof 127.0.0.1 1",
            "save",
            "bgrewriteaof",
            "monitor",
            "module list",
            "get other:key",
            "set other:key 1",
            "swapdb 0 1",
        ],
    )
    def test_the_application_may_not(self, cache: Cache, passwords: dict[str, str], command: str) -> None:
        answer = cache.run("ktr_app", passwords["redis_app"], *command.split())
        assert "NOPERM" in answer or "command not allowed" in answer, answer

    @pytest.mark.parametrize(
        "command", ["get ktr:probe", "set ktr:probe 1", "flushall", "config set maxmemory 1", "keys *"]
    )
    def test_monitoring_may_not(self, cache: Cache, passwords: dict[str, str], command: str) -> None:
        assert "NOPERM" in cache.run("ktr_monitor", passwords["redis_monitor"], *command.split())

    @pytest.mark.parametrize(
        ("name", "value"),
        [("appendonly", "yes"), ("appendfsync", "everysec"), ("maxmemory-policy", "volatile-lru"), ("save", "")],
    )
    def test_setting_is_in_force(self, each: Deployment, view: EngineView, name: str, value: str) -> None:
        password = exported_secret(each, "redis-monitor")
        answer = Cache(view, each).run("ktr_monitor", password, "config", "get", name).splitlines()
        assert answer[1:] == [value] or (not value and not "".join(answer[1:]).strip('"'))

    def test_data_leaves_room_for_a_rewrite_below_the_memory_limit(self, each: Deployment, view: EngineView) -> None:
        password = exported_secret(each, "redis-monitor")
        limit = view.inspect(view.service(each.name, "redis").id or "")["HostConfig"]["Memory"]
        maxmemory = Cache(view, each).run("ktr_monitor", password, "config", "get", "maxmemory").split()[1]
        assert 0.4 * limit < int(maxmemory) < 0.7 * limit

    def test_the_file_of_users_holds_hashes_only(
        self, dev: Deployment, view: EngineView, passwords: dict[str, str]
    ) -> None:
        users = secret_file(view, dev, "redis", "users.acl")
        assert passwords["redis_app"] not in users
        assert "nopass" not in users
        assert users.count(" on #") == 2
