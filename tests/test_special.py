"""apitensor.special: values, derivatives against differences and mpmath, what raises, and SciPy's look-up."""

import functools
import importlib
from types import SimpleNamespace

import mpmath
import numpy as np
import pytest
import scipy.special

import apitensor as xp
from apitensor import special
from apitensor._core.backend import Namespace
from apitensor.autograd import check_gradients, grad, jvp
from apitensor_numpy import namespace as numpy_namespace
from tests.backends import READONLY, STRICT
from tests.fresh import run

# The functions that the library of the default device lacks, as its plug-in says.
DEVICE = xp.zeros(0).device
LACKING, LACKING_OF_COMPLEX = frozenset(), frozenset()
if DEVICE.type == "cuda":
    PLUGIN = importlib.import_module("apitensor_cupy.special")
    LACKING, LACKING_OF_COMPLEX = PLUGIN.LACKING, PLUGIN.LACKING_OF_COMPLEX

# Operands of every function where it is smooth; a list is an operand that there is a derivative for, a number one that
# stays.
SAMPLES = {
    "bdtr": [(2, 5, [0.1, 0.4, 0.9])],
    "bdtrc": [(2, 5, [0.1, 0.4, 0.9])],
    "bdtri": [(2, 5, [0.1, 0.4, 0.9])],
    "beta": [([0.4, 2.0, 7.0], [1.5, 3.0, 0.2])],
    "betainc": [([0.4, 2.0, 7.0], [1.5, 3.0, 0.7], [0.2, 0.3, 0.95])],
    "betaincc": [([0.4, 2.0, 7.0], [1.5, 3.0, 0.7], [0.2, 0.3, 0.95])],
    "betainccinv": [([0.6, 2.0, 7.0], [1.5, 3.0, 0.7], [0.2, 0.3, 0.9])],
    "betaincinv": [([0.6, 2.0, 7.0], [1.5, 3.0, 0.7], [0.2, 0.3, 0.9])],
    "betaln": [([0.4, 2.0, 70.0], [1.5, 3.0, 0.2])],
    "binom": [([5.3, 7.5], [2.2, 8.1]), ([4.0, 0.0], [7.0, 1.0])],
    "boxcox": [([0.5, 1.5, 3.0], [0.0, 2.0, -0.7]), ([0.5, 1.0, 3.0], [1e-9, 0.0, -1e-3])],
    "boxcox1p": [([-0.5, 1.5, 3.0], [0.0, 2.0, -0.7])],
    "cbrt": [[-2.0, 0.5, 3.0]],
    "chdtr": [([1.0, 3.0, 10.0], [0.3, 4.0, 20.0])],
    "chdtrc": [([1.0, 3.0, 10.0], [0.3, 4.0, 20.0])],
    "chdtri": [([1.0, 3.0, 10.0], [0.3, 0.6, 0.05])],
    "cosdg": [[-50.0, 0.0, 200.0]],
    "cosm1": [[-1.0, 1e-6, 2.0]],
    "cotdg": [[-50.0, 20.0, 200.0]],
    "ellipe": [[-2.0, 0.0, 1e-6, 0.5, 0.95]],
    "ellipk": [[-2.0, 0.0, 1e-6, 0.5, 0.95]],
    "ellipkm1": [[0.05, 0.5, 1.0, 3.0]],
    "entr": [[0.2, 3.0]],
    "erf": [[-1.0, 0.0, 2.0]],
    "erfc": [[-1.0, 0.0, 2.0]],
    "erfcinv": [[0.2, 1.0, 1.9]],
    "erfcx": [[-1.0, 0.0, 5.0, 29.0, 31.0]],
    "erfinv": [[-0.8, 0.0, 0.95]],
    "exp1": [[0.2, 3.0]],
    "exp10": [[-1.0, 1.5]],
    "exp2": [[-1.0, 1.5]],
    "expi": [[-1.0, 0.5, 3.0]],
    "expit": [[-3.0, 0.0, 4.0]],
    "expn": [(0, [0.5, 3.0]), (1, [0.5, 3.0]), (3, [0.5, 3.0])],
    "exprel": [[-5.0, -0.9, 0.0, 1e-5, 1.1, 6.0]],
    "fdtr": [([1.0, 3.0, 10.0], [4.0, 2.0, 7.0], [0.3, 4.0, 1.1])],
    "fdtrc": [([1.0, 3.0, 10.0], [4.0, 2.0, 7.0], [0.3, 4.0, 1.1])],
    "fdtri": [([1.0, 3.0, 10.0], [4.0, 2.0, 7.0], [0.3, 0.8, 0.6])],
    "gamma": [[-2.5, -0.4, 0.5, 5.0]],
    "gammainc": [([0.3, 2.0, 9.0], [0.1, 3.5, 8.0])],
    "gammaincc": [([0.3, 2.0, 9.0], [0.1, 3.5, 8.0])],
    "gammainccinv": [([0.5, 2.0, 9.0], [0.2, 0.5, 0.9])],
    "gammaincinv": [([0.5, 2.0, 9.0], [0.2, 0.5, 0.9])],
    "gammaln": [[-2.5, 0.5, 50.0]],
    "gdtr": [([0.5, 1.0], [3.0, 0.7], [2.0, 1.5])],
    "gdtrc": [([0.5, 1.0], [3.0, 0.7], [2.0, 1.5])],
    "huber": [([1.0, 1.0, 2.0], [0.3, -4.0, 5.0])],
    "hyp1f1": [(1.5, 2.5, [-1.0, 0.3, 2.0])],
    "i0": [[-2.0, 0.0, 3.0]],
    "i0e": [[-2.0, 0.4, 3.0]],
    "i1": [[-2.0, 0.0, 0.3, 3.0]],
    "i1e": [[-2.0, 0.3, 3.0]],
    "inv_boxcox": [([0.5, 1.5, 0.3], [0.0, 2.0, -0.7]), ([0.5, 0.1], [1e-9, 1e-3])],
    "inv_boxcox1p": [([0.5, 1.5, 0.3], [0.0, 2.0, -0.7])],
    "iv": [(0.5, [0.5, 3.0]), (2, [-1.0, 3.0])],
    "ive": [(0.5, [0.5, 3.0]), (2, [-1.0, 3.0])],
    "j0": [[-2.0, 0.0, 3.0]],
    "j1": [[-2.0, 0.0, 0.3, 3.0]],
    "jv": [(0.5, [0.5, 3.0]), (2, [-1.0, 0.0, 3.0])],
    "k0": [[0.2, 3.0]],
    "k0e": [[0.2, 3.0]],
    "k1": [[0.2, 3.0]],
    "k1e": [[0.2, 3.0]],
    "kl_div": [([0.2, 3.0], [0.5, 2.0])],
    "kv": [(0.3, [0.5, 3.0])],
    "kve": [(0.3, [0.5, 3.0])],
    "log_expit": [[-3.0, 0.0, 4.0]],
    "log_ndtr": [[-30.0, -1.0, 0.0, 4.0]],
    "loggamma": [[0.5, 50.0]],
    "logit": [[0.1, 0.5, 0.8]],
    "lpmv": [(0, 2.0, [-0.5, 0.3]), (0, 0.0, [-0.5, 0.3]), (1, 2.5, [0.2, 0.6])],
    "nbdtr": [(2, 5, [0.1, 0.4, 0.9])],
    "nbdtrc": [(2, 5, [0.1, 0.4, 0.9])],
    "nbdtri": [(2, 5, [0.1, 0.4, 0.9])],
    "ndtr": [[-1.0, 0.0, 2.0]],
    "ndtri": [[0.1, 0.5, 0.8]],
    "ndtri_exp": [[-30.0, -1.0, -0.3]],
    "pdtr": [(2, [0.5, 4.0])],
    "pdtrc": [(2, [0.5, 4.0])],
    "pdtri": [(2, [0.5, 0.9])],
    "poch": [([0.5, 3.0], [1.3, -0.6]), ([0.0, -1.0], [2.0, 1.5])],
    "polygamma": [(0, [0.5, 4.0]), (3, [0.5, 4.0])],
    "pseudo_huber": [([1.0, 0.5, 2.0], [0.3, -4.0, 5.0]), ([1.0, 0.5], [0.0, 0.0])],
    "psi": [[-1.5, 0.5, 4.0]],
    "radian": [([10.0], [20.0], [30.0])],
    "rel_entr": [([0.2, 3.0], [0.5, 2.0])],
    "rgamma": [[-2.0, -1.7, 0.0, 0.4, 0.6, 5.0]],
    "sinc": [[-1.5, 0.0, 0.1, 0.4, 2.0]],
    "sindg": [[-50.0, 0.0, 200.0]],
    "spence": [[0.3, 0.95, 1.0, 4.0]],
    "stdtr": [([1.0, 3.0, 40.0, 2.0], [-2.0, 0.5, 3.0, 0.1])],
    "stdtrit": [([1.0, 3.0, 40.0], [0.1, 0.6, 0.99])],
    "tandg": [[-50.0, 20.0, 200.0]],
    "xlog1py": [([0.5, 2.0], [-0.5, 3.0]), ([0.0, 0.0], [-0.5, 3.0])],
    "xlogy": [([0.5, 2.0], [0.5, 3.0]), ([0.0, 0.0], [0.5, 3.0])],
    "y0": [[0.5, 3.0]],
    "y1": [[0.5, 3.0]],
    "yn": [(2, [0.5, 3.0]), (0, [0.5, 3.0])],
    "yv": [(0.3, [0.5, 3.0])],
    "zeta": [(2.5, [0.5, 3.0])],
}
ELSEWHERE = {"digamma", "jn", "gammasgn", "multigammaln", "zetac"}  # aliases, and functions with tests of their own
CASES = [
    (name, operands if isinstance(operands, tuple) else (operands,))
    for name, records in SAMPLES.items()
    for operands in records
]


