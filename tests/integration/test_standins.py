"""The contract of the public images, which the stand-ins honour too: whichever the registry holds has to pass."""

import io
import tarfile

import pytest
from docker.errors import ImageNotFound

from components.images import CATALOGUE
from tests.integration.harness.engine_view import EngineView
from tests.integration.harness.requirements import image_source
from tests.integration.harness.throwaway import run_once, running, wait_for_log

STANDIN_LABEL = "ktr.io/standin"
USERS = {"nginx": ("nginx", "101"), "postgres": ("postgres", "999"), "redis": ("redis", "999")}


@pytest.fixture(scope="module")
def images(view: EngineView) -> dict[str, str]:
    """Image id by catalogue key, pulled as the program pulls them."""
    source = image_source()
    return {key: _image(view, source.reference(key)) for key in CATALOGUE if source.has(key)}


def _image(view: EngineView, reference: str) -> str:
    try:
        image = view.client.images.get(reference)
    except ImageNotFound:
        image = view.client.images.pull(reference)
    return str(image.id)


def _tar(name: str, content: str, mode: int = 0o644) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = len(content.encode()), mode
        archive.addfile(entry, io.BytesIO(content.encode()))
    return stream.getvalue()


def test_a_stand_in_says_that_it_is_one(view: EngineView, images: dict[str, str]) -> None:
    for key, image in images.items():
        labels = view.api.inspect_image(image)["Config"]["Labels"] or {}
        if STANDIN_LABEL in labels:
            assert CATALOGUE[key].name in labels["org.opencontainers.image.title"], "it names what it stands in for"
            assert labels[STANDIN_LABEL] == "true"


def test_all_images_are_of_one_kind(view: EngineView, images: dict[str, str]) -> None:
    labels = [view.api.inspect_image(image)["Config"]["Labels"] or {} for image in images.values()]
    kinds = {STANDIN_LABEL in of_image for of_image in labels}
    assert len(kinds) == 1, "a registry holds stand-ins or the public images, not both"


@pytest.mark.parametrize("key", sorted(USERS))
def test_the_service_has_its_known_user(view: EngineView, images: dict[str, str], key: str) -> None:
    name, uid = USERS[key]
    assert run_once(view, images[key], ["id", "-u", name], entrypoint="").output.split() == [uid]


class TestPostgres:
    def test_it_refuses_to_start_without_a_password(self, view: EngineView, images: dict[str, str]) -> None:
        refused = run_once(view, images["postgres"], [])
        assert refused.code != 0
        assert "superuser password is not specified" in refused.output

    def test_it_refuses_a_password_given_twice(self, view: EngineView, images: dict[str, str]) -> None:
        both = {"POSTGRES_PASSWORD": "one", "POSTGRES_PASSWORD_FILE": "/etc/hostname"}
        refused = run_once(view, images["postgres"], [], both)
        assert refused.code != 0
        assert "exclusive" in refused.output

    def test_the_first_start_runs_the_files_of_initdb(self, view: EngineView, images: dict[str, str]) -> None:
        files = {"/docker-entrypoint-initdb.d": _tar("10-probe.sql", "create table probe as select 42 as answer;")}
        environment = {"POSTGRES_PASSWORD": "a-password", "POSTGRES_DB": "ktr"}
        with running(view, images["postgres"], [], environment, files) as container:
            wait_for_log(container, "PostgreSQL init process complete")
            query = "until psql -U postgres -d ktr -Atc 'select answer from probe'; do sleep 0.2; done"
            answer = view.run_in(container, ["timeout", "20", "sh", "-c", query], user="postgres")
            assert "42" in answer.output.split()
            owner = view.shell(container, "stat -c %u /var/lib/postgresql/data; stat -c %u /proc/1").output
            assert owner.split() == ["999", "999"]

    def test_it_is_version_15_and_finds_its_tools_on_path(self, view: EngineView, images: dict[str, str]) -> None:
        tools = "postgres --version && command -v initdb pg_ctl pg_isready pg_basebackup pg_dump pg_amcheck"
        found = run_once(view, images["postgres"], ["sh", "-c", tools])
        assert found.code == 0, found.output
        assert "(PostgreSQL) 15." in found.output

    def test_it_stops_fast_on_its_stop_signal(self, view: EngineView, images: dict[str, str]) -> None:
        assert view.api.inspect_image(images["postgres"])["Config"]["StopSignal"] == "SIGINT"


class TestNginx:
    def test_its_configuration_is_valid(self, view: EngineView, images: dict[str, str]) -> None:
        checked = run_once(view, images["nginx"], ["nginx", "-t"])
        assert checked.code == 0, checked.output
        assert "test is successful" in checked.output

    def test_scripts_of_the_entrypoint_run_before_it_starts(self, view: EngineView, images: dict[str, str]) -> None:
        files = {"/docker-entrypoint.d": _tar("90-probe.sh", "#!/bin/sh\necho a-script-ran\n", 0o755)}
        with running(view, images["nginx"], ["nginx", "-t"], None, files) as container:
            wait_for_log(container, "a-script-ran")

    def test_it_logs_to_the_containers_output(self, view: EngineView, images: dict[str, str]) -> None:
        links = run_once(view, images["nginx"], ["readlink", "/var/log/nginx/access.log", "/var/log/nginx/error.log"])
        assert links.output.split() == ["/dev/stdout", "/dev/stderr"]

    def test_it_can_check_its_own_health(self, view: EngineView, images: dict[str, str]) -> None:
        assert run_once(view, images["nginx"], ["curl", "--version"]).code == 0

    def test_it_ends_its_connections_on_its_stop_signal(self, view: EngineView, images: dict[str, str]) -> None:
        assert view.api.inspect_image(images["nginx"])["Config"]["StopSignal"] == "SIGQUIT"


class TestRedis:
    def test_bare_options_start_the_server_as_its_own_user(self, view: EngineView, images: dict[str, str]) -> None:
        with running(view, images["redis"], ["--port", "7777"]) as container:
            wait_for_log(container, "Ready to accept connections")
            assert view.shell(container, "redis-cli -p 7777 ping; stat -c %u /proc/1").output.split() == ["PONG", "999"]

    def test_it_is_version_7(self, view: EngineView, images: dict[str, str]) -> None:
        assert "v=7." in run_once(view, images["redis"], ["redis-server", "--version"]).output

    def test_its_data_directory_is_a_volume(self, view: EngineView, images: dict[str, str]) -> None:
        config = view.api.inspect_image(images["redis"])["Config"]
        assert "/data" in config["Volumes"]
        assert config["WorkingDir"] == "/data"


class TestPython:
    def test_it_is_python_3_11_with_pip_and_venv(self, view: EngineView, images: dict[str, str]) -> None:
        script = "python --version && python3 -m pip --version && python3 -m venv --without-pip /tmp/probe"
        found = run_once(view, images["python"], ["sh", "-c", script])
        assert found.code == 0, found.output
        assert "Python 3.11." in found.output

    def test_it_speaks_tls_and_knows_the_authorities(self, view: EngineView, images: dict[str, str]) -> None:
        script = "import ssl, sqlite3, zlib, lzma, bz2, ctypes; print(len(ssl.create_default_context().get_ca_certs()))"
        assert int(run_once(view, images["python"], ["python", "-c", script]).output) > 50

    def test_no_compiler_is_left_in_it(self, view: EngineView, images: dict[str, str]) -> None:
        found = run_once(view, images["python"], ["sh", "-c", "command -v gcc cc make; true"])
        assert found.output.strip() == ""
