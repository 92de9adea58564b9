"""What client libraries need of a tensor beyond the standard: one section for each of the habits that they have."""

import copy
import math
import operator
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest

import apitensor as xp
from apitensor import _numpy_protocols
from apitensor.autograd import check_gradients, grad

DATA = np.asarray([[3.0, -1.0, 2.0], [0.5, 4.0, -2.5]])
ONE_TO_SIX = np.arange(1.0, 7.0)


def tracked(values=DATA):
    return xp.asarray(values, requires_grad=True)


def agrees(result, expected):
    """Whether a tensor (or several, or a number) is what NumPy gives, data type included."""
    if isinstance(expected, (tuple, list)):
        assert len(result) == len(expected)
        for r, e in zip(result, expected, strict=True):
            agrees(r, e)
        return
    if isinstance(result, xp.Tensor):
        assert result.dtype == np.asarray(expected).dtype
        assert result.shape == np.shape(expected)
        on_host, result = result.device == "cpu", result.detach().numpy()
        if not on_host and expected.dtype in ("float32", "complex64"):
            # The last digits of a function are each library's own.
            np.testing.assert_allclose(result, expected, rtol=5e-7, atol=0)
            return
    np.testing.assert_allclose(result, expected, rtol=1e-13, atol=1e-14)


# ---- 1. indexing as NumPy does it


KEYS = {
    "integers": np.asarray([1, 0, 1]),
    "list": [0, 1],
    "nested list": [[0, 1], [1, 0]],
    "few": 1,
    "mask": np.asarray([True, False]),
    "mask, ...": (np.asarray([False, True]), ...),
    "..., mask": (..., np.asarray([True, False, True])),
    "..., integers": (..., np.asarray([2, 0])),
    "full mask": DATA > 0,
    "True": True,
    "False": False,
    "None, integers": (None, np.asarray([1])),
    "rows, columns": (np.asarray([[0], [1]]), np.asarray([0, 2])),
    "apart": (slice(None), None, np.asarray([2, 1])),
    "NumPy integer": np.int64(1),
    "0-d array": np.asarray(1),
    "empty list": [],
    "empty nested list": [[]],
    "slice of NumPy integers": slice(np.int64(0), np.int32(2)),
}


@pytest.mark.parametrize("own", [False, True], ids=["numpy", "tensor"])
@pytest.mark.parametrize("name", KEYS)
def test_reading(name, own):
    key = KEYS[name]
    mine = as_tensors(key) if own else key
    x = tracked()
    agrees(x[mine], DATA[key])
    check_gradients(lambda x: x[mine], [xp.asarray(DATA)])


def as_tensors(key):
    if isinstance(key, tuple):
        return tuple(as_tensors(part) for part in key)
    return xp.asarray(key) if isinstance(key, np.ndarray) else key


@pytest.mark.parametrize("own", [False, True], ids=["numpy", "tensor"])
@pytest.mark.parametrize("name", KEYS)
def test_writing(name, own):
    key = KEYS[name]
    x, expected = xp.asarray(DATA), DATA.copy()
    x[as_tensors(key) if own else key] = 7.0
    expected[key] = 7.0
    agrees(x, expected)

    def write(x, value):
        y = x * 1
        y[key] = value
        return y

    check_gradients(write, [xp.asarray(DATA), xp.asarray(0.3)])


# ---- 2. tensors among values


def test_full_of_a_tensor():
    value = xp.asarray(2.0, requires_grad=True)
    y = xp.full((2, 2), value)
    assert y.tolist() == [[2, 2], [2, 2]]
    xp.sum(y).backward()
    assert value.grad.item() == 4


def test_lists_of_tensors():
    x = tracked(ONE_TO_SIX[:3])
    y = xp.asarray([[x[0], 1.0], [2, x[2]]])
    assert y.tolist() == [[1, 1], [2, 3]]
    xp.sum(y * y).backward()
    assert x.grad.tolist() == [2, 0, 6]
    assert xp.asarray([xp.asarray(1), xp.asarray(2)]).dtype == "int64"
    assert xp.asarray((x, x)).shape == (2, 3)


def test_lists_of_rows_of_several_kinds():
    """As NumPy has it: a row is a tensor, the next one a list of numbers."""
    x = tracked()
    y = xp.asarray([x, [[1, 2, 3], (x[0, 1], 4.0, x[1, 2])], np.ones((2, 3)), [x[1, ...], [0.0, 1.0, 2.0]]])
    rows = [DATA, [[1, 2, 3], [DATA[0, 1], 4, DATA[1, 2]]], np.ones((2, 3)), [DATA[1], [0, 1, 2]]]
    agrees(y, np.asarray(rows))
    xp.sum(y * y).backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * DATA * [[1, 2, 1], [2, 2, 3]])
    assert xp.asarray([[], x[0, :0]]).shape == (2, 0) and xp.asarray([[1, 2], xp.asarray([3, 4])]).dtype == "int64"
    for ragged in ([x, 1.0], [[1.0, 2.0], x[0, ...]], [x[0, ...], [1.0, 2.0, x[0, ...]]]):
        with pytest.raises(ValueError, match="asarray: the nested sequences are ragged"):
            xp.asarray(ragged)


@pytest.mark.parametrize(
    "make",
    [
        lambda a: xp.full(3, a),
        lambda a: xp.full_like(xp.ones(2), a),
        lambda a: xp.linspace(0.0, a, 4),
        lambda a: xp.linspace(a, 2.0, 4),
        lambda a: xp.arange(0.0, 4 * a, a),
        lambda a: xp.logspace(0.0, a, 3),
        lambda a: xp.asarray([a, 1.0]),
    ],
)
def test_creation_keeps_the_gradient_or_raises(make):
    a = xp.asarray(0.7, requires_grad=True)
    try:
        made = make(a)
    except (TypeError, ValueError):
        return
    assert made.requires_grad
    check_gradients(make, [xp.asarray(0.7)])


# ---- 3. mixed promotion


DTYPES = ("bool", "int8", "uint8", "int32", "uint64", "int64", "float32", "float64", "complex64")


@pytest.mark.parametrize("name", ["add", "multiply", "divide", "pow", "atan2", "maximum", "less"])
@pytest.mark.parametrize("second", [*DTYPES, 2, 2.0, 1j, True])
@pytest.mark.parametrize("first", DTYPES)
def test_binary_promotion(name, first, second):
    a = np.ones(2, first)
    b = np.ones(2, second) if isinstance(second, str) else second
    mine = xp.asarray(b) if isinstance(b, np.ndarray) else b
    try:
        expected = getattr(np, name)(a, b)
    except TypeError:
        with pytest.raises(TypeError):
            getattr(xp, name)(xp.asarray(a), mine)
    else:
        agrees(getattr(xp, name)(xp.asarray(a), mine), expected)


@pytest.mark.parametrize(
    "name", ["exp", "sqrt", "sin", "log1p", "abs", "floor", "sum", "mean", "std", "cumulative_sum"]
)
@pytest.mark.parametrize("dtype", DTYPES)
def test_unary_promotion(name, dtype):
    x = np.ones(3, dtype)
    try:
        expected = getattr(np, name)(x)
    except TypeError:
        with pytest.raises(TypeError):
            getattr(xp, name)(xp.asarray(x))
    else:
        agrees(getattr(xp, name)(xp.asarray(x)), expected)


