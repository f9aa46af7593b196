"""The shim decides by the command line alone, and finds the real Pulumi behind it."""

from pathlib import Path

import pytest

from ops.shim.__main__ import find_project, find_pulumi
from ops.shim.arguments import Arguments
from ops.shim.plan import Plan, copies_of, plan


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("up", Plan.WITH_COPY),
        ("up --yes --skip-preview --stack dev", Plan.WITH_COPY),
        ("-C /somewhere --color never preview --diff", Plan.WITH_COPY),
        ("refresh --yes", Plan.WITH_COPY),
        ("destroy", Plan.WITH_COPY),
        ("config", Plan.WITH_COPY),
        ("config --stack dev --show-secrets --json", Plan.WITH_COPY),
        ("config get ktr:app", Plan.WITH_COPY),
        ("config set --secret ktr:token abc", Plan.WITH_COPY),
        ("config set ktr:app abc", Plan.THEN_DROP_SALT),
        ("config set-all --plaintext ktr:a=b", Plan.THEN_DROP_SALT),
        ("config rm ktr:app", Plan.THEN_DROP_SALT),
        ("stack init dev", Plan.THEN_DROP_SALT),
        ("stack select --create dev", Plan.THEN_DROP_SALT),
        ("stack rm dev --yes", Plan.KEEP_TRACKED_FILE),
        ("stack output --json", Plan.AS_IS),
        ("stack", Plan.AS_IS),
        ("version", Plan.AS_IS),
        ("", Plan.AS_IS),
        ("up --config-file mine.yaml", Plan.AS_IS),
        ("up --config-file=mine.yaml", Plan.AS_IS),
        ("up --help", Plan.AS_IS),
    ],
)
def test_the_plan_follows_from_the_command_line(line: str, expected: Plan) -> None:
    assert plan(Arguments.parse(line.split())) is expected


@pytest.mark.parametrize("line", ["up --stack dev", "up --stack=dev", "up -s dev", "up -sdev", "--stack dev up"])
def test_the_stack_is_read_in_every_spelling(line: str) -> None:
    arguments = Arguments.parse(line.split())
    assert (arguments.words, arguments.value("--stack")) == (("up",), "dev")


def test_settings_given_to_up_are_all_read() -> None:
    arguments = Arguments.parse(["up", "-c", "ktr:a=1", "--config", "ktr:b=x=y", "--config=ktr:c=3"])
    assert arguments.values("--config") == ["ktr:a=1", "ktr:b=x=y", "ktr:c=3"]


def test_words_after_two_dashes_are_no_options() -> None:
    assert Arguments.parse(["config", "set", "ktr:a", "--", "-5"]).words == ("config", "set", "ktr:a", "-5")


def test_copies_live_beside_the_state_of_a_file_backend() -> None:
    assert copies_of("file:///home/me/my%20state") == Path("/home/me/my state/config")
    assert copies_of("file:///home/me/state?metadata=skip") == Path("/home/me/state/config")


@pytest.mark.parametrize("backend", ["", "s3://bucket", "https://api.pulumi.com"])
def test_other_backends_are_left_alone(backend: str) -> None:
    assert copies_of(backend) is None


def test_the_real_pulumi_is_the_first_that_is_no_shim(tmp_path: Path) -> None:
    def executable(folder: str, content: str) -> Path:
        file = tmp_path / folder / "pulumi"
        file.parent.mkdir()
        file.write_text(content)
        file.chmod(0o755)
        return file

    shim = executable("shim", "#!/bin/sh\nexec shim\n")
    other_clone = executable("clone", "#!/bin/sh\nexec shim\n")
    real = executable("bin", "ELF")
    path = ":".join(str(file.parent) for file in (shim, other_clone, real))
    assert find_pulumi(path, shim) == str(real)


def test_without_a_real_pulumi_the_shim_says_how_to_get_one(tmp_path: Path) -> None:
    shim = tmp_path / "pulumi"
    shim.write_text("shim")
    with pytest.raises(SystemExit, match="make env"):
        find_pulumi("", shim)


def test_the_project_is_found_upwards(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").touch()
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert find_project(inner) == tmp_path
