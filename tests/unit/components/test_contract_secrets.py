"""No secret outside encrypted state and secret volumes, and each only where it is needed."""

import json
import re

from components.postgres import Role
from components.secrets import redis_password_hash, scram_verifier
from tests.support.containers import (
    CONTAINER,
    containers,
    delivered_files,
    environment,
    readable_files,
    readable_paths,
    started,
)
from tests.support.platform import RECEIVER_SECRETS, Run
from tests.support.recording import Program, Resource, Secret, secret_value, texts

PASSWORD = "random:index/randomPassword:RandomPassword"
NEEDED = {
    "alertmanager": set(),
    "alloy": {"log-pseudonym-key"},
    "blackbox-exporter": set(),
    "edge-exporter": set(),
    "engine-exporter": set(),
    "engine-proxy": set(),
    "grafana": {"grafana-admin-password", "grafana-secret-key"},
    "loki": set(),
    "nginx": set(),
    "node-exporter": set(),
    "postgres": {"postgres-superuser"},
    "postgres-exporter": {"postgres-monitor"},
    "postgres-roles": set(),
    "prometheus": set(),
    "redis": {"redis-monitor"},
    "redis-exporter": {"redis-monitor"},
    "app-migrate": {"postgres-migrate"},
    "app": {"postgres-app", "redis-app", "app-secret-key", "app-jwt-secret", "app-admin-password"},
}
"""Generated passwords by what reads them; of the rest Postgres and Redis only get what they compare with."""


def passwords(program: Program) -> dict[str, str]:
    """Value by name, as the recorder handed them out."""
    return {item.name.removeprefix("secrets-"): secret_value(item.name) for item in program.of_type(PASSWORD)}


def role_of(container: Resource) -> str:
    """`app-blue-2`, `app-green-1` and `app-worker` are `app`; migrations are `app-migrate`."""
    return re.sub(r"^app-(blue|green|worker)(-\d+)?", "app", container.name)


def derived_secrets(program: Program) -> list[str]:
    """What is computed from secrets and is worth guarding too."""
    values = passwords(program)
    verifiers = [scram_verifier(values[role.secret], role) for role in Role]
    hashes = [redis_password_hash(values[name]) for name in ("redis-app", "redis-monitor")]
    return [*verifiers, *hashes, "PRIVATE KEY-----", *RECEIVER_SECRETS]


def holds(text: str, secrets: list[str]) -> bool:
    return any(secret in text for secret in secrets)


class TestNoSecretLeaks:
    def test_secrets_reach_pulumi_marked_as_secrets_only(self, run: Run) -> None:
        secrets = [*passwords(run.program).values(), *derived_secrets(run.program)]
        registered = {item.urn: dict(item.inputs) for item in run.program.resources}
        everything = {**registered, **run.program.component_outputs, "outputs": run.program.outputs}
        leaks = [
            urn
            for urn, values in everything.items()
            if any(holds(text, secrets) and not marked for text, marked in texts(values))
        ]
        assert leaks == []

    def test_secrets_appear_in_uploaded_files_only(self, run: Run) -> None:
        secrets = [*passwords(run.program).values(), *derived_secrets(run.program)]
        elsewhere = [
            (item.name, key)
            for item in run.program.resources
            for key, value in item.inputs.items()
            if key != "uploads" and any(holds(text, secrets) for text, _ in texts(value))
        ]
        assert elsewhere == []

    def test_uploads_appear_on_containers_that_are_never_started_only(self, run: Run) -> None:
        assert [item.name for item in started(run.program) if item.plain("uploads")] == []

    def test_a_variable_that_sounds_secret_names_a_file(self, run: Run) -> None:
        sounding = re.compile(r"PASSWORD|SECRET|KEY|TOKEN|CREDENTIAL", re.IGNORECASE)
        said = [
            (item.name, name)
            for item in containers(run.program)
            for name, value in environment(item).items()
            if sounding.search(name) and not (name.endswith("_FILE") and value.startswith("/run/secrets/"))
        ]
        assert said == []

    def test_every_file_that_a_variable_names_is_there(self, run: Run) -> None:
        missing = []
        for item in started(run.program):
            there = set(readable_paths(run.program, item))
            named = {value for name, value in environment(item).items() if name.endswith("_FILE")}
            missing += [(item.name, path) for path in sorted(named - there)]
        assert missing == []

    def test_passwords_are_long_and_need_no_quotes(self, run: Run) -> None:
        generated = run.program.of_type(PASSWORD)
        weak = [item.name for item in generated if item.plain("length") < 25 or item.plain("special") is not False]
        assert weak == []

    def test_outputs_give_passwords_as_secrets(self, run: Run) -> None:
        outputs = run.program.outputs
        given = [outputs["login"]["password"], *outputs["postgres"]["accounts"].values()]
        given += outputs["redis"]["accounts"].values()
        given += [outputs["login"]["grafana"]["password"]] if run.settings.monitoring.shows else []
        assert [value for value in given if not isinstance(value, Secret)] == []


