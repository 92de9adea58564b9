"""The functions beyond the standard: values against NumPy and SciPy, derivatives against differences."""

import builtins
import itertools
import sys

import numpy as np
import pytest
import scipy.linalg
import scipy.special

import apitensor as xp
from apitensor import ext
from apitensor.autograd import check_gradients, grad, jvp, vjp
from tests.backends import CPU, READONLY, STRICT
from tests.fresh import run

RNG = np.random.default_rng(7)
X = RNG.normal(size=(4, 5))
V = RNG.normal(size=6)
Z = RNG.normal(size=(3, 3)) + 1j * RNG.normal(size=(3, 3))
NAN = np.where(RNG.uniform(size=(4, 5)) < 0.25, np.nan, X)
ALL_NAN = np.where(np.arange(4)[:, None] == 2, np.nan, NAN)
SPD = X @ X.T + np.eye(4)
ALL_MODES = (
    "reverse", "forward",
    "reverse-over-reverse", "forward-over-reverse", "reverse-over-forward", "forward-over-forward",
)  # fmt: skip

# function of a namespace, operands; ours and NumPy's are called alike
LIKE_NUMPY = {
    "bincount": (lambda n, x, w: n.bincount(x, weights=w, minlength=8), [np.asarray([0, 3, 3, 1]), V[:4]]),
    "bincount without weights": (lambda n, x: n.bincount(x, minlength=2), [np.asarray([0, 3, 3, 1])]),
    "convolve full": (lambda n, a, v: n.convolve(a, v), [V, V[:3]]),
    "convolve same": (lambda n, a, v: n.convolve(a, v, mode="same"), [V[:3], V]),
    "convolve valid": (lambda n, a, v: n.convolve(a, v, mode="valid"), [V, V[:4]]),
    "convolve complex": (lambda n, a, v: n.convolve(a, v), [Z[0], Z[1]]),
    "correlate": (lambda n, a, v: n.correlate(a, v, mode="full"), [Z[0], V[:2]]),
    "correlate same": (lambda n, a, v: n.correlate(a, v, mode="same"), [V[:3], V]),
    "correlate same even": (lambda n, a, v: n.correlate(a, v, mode="same"), [V[:2], V[:5]]),
    "correlate valid": (lambda n, a, v: n.correlate(a, v), [V[:2], V]),
    "corrcoef": (lambda n, x: n.corrcoef(x), [X]),
    "corrcoef complex": (lambda n, x: n.corrcoef(x), [Z]),
    "corrcoef vector": (lambda n, x: n.corrcoef(x), [V]),
    "cov": (lambda n, x: n.cov(x), [X]),
    "cov columns": (lambda n, x: n.cov(x, rowvar=False, bias=True), [X]),
    "cov complex": (lambda n, x: n.cov(x), [Z]),
    "cov with y": (lambda n, x, y: n.cov(x, y), [X, X[::-1] ** 2]),
    "cov vector": (lambda n, x: n.cov(x), [V]),
    "cov weights": (
        lambda n, x, f, a: n.cov(x, fweights=f, aweights=a),
        [X, np.asarray([1, 2, 1, 3, 1]), np.abs(V[:5])],
    ),
    "diag": (lambda n, x: n.diag(x, k=-2), [V]),
    "diag matrix": (lambda n, x: n.diag(x, k=1), [X]),
    "gradient": (lambda n, x: n.gradient(x)[1], [X]),
    "gradient spacing": (lambda n, x: n.gradient(x, 0.5, axis=1, edge_order=2), [X]),
    "gradient places": (lambda n, x, h: n.gradient(x, h, axis=1, edge_order=2), [X, np.cumsum(np.abs(V[:5]))]),
    "gradient two": (lambda n, x: n.gradient(x, axis=1), [X[:, :2]]),
    "interp": (lambda n, x, a, f: n.interp(x, a, f), [V, np.asarray([-1.0, -0.2, 0.4, 0.9]), V[:4]]),
    "interp sides": (lambda n, x, a, f: n.interp(x, a, f, left=-1.0, right=2.0), [V, np.asarray([-0.3, 0.4]), V[:2]]),
    "interp period": (
        lambda n, x, a, f: n.interp(x, a, f, period=1.0), [V, np.asarray([0.9, 0.1, 0.5]), V[:3]],
    ),
    "interp one": (lambda n, x, a, f: n.interp(x, a, f), [V, V[:1], V[:1]]),
    "kron": (lambda n, a, b: n.kron(a, b), [X, Z]),
    "kron dims": (lambda n, a, b: n.kron(a, b), [V, X]),
    "logspace": (lambda n, a: n.logspace(a, 2.0, 5, base=3.0), [np.asarray(0.5)]),
    "median": (lambda n, x: n.median(x), [X]),
    "median axis": (lambda n, x: n.median(x, axis=(0, 1), keepdims=True), [X]),
    "median nan": (lambda n, x: n.median(x, axis=1), [NAN]),
    "nanargmax": (lambda n, x: n.nanargmax(x, axis=1), [NAN]),
    "nanargmin": (lambda n, x: n.nanargmin(x), [NAN]),
    "nancumprod": (lambda n, x: n.nancumprod(x, axis=1), [NAN]),
    "cumsum": (lambda n, x: n.cumsum(x), [X]),
    "cumprod": (lambda n, x: n.cumprod(x, axis=-1), [X]),
    "nancumsum": (lambda n, x: n.nancumsum(x), [NAN]),
    "nanmax": (lambda n, x: n.nanmax(x, axis=1, keepdims=True), [ALL_NAN]),
    "nanmean": (lambda n, x: n.nanmean(x, axis=1), [ALL_NAN]),
    "nanmax integers": (lambda n, x: n.nanmax(x), [np.arange(4)]),
    "nanmean integers": (lambda n, x: n.nanmean(x), [np.arange(4)]),
    "nanmedian": (lambda n, x: n.nanmedian(x, axis=1), [ALL_NAN]),
    "nanmin": (lambda n, x: n.nanmin(x, axis=1), [ALL_NAN]),
    "nanprod": (lambda n, x: n.nanprod(x, axis=1), [ALL_NAN]),
    "nanquantile": (lambda n, x, q: n.nanquantile(x, q, axis=1), [ALL_NAN, np.asarray([0.1, 0.7])]),
    "nanstd": (lambda n, x: n.nanstd(x, axis=1, ddof=1), [ALL_NAN]),
    "nansum": (lambda n, x: n.nansum(x, axis=0), [ALL_NAN]),
    "nanvar": (lambda n, x: n.nanvar(x), [NAN + 1j * X]),
    "pad": (lambda n, x: n.pad(x, ((1, 2), (0, 3)), constant_values=2.0), [X]),
    "pad widths in an array": (lambda n, x: n.pad(x, np.asarray([[1, 2], [0, 3]])), [X]),
    **{
        f"pad {mode}": (lambda n, x, mode=mode: n.pad(x, (7, 9), mode=mode), [X])
        for mode in ("edge", "reflect", "symmetric", "wrap")
    },
    **{
        f"quantile {method}": (
            lambda n, x, q, method=method: n.quantile(x, q, axis=1, method=method),
            [RNG.normal(size=(3, 10)), np.asarray([0.0, 0.03, 0.25, 0.35, 0.5, 0.8, 0.99, 1.0])],
        )
        for method in (
            "linear", "weibull", "hazen", "median_unbiased", "normal_unbiased", "interpolated_inverted_cdf", "lower",
            "higher", "midpoint", "nearest", "inverted_cdf", "averaged_inverted_cdf", "closest_observation",
        )
    },
    "quantile all": (lambda n, x: n.quantile(x, 0.3, keepdims=True), [X]),
    "transpose": (lambda n, x: n.transpose(x), [np.ones((2, 3, 4))]),
    "transpose axes": (lambda n, x: n.transpose(x, (1, 0)), [X]),
}  # fmt: skip