def test_every_function_has_a_sample():
    assert set(special.__all__) == set(SAMPLES) | ELSEWHERE


def or_lacking(test):
    """A test of the function `name`; where that is lacking, of the error that says so and names the cure."""

    @functools.wraps(test)
    def run(name, **parameters):
        if name not in LACKING:
            return test(name, **parameters)
        operands = SAMPLES[name][0] if isinstance(SAMPLES[name][0], tuple) else SAMPLES[name][:1]
        with pytest.raises(NotImplementedError, match=rf"{name}\(.*lack {name}; .*to_device\('cpu'\)"):
            getattr(special, name)(*[xp.asarray(x) for x in operands])

    return run


def test_lacking_functions_are_all_that_raise():
    """A function that a new release of the device's library has must leave the list, and be tested."""
    if LACKING:
        theirs = importlib.import_module("cupyx.scipy.special")
        assert not LACKING - set(special.__all__) and not [name for name in LACKING if hasattr(theirs, name)]


def call(name, operands, **options):
    """The function, its operands that there is a derivative for as tensors, and where these stand."""
    moving = [i for i, x in enumerate(operands) if isinstance(x, list)]

    def function(*tensors):
        full = list(operands)
        for i, x in zip(moving, tensors, strict=True):
            full[i] = x
        return getattr(xp.special, name)(*full)

    return function, [xp.asarray(operands[i], **options) for i in moving]


@pytest.mark.parametrize(("name", "operands"), CASES, ids=lambda value: value if isinstance(value, str) else "")
@or_lacking
def test_derivatives(name, operands):
    function, tensors = call(name, operands)
    check_gradients(function, tensors)


@pytest.mark.parametrize(("name", "operands"), CASES, ids=lambda value: value if isinstance(value, str) else "")
@or_lacking
def test_values_are_those_of_the_backend(name, operands):
    function, tensors = call(name, operands)
    expected = getattr(scipy.special, name)(*[np.asarray(x) if isinstance(x, list) else x for x in operands])
    # The host's are SciPy's own; another library's differ in the last digits, and a few where they cross zero.
    rtol, atol = (0, 0) if DEVICE == "cpu" else (2e-14, 2e-15)
    np.testing.assert_allclose(function(*tensors).numpy(), expected, rtol=rtol, atol=atol)


@pytest.mark.parametrize(("name", "operands"), CASES, ids=lambda value: value if isinstance(value, str) else "")
@or_lacking
def test_nothing_is_written_to(name, operands):
    function, tensors = call(name, operands, device=READONLY, requires_grad=True)
    gradients = grad(lambda *t: xp.sum(function(*t)), argnums=tuple(range(len(tensors))))(*tensors)
    there, here = call(name, operands)
    expected = grad(lambda *t: xp.sum(there(*t)), argnums=tuple(range(len(here))))(*here)
    for a, b in zip(gradients, expected, strict=True):
        assert a.device == READONLY
        np.testing.assert_allclose(np.asarray(a.detach()), np.asarray(b), rtol=1e-12)


@pytest.mark.parametrize("name", SAMPLES)
@or_lacking
def test_single_precision_stays(name):
    operands = SAMPLES[name][0]
    operands = operands if isinstance(operands, tuple) else (operands,)
    function, tensors = call(name, operands, dtype="float32", requires_grad=True)
    integers = any(isinstance(x, int) for x in operands) and name not in {"iv", "ive", "jv", "lpmv"}
    assert function(*tensors).dtype == (xp.float64 if integers else xp.float32)
    gradients = grad(lambda *t: xp.sum(function(*t)), argnums=tuple(range(len(tensors))))(*tensors)
    there, here = call(name, operands)
    expected = grad(lambda *t: xp.sum(there(*t)), argnums=tuple(range(len(here))))(*here)
    xp.sum(function(*tensors)).backward()
    for a, b, tensor in zip(gradients, expected, tensors, strict=True):
        assert a.dtype == tensor.grad.dtype == xp.float32
        # A few hundred units of the last place of float32: the quadrature's terms cancel in part, and so do digammas.
        np.testing.assert_allclose(
            np.asarray(a.detach()), np.asarray(b), rtol=1e-4, atol=2e-5 * np.max(np.abs(np.asarray(b)))
        )


