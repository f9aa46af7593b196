"""The `ktr` command at work on a real stack: what an operator does, and what they get to see."""

import pytest

from components.traffic import Edge
from tests.integration.harness.clients import edge_session
from tests.integration.harness.deployment import Deployment
from tests.integration.harness.engine_view import EngineView
from tests.integration.harness.ktr_command import KtrCommand
from tests.integration.harness.releases import present
from tests.integration.harness.versions import Fault, Versions
from tests.load import LoadRun

pytestmark = pytest.mark.usefixtures("calm")


def test_a_release_goes_step_by_step_and_is_remembered(
    released: Deployment, ktr: KtrCommand, versions: Versions, edge: Edge
) -> None:
    version = versions.make()
    with LoadRun(released.url, rate=100, sockets=10, max_seconds=300) as load:
        code, output = ktr.run(
            "release", version, "--stack", released.name, "--canary", "10,50,100", "--watch", "3s", "--yes"
        )
    released.reload()
    assert code == 0, output
    assert not load.report.faulty, load.report.brief()
    for step in (f"1/4 deploy {version} to green", "2/4 canary: 10 %", "3/4 canary: 50 %", "4/4 switch: all traffic"):
        assert step in output
    assert "Expected downtime: none" in output
    assert str(present(edge)) == "blue 0 %, green 100 %"
    latest = ktr.json("history", released.name)[0]
    assert (latest["what"], latest["outcome"], latest["failed"]) == ("release", "done", 0)
    assert latest["after"] == f"green {version}"
    assert latest["requests"] > 100
    assert released.preview() == {}


def test_a_release_that_fails_its_clients_is_taken_back_by_itself(
    released: Deployment, ktr: KtrCommand, versions: Versions, edge: Edge
) -> None:
    version = versions.make(Fault.FAILS_FOR_SOME)
    with LoadRun(released.url, rate=100, sockets=0, max_seconds=300) as load:
        code, output = ktr.run("release", version, "--stack", released.name, "--watch", "60s", "--yes")
    released.reload()
    assert code == 1, output
    assert "Alarm" in output
    assert str(present(edge)) == "blue 100 %, green 0 %"
    latest = ktr.json("history", released.name)[0]
    assert latest["outcome"] == "rolled back"
    assert latest["failed"] > 0
    assert "requests failed" in latest["detail"]
    assert {failed.slot for failed in load.report.failed_requests} == {"green"}, "the fault's own requests only"
    assert ktr.json("status", released.name)["drift"] == []


def test_a_version_that_never_gets_ready_gets_no_client_and_its_slot_is_as_before(
    released: Deployment, ktr: KtrCommand, versions: Versions
) -> None:
    before = released.config["ktr:release"]
    with LoadRun(released.url, rate=100, sockets=5, max_seconds=300) as load:
        code, output = ktr.run("release", versions.make(Fault.NEVER_READY), "--stack", released.name, "--yes")
    released.reload()
    assert code == 1
    assert "green is not fit for traffic" in output
    assert "/ready answers 503" in output
    assert not load.report.faulty, load.report.brief()
    assert load.report.whole.slots.keys() == {"blue"}
    assert ktr.json("history", released.name)[0]["outcome"] == "failed"
    assert released.config["ktr:release"] == before
    assert released.preview() == {}


def test_status_shows_what_the_edge_does(released: Deployment, ktr: KtrCommand) -> None:
    status = ktr.json("status", released.name)
    slots = {slot["colour"]: slot for slot in status["slots"]}
    assert (slots["blue"]["share"], slots["blue"]["live"]) == (100, True)
    assert (slots["green"]["share"], slots["green"]["live"]) == (0, False)
    assert slots["blue"]["version"] == released.config["ktr:release"]["blue"]
    assert [replica["state"] for slot in slots.values() for replica in slot["replicas"]] == ["healthy", "healthy"]
    assert status["drift"] == []


def test_status_tells_drift_and_fails(released: Deployment, ktr: KtrCommand, view: EngineView) -> None:
    view.service(released.name, "nginx").exec_run(["sh", "-c", ": > /state/current/green/0"], user="0")
    code, output = ktr.run("status", released.name)
    assert code == 1
    assert "the settings say blue 100 %, green 0 % with blue live; the edge has blue 99 %, green 1 %" in output
    released.refresh()


def test_maintenance_shows_a_notice_that_ends(released: Deployment, ktr: KtrCommand) -> None:
    assert ktr.run("maintenance", "on", "--stack", released.name)[0] == 0
    try:
        with edge_session() as session:
            answer = session.get(f"{released.url}/", timeout=5)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "30"
        assert "We are working on the platform" in answer.text
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert ktr.json("status", released.name)["maintenance"] is True
        code, output = ktr.run("switch", "green", "--stack", released.name, "--yes")
        assert code == 0, output
    finally:
        assert ktr.run("maintenance", "off", "--stack", released.name)[0] == 0
        released.reload()
    with edge_session() as session:
        assert session.get(f"{released.url}/_stcore/health", timeout=5).headers["X-KTR-Colour"] == "green"


def test_two_releases_do_not_interleave(released: Deployment, ktr: KtrCommand, versions: Versions) -> None:
    first = ktr.start("release", versions.make(), "--stack", released.name, "--watch", "20s", "--yes")
    try:
        assert first.stdout
        # Its first step has begun, so it holds the lock.
        while "1/2" not in (line := first.stdout.readline()):
            assert line, "the first release ended early"
        code, output = ktr.run("switch", "green", "--stack", released.name, "--yes")
        assert code == 1
        assert f"stack {released.name} is being changed: release of" in output
        assert f"ktr unlock {released.name}" in output
    finally:
        rest, _ = first.communicate()
        released.reload()
    assert first.returncode == 0, rest


def test_a_lock_whose_holder_was_killed_is_taken_over(
    released: Deployment, ktr: KtrCommand, versions: Versions, view: EngineView
) -> None:
    killed = ktr.start("release", versions.make(), "--stack", released.name, "--yes")
    assert killed.stdout
    while "1/2" not in (line := killed.stdout.readline()):
        assert line, "the release ended early"
    killed.kill()
    killed.communicate()
    assert [one.name for one in view.containers(released.name) if str(one.name).endswith("release-lock")]
    released.reload()
    code, output = ktr.run("release", versions.make(), "--stack", released.name, "--watch", "0", "--yes")
    released.reload()
    assert code == 0, output
    assert ktr.run("unlock", released.name)[1].endswith(f"Nobody holds the lock of stack {released.name}.\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["release", "1.0", "--canary", "50,10"], "canary steps 50, 10 are not percentages that grow"),
        (["release", "1.0", "--canary", "a"], "--canary 'a' is no list of percentages"),
        (["release", "1.0", "--watch", "soon"], "--watch 'soon' is no duration"),
        (["switch", "blue"], "blue is live already"),
        (["rollback"], "Go ahead? Nobody is there to answer"),
    ],
)
def test_bad_input_is_told_and_changes_nothing(
    released: Deployment, ktr: KtrCommand, edge: Edge, arguments: list[str], message: str
) -> None:
    before, settings = edge.routing(), released.stack_file.read_text(encoding="utf-8")
    code, output = ktr.run(*arguments, "--stack", released.name)
    assert code == 1
    assert message in output
    assert edge.routing() == before
    assert released.stack_file.read_text(encoding="utf-8") == settings