def tensors(operands, device="cpu", **kwargs):
    return [xp.asarray(a, device=device, **kwargs) if isinstance(a, np.ndarray) else a for a in operands]


@pytest.mark.filterwarnings("ignore:All-NaN", "ignore:Mean of empty", "ignore:Degrees of freedom")
@pytest.mark.parametrize("device", [CPU, READONLY, STRICT[0]])
@pytest.mark.parametrize("name", LIKE_NUMPY)
def test_value(name, device):
    function, operands = LIKE_NUMPY[name]
    expected = function(np, *operands)
    result = function(xp, *tensors(operands, device))
    assert result.device == device
    assert result.shape == np.shape(expected) and result.dtype == np.asarray(expected).dtype
    np.testing.assert_allclose(result.numpy(), expected, rtol=1e-12, atol=1e-14)


# What is smooth in its operands as they stand.
SMOOTH = [
    name
    for name in LIKE_NUMPY
    if not name.startswith(("nanarg", "bincount", "cov weights", "interp one", "nanmean integers", "quantile"))
    and "nan" not in name
]


@pytest.mark.parametrize("name", SMOOTH)
def test_derivatives(name):
    function, operands = LIKE_NUMPY[name]
    check_gradients(lambda *moving: function(xp, *moving), tensors(operands), modes=ALL_MODES)