# Operands from end to end, for what CuPy lacks or gets wrong there and its plug-in computes by kernels of its own.

SIZES = np.concat([[0.0, 0.25, 1.0, np.inf, np.nan, 1e-300, 1e300], 10.0 ** np.arange(-8, 3, 0.125)])
LINE = np.concat([SIZES, -SIZES])
UNIT = np.concat([[0.0, 0.3, 0.5, 0.8, 1.0, -0.5, 2.0, np.nan], 10.0 ** np.arange(-9, 0, 0.25)])
FEW = [0.3, 1.0, 20.0]
MODERATE = 10.0 ** np.arange(-8, 3, 0.25)
ORDERS = [-2.5, -1.0, -0.3, 0.0, 0.5, 1.0, 2.0, 7.3, 20.0, 60.5]
ENDS = {
    "betaincc": np.meshgrid(FEW, FEW, UNIT),
    "betainccinv": np.meshgrid(FEW, FEW, UNIT),
    "cosdg": [np.arange(-720.0, 720.0, 7.5)],
    "ellipe": [np.concat([UNIT, -SIZES])],
    **{name: np.meshgrid(ORDERS, MODERATE) for name in ("iv", "ive", "kv", "kve")},
    "pseudo_huber": np.meshgrid(MODERATE, np.concat([MODERATE, -MODERATE, [0.0]])),
    "sinc": [np.concat([np.arange(-9.75, 9, 0.5), 10.0 ** np.arange(-300, -1, 8.0), [0.0, np.inf, np.nan]])],
    "sindg": [np.arange(-720.0, 720.0, 7.5)],
    # SciPy's Student distribution has eight digits near 0 (four in single precision), is 0 at -1e300, and has infinity
    # for the quantile of 0.
    "stdtr": np.meshgrid(
        [0.3, 1.0, 7.5, 180.0, 230.0, 1e6, np.inf, 0.0, -1.0],
        [x for x in LINE if not (abs(x) < 0.01 or abs(x) == 1e300)],
    ),
    "stdtrit": np.meshgrid([0.8, 1.0, 7.5, 180.0, 230.0, 1e6], UNIT[UNIT != 0]),
    "zeta": [np.arange(-12.0, 12.0, 0.25)],
    **{name: [LINE] for name in ("expi", "exprel", "i0e", "i1e", "k0e", "k1e", "ndtri_exp", "spence")},
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ENDS)
def test_values_from_end_to_end(name, dtype):
    with np.errstate(all="ignore"):
        operands = [x.astype(dtype) for x in ENDS[name]]
        expected = getattr(scipy.special, name)(*[x.astype("float64") for x in operands]).astype(dtype)
        got = getattr(special, name)(*[xp.asarray(x) for x in operands]).numpy()
    # In double precision an exponent of 700 is off by 1e-13, here and in SciPy. SciPy's own loops for single precision
    # have five digits; no kernel has less than all of them.
    rtol = 5e-13 if dtype == "float64" else 2e-5 if DEVICE == "cpu" else 1e-6
    np.testing.assert_allclose(got, expected, rtol=rtol, atol=np.finfo(dtype).tiny)


@pytest.mark.skipif(DEVICE == "cpu", reason="the kernel of a device is tested; the CPU's values are SciPy's")
def test_student_where_scipy_has_few_digits():
    t = xp.asarray([1e-9, -1e-6, 1e-4])
    got = special.stdtr(1.0, t).numpy()
    np.testing.assert_allclose(got, 0.5 + np.arctan(t.numpy()) / np.pi, rtol=3e-16)
    np.testing.assert_allclose(float(special.stdtr(1.0, xp.asarray(-1e300))), 1e-300 / np.pi, rtol=1e-12)
    p = [6.264802644082242e-29, 0.0]
    np.testing.assert_allclose(
        special.stdtrit(0.12543597613508867, xp.asarray(p)).numpy(), [-5.1213482302814e221, -np.inf], rtol=1e-12
    )


# Values at some points, by mpmath: the right function under the right name, operands in the right order.

MPMATH = [
    ("bdtr", (2, 5, 0.3), lambda k, n, p: mpmath.betainc(n - k, k + 1, 0, 1 - p, regularized=True)),
    ("betainc", (0.7, 2.0, 0.3), lambda a, b, x: mpmath.betainc(a, b, 0, x, regularized=True)),
    ("betaincc", (0.7, 2.0, 0.3), lambda a, b, x: mpmath.betainc(a, b, x, 1, regularized=True)),
    ("binom", (5.5, 2.2), mpmath.binomial),
    ("chdtr", (3.0, 1.2), lambda v, x: mpmath.gammainc(v / 2, 0, x / 2, regularized=True)),
    ("ellipk", (0.3,), mpmath.ellipk),
    ("ellipe", (0.3,), mpmath.ellipe),
    ("erfcx", (3.0,), lambda x: mpmath.exp(x * x) * mpmath.erfc(x)),
    ("erfinv", (0.3,), mpmath.erfinv),
    ("exp1", (0.7,), mpmath.e1),
    ("expi", (0.7,), mpmath.ei),
    ("expn", (3, 0.7), mpmath.expint),
    ("fdtr", (3.0, 5.0, 1.2), lambda m, n, x: mpmath.betainc(m / 2, n / 2, 0, m * x / (n + m * x), regularized=True)),
    ("gamma", (2.7,), mpmath.gamma),
    ("gammainc", (2.5, 1.2), lambda a, x: mpmath.gammainc(a, 0, x, regularized=True)),
    ("gammaincc", (2.5, 1.2), lambda a, x: mpmath.gammainc(a, x, mpmath.inf, regularized=True)),
    ("gammaln", (2.7,), mpmath.loggamma),
    ("gdtr", (2.0, 1.5, 0.7), lambda a, b, x: mpmath.gammainc(b, 0, a * x, regularized=True)),
    ("hyp1f1", (1.5, 2.5, 0.7), mpmath.hyp1f1),
    ("i0", (0.7,), lambda x: mpmath.besseli(0, x)),
    ("iv", (1.3, 0.7), mpmath.besseli),
    ("j1", (0.7,), lambda x: mpmath.besselj(1, x)),
    ("jv", (1.3, 0.7), mpmath.besselj),
    ("k0", (0.7,), lambda x: mpmath.besselk(0, x)),
    ("kv", (1.3, 0.7), mpmath.besselk),
    ("log_ndtr", (-20.0,), lambda x: mpmath.log(mpmath.ncdf(x))),
    ("nbdtr", (2, 5, 0.3), lambda k, n, p: mpmath.betainc(n, k + 1, 0, p, regularized=True)),
    ("ndtr", (0.7,), mpmath.ncdf),
    ("pdtr", (2, 0.7), lambda k, m: mpmath.gammainc(k + 1, m, mpmath.inf, regularized=True)),
    ("poch", (1.5, 2.5), mpmath.rf),
    ("polygamma", (2, 0.7), mpmath.polygamma),
    ("psi", (0.7,), mpmath.digamma),
    ("rgamma", (0.7,), mpmath.rgamma),
    ("sinc", (0.7,), mpmath.sincpi),
    ("spence", (0.3,), lambda z: mpmath.polylog(2, 1 - z)),
    ("stdtr", (3.0, 1.2), lambda n, t: 1 - mpmath.betainc(n / 2, 0.5, 0, n / (n + t * t), regularized=True) / 2),
    ("y0", (0.7,), lambda x: mpmath.bessely(0, x)),
    ("yv", (1.3, 0.7), mpmath.bessely),
    ("zeta", (2.5, 0.7), mpmath.zeta),
    ("zetac", (2.5,), lambda x: mpmath.zeta(x) - 1),
]


