"""What waits for what: nothing starts before the files, databases and schemas that it needs."""

import pytest

from components.settings import Colour
from tests.support.containers import (
    CONTAINER,
    everything_before,
    loaders,
    mounted_volumes,
    started,
)
from tests.support.engine import FakeEngine
from tests.support.platform import Run, run_deploy, stack_settings
from tests.support.recording import Resource

TRAFFIC = "pulumi-python:dynamic/index:Traffic"


def before(run: Run, name: str) -> set[str]:
    """Names of the containers that have to be there before the container `name`."""
    found = everything_before(run.program, run.program.named(name, CONTAINER))
    return {item.name for item in run.program.of_type(CONTAINER) if item.urn in found}


def replicas(run: Run, colour: Colour) -> set[str]:
    return {f"app-{colour}-{number}" for number in range(1, run.settings.release.replicas + 1)}


def test_files_are_delivered_before_the_container_that_reads_them(run: Run) -> None:
    early = [
        (item.name, loader.name)
        for item in started(run.program)
        for loader in loaders(run.program)
        if mounted_volumes(item) & mounted_volumes(loader) and loader.urn not in everything_before(run.program, item)
    ]
    assert early == []


def test_roles_are_made_once_the_server_answers(run: Run) -> None:
    assert "postgres" in before(run, "postgres-roles")


def test_each_slot_migrates_once_the_roles_exist(run: Run) -> None:
    late = [colour for colour in run.settings.release.slots if "postgres-roles" in before(run, f"app-{colour}-migrate")]
    assert late == list(run.settings.release.slots)


def test_each_replica_starts_after_its_own_migration_and_the_cache(run: Run) -> None:
    for colour in run.settings.release.slots:
        for replica in replicas(run, colour):
            assert {f"app-{colour}-migrate", "redis"} <= before(run, replica)


def test_every_slot_has_all_its_replicas(run: Run) -> None:
    wanted = {replica for colour in run.settings.release.slots for replica in replicas(run, colour)}
    found = {item.name for item in started(run.program) if item.name.startswith("app-")}
    assert {name for name in found if not name.endswith(("-migrate", "-worker"))} == wanted


def test_the_worker_follows_the_traffic(run: Run) -> None:
    worker = run.program.named("app-worker", CONTAINER)
    assert traffic(run).urn in everything_before(run.program, worker)
    live = run.program.named(f"app-{run.settings.release.active}-1", CONTAINER)
    assert worker.plain("image") == live.plain("image")


def traffic(run: Run) -> Resource:
    return run.program.named("traffic", TRAFFIC)


def test_traffic_moves_when_the_edge_and_the_live_slot_answer(run: Run) -> None:
    found = everything_before(run.program, traffic(run))
    names = {item.name for item in run.program.of_type(CONTAINER) if item.urn in found}
    assert replicas(run, run.settings.release.active) | {"nginx"} <= names


def test_the_edge_starts_beside_the_application(run: Run) -> None:
    assert {name for name in before(run, "nginx") if name.startswith(("app-", "postgres", "redis"))} == set()


def test_an_idle_slot_changes_once_traffic_has_left_it(run: Run) -> None:
    release = run.settings.release
    for colour in [colour for colour in release.slots if not release.shares[colour]]:
        for replica in replicas(run, colour):
            assert traffic(run).urn in everything_before(run.program, run.program.named(replica, CONTAINER))


def test_a_slot_that_serves_changes_before_traffic_moves(run: Run) -> None:
    release = run.settings.release
    for colour in [colour for colour in release.slots if release.shares[colour]]:
        for replica in replicas(run, colour):
            assert traffic(run).urn not in everything_before(run.program, run.program.named(replica, CONTAINER))


@pytest.mark.parametrize("job", ["postgres-roles", "app-blue-migrate"])
def test_a_job_that_failed_runs_again_with_the_next_update(job: str) -> None:
    run = run_deploy(stack_settings("dev"), FakeEngine(retry_markers={f"ktr-dev-{job}": "4f2a"}))
    marked = {
        item.name for item in started(run.program) if {"label": "ktr.io/retry", "value": "4f2a"} in item.plain("labels")
    }
    assert marked == {job}


def test_a_job_that_went_well_carries_no_marker(run: Run) -> None:
    marked = [
        item.name
        for item in started(run.program)
        if any(label["label"] == "ktr.io/retry" for label in item.plain("labels"))
    ]
    assert marked == []