@pytest.mark.parametrize("name", ["nansum", "nanmean", "nanstd", "nanvar", "nanprod", "nanmax", "nanmin", "nanmedian"])
def test_derivative_of_what_is_not_nan(name):
    """The derivative is that of the function without the elements that are NaN, and zero for these."""
    at = xp.asarray([0.3, xp.nan, 1.2, 0.7])
    g = grad(lambda x: getattr(xp, name)(x))(at)
    plain = getattr(xp, name.removeprefix("nan"))
    expected = grad(lambda x: plain(x))(at[[0, 2, 3]])
    np.testing.assert_allclose(g[[0, 2, 3]].numpy(), expected.numpy(), rtol=1e-14)
    assert g[1].item() == 0


@pytest.mark.parametrize("method", ["linear", "hazen", "midpoint", "averaged_inverted_cdf", "lower"])
def test_derivative_of_quantile(method):
    check_gradients(
        lambda x: xp.quantile(x, xp.asarray([0.13, 0.62]), axis=1, method=method), [xp.asarray(X)], modes=ALL_MODES
    )


def test_many_quantiles_have_the_derivative_of_few():
    """Few are found one by one, many by sorting indices. Equal elements take their turns in both."""
    x = np.random.default_rng(0).integers(0, 6, (3, 20)).astype(float)
    q = np.linspace(0, 1, 19)
    weights = xp.asarray(np.random.default_rng(1).normal(size=(19, 3)))
    many = grad(lambda x: xp.sum(weights * xp.quantile(x, xp.asarray(q), axis=1)))(xp.asarray(x))
    few = sum(
        grad(lambda x, k=k: xp.sum(weights[k] * xp.quantile(x, q[k], axis=1)))(xp.asarray(x)) for k in range(len(q))
    )
    np.testing.assert_allclose(many.numpy(), few.numpy(), atol=1e-12)
    distinct = np.random.default_rng(2).permutation(60).reshape(3, 20) * 0.3
    check_gradients(
        lambda x: xp.quantile(x, xp.asarray(q[1:-1] + 0.003), axis=1), [xp.asarray(distinct)], modes=ALL_MODES
    )