@pytest.mark.parametrize(("name", "operands", "expected"), MPMATH, ids=[name for name, _, _ in MPMATH])
@or_lacking
def test_values_by_mpmath(name, operands, expected):
    got = getattr(special, name)(*[x if isinstance(x, int) else xp.asarray(x) for x in operands])
    assert float(got) == pytest.approx(float(expected(*map(mpmath.mpf, operands))), rel=1e-13)


# Derivatives without a closed form, by mpmath, in the bulk and in the tails.


def slope(function, at, i):
    """The derivative of a function with respect to its i-th argument, by differences in 50 digits."""
    with mpmath.workdps(50):
        at = [mpmath.mpf(float(x)) for x in at]
        step = at[i] * mpmath.mpf(10) ** -16

        def moved(by):
            return function(*[x + by * (j == i) for j, x in enumerate(at)])

        return float((moved(step) - moved(-step)) / (2 * step))


# Each less a constant, from the smaller side of the point at which it is differentiated, so that differences keep their
# digits.


def smaller_gammainc(a, x):
    if x < a:
        return lambda a, x: mpmath.gammainc(a, 0, x, regularized=True)
    return lambda a, x: -mpmath.gammainc(a, x, mpmath.inf, regularized=True)


def smaller_betainc(a, b, x):
    if x * (a + b) < a:
        return lambda a, b, x: mpmath.betainc(a, b, 0, x, regularized=True)
    return lambda a, b, x: -mpmath.betainc(b, a, 0, 1 - x, regularized=True)


def smaller_stdtr(df, t):
    half = mpmath.mpf(0.5) * (1 if t < 0 else -1)
    return lambda df, t: half * mpmath.betainc(df / 2, abs(half), 0, df / (df + t * t), regularized=True)


def gradient(function, operands, i):
    """The derivative with respect to the i-th operand, element by element."""
    return grad(lambda *x: xp.sum(function(*x)), argnums=i)(*[xp.asarray(x) for x in operands]).numpy()


QUANTILES = [1e-8, 0.05, 0.3, 0.5, 0.7, 0.95, 1 - 1e-8]


@pytest.mark.parametrize("a", [0.05, 0.5, 1.0, 1.5, 5.0, 30.0, 1000.0])
def test_gammainc_by_a(a):
    x = scipy.special.gammaincinv(a, QUANTILES)
    x = x[x > 1e-290]
    expected = [slope(smaller_gammainc(a, each), (a, each), 0) for each in x]
    np.testing.assert_allclose(gradient(special.gammainc, (np.full_like(x, a), x), 0), expected, rtol=1e-11)
    np.testing.assert_allclose(
        gradient(special.gammaincc, (np.full_like(x, a), x), 0), np.negative(expected), rtol=1e-11
    )


@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-11), ("float32", 2e-5)])
@pytest.mark.parametrize("a", [1e-20, 1e-12, 1e-6, 1e-3])
def test_gammainc_by_a_small(a, dtype, rtol):
    """The integral over the density from 0 to x cancels there: it is nearly 1, whatever `a` is."""
    x = xp.asarray([1e-8, 1e-3, 0.5, 0.999, 1.0, 2.0], dtype=dtype)
    a = xp.full_like(x, a)
    expected = [slope(smaller_gammainc(*at), at, 0) for at in zip(a.tolist(), x.tolist(), strict=True)]
    np.testing.assert_allclose(gradient(special.gammainc, (a, x), 0), expected, rtol=rtol)


@pytest.mark.parametrize("a", [0.05, 0.5, 2.0, 20.0, 1000.0])
@pytest.mark.parametrize("b", [0.05, 0.5, 3.0, 1000.0])
def test_betainc_by_a_and_b(a, b):
    x = scipy.special.betaincinv(a, b, QUANTILES)
    x = x[(x > 1e-290) & (x < 1 - 1e-6)]  # above, 1 - x has lost the digits
    operands = np.full_like(x, a), np.full_like(x, b), x
    for i in (0, 1):
        expected = [slope(smaller_betainc(a, b, each), (a, b, each), i) for each in x]
        np.testing.assert_allclose(
            gradient(special.betainc, operands, i), expected, rtol=1e-8 if min(a, b) < 0.5 else 1e-11
        )


@pytest.mark.parametrize("a", [1e-20, 1e-9, 1e-6, 1e-3, 0.09])
@pytest.mark.parametrize("b", [1e-3, 0.7, 5.0, 1000.0])
def test_betainc_by_a_and_b_small(a, b):
    """The integral over the density from 0 to x cancels there: it is nearly 1, whatever `a` is."""
    x = np.array([1e-200, 1e-30, 1e-9, 1e-5])
    x = x[x * (a + b) < a]
    for i in (0, 1):
        expected = [slope(smaller_betainc(a, b, each), (a, b, each), i) for each in x]
        at = np.full_like(x, a), np.full_like(x, b), x
        np.testing.assert_allclose(gradient(special.betainc, at, i), expected, rtol=1e-11)


@pytest.mark.parametrize("df", [0.5, 1.0, 2.5, 10.0, 100.0, 1000.0])
def test_stdtr_by_df(df):
    t = np.array([-30.0, -3.0, -0.1, 0.5, 2.0, 10.0])
    expected = [slope(smaller_stdtr(df, each), (df, each), 0) for each in t]
    # Two terms of the size of the density times t / df cancel in part, the more the larger df is.
    np.testing.assert_allclose(
        gradient(special.stdtr, (np.full_like(t, df), t), 0), expected, rtol=1e-12 * max(1e3, df * df)
    )


