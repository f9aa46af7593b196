"""The application's image: its tag follows what it is built from, and nothing else."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from components import app_image
from components.app_image import build_hash, context_hash, extra_certificates
from components.settings import BuildSettings, Certificates

BASE = "python@sha256:" + 64 * "0"


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """A build context with an ignored folder and an ignored kind of file."""
    folder = tmp_path / "app"
    (folder / "src").mkdir(parents=True)
    (folder / "cache").mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\n", encoding="utf-8")
    (folder / ".dockerignore").write_text("# what builds leave behind\ncache\n\n**/*.pyc\n", encoding="utf-8")
    (folder / "src" / "main.py").write_text("print()\n", encoding="utf-8")
    return folder


CHANGES: dict[str, Callable[[Path], object]] = {
    "content": lambda folder: (folder / "src/main.py").write_text("print(1)\n", encoding="utf-8"),
    "name": lambda folder: (folder / "src/main.py").rename(folder / "src/run.py"),
    "mode": lambda folder: (folder / "src/main.py").chmod(0o755),
    "a new file": lambda folder: (folder / "src/more.py").touch(),
    "a file less": lambda folder: (folder / "src/main.py").unlink(),
    "the Dockerfile": lambda folder: (folder / "Dockerfile").write_text("FROM python\n", encoding="utf-8"),
    "what is ignored": lambda folder: (folder / ".dockerignore").write_text("cache\n", encoding="utf-8"),
}
NO_CHANGES: dict[str, Callable[[Path], object]] = {
    "nothing": lambda _: None,
    "a file in an ignored folder": lambda folder: (folder / "cache/a.bin").touch(),
    "a file of an ignored kind": lambda folder: (folder / "src/main.pyc").touch(),
    "the time of a file": lambda folder: (folder / "src/main.py").touch(),
    "who may read a file": lambda folder: (folder / "src/main.py").chmod(0o600),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_the_hash_changes_with(context: Path, change: Callable[[Path], object]) -> None:
    before = context_hash(context)
    change(context)
    assert context_hash(context) != before


@pytest.mark.parametrize("change", NO_CHANGES.values(), ids=list(NO_CHANGES))
def test_the_hash_does_not_change_with(context: Path, change: Callable[[Path], object]) -> None:
    before = context_hash(context)
    change(context)
    assert context_hash(context) == before


def test_the_tag_is_short_and_valid(context: Path) -> None:
    assert re.fullmatch(r"[0-9a-f]{12}", build_hash(context, BASE, ""))


def test_the_tag_is_the_same_for_the_same_inputs(context: Path) -> None:
    assert build_hash(context, BASE, "CA") == build_hash(context, BASE, "CA")


def test_the_tag_changes_with_the_context(context: Path) -> None:
    before = build_hash(context, BASE, "")
    (context / "src/more.py").touch()
    assert build_hash(context, BASE, "") != before


def test_another_base_image_gives_another_tag(context: Path) -> None:
    assert build_hash(context, BASE, "") != build_hash(context, BASE.replace("0", "1"), "")


def test_other_certificates_give_another_tag(context: Path) -> None:
    assert build_hash(context, BASE, "CA") != build_hash(context, BASE, "")


def test_the_hash_is_the_same_wherever_the_checkout_lies(context: Path, tmp_path: Path) -> None:
    elsewhere = context.rename(tmp_path / "elsewhere")
    before = context_hash(elsewhere)
    assert context_hash(elsewhere.rename(context)) == before


def test_a_context_without_ignored_files_is_hashed_too(context: Path) -> None:
    (context / ".dockerignore").unlink()
    assert context_hash(context)


class TestExtraCertificates:
    @pytest.fixture
    def host(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A host on which an administrator has added two authorities."""
        folder = tmp_path / "ca-certificates"
        (folder / "company").mkdir(parents=True)
        (folder / "b.crt").write_text("B\n\n", encoding="ascii")
        (folder / "company" / "a.crt").write_text("A", encoding="ascii")
        (folder / "readme.txt").write_text("no certificate", encoding="ascii")
        monkeypatch.setattr(app_image, "HOST_CERTIFICATES", (folder, tmp_path / "not-there"))
        return folder

    @pytest.mark.usefixtures("host")
    def test_are_those_added_to_the_host(self) -> None:
        assert extra_certificates(BuildSettings()) == "B\nA\n"

    @pytest.mark.usefixtures("host")
    def test_are_none_where_none_are_wanted(self) -> None:
        assert extra_certificates(BuildSettings(extra_ca_certificates=Certificates.NONE)) == ""

    def test_are_those_of_a_named_file(self, tmp_path: Path) -> None:
        file = tmp_path / "ca.pem"
        file.write_text("\nC\n\n", encoding="ascii")
        assert extra_certificates(BuildSettings(extra_ca_certificates=file)) == "C\n"

    def test_are_none_on_a_host_without_any(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr(app_image, "HOST_CERTIFICATES", (tmp_path / "not-there",))
        assert extra_certificates(BuildSettings()) == ""