@pytest.mark.parametrize("n", [1, 2, 5, 6])
def test_median_of_equal_elements(n):
    x = xp.asarray([[2.0] * n, [np.nan] + [1.0] * (n - 1)], requires_grad=True)
    y = xp.median(x, axis=1)
    assert y[0].item() == 2 and xp.isnan(y[1])
    y[0].backward()
    middle = [n // 2] if n % 2 else [n // 2 - 1, n // 2]
    assert x.grad.tolist() == [[1 / len(middle) if i in middle else 0.0 for i in range(n)], [0.0] * n]


def test_infinite_elements_do_not_reach_over():
    """NumPy's interpolation warns and gives NaN here."""
    assert xp.quantile(xp.asarray([-xp.inf, 0.0, xp.inf]), xp.asarray([0.0, 0.5, 1.0])).tolist() == [-xp.inf, 0, xp.inf]


INF = np.inf


@pytest.mark.parametrize(
    ("x", "quarters", "median"),
    [
        ([-INF, 1.0], [-INF] * 3, -INF),
        ([1.0, INF], [INF] * 3, INF),
        ([INF, INF], [INF] * 3, INF),
        ([-INF, INF], [np.nan] * 3, np.nan),
        ([1.0, 2.0, INF, INF], [1.75, INF, INF], INF),
        ([-1.7e308, 1.7e308], None, 0.0),
        ([1e308, 1.7e308], [1.175e308, 1.35e308, 1.525e308], 1.35e308),
    ],
)
def test_the_way_between_extreme_elements(x, quarters, median):
    with np.errstate(invalid="ignore"):  # half of -inf and half of inf
        assert xp.median(xp.asarray(x)).item() == pytest.approx(median, nan_ok=True)
        if quarters is not None:
            found = xp.quantile(xp.asarray(x), xp.asarray([0.25, 0.5, 0.75]))
            assert found.tolist() == pytest.approx(quarters, nan_ok=True)
            assert xp.nanmedian(xp.asarray([np.nan, *x])).item() == pytest.approx(median, nan_ok=True)


@pytest.mark.parametrize("method", ["higher", "nearest", "inverted_cdf", "closest_observation", "linear"])
def test_a_quantile_that_is_an_element_is_exactly_that(method):
    """A step from the element below rounds: 1e-10 is nothing beside -2.5."""
    x = xp.asarray([-2.5, 1e-10, 3.0])
    assert xp.quantile(x, 0.45 if method in ("higher", "nearest") else 0.5, method=method).item() == 1e-10


def test_derivative_in_the_fraction():
    check_gradients(lambda x, q: xp.quantile(x, q, axis=1), [xp.asarray(X), xp.asarray([0.13, 0.62])], modes=ALL_MODES)


def test_derivative_of_weights():
    counts = xp.asarray([0, 3, 3, 1])
    check_gradients(lambda w: xp.bincount(counts, weights=w), [xp.asarray(V[:4])], modes=ALL_MODES)
    check_gradients(lambda x, a: xp.cov(x, aweights=a), [xp.asarray(X), xp.asarray(np.abs(V[:5]))], modes=ALL_MODES)


def test_constant_data_have_no_slope():
    assert grad(xp.nanstd)(xp.asarray([2.0, 2.0, xp.nan])).tolist() == [0, 0, 0]


def test_spread_of_infinite_elements():
    for x in ([INF, 1.0], [INF, -INF, np.nan], [INF + 1j, 1.0], [np.nan, 1j * INF]):
        with np.errstate(invalid="ignore"):
            assert xp.isnan(xp.nanvar(xp.asarray(x))) and xp.isnan(xp.nanstd(xp.asarray(x)))


def test_mean_of_nothing_is_unknown_in_both_parts():
    y = xp.nanmean(xp.asarray([complex(np.nan, 1.0)]))
    assert xp.isnan(xp.real(y)) and xp.isnan(xp.imag(y))


@pytest.mark.parametrize(("rowvar", "shape"), [(False, (3, 3)), (True, ())])
def test_one_row_of_variables_in_columns(rowvar, shape):
    """As in NumPy from 2.2 on; before, one row was taken for one variable."""
    row = xp.asarray([[1.0, 2.0, 3.0]])
    assert xp.cov(row, rowvar=rowvar).shape == xp.cov(row, rowvar=rowvar, bias=True).shape == shape
    assert xp.cov(row[0], rowvar=rowvar).item() == 1


@pytest.mark.parametrize("options", [{"ddof": 4}, {"ddof": 3.5}, {"aweights": [1.0, 1.0, 1.0], "ddof": 4}])
def test_covariances_without_degrees_of_freedom_are_unknown(options):
    x = xp.asarray([[1.0, 2.0, 4.0], [3.0, 1.0, 2.0]])
    assert xp.all(xp.isnan(xp.cov(x, **options)))


@pytest.mark.parametrize("weights", [[1, 2], [1], 2, [[1, 1, 1], [1, 1, 1], [1, 1, 1]]])
@pytest.mark.parametrize("name", ["fweights", "aweights"])
def test_covariances_refuse_weights_that_do_not_fit(name, weights):
    """They were broadcast: NaN, or a matrix of another shape."""
    with pytest.raises(ValueError, match="do not fit 3 observations"):
        xp.cov(xp.asarray([1.0, 2.0, 4.0]), **{name: weights})


def test_correlations_do_not_exceed_one():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(100, 8))
    beyond = 0
    for row in x:
        pair = np.stack([row, rng.normal() * row + 1])
        found = xp.corrcoef(xp.asarray(pair)).numpy()
        assert np.max(np.abs(found)) <= 1
        np.testing.assert_allclose(found, np.corrcoef(pair), rtol=1e-14)
        covariance = np.cov(pair)
        scale = np.sqrt(np.diag(covariance))
        beyond += np.max(np.abs(covariance / scale[:, None] / scale)) > 1
    assert beyond  # so it is not by chance
    at = xp.asarray([[1.0, 2.0, 4.0], [2.0, 4.0, 8.0]])
    check_gradients(lambda x: xp.corrcoef(x)[0, 1], [at], modes=ALL_MODES)


def test_an_infinite_element_shares_the_cotangent_by_its_weight():
    x, q = xp.asarray([1.0, INF, 3.0], requires_grad=True), xp.asarray([0.25, 0.875], requires_grad=True)
    y = xp.quantile(x, q)
    assert y.tolist() == [2, INF]
    xp.sum(y).backward()
    assert x.grad.tolist() == [0.5, 0.75, 0.75] and q.grad.tolist() == [4, 0]


@pytest.mark.parametrize("name", ["quantile", "nanquantile"])
def test_quantiles_of_complex_numbers_are_refused(name):
    for x, q in (([1j, 2.0], 0.5), ([1.0, 2.0], 0.5 + 0j)):
        with pytest.raises(TypeError, match="complex numbers have no order"):
            getattr(xp, name)(xp.asarray(x), q)


def test_interpolation_at_complex_places_is_refused():
    real, complex_ = xp.asarray([0.0, 1.0]), xp.asarray([0.0, 1j])
    assert xp.interp(real, real, complex_).tolist() == [0, 1j]
    for places in ((complex_, real), (real, complex_)):
        with pytest.raises(TypeError, match="interp: places are real"):
            xp.interp(*places, real)


