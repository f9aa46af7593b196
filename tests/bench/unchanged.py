"""What `pulumi preview` and `pulumi up` take when nothing has changed, beside an empty Pulumi program."""

from functools import partial

from tests.bench.measure import interleaved
from tests.bench.platform import PREVIEW, UP, EmptyProgram, Platform
from tests.bench.results import Comparison, time_comparisons

GOAL = 2.0
COMMANDS = {"unchanged preview": PREVIEW, "unchanged up": UP}


def unchanged(platform: Platform, rounds: int) -> list[Comparison]:
    """Measure a stack that is up. Both programs have done each command once before it is timed."""
    empty = EmptyProgram(beside=platform)
    empty.run(*UP)
    platform.run(*PREVIEW)
    comparisons: list[Comparison] = []
    for name, command in COMMANDS.items():
        taken = interleaved(
            {"empty": partial(empty.run, *command), "platform": partial(platform.run, *command)}, rounds
        )
        comparisons += time_comparisons(name, taken["platform"], taken["empty"], "empty Pulumi program", GOAL)
    return comparisons
