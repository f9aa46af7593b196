"""The frame of soaks: limits, verdicts, and that what a soak made is removed whatever happens."""

import random
from collections.abc import Callable
from typing import cast

import pytest

from tests.integration.harness.engine_view import EngineView
from tests.soak.frame import Limits, Result, Round, Rounds, Soak, soak

NO_ENGINE = cast("EngineView", None)
Step = Callable[[int], Round]


def run(step: Step, *, count: int | None = None, minutes: float | None = None) -> tuple[Result, list[str]]:
    """The result of a soak whose rounds are made by `step`, and what its clean-up did."""
    cleaned: list[str] = []

    def rounds(_: EngineView, chance: random.Random) -> Rounds:
        try:
            while True:
                yield step(chance.randrange(100))
        finally:
            cleaned.append("cleaned")

    chosen = Soak(name="test", about="", count=3, rounds=rounds)
    return soak(chosen, NO_ENGINE, Limits(count=count, minutes=minutes), seed=7), cleaned


def well(number: int) -> Round:
    return Round(what="a", seconds=1.0, detail=str(number))


def fails(error: BaseException) -> Step:
    def step(_: int) -> Round:
        raise error

    return step


def test_it_has_its_own_number_of_rounds() -> None:
    result, _ = run(well)
    assert (len(result.rounds), result.ok) == (3, True)


def test_it_has_as_many_rounds_as_asked_for() -> None:
    assert len(run(well, count=5)[0].rounds) == 5


def test_it_begins_no_round_after_its_time() -> None:
    assert len(run(well, minutes=0)[0].rounds) == 1


def test_the_same_seed_makes_the_same_choices() -> None:
    assert run(well)[0].rounds == run(well)[0].rounds


def test_a_broken_expectation_fails_it_and_the_next_round_comes_all_the_same() -> None:
    result, _ = run(lambda _: Round(what="a", seconds=1.0, broken=["lost"]))
    assert (len(result.rounds), result.ok) == (3, False)


@pytest.mark.parametrize("error", [AssertionError("left behind"), OSError("no engine"), KeyboardInterrupt()])
def test_what_ends_it_early_fails_it(error: BaseException) -> None:
    result, _ = run(fails(error))
    assert (result.rounds, result.ok, bool(result.aborted)) == ([], False, True)


@pytest.mark.parametrize("step", [well, fails(OSError("no engine")), fails(KeyboardInterrupt())])
def test_what_it_made_is_removed(step: Step) -> None:
    assert run(step)[1] == ["cleaned"]


def test_a_mistake_of_the_soak_itself_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        run(fails(ZeroDivisionError()))


def test_figures_carry_the_verdict() -> None:
    assert run(well)[0].as_json()["ok"] is True
