"""docs/settings.md says what the settings are."""

from components.settings.reference import reference
from tests.support.platform import ROOT


def test_the_reference_is_up_to_date() -> None:
    written = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert written == reference(), "run: make docs"


def test_every_section_has_a_table() -> None:
    text = reference()
    for section in ("engine", "build", "edge", "app", "postgres", "redis", "data", "logging", "release"):
        assert f"## ktr:{section}\n" in text
