"""Settings: what is accepted, and what each broken rule says."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from components.settings import Colour, Fault, SettingsError, StackSettings, TlsMode
from components.settings.reference import reference
from components.settings.types import format_size, parse_size
from tests.support.platform import DIGEST, ROOT, STACKS, stack_config, stack_settings
from tests.unit.components.bad_settings import BAD, RELEASED, Bad


def load(
    config: Mapping[str, Any], *, stack: str = "test", environment: Mapping[str, str] | None = None
) -> StackSettings:
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    return StackSettings.load(stack, texts, environment or {})


def faults_of(
    config: Mapping[str, Any], *, stack: str = "test", environment: Mapping[str, str] | None = None
) -> tuple[Fault, ...]:
    with pytest.raises(SettingsError) as raised:
        load(config, stack=stack, environment=environment)
    return raised.value.faults


def shown(bad: Bad) -> str:
    """How the message spells the value."""
    value = bad.value
    if value is ...:
        value = bad.config
        for part in bad.key.removeprefix("ktr:").split("."):
            value = value[part]
    return str(value) if value in ("(not set)", "(a secret)") else json.dumps(value, ensure_ascii=False)


def only_fault_at(bad: Bad) -> Fault:
    faults = faults_of(bad.config, stack=bad.stack, environment=bad.environment)
    found = [fault for fault in faults if fault.key == bad.key]
    assert len(found) == 1, f"{bad.key} among {[fault.key for fault in faults]}"
    return found[0]


def test_the_table_is_long_enough_and_names_each_case_once() -> None:
    sentences = [bad.sentence for bad in BAD]
    assert len(set(sentences)) == len(sentences) >= 55


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.sentence)
class TestABadSetting:
    def test_is_refused_by_the_rule_it_breaks(self, bad: Bad) -> None:
        assert bad.rule in only_fault_at(bad).rule

    def test_is_shown_as_it_was_written(self, bad: Bad) -> None:
        assert str(only_fault_at(bad)).splitlines()[0] == f"{bad.key} = {shown(bad)}"

    def test_comes_with_an_example_that_can_be_pasted(self, bad: Bad) -> None:
        example = only_fault_at(bad).example
        key, separator, value = example.partition("=" if example.startswith("KTR_") else ": ")
        assert separator
        assert value
        assert key in {"stack", "KTR_REGISTRY"} or key.startswith("ktr:")

    def test_comes_with_an_example_that_is_accepted_in_its_place(self, bad: Bad) -> None:
        example = only_fault_at(bad).example
        key, config, stack, environment = with_example(bad, example)
        # A file that the example names is not on this machine; that is all that may be wrong with it.
        rules = [fault.rule for fault in all_faults(config, stack, environment) if fault.key == key]
        assert [rule for rule in rules if "No such file" not in rule] == []


def all_faults(config: Mapping[str, Any], stack: str, environment: Mapping[str, str]) -> tuple[Fault, ...]:
    try:
        load(config, stack=stack, environment=environment)
    except SettingsError as error:
        return error.faults
    return ()


def with_example(bad: Bad, example: str) -> tuple[str, dict[str, Any], str, Mapping[str, str]]:
    """The example's key, and the bad settings with the example laid over them."""
    variable, equals, value = example.partition("=")
    if equals:
        return variable, dict(bad.config), bad.stack, {variable: value}
    key, _, value = example.partition(": ")
    if key == "stack":
        return key, dict(bad.config), value, bad.environment
    config = copy.deepcopy(dict(bad.config))
    config.pop(key.removeprefix("ktr:"), None)
    *sections, last = key.removeprefix("ktr:").split(".")
    place = config
    for section in sections:
        if not isinstance(place.get(section), dict):
            place[section] = {}
        place = place[section]
    place[last] = _yaml_value(value)
    return key, config, bad.stack, bad.environment


def _yaml_value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def test_no_message_shows_what_may_be_a_secret() -> None:
    told = [
        str(fault)
        for bad in BAD
        if "my-token" in json.dumps(bad.config)
        for fault in faults_of(bad.config, stack=bad.stack)
    ]
    assert len(told) > 3
    assert [message for message in told if "my-token" in message] == []


def test_a_section_with_secrets_in_it_does_not_print_them() -> None:
    webhook = {"url": "https://alerts.example.com/hidden", "token": "hidden"}
    settings = load({"monitoring": {"receivers": {"webhook": webhook}}})
    assert "hidden" not in repr(settings)


class TestSeveralFaults:
    CONFIG: ClassVar = {
        "edge": {"domain": "10.0.0.1", "httpPort": 0, "tls": {"mode": "on"}},
        "app": {"memory": "1t", "colour": "red"},
        "postgres": {"memory": "256m", "maxConnections": 500},
        "redit": {},
        "registry": "https://x",
    }

    def test_are_reported_all_at_once(self) -> None:
        keys = {fault.key for fault in faults_of(self.CONFIG, stack="P")}
        assert keys == {
            "ktr:edge.domain",
            "ktr:edge.httpPort",
            "ktr:edge.tls.mode",
            "ktr:app.memory",
            "ktr:app.colour",
            "ktr:postgres.memory",
            "ktr:redit",
            "ktr:registry",
            "stack",
        }

    def test_are_numbered_and_counted_in_one_message(self) -> None:
        message = str(SettingsError("prod", faults_of(self.CONFIG)))
        assert message.startswith("the settings of stack 'prod' have 8 faults; nothing was changed.\n  1. ")
        assert "\n  8. " in message

    def test_of_a_release_are_reported_beside_those_of_another_section(self) -> None:
        keys = {fault.key for fault in faults_of({"release": {"blue": "1.4.2"}, "redis": {"memory": "1k"}})}
        assert keys == {"ktr:app.repository", "ktr:redis.memory"}

    def test_one_fault_is_counted_as_one(self) -> None:
        assert "have 1 fault;" in str(SettingsError("prod", faults_of({"redis": {"memory": "1k"}})))