def test_parameter_derivatives_at_the_ends():
    assert gradient(special.gammainc, ([2.0, 2.0], [0.0, np.inf]), 0).tolist() == [0, 0]
    assert gradient(special.betainc, ([2.0, 2.0], [3.0, 3.0], [0.0, 1.0]), 0).tolist() == [0, 0]
    assert gradient(special.stdtr, ([2.0], [0.0]), 0).tolist() == [0]


# ---- where formulas would cancel, divide by zero or overflow


@pytest.mark.parametrize(
    ("name", "x", "expected"),
    [
        ("erfcx", 1e10, -1 / np.sqrt(np.pi) / 1e20),
        ("log_ndtr", -1e8, 1e8),
        ("log_ndtr", 50.0, 0.0),
        ("exprel", 0.0, 0.5),
        ("exprel", -800.0, 1 / 800**2),
        ("expit", 50.0, np.exp(-50.0)),
        ("sinc", 0.0, 0.0),
        ("sinc", 1e-8, -(np.pi**2) / 3 * 1e-8),
        ("spence", 1.0, -1.0),
        ("spence", 1e-20, np.log(1e-20)),
        ("j1", 0.0, 0.5),
        ("i1", 0.0, 0.5),
        ("i1e", 0.0, 0.5),
        ("i0e", 0.0, 0.0),
        ("ellipk", 0.0, np.pi / 8),
        ("ellipe", 0.0, -np.pi / 8),
        ("rgamma", 0.0, 1.0),
        ("rgamma", -3.0, -6.0),
        ("ellipkm1", 1e-200, -0.5e200),
    ],
)
@or_lacking
def test_delicate_points(name, x, expected):
    assert float(grad(getattr(special, name))(xp.asarray(x))) == pytest.approx(expected, rel=1e-13, abs=1e-300)


def test_derivatives_of_digamma():
    def slope(points):
        at = xp.asarray(points)
        return jvp(special.digamma, (at,), (xp.ones_like(at),))[1]

    def grad_sum(function):
        return lambda x: xp.sum(grad(function)(x))

    rng = np.random.default_rng(0)
    x = np.concat([10 ** rng.uniform(-8, 8, 60), rng.uniform(0.3, 12, 60), -rng.uniform(0, 30, 60)])
    z = rng.uniform(-8, 8, 60) + 1j * rng.uniform(-8, 8, 60)
    for points in (x, z):
        wanted = [complex(mpmath.polygamma(1, v)) for v in points.tolist()]
        np.testing.assert_allclose(slope(points).numpy(), wanted, rtol=1e-15 if points is x else 4e-15)

    def function(x):
        return xp.sum(special.digamma(x))

    for order in (2, 3):
        function = grad_sum(function)
        wanted = [float(mpmath.polygamma(order, v)) for v in x.tolist()]
        np.testing.assert_allclose(grad(function)(xp.asarray(x)).numpy(), wanted, rtol=1e-11)  # less near its zeros
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(slope([0.0, -1.0, np.inf, np.nan]).numpy(), [np.inf, np.inf, 0, np.nan])


@pytest.mark.parametrize(("kind", "order"), [("i", 0), ("i", 1), ("i", 2.5), ("k", 0), ("k", 1), ("k", 2.5)])
def test_scaled_bessel_functions_far_out(kind, order):
    """Three derivatives keep their digits where the formulas for them subtract what is nearly equal."""
    points = [99.0, 110.0, 300.0, 1e4, 1e8]

    def scaled(v, x):
        return mpmath.exp(-x) * mpmath.besseli(v, x) if kind == "i" else mpmath.exp(x) * mpmath.besselk(v, x)

    def expected(v, x, n):
        if n == 0:
            return scaled(v, x)
        change = (expected(v - 1, x, n - 1) + expected(v + 1, x, n - 1)) / 2 - expected(v, x, n - 1)
        return change if kind == "i" else -change

    def function(x):
        name = f"{kind}{'v' if order == 2.5 else order}e"
        return xp.sum(getattr(special, name)(*([order] if order == 2.5 else []), x))

    def slope(function):
        return lambda x: xp.sum(grad(function)(x))

    with mpmath.workdps(60):
        for n, rtol in ((1, 1e-12), (2, 1e-9), (3, 1e-6)):
            wanted = [float(expected(order, mpmath.mpf(x), n)) for x in points]
            np.testing.assert_allclose(grad(function)(xp.asarray(points)).numpy(), wanted, rtol=rtol)
            function = slope(function)


@pytest.mark.parametrize("b", [0.3, 1.0, 12.5, 1e5])
def test_changes_of_digamma(b):
    """The derivatives of betaln keep their digits where its arguments differ much, and so do those of its relatives."""
    a = np.asarray([29.0, 31.0, 100.0, 1e4, 1e8, 1e15])
    at = (xp.asarray(a), xp.asarray(b))

    def slope(a, b):
        return grad(lambda a, b: xp.sum(special.betaln(a, b)))(a, b)

    with mpmath.workdps(50):
        first, second = [
            [float(mpmath.polygamma(n, x) - mpmath.polygamma(n, mpmath.mpf(x) + b)) for x in a.tolist()] for n in (0, 1)
        ]
        across = [float(-mpmath.polygamma(1, mpmath.mpf(x) + b)) for x in a.tolist()]
    np.testing.assert_allclose(slope(*at).numpy(), first, rtol=1e-12)
    np.testing.assert_allclose(gradient(special.betaln, at[::-1], 1), first, rtol=1e-12)
    np.testing.assert_allclose(grad(lambda a, b: xp.sum(slope(a, b)))(*at).numpy(), second, rtol=1e-11)
    mixed = jvp(lambda b: slope(at[0], b), (at[1],), (xp.ones_like(at[1]),))[1]
    np.testing.assert_allclose(mixed.numpy(), across, rtol=1e-12)
    n = xp.asarray([1e4, 1e8, 1e12])
    assert gradient(special.binom, (n, xp.asarray(1.0)), 0).tolist() == pytest.approx([1.0] * 3, rel=1e-10)
    assert gradient(special.poch, (n, xp.asarray(1.0)), 0).tolist() == pytest.approx([1.0] * 3, rel=1e-10)


