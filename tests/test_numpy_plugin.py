"""The NumPy backend: it does what the standard says where NumPy does not, and its extras equal the portable ones."""

from __future__ import annotations

import itertools
import math
import platform
import warnings
from types import SimpleNamespace

import mpmath
import numpy as np
import pytest

import apitensor_numpy
from apitensor._core import dtypes, extras
from apitensor._core.backend import Backend, Namespace
from apitensor_numpy import namespace as xp
from tests.fresh import run

INF, NAN = math.inf, math.nan


def without_extras():
    """The plug-in's namespace without its extras, so that the portable ones are filled in."""
    return SimpleNamespace(**{name: value for name, value in vars(xp).items() if name not in extras.PORTABLE})


PORTABLE = Namespace(without_extras())
PORTABLE.write = apitensor_numpy.load().write  # as a Backend does


def same(got, wanted):
    """Whether two numbers are the same, signs of zeros included and all NaN alike."""
    got, wanted = complex(got), complex(wanted)
    return all(
        (math.isnan(a) and math.isnan(b)) or (a == b and math.copysign(1, a) == math.copysign(1, b))
        for a, b in ((got.real, wanted.real), (got.imag, wanted.imag))
    )


@pytest.fixture(autouse=True)
def floating_point_quiet():
    with np.errstate(all="ignore"):
        yield


# ---- the record


def test_record():
    backend = apitensor_numpy.load()
    assert isinstance(backend, Backend)
    assert backend.name == "numpy" and backend.array_type is np.ndarray and backend.host
    assert dict(backend.devices) == {"cpu": "cpu"} and str(backend.default_device) == "cpu"
    assert backend.xp.add is np.add and backend.xp.scatter_add is xp.scatter_add
    x = np.arange(4.0)
    assert backend.to_numpy(x) is x and backend.from_numpy(x, "cpu") is x
    assert backend.as_array(x[0]).shape == () and backend.as_array(x) is x
    assert backend.write(x, (0,), 7.0) is x and x[0] == 7
    assert backend.add_in_place(x, 1.0) is x and x[0] == 8
    assert backend.aliases(x[1:], x) and backend.aliases(x.reshape(2, 2), x) and not backend.aliases(x[1:].copy(), x)
    assert not backend.aliases(x[0], x)
    with warnings.catch_warnings(), backend.quiet():
        warnings.simplefilter("error")
        assert np.isinf(np.divide(1.0, np.zeros(1))).all()
    one, two = (backend.default_rng(3, "cpu").standard_normal(5) for _ in range(2))
    assert np.array_equal(one, two)


def test_data_types_are_found():
    backend = apitensor_numpy.load()
    assert set(backend.raw_dtypes) == set(dtypes.ALL)  # the standard's and float16
    for constant, raw in backend.raw_dtypes.items():
        assert backend.dtype(np.zeros(1, raw).dtype) is constant


@pytest.mark.parametrize("name", sorted(xp.REAL_KERNELS))
@pytest.mark.parametrize("dtype", [xp.float32, xp.float64])
def test_kernels_for_real_numbers_are_right_for_them(name, dtype):
    x = np.asarray([0.0, -0.0, INF, -INF, NAN, 1.0, -1.0, 0.3, -2.5, 1e-30, 7e30], dtype)
    with np.errstate(all="ignore"):
        got, wanted = xp.REAL_KERNELS[name](x), getattr(xp, name)(x)
    assert got.dtype == wanted.dtype == dtype
    assert all(same(a, b) for a, b in zip(got, wanted, strict=True))


def test_hot_functions_are_numpys_own():
    assert (xp.add, xp.subtract, xp.multiply, xp.divide, xp.negative) == (
        np.add, np.subtract, np.multiply, np.divide, np.negative,
    )  # fmt: skip
    assert (xp.exp, xp.log, xp.sqrt, xp.sin, xp.cos) == (np.exp, np.log, np.sqrt, np.sin, np.cos)
    assert (xp.maximum, xp.where, xp.matmul) == (np.maximum, np.where, np.matmul)


def test_inspection():
    info = xp.__array_namespace_info__()
    assert info.devices() == ("cpu",) and info.default_device() == "cpu"
    assert info.capabilities() == {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}
    assert info.default_dtypes(device="cpu")["real floating"] == xp.float64
    assert set(info.dtypes(kind="complex floating")) == {"complex64", "complex128"}


# ---- data types


def test_astype():
    assert xp.astype(np.asarray([0j, 1j]), xp.bool).tolist() == [False, True]
    assert xp.astype(np.float64(2), xp.float32, device="cpu").dtype == xp.float32
    x = np.zeros(3)
    assert xp.astype(x, xp.float64, copy=False) is x
    for dtype in (xp.float64, xp.int32):
        with pytest.raises(TypeError, match="real"):
            xp.astype(np.asarray([1j]), dtype)


def test_limits_of_arrays():
    assert xp.finfo(np.zeros(1, xp.complex64)).bits == 32 == xp.finfo(xp.float32).bits
    assert xp.iinfo(np.zeros(1, xp.uint8)).max == 255 == xp.iinfo(xp.uint8).max


# ---- special values, from the standard's text


@pytest.mark.parametrize(
    ("x1", "x2", "wanted"),
    [
        (INF, 2.0, INF), (INF, -2.0, -INF), (-INF, 2.0, -INF), (-INF, -2.0, INF),
        (1.0, INF, 0.0), (1.0, -INF, -0.0), (-1.0, INF, -0.0), (-1.0, -INF, 0.0),
        (INF, INF, NAN), (-INF, INF, NAN), (NAN, INF, NAN), (INF, NAN, NAN), (0.0, 0.0, NAN), (-0.0, 0.0, NAN),
        (0.0, 2.0, 0.0), (-0.0, 2.0, -0.0), (0.0, -2.0, -0.0), (-0.0, -2.0, 0.0),
        (1.0, 0.0, INF), (1.0, -0.0, -INF), (-1.0, 0.0, -INF), (-1.0, -0.0, INF), (INF, 0.0, INF), (0.0, INF, 0.0),
        (-7.0, 2.0, -4.0), (7.0, -2.0, -4.0), (1.0, 0.1, 9.0), (1e308, 1e-308, INF),
    ],
)  # fmt: skip
def test_floor_divide(x1, x2, wanted):
    for dtype in (xp.float64, xp.float32) if abs(x1) < 1e30 and x2 != 0.1 else (xp.float64,):
        a, b = np.asarray(x1, dtype), np.asarray(x2, dtype)
        beside = np.asarray([5.0, 3.0], dtype)  # elements that need no repair
        for got in (
            xp.floor_divide(a, b),
            xp.floor_divide(a, x2),
            xp.floor_divide(x1, b),
            xp.floor_divide(a[()], b[()]),
        ):
            assert same(got, wanted) and np.asarray(got).dtype == dtype
        assert same(xp.floor_divide(np.append(beside, a), b)[2], wanted)
        assert np.array_equal(xp.floor_divide(np.append(beside, a), np.asarray([2.0, 2.0, x2], dtype))[:2], [2, 1])


