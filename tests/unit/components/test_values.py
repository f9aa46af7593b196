"""Small pure functions: names, fingerprints, spellings, templates."""

from pathlib import Path

import jinja2
import pytest

from components.fingerprint import fingerprint
from components.naming import Naming, Purpose
from components.runtime import duration, shortest_decimal
from components.templates import render
from components.workload import LogRotation, Scratch


class TestNaming:
    def test_begins_with_the_platform_and_the_stack(self) -> None:
        assert Naming("prod").resource("app", "blue", "1") == "ktr-prod-app-blue-1"

    def test_tells_the_networks_of_two_stacks_apart(self) -> None:
        names = {
            name for stack in ("dev", "prod") for name in (Naming(stack).platform_network, Naming(stack).data_network)
        }
        assert len(names) == 4

    def test_labels_say_what_a_thing_is_and_whose(self) -> None:
        assert Naming("prod").labels("nginx", Purpose.SERVICE) == {
            "ktr.io/project": "ktr-platform",
            "ktr.io/stack": "prod",
            "ktr.io/component": "nginx",
            "ktr.io/purpose": "service",
        }


class TestFingerprint:
    def test_is_the_same_in_any_order(self) -> None:
        assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})

    @pytest.mark.parametrize("other", [{"a": 2}, {"b": 1}, {"a": "1"}, {"a": 1, "b": None}, {}])
    def test_changes_with_any_key_or_value(self, other: dict[str, object]) -> None:
        assert fingerprint(other) != fingerprint({"a": 1})

    def test_stays_what_it_was(self) -> None:
        """Another way to calculate it would replace every container of every stack."""
        assert fingerprint({"a": 1}) == "f9d86028c6e0"


@pytest.mark.parametrize(
    ("value", "text"), [(1, "1.0"), (0.5, "0.5"), (0.25, "0.25"), (64, "64.0"), (0.1 + 0.2, "0.3"), (1.999, "2.0")]
)
def test_cpus_are_the_shortest_decimal_with_a_point(value: float, text: str) -> None:
    assert shortest_decimal(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(5, "5s"), (59, "59s"), (60, "1m0s"), (90, "1m30s"), (3600, "1h0m0s"), (3661, "1h1m1s")]
)
def test_time_spans_are_spelled_as_go_does(seconds: int, text: str) -> None:
    assert duration(seconds) == text


def test_a_scratch_directory_of_a_user_belongs_to_it() -> None:
    assert Scratch(size=1024, uid=999, mode="0700").options.endswith("size=1024,mode=0700,uid=999,gid=999")


def test_log_files_are_sized_in_whole_megabytes() -> None:
    assert LogRotation(max_size=50 * 1024**2, max_files=10).options == {"max-size": "50m", "max-file": "10"}


class TestTemplates:
    def test_that_name_a_value_nobody_gives_are_an_error(self, tmp_path: Path) -> None:
        template = tmp_path / "a.j2"
        template.write_text("{{ missing }}", encoding="utf-8")
        with pytest.raises(jinja2.UndefinedError):
            render(template)

    def test_keep_quotes_and_the_last_line_break(self, tmp_path: Path) -> None:
        template = tmp_path / "a.j2"
        template.write_text("say {{ word }}\n", encoding="utf-8")
        assert render(template, word="'<hello>'") == "say '<hello>'\n"