def test_changes_of_digamma_of_any_size():
    """The derivatives of betaln, `digamma(a) - digamma(a + b)`, by mpmath: small changes and large ones."""
    points = [
        (12.0, 7e-221), (29.0, -2.6e-11), (0.3, 1e-9), (1.2e-177, 1.8e-214), (4.4e-260, 3.7e63), (1e15, 3e15),
        (-4.1e-11, 1.2e-123), (-43.3, 9.9e-293), (-2.25, -1e-12), (-29.7, -11.5),
        (-1.5, 3.25), (-0.5, 8.75), (3.0, -9.5), (14.25, -10.5), (27.0, -26.9),
    ]  # fmt: skip
    a, b = (xp.asarray(x) for x in zip(*points, strict=True))

    def slope(a, b):
        return grad(lambda a: xp.sum(special.betaln(a, b)))(a)

    with mpmath.workdps(700):
        at = [tuple(map(mpmath.mpf, point)) for point in points]
        first, second = [[float(mpmath.polygamma(n, x) - mpmath.polygamma(n, x + y)) for x, y in at] for n in (0, 1)]
    np.testing.assert_allclose(slope(a, b).numpy(), first, rtol=2e-14)
    np.testing.assert_allclose(gradient(special.betaln, (b, a), 1), first, rtol=2e-14)
    np.testing.assert_allclose(grad(lambda a: xp.sum(slope(a, b)))(a).numpy(), second, rtol=1e-12)
    assert gradient(special.betaln, ([2.0], [np.inf]), 0).tolist() == [-np.inf]


@pytest.mark.parametrize(
    ("function", "at", "i", "first", "second"),
    # By central differences of the gamma functions of mpmath in 900 digits, with a relative step of 1e-300.
    [
        (special.beta, (16.5, -36.5), 0, -1.7590284888796223e-11, 8.7167819686821596e-12),
        (special.beta, (16.5, -36.5), 1, -1.7590284888796223e-11, -2.0771465126386387e-11),
        (special.beta, (-29.5, -11.5), 0, -50028208688.31398, 32465700866.547426),
        (special.binom, (5985.4, -32.0), 0, 0.0, 0.0),
        (special.binom, (5985.4, -32.0), 1, -1.0228172572294032e-87, -1.0744621871113516e-86),
        (special.binom, (0.45, 1e200), 0, 1.2809277358013559e-288, None),
        (special.binom, (-30.5, -6.5), 0, -1.5432060367031787e-7, -7.5360251615428199e-8),
        (special.binom, (-30.5, -6.5), 1, 1.5432060367031787e-7, 4.2103738316325171e-7),
        (special.binom, (75.5, 395.5), 1, 1.1193556352971468e-85, -4.8055458619976456e-86),
        (special.binom, (4.9e-260, 28.0), 0, -0.035714285714285714, 0.27796119666086303),
        (special.binom, (4.9e-260, 28.0), 1, 0.035714285714285714, -0.0025510204081632653),
        (special.poch, (-12.999999999999963, 36.0), 0, -6.9991759110865675e30, None),
    ],
)
def test_slopes_where_gamma_functions_cancel(function, at, i, first, second):
    at = tuple(map(xp.asarray, at))
    slope = grad(function, argnums=i)
    assert float(slope(*at)) == pytest.approx(first, rel=1e-11, abs=0)
    if second is not None:
        assert float(grad(slope, argnums=i)(*at)) == pytest.approx(second, rel=1e-10, abs=0)


def test_higher_orders_at_zero():
    """The series near 0 have the right derivatives there: of sin(pi x) / (pi x), of j1, of exprel, of spence at 1."""
    zero = xp.asarray(0.0)
    assert float(grad(grad(special.sinc))(zero)) == pytest.approx(-(np.pi**2) / 3)
    assert float(grad(grad(grad(special.j1)))(zero)) == pytest.approx(-3 / 8)
    assert float(grad(grad(grad(special.exprel)))(zero)) == pytest.approx(1 / 4)
    assert float(grad(grad(special.spence))(xp.asarray(1.0))) == pytest.approx(1 / 2)


def test_zero_times_infinity():
    """xlogy and relatives have the value 0 there; a zero cotangent stays zero."""
    x, y = xp.asarray([0.0, 2.0]), xp.asarray([0.0, 3.0])
    assert gradient(special.xlogy, (x, y), 1).tolist() == [0, 2 / 3]
    assert gradient(special.rel_entr, (x, y), 1).tolist() == [0, -2 / 3]
    assert gradient(special.kl_div, (x, y), 1).tolist() == [1, 1 - 2 / 3]
    assert gradient(special.pseudo_huber, (x, xp.asarray([0.0, 0.0])), 1).tolist() == [0, 0]
    assert grad(lambda t: xp.sum(xp.where(t > 0, special.entr(t), 0.0)))(x).tolist() == [0, -1 - np.log(2.0)]


@pytest.mark.parametrize(("x", "y"), [(1.57e-200, 2.93e163), (2.93e163, 1.57e-200), (2.0, 1e-40), (2.0, 3.0)])
def test_logarithms_of_ratios_that_overflow(x, y):
    """The slopes of rel_entr and kl_div by `x`, `log(x / y)` and one more, by mpmath's logarithms; and theirs."""
    expected = float(mpmath.log(x) - mpmath.log(y))
    for function, more in ((special.rel_entr, 1), (special.kl_div, 0)):
        slope = grad(function)
        assert float(slope(xp.asarray(x), xp.asarray(y))) == pytest.approx(expected + more, rel=1e-14)
        assert float(grad(slope)(xp.asarray(x), xp.asarray(y))) == pytest.approx(1 / x, rel=1e-14)


@pytest.mark.parametrize("x", [1e-150, 1e-20, -1e-9, 1e-3, 89.0])
def test_cotangents_of_small_angles(x):
    """By mpmath: `-pi / 180 / sin(pi x / 180)**2` and the derivative of that, where it does not overflow."""
    with mpmath.workdps(40):
        degree = mpmath.pi / 180
        sine, cosine = mpmath.sin(degree * x), mpmath.cos(degree * x)
        first, second = float(-degree / sine**2), float(2 * degree**2 * cosine / sine**3)
    assert float(grad(special.cotdg)(xp.asarray(x))) == pytest.approx(first, rel=1e-14)
    if abs(x) > 1e-100:
        assert float(grad(grad(special.cotdg))(xp.asarray(x))) == pytest.approx(second, rel=1e-14)


@pytest.mark.parametrize(("y", "lmbda"), [(4.25e241, 26.0), (3.25e298, 35.0), (1e200, 2.5), (3.0, 0.5), (0.1, 0.5)])
def test_inverse_box_cox_by_lmbda_for_large_operands(y, lmbda):
    """By mpmath: of `x = (1 + lmbda y)**(1 / lmbda)`, x times the derivative of its logarithm."""
    with mpmath.workdps(40):
        t = mpmath.mpf(y) * lmbda
        expected = float((1 + t) ** (1 / mpmath.mpf(lmbda)) * (y / (1 + t) - mpmath.log1p(t) / lmbda) / lmbda)
    for function in (special.inv_boxcox, special.inv_boxcox1p):
        assert gradient(function, ([y], [lmbda]), 1).tolist() == pytest.approx([expected], rel=1e-12)


