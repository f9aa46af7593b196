"""What `ktr down` removes beside the state: what an interrupted deployment of this very stack made, and no data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import docker
import pytest
from docker.errors import APIError, NotFound

from ops.engine import Engine
from ops.errors import OpsError
from ops.leftovers import Found, deployment_identity, leftovers, remove, sort_out

MINE, THEIRS = "4f09ac", "77aa01"


@dataclass
class Thing:
    """A container, network or volume of the Docker SDK."""

    name: str
    labels: Mapping[str, str]
    fails: Exception | None = None
    removals: list[dict[str, bool]] = field(default_factory=list)

    @property
    def attrs(self) -> dict[str, Any]:
        return {"Labels": self.labels}

    def remove(self, **how: bool) -> None:
        if self.fails:
            raise self.fails
        self.removals.append(how)


@dataclass
class Listing:
    """A collection of the SDK's client, which filters by labels."""

    things: Sequence[Thing]

    def list(self, filters: dict[str, list[str]], **_: bool) -> list[Thing]:
        wanted = [label.partition("=")[::2] for label in filters["label"]]
        return [thing for thing in self.things if all(thing.labels.get(key) == value for key, value in wanted)]


@dataclass
class Client:
    containers: Listing
    networks: Listing
    volumes: Listing


def labels(purpose: str, deployment: str = MINE, stack: str = "dev") -> dict[str, str]:
    mark = {"ktr.io/deployment": deployment} if deployment else {}
    return {"ktr.io/project": "ktr-platform", "ktr.io/stack": stack, "ktr.io/purpose": purpose, **mark}


def engine(
    *, containers: Sequence[Thing] = (), networks: Sequence[Thing] = (), volumes: Sequence[Thing] = ()
) -> Engine:
    client = Client(Listing(containers), Listing(networks), Listing(volumes))
    return Engine(host="fake", client=cast("docker.DockerClient", client), version="1")


def found(kind: str = "container", name: str = "a", deployment: str = MINE, item: Thing | None = None) -> Found:
    return Found(kind=kind, name=name, deployment=deployment, item=item or Thing(name, {}))


def test_services_jobs_loaders_networks_and_volumes_of_files_are_found_in_an_order_that_can_be_removed() -> None:
    left = leftovers(
        "dev",
        engine(
            containers=[Thing("s", labels("service")), Thing("j", labels("job")), Thing("l", labels("files"))],
            networks=[Thing("n", labels("network"))],
            volumes=[Thing("v", labels("files", deployment=""))],
        ),
    )
    assert [str(each) for each in left] == ["container s", "container j", "container l", "network n", "volume v"]


def test_data_is_never_found() -> None:
    assert leftovers("dev", engine(volumes=[Thing("d", labels("data"))])) == []


def test_other_stacks_and_other_peoples_things_are_not_found() -> None:
    others = [Thing("prod", labels("service", stack="prod")), Thing("web", {"ktr.io/stack": "dev"})]
    assert leftovers("dev", engine(containers=others)) == []


def test_the_identity_of_a_deployment_is_read_from_its_state() -> None:
    resources = [
        {"type": "random:index/randomId:RandomId", "urn": "urn:x::other", "outputs": {"hex": "00"}},
        {"type": "random:index/randomId:RandomId", "urn": "urn:x::deployment", "outputs": {"hex": MINE}},
    ]
    assert deployment_identity(resources) == MINE


def test_a_state_that_knows_nothing_has_no_identity() -> None:
    assert deployment_identity([]) == ""


def test_what_this_deployment_made_may_go_and_what_another_made_stays() -> None:
    own, foreign = found(name="own"), found(name="foreign", deployment=THEIRS)
    assert sort_out([own, foreign], MINE) == ([own], [foreign])


def test_volumes_of_files_stay_while_another_deployment_may_use_them() -> None:
    foreign = found(deployment=THEIRS)
    assert sort_out([foreign, found("volume", deployment="")], MINE) == ([], [foreign])


def test_volumes_of_files_go_with_the_last_deployment() -> None:
    volume = found("volume", deployment="")
    assert sort_out([volume], MINE) == ([volume], [])


def test_without_an_identity_everything_is_a_leftover() -> None:
    left = [found(deployment=THEIRS), found("volume", deployment="")]
    assert sort_out(left, "") == (left, [])


def test_containers_are_removed_by_force_and_with_volumes_that_have_no_name() -> None:
    thing = Thing("a", {})
    assert remove([found(item=thing)]) == ["container a"]
    assert thing.removals == [{"force": True, "v": True}]


def test_networks_and_volumes_are_removed_only_when_nothing_uses_them() -> None:
    thing = Thing("n", {})
    remove([found("network", item=thing), found("volume", item=thing)])
    assert thing.removals == [{}, {}]


def test_what_has_gone_meanwhile_is_not_told() -> None:
    assert remove([found(item=Thing("a", {}, fails=NotFound("gone")))]) == []


def test_what_cannot_be_removed_is_told_with_the_way_out() -> None:
    with pytest.raises(OpsError, match="network n of an interrupted deployment") as refusal:
        remove([found("network", "n", item=Thing("n", {}, fails=APIError("in use")))])
    assert "docker network rm n" in refusal.value.fix