def test_numbers_on_either_side():
    whole = xp.arange(1, 4)
    agrees(whole / 2, np.arange(1, 4) / 2)
    agrees(0.5 * whole, 0.5 * np.arange(1, 4))
    agrees(whole + 1.5, np.arange(1, 4) + 1.5)
    agrees(np.float32(2) * whole, np.float32(2) * np.arange(1, 4))


def test_numpy_where_no_tensor_is_stored_by_it(monkeypatch):
    """A program on another device alone has not loaded NumPy's backend, and its arrays and numbers are known anyway."""
    monkeypatch.setattr(_numpy_protocols, "loaded_backends", list)
    whole = xp.arange(1, 4)
    agrees(np.float32(2) * whole, np.float32(2) * np.arange(1, 4))
    agrees(np.ones(3) + whole, np.ones(3) + np.arange(1, 4))
    agrees(np.concatenate([np.ones(1), whole]), np.concatenate([np.ones(1), np.arange(1, 4)]))


# ---- 4. limits


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64"])
def test_limits_are_python_numbers(dtype):
    mine, theirs = xp.finfo(xp.ones(1, dtype=dtype).dtype), np.finfo(dtype)
    for name in ("eps", "max", "min", "smallest_normal"):
        assert type(getattr(mine, name)) is float
        assert getattr(mine, name) == getattr(theirs, name)
    assert type(xp.iinfo(xp.int32).max) is int


# ---- 5. __array__


@pytest.mark.host
def test_conversion():
    x = xp.asarray(DATA)
    assert np.array_equal(np.asarray(x), DATA)
    assert np.asarray(x, dtype=np.float32).dtype == np.float32
    assert not np.shares_memory(np.array(x, copy=True), np.asarray(x))
    assert np.shares_memory(np.asarray(x), np.asarray(x))
    with pytest.raises(ValueError, match="copy"):
        np.asarray(x, dtype=np.float32, copy=False)


def test_conversion_of_what_tracks_raises_with_the_cure():
    for x in (tracked(), tracked() * 2):
        for convert in (np.asarray, np.array, memoryview, lambda x: np.add.at(np.zeros(3), [0], x)):
            with pytest.raises((RuntimeError, TypeError)) as caught:
                convert(x)
            if convert is not memoryview:
                assert "detach()" in str(caught.value)
    assert np.array_equal(np.asarray(tracked().detach()), DATA)


# ---- 6. numbers


def test_numbers():
    assert float(xp.asarray(2.5)) == 2.5 and int(xp.asarray(2.5)) == 2 and complex(xp.asarray(1j)) == 1j
    assert bool(xp.asarray(1.0)) is True and not xp.asarray(False)
    assert operator.index(xp.asarray(3)) == 3 and range(5)[xp.asarray(2)] == 2 and [4, 5][xp.asarray(1)] == 5
    assert math.sqrt(xp.asarray(4.0)) == 2
    assert float(xp.asarray([2.0])) == 2
    for wrong in (xp.asarray(1.5), xp.asarray([1])):
        with pytest.raises(TypeError):
            operator.index(wrong)
    with pytest.raises(TypeError):
        float(xp.ones(2))
    with pytest.raises((TypeError, ValueError)):
        bool(xp.ones(2))


# ---- 7. NumPy's ufuncs


@pytest.mark.parametrize(
    "name",
    [
        "exp", "sin", "arctan", "arcsinh", "log1p", "absolute", "negative", "sqrt", "tanh", "square", "reciprocal",
        "deg2rad", "exp2", "rint", "floor", "cbrt", "fabs", "sign", "isnan", "logical_not", "conjugate",
    ],
)  # fmt: skip
def test_unary_ufunc(name):
    ufunc = getattr(np, name)
    x = tracked(np.asarray([0.3, 1.2, 2.6]))
    y = ufunc(x)
    assert isinstance(y, xp.Tensor)
    agrees(y, ufunc(x.detach().numpy()))
    if y.dtype == "float64":
        check_gradients(ufunc, [x.detach()])