@pytest.mark.parametrize(("x", "dtype"), [(11654.44, "float64"), (-800.0, "float64"), (504.08, "float32")])
def test_i1_overflows_to_infinity(x, dtype):
    """Its derivative, i0(x) - i1(x) / x, does so with i0; the second has the sign of x."""
    x = xp.asarray(x, dtype=dtype)
    assert float(grad(special.i1)(x)) == np.inf
    assert float(grad(grad(special.i1))(x)) == np.copysign(np.inf, float(x))


def test_binomial_coefficients_that_vanish():
    """binom(3, k) and binom(n, 5) are zero at k = 5 and n = 3 but not around."""
    for i in (0, 1):
        at = (xp.asarray(3.0), xp.asarray(5.0))
        got = float(grad(special.binom, argnums=i)(*at))
        assert got == pytest.approx(float(mpmath.diff(mpmath.binomial, (3, 5), (1 - i, i))), rel=1e-9)


def test_rising_factorials_at_poles():
    z = xp.asarray([-3.0, 0.0])
    np.testing.assert_allclose(grad(lambda z: xp.sum(special.poch(z, 2.0)))(z).numpy(), [-5, 1], rtol=1e-13)


# ---- functions of another form


def test_multigammaln():
    a = xp.asarray([2.5, 7.5])
    for d in (1, 2, 4):
        np.testing.assert_allclose(
            special.multigammaln(a, d).numpy(), scipy.special.multigammaln(a.numpy(), d), rtol=1e-14
        )
    check_gradients(lambda a: special.multigammaln(a, 3), [a])
    for wrong in (0, 2.5):
        with pytest.raises(ValueError, match="positive integer"):
            special.multigammaln(a, wrong)
    if DEVICE == "cpu":  # on others a look at the values would wait for the device
        with pytest.raises(ValueError, match="not met"):
            special.multigammaln(a, 6)


def test_gammasgn_tracks_nothing():
    y = special.gammasgn(xp.asarray([-0.5, 0.5], requires_grad=True))
    assert y.tolist() == [-1, 1] and not y.requires_grad


def test_scalars_and_integers():
    """Python scalars on either side; integer tensors become floating-point before a rule subtracts 1 from them."""
    x = xp.asarray([0.5, 2.0], dtype="float32", requires_grad=True)
    assert special.xlogy(2.0, x).dtype == special.betaln(x, 1).dtype == xp.float32
    zero = xp.zeros(2, dtype="uint8")
    assert grad(lambda x: xp.sum(special.xlogy(zero, x)))(x).tolist() == [0, 0]
    k = xp.asarray([1, 2], dtype="uint8")
    np.testing.assert_allclose(
        grad(lambda x: xp.sum(special.gammainc(k, x)))(xp.asarray([0.5, 2.0])).numpy(), [np.exp(-0.5), 2 * np.exp(-2.0)]
    )
    assert float(special.gammaln(5.0)) == pytest.approx(np.log(24))
    with pytest.raises(TypeError, match="takes 2 arguments, not 1"):
        special.xlogy(x)


@pytest.mark.parametrize("name", ["erf", "erfcx", "gamma", "loggamma", "rgamma", "spence", "exp1"])
@or_lacking
def test_complex(name):
    z = xp.asarray([0.7 + 0.4j, 2.0 - 1.0j])
    if name in LACKING_OF_COMPLEX:
        with pytest.raises(NotImplementedError, match=rf"lack {name} of complex numbers; .*to_device\('cpu'\)"):
            getattr(special, name)(z)
    else:
        check_gradients(getattr(special, name), [z], order=1)


@pytest.mark.parametrize(
    ("name", "z", "expected"),
    [
        # The terms of `2 z y - 2 / sqrt(pi)` are equal but for their last digits.
        ("erfcx", 1e6 + 1e5j, -1 / np.sqrt(np.pi) / (1e6 + 1e5j) ** 2),
        ("psi", -0.5 + 200j, complex(mpmath.polygamma(1, -0.5 + 200j))),
        ("psi", 1e5j, complex(mpmath.polygamma(1, 1e5j))),
        ("rgamma", 0j, 1.0),
        ("rgamma", -3 + 1e-9j, complex(mpmath.diff(mpmath.rgamma, -3 + 1e-9j))),
        ("rgamma", -2.5 + 3j, complex(mpmath.diff(mpmath.rgamma, -2.5 + 3j))),
        ("spence", 1e-20j, complex(mpmath.log(1e-20j))),
    ],
)
def test_delicate_complex_points(name, z, expected):
    if name in LACKING | LACKING_OF_COMPLEX:
        pytest.skip("the library of the default device lacks it, which another test is about")
    one = xp.asarray(1 + 0j)
    got = complex(jvp(getattr(special, name), (xp.asarray(complex(z)),), (one,))[1].item())
    assert abs(got - expected) <= 2e-12 * abs(expected)


@pytest.mark.parametrize("name", ["jv", "yv", "iv", "ive", "kv", "kve"])
def test_complex_bessel_functions(name):
    z = xp.asarray([0.7 + 0.4j, 2.0 - 1.0j])
    function = getattr(special, name)
    if DEVICE.type == "cuda":
        with pytest.raises(NotImplementedError, match=rf"lack {name}( of complex numbers)?; .*to_device\('cpu'\)"):
            function(0.5, z)
    elif name == "ive":
        with pytest.raises(TypeError, match="holomorphic"):
            grad(lambda z: xp.sum(xp.abs(function(0.5, z))))(z)
    else:
        check_gradients(lambda z: function(0.5, z), [z])


# ---- what has no derivative


MISSING = [
    ("jv", (0.5, 1.0), 0, "order"),
    ("iv", (0.5, 1.0), 0, "order"),
    ("kve", (0.5, 1.0), 0, "order"),
    ("polygamma", (2.0, 1.0), 0, "integer"),
    ("yn", (2.0, 1.0), 0, "integer"),
    ("pdtr", (2.0, 1.0), 0, "integer"),
    ("expn", (2.0, 1.0), 0, "integer"),
    ("lpmv", (0.0, 2.0, 0.5), 1, "degree"),
    ("hyp1f1", (1.0, 2.0, 0.5), 0, "hypergeometric"),
    ("zeta", (2.0, 0.5), 0, "zeta"),
    ("zeta", (2.0,), 0, "zeta"),
    ("zetac", (2.0,), 0, "zeta"),
]


