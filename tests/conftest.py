"""What all tests share."""

import pytest

import apitensor as xp
from tests import backends  # noqa: F401  (registers the test backends)


def pytest_configure(config):
    config.addinivalue_line("markers", "host: is about tensors on the CPU, wherever APITENSOR_DEVICE puts others")


@pytest.fixture(autouse=True)
def default_device_stays(request):
    """A test that sets the default device leaves it as it was for the others."""
    if request.node.get_closest_marker("host"):
        xp.set_default_device("cpu")
    yield
    xp.set_default_device(None)
