"""Grafana: what it finds at its first start, where it finds it, and what it lets nobody do."""

import json
import re
from collections.abc import Mapping
from configparser import RawConfigParser
from typing import Any
from unittest import mock

import pytest
import yaml

from components.monitoring.dashboards import dashboard_files
from components.monitoring.dashboards.board import Source
from tests.support.containers import CONTAINER, delivered_files, environment, networks, readable_paths
from tests.support.platform import VARIANTS, Run, run_deploy, run_of, stack_settings
from tests.support.recording import Resource

SHOWN = [name for name in VARIANTS if run_of(name).settings.monitoring.shows]
PLAIN = {"monitoring": {"enabled": True}}


@pytest.fixture(params=SHOWN)
def run(request: pytest.FixtureRequest) -> Run:
    return run_of(request.param)


def grafana(run: Run) -> Resource:
    return run.program.named("grafana", CONTAINER)


def readable(run: Run) -> dict[str, str]:
    """Text by path of what Grafana finds."""
    return readable_paths(run.program, grafana(run))


def settings_of(run: Run) -> RawConfigParser:
    """What grafana.ini says."""
    parser = RawConfigParser()
    parser.read_string(readable(run)[environment(grafana(run))["GF_PATHS_CONFIG"]])
    return parser


def provisioned(run: Run, kind: str) -> dict[str, dict[str, Any]]:
    """The entries of a kind by name, where the image has Grafana look for them."""
    (text,) = [text for path, text in readable(run).items() if path.startswith(f"/etc/grafana/provisioning/{kind}/")]
    entries = yaml.safe_load(text)["providers" if kind == "dashboards" else kind]
    assert len({entry["name"] for entry in entries}) == len(entries)
    return {entry["name"]: entry for entry in entries}


def test_there_are_stacks_with_a_grafana() -> None:
    assert {run_of(name).settings.stack for name in SHOWN} == {"dev", "staging", "prod"}


class TestAtTheFirstStart:
    def test_data_sources_are_there_under_the_ids_that_dashboards_name(self, run: Run) -> None:
        found = {(entry["uid"], entry["type"]) for entry in provisioned(run, "datasources").values()}
        wanted = list(Source) if run.settings.monitoring.keeps_logs else [Source.METRICS]
        assert found == {(source.uid, source.value) for source in wanted}

    def test_metrics_are_what_is_asked_first(self, run: Run) -> None:
        first = [name for name, entry in provisioned(run, "datasources").items() if entry.get("isDefault")]
        assert first == ["Prometheus"]

    def test_each_data_source_is_a_container_on_a_network_of_both(self, run: Run) -> None:
        for entry in provisioned(run, "datasources").values():
            host, port = entry["url"].removeprefix("http://").split(":")
            assert port == {"prometheus": "9090", "loki": "3100"}[host]
            assert networks(run.program.named(host, CONTAINER)) & networks(grafana(run))

    def test_rates_span_what_prometheus_measures(self, run: Run) -> None:
        span = provisioned(run, "datasources")["Prometheus"]["jsonData"]["timeInterval"]
        assert span == f"{run.settings.monitoring.scrape_interval}s"

    def test_every_dashboard_lies_where_grafana_looks(self, run: Run) -> None:
        folder = provisioned(run, "dashboards")["ktr"]["options"]["path"]
        found = {path: text for path, text in readable(run).items() if path.startswith(f"{folder}/")}
        wanted = dashboard_files(logs=run.settings.monitoring.keeps_logs)
        assert found == {f"{folder}/{name}": text for name, text in wanted.items()}

    def test_people_land_on_a_dashboard_that_is_there(self, run: Run) -> None:
        home = settings_of(run)["dashboards"]["default_home_dashboard_path"]
        assert json.loads(readable(run)[home])["title"] == "Operations"

    def test_secrets_are_files_that_are_there(self, run: Run) -> None:
        named = re.findall(r"\$__file\{(.+)\}", readable(run)[environment(grafana(run))["GF_PATHS_CONFIG"]])
        assert {path.rpartition("/")[2] for path in named} == {"admin-password", "secret-key"}
        assert set(named) <= set(readable(run))