@pytest.mark.parametrize(
    "name",
    [
        "add", "subtract", "multiply", "divide", "power", "arctan2", "hypot", "maximum", "fmax", "fmin", "logaddexp",
        "logaddexp2", "copysign", "fmod", "mod", "float_power", "heaviside", "less", "equal", "floor_divide",
        "nextafter",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "first", [np.asarray([0.3, 1.2, 2.6]), np.float64(0.7), 0.7], ids=["array", "scalar", "number"]
)
def test_binary_ufunc(name, first):
    ufunc = getattr(np, name)
    x = tracked(np.asarray([0.5, 1.7, 2.1]))
    host = x.detach().numpy()
    for operands, arrays in (((first, x), (first, host)), ((x, first), (host, first))):
        y = ufunc(*operands)
        assert isinstance(y, xp.Tensor)
        agrees(y, ufunc(*arrays))
    if y.requires_grad:
        check_gradients(lambda x: ufunc(first, x), [x.detach()])


def test_operators_with_numpy_on_the_left():
    x = tracked(np.asarray([0.5, 1.7, 2.1]))
    host, scalar, array = x.detach().numpy(), np.float64(2), np.asarray([1.0, 2.0, 3.0])
    for left in (scalar, array):
        for f in (
            operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.mod, operator.floordiv,
            operator.lt, operator.ge, operator.eq, operator.ne,
        ):  # fmt: skip
            y = f(left, x)
            assert isinstance(y, xp.Tensor), f
            agrees(y, f(left, host))
    y = array @ x
    assert isinstance(y, xp.Tensor) and y.requires_grad
    agrees(y, array @ host)
    agrees(divmod(array, x), divmod(array, host))
    agrees(divmod(x, 0.4), divmod(host, 0.4))
    agrees(divmod(2, x), divmod(2, host))


def test_methods_of_ufuncs():
    x = tracked()
    agrees(np.add.reduce(x), np.add.reduce(DATA))
    agrees(np.add.reduce(x, axis=None), np.add.reduce(DATA, axis=None))
    agrees(np.multiply.reduce(x, axis=1, keepdims=True), np.multiply.reduce(DATA, axis=1, keepdims=True))
    agrees(np.maximum.reduce(x, axis=1), np.maximum.reduce(DATA, axis=1))
    agrees(np.logical_and.reduce(x > 0), np.logical_and.reduce(DATA > 0))
    agrees(np.add.accumulate(x), np.add.accumulate(DATA))
    agrees(np.multiply.outer(x, np.ones(2)), np.multiply.outer(DATA, np.ones(2)))
    assert np.add.reduce(x).requires_grad
    for ufunc, dtype in ((np.add, "float64"), (np.subtract, "float64"), (np.subtract, "uint8")):
        expected = ONE_TO_SIX.astype(dtype)
        y = xp.asarray(expected)
        ufunc.at(y, [0, 0, 2], 1)
        ufunc.at(expected, [0, 0, 2], 1)
        agrees(y, expected)


def test_out_and_where_of_ufuncs():
    x = xp.asarray(DATA)
    out = np.zeros_like(DATA)
    assert np.exp(x, out=out) is out
    agrees(out, np.exp(DATA))
    target = xp.zeros((2, 3))
    assert np.exp(x, out=target, where=DATA > 0) is target
    agrees(target, np.where(DATA > 0, np.exp(DATA), 0))
    out += x  # ndarray += tensor
    agrees(out, np.exp(DATA) + DATA)
    assert np.add(x, 1, dtype=np.float32).dtype == "float32"
    with pytest.raises(RuntimeError, match="detach"):
        np.exp(tracked(), out=out)
    with pytest.raises(RuntimeError, match="detach"):
        out += tracked()
    target = xp.zeros((2, 3))
    assert np.exp(tracked(), out=target).requires_grad
    with pytest.raises(TypeError, match="detach"):
        np.exp(tracked(), where=DATA > 0)


def test_ufuncs_without_a_counterpart():
    x = xp.asarray(DATA)
    agrees(np.frexp(x)[0], np.frexp(DATA)[0])
    for function in (np.frexp, np.spacing, lambda x: np.frompyfunc(abs, 1, 1)(x)):
        with pytest.raises((TypeError, RuntimeError), match="detach"):
            function(tracked())
    mine = np.frompyfunc(lambda x: x + 1, 1, 1)
    assert isinstance(mine(x), np.ndarray)
    with pytest.raises(TypeError, match=r"writ|counterpart"):
        np.frexp(x, out=(xp.zeros((2, 3)), xp.zeros((2, 3), dtype="int32")))


def test_somebody_elses_ufunc_is_not_ours_by_its_name():
    def exp(x):
        return -x

    other = np.frompyfunc(exp, 1, 1)
    assert other(xp.asarray(DATA))[0, 0] == -3


# ---- 8. NumPy's functions


X, Y = DATA, DATA[::-1] * 0.7 + 0.1
M = np.asarray([[4.0, 1.0, 0.5], [1.0, 3.0, -0.2], [0.5, -0.2, 2.0]])
FUNCTIONS = {
    "all": lambda n, x: n.all(x > -2, axis=1),
    "allclose": lambda n, x: np.allclose(x, X + 1e-9),
    "amax": lambda n, x: np.amax(x, 1),
    "angle": lambda n, x: np.angle(x + 2j),
    "any": lambda n, x: np.any(x > 2, 0),
    "append": lambda n, x: np.append(x, [1.0, 2.0]),
    "argmax": lambda n, x: np.argmax(x, 1),
    "argsort": lambda n, x: np.argsort(x),
    "argwhere": lambda n, x: np.argwhere(x > 0),
    "around": lambda n, x: np.around(x * 1.2345, 2),
    "array_equal": lambda n, x: np.array_equal(x, X),
    "array_split": lambda n, x: np.array_split(x, 2, axis=1),
    "atleast_1d": lambda n, x: np.atleast_1d(x[0, 0]),
    "atleast_2d": lambda n, x: np.atleast_2d(x[0]),
    "atleast_3d": lambda n, x: np.atleast_3d(x[0]),
    "average": lambda n, x: np.average(x, 1, weights=Y[0] ** 2),
    "average returned": lambda n, x: np.average(x, axis=0, returned=True),
    "bincount": lambda n, x: np.bincount(np.asarray([0, 2, 2]), weights=x[0]),
    "broadcast_to": lambda n, x: np.broadcast_to(x, (2, 2, 3)),
    "clip": lambda n, x: np.clip(x, -0.9, 2.2),
    "clip keywords": lambda n, x: np.clip(x, a_min=None, a_max=2.2),
    "column_stack": lambda n, x: np.column_stack([x[0], Y[0]]),
    "compress": lambda n, x: np.compress(np.asarray([True, False, True]), x, axis=1),
    "concatenate": lambda n, x: np.concatenate([x, Y], axis=1),
    "concatenate flat": lambda n, x: np.concatenate((x, Y), axis=None),
    "convolve": lambda n, x: np.convolve(x[0], Y[1], "same"),
    "copy": lambda n, x: np.copy(x),
    "corrcoef": lambda n, x: np.corrcoef(x),
    "correlate": lambda n, x: np.correlate(x[0], Y[1], "full"),
    "count_nonzero": lambda n, x: np.count_nonzero(x > 0, axis=0),
    "cov": lambda n, x: np.cov(x, rowvar=False),
    "cross": lambda n, x: np.cross(x, Y),
    "cross axes": lambda n, x: np.cross(x.T, Y, axisa=0, axisc=0),
    "cumprod": lambda n, x: np.cumprod(x),
    "cumsum": lambda n, x: np.cumsum(x, 1),
    "diag": lambda n, x: np.diag(x[0]),
    "diagonal": lambda n, x: np.diagonal(x, 1),
    "diff": lambda n, x: np.diff(x, axis=0, prepend=0.0),
    "digitize": lambda n, x: np.digitize(x, np.asarray([0.0, 1.0, 2.0])),
    "digitize falling": lambda n, x: np.digitize(x, np.asarray([2.0, 1.0, 0.0]), right=True),
    "dot": lambda n, x: np.dot(x, Y.T),
    "dstack": lambda n, x: np.dstack([x, Y]),
    "ediff1d": lambda n, x: np.ediff1d(x),
    "ediff1d ends": lambda n, x: np.ediff1d(x, to_begin=1.5, to_end=[2.0, 3.0]),
    "einsum": lambda n, x: np.einsum("ij,kj->ik", x, Y),
    "expand_dims": lambda n, x: np.expand_dims(x, 1),
    "fft": lambda n, x: np.fft.fft(x, 4, axis=0),
    "fft norm": lambda n, x: np.fft.rfft(x, norm="ortho"),
    "fft2": lambda n, x: np.fft.fft2(x),
    "fftn": lambda n, x: np.fft.fftn(x, axes=(0, 1)),
    "fftshift": lambda n, x: np.fft.fftshift(x, axes=1),
    "fix": lambda n, x: np.fix(x),
    "flatnonzero": lambda n, x: np.flatnonzero(x > 0),
    "flip": lambda n, x: np.flip(x, 1),
    "flip named": lambda n, x: np.flip(m=x, axis=1),
    "full_like": lambda n, x: np.full_like(x, 3.0),
    "gradient": lambda n, x: np.gradient(x, axis=1),
    "hsplit": lambda n, x: np.hsplit(x, 3),
    "hsplit named": lambda n, x: np.hsplit(ary=x, indices_or_sections=3),
    "hstack": lambda n, x: np.hstack([x, Y]),
    "imag": lambda n, x: np.imag(x * 1j),
    "inner": lambda n, x: np.inner(x, Y),
    "interp": lambda n, x: np.interp(x, [-3.0, 0.0, 5.0], [1.0, 0.5, 2.0]),
    "irfft": lambda n, x: np.fft.irfft(x, n=5),
    "isclose": lambda n, x: np.isclose(x, X),
    "isin": lambda n, x: np.isin(x, [3.0, 4.0]),
    "kron": lambda n, x: np.kron(x, Y),
    "linspace": lambda n, x: np.linspace(x[0], x[1], 5),
    "max": lambda n, x: np.max(x, initial=10.0),
    "mean": lambda n, x: np.mean(x, axis=0),
    "mean positional": lambda n, x: np.mean(x, 1, keepdims=True),
    "mean dtype": lambda n, x: np.mean(x, dtype=np.float32),
    "median": lambda n, x: np.median(x, axis=1),
    "moveaxis": lambda n, x: np.moveaxis(x, 0, 1),
    "moveaxis named": lambda n, x: np.moveaxis(x, source=0, destination=1),
    "nan_to_num": lambda n, x: np.nan_to_num(n.where(x > 3.5, np.nan, x), nan=1.5),
    "nan_to_num inf": lambda n, x: np.minimum(np.nan_to_num(n.where(x > 3.5, np.nan, x), nan=np.inf, posinf=2.0), 9.0),
    "nanmean": lambda n, x: np.nanmean(n.where(x > 3.5, np.nan, x), axis=0),
    "nanpercentile": lambda n, x: np.nanpercentile(n.where(x > 3.5, np.nan, x), 30, axis=0),
    "nanstd": lambda n, x: np.nanstd(x, axis=1, ddof=1),
    "nansum": lambda n, x: np.nansum(n.where(x > 3.5, np.nan, x), axis=1),
    "nanvar": lambda n, x: np.nanvar(x, 1),
    "ndim": lambda n, x: np.ndim(x),
    "nonzero": lambda n, x: np.nonzero(x > 0),
    "norm": lambda n, x: np.linalg.norm(x),
    "norm axis": lambda n, x: np.linalg.norm(x, axis=1, keepdims=True),
    "norm matrix": lambda n, x: np.linalg.norm(x, "nuc"),
    "norm ord": lambda n, x: np.linalg.norm(x, ord=1, axis=(0, 1)),
    "outer": lambda n, x: np.outer(x, Y),
    "pad": lambda n, x: np.pad(x, 1, mode="edge"),
    "percentile": lambda n, x: np.percentile(x, [20, 70], axis=1),
    "polyval": lambda n, x: np.polyval([2.0, -1.0, 0.5], x),
    "prod": lambda n, x: np.prod(x, axis=1),
    "ptp": lambda n, x: np.ptp(x, axis=1),
    "quantile": lambda n, x: np.quantile(x, 0.3, axis=1, method="hazen"),
    "ravel": lambda n, x: np.ravel(x),
    "real": lambda n, x: np.real(x),
    "repeat": lambda n, x: np.repeat(x, 2, axis=1),
    "reshape": lambda n, x: np.reshape(x, (3, 2)),
    "roll": lambda n, x: np.roll(x, 1, axis=1),
    "roll named": lambda n, x: np.roll(x, shift=1),
    "rot90": lambda n, x: np.rot90(x, 1),
    "rot90 three": lambda n, x: np.rot90(x, 3),
    "round": lambda n, x: np.round(x, 0),
    "searchsorted": lambda n, x: np.searchsorted(np.asarray([0.0, 1.0]), x),
    "shape": lambda n, x: np.shape(x),
    "sinc": lambda n, x: np.sinc(x),
    "size": lambda n, x: np.size(x, 1),
    "sliding_window_view": lambda n, x: np.lib.stride_tricks.sliding_window_view(x, 2, axis=1),
    "sort": lambda n, x: np.sort(x, axis=0),
    "split": lambda n, x: np.split(x, [1], axis=1),
    "squeeze": lambda n, x: np.squeeze(x[:, None]),
    "stack": lambda n, x: np.stack([x, Y], axis=1),
    "std": lambda n, x: np.std(x, axis=0, ddof=1),
    "sum": lambda n, x: np.sum(x, axis=(0, 1), keepdims=True),
    "sum where": lambda n, x: np.sum(x, where=X > 0),
    "swapaxes": lambda n, x: np.swapaxes(x, 0, 1),
    "take": lambda n, x: np.take(x, [4, 0]),
    "take axis": lambda n, x: np.take(x, [2, 0], axis=1),
    "take_along_axis": lambda n, x: np.take_along_axis(x, np.asarray([[1], [0]]), 1),
    "take_along_axis flat": lambda n, x: np.take_along_axis(x, np.asarray([4, 0]), None),
    "tensordot": lambda n, x: np.tensordot(x, Y, axes=([1], [1])),
    "tile": lambda n, x: np.tile(x, 2),
    "tile named": lambda n, x: np.tile(A=x, reps=(2, 1)),
    "trace": lambda n, x: np.trace(x),
    "transpose": lambda n, x: np.transpose(x),
    "trapezoid": lambda n, x: np.trapezoid(x, [0.0, 1.0, 3.0], axis=1),
    "tril": lambda n, x: np.tril(x, -1),
    "unique": lambda n, x: np.unique(x, return_counts=True),
    "var": lambda n, x: np.var(x),
    "vdot": lambda n, x: np.vdot(x, Y),
    "vstack": lambda n, x: np.vstack([x, Y]),
    "where": lambda n, x: np.where(x > 0, x, Y),
    "where one": lambda n, x: np.where(x > 0),
    "zeros_like": lambda n, x: np.zeros_like(x, dtype=np.float32),
    "cholesky": lambda n, x: np.linalg.cholesky(M * n.mean(x * x)),
    "cond": lambda n, x: np.linalg.cond(x),
    "det": lambda n, x: np.linalg.det(x @ x.T),
    "eigh": lambda n, x: np.linalg.eigh(x @ x.T)[0],
    "eigvalsh": lambda n, x: np.linalg.eigvalsh(M * n.mean(x * x), "U"),
    "inv": lambda n, x: np.linalg.inv(x @ x.T),
    "geomspace": lambda n, x: np.geomspace(x[0, 0], x[1, 1], 4),
    "logspace": lambda n, x: np.logspace(x[0], 1.0, 3),
    "lstsq": lambda n, x: np.linalg.lstsq(x.T, Y[0])[:2],
    "rollaxis": lambda n, x: np.rollaxis(x, 1),
    "select": lambda n, x: np.select([X > 2, X > 0], [x, x * x], -1.0),
    "vander": lambda n, x: np.vander(x[0], 3),
    "lib.multi_dot": lambda n, x: np.linalg.multi_dot([x, Y.T, x]),
    "matrix_power": lambda n, x: np.linalg.matrix_power(x @ x.T, 3),
    "matrix_rank": lambda n, x: np.linalg.matrix_rank(x),
    "pinv": lambda n, x: np.linalg.pinv(x),
    "qr": lambda n, x: np.linalg.qr(x.T)[1],
    "slogdet": lambda n, x: np.linalg.slogdet(x @ x.T)[1],
    "solve": lambda n, x: np.linalg.solve(M, x.T),
    "svd": lambda n, x: np.linalg.svd(x, compute_uv=False),
    "svd vectors": lambda n, x: np.linalg.svd(x, full_matrices=False)[1],
}


# NumPy 2.5 says so of its own arrays; programs that call it still run, and so it is still answered for.
@pytest.mark.filterwarnings("ignore:numpy.fix is deprecated:DeprecationWarning")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_numpy_function(name):
    function = FUNCTIONS[name]
    result = function(xp, tracked(X))
    agrees(result, function(np, X))
    for part in result if isinstance(result, (tuple, list)) else (result,):
        if isinstance(part, xp.Tensor) and part.requires_grad and name != "mean dtype":
            check_gradients(lambda x: function(xp, x), [xp.asarray(X)])
            break


STEPS = {  # without a derivative, so nothing of them is to track
    "all", "allclose", "any", "argmax", "argsort", "argwhere", "array_equal", "count_nonzero", "digitize",
    "digitize falling",
    "flatnonzero", "full_like", "isclose", "isin", "matrix_rank", "ndim", "nonzero", "searchsorted", "shape", "size",
    "where one", "zeros_like", "around", "fix", "round",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - STEPS))