class TestEachSecretWhereItIsNeeded:
    def test_only_alertmanager_reads_where_people_are_told(self, run: Run) -> None:
        readers = {
            item.name
            for item in started(run.program)
            for file in readable_files(run.program, item)
            if holds(file.text, list(RECEIVER_SECRETS))
        }
        assert readers == ({"alertmanager"} if run.settings.monitoring.receivers.anybody else set())

    def test_a_container_reads_the_passwords_that_it_needs_and_no_other(self, run: Run) -> None:
        values = passwords(run.program)
        read = {
            item.name: {
                name
                for name, value in values.items()
                for file in readable_files(run.program, item)
                if value in file.text
            }
            for item in started(run.program)
        }
        assert read == {item.name: NEEDED[role_of(item)] for item in started(run.program)}

    def test_no_password_is_generated_in_vain(self, run: Run) -> None:
        handed_out = json.dumps(run.program.outputs, default=str) + "".join(
            file.text for file in delivered_files(run.program)
        )
        values = passwords(run.program)
        verified = {role.secret for role in Role if scram_verifier(values[role.secret], role) in handed_out}
        used_by_its_hash = {*verified, "tls-seed"}
        unused = [name for name, value in values.items() if value not in handed_out and name not in used_by_its_hash]
        assert unused == []

    def test_only_the_edge_reads_the_private_key(self, run: Run) -> None:
        readers = {
            item.name
            for item in started(run.program)
            for file in readable_files(run.program, item)
            if "PRIVATE KEY-----" in file.text
        }
        with_tls = run.settings.edge.https_port is not None
        assert readers == ({"nginx"} if with_tls else set())

    def test_only_the_roles_job_reads_what_the_database_stores(self, run: Run) -> None:
        readers = {
            item.name
            for item in started(run.program)
            for file in readable_files(run.program, item)
            if "SCRAM-SHA-256$" in file.text
        }
        assert readers == {"postgres-roles"}

    def test_one_volume_holds_secrets_or_configuration(self, run: Run) -> None:
        kinds: dict[str, set[bool]] = {}
        for file in delivered_files(run.program):
            kinds.setdefault(file.volume, set()).add(isinstance(file.content, Secret))
        assert {volume for volume, marks in kinds.items() if len(marks) > 1} == set()

    def test_configuration_is_no_secret_so_that_a_preview_shows_what_changes(self, run: Run) -> None:
        hidden = [
            file.name
            for file in delivered_files(run.program)
            if file.name.endswith((".conf", ".html")) and isinstance(file.content, Secret)
        ]
        assert hidden == []

    def test_delivered_files_can_be_written_by_nobody(self, run: Run) -> None:
        modes = [upload["permissions"] for item in containers(run.program) for upload in item.plain("uploads") or []]
        assert set(modes) == {"0444"}


def test_the_names_of_the_secrets_are_found_on_their_own(run: Run) -> None:
    """Otherwise one password inside another would make the tests above accept or accuse the wrong one."""
    values = list(passwords(run.program).values())
    inside = [(one, other) for one in values for other in values if one != other and one in other]
    assert inside == []
    assert {item.type for item in run.program.resources} >= {CONTAINER, PASSWORD}