class TestGoodSettings:
    @pytest.mark.parametrize("stack", STACKS)
    def test_every_checked_in_stack_file_is_accepted(self, stack: str) -> None:
        assert stack_settings(stack).stack == stack

    @pytest.mark.parametrize("stack", STACKS)
    def test_every_key_of_a_stack_file_has_its_effect(self, stack: str) -> None:
        config = {name: json.loads(text) for name, text in stack_config(stack).items()}
        dumped = json.loads(stack_settings(stack).model_dump_json(by_alias=True))
        sizes = {"memory", "maxSize", "uploadLimit"}
        for section, values in config.items():
            for key, value in values.items():
                effective = dumped[section][key]
                if key in sizes:
                    assert effective == parse_size(value)
                elif isinstance(value, dict):
                    assert value.items() <= effective.items()
                else:
                    assert effective == value

    def test_an_empty_stack_file_is_plain_http_on_the_loopback_interface(self) -> None:
        edge = load({}).edge
        assert (edge.address, edge.public_url, edge.tls.mode) == ("127.0.0.1", "http://localhost:8080", TlsMode.OFF)

    def test_an_empty_stack_file_protects_data(self) -> None:
        data = load({}).data
        assert (data.protect, data.keep_on_destroy) == (True, True)

    def test_a_whole_number_of_cpus_is_a_number_of_cpus(self) -> None:
        assert load({"app": {"cpus": 2}}).app.cpus == 2.0

    def test_a_domain_is_the_same_in_any_case(self) -> None:
        assert load({"edge": {"domain": "KTR.Example.com"}}).edge.domain == "ktr.example.com"

    def test_settings_can_not_be_changed(self) -> None:
        with pytest.raises(ValueError, match="frozen"):
            load({}).release.replicas = 3  # type: ignore[misc]

    def test_both_slots_may_run_released_versions(self) -> None:
        settings = load({"app": RELEASED, "release": {"active": "green", "blue": "1.4.2", "green": DIGEST}})
        assert settings.release.slots == {Colour.BLUE: "1.4.2", Colour.GREEN: DIGEST}

    def test_a_slot_that_is_none_does_not_exist(self) -> None:
        assert load({"release": {"blue": "source", "green": "none"}}).release.slots == {Colour.BLUE: "source"}

    def test_a_floating_tag_is_accepted_where_it_is_allowed(self) -> None:
        settings = load({"app": {**RELEASED, "floatingTags": True}, "release": {"blue": "latest"}})
        assert settings.release.blue == "latest"

    @pytest.mark.parametrize(
        "repository",
        ["app", "acme/app", "ghcr.io/acme/ktr-app", "127.0.0.1:5000/app", "localhost/app", "r.example.com:5000/a/b_c"],
    )
    def test_repositories_are_accepted_with_and_without_a_host(self, repository: str) -> None:
        assert load({"app": {"repository": repository}}).app.repository == repository

    @pytest.mark.parametrize("registry", ["docker.io", "127.0.0.1:5000", "r.example.com/mirror/hub"])
    def test_registries_are_accepted_with_port_and_path(self, registry: str) -> None:
        assert load({"registry": registry}).registry == registry

    @pytest.mark.parametrize("host", ["unix:///var/run/docker.sock", "tcp://10.0.0.1:2376", "ssh://me@docker1"])
    def test_engines_are_named_by_url(self, host: str) -> None:
        assert load({"engine": {"host": host}}).engine.host == host


class TestTheEnvironment:
    def test_registry_goes_before_the_stack_file(self) -> None:
        settings = load({"registry": "docker.io"}, environment={"KTR_REGISTRY": "127.0.0.1:5000"})
        assert settings.registry == "127.0.0.1:5000"

    def test_an_empty_registry_leaves_the_stack_file_alone(self) -> None:
        assert load({"registry": "r.example.com"}, environment={"KTR_REGISTRY": ""}).registry == "r.example.com"

    def test_a_fault_in_it_is_told_by_the_variables_name(self) -> None:
        (fault,) = faults_of({}, environment={"KTR_REGISTRY": "https://r"})
        assert (fault.key, fault.example) == ("KTR_REGISTRY", "KTR_REGISTRY=docker.io")

    def test_names_another_lock_file(self) -> None:
        assert load({}, environment={"KTR_IMAGES_LOCK": "/tmp/lock.json"}).lock_file == Path("/tmp/lock.json")  # noqa: S108 (a name)

    def test_without_it_the_lock_file_lies_beside_the_program(self) -> None:
        assert load({}).lock_file == Path("images.lock.json")


class TestSizes:
    @pytest.mark.parametrize(("text", "size"), [("1k", 1024), ("512m", 512 * 1024**2), ("2G", 2 * 1024**3)])
    def test_are_powers_of_1024(self, text: str, size: int) -> None:
        assert parse_size(text) == size

    @pytest.mark.parametrize(
        ("size", "text"), [(2048, "2k"), (1024**2, "1m"), (1536 * 1024**2, "1536m"), (1024**3, "1g")]
    )
    def test_are_written_in_the_largest_whole_unit(self, size: int, text: str) -> None:
        assert format_size(size) == text


def test_the_reference_of_all_settings_is_what_the_settings_say() -> None:
    """`make docs` writes it anew."""
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == reference()


def test_the_message_spells_values_as_the_stack_file_does() -> None:
    fault = Fault(key="ktr:data.protect", value=None, rule="a rule", example="an example")
    assert str(fault) == "ktr:data.protect = null\n     rule:    a rule\n     example: an example"