def test_numpy_function_tracks(name):
    result = FUNCTIONS[name](xp, tracked(X))
    parts = result if isinstance(result, (tuple, list)) else (result,)
    assert any(part.requires_grad for part in parts)


def test_old_numpy_code():
    def program(x):
        n = np.shape(x)[0]
        centred = x - np.mean(x, axis=0)
        scatter = np.dot(centred.T, centred) / (n - 1)
        weights = np.linalg.solve(scatter + 0.1 * np.eye(x.shape[1]), np.ones(x.shape[1]))
        weights = np.clip(weights / np.sum(np.abs(weights)), -0.9, 0.9)
        z = np.concatenate([np.sin(x), np.where(x > 0, np.log1p(np.abs(x)), 0.0)], axis=1)
        return np.einsum("ij,j->i", x, weights).std() + np.linalg.norm(z) + np.sqrt(weights @ scatter @ weights)

    sample = np.random.default_rng(0).normal(size=(7, 3))
    assert program(xp.asarray(sample)).item() == pytest.approx(program(sample), rel=1e-14)
    check_gradients(program, [xp.asarray(sample)])


def test_functions_without_a_counterpart():
    x = xp.asarray(DATA)
    counts, _ = np.histogram(x, bins=3)
    assert isinstance(counts, np.ndarray) and counts.tolist() == np.histogram(DATA, bins=3)[0].tolist()
    agrees(np.mean(x, where=DATA > 0), np.mean(DATA, where=DATA > 0))
    for call in (
        lambda x: np.histogram(x, bins=3),
        lambda x: np.histogram_bin_edges(x),
        lambda x: np.unique(x, axis=0),
        lambda x: np.mean(x, where=DATA > 0),
        lambda x: np.lexsort((x[0], x[1])),
        lambda x: np.concatenate([DATA, x], out=np.zeros((4, 3))),
        lambda x: np.pad(x, 1, mode="linear_ramp"),
        lambda x: np.savez,
    )[:-1]:
        with pytest.raises((TypeError, RuntimeError, ValueError)):
            call(tracked())


