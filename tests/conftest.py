"""What all tests share."""

import pytest

import apitensor as xp
from tests import backends  # noqa: F401  (registers the test backends)


@pytest.fixture(autouse=True)
def default_device_stays():
    """A test that sets the default device leaves it as it was for the others."""
    yield
    xp.set_default_device(None)
