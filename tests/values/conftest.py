"""Special values warn in NumPy, as it is told to; the tests of values want the values."""

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def floating_point_quiet():
    with np.errstate(all="ignore"):
        yield
