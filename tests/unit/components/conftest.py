"""The contract holds for every stack as it is checked in, and for what a stack may be set to."""

import pytest

from tests.support.platform import VARIANTS, Run, run_of


@pytest.fixture(params=VARIANTS)
def run(request: pytest.FixtureRequest) -> Run:
    """What the program registers: one run for each variant, shared by all tests."""
    return run_of(request.param)