def test_interpolation_meets_every_place():
    """A step from the place to the left rounds: 1 is nothing beside 1e20."""
    places = xp.asarray([0.0, 1.0, 2.0])
    at = xp.asarray([0.0, 1.0, 2.0])
    for values in ([0.3, 1e20, 1.0], [1.0, INF, 2.0], [-INF, 1.0, -INF], [1.0, np.nan, 2.0]):
        y = xp.interp(at, places, xp.asarray(values))
        np.testing.assert_array_equal(y.numpy(), np.interp(at.numpy(), places.numpy(), values))
    assert xp.interp(2.0, [0.0, 2.0, 2.0], [0.0, 1.0, 5.0]).item() == 5


def test_interpolation_of_infinite_values_and_at_infinite_places():
    places, at = np.asarray([0.0, 1.0, 2.0]), np.asarray([-1, 0, 0.25, 0.5, 1, 1.5, 2, 3, np.nan, INF, -INF])
    choices = [0.0, 1.0, INF, -INF, np.nan]
    for values in [*itertools.product(choices, repeat=3), [1j, complex(INF, 1), complex(2, -INF)]]:
        with np.errstate(invalid="ignore"):  # the way between infinities of both signs
            y = xp.interp(xp.asarray(at), xp.asarray(places), xp.asarray(values)).numpy()
        wanted = np.interp(at, places, values)
        np.testing.assert_array_equal(y.real, wanted.real)
        np.testing.assert_array_equal(y.imag, wanted.imag)
    f = xp.asarray([INF, 2.0, 5.0], requires_grad=True)
    xp.sum(xp.interp(xp.asarray([1.5, INF, 0.0]), xp.asarray(places), f)).backward()
    assert f.grad.tolist() == [1, 0.5, 1.5]


@pytest.mark.parametrize("dtype", [np.float32, np.complex64])
def test_interpolation_in_the_precision_of_its_result(dtype):
    values = np.asarray([0.1, 0.7, 0.3], dtype)
    at = np.asarray([0.3, 1.7])
    y = xp.interp(xp.asarray(at), xp.asarray([0.0, 1.0, 2.0]), xp.asarray(values))
    np.testing.assert_allclose(y.numpy(), np.interp(at, [0.0, 1.0, 2.0], values), rtol=1e-15)


def test_slopes_of_even_samples_do_not_read_the_one_between():
    x = xp.asarray([0.0, 1.0, np.nan, 3.0, 4.0])
    assert xp.gradient(x)[2].item() == 1
    x = xp.asarray([0.0, 1.0, 5.0, 3.0, 4.0], requires_grad=True)
    xp.gradient(x, 0.5)[2].backward()
    assert x.grad.tolist() == [0, -1, 0, 1, 0]


# ---- softmax


ROWS = np.asarray([[0.3, -1.0, 2.0], [1e3, 0.0, -1e3], [-np.inf, 0.0, 1.0]])


@pytest.mark.parametrize("device", [CPU, READONLY, STRICT[0]])
@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp"])
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 1)])
def test_softmax(name, axis, device):
    x = xp.asarray(ROWS, device=device)
    result = getattr(ext, name)(x, axis=axis)
    np.testing.assert_allclose(result.numpy(), getattr(scipy.special, name)(ROWS, axis=axis), rtol=1e-14)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp"])
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_derivatives_of_softmax(name, axis):
    function = getattr(ext, name)
    check_gradients(lambda x: function(x, axis=axis), [xp.asarray(X)], modes=ALL_MODES)
    # Of a square the cotangent depends on x too.
    check_gradients(lambda x: function(x, axis=axis) ** 2, [xp.asarray(X)], modes=ALL_MODES)


def test_infinite_elements():
    inf = xp.inf
    assert ext.softmax(xp.asarray([inf, 1.0, inf])).tolist() == [0.5, 0, 0.5]
    assert ext.logsumexp(xp.asarray([inf, -inf])).item() == inf
    assert ext.logsumexp(xp.asarray([-inf, -inf])).item() == -inf
    assert ext.logsumexp(xp.asarray([[-inf, -inf]]), axis=1, keepdims=True).tolist() == [[-inf]]
    assert np.isnan(ext.softmax(xp.asarray([1.0, xp.nan])).numpy()).all()
    # The row of -inf does not spoil the others' gradient, nor its own.
    g = grad(lambda x: xp.sum(ext.logsumexp(x, axis=1)))(xp.asarray([[-inf, -inf], [0.0, 0.0], [-inf, 1.0]]))
    assert g.tolist() == [[0.5, 0.5], [0.5, 0.5], [0, 1]]
    g = grad(lambda x: ext.log_softmax(x)[1])(xp.asarray([-inf, 0.0, 0.0]))
    assert g.tolist() == [0, 0.5, -0.5]


