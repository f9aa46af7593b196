"""The plan of a release: which settings change in which order, decided before anything happens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.settings import ABSENT, SOURCE, Colour, ReleaseSettings
from components.traffic import Routing
from ops.errors import OpsError


@dataclass(frozen=True, kw_only=True)
class Step:
    """One deployment of a release."""

    title: str
    settings: Mapping[str, str]
    """Entries to set before it, by path below `ktr:`."""
    hold: frozenset[Colour]
    """Slots that stay as they are in it."""
    serves: bool = True
    """Whether the candidate has clients after it."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A release from beginning to end."""

    live: Colour
    """The slot that serves now."""
    candidate: Colour
    """The slot that is to serve."""
    version: str
    former: str
    """Version of the live slot."""
    steps: Sequence[Step]
    """The last one is the switch."""
    undo: Step
    """Back from a candidate that had clients: it stays, without traffic, for a closer look."""
    abandon: Step
    """Back from a candidate that never had one: its slot gets what it ran before."""


def plan_release(
    release: ReleaseSettings,
    routing: Routing | None,
    running: Mapping[str, str],
    version: str,
    canary: Sequence[int],
) -> Plan:
    """Plan the release of `version`.

    Args:
        release: settings as they are.
        routing: in force at the edge.
        running: version by colour, as deployed.
        version: what to release: source, a tag, a digest.
        canary: percent of the clients, step by step.

    Raises:
        OpsError: the stack is not in a state to release from, or the canary's steps make no sense.
    """
    live = _settled(release, routing)
    candidate = live.other
    steps = [percent for percent in canary if percent < 100]
    if any(not 0 < percent <= 100 for percent in canary) or sorted(set(canary)) != list(canary):
        raise OpsError(
            f"canary steps {', '.join(map(str, canary))} are not percentages that grow",
            fix="For example: --canary 10,50,100",
        )
    # What is live keeps its image: `source` would follow the working tree.
    former = running.get(live.value, release.versions[live])
    pinned = former if release.versions[live] == SOURCE else release.versions[live]
    start = {
        f"release.{live}": pinned,
        f"release.{candidate}": version,
        "release.active": live.value,
        "release.canaryPercent": "0",
    }
    calm = {"release.active": live.value, "release.canaryPercent": "0"}
    both = frozenset(Colour)
    return Plan(
        live=live,
        candidate=candidate,
        version=version,
        former=former,
        steps=[
            Step(title=f"deploy {version} to {candidate}", settings=start, hold=frozenset({live}), serves=False),
            *(
                Step(
                    title=f"canary: {percent} % of the clients to {candidate}",
                    settings={"release.canaryPercent": str(percent)},
                    hold=both,
                )
                for percent in steps
            ),
            Step(
                title=f"switch: all traffic to {candidate}",
                settings={"release.active": candidate.value, "release.canaryPercent": "0"},
                hold=both,
            ),
        ],
        undo=Step(title=f"back: all traffic to {live}", settings=calm, hold=both),
        abandon=Step(
            title=f"back: {candidate} as before",
            settings={**calm, f"release.{candidate}": release.versions[candidate]},
            hold=frozenset({live}),
            serves=False,
        ),
    )


def plan_switch(release: ReleaseSettings, routing: Routing | None, to: Colour, running: Mapping[str, str]) -> Plan:
    """Plan moving all traffic to a slot that runs already.

    Raises:
        OpsError: it is live already, or there is nothing in it.
    """
    live = _present(routing).live
    if to is live is release.active and _present(routing).share(to) == 100:
        raise OpsError(f"{to} is live already")
    version = running.get(to.value, ABSENT)
    if release.versions[to] == ABSENT or version == ABSENT:
        raise OpsError(
            f"the {to} slot runs nothing, so there is nothing to switch to",
            fix="Release a version to it: ktr release VERSION",
        )
    both = frozenset(Colour)
    settings = {"release.active": to.value, "release.canaryPercent": "0"}
    back = Step(
        title=f"back: all traffic to {live}",
        settings={"release.active": live.value, "release.canaryPercent": "0"},
        hold=both,
    )
    return Plan(
        live=live,
        candidate=to,
        version=version,
        former=running.get(live.value, ABSENT),
        steps=[Step(title=f"switch: all traffic to {to}", settings=settings, hold=both)],
        undo=back,
        abandon=back,
    )


def _settled(release: ReleaseSettings, routing: Routing | None) -> Colour:
    """The live slot, if settings and edge agree about it."""
    live = _present(routing).live
    if live is not release.active:
        raise OpsError(
            f"the settings name {release.active} as the live slot, but the edge says {live}",
            fix=f"Decide for one of them: ktr switch {live}, or ktr switch {release.active}",
        )
    return live


def _present(routing: Routing | None) -> Routing:
    if routing is None:
        raise OpsError("the edge serves nobody yet", fix="Deploy the stack first: make up")
    return routing