@pytest.mark.parametrize("name", ["put", "place", "putmask", "fill_diagonal", "put_along_axis"])
def test_functions_that_write_do_not_write_to_a_copy(name):
    arguments = [
        xp.asarray(DATA),
        *{"fill_diagonal": [0.0], "put_along_axis": [[[0], [0]], 0.0, 1]}.get(name, [DATA > 0, 0.0]),
    ]
    with pytest.raises(TypeError, match=r"x\[key\]"):
        getattr(np, name)(*arguments)


def test_copyto():
    x = xp.zeros((2, 3))
    np.copyto(x, DATA, where=DATA > 0)
    agrees(x, np.where(DATA > 0, DATA, 0))


def test_another_librarys_array_is_asked():
    class Other:
        def __array_function__(self, function, types, args, kwargs):
            return "other"

        def __array_ufunc__(self, ufunc, method, *args, **kwargs):
            return "other"

    assert np.concatenate([xp.asarray(DATA), Other()]) == "other"
    assert np.add(xp.asarray(DATA), Other()) == "other"


class Metres(np.ndarray):
    """Numbers with a unit, which their own `__array_ufunc__` carries along."""

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        plain = [x.view(np.ndarray) if isinstance(x, Metres) else x for x in inputs]
        result = super().__array_ufunc__(ufunc, method, *plain, **kwargs)
        return result.view(Metres) if isinstance(result, np.ndarray) else result


@pytest.mark.parametrize("kind", ["masked", "unit"])
@pytest.mark.parametrize("symbol", ["add", "mul", "sub", "truediv", "lt"])
def test_numpys_arrays_that_are_more_than_their_elements_stay_so(symbol, kind):
    operation = getattr(operator, symbol)
    special = np.ma.masked_array(DATA, mask=DATA < 0) if kind == "masked" else DATA.view(Metres)
    other = np.full((2, 3), 2.0)
    for call in (lambda x: operation(x, special), lambda x: operation(special, x), lambda x: np.add(x, special)):
        expected, result = call(other), call(xp.asarray(other))
        assert type(result) is type(expected) is type(special)
        for part in (np.ma.getmaskarray, np.ma.getdata):
            np.testing.assert_array_equal(np.asarray(part(result)), np.asarray(part(expected)))
        with pytest.raises((TypeError, RuntimeError), match=r"would lose the gradient .* x\.detach\(\)"):
            call(tracked(other))
    joined = np.concatenate([special, xp.asarray(other)])
    assert type(joined) is type(np.concatenate([special, other]))


class Quantity:
    """A value with a unit that is no subclass of NumPy's, as pint has it; the value may be a tensor."""

    __array_priority__ = 12

    def __init__(self, value):
        self.value = value

    def __array_function__(self, function, types, args, kwargs):
        return Quantity(function(*[x.value if isinstance(x, Quantity) else x for x in args], **kwargs))

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.value)


@pytest.mark.parametrize("kind", ["masked", "unit", "tensor", "tracked"])
def test_functions_refuse_arrays_that_are_more_than_their_elements(kind):
    special = {
        "masked": lambda: np.ma.masked_array(DATA, mask=DATA < 0),
        "unit": lambda: DATA.view(Metres),
        "tensor": lambda: Quantity(xp.asarray(DATA)),
        "tracked": lambda: Quantity(tracked()),
    }[kind]()
    words = f"{type(special).__name__} is more than an array of numbers"
    x = xp.asarray(DATA)
    for name, call in {
        "sin: ": lambda: xp.sin(special),
        "add: ": lambda: xp.add(x, special),
        "sum: ": lambda: xp.sum(special),
        "where: ": lambda: xp.where(True, special, x),
        "concat: ": lambda: xp.concat([x, special]),
        "reshape: ": lambda: xp.reshape(special, (-1,)),
        "grad: ": lambda: xp.autograd.grad(xp.sum)(special),
    }.items():
        with pytest.raises(TypeError, match=words) as caught:
            call()
        assert str(caught.value).startswith(name) and "asarray(x)" in str(caught.value)
    with pytest.raises(TypeError, match=words):
        xp.zeros((2, 3))[...] = special
    if kind == "tensor":  # NumPy's functions ask the other class, which takes them to the tensor
        assert isinstance(np.sum(special).value, xp.Tensor)
    if kind in ("unit", "tensor"):  # said in so many words, the elements are taken
        np.testing.assert_array_equal(xp.asarray(special).numpy(), DATA)