@pytest.mark.parametrize(("shape", "axis"), [((0,), None), ((2, 0), 1), ((2, 0), 0), ((0, 2), (0, 1))])
def test_softmax_of_nothing(shape, axis):
    x = xp.zeros(shape, dtype=xp.float32)
    y, pull = vjp(lambda x: ext.logsumexp(x, axis=axis, keepdims=True), x)
    assert y.shape == xp.sum(x, axis=axis, keepdims=True).shape and y.dtype == xp.float32 and xp.all(y == -xp.inf)
    assert pull(xp.ones_like(y))[0].shape == shape
    for function in (ext.softmax, ext.log_softmax):
        y, pull = vjp(lambda x, f=function: f(x, axis=axis), x)
        assert y.shape == pull(y)[0].shape == shape


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp"])
def test_softmax_of_complex_numbers_is_refused(name):
    """It had values, and a gradient without the conjugates that it takes."""
    with pytest.raises(TypeError, match=f"{name}: x is real, not complex64"):
        getattr(ext, name)(xp.asarray([1.0, 1j], dtype=xp.complex64))


def test_a_zero_cotangent_of_softmax_stays_zero():
    x = xp.asarray([[xp.nan, 0.0], [1.0, 0.0]])
    for function in (ext.softmax, ext.log_softmax):
        g = grad(lambda x, function=function: function(x)[1, 0])(x)
        assert g[0, :].tolist() == [0, 0] and np.isfinite(g.numpy()).all()


# ---- einsum


CONTRACTIONS = [
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("ij,jk", (2, 3), (3, 4)),
    ("ii", (3, 3)),
    ("ii->i", (3, 3)),
    ("iij->j", (3, 3, 2)),
    ("ij->ji", (2, 3)),
    ("ij->", (2, 3)),
    ("ij->j", (2, 3)),
    ("i,j->ij", (2,), (3,)),
    ("i,i->", (3,), (3,)),
    ("bij,bjk->bik", (2, 3, 4), (2, 4, 2)),
    ("...ij,...jk->...ik", (5, 1, 3, 4), (2, 4, 2)),
    ("...ij,j", (2, 3, 4), (4,)),
    ("i...,i...->...", (3, 2), (3, 1)),
    ("ij,jk,kl->il", (2, 3), (3, 4), (4, 5)),
    ("ij,jk,kl,lm->im", (2, 3), (3, 4), (4, 5), (5, 2)),
    ("abc,cd,bd->a", (2, 3, 4), (4, 5), (3, 5)),
    ("ij,ij,ij->i", (2, 3), (2, 3), (2, 3)),
    ("ij,kl->ijkl", (2, 3), (1, 4)),
    ("ij,j->i", (2, 1), (3,)),
    ("ij,jk->ik", (2, 1), (3, 4)),
    (",ij->ij", (), (2, 3)),
    ("ba,b->a", (3, 2), (3,)),
    ("ij,kj->", (2, 3), (4, 3)),
]