def test_floor_divide_of_integers():
    x = np.asarray([7, -7], xp.int8)
    assert xp.floor_divide(x, 2).tolist() == [3, -4] and xp.floor_divide(x, 2).dtype == xp.int8
    assert xp.floor_divide(x, INF).tolist() == [0, 0]


@pytest.mark.parametrize("operands", [(np.ones(2), 2j), (2j, np.ones(2)), (np.ones(2) * 1j, 2j)])
def test_floor_divide_of_complex_numbers_is_a_type_error(operands):
    with pytest.raises(TypeError):
        xp.floor_divide(*operands)


@pytest.mark.parametrize("dtype", [xp.float16, xp.float32, xp.float64])
@pytest.mark.parametrize("values", [[0.5, 2.0, -3.0], [1.0, -2.0, INF], [-INF, 1.0, NAN], [2.0, 1e4, "max"]])
def test_floor_divide_looks_at_every_element_and_warns_of_none(values, dtype):
    rng = np.random.default_rng(7)
    numbers = [xp.finfo(dtype).max if v == "max" else v for v in values]
    for shape1, shape2 in [((9,), (9,)), ((3, 4), (4,)), ((3, 4), (3, 1)), ((2, 6), (2, 6)), ((0,), (0,)), ((), ())]:
        x1, x2 = (np.asarray(rng.choice(numbers, shape), dtype) for shape in (shape1, shape2))
        strided = np.stack([x1, x1], -1)[..., 0]
        for a, b in ((x1, x2), (strided, x2), (x1, 2.0), (x1, INF), (x1, 3), (-INF, x2)):
            wanted = np.where(np.isinf(a) | np.isinf(b), np.floor(np.divide(a, b)), np.floor_divide(a, b))
            with warnings.catch_warnings(), np.errstate(over="warn", invalid="warn"):
                warnings.simplefilter("error")
                got = np.asarray(xp.floor_divide(a, b))
            assert got.dtype == wanted.dtype and got.shape == wanted.shape
            assert all(same(p, q) for p, q in zip(got.reshape(-1), wanted.reshape(-1), strict=True))


