"""The live slot: nothing replaces it, and what is no change to it shows none."""

from collections.abc import Callable

import pytest

from tests.integration.harness.deployment import Deployment
from tests.integration.harness.engine_view import EngineView
from tests.integration.harness.versions import Versions

pytestmark = pytest.mark.usefixtures("calm")


def test_an_edit_of_the_source_changes_nothing_where_versions_are_named(released: Deployment) -> None:
    source = released.program / "app" / "src" / "ktr_app" / "cli.py"
    before = source.read_text(encoding="utf-8")
    source.write_text(f"{before}# edited\n", encoding="utf-8")
    try:
        assert released.preview() == {}
    finally:
        source.write_text(before, encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "difference"),
    [({}, "label version: "), ({"ktr:app": {"logLevel": "warning"}}, "environment KTR_LOG_LEVEL: DEBUG → WARNING")],
    ids=["another version", "another setting"],
)
def test_a_change_of_the_live_slot_fails_at_preview_and_says_what_and_how_else(
    released: Deployment, view: EngineView, versions: Versions, change: dict[str, dict[str, str]], difference: str
) -> None:
    before, inventory = released.stack_file.read_text(encoding="utf-8"), view.inventory(released.name)
    released.set(change or {"ktr:release": {"blue": versions.make()}})
    try:
        said = released.cli("preview")
        assert said.returncode != 0
        assert "the blue slot is live (100 % of the clients) and must not be replaced" in said.stdout
        assert difference in said.stdout
        assert "ktr release VERSION" in said.stdout
        assert view.inventory(released.name) == inventory
    finally:
        released.stack_file.write_text(before, encoding="utf-8")
        released.reload()


def test_the_idle_slot_changes_without_the_live_one(released: Deployment, view: EngineView, versions: Versions) -> None:
    live = view.service(released.name, "app-blue-1").id
    idle = view.service(released.name, "app-green-1").id
    released.set({"ktr:release": {"green": versions.make()}})
    released.up()
    assert view.service(released.name, "app-blue-1").id == live
    assert view.service(released.name, "app-green-1").id != idle


def test_one_update_switches_and_then_changes_the_slot_that_traffic_has_left(
    released: Deployment, versions: Versions, calm: Callable[[], None]
) -> None:
    former = released.config["ktr:release"]["blue"]
    released.set({"ktr:release": {"active": "green", "blue": versions.make(), "drainSeconds": 0}})
    released.up()
    assert released.outputs["release"]["active"] == "green"
    assert released.preview() == {}
    released.set({"ktr:release": {"blue": former}})
    released.up()
    calm()


def test_an_idle_slot_that_is_not_kept_goes_and_comes_back(released: Deployment, view: EngineView) -> None:
    released.set({"ktr:release": {"keepIdle": False}})
    released.up()
    assert {container.name for container in view.services(released.name) if "green" in str(container.name)} == set()
    assert released.preview() == {}
    released.set({"ktr:release": {"keepIdle": True}})
    released.up()
    assert view.unhealthy(released.name) == []


def test_drift_of_the_routing_shows_after_a_refresh_and_is_mended(released: Deployment, view: EngineView) -> None:
    nginx = view.service(released.name, "nginx")
    nginx.exec_run(["sh", "-c", "for n in $(seq 0 49); do : > /state/current/green/$n; done"], user="0")
    released.refresh()
    assert released.preview() == {"update": 1}
    released.up()
    released.refresh()
    assert released.preview() == {}