class TestNobody:
    def test_changes_or_deletes_a_dashboard(self, run: Run) -> None:
        provider = provisioned(run, "dashboards")["ktr"]
        assert (provider["allowUiUpdates"], provider["disableDeletion"]) == (False, True)

    def test_changes_a_data_source(self, run: Run) -> None:
        assert {entry["editable"] for entry in provisioned(run, "datasources").values()} == {False}

    @pytest.mark.parametrize(
        ("section", "key"),
        [
            ("auth.anonymous", "enabled"),
            ("auth.basic", "enabled"),
            ("users", "allow_sign_up"),
            ("users", "allow_org_create"),
            ("public_dashboards", "enabled"),
            ("snapshots", "enabled"),
            ("snapshots", "external_enabled"),
            ("metrics", "enabled"),
            ("plugins", "plugin_admin_enabled"),
        ],
    )
    def test_gets_in_by_what_is_not_needed(self, run: Run, section: str, key: str) -> None:
        assert settings_of(run)[section][key] == "false"

    @pytest.mark.parametrize(
        ("section", "key", "value"),
        [
            ("analytics", "reporting_enabled", "false"),
            ("analytics", "check_for_updates", "false"),
            ("analytics", "check_for_plugin_updates", "false"),
            ("news", "news_feed_enabled", "false"),
            ("plugins", "preinstall_disabled", "true"),
            ("security", "disable_gravatar", "true"),
        ],
    )
    def test_outside_hears_of_it(self, run: Run, section: str, key: str, value: str) -> None:
        assert settings_of(run)[section][key] == value


class TestBehindTheEdge:
    def test_it_knows_where_people_find_it(self, run: Run) -> None:
        server = settings_of(run)["server"]
        assert (server["root_url"], server["serve_from_sub_path"]) == (run.program.outputs["urls"]["grafana"], "true")

    def test_its_cookie_is_for_https_where_there_is_https(self, run: Run) -> None:
        tls = run.settings.edge.https_port is not None
        assert settings_of(run)["security"]["cookie_secure"] == str(tls).lower()

    def test_the_edge_reaches_it_by_its_name_on_a_network_of_both(self, run: Run) -> None:
        edge = run.program.named("nginx", CONTAINER)
        (shared,) = networks(edge) & networks(grafana(run))
        aliases = {joined["name"]: joined["aliases"] for joined in grafana(run).plain("networksAdvanced")}
        config = [file.text for file in delivered_files(run.program) if file.name == "nginx.conf"]
        assert any(
            f"set $grafana {name}:{settings_of(run)['server']['http_port']};" in text
            for name in aliases[shared]
            for text in config
        )

    def test_its_health_check_asks_below_its_path(self, run: Run) -> None:
        command = grafana(run).plain("healthcheck")["tests"]
        assert command[-1] == "http://127.0.0.1:3000/grafana/api/health"


def grafana_with(monitoring: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, Any]:
    with mock.patch("components.monitoring.grafana.dashboard_files", return_value=files):
        return dict(grafana(run_deploy(stack_settings("dev", {"monitoring": monitoring}))).inputs)


def test_a_changed_dashboard_replaces_no_container() -> None:
    before, after = (grafana_with(PLAIN["monitoring"], {"operations.json": text}) for text in ("{}", '{"a": 1}'))
    assert before == after


def test_what_is_read_at_the_start_replaces_the_container() -> None:
    before, after = (grafana_with({"enabled": True, "scrapeInterval": span}, {}) for span in (15, 30))
    assert before["labels"] != after["labels"]
    assert {key for key in before if before[key] != after[key]} == {"labels"}
