"""Everything that is to wake somebody is done for real; each fault is told once, in time, and so is its end."""

import random

from tests.integration.harness.engine_view import EngineView
from tests.integration.harness.faults import STOPS, WEARS
from tests.integration.harness.platform import built_images_removed
from tests.integration.harness.told import tell, watched
from tests.soak.frame import Round, Rounds, Soak


def rounds(view: EngineView, _: random.Random) -> Rounds:
    """Fault by fault, those together that explain nothing of each other."""
    with built_images_removed(view), watched(view) as (deployed, receiver):
        while True:
            for faults in (WEARS, STOPS):
                for told in tell(deployed, receiver, faults):
                    fault = told.fault
                    yield Round(
                        what=f"{fault.sentence} → {fault.alert}",
                        seconds=fault.within if told.fired is None else told.fired,
                        detail="" if told.resolved is None else f"over after {told.resolved:.0f} s",
                        broken=told.broken,
                    )


ALERTS = Soak(name="alerts", about="faults, and who is told of them", count=len(STOPS + WEARS), rounds=rounds)
