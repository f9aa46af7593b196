from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from pydantic import ValidationError

from ktr_app.cli import COMMANDS, main
from ktr_app.health import healthy
from ktr_app.health import main as health
from ktr_app.logs import hide_secrets
from ktr_app.metrics import Metrics
from ktr_app.metrics_server import MetricsServer
from ktr_app.readiness import Readiness
from ktr_app.secret_file import SecretError, read_secret
from ktr_app.services import Services
from ktr_app.settings import Settings, SettingsError, load_settings


def test_a_complete_environment_gives_settings_with_defaults(environment: Path) -> None:
    settings = load_settings()
    assert (settings.ktr_port, settings.ktr_metrics_port, settings.admin_user) == (8501, 9102, "admin")
    assert "the secret_key" not in repr(settings)


def test_all_faults_are_told_at_once(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDIS_HOST")
    monkeypatch.delenv("SECRET_KEY_FILE")
    monkeypatch.setenv("KTR_PORT", "99999")
    monkeypatch.setenv("KTR_COLOUR", "red")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    lines = str(caught.value).splitlines()
    assert len(lines) == 5
    for part in (
        "REDIS_HOST is not set",
        "SECRET_KEY_FILE=/run/secrets",
        "KTR_PORT='99999'",
        "'blue' or 'green'",
    ):
        assert part in str(caught.value)


def test_settings_do_not_change(environment: Path) -> None:
    with pytest.raises(ValidationError):
        load_settings().ktr_port = 1


def test_a_wrong_environment_ends_the_command_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    assert main(["migrate"]) == 2
    assert "DATABASE_HOST is not set" in capsys.readouterr().err


def test_a_secret_is_read_without_its_line_end_and_anew(tmp_path: Path) -> None:
    file = tmp_path / "s"
    file.write_text("one\r\n")
    assert read_secret(file) == "one"
    file.write_text("two")
    assert read_secret(file) == "two"


@pytest.mark.parametrize("content", [None, "\n"])
def test_a_missing_or_empty_secret_names_its_file(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "s"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SecretError, match=str(file)):
        read_secret(file)


def test_secrets_are_blanked_in_log_lines() -> None:
    assert hide_secrets(None, "info", {"event": "x", "db_password": "p"}) == {
        "event": "x",
        "db_password": "[hidden]",
    }


@pytest.mark.parametrize(("status", "good"), [(200, True), (503, False)])
def test_the_health_check_tells_a_good_answer_from_a_bad_one(status: int, good: bool) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/_stcore/health" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        assert healthy(server.server_port) is good
        server.shutdown()
    assert not healthy(server.server_port, seconds=0.2)


def test_the_health_check_of_the_worker_asks_whether_its_loop_goes_round() -> None:
    going = True
    metrics = Metrics(version="1", colour="blue")
    server = MetricsServer(0, metrics.registry, lambda: {"database": "failed"}, {}, lambda: going)
    server.start()
    environment = {"KTR_METRICS_PORT": str(server.port)}
    try:
        assert health(["worker"], environment) == 0
        assert get(server.port, "/ready")[0] == 503
        going = False
        assert health(["worker"], environment) == 1
    finally:
        server.stop()
    assert health(["worker"], environment) == 1


def test_the_health_check_refuses_what_it_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    assert health(["wrker"], {}) == 2
    assert "Ask for serve or worker" in capsys.readouterr().err


def test_the_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert all(f"    {name} " in told for name in COMMANDS)
    assert set(COMMANDS) == {"serve", "worker", "migrate"}


@pytest.mark.parametrize("arguments", [[], ["run"]])
def test_a_command_that_is_none_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "COMMAND" in capsys.readouterr().err


def test_the_health_check_loads_nothing_heavy() -> None:
    heavy = {"streamlit", "polars", "sqlalchemy", "redis"}
    code = f"import sys, ktr_app.health; print(sorted({heavy} & set(sys.modules)))"
    src = Path(__file__).parent.parent / "src"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": str(src)}
    )
    assert done.stdout.strip() == "[]"


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_metrics_and_readiness_are_answered() -> None:
    checks = {"database": "ok", "cache": "ok"}
    metrics = Metrics(version="1", colour="blue")
    metrics.run_finished("p", "failed", 2.0, 7)
    server = MetricsServer(0, metrics.registry, lambda: checks, {"version": "1", "colour": "blue"})
    server.start()
    try:
        _, text = get(server.port, "/metrics")
        for line in (
            'ktr_build_info{colour="blue",version="1"} 1.0',
            'ktr_pipeline_runs_total{pipeline="p",status="failed"} 1.0',
            'ktr_pipeline_rows_total{pipeline="p"} 7.0',
        ):
            assert line in text
        assert get(server.port, "/ready")[0] == 200
        checks["cache"] = "failed: ConnectionError"
        status, body = get(server.port, "/ready")
        assert status == 503
        assert json.loads(body) == {"status": "not ready", "checks": checks, "version": "1", "colour": "blue"}
        assert get(server.port, "/other")[0] == 404
    finally:
        server.stop()


def test_readiness_tells_what_is_missing(parts: Services) -> None:
    checks = parts.readiness.check()
    assert (checks["database"], checks["cache"]) == ("ok", "ok")
    assert checks["migrations"].startswith(("failed", "database is at None"))


def test_readiness_survives_a_dead_cache(parts: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    def dead() -> None:
        raise ConnectionError

    monkeypatch.setattr(parts.readiness._cache, "ping", dead)
    assert parts.readiness.check()["cache"] == "failed: ConnectionError"
    assert isinstance(parts.readiness, Readiness)
