"""Redis: nothing acknowledged is lost for long, nobody gets more than they need."""

import hashlib

import pytest

from components.redis.config import RedisUser, render_acl, render_config

PASSWORDS = {user.value: f"the-password-of-{user}" for user in RedisUser}
ACL = render_acl(PASSWORDS)


def config(megabytes: int = 256) -> dict[str, str]:
    text = render_config(megabytes * 1024**2, "/run/secrets/users.acl")
    lines = [line.partition(" ") for line in text.splitlines() if line and not line.startswith("#")]
    return {name: value for name, _, value in lines}


def rules(user: str) -> list[str]:
    (line,) = [line for line in ACL.splitlines() if line.startswith(f"user {user} ")]
    return line.split()[2:]


class TestUsers:
    def test_are_those_of_the_platform_and_the_default_one(self) -> None:
        assert [line.split()[1] for line in ACL.splitlines()] == ["default", "ktr_app", "ktr_monitor"]

    def test_do_not_include_an_open_default(self) -> None:
        assert rules("default") == ["off", "resetpass", "-@all"]

    def test_have_hashes_in_place_of_passwords(self) -> None:
        assert [password for password in PASSWORDS.values() if password in ACL] == []

    @pytest.mark.parametrize("user", RedisUser)
    def test_are_known_by_the_hash_of_their_own_password(self, user: RedisUser) -> None:
        assert f"#{hashlib.sha256(PASSWORDS[user].encode()).hexdigest()}" in rules(user)

    def test_of_the_application_touch_its_own_keys_and_channels_only(self) -> None:
        patterns = [rule for rule in rules("ktr_app") if rule[0] in "~&%"]
        assert patterns == ["~ktr:*", "&ktr:*"]

    def test_of_the_application_get_no_dangerous_command(self) -> None:
        commands = [rule for rule in rules("ktr_app") if rule[0] in "+-"]
        assert commands == ["+@all", "-@admin", "-@dangerous", "+info"]

    def test_that_watch_read_no_key(self) -> None:
        assert [rule for rule in rules("ktr_monitor") if rule[0] in "~&%"] == []

    def test_that_watch_change_nothing(self) -> None:
        allowed = {rule for rule in rules("ktr_monitor") if rule.startswith("+")}
        assert allowed == {
            "+ping", "+info", "+config|get", "+slowlog", "+latency", "+client|list", "+dbsize",
        }  # fmt: skip

    def test_have_a_secret_each(self) -> None:
        assert len({user.secret for user in RedisUser}) == len(RedisUser)


class TestConfiguration:
    def test_writes_every_second_to_disk(self) -> None:
        assert (config()["appendonly"], config()["appendfsync"]) == ("yes", "everysec")

    def test_writes_on_even_while_the_file_is_rewritten(self) -> None:
        assert config()["no-appendfsync-on-rewrite"] == "no"

    def test_keeps_the_file_on_the_volume(self) -> None:
        assert config()["dir"] == "/data"

    @pytest.mark.parametrize("size", [64, 128, 1024, 65536])
    def test_leaves_memory_for_copies_during_a_rewrite(self, size: int) -> None:
        assert 0.5 * size <= int(config(size)["maxmemory"].removesuffix("mb")) <= 0.6 * size

    def test_gives_up_what_expires_anyway_and_nothing_else(self) -> None:
        assert config()["maxmemory-policy"] == "volatile-lru"

    def test_reads_its_users_from_the_secret_file(self) -> None:
        assert config()["aclfile"] == "/run/secrets/users.acl"

    def test_logs_to_the_containers_output(self) -> None:
        assert config()["logfile"] == '""'