def test_a_masked_array_becomes_a_tensor_where_nothing_is_masked():
    masked = np.ma.masked_array(DATA, mask=DATA < 0)
    with pytest.raises(ValueError, match=r"asarray: elements are masked.*x\.filled"):
        xp.asarray(masked)
    np.testing.assert_array_equal(xp.asarray(masked.filled(0.0)).numpy(), np.maximum(DATA, 0.0))
    for whole in (np.ma.masked_array(DATA), np.ma.masked_array(DATA, mask=np.zeros(DATA.shape, bool))):
        np.testing.assert_array_equal(xp.asarray(whole).numpy(), DATA)


def test_columns_and_labelled_arrays_are_operands_of_functions():
    pandas, xarray = pytest.importorskip("pandas"), pytest.importorskip("xarray")
    for other in (pandas.Series(DATA[0]), xarray.DataArray(DATA[0])):
        agrees(xp.multiply(tracked(), other), DATA * DATA[0])


def test_numpys_arrays_that_are_files_or_records_are_arrays(tmp_path):
    stored = np.memmap(tmp_path / "numbers", dtype=float, shape=(2, 3), mode="w+")
    stored[...] = DATA
    for array in (stored, DATA.view(np.recarray)):
        agrees(tracked() * array, DATA * DATA)
        agrees(array - tracked(2 * DATA), -DATA)


def test_columns_of_tables_have_data_types_of_their_own():
    pandas = pytest.importorskip("pandas")  # which xarray brings along
    for dtype, expected in (("Int8", xp.int8), ("Float64", xp.float64), ("boolean", xp.bool)):
        x = xp.asarray(pandas.Series([1, 0, 1], dtype=dtype))
        assert x.dtype is expected and x.tolist() == [1, 0, 1]
    x = xp.asarray(pandas.Series([1, None], dtype="Int64"))
    assert x.dtype is xp.float64 and x[0] == 1 and xp.isnan(x[1])
    for column in (["a", "b"], pandas.date_range("2000-01-01", periods=2)):
        with pytest.raises(TypeError, match="holds no numbers of the standard's"):
            xp.asarray(pandas.Series(column, dtype=None))


# ---- 9. methods


METHODS = {
    "all": lambda x: (x > -9).all(1),
    "any": lambda x: (x > 2).any(axis=0, keepdims=True),
    "argmax": lambda x: x.argmax(1),
    "argmin": lambda x: x.argmin(),
    "argsort": lambda x: x.argsort(0),
    "astype": lambda x: x.astype(np.float32),
    "clip": lambda x: x.clip(-2, 3.5),
    "clip max": lambda x: x.clip(max=2.1),
    "conj": lambda x: (x * 1j).conj(),
    "conjugate": lambda x: x.conjugate(),
    "copy": lambda x: x.copy(),
    "cumprod": lambda x: x.cumprod(0),
    "cumsum": lambda x: x.cumsum(),
    "diagonal": lambda x: x.diagonal(1),
    "dot": lambda x: x.dot(x.T),
    "flatten": lambda x: x.flatten(),
    "imag": lambda x: (x * 1j).imag,
    "item": lambda x: x[0, 0].item(),
    "itemsize": lambda x: x.itemsize,
    "max": lambda x: x.max(1),
    "mean": lambda x: x.mean(0, keepdims=True),
    "mean dtype": lambda x: x.mean(dtype="float32"),
    "min": lambda x: x.min(axis=(0, 1)),
    "nbytes": lambda x: x.nbytes,
    "nonzero": lambda x: (x > 0).nonzero(),
    "prod": lambda x: x.prod(1),
    "ptp": lambda x: np.ptp(x, 1),
    "ravel": lambda x: x.ravel(),
    "real": lambda x: x.real,
    "repeat": lambda x: x.repeat(2, 0),
    "reshape": lambda x: x.reshape(3, 2),
    "reshape list": lambda x: x.reshape([3, -1]),
    "reshape -1": lambda x: x.reshape(-1),
    "round": lambda x: (x + 0.2).round(),
    "round decimals": lambda x: (x / 3.1).round(1),
    "searchsorted": lambda x: x[0, :].cumsum().searchsorted(2.5),
    "squeeze": lambda x: x[None, :, None].squeeze(),
    "squeeze axis": lambda x: x[None].squeeze(0),
    "std": lambda x: x.std(0, ddof=1),
    "sum": lambda x: x.sum(1),
    "sum dtype": lambda x: x.sum(0, "float32"),
    "sum keepdims": lambda x: x.sum(keepdims=True),
    "swapaxes": lambda x: x.swapaxes(0, 1),
    "take": lambda x: x.take([0, 5]),
    "take axis": lambda x: x.take([0, 2], 1),
    "tolist": lambda x: x.tolist(),
    "trace": lambda x: x.trace(),
    "transpose": lambda x: x.transpose(),
    "transpose axes": lambda x: x[None].transpose(2, 0, 1),
    "transpose tuple": lambda x: x[None].transpose((1, 2, 0)),
    "var": lambda x: x.var(1, ddof=1),
    "view": lambda x: x.view(),
    "view complex": lambda x: x[:, 1:].copy().view(complex),
    "view real": lambda x: (x[:, 1:] + 1j * x[:, :2]).view(float),
}


@pytest.mark.parametrize("name", METHODS)
def test_method(name):
    method = METHODS[name]
    agrees(method(xp.asarray(DATA)), method(DATA))
    result = method(tracked())
    if isinstance(result, xp.Tensor) and result.dtype == "float64":
        check_gradients(method, [xp.asarray(DATA)])


def test_methods_in_place():
    x = xp.asarray(DATA)
    x.sort(0)
    agrees(x, np.sort(DATA, 0))
    x.fill(3.0)
    assert x.tolist() == [[3.0] * 3] * 2
    y = x.view()
    y[0, 0] = 1.0
    assert x[0, 0].item() == 1
    flat = x.ravel()
    flat[1] = 2.0
    assert x[0, 1].item() == 2
    part = x.flatten()
    part[:] = 0.0
    assert x[0, 2].item() == 3
    with pytest.raises(TypeError, match="astype"):
        x.view("int64")


def test_view_of_complex_numbers_as_pairs():
    z = xp.asarray([[1.0 + 2.0j], [3.0j]])
    parts = z.view("float64")
    parts[0, 1] = -1.0
    agrees(z, np.asarray([[1.0 - 1.0j], [3.0j]]))
    parts.view(complex)[1] = 5.0
    agrees(parts, np.asarray([[1.0, -1.0], [5.0, 0.0]]))
    with pytest.raises(ValueError, match="pairs"):
        xp.ones(3).view(complex)

    def program(x):
        y = x * 1j
        y.view(float)[1] = 3.0
        return y * y

    check_gradients(program, [xp.asarray([1.0 + 1.0j, -0.5j])])


def test_flat():
    x, expected = xp.asarray(DATA), DATA.copy()
    x.flat[::2] += 1.0
    expected.flat[::2] += 1.0
    agrees(x, expected)
    x.flat = [0.0] * 6
    assert not x.any() and [float(v) for v in xp.asarray(DATA).flat] == list(DATA.flat)


def test_out_of_methods():
    out = xp.zeros(3)
    assert xp.asarray(DATA).sum(0, out=out) is out
    agrees(out, DATA.sum(0))


