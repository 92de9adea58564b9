"""First and second derivatives, in every mode, at extreme points: at infinity, where squares overflow, near 0."""

import math

import numpy as np
import pytest

import apitensor as xp
from apitensor.autograd import grad, jvp

INF = math.inf
DENSITY = math.exp(-450) / math.sqrt(2 * math.pi)  # of the normal distribution at 30


def _forward(f):
    return lambda x: jvp(f, (x,), (xp.ones_like(x),))[1]


def _agree(found, wanted):
    if not math.isinf(wanted):
        wanted = pytest.approx(wanted, rel=1e-13, abs=1e-322)
    assert found == wanted


# Function, point, first and second derivative.
ONE = [
    *[(f, INF, 0.0, 0.0) for f in (xp.acosh, xp.asinh, xp.atan, xp.log, xp.log1p, xp.sqrt, xp.tanh)],
    *[(f, -INF, 0.0, 0.0) for f in (xp.asinh, xp.atan, xp.exp, xp.expm1, xp.tanh)],
    *[(f, x, 0.0, 0.0) for f in (xp.atan, xp.tanh) for x in (1e308, -1e200)],
    (xp.acosh, 1e200, 1e-200, 0.0),
    (xp.acosh, 1.0, INF, -INF),
    (xp.asinh, 1e100, 1e-100, -1e-200),
    (xp.asinh, -1e100, 1e-100, 1e-200),
    (xp.asinh, 1e-200, 1.0, -1e-200),
    (xp.atan, 1e60, 1e-120, -2e-180),
    (xp.atan, 1e-200, 1.0, -2e-200),
    (xp.asin, 1e-200, 1.0, 1e-200),
    (xp.asin, 1.0, INF, INF),
    (xp.asin, -1.0, INF, -INF),
    (xp.acos, 1e-20, -1.0, -1e-20),
    (xp.acos, -1.0, -INF, INF),
    (xp.atanh, -1e-160, 1.0, -2e-160),
    (xp.atanh, 1.0, INF, INF),
    (xp.special.log_ndtr, 30.0, DENSITY, -30 * DENSITY),
    (xp.special.log_ndtr, 60.0, 0.0, 0.0),
    (xp.special.log_ndtr, -1e8, 1e8, -1.0),
    (xp.special.erfcx, 1e100, -1e-200 / math.sqrt(math.pi), 2e-300 / math.sqrt(math.pi)),
    (xp.special.exprel, -1e4, 1e-8, 2e-12),
    (xp.special.exprel, -1e100, 1e-200, 2e-300),
    (xp.special.logit, 1e-300, 1e300, -INF),
    (xp.special.digamma, 1e-100, 1e200, -2e300),
]


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning", "ignore:overflow:RuntimeWarning")
@pytest.mark.parametrize(("f", "x", "first", "second"), ONE, ids=lambda v: getattr(v, "__name__", str(v)))
def test_one_operand(f, x, first, second):
    x = xp.asarray(x)
    for slope in (grad(f), _forward(f)):
        _agree(slope(x).item(), first)
        for curvature in (grad(slope), _forward(slope)):
            _agree(curvature(x).item(), second)


# Function, point, gradient and Hessian.
TWO = [
    (xp.hypot, (INF, 3.0), [1, 0], [0, 0, 0, 0]),
    (xp.hypot, (-2.0, -INF), [0, -1], [0, 0, 0, 0]),
    (xp.hypot, (-INF, INF), [-1, 1], [0, 0, 0, 0]),
    (xp.hypot, (1e20, 3.0), [1, 3e-20], [9e-60, -3e-40, -3e-40, 1e-20]),
    (xp.hypot, (3e200, -4e200), [0.6, -0.8], [0.64 / 5e200, 0.48 / 5e200, 0.48 / 5e200, 0.36 / 5e200]),
    (xp.hypot, (0.0, 0.0), [0, 0], [0, 0, 0, 0]),
    (xp.atan2, (INF, -1.0), [0, 0], [0, 0, 0, 0]),
    (xp.atan2, (INF, INF), [0, 0], [0, 0, 0, 0]),
    (xp.atan2, (1e200, 1e200), [5e-201, -5e-201], [0, 0, 0, 0]),
    (xp.atan2, (1e-200, 1e-200), [5e199, -5e199], [-INF, 0, 0, INF]),
    (xp.atan2, (2e-100, 0.0), [0, -5e99], [0, 2.5e199, 2.5e199, 0]),
    (xp.logaddexp, (INF, 1.0), [1, 0], [0, 0, 0, 0]),
    (xp.pow, (INF, -1.5), [0, 0], [0, 0, 0, 0]),
    (xp.pow, (INF, -INF), [0, 0], [0, 0, 0, 0]),
    (xp.pow, (1.5, -INF), [0, 0], [0, 0, 0, 0]),
    (xp.pow, (0.3, INF), [0, 0], [0, 0, 0, 0]),
    (xp.pow, (1e-200, 0.0), [0, math.log(1e-200)], [0, 1e200, 1e200, math.log(1e-200) ** 2]),
    (xp.pow, (0.0, 2.0), [0, 0], [2, 0, 0, 0]),
]


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning", "ignore:overflow:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize(("f", "point", "first", "second"), TWO, ids=lambda v: getattr(v, "__name__", str(v)))
def test_two_operands(f, point, first, second):
    def in_place(x):
        return f(x[0], x[1])

    x, units = xp.asarray(point), xp.eye(2)

    def forward(g):
        return lambda x: xp.stack([jvp(g, (x,), (units[i],))[1] for i in range(2)])

    for slope in (grad(in_place), forward(in_place)):
        for found, wanted in zip(slope(x).tolist(), first, strict=True):
            _agree(found, wanted)
        rows = [lambda x, i=i, slope=slope: slope(x)[i] for i in range(2)]
        for hessian in ([grad(row)(x) for row in rows], [forward(row)(x) for row in rows]):
            for found, wanted in zip(np.ravel([h.tolist() for h in hessian]), second, strict=True):
                _agree(found, wanted)
