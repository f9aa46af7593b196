"""What a stack's first preview says, which `ktr up` and pull requests begin with: everything is to be created."""

import pytest

from tests.integration.harness.deployment import deployment
from tests.integration.harness.engine_view import EngineView


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_the_first_preview_creates_everything_and_touches_nothing(environment: str, view: EngineView) -> None:
    with deployment(environment, view) as newcomer:
        assert newcomer.preview().keys() == {"create"}
        assert not any(view.inventory(newcomer.name).values())