@pytest.mark.parametrize(("name", "at", "i", "reason"), MISSING)
@or_lacking
def test_missing_derivatives_raise(name, at, i, reason):
    tensors = [xp.asarray(x) for x in at]
    function = getattr(special, name)
    with pytest.raises(TypeError, match=f"{name}: no derivative with respect to .*{reason}.*detach"):
        grad(function, argnums=i)(*tensors)
    with pytest.raises(TypeError, match=f"{name}: no derivative"):
        jvp(lambda x: function(*tensors[:i], x, *tensors[i + 1 :]), (tensors[i],), (xp.asarray(1.0),))
    assert not function(*tensors).requires_grad


# ---- backends


def test_portable_versions():
    """What a backend without special functions gets equals SciPy's, in value and derivative."""
    bare = Namespace(SimpleNamespace(**{name: f for name, f in vars(numpy_namespace).items() if name != "special"}))
    portable = special.Functions(bare)
    for name in special._PORTABLE:
        for operands in SAMPLES[name]:
            arrays = [np.asarray(x, dtype=float) for x in (operands if isinstance(operands, tuple) else (operands,))]
            with np.errstate(all="ignore"):
                np.testing.assert_allclose(
                    getattr(portable, name)(*arrays),
                    getattr(scipy.special, name)(*arrays),
                    rtol=3e-15,
                    atol=1e-16,
                    err_msg=name,
                )


@pytest.mark.parametrize(
    ("name", "operands"),
    [
        ("entr", ([-1.0, 0.0, np.nan],)),
        ("huber", ([-1.0, 0.0, np.nan], [1.0, 1.0, 1.0])),
        ("kl_div", ([0.0, 0.0, 1.0, -1.0, np.nan], [0.0, 2.0, 0.0, 1.0, 1.0])),
        ("log_expit", ([-800.0, 800.0, np.nan],)),
        ("logit", ([0.0, 1.0, 2.0],)),
        ("pseudo_huber", ([-1.0, 0.0, 0.0], [1.0, 0.0, 1.0])),
        ("rel_entr", ([0.0, 0.0, 1.0, -1.0, np.nan], [0.0, 2.0, 0.0, 1.0, 1.0])),
        ("xlog1py", ([0.0, 0.0, 1.0], [-1.0, np.nan, -1.0])),
        ("xlogy", ([0.0, 0.0, 1.0], [0.0, np.nan, 0.0])),
    ],
)
def test_portable_versions_at_special_values(name, operands):
    bare = Namespace(SimpleNamespace(**{name: f for name, f in vars(numpy_namespace).items() if name != "special"}))
    arrays = [np.asarray(x) for x in operands]
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(
            getattr(special.Functions(bare), name)(*arrays), getattr(scipy.special, name)(*arrays)
        )


@pytest.mark.parametrize("device", STRICT)
def test_a_backend_without_special_functions(device):
    x = xp.asarray([0.5, 2.0], device=device, requires_grad=True)
    for name in sorted(special._PORTABLE):
        operands = [x] * len(SAMPLES[name][0]) if isinstance(SAMPLES[name][0], tuple) else [x]
        operands = [x / 4 for x in operands] if name == "logit" else operands
        xp.sum(getattr(special, name)(*operands)).backward()
    assert x.grad.device == device and bool(xp.all(xp.isfinite(x.grad)))
    with pytest.raises(NotImplementedError, match=r"gammaln.*array_api_strict has no special function 'gammaln'"):
        special.gammaln(x)


def test_scipy_is_loaded_at_the_first_value_and_not_before():
    code = """
import sys, apitensor as xp
print("apitensor.special" in sys.modules, end=" ")
xp.special; x = xp.asarray(5.0); print("scipy" in sys.modules, end=" ")
xp.special.gammaln(x); print("scipy.special" in sys.modules)
"""
    assert run(code, APITENSOR_DEVICE="cpu") == ["False", "False", "True"]


def test_what_to_install_without_scipy():
    code = """
import sys; sys.modules["scipy"] = sys.modules["scipy.special"] = None
import apitensor as xp
try:
    xp.special.gammaln(xp.asarray(5.0))
except ImportError as error:
    print(error)
"""
    assert "pip install 'apitensor[special]'" in " ".join(run(code, APITENSOR_DEVICE="cpu"))


# ---- SciPy finds the functions here


def test_every_function_that_scipy_looks_up_is_here():
    from scipy.special import _support_alternative_backends

    assert set(_support_alternative_backends.__all__) <= set(special.__all__)


@pytest.mark.parametrize("name", ["expm1", "log1p"])
def test_scipys_functions_that_the_standard_has_are_the_namespaces(name):
    """SciPy has ufuncs of its own of them, which are not NumPy's."""
    function, x = getattr(scipy.special, name), xp.asarray([0.5, 1e-9], requires_grad=True)
    np.testing.assert_allclose(function(x).detach().numpy(), function(x.detach().numpy()), rtol=1e-15)
    check_gradients(function, (x.detach(),))
    with pytest.raises(TypeError, match=r"^dawsn has no counterpart"):
        scipy.special.dawsn(x)


def test_scipy_computes_with_these_functions():
    """scipy.special of a tensor, and p-values of scipy.stats with gradients in data and parameters."""
    code = """
import numpy as np, scipy.special, scipy.stats as stats
import apitensor as xp
from apitensor.autograd import check_gradients

assert scipy.special.gammaln(xp.asarray(5.0, requires_grad=True)).requires_grad
rng = np.random.default_rng(0)
a, b = xp.asarray(rng.normal(size=8)), xp.asarray(rng.normal(0.5, 2.0, size=9))
for fun, reference in [
    (lambda a, b: stats.ttest_ind(a, b).pvalue, stats.ttest_ind),
    (lambda a, b: stats.ttest_ind(a, b, equal_var=False).pvalue, lambda a, b: stats.ttest_ind(a, b, equal_var=False)),
    (lambda a, b: stats.ttest_rel(a, b[:8]).pvalue, lambda a, b: stats.ttest_rel(a, b[:8])),
    (lambda a, b: stats.pearsonr(a, b[:8]).pvalue, lambda a, b: stats.pearsonr(a, b[:8])),
    (lambda a, b: stats.bartlett(a, b).pvalue, stats.bartlett),
    (lambda a, b: stats.f_oneway(a, b).pvalue, stats.f_oneway),
    (lambda a, b: stats.skewtest(a).pvalue + stats.kurtosistest(xp.concat([a, a, b])).pvalue, None),
    (lambda a, b: stats.jarque_bera(b).pvalue, lambda a, b: stats.jarque_bera(b)),
    (lambda a, b: stats.chisquare(xp.exp(a), xp.sum(xp.exp(a)) / 8 * xp.ones(8)).pvalue, None),
]:
    value = fun(a, b)
    if reference is not None:
        np.testing.assert_allclose(value.numpy(), reference(a.numpy(), b.numpy()).pvalue, rtol=1e-12)
    check_gradients(fun, [a, b], order=1)
print("right")
"""
    assert run(code, SCIPY_ARRAY_API="1") == ["right"]
