"""Settings: whatever a stack file holds, it is accepted or refused in the project's words."""

import json
import re
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from components.settings import SettingsError, StackSettings
from components.settings.types import format_size, parse_size
from tests.support.strategies import any_config, domains, json_values, keys_of, section_names, stacks


def faults(config: dict[str, str], stack: str = "test") -> list[Any]:
    try:
        StackSettings.load(stack, config, {})
    except SettingsError as error:
        return list(error.faults)
    return []


@given(st.text(max_size=40), any_config)
def test_junk_is_refused_by_settings_error_alone_and_told_in_full(stack: str, config: dict[str, str]) -> None:
    for fault in faults(config, stack):
        assert fault.rule
        assert fault.example
        assert str(fault).startswith(f"{fault.key} = ")


@given(st.text(max_size=20), st.text(max_size=20))
def test_an_unknown_top_level_key_never_passes(name: str, value: str) -> None:
    assume(name not in {*section_names(), "registry"})
    assert f"ktr:{name}" in {fault.key for fault in faults({name: value})}


@given(st.sampled_from(section_names()), st.text(max_size=20), json_values)
def test_an_unknown_key_of_a_section_never_passes(section: str, key: str, value: Any) -> None:
    assume(key not in keys_of(section))
    assert f"ktr:{section}.{key}" in {fault.key for fault in faults({section: json.dumps({key: value})})}


@given(st.text(max_size=20), json_values)
def test_an_unknown_key_two_levels_down_never_passes(key: str, value: Any) -> None:
    assume(key not in {"mode", "certificateFile", "privateKeyFile"})
    found = faults({"edge": json.dumps({"tls": {key: value}})})
    assert f"ktr:edge.tls.{key}" in {fault.key for fault in found}


@given(st.dictionaries(st.sampled_from(section_names()), st.just('{"nope": 1}'), min_size=1))
def test_every_section_with_a_fault_is_told(config: dict[str, str]) -> None:
    assert {fault.key for fault in faults(config)} == {f"ktr:{section}.nope" for section in config}


@given(stacks)
def test_every_well_formed_stack_name_is_accepted(stack: str) -> None:
    assert faults({}, stack) == []


@given(domains)
def test_every_host_name_is_accepted(domain: str) -> None:
    assert faults({"edge": json.dumps({"domain": domain})}) == []


@given(st.text() | st.from_regex(r"[a-zA-Z0-9._:/@ -]{1,40}", fullmatch=True))
def test_what_is_accepted_as_a_name_can_be_written_anywhere_without_quotes(text: str) -> None:
    """Domains end up in nginx.conf, the others in image references and labels."""
    safe = re.compile(r"[A-Za-z0-9._:/-]+")
    section = {"domain": ("edge", "domain"), "repository": ("app", "repository"), "version": ("release", "blue")}
    for group, key in section.values():
        entry = {group: {key: text}}
        others = {"app": {"repository": "a/b"}} if group == "release" else {}
        config = {name: json.dumps(value) for name, value in {**others, **entry}.items()}
        assert faults(config) or safe.fullmatch(text)
    assert faults({"registry": text}) or safe.fullmatch(text)


@given(st.integers(1, 2**40))
def test_a_size_is_read_back_as_it_was_written(kibibytes: int) -> None:
    assert parse_size(format_size(kibibytes * 1024)) == kibibytes * 1024


@given(st.integers(0, 10**6), st.sampled_from("kmgKMG"))
def test_a_size_is_written_no_longer_than_it_was_read(number: int, unit: str) -> None:
    text = f"{number}{unit}"
    assert len(format_size(parse_size(text))) <= len(text)