@pytest.mark.parametrize("device", [CPU, READONLY, STRICT[0]])
@pytest.mark.parametrize(("subscripts", "shapes"), [(c[0], c[1:]) for c in CONTRACTIONS], ids=lambda c: str(c))
@pytest.mark.parametrize("optimize", [True, False])
def test_einsum(subscripts, shapes, optimize, device):
    arrays = [RNG.normal(size=shape) for shape in shapes]
    result = xp.einsum(subscripts, *tensors(arrays, device), optimize=optimize)
    expected = np.einsum(subscripts, *arrays)
    assert result.shape == expected.shape
    np.testing.assert_allclose(result.numpy(), expected, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize(("subscripts", "shapes"), [(c[0], c[1:]) for c in CONTRACTIONS], ids=lambda c: str(c))
def test_derivatives_of_einsum(subscripts, shapes):
    arrays = tensors([RNG.normal(size=shape) for shape in shapes])
    check_gradients(lambda *moving: xp.einsum(subscripts, *moving), arrays, modes=("reverse", "forward"))


def test_einsum_of_labels_and_integers():
    a, b = np.arange(6).reshape(2, 3), np.arange(3, dtype=np.int8)
    result = xp.einsum(xp.asarray(a), [0, 1], xp.asarray(b), [1], [0])
    assert result.tolist() == np.einsum(a, [0, 1], b, [1], [0]).tolist() and result.dtype == "int64"
    assert xp.einsum("i,i", xp.asarray(b), xp.asarray(b)).dtype == "int8"


def test_einsum_without_opt_einsum(monkeypatch):
    monkeypatch.setitem(sys.modules, "opt_einsum.paths", None)
    for subscripts, *shapes in CONTRACTIONS:
        arrays = [RNG.normal(size=shape) for shape in shapes]
        np.testing.assert_allclose(
            xp.einsum(subscripts, *tensors(arrays)).numpy(), np.einsum(subscripts, *arrays), rtol=1e-12
        )


@pytest.mark.parametrize(
    ("subscripts", "shapes"),
    [
        ("ij,jk", [(2, 3), (4, 2)]),
        ("i", [(2, 2)]),
        ("i->j", [(2,)]),
        ("i,i", [(2,)]),
        ("i1", [(2, 2)]),
        ("ii", [(1, 3)]),
    ],
)
def test_einsum_refuses(subscripts, shapes):
    with pytest.raises(ValueError, match="einsum"):
        xp.einsum(subscripts, *[xp.ones(shape) for shape in shapes])


def test_opt_einsum_is_given_tensors():
    opt_einsum = pytest.importorskip("opt_einsum")
    arrays = tensors([RNG.normal(size=s) for s in ((2, 3), (3, 4), (4, 2))])
    check_gradients(lambda *moving: opt_einsum.contract("ij,jk,kl->il", *moving), arrays)


# ---- windows, one_hot, convolution by transforms


@pytest.mark.parametrize(
    ("shape", "window", "axis"), [((6,), 3, None), ((4, 5), (2, 3), None), ((4, 5), 2, 0), ((4, 5), (2, 2), (1, 1))]
)
def test_sliding_window_view(shape, window, axis):
    x = RNG.normal(size=shape)
    expected = np.lib.stride_tricks.sliding_window_view(x, window, axis)
    assert np.array_equal(ext.sliding_window_view(xp.asarray(x), window, axis).numpy(), expected)
    check_gradients(lambda x: ext.sliding_window_view(x, window, axis), [xp.asarray(x)], modes=ALL_MODES)


def test_one_hot():
    hot = ext.one_hot(xp.asarray([[1, 0], [2, -1]]), 3, dtype="float32", axis=0)
    assert hot.shape == (3, 2, 2) and hot.dtype == "float32"
    assert np.array_equal(np.moveaxis(hot.numpy(), 0, -1), [[[0, 1, 0], [1, 0, 0]], [[0, 0, 1], [0, 0, 0]]])


@pytest.mark.parametrize("dtype", ["float64", "float32", "complex128"])
@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_long_convolutions(dtype, mode):
    """Beyond 500 elements they go by transforms."""
    a, v = RNG.normal(size=1201).astype(dtype), RNG.normal(size=600).astype(dtype)
    result = xp.convolve(xp.asarray(a), xp.asarray(v), mode)
    assert result.dtype == dtype
    expected = np.convolve(a.astype("complex128"), v.astype("complex128"), mode)
    tolerance = 1e-12 if dtype != "float32" else 1e-5
    assert np.max(np.abs(result.numpy() - expected)) < tolerance * np.max(np.abs(expected))


def test_derivative_of_a_long_convolution():
    a, v = tensors([RNG.normal(size=700), RNG.normal(size=501)])
    check_gradients(xp.convolve, [a, v])


# ---- functions of matrices


@pytest.mark.parametrize("device", [CPU, READONLY, STRICT[0]])
@pytest.mark.parametrize("scale", [0.01, 1.0, 40.0])
@pytest.mark.parametrize("a", [X[:, :4], Z, np.stack([SPD, 0.01 * SPD])], ids=["real", "complex", "stack"])
def test_expm(a, scale, device):
    a = a * scale / np.max(np.abs(a))
    result, expected = ext.expm(xp.asarray(a, device=device)).numpy(), scipy.linalg.expm(a)
    assert np.max(np.abs(result - expected)) < 1e-12 * np.max(np.abs(expected))


@pytest.mark.parametrize(
    "a",
    [X[:, :4], Z, 5 * X[:, :4], np.asarray([[0.0, 1.0], [0.0, 0.0]])],
    ids=["real", "complex", "scaled", "nilpotent"],
)
def test_derivatives_of_expm(a):
    check_gradients(ext.expm, [xp.asarray(a)], modes=ALL_MODES)


HERMITIAN = Z @ Z.conj().T + np.eye(3)
ROTATION = np.linalg.qr(X[:, :4])[0]
REPEATED = ROTATION @ np.diag([2.0, 2.0, 2.0, 5.0]) @ ROTATION.T
WIDE = ROTATION @ np.diag([1e-8, 1e-2, 1.0, 1e6]) @ ROTATION.T
DEFINITE = {
    "real": SPD,
    "complex": HERMITIAN,
    "repeated": REPEATED,
    "identity": np.eye(3),
    "stack": np.stack([SPD, REPEATED]),
}


@pytest.mark.parametrize("device", [CPU, READONLY, STRICT[0]])
@pytest.mark.parametrize("a", DEFINITE.values(), ids=DEFINITE)
def test_roots_and_logarithms(a, device):
    x = xp.asarray(a, device=device)
    root, logarithm = ext.sqrtm(x).numpy(), ext.logm(x).numpy()
    assert np.max(np.abs(root @ root - a)) < 1e-13 * np.max(np.abs(a))
    expected = np.stack([scipy.linalg.logm(m) for m in a.reshape(-1, *a.shape[-2:])]).reshape(a.shape)
    np.testing.assert_allclose(logarithm, expected, atol=2e-14 * builtins.max(1.0, np.max(np.abs(expected))))


def test_logarithm_of_a_wide_spectrum():
    np.testing.assert_allclose(
        np.linalg.eigvalsh(ext.logm(xp.asarray(WIDE)).numpy())[1:], np.log([1e-2, 1.0, 1e6]), atol=1e-7
    )


@pytest.mark.parametrize("name", ["sqrtm", "logm"])
@pytest.mark.parametrize("a", DEFINITE.values(), ids=DEFINITE)
def test_derivatives_of_roots_and_logarithms(name, a):
    """For equal eigenvalues too, in every order."""
    check_gradients(getattr(ext, name), [xp.asarray(a)], modes=ALL_MODES)


@pytest.mark.parametrize("name", ["expm", "sqrtm", "logm"])
@pytest.mark.parametrize("dtype", ["float32", "complex128"])
def test_matrices_without_elements_or_of_zeros(name, dtype):
    empty = xp.asarray(np.zeros((2, 0, 0)), dtype=dtype, requires_grad=True)
    result = getattr(ext, name)(empty)
    assert (result.shape, result.dtype) == (empty.shape, empty.dtype)
    xp.sum(xp.real(result)).backward()
    assert empty.grad.shape == empty.shape
    np.testing.assert_array_equal(ext.expm(xp.zeros((2, 2), dtype=dtype)).numpy(), np.eye(2))


def test_matrices_outside_of_the_domain():
    indefinite = xp.asarray([[1.0, 2.0], [2.0, 1.0]])
    assert np.isnan(ext.sqrtm(indefinite).numpy()).any()
    assert np.isnan(ext.logm(indefinite).numpy()).all()
    # At -1 the logarithm's rational function has a pole.
    assert np.isnan(ext.logm(xp.asarray([[-1.0, 0.0], [0.0, 1.0]])).numpy()).all()
    singular = xp.asarray([[1.0, 1.0], [1.0, 1.0]])
    np.testing.assert_allclose(ext.sqrtm(singular).numpy(), np.full((2, 2), 0.5**0.5), atol=1e-8)
    for function in (ext.sqrtm, ext.logm, ext.expm):
        with pytest.raises(ValueError, match="square"):
            function(xp.ones((2, 3)))


@pytest.mark.parametrize("name", ["sqrtm", "logm"])
def test_a_matrix_outside_of_the_domain_that_is_masked(name):
    function = getattr(ext, name)
    x = xp.asarray([np.eye(2) * 3, np.eye(2) * -2])

    def slope(x):
        return grad(lambda x: xp.sum(function(x)[0]))(x)

    expected = slope(x[:1])
    assert expected.size == 4 and bool(xp.all(xp.isfinite(expected)))
    for got in (slope(x), jvp(slope, (x,), (xp.ones_like(x),))[0]):
        np.testing.assert_allclose(got[0].numpy(), expected[0].numpy(), rtol=1e-14)
        assert got[1].tolist() == [[0, 0], [0, 0]]
    assert np.isnan(grad(lambda x: xp.sum(function(x)[1]))(x)[1].numpy()).all()


def test_single_precision_stays():
    x = xp.asarray(SPD, dtype="float32")
    for function in (
        ext.expm,
        ext.sqrtm,
        ext.logm,
        ext.softmax,
        ext.logsumexp,
        xp.median,
        xp.nanmean,
        xp.nanstd,
        xp.cov,
    ):
        assert function(x).dtype == "float32"
    assert xp.quantile(x, 0.3).dtype == "float32"
    assert (
        xp.interp(
            xp.astype(x, "float32"), xp.asarray([0.0, 1.0], dtype="float32"), xp.asarray([0.0, 1.0], dtype="float32")
        ).dtype
        == "float32"
    )


def test_import_of_apitensor_loads_no_opt_einsum():
    assert run("import sys, apitensor; print('opt_einsum' in sys.modules)") == ["False"]
