"""Progress: counts, what is being done, and errors in clear."""

import pytest
from pulumi.automation import EngineEvent

from ops.console import Step, elapsed
from ops.progress import Progress, essence
from ops.pulumi_cli import parse_version

URN = "urn:pulumi:dev::ktr::docker:index/container:Container::{}"


def event(kind: str, **content: object) -> EngineEvent:
    return EngineEvent.from_json({"sequence": 1, "timestamp": 1, kind: content})


def pre(name: str, op: str) -> EngineEvent:
    return event("resourcePreEvent", metadata={"op": op, "urn": URN.format(name), "type": "t", "provider": ""})


def done(name: str) -> EngineEvent:
    return event("resOutputsEvent", metadata={"op": "create", "urn": URN.format(name), "type": "t", "provider": ""})


def error(message: str, urn: str = "") -> EngineEvent:
    return event("diagnosticEvent", message=message, color="never", severity="error", urn=urn)


def progress(*events: EngineEvent, expected: int = 0) -> Progress:
    seen = Progress(Step("deploy"), expected=expected)
    for each in events:
        seen.on_event(each)
    return seen


def test_it_tells_what_is_being_created() -> None:
    assert progress(pre("redis", "create"), pre("nginx", "create"), done("nginx")).describe() == (
        "1 of 2: creating redis"
    )


def test_unchanged_resources_are_counted_but_not_named() -> None:
    assert progress(pre("redis", "same"), expected=58).describe() == "0 of 58"


def test_many_at_once_are_summed_up() -> None:
    assert progress(*(pre(name, "create") for name in "abcde")).describe() == (
        "0 of 5: creating a, creating b, creating c and 2 more"
    )


def test_the_summary_names_what_changed() -> None:
    counts = event("summaryEvent", resourceChanges={"create": 2, "same": 5}, durationSeconds=1, maybeCorrupt=False)
    seen = progress(counts)
    assert seen.summary() == "2 created, 5 unchanged"


def test_an_error_names_its_resource() -> None:
    assert progress(error("no space left", URN.format("redis"))).errors == ["redis: no space left"]


def test_an_error_of_the_program_is_shown_as_it_is() -> None:
    urn = "urn:pulumi:dev::ktr::pulumi:pulumi:Stack::ktr-dev"
    assert progress(error("ktr:edge.domain: bad", urn)).errors == ["ktr:edge.domain: bad"]


def test_repeated_errors_are_shown_once() -> None:
    assert progress(error("broken"), error("broken"), error("update failed")).errors == ["broken"]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("<{%fg 1%}>error:<{%reset%}> broken\n", "error: broken"),
        ("sdk-v2/provider2.go:571: sdk.helper_schema: unhealthy: provider=docker@5.2.0", ""),
        ("1 error occurred:\n\t* creating urn:x: 1 error occurred:\n\t* unhealthy\n\n", "unhealthy"),
        ("plain", "plain"),
    ],
)
def test_messages_are_reduced_to_their_essence(message: str, expected: str) -> None:
    assert essence(message) == expected


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (9.94, "9.9 s"), (12.3, "12 s"), (59.7, "1 min 00 s"), (187, "3 min 07 s")]
)
def test_durations_read_well(seconds: float, text: str) -> None:
    assert elapsed(seconds) == text


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v3.259.0", (3, 259, 0)),
        ("3.200.0-alpha.1+x", (3, 200, 0)),
        ("3.9.12\n", (3, 9, 12)),
        ("dev", None),
        ("", None),
    ],
)
def test_versions_are_compared_as_numbers(text: str, version: tuple[int, int, int] | None) -> None:
    assert parse_version(text) == version
