"""Fixtures of the integration tests."""

import pytest

from tests.integration.harness.deployment import Deployment
from tests.integration.harness.fixtures import stacks, view
from tests.integration.harness.platform import ENVIRONMENTS, Stacks

__all__ = ["stacks", "view"]


@pytest.fixture
def dev(stacks: Stacks) -> Deployment:
    """The stack `dev`: plain HTTP, one replica."""
    return stacks["dev"]


@pytest.fixture
def staging(stacks: Stacks) -> Deployment:
    """The stack `staging`: TLS, one replica."""
    return stacks["staging"]


@pytest.fixture
def prod(stacks: Stacks) -> Deployment:
    """The stack `prod`: TLS, two replicas."""
    return stacks["prod"]


@pytest.fixture(params=ENVIRONMENTS)
def each(stacks: Stacks, request: pytest.FixtureRequest) -> Deployment:
    """Each of the three stacks in turn."""
    return stacks[request.param]
