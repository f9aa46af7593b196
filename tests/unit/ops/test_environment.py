"""What `ktr env` exports."""

import subprocess
from pathlib import Path

import pytest

from ops.environment import exports, path_entries, shell_script
from ops.paths import Paths
from ops.pulumi_cli import Toolchain
from ops.registry import Registry

PATHS = Paths(checkout=Path("/src/it's here"), state=Path("/state dir"), cache=Path("/cache"))
TOOLCHAIN = Toolchain(cli=Path("/cache/toolchain/bin/pulumi"), home=Path("/cache/toolchain"), version="3.259.0")
HUB = Registry(host="docker.io", standins=False)
LOCAL = Registry(host="127.0.0.1:5000", standins=True)
SOCKET = "unix:///var/run/docker.sock"


def test_the_file_backend_is_the_state_directory() -> None:
    values = exports(PATHS, TOOLCHAIN, HUB, SOCKET, {"PULUMI_BACKEND_URL": "file:///elsewhere"})
    assert values["PULUMI_BACKEND_URL"] == "file:///state dir?metadata=skip"
    assert values["PULUMI_CONFIG_PASSPHRASE_FILE"] == "/state dir/passphrase"


def test_a_shared_backend_of_the_user_is_kept() -> None:
    values = exports(PATHS, TOOLCHAIN, HUB, SOCKET, {"PULUMI_BACKEND_URL": "s3://team"})
    assert not [name for name in values if "BACKEND" in name or "PASSPHRASE" in name or "FALLBACK" in name]


def test_the_lock_of_the_stand_ins_is_named_only_with_them() -> None:
    assert "KTR_IMAGES_LOCK" not in exports(PATHS, TOOLCHAIN, HUB, SOCKET, {})
    assert exports(PATHS, TOOLCHAIN, LOCAL, SOCKET, {})["KTR_IMAGES_LOCK"] == "/state dir/images.lock.json"


def test_the_engine_is_named_only_where_it_is_not_the_default() -> None:
    assert "DOCKER_HOST" not in exports(PATHS, TOOLCHAIN, HUB, SOCKET, {})
    assert exports(PATHS, TOOLCHAIN, HUB, "ssh://me@host", {})["DOCKER_HOST"] == "ssh://me@host"


def test_the_script_survives_a_shell() -> None:
    exported = shell_script({"A": 'it\'s "quoted" $HOME\nand more'}, path_entries(PATHS, TOOLCHAIN))
    script = f'{exported}\nprintf "%s|%s" "$A" "$PATH"'
    shell = subprocess.run(
        ["/bin/sh", "-c", script], env={"PATH": "/usr/bin"}, capture_output=True, text=True, check=True
    )
    value, path = shell.stdout.split("|")
    assert value == 'it\'s "quoted" $HOME\nand more'
    assert path == "/src/it's here/toolchain/shim:/src/it's here/.venv/bin:/cache/toolchain/bin:/usr/bin"


@pytest.mark.parametrize(
    ("environment", "state", "cache"),
    [
        ({"HOME": "/home/me"}, "/home/me/.local/state/ktr-platform", "/home/me/.cache/ktr-platform"),
        ({"HOME": "/home/me", "XDG_STATE_HOME": "/s", "XDG_CACHE_HOME": "/c"}, "/s/ktr-platform", "/c/ktr-platform"),
        ({"HOME": "/home/me", "KTR_STATE_DIR": "/mine", "KTR_CACHE_DIR": "/fast"}, "/mine", "/fast"),
    ],
)
def test_directories_follow_the_environment(environment: dict[str, str], state: str, cache: str) -> None:
    paths = Paths.of(environment)
    assert (str(paths.state), str(paths.cache)) == (state, cache)


def test_the_passphrase_is_generated_once_and_private(tmp_path: Path) -> None:
    paths = Paths(checkout=tmp_path, state=tmp_path / "state", cache=tmp_path / "cache")
    paths.prepare({})
    first = paths.passphrase.read_text()
    paths.prepare({"PULUMI_CONFIG_PASSPHRASE": "another"})
    assert paths.passphrase.read_text() == first
    assert len(first) >= 32
    assert paths.passphrase.stat().st_mode & 0o777 == 0o600


def test_a_passphrase_that_the_user_has_is_taken(tmp_path: Path) -> None:
    paths = Paths(checkout=tmp_path, state=tmp_path / "state", cache=tmp_path / "cache")
    paths.prepare({"PULUMI_CONFIG_PASSPHRASE": "mine"})
    assert paths.passphrase.read_text() == "mine"