def test_format():
    x = xp.asarray(2.0 / 3)
    assert f"{x:.3f}" == "0.667" and f"{xp.asarray(7):>4d}" == "   7" and f"{x}" == str(x)
    assert f"{tracked()[0, 0]:.1e}" == "3.0e+00"
    with pytest.raises((TypeError, ValueError)):
        format(xp.ones(2), ".2f")


# ---- 10. names beyond the standard (their values are tests/test_ext.py's)


@pytest.mark.parametrize(
    "name",
    [
        "median", "quantile", "bincount", "logspace", "diag", "transpose", "pad", "gradient", "einsum", "nanmean",
        "nansum", "nanmax", "nanmin", "nanstd", "nanvar", "nanmedian", "nanquantile", "float16", "kron", "cov",
        "interp", "convolve",
    ],
)  # fmt: skip
def test_names(name):
    assert hasattr(xp, name) and name in xp.__all__


def test_habits():
    x = xp.asarray(DATA)
    agrees(xp.tensordot(x, x, ([1], [1])), np.tensordot(DATA, DATA, ([1], [1])))
    agrees(xp.std(x, ddof=1), np.std(DATA, ddof=1))
    agrees(xp.var(x, axis=0, ddof=1), np.var(DATA, axis=0, ddof=1))
    half = xp.ones(2, dtype=xp.float16)
    assert (half + half).dtype == "float16"


# ---- 11. lists in the place of tuples


def test_lists():
    x = xp.asarray(DATA)
    assert xp.reshape(x, [3, 2]).shape == (3, 2)
    assert xp.tile(x, [2, 1]).shape == (4, 3)
    assert xp.broadcast_to(x, [2, 2, 3]).shape == (2, 2, 3)
    assert xp.permute_dims(x, [1, 0]).shape == (3, 2)
    assert xp.sum(x, axis=[0, 1]).shape == () and xp.max(x, axis=[0]).shape == (3,)
    assert xp.std(x, axis=[1]).shape == (2,) and xp.flip(x, axis=[0, 1]).shape == (2, 3)
    assert xp.expand_dims(x, axis=[0, 3]).shape == (1, 2, 3, 1) and xp.squeeze(x[None], [0]).shape == (2, 3)
    assert (
        xp.zeros([2, 3]).shape
        == xp.ones([2, 3]).shape
        == xp.full([2, 3], 1.0).shape
        == xp.empty([2, 3]).shape
        == (2, 3)
    )
    assert xp.roll(x, [1, 1], axis=[0, 1]).shape == (2, 3) and xp.moveaxis(x, [0], [1]).shape == (3, 2)
    for shift in ([1, 2], np.asarray([1, 2]), xp.asarray([1, 2])):
        agrees(xp.roll(x, shift, axis=[0, 1]), np.roll(DATA, (1, 2), (0, 1)))
    assert xp.fft.fftn(x, axes=[0, 1]).shape == (2, 3) and xp.linalg.vector_norm(x, axis=[0, 1]).shape == ()
    assert xp.concat([x, x]).shape == (4, 3) and xp.stack([x, x]).shape == (2, 2, 3)
    assert xp.isdtype(x.dtype, ("real floating",)) and xp.zeros(np.int64(2)).shape == (2,)
    assert xp.zeros((np.int64(2), xp.asarray(3))).shape == (2, 3)


# ---- 12. NumPy's data types


@pytest.mark.parametrize(
    "name", ["bool", "int8", "uint16", "int64", "float16", "float32", "float64", "complex64", "complex128"]
)
def test_numpy_dtypes(name):
    theirs = np.dtype(name)
    x = xp.ones(2, dtype=theirs)
    assert x.dtype == theirs and x.dtype == theirs.type and x.dtype == name and theirs == x.dtype
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.dtype(x.dtype) == theirs and np.zeros(2, dtype=x.dtype).dtype == theirs
    assert (x.dtype.kind, x.dtype.itemsize, x.dtype.type, x.dtype.char) == (
        theirs.kind,
        theirs.itemsize,
        theirs.type,
        theirs.char,
    )
    for spelling in (theirs.type, name, theirs.str, x.dtype):
        assert xp.asarray([1, 0], dtype=spelling).dtype == theirs
        assert xp.astype(x, spelling).dtype is x.dtype
    assert np.issubdtype(x.dtype, np.complexfloating) == (theirs.kind == "c")
    assert np.promote_types(x.dtype, np.complex64) == np.promote_types(theirs, np.complex64)
    assert np.can_cast(x.dtype, np.complex128)


def test_more_of_numpys_dtypes():
    assert (
        xp.float64 != "float32"
        and xp.float64 != np.float32
        and xp.float64 != np.dtype("datetime64[s]")
        and xp.float64 != 3
    )
    assert xp.float64 in (np.float64, np.float32) and xp.int64 not in (np.float64, np.float32)
    for python, name in ((float, "float64"), (int, "int64"), (bool, "bool"), (complex, "complex128")):
        assert xp.zeros(1, dtype=python).dtype == name
    assert np.finfo(xp.float32).eps == np.finfo("float32").eps
    assert np.result_type(xp.ones(1, dtype="float32"), np.float64) == np.float64
    assert copy.deepcopy(xp.float32) is xp.float32 and pickle.loads(pickle.dumps(xp.float32)) is xp.float32
    assert not hasattr(xp.float32, "no_such_name")
    for wrong in ("no dtype", np.dtype("datetime64[s]"), np.str_, None.__class__):
        with pytest.raises(TypeError, match="data type"):
            xp.zeros(1, dtype=wrong)


# ---- 13. views write through


def test_views_write_through():
    x = xp.zeros((2, 3))
    x[0][1] = 1.0
    x.T[2, 1] = 2.0
    xp.reshape(x, (6,))[3] = 3.0
    xp.moveaxis(x, 0, 1)[0, 0] = 4.0
    for row in x:
        row += 1.0
    xp.asarray(x)[0, 2] = 5.0
    assert x.tolist() == [[5, 2, 5], [4, 1, 3]]


def test_vectorized_filter():
    """As ndimage.vectorized_filter fills its output: through a view of a view, part by part."""
    x = xp.arange(12.0).reshape(3, 4)
    output = xp.empty((3, 4))
    flat = xp.reshape(output, (-1,))
    for i in range(0, 12, 5):
        flat[i : i + 5] = xp.reshape(x, (-1,))[i : i + 5] * 2
    assert xp.all(output == 2 * x)


def test_writes_keep_recorded_values():
    x = tracked(np.asarray([1.0, 2.0]))
    y = x * 2
    z = y * y
    y[0] = 100.0
    y += 1
    xp.sum(z).backward()
    assert x.grad.tolist() == [8, 16]
    assert grad(lambda x: _overwritten(x))(xp.asarray([1.0, 2.0])).tolist() == [0, 12]


def _overwritten(x):
    y = x * 1
    part = y[:1]
    part[...] = 5.0
    y *= 3
    return xp.sum(y * x) - 15 * x[0]


# ---- 14. errors, devices, copies


@pytest.mark.parametrize(
    "wrong", ["text", b"text", ["a", "b"], np.asarray(["a"]), None, {"a": 1}, [None], np.asarray([object()])]
)
def test_no_arrays(wrong):
    with pytest.raises((TypeError, ValueError)):
        xp.asarray(wrong)