@pytest.mark.parametrize(
    ("x", "wanted"),
    [
        ((0.0, 0.0), (0.0, 0.0)), ((-0.0, 0.0), (0.0, 0.0)), ((1.0, INF), (NAN, NAN)), ((1.0, NAN), (NAN, NAN)),
        ((INF, 0.0), (INF, 0.0)), ((-INF, 1.0), (-1.0, 0.0)), ((-INF, 3.0), (-1.0, 0.0)), ((INF, 1.0), (INF, INF)),
        ((INF, 3.0), (-INF, INF)), ((NAN, 0.0), (NAN, 0.0)), ((NAN, 1.0), (NAN, NAN)), ((NAN, NAN), (NAN, NAN)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("dtype", [xp.complex64, xp.complex128])
def test_expm1(x, wanted, dtype):
    got = xp.expm1(np.asarray(complex(*x), dtype))
    assert got.dtype == dtype and same(got, complex(*wanted))
    if not math.isnan(x[1]):
        assert same(xp.expm1(np.asarray(complex(x[0], -x[1]), dtype)), complex(wanted[0], -wanted[1]))


@pytest.mark.parametrize(
    ("x", "part", "wanted"),
    [((-INF, INF), "real", -1), ((-INF, NAN), "real", -1), ((-INF, INF), "imag", 0), ((-INF, NAN), "imag", 0)],
)
def test_expm1_where_a_sign_is_open(x, part, wanted):
    assert getattr(complex(xp.expm1(np.asarray(complex(*x)))), part) == wanted


@pytest.mark.parametrize("imag", [INF, NAN])
def test_expm1_of_infinity_beside_no_number(imag):
    got = complex(xp.expm1(np.asarray(complex(INF, imag))))
    assert math.isinf(got.real) and math.isnan(got.imag)


@pytest.mark.parametrize("name", ["expm1", "log1p"])
@pytest.mark.parametrize("dtype", [xp.complex64, xp.complex128])
def test_digits_of_small_operands(name, dtype):
    rng = np.random.default_rng(0)
    size = 10.0 ** rng.uniform(-18, 1.5, 300)
    x = (size * np.exp(2j * np.pi * rng.uniform(size=300))).astype(dtype)
    exact = [getattr(mpmath, name)(mpmath.mpc(complex(z))) for z in x]
    wanted = np.asarray([complex(z) for z in exact])
    # Of the number as a whole: one part may cancel, as where |1 + x| is 1.
    assert np.all(abs(getattr(xp, name)(x) - wanted) <= 8 * np.finfo(dtype).eps * abs(wanted))


@pytest.mark.parametrize(
    ("x", "wanted"),
    [
        ((-1.0, 0.0), (-INF, 0.0)), ((2.0, INF), (INF, math.pi / 2)), ((2.0, NAN), (NAN, NAN)),
        ((-INF, 1.0), (INF, math.pi)), ((INF, 1.0), (INF, 0.0)), ((-INF, INF), (INF, 3 * math.pi / 4)),
        ((INF, INF), (INF, math.pi / 4)), ((INF, NAN), (INF, NAN)), ((-INF, NAN), (INF, NAN)),
        ((NAN, 1.0), (NAN, NAN)), ((NAN, INF), (INF, NAN)), ((NAN, NAN), (NAN, NAN)), ((0.0, -0.0), (0.0, -0.0)),
    ],
)  # fmt: skip
def test_log1p(x, wanted):
    assert same(xp.log1p(np.asarray(complex(*x))), complex(*wanted))


@pytest.mark.parametrize(
    ("x", "wanted"),
    [
        ((0.0, 0.0), (0.0, 0.0)), ((-0.0, -0.0), (0.0, 0.0)), ((NAN, 0.0), (NAN, NAN)), ((0.0, NAN), (NAN, NAN)),
        ((INF, NAN), (NAN, NAN)), ((NAN, -INF), (NAN, NAN)), ((3.0, 4.0), (0.6, 0.8)), ((-2.0, 0.0), (-1.0, 0.0)),
    ],
)  # fmt: skip
def test_sign(x, wanted):
    assert same(xp.sign(np.asarray(complex(*x))), complex(*wanted))
    assert same(xp.sign(np.asarray([complex(*x), 1j]))[0], complex(*wanted))


@pytest.mark.parametrize("dtype", [xp.complex64, xp.complex128])
@pytest.mark.parametrize("imag", [1.0, 2.0, 3.0, 100.0, 0.0])
def test_tanh(imag, dtype):
    for real in (INF, -INF):
        for sign in (1, -1):
            got = xp.tanh(np.asarray(complex(real, sign * imag), dtype))
            assert got.dtype == dtype and same(got, complex(math.copysign(1, real), sign * 0.0))
    assert abs(complex(xp.tanh(np.asarray(complex(INF, NAN)))).imag) == 0
    x = np.asarray([complex(0.5, imag), complex(INF, imag)], dtype)
    assert xp.tanh(x)[0] == np.tanh(x[:1])[0]
    assert xp.tanh(np.asarray([0.5, -INF], x.real.dtype)).dtype == x.real.dtype


def test_acosh():
    for zero in (0.0, -0.0):
        got = complex(xp.acosh(np.asarray(complex(zero, NAN))))
        assert math.isnan(got.real) and abs(got.imag) == math.pi / 2
    x = np.asarray([2 + 1j, NAN])
    assert np.array_equal(xp.acosh(x), np.acosh(x), equal_nan=True)


@pytest.mark.parametrize("dtype", [xp.int8, xp.uint64, xp.float16, xp.float32, xp.float64, xp.complex64])
def test_pow(dtype):
    x = np.asarray([0.0, 2.0, 3.0] if dtype.kind in "iu" else [0.0, -0.0, INF, -INF, NAN, 1.5, -0.3, 1e-30], dtype)
    for exponent in (2, 2.0, 1.5, 5, np.float64(2)) if dtype.kind != "c" else (2, 2.0, 1.5, 5, 2 + 0j):
        for operand in (x, x[:1], x[1], x[::-2]):
            got, wanted = (np.atleast_1d(f(operand, exponent)) for f in (xp.pow, np.pow))
            if dtype.kind == "c" and type(exponent) in (int, float) and exponent == 2:
                wanted = np.atleast_1d(np.square(operand))  # as NumPy's operator has it: zeros may have other signs
            assert got.dtype == wanted.dtype and all(same(p, q) for p, q in zip(got, wanted, strict=True))
    if dtype.kind == "f":
        number = dtype.type(0.5)
        for half in (
            0.5,
            np.asarray(number),
            number,
            np.full(8, number),
            np.broadcast_to(number, 8),
            x[:1] * 0 + number,
        ):
            got = xp.pow(x, half)
            assert same(got[0], 0) and same(got[1], 0) and same(got[2], INF) and same(got[3], INF)
        column = np.asarray([[0.5], [2.0]], dtype)
        assert same(xp.pow(x, column)[0, 1], 0) and same(xp.pow(x, column)[0, 3], INF)


@pytest.mark.parametrize(("exponent", "bound"), [(-1, 0.5), (0.5, 0.5), (2, 0.5), (3, 1.3), (4, 1.9)])
@pytest.mark.parametrize("dtype", [xp.float32, xp.float64])
def test_powers_that_are_products_are_exact_and_overflow_where_the_power_does(dtype, exponent, bound):
    random = np.random.default_rng(0)
    top = (int(np.log10(np.finfo(dtype).max)) + 1) / max(abs(exponent), 1)
    x = np.abs(random.normal(size=20000)) * 10.0 ** random.uniform(-top, top, 20000)
    x = x.astype(dtype)
    with np.errstate(all="ignore"):
        got = xp.pow(x, exponent)
        wanted = np.pow(x.astype(np.longdouble), exponent)  # more digits and a wider range than both
        nearest = wanted.astype(dtype)
    assert got.dtype == dtype and np.array_equal(np.isinf(got), np.isinf(nearest))
    assert np.isinf(got).any() or exponent in (-1, 0.5)
    normal = np.isfinite(nearest) & (nearest > np.finfo(dtype).tiny)
    assert normal.sum() > 15000
    assert (np.abs(got - wanted) / np.spacing(nearest))[normal].max() <= bound * 1.001  # the unit is rounded


def test_reciprocal():
    x = np.asarray([0j, complex(-0.0, 0), 2j, 4, complex(3, -4)])
    for got, wanted in zip(xp.reciprocal(x), np.divide(1.0, x), strict=True):
        assert same(got, wanted)
    assert xp.reciprocal(np.asarray([2, 4])).tolist() == [0.5, 0.25]
    assert xp.reciprocal(np.asarray([0.0, -0.0, 4], xp.float32)).tolist() == [INF, -INF, 0.25]


def test_round():
    x = np.asarray([0.5, 1.5, -0.5, 2.5, -INF])
    assert all(same(a, b) for a, b in zip(xp.round(x), [0.0, 2.0, -0.0, 2.0, -INF], strict=True))
    assert same(xp.round(np.asarray(complex(-0.2, 2.5))), complex(-0.0, 2)) and same(
        xp.round(np.asarray(complex(INF, NAN))), complex(INF, NAN)
    )
    assert xp.round(np.asarray([3, -3], xp.int8)).dtype == xp.int8


@pytest.mark.parametrize("dtype", [xp.int8, xp.uint64, xp.float32, xp.float64])
def test_clip(dtype):
    x = np.asarray([1, 5, 9], dtype)
    for got, wanted in [
        (xp.clip(x, 2, 7), [2, 5, 7]),
        (xp.clip(x, max=7), [1, 5, 7]),
        (xp.clip(x, min=2), [2, 5, 9]),
        (xp.clip(x), [1, 5, 9]),
        (xp.clip(x, np.asarray([2, 2, 2], dtype), 7), [2, 5, 7]),
        (xp.clip(x, 2, np.asarray([[7], [3]], dtype)), [[2, 5, 7], [2, 3, 3]]),
        (xp.clip(x, np.asarray([[2]], dtype)), [[2, 5, 9]]),
        (xp.clip(x[1], 6), 6),
    ]:
        assert np.asarray(got).tolist() == wanted and got.dtype == dtype


def test_clip_of_no_number():
    x, bound = np.asarray([1.0, NAN, 3.0]), np.asarray([NAN, 1.0, 2.0])
    assert np.array_equal(xp.clip(x, bound), [NAN, NAN, 3], equal_nan=True)
    assert np.array_equal(xp.clip(x, max=bound), [NAN, NAN, 2], equal_nan=True)
    assert np.array_equal(xp.clip(x, 0, bound), [NAN, NAN, 2], equal_nan=True)
    assert np.isnan(xp.clip(x, NAN, 2)).all()
    assert xp.clip(np.asarray([-300, 5], xp.int16), -1000, 100000).tolist() == [-300, 5]
    assert xp.clip(np.asarray([3, 5], xp.uint8), -1).tolist() == [3, 5]


# ---- statistics


def test_count_nonzero():
    x = np.asarray([[0, 1j], [NAN, 0]])
    assert xp.count_nonzero(x).dtype == xp.int64 and xp.count_nonzero(x).tolist() == 2
    assert xp.count_nonzero(x, axis=(0,), keepdims=True).tolist() == [[1, 1]]


def test_mean_keeps_parts_apart():
    x = np.asarray([complex(NAN, 1), 2 + 3j])
    assert same(xp.mean(x), complex(NAN, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert same(xp.mean(x[:0]), complex(NAN, NAN)) and xp.mean(x[:0].real) != xp.mean(x[:0].real)
        assert xp.mean(np.zeros((0, 3), xp.float32), axis=0).shape == (3,)
        assert xp.mean(np.zeros((0, 3), xp.int8), axis=1, keepdims=True).dtype == xp.float64
    y = np.asarray([[1 + 2j, 3 - 4j], [INF, 1j]], xp.complex64)
    got = xp.mean(y, axis=(0,), keepdims=True)
    assert (
        got.dtype == xp.complex64 and got.shape == (1, 2) and same(got[0, 1], 1.5 - 1.5j) and same(got[0, 0], INF + 1j)
    )
    assert xp.mean(np.asarray([1, 2], xp.int8)) == 1.5


@pytest.mark.parametrize("dtype", [xp.int8, xp.uint64, xp.float16, xp.float32, xp.float64])
@pytest.mark.parametrize("numbers", [[0.1, -0.7, 3.0, 1e-4], [1.0, -0.0, INF, 2.0], [NAN, 1.0], [6e4, 5e4], [6e-8]])
@pytest.mark.parametrize("shape", [(), (1,), (700,), (7, 30), (2, 3, 40)])
def test_moments_are_numpys_to_the_last_bit(shape, numbers, dtype):
    x = np.asarray(np.random.default_rng(8).choice(numbers, shape)).astype(dtype)
    for operand in (x, x.T, x[..., ::-1] if shape else x[()]):
        for axis in (None, (), *range(-len(shape), len(shape)), tuple(range(len(shape)))[1:]):
            for keepdims in (False, True):
                got, wanted = (f(operand, axis=axis, keepdims=keepdims) for f in (xp.mean, np.mean))
                assert got.dtype == wanted.dtype and np.array_equal(got, wanted, equal_nan=True)
                for name in ("var", "std"):
                    got = getattr(xp, name)(operand, axis=axis, correction=0.3, keepdims=keepdims)
                    wanted = getattr(np, name)(operand, axis=axis, ddof=0.3, keepdims=keepdims)
                    assert got.dtype == wanted.dtype and np.array_equal(got, wanted, equal_nan=True)


@pytest.mark.parametrize("name", ["var", "std"])
def test_spread_without_degrees_of_freedom(name):
    function = getattr(xp, name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for correction in (3, 3.5, 4):
            assert math.isnan(function(np.arange(3.0), correction=correction))
            got = function(np.ones((3, 2), xp.float32), axis=0, correction=correction, keepdims=True)
            assert got.shape == (1, 2) and got.dtype == xp.float32 and np.isnan(got).all()
        assert math.isnan(function(np.zeros((0,)))) and function(np.zeros((0, 2)), axis=0).shape == (2,)
        assert function(np.zeros((2, 0), xp.int32), axis=(-1,)).dtype == xp.float64
    assert function(np.asarray([1, 2, 4], xp.int64), correction=1.5) == pytest.approx(
        (14 / 9 * 3 / 1.5) ** (1 if name == "var" else 0.5)
    )


def test_diff():
    x = np.asarray([1, 4, 9, 16], xp.int16)
    assert xp.diff(x).tolist() == [3, 5, 7] and xp.diff(x, n=2).tolist() == [2, 2] and xp.diff(x, n=9).tolist() == []
    assert xp.diff(x, n=0).tolist() == x.tolist()
    before, after = np.asarray([0, 0], xp.int16), np.asarray([25], xp.int16)
    assert xp.diff(x, n=0, prepend=before, append=after).tolist() == [0, 0, 1, 4, 9, 16, 25]
    assert xp.diff(x, prepend=before, append=after).tolist() == [0, 1, 3, 5, 7, 9]
    assert xp.diff(np.asarray([[1, 2], [4, 8]]), axis=0, append=np.asarray([[0, 0]])).tolist() == [[3, 6], [-4, -8]]


@pytest.mark.parametrize("name", ["sum", "prod", "cumulative_sum", "cumulative_prod"])
@pytest.mark.parametrize(
    "dtype", [xp.int8, xp.int32, xp.int64, xp.uint8, xp.uint32, xp.uint64, xp.float32, xp.complex64]
)
def test_types_of_sums(name, dtype):
    wanted = {"i": xp.int64, "u": xp.uint64}.get(dtype.kind, dtype)
    x = np.asarray([3, 5], dtype)
    assert getattr(xp, name)(x).dtype == wanted and getattr(xp, name)(x, dtype=dtype).dtype == dtype
    if name.startswith("cumulative"):
        got = getattr(xp, name)(x, include_initial=True)
        assert got.dtype == wanted and got.tolist() == ([0, 3, 8] if name == "cumulative_sum" else [1, 3, 15])
        assert getattr(xp, name)(np.zeros((2, 0), dtype), axis=1, include_initial=True).shape == (2, 1)
        with pytest.raises(ValueError, match="axis"):
            getattr(xp, name)(np.zeros((2, 2)))


@pytest.mark.parametrize("dtype", [xp.float32, xp.float64, xp.int32, xp.complex64])
@pytest.mark.parametrize("name", ["sum", "prod", "max", "min"])
def test_reductions_of_short_axes_give_the_bits_of_numpy(name, dtype):
    rng = np.random.default_rng(5)
    function = {"sum": np.add, "prod": np.multiply, "max": np.maximum, "min": np.minimum}[name]
    for n in range(1, 10):
        shape = (40, 30, n)
        special = rng.choice([0.0, -0.0, 1.0, 3.0] if dtype == xp.int32 else [0.0, -0.0, INF, -INF, NAN, 1.0], shape)
        for x in (rng.normal(size=shape) * 10 ** rng.uniform(-4, 4, shape), special):
            for array in (x.astype(dtype), np.asfortranarray(x.astype(dtype))):
                for axis, keepdims in itertools.product((-1, 2, (2,), (0, 2), 1, None), (False, True)):
                    got = getattr(xp, name)(array, axis=axis, keepdims=keepdims)
                    wanted = function.reduce(array, axis=axis, keepdims=keepdims)
                    assert got.shape == wanted.shape and got.dtype == wanted.dtype
                    got, wanted = (np.where(np.isnan(y), 0, y) for y in (got, wanted))
                    assert got.tobytes() == wanted.tobytes()


# ---- sorting, searching, sets


@pytest.mark.parametrize("stable", [True, False])
@pytest.mark.parametrize("dtype", [xp.bool, xp.int8, xp.uint64, xp.float32])
def test_sorting(dtype, stable):
    x = np.random.default_rng(1).integers(0, 2 if dtype == xp.bool else 5, (4, 30)).astype(dtype)
    for axis in (0, 1, -1):
        for descending in (False, True):
            values = xp.sort(x, axis=axis, descending=descending, stable=stable)
            where = xp.argsort(x, axis=axis, descending=descending, stable=stable)
            assert values.dtype == dtype and where.dtype == xp.int64
            assert np.array_equal(values, np.take_along_axis(x, where, axis))
            steps = np.diff(values.astype(float), axis=axis) * (-1 if descending else 1)
            assert np.all(steps >= 0)
            if stable:  # ties in the order of their positions
                assert np.all((steps > 0) | (np.diff(where, axis=axis) > 0))


def test_sorting_keeps_the_order_of_signed_zeros():
    x = np.asarray([0.0, -0.0, 1.0, -0.0, 0.0])
    for descending in (False, True):
        values, where = xp.sort(x, descending=descending), xp.argsort(x, descending=descending)
        assert np.array_equal(np.signbit(values), np.signbit(x[where]))


@pytest.mark.parametrize("shape", [(), (1,), (5,), (0,), (2, 3), (3, 0, 2)])
def test_roll_and_flip_give_what_numpys_own_functions_give(shape):
    x = np.arange(float(np.prod(shape))).reshape(shape)
    for shift in (0, 1, -2, 5, 1007, -1007):
        for axis in (None, *range(-x.ndim, x.ndim)):
            rolled = xp.roll(x, shift, axis=axis)
            np.testing.assert_array_equal(rolled, np.roll(x, shift, axis), strict=True)
            assert not np.shares_memory(rolled, x)
    for axis in (None, *range(-x.ndim, x.ndim), tuple(range(x.ndim))):
        np.testing.assert_array_equal(xp.flip(x, axis=axis), np.flip(x, axis), strict=True)
    for function in (xp.roll, xp.flip):
        with pytest.raises(IndexError):
            function(x, *((1,) if function is xp.roll else ()), axis=x.ndim)


@pytest.mark.parametrize("dtype", [xp.float16, xp.float32, xp.float64, xp.int16, xp.uint32, xp.complex64])
@pytest.mark.parametrize("descending", [False, True])
def test_sorting_gives_the_bits_that_a_stable_sort_gives(dtype, descending):
    rng = np.random.default_rng(2)
    for zeros in ([], [0.0], [-0.0], [0.0, -0.0], [0.0, INF, -0.0, -INF, 3.0, 3.0]):
        x = np.concat([rng.normal(scale=5, size=(6, 40 - len(zeros))), np.tile(zeros, (6, 1))], axis=1)
        x = rng.permuted(x, axis=1).astype(dtype)
        for axis in (0, 1):
            flipped = np.flip(x, axis) if descending else x
            wanted = np.sort(flipped, axis=axis, stable=True)
            wanted = np.flip(wanted, axis) if descending else wanted
            assert np.ascontiguousarray(xp.sort(x, axis=axis, descending=descending)).tobytes() == wanted.tobytes()


def test_searchsorted():
    x = np.asarray([0.1, 0.3, 0.3, 0.7], xp.float32)
    assert xp.searchsorted(x, 0.1, side="right") == 1 and xp.searchsorted(x, 0.3) == 1 and xp.searchsorted(x, 1) == 4
    assert xp.searchsorted(x, np.asarray([[0.0], [0.3]], xp.float32), side="right").tolist() == [[0], [3]]
    assert xp.searchsorted(np.asarray([1, 2, 3], xp.int8), 2) == 1
    backwards, sorter = x[::-1], np.asarray([3, 2, 1, 0], xp.uint64)
    assert xp.searchsorted(backwards, np.asarray([0.3, 0.5], xp.float32), sorter=sorter).tolist() == [1, 3]


def test_sets():
    x = np.asarray([[3.0, NAN, -0.0], [0.0, NAN, 3.0]])
    result = xp.unique_all(x)
    assert np.array_equal(result.values, [0, 3, NAN, NAN], equal_nan=True) and result.counts.tolist() == [2, 2, 1, 1]
    assert result.indices.tolist() == [2, 0, 1, 4] and result.inverse_indices.shape == x.shape
    assert np.array_equal(xp.unique_values(x), result.values, equal_nan=True)
    assert xp.unique_values(np.asarray([3, 1, 3, 2])).tolist() == [1, 2, 3]
    assert xp.unique_inverse(np.asarray(2.0)).inverse_indices.shape == ()
    assert xp.isin(np.asarray([1, 2], xp.int8), 300).tolist() == [False, False]
    assert xp.isin(2, np.asarray([1, 2]), invert=True).tolist() is False
    assert xp.isin(np.asarray([2**53 + 1], xp.uint64), np.asarray([2**53], xp.int64)).tolist() == [False]


def test_take():
    x = np.arange(6.0).reshape(2, 3)
    assert xp.take(x[0], np.asarray([-1, 0], xp.int8)).tolist() == [2, 0]
    assert xp.take(x, np.asarray([1], xp.uint64), axis=-1).tolist() == [[1], [4]]
    with pytest.raises(ValueError, match="axis"):
        xp.take(x, np.asarray([0]))
    assert xp.take_along_axis(x, np.asarray([[-1], [0]])).tolist() == [[2], [3]]
    assert xp.take_along_axis(x[:, None], np.zeros((1, 4, 2), xp.int64)).shape == (2, 4, 2)


def test_repeat():
    x = np.asarray([1, 2, 3])
    for dtype in (xp.uint8, xp.int32, xp.uint64):
        assert xp.repeat(x, np.asarray([2, 0, 1], dtype)).tolist() == [1, 1, 3]
    assert xp.repeat(x, 2).tolist() == xp.repeat(x, np.asarray([2])).tolist() == [1, 1, 2, 2, 3, 3]


def test_expand_dims():
    x = np.zeros((2, 3))
    assert xp.expand_dims(x, (0, -1)).shape == (1, 2, 3, 1) and xp.expand_dims(x, -1).shape == (2, 3, 1)
    for axis in (4, -4, (0, 5), (0, 0), (1, -3)):
        with pytest.raises(IndexError):
            xp.expand_dims(x, axis)


# ---- extensions


@pytest.mark.parametrize("dtype", [xp.float32, xp.float64, xp.complex64, xp.complex128])
def test_linalg(dtype):
    x = np.asarray([[2, 1], [1, 3]], dtype)
    wide = xp.result_type(dtype, xp.complex64)
    result = xp.linalg.eig(x)
    assert result.eigenvalues.dtype == result.eigenvectors.dtype == xp.linalg.eigvals(x).dtype == wide
    assert result[0] is result.eigenvalues and result[1] is result.eigenvectors
    assert np.allclose(x @ result.eigenvectors, result.eigenvalues * result.eigenvectors, atol=1e-5)
    assert np.array_equal(xp.linalg.matrix_power(x, 1), x)

    eps = float(np.finfo(dtype).eps)
    tall = np.zeros((30, 2), dtype)
    tall[0, 0], tall[1, 1] = 1, 10 * eps  # under 30 * eps: of no weight by default
    assert xp.linalg.matrix_rank(tall) == 1 and xp.linalg.matrix_rank(tall, rtol=eps) == 2
    assert xp.linalg.matrix_rank(np.stack([tall, tall]), rtol=np.asarray([eps, 100 * eps])).tolist() == [2, 1]
    assert xp.linalg.matrix_rank(np.zeros((3, 0), dtype)) == 0 and xp.linalg.matrix_rank(tall).dtype == xp.int64
    with pytest.raises(ValueError, match="dimension"):
        xp.linalg.matrix_rank(tall[0])
    assert abs(xp.linalg.pinv(tall)[1, 1]) == 0 and xp.linalg.pinv(tall).dtype == dtype
    assert np.isclose(xp.linalg.pinv(tall, rtol=eps)[1, 1], 0.1 / eps)
    assert xp.linalg.pinv(np.stack([tall, tall]), rtol=np.asarray([eps, 100 * eps]))[1, 1, 1] == 0


def test_fft():
    assert xp.fft.fftfreq(4, d=0.5, dtype=xp.float32, device="cpu").dtype == xp.float32
    assert xp.fft.rfftfreq(5).dtype == xp.float64 and xp.fft.rfftfreq(4).tolist() == [0, 0.25, 0.5]
    x = np.random.default_rng(0).normal(size=(3, 4, 5)).astype(xp.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in ("fftn", "ifftn", "rfftn", "irfftn"):
            function = getattr(xp.fft, name)
            assert np.array_equal(function(x, s=(4, 6)), function(x, s=(4, 6), axes=(1, 2))), name
            assert function(x).dtype == (xp.float32 if name == "irfftn" else xp.complex64)
    assert xp.fft.fftn(x, axes=()).dtype == xp.complex64


@pytest.mark.parametrize("shape", [(0,), (2, 0)])
def test_transforms_of_nothing_padded(shape):
    """NumPy reads one element before it looks how many there are."""
    x = np.zeros(shape, complex)
    for n in (1, 2, 5):
        for _ in range(3):
            np.full(n, 7.0)  # leaves other things than zeros in the memory that comes next
            for y in (xp.fft.irfft(x, n=n), xp.fft.hfft(x, n=n), xp.fft.irfftn(x, s=(n,), axes=(-1,))):
                assert y.shape == (*shape[:-1], n) and not y.any()


# ---- memory


def one_call_each():
    """Calls in which NumPy, in some version, might hand out its operand's memory: name, result, operand."""
    square = np.asarray([[2.0, 1.0], [1.0, 3.0]])
    for x in (square, square.astype(xp.int64), square + 1j, np.asarray(2.0), np.zeros((0,)), square.T):
        for name in (
            "abs",
            "conj",
            "exp",
            "expm1",
            "log1p",
            "negative",
            "positive",
            "reciprocal",
            "round",
            "sign",
            "square",
        ):
            yield name, getattr(xp, name)(x), x
        for name in ("ceil", "floor", "trunc") if x.dtype.kind != "c" else ():
            yield name, getattr(xp, name)(x), x
        yield "broadcast_arrays", xp.broadcast_arrays(x, np.zeros((2, 2)) if x.size else x), x
        yield "concat", xp.concat([x], axis=None), x
        yield "stack", xp.stack([x]), x
        yield "tile", xp.tile(x, ()), x
        yield "tile", xp.tile(x, (1,)), x
        yield "repeat", xp.repeat(x, 1), x
        yield "roll", xp.roll(x, 0), x
        yield "where", xp.where(np.asarray(True), x, x), x
        yield "asarray", xp.asarray(x, copy=True), x
        yield "astype", xp.astype(x, x.dtype), x
        yield "tensordot", xp.tensordot(x, np.asarray(1, x.dtype), axes=0), x
        yield "meshgrid", xp.meshgrid(*([x.reshape(-1)] * 3)), x
        for axis in (None, ()):
            for name in ("sum", "prod", "mean", "all", "any", "count_nonzero"):
                yield name, getattr(xp, name)(x, axis=axis), x
            yield "vector_norm", xp.linalg.vector_norm(x, axis=axis), x
        if x.dtype.kind != "c":
            yield "clip", xp.clip(x), x
            yield "clip", xp.clip(x, max=9), x
            if x.ndim:
                for descending in (True, False):
                    yield "sort", xp.sort(x, descending=descending), x
        if x.ndim:
            yield "diff", xp.diff(x, n=0), x
            yield "cumulative_sum", xp.cumulative_sum(x, axis=0, dtype=x.dtype), x
            yield "take", xp.take(x, np.arange(x.shape[0]), axis=0), x
            yield "take_along_axis", xp.take_along_axis(x, np.zeros_like(x, xp.int64)), x
            yield "unique_values", xp.unique_values(x), x
            yield "fftshift", xp.fft.fftshift(x), x
            yield "fftn", xp.fft.fftn(x, axes=()), x
        if x.ndim == 2:
            yield "tril", xp.tril(x, k=9), x
            yield "triu", xp.triu(x, k=-9), x
            yield "diagonal", xp.linalg.diagonal(x), x
            yield "matrix_power", xp.linalg.matrix_power(x, 1), x


def test_results_have_memory_of_their_own():
    seen = set()
    for name, results, operand in one_call_each():
        results = results if isinstance(results, tuple) else (results,)
        seen.add(name)
        for i, result in enumerate(results):
            assert not np.shares_memory(result, operand), name
            assert not any(np.shares_memory(result, other) for other in results[:i]), name
            if isinstance(result, np.ndarray):
                assert result.flags.writeable, name
    assert len(seen) > 40


# ---- extras


@pytest.mark.parametrize("dtype", [xp.float32, xp.float64, xp.complex64])
@pytest.mark.parametrize("shape", [(), (0,), (5,), (4, 5)])
def test_safe_multiply(dtype, shape):
    rng = np.random.default_rng(2)
    g = np.asarray(rng.choice([0.0, 1.5, -2.0, 1e30], shape)).astype(dtype)
    for values in ([1.0, 2.0], [1.0, INF, -INF, NAN, 0.0]):
        for trailing in (shape, (3, *shape)):
            p = np.asarray(rng.choice(values, trailing)).astype(dtype)
            got, wanted = xp.safe_multiply(g, p), PORTABLE.safe_multiply(g, p)
            assert np.array_equal(got, wanted, equal_nan=True) and got.dtype == dtype and got.shape == trailing
            assert np.all(got[np.broadcast_to(g == 0, trailing)] == 0)
    f_order = np.asfortranarray(np.ones((3, 4), dtype)).T
    f_order[1, 1] = 0
    assert xp.safe_multiply(f_order, np.full((4, 3), INF, dtype))[1, 1] == 0


def test_safe_multiply_of_scalars():
    assert xp.safe_multiply(np.float32(0), np.float32(INF)) == 0
    assert xp.safe_multiply(np.float32(2), np.float32(INF)) == INF
    assert xp.safe_multiply(np.float32(0), np.float32(INF)).dtype == xp.float32


AXES = {(): [None, ()], (5,): [None, (0,)], (4, 5): [None, (0,), (1,), (0, 1)], (2, 3, 4): [(2,), (1,), (0, 2)]}
AXES_OF_SHAPES = [(shape, axis) for shape, axes in AXES.items() for axis in axes]


@pytest.mark.parametrize("dtype", [xp.float32, xp.float64])
@pytest.mark.parametrize(("shape", "axis"), AXES_OF_SHAPES)
@pytest.mark.parametrize("values", [[1.0, -2.5, 3.0], [1.0, INF], [0.5, -INF], [-INF], [INF, -INF], [NAN, 1.0, INF]])
def test_minus_max(values, shape, axis, dtype):
    x = np.asarray(np.random.default_rng(5).choice(values, shape)).astype(dtype)
    for got, wanted in zip(xp.minus_max(x, axis), PORTABLE.minus_max(x, axis), strict=True):
        assert np.array_equal(got, wanted, equal_nan=True) and got.dtype == dtype and got.shape == wanted.shape
    assert not np.shares_memory(x, xp.minus_max(x, axis)[1])


@pytest.mark.parametrize("dtype", [xp.float32, xp.float64])
@pytest.mark.parametrize(("shape", "axis"), AXES_OF_SHAPES)
@pytest.mark.parametrize("values", [[1.0, 0.5], [NAN, 0.5], [NAN, INF, 0.25]])
def test_weighted_deviation(values, shape, axis, dtype):
    rng = np.random.default_rng(6)
    weights = np.asarray(rng.choice(values, shape)).astype(dtype)
    for numbers in ([0.0], [0.0, 1.5], [2.0, INF]):
        x = np.asarray(rng.choice(numbers, shape)).astype(dtype)
        got, wanted = xp.weighted_deviation(x, weights, axis), PORTABLE.weighted_deviation(x, weights, axis)
        np.testing.assert_allclose(got, wanted, rtol=1e-6 if dtype == xp.float32 else 1e-14, atol=1e-6)
        assert got.dtype == dtype and got.shape == shape
        if numbers == [0.0]:
            assert np.all(got == 0)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("values", [[0.0, 1.0, 2.0], [-0.0, 0.0, NAN], [INF, -INF, NAN, 1.0]])
@pytest.mark.parametrize("shape", [((), ()), ((7,), (7,)), ((3, 1), (1, 4)), ((0, 2), (2,)), ((2, 3), None)])
def test_share(shape, values, dtype):
    rng = np.random.default_rng(7)
    x, other = (np.asarray(rng.choice(values, s)).astype(dtype) if s is not None else 0.0 for s in shape)
    for beats in (np.greater, np.less):
        got, wanted = xp.share(beats, x, other), PORTABLE.share(beats, x, other)
        assert got.dtype == wanted.dtype == dtype and got.shape == wanted.shape
        assert np.array_equal(got, wanted)


def test_overwrite():
    x, y = np.asarray([1.0, 2.0]), np.asarray([3.0, 5.0])
    assert xp.overwrite(x, np.multiply, x, y) is x and x.tolist() == [3, 10]
    assert xp.overwrite(x, np.flip, y).tolist() == [5, 3] and x.tolist() == [3, 10]
    assert xp.overwrite(np.float64(1), np.exp, np.float64(0)) == 1
    assert PORTABLE.overwrite(x, np.add, x, y).tolist() == [6, 15] and x.tolist() == [3, 10]


def test_memory_is_kept_for_the_next_arrays():
    """Without a word to malloc, every pass over arrays of this size pays for its memory anew, page by page."""
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("this is about glibc's malloc")
    program = """
import resource
import apitensor as xp
x = xp.ones(100_000).requires_grad_()
def step():
    y, x.grad = x, None
    for _ in range(20):
        y = y * x + x
    xp.sum(y).backward()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    step()
before = faults()
for _ in range(5):
    step()
print((faults() - before) / 5)
"""
    (faults,) = run(program)
    assert float(faults) < 500  # 4,460 without


KEYS = {
    "slice": (slice(1, 3),),
    "negative step": (slice(None, None, -2), 1),
    "integer": (2,),
    "ellipsis and new axis": (..., None, 1),
    "nothing": (),
    "rows, repeated": (np.asarray([0, 3, -1, 0, 0]),),
    "rows, none": (np.zeros(0, xp.int64),),
    "rows, unsigned": (np.asarray([0, 3, 3], xp.uint64),),
    "rows, two-dimensional": (np.asarray([[0, 3], [-4, 0]], xp.int8),),
    "elements": (np.asarray([0, 3, 0]), np.asarray([4, -5, -5]), np.asarray([1, 1, 1])),
    "pairs, broadcast": (np.asarray([[0], [3]]), np.asarray([4, -1, 4])),
    "array and slice": (slice(None), np.asarray([1, 1, 2])),
    "array and integer": (np.asarray([1, 1, 2]), 3),
    "arrays apart": (np.asarray([1, 1, 2]), slice(None), np.asarray([0, 0, 1])),
    "array and new axis": (None, np.asarray([1, 1, 2])),
    "array and new axis behind": (slice(None), np.asarray([1, 1, 2]), slice(None), None),
    "array at the end and new axis": (slice(None), slice(None), np.asarray([1, 1, 0]), None),
    "array and ellipsis": (np.asarray([1, 1, 2]), ...),
    "array at the end and ellipsis": (slice(None), slice(None), np.asarray([1, 1, 0]), ...),
    "elements and ellipsis, new axis": (np.asarray([0, 3]), np.asarray([4, 4]), np.asarray([1, 1]), ..., None),
    "mask": (np.arange(4) % 2 == 0,),
    "whole mask": (np.random.default_rng(0).uniform(size=(4, 5, 2)) > 0.5,),
    "mask and array": (np.asarray([True, False, True, False]), np.asarray([1, 1])),
    "zero-dimensional array": (np.asarray(2), slice(0, 2)),
    "Python boolean": (True,),
}


@pytest.mark.parametrize("dtype", [xp.float32, xp.float64, xp.complex64, xp.int64])
@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS.keys())
def test_scatter_add(key, dtype):
    shape = (4, 5, 2)
    picked = np.zeros(shape)[key].shape
    # Small whole numbers: the sums are exact in any order.
    values = np.random.default_rng(3).integers(-9, 9, picked).astype(dtype)
    wanted = np.zeros(shape, dtype)
    np.add.at(wanted, key, values)
    got = xp.scatter_add(values, key, shape)
    assert np.array_equal(got, wanted) and got.dtype == dtype
    assert np.array_equal(PORTABLE.scatter_add(values, key, shape), wanted)
    for out in (np.ones(shape, dtype), np.asfortranarray(np.ones(shape, dtype))):
        assert xp.scatter_add(values, key, shape, out=out) is out and np.array_equal(out, wanted + 1)
    one = xp.scatter_add(np.asarray(2, dtype), key, shape)
    np.add.at(wanted := np.zeros(shape, dtype), key, 2)
    assert np.array_equal(one, wanted)


def test_scatter_add_in_one_dimension():
    rng = np.random.default_rng(4)
    where, values = rng.integers(-50, 50, 10_000), rng.normal(size=10_000)
    wanted = np.zeros(50)
    np.add.at(wanted, where, values)
    assert np.array_equal(xp.scatter_add(values, (where,), (50,)), wanted)  # bit for bit: the order is the same
    assert np.allclose(PORTABLE.scatter_add(values, (where,), (50,)), wanted, rtol=1e-12)


def test_scatter_add_beyond_the_end():
    for key in ((np.asarray([0, 4]),), (np.asarray([-5]),), (np.asarray([0]), np.asarray([5]))):
        with pytest.raises((IndexError, ValueError)):
            xp.scatter_add(np.ones(()), key, (4, 5))


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
@pytest.mark.parametrize("shape", [(256, 512), (32, 512), (4, 64, 256), (64, 2, 256)])
def test_transforms_along_crowded_elements_are_those_of_numpy(shape, dtype):
    """Their elements are copied apart first, which must change no bit."""
    rng = np.random.default_rng(0)
    z = (rng.normal(size=shape) + 1j * rng.normal(size=shape)).astype(dtype)
    for array in (z, z.T, z[..., ::2]):
        before = array.copy()
        for axis, norm in itertools.product(range(-array.ndim, array.ndim), ("backward", "ortho", "forward")):
            for name in ("fft", "ifft"):
                got = getattr(xp.fft, name)(array, axis=axis, norm=norm)
                wanted = getattr(np.fft, name)(array, axis=axis, norm=norm)
                assert got.dtype == wanted.dtype and np.array_equal(got, wanted)
        for axes in (None, (0,), (-1, 0), (0, 0, -1)):
            for name in ("fftn", "ifftn"):
                got = getattr(xp.fft, name)(array, axes=axes)
                assert np.array_equal(got, getattr(np.fft, name)(array, axes=axes))
        assert np.array_equal(array, before)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex64, np.complex128])
@pytest.mark.parametrize("shape", [(), (1,), (5,), (3, 4), (2, 0, 3), (300, 7)])
def test_a_nan_is_found_wherever_it_is(shape, dtype):
    array = np.full(shape, 1e4, dtype)
    windows = (array, array.T, array[..., ::-1]) if shape else (array,)
    assert not any(xp.has_nan(window) for window in windows)
    for at in list(np.ndindex(shape))[:: max(1, array.size // 7)]:
        for value in {NAN, complex(1, NAN) if np.issubdtype(dtype, np.complexfloating) else NAN}:
            array[at] = value
            assert all(xp.has_nan(window) for window in windows)
            array[at] = 1e4
        if not np.issubdtype(dtype, np.complexfloating):
            array[at] = -INF
            assert not any(xp.has_nan(window) for window in windows)
            array[at] = 1e4