def test_in_place_keeps_the_kind():
    whole = xp.arange(3)
    for wrong in (0.5, xp.ones(3), np.ones(3)):
        with pytest.raises(TypeError):
            whole += wrong
    with pytest.raises(TypeError):
        whole /= 2
    real = xp.ones(2)
    with pytest.raises(TypeError):
        real *= 1j
    assert whole.tolist() == [0, 1, 2]
    whole += 1
    whole += xp.ones(3, dtype="int8")
    assert whole.tolist() == [2, 3, 4] and whole.dtype == "int64"


@pytest.mark.host
def test_devices():
    x = xp.ones(2)
    assert x.device == "cpu" and x.device == xp.zeros(1).device and str(x.device) == "cpu" and x.device != "cuda:0"
    for device in ("cpu", x.device, None):
        for made in (
            xp.zeros(2, device=device),
            xp.arange(2, device=device),
            xp.asarray([1], device=device),
            xp.eye(2, device=device),
        ):
            assert made.device == "cpu"
    assert x.to_device("cpu").device == x.device
    assert {x.device: 1}[xp.zeros(1).device] == 1


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies(make):
    x = xp.asarray(DATA)
    y = make(x)
    agrees(y, DATA)
    y += 1
    agrees(x, DATA)
    with xp.no_grad():  # a deep copy warns elsewhere that it collects a gradient of its own
        leaf = make(tracked())
    assert leaf.requires_grad
    agrees(leaf, DATA)
    assert make([x.dtype, x.device]) == [x.dtype, x.device]


def test_copies_of_a_record():
    """A deep copy of a structure that holds a view, twice."""
    x = xp.asarray(DATA)
    inside = copy.deepcopy({"a": x, "b": [x[0], 1]})
    inside["a"][0, 0] = 9.0
    agrees(x, DATA)


# ---- 16. a zero cotangent stays zero


def test_a_masked_quotient():
    """StandardScaler's first update: 0/0, which a mask takes away."""

    def update(x):
        count = xp.asarray([0.0, 2.0])
        old = x[0] / count * count
        y = xp.where(count == 0, x[1], old)
        return xp.sum(y)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        g = grad(update)(xp.asarray([[1.0, 2.0], [3.0, 4.0]]))
    assert g.tolist() == [[0, 1], [1, 0]]


TRAPS = {
    "sqrt": (lambda x: xp.where(x > 0, xp.sqrt(x), 0.0), [0.0, -1.0, 4.0], [0, 0, 0.25]),
    "log": (lambda x: xp.where(x > 0, xp.log(x), 0.0), [0.0, -1.0, 4.0], [0, 0, 0.25]),
    "divide": (lambda x: xp.where(x != 0, 1 / x, 0.0), [0.0, 2.0], [0, -0.25]),
    "pow": (lambda x: xp.where(x > 0, x**0.5, 0.0), [0.0, 4.0], [0, 0.25]),
    "mask": (lambda x: xp.sqrt(x)[x > 0], [0.0, 4.0], [0, 0.25]),
    "written over": (lambda x: _zeroed(xp.log(x), x == 0), [0.0, 4.0], [0, 0.25]),
    "hypot": (lambda x: xp.hypot(x, 0 * x), [0.0, 2.0], [0, 1]),
    "norm": (lambda x: xp.linalg.vector_norm(x[:, None], axis=1), [0.0, 2.0], [0, 1]),
    "std": (lambda x: xp.std(xp.stack([x, 0 * x])), [0.0, 0.0], [0, 0]),
    "arccos": (lambda x: xp.where(xp.abs(x) < 1, xp.acos(x), 0.0), [1.0, 0.0], [0, -1]),
    "numpy": (lambda x: np.where(x > 0, np.sqrt(x), 0.0), [0.0, 4.0], [0, 0.25]),
}


def _zeroed(y, where):
    y[where] = 0.0
    return y


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", TRAPS)
def test_guarded_branches(name):
    function, at, expected = TRAPS[name]
    assert grad(lambda x: xp.sum(function(x)))(xp.asarray(at)).tolist() == expected


# ---- libraries, where they are installed (docs/clients.md has their own tests)


def test_scipy():
    """SciPy's ufuncs of scipy.special are ours."""
    special = pytest.importorskip("scipy.special")
    y = special.expit(tracked())
    assert isinstance(y, xp.Tensor) and y.requires_grad
    agrees(y, special.expit(DATA))
    # what SciPy's own code calls when SCIPY_ARRAY_API has put wrappers in the place of the ufuncs
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(special, "expit", lambda x: special._ufuncs.expit(x))
        assert special.expit(tracked()).requires_grad


def test_xarray():
    xarray = pytest.importorskip("xarray")

    def program(x):
        a = xarray.DataArray(x, dims=("row", "column"))
        weights = xarray.DataArray(xp.asarray([0.2, 0.5, 0.3]), dims="column")
        return ((a * weights).sum("column") ** 2).mean().data + a.std("row").max().data

    check_gradients(program, [xp.asarray(DATA)])


def test_einops():
    einops = pytest.importorskip("einops.array_api")

    def program(x):
        return einops.reduce(einops.rearrange(x, "i (j k) -> k i j", k=3) ** 2, "k i j -> i j", "mean")

    check_gradients(program, [xp.asarray(DATA)])


def test_to_ask_what_a_data_type_is_needs_no_backend(monkeypatch):
    def refuse(device_type):
        raise ImportError(device_type)

    monkeypatch.setattr("apitensor._core.backend.get_backend", refuse)
    dtype = xp.DType("float32", "f", 4)  # one that was not asked before
    assert not isinstance(dtype, str) and isinstance(dtype, np.dtype)


def test_data_types_pass_for_numpy_s():
    """Client libraries ask this before they read a data type; it stays one of ours for all else."""
    for dtype in (xp.bool, xp.int8, xp.float32, xp.float64, xp.complex128):
        assert isinstance(dtype, np.dtype) and isinstance(dtype, xp.DType) and type(dtype) is xp.DType
        assert not isinstance(dtype, (str, type, tuple))
        assert isinstance(dtype, type(np.dtype(dtype.name)))
    assert np.isdtype(xp.float32, "real floating") and not np.isdtype(xp.int8, "real floating")
    assert np.issubdtype(xp.ones(2).dtype, np.floating)
    assert pickle.loads(pickle.dumps(xp.float32)) is xp.float32 and copy.copy(xp.float32) is xp.float32
    code = "import apitensor as xp, sys; print(isinstance(xp.float64, str), 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_xarray_with_missing_values_and_windows():
    """These ask for NumPy's class of data types and for xp.lib, and torch tensors do not pass."""
    xarray = pytest.importorskip("xarray")

    def program(x):
        a = xarray.DataArray(x, dims=("row", "column"))
        moving = a.rolling(column=2, min_periods=1).mean()
        weighted = a.weighted(xarray.DataArray(xp.asarray([0.2, 0.5, 0.3]), dims="column")).mean("column")
        return ((moving * a.shift(column=1, fill_value=0.5)).sum("column") * weighted**2).sum().data

    check_gradients(program, [xp.asarray(DATA)])
