"""NumPy's functions that cut, join and go by pieces, called on tensors: NumPy's values, and derivatives."""

import numpy as np
import pytest

import apitensor as xp
from apitensor.autograd import check_gradients, grad
from tests.gradients import MODES

DATA = np.random.default_rng(8).normal(size=(3, 4))
VECTOR = np.asarray([0.3, -1.2, 2.5, 0.7, -0.4])
PROGRAMS = {
    "apply_along_axis": lambda x: np.apply_along_axis(lambda v: v / np.sum(v**2), 0, x),
    "apply_along_axis to numbers": lambda x: np.apply_along_axis(np.prod, 1, x),
    "apply_along_axis to matrices": lambda x: np.apply_along_axis(lambda v: np.outer(v, v), 0, x),
    "astype": lambda x: np.astype(x, np.complex128) * (1 + 2j),
    "block": lambda x: np.block([[x, x**2], [2 * x, x]]),
    "block of a row": lambda x: np.block([x[0], 2 * x[1], x[2, 0]]),
    "block of blocks": lambda x: np.block([[[x]], [[x * x]]]),
    "block of one": lambda x: np.block(x),
    "choose": lambda x: np.choose(np.asarray([0, 2, 1, 0]), [x[0], x[1] ** 2, x]),
    "delete": lambda x: np.delete(x, 1, axis=1),
    "delete several": lambda x: np.delete(x, [0, -1], axis=1),
    "delete a slice": lambda x: np.delete(x, slice(1, 3), 1),
    "delete by mask": lambda x: np.delete(x, [True, False, True], 0),
    "delete by a matrix of places": lambda x: np.delete(x, [[0], [2]], axis=0),
    "delete flat": lambda x: np.delete(x, np.asarray([0, 5])),
    "fmod": lambda x: np.fmod(5 * x, x[:, ::-1]),
    "fmod of a number": lambda x: np.fmod(5.0, x),
    "i0": np.i0,
    "insert": lambda x: np.insert(x, 1, x[0, 0], axis=1),
    "insert a row": lambda x: np.insert(x, -1, x[0] ** 2, axis=0),
    "insert columns": lambda x: np.insert(x, [0, 4, 1], x[:, :3] ** 2, axis=1),
    "insert flat": lambda x: np.insert(x, [3, 3, 0], x[0, :3] * 2),
    "insert several at one": lambda x: np.insert(x[0], 2, x[1]),
    "insert several at one of a list": lambda x: np.insert(x, [1], x[:, :2] ** 2, axis=1),
    "einsum in another data type": lambda x: np.einsum("ij,kj->ik", x, x, dtype=np.complex128),
    "einsum of labels in another data type": lambda x: np.einsum(x, [0, 1], x, [2, 1], [0, 2], dtype="c16"),
    "cov in another data type": lambda x: np.cov(x[0], x[1:], dtype=np.complex128),
    "corrcoef in another data type": lambda x: np.corrcoef(x, dtype=np.complex128),
    "ldexp": lambda x: np.ldexp(x, 3),
    "meshgrid, sparse": lambda x: np.meshgrid(x[0], x[1, :3], x[2, :2], sparse=True)[0] ** 2,
    "meshgrid, sparse, the second": lambda x: np.meshgrid(x[0], x[1, :3], indexing="ij", sparse=True)[1] ** 2,
    "multi_dot": lambda x: np.linalg.multi_dot([x[0], x.T, x, x[1]]),
    "multi_dot of two": lambda x: np.linalg.multi_dot([x[0, 0], x]),
    "modf": lambda x: np.modf(x)[0] + np.modf(2 * x)[1],
    "pad with two zeros": lambda x: np.pad(x, 1, constant_values=(0, 0)) ** 2,
    "partition": lambda x: np.sum(np.partition(x, 2, axis=1)[:, :2], axis=1),
    "argpartition": lambda x: np.sum(np.take_along_axis(x, np.argpartition(x, 2), -1)[:, :2], axis=1),
    "piecewise": lambda x: np.piecewise(x, [x < 0, x > 1], [lambda v: v**2, 3.0, np.sin]),
    "piecewise, one condition": lambda x: np.piecewise(x[0], x[0] > 0, [np.exp, lambda v: v / 2]),
    "polyfit": lambda x: np.polyfit(np.arange(4.0), x[0], 2),
    "polyfit several": lambda x: np.polyfit(np.arange(4.0), x.T, 1, w=np.asarray([1.0, 2.0, 1.0, 0.5])),
    "polyfit in the places": lambda x: np.polyfit(x[0], x[1], 1),
    "repeat a number": lambda x: np.repeat(x[0, 0], 3, axis=-1) * x[1, :3],
    "tril_indices_from": lambda x: x[np.tril_indices_from(x, -1)] ** 2,
    "triu_indices_from": lambda x: x[np.triu_indices_from(x, 1)] ** 2,
    "unwrap": lambda x: np.unwrap(4 * x),
    "unwrap with a period": lambda x: np.unwrap(4 * x, axis=0, period=1.5, discont=0.9),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name):
    program = PROGRAMS[name]
    y = program(xp.asarray(DATA))
    assert type(y) is xp.Tensor
    np.testing.assert_allclose(y.numpy(), program(DATA), rtol=1e-12, atol=1e-14)
    check_gradients(program, [xp.asarray(DATA)], modes=MODES[:2])


SAME = {
    "average over axes": (lambda x: np.average(x, axis=(0, -1), returned=True), DATA),
    "average of integers": (lambda x: np.average(x, returned=True), np.asarray([1, 2, 4])),
    "fmod of large quotients": (lambda x: np.fmod(x, 3.0), np.asarray([1e20, -1e17, -0.0, 5.5, np.inf])),
    "fmod by infinity": (lambda x: np.fmod(x, np.inf), np.asarray([1.5, -1.5, np.nan])),
    "fmod by signs": (lambda x: np.fmod(x, np.asarray([3, -3, 3, -3])), np.asarray([7, 7, -7, -7])),
    "fmod of the least integer": (lambda x: np.fmod(x, np.int8(3)), np.asarray([-128, 127, -3], "i1")),
    "fmod without signs": (lambda x: np.fmod(x, np.uint8(7)), np.asarray([200, 3], "u1")),
    "round to tens": (lambda x: np.round(x, -1), np.asarray([15, -25, 37])),
    "round to hundreds": (lambda x: x.round(-2), np.asarray([3, 200], "u1")),
    "round to nothing less": (lambda x: np.round(x, 2), np.asarray([3, 200])),
    "unique": (
        lambda x: np.unique(x, return_index=True, return_inverse=True, return_counts=True),
        np.asarray([2.0, np.nan, 1.0, np.nan, 2.0, np.nan]),
    ),
    "unique, one NaN": (lambda x: np.unique(x, return_counts=True), np.asarray([np.nan, 1.0, 1.0])),
    "unique, distinct NaN": (lambda x: np.unique(x, equal_nan=False), np.asarray([np.nan, 1.0, np.nan])),
    "unique, complex": (np.unique, np.asarray([complex(np.nan, 1), 1j, complex(2, np.nan)])),
    "unique, integers": (lambda x: np.unique(x, return_counts=True), np.asarray([3, 1, 3])),
    "casting to a higher kind": (lambda x: x.astype("c16", casting="safe"), VECTOR),
    "casting to fewer bits": (lambda x: np.vstack([x, x], dtype="f4", casting="same_kind"), VECTOR),
    "casting to a lower kind": (lambda x: np.concatenate([x, x], dtype="i8", casting="unsafe"), VECTOR),
    "no casting": (lambda x: x.astype("f8", casting="no"), VECTOR),
}


@pytest.mark.parametrize("name", SAME)
@pytest.mark.filterwarnings("ignore:invalid value encountered in (fmod|remainder):RuntimeWarning")
def test_values_are_numpys(name):
    program, x = SAME[name]
    ours, theirs = program(xp.asarray(x)), program(x)
    for y, z in zip(ours, theirs, strict=True) if isinstance(theirs, tuple) else [(ours, theirs)]:
        assert y.dtype == z.dtype
        if y.device == "cpu":
            np.testing.assert_array_equal(y.numpy(), z)
        else:  # sums of floating-point numbers are taken in another order
            np.testing.assert_allclose(y.numpy(), z, rtol=1e-14)
        if z.dtype.kind == "f":
            np.testing.assert_array_equal(np.copysign(1.0, y.numpy())[z == 0], np.copysign(1.0, z)[z == 0])


@pytest.mark.parametrize(
    "call",
    [
        lambda x: x.astype("i4", casting="safe"),
        lambda x: x.astype("f4", casting="equiv"),
        lambda x: np.concatenate([x, x], dtype="i8"),
        lambda x: np.stack([x, x], dtype="i8"),
        lambda x: np.hstack([x, x], dtype="i8"),
        lambda x: np.vstack([x, x], dtype="i8"),
        lambda x: np.copyto(np.zeros_like(x, dtype="i8"), x),
        lambda x: np.copyto(np.zeros_like(x, dtype="i8"), 1.5),
        lambda x: np.copyto(np.zeros_like(x, dtype="?"), 1),
        lambda x: np.copyto(np.zeros_like(x, dtype="u1"), np.int64(1)),
        lambda x: np.copyto(np.zeros_like(x, dtype="f4"), np.float64(1.5), casting="safe"),
        lambda x: np.copyto(np.zeros_like(x, dtype="f4"), 1j, where=x > 0),
        lambda x: np.copyto(np.zeros_like(x), True, casting="no"),
        lambda x: np.einsum("i,i", x, x, dtype="f4"),
    ],
)
def test_a_cast_that_numpy_refuses_is_refused(call):
    for x in (VECTOR, xp.asarray(VECTOR)):
        with pytest.raises(TypeError, match="according to the rule"):
            call(x)


def test_sizes_along_axes():
    for x in (DATA, xp.asarray(DATA)):
        assert [np.size(x, axis) for axis in (None, 1, (0, -1), ())] == [12, 4, 12, 1]


@pytest.mark.parametrize("ufunc", [np.logical_and, np.logical_or])
def test_logical_reductions_with_a_start(ufunc):
    for initial in (False, True):
        x = xp.asarray(VECTOR > 0)
        assert bool(ufunc.reduce(x, initial=initial)) is bool(ufunc.reduce(VECTOR > 0, initial=initial))


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.linalg.multi_dot([x]),
        lambda x: np.linalg.multi_dot([x, x.T, np.ones((2, 2, 2))]),
        lambda x: np.linalg.multi_dot([x, x[0], x]),
        lambda x: np.where(x > 0, x),
        lambda x: np.insert(x, [[0, 1]], 1.0),
    ],
)
def test_what_numpy_refuses_is_refused(call):
    for x in (DATA, xp.asarray(DATA)):
        with pytest.raises(ValueError, match=r"two arrays|two-dimensional|factors are matrices|both|dimension"):
            call(x)


def test_edges_of_unwrap():
    x = np.asarray([0.0, np.pi, 0.0, -np.pi, 0.0, 3 * np.pi])
    np.testing.assert_allclose(np.unwrap(xp.asarray(x)).numpy(), np.unwrap(x), rtol=1e-15)
    assert np.unwrap(xp.asarray([0, 5, 10])).tolist() == np.unwrap(np.asarray([0, 5, 10])).tolist()


def test_parts_of_extreme_numbers():
    x = np.asarray([1e-300, 5e-324, 0.0, 1e300, np.inf, -np.inf, np.nan, 1.5])
    n = np.asarray([1500, 1074, 9000, -2000, -5000, 3, 1, -9000])
    np.testing.assert_array_equal(np.ldexp(xp.asarray(x), n).numpy(), np.ldexp(x, n))
    # The kernels of CuPy take numbers below the smallest normal one for zero, in single precision.
    least, power = (1e-45, 270) if xp.zeros(0).device == "cpu" else (2e-38, 240)
    single, small = np.asarray([least, 3e38, 0.0, 2.0], "f4"), np.asarray([power, -250, 1000, 3], "i4")
    found = np.ldexp(xp.asarray(single), small)
    assert found.dtype == "float32"
    np.testing.assert_array_equal(found.numpy(), np.ldexp(single, small))
    for ours, theirs in zip(np.modf(xp.asarray(x)), np.modf(x), strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.pad(x, 2, mode="linear_ramp", end_values=3.0),
        lambda x: np.pad(x, 1, mode="reflect", reflect_type="odd"),
        lambda x: np.pad(x, 1, constant_values=(1.0, 2.0)),
        lambda x: np.broadcast_arrays(x, None, "edge")[0],  # as matplotlib does
    ],
)
def test_numpy_computes_what_tensors_cannot_but_no_gradient_is_lost(call):
    np.testing.assert_array_equal(call(xp.asarray(VECTOR)), call(VECTOR))
    with pytest.raises(TypeError, match=r"would lose the gradient .* x\.detach\(\)"):
        call(xp.asarray(VECTOR, requires_grad=True))


def test_a_sparse_mesh_is_a_copy_unless_asked():
    x = xp.asarray(VECTOR)
    np.meshgrid(x, x, sparse=True)[0][...] = 0.0
    assert x.tolist() == VECTOR.tolist()
    np.meshgrid(x, x, sparse=True, copy=False)[0][...] = 0.0
    assert x.tolist() == [0.0] * 5
    with pytest.raises(ValueError, match="indexing is 'xy' or 'ij'"):
        np.meshgrid(x, x, sparse=True, indexing="yx")


def test_integer_ranges_between_tensors_round_down():
    start = np.asarray([-1.5, 1.0])
    np.testing.assert_array_equal(
        np.linspace(xp.asarray(start), 3.0, 5, dtype="int64").numpy(), np.linspace(start, 3.0, 5, dtype="int64")
    )


def test_least_squares_and_conditions_at_the_edge():
    whole = np.asarray([[1, 1], [1, 2], [1, 4]])
    for a, b in ((whole, np.asarray([1, 2, 2])), (np.zeros((0, 2)), np.zeros(0)), (np.zeros((3, 0)), np.ones(3))):
        found, wanted = np.linalg.lstsq(xp.asarray(a), xp.asarray(b)), np.linalg.lstsq(a, b)
        for got, want in zip(found, wanted, strict=True):
            np.testing.assert_allclose(np.asarray(got), want, atol=1e-12)
    a = np.asarray([[[1, 2], [2, 4]], [[1, 2], [3, 4]], [[0, 0], [0, 0]]])
    odd = xp.asarray([[[np.nan, 1], [1, 1]], [[1, -np.inf], [1, 1]], [[np.nan, np.inf], [1, 1]]])
    for p in (None, 2, -2, 1, -1, np.inf, -np.inf, "fro"):
        found, wanted = np.linalg.cond(xp.asarray(a), p).numpy(), np.linalg.cond(a, p)
        np.testing.assert_allclose(found[1:], wanted[1:], rtol=1e-12)
        if p not in (None, 2, -2):  # by singular values it is nearly infinite
            assert found[0] == wanted[0] == np.inf
        check_gradients(lambda x, p=p: np.linalg.cond(x, p), [xp.asarray(a[1:2] + 0.0)], modes=MODES[:2])
        with pytest.raises(ValueError, match=r"no element"):
            np.linalg.cond(xp.zeros((0, 0)), p)
        np.testing.assert_array_equal(np.linalg.cond(odd, p).numpy(), [np.nan, np.inf, np.nan])
    assert np.linalg.cond(xp.eye(3) * 1e-120, 1).item() == 1  # whose determinant underflows


def test_numbers_are_copied_as_into_an_array():
    for value, casting in (
        (3, "safe"),
        (1.5, "safe"),
        (1j, "same_kind"),
        (True, "safe"),
        (np.float64(1.5), "same_kind"),
    ):
        x, y = xp.zeros(3, dtype="complex64"), np.zeros(3, "c8")
        for z in (x, y):
            np.copyto(z, value, casting=casting, where=[True, False, True])
        assert x.tolist() == y.tolist()
    with pytest.raises(OverflowError):
        np.copyto(xp.zeros(3, dtype="int8"), 300)


def test_signs_of_infinity_do_not_track():
    values = np.asarray([np.inf, -np.inf, np.nan, 0.0, -1.0])
    for dtype in ("f8", "f4"):
        x = xp.asarray(values, dtype=dtype, requires_grad=True)
        assert np.isposinf(x).tolist() == np.isposinf(values).tolist()
        assert np.isneginf(x).tolist() == np.isneginf(values).tolist()
    assert not np.isneginf(xp.asarray([1, -2])).numpy().any()
    out = xp.ones(5, dtype=bool)
    assert np.isposinf(x, out) is out and out.tolist() == [True, False, False, False, False]
    with pytest.raises(TypeError):
        np.isposinf(xp.asarray([1j]))


def test_what_is_refused():
    x = xp.asarray(VECTOR, requires_grad=True)
    for call in (lambda: np.insert(x, 6, 1.0), lambda: np.delete(x, 5), lambda: np.delete(x, [0, -6])):
        with pytest.raises(IndexError, match="out of bounds"):
            call()
    with pytest.raises(ValueError, match="mask of 2 elements for 5"):
        np.delete(x, [True, False])
    with pytest.raises(TypeError, match="no integer, slice or sequence"):
        np.delete(x, 1.5)
    with pytest.raises(TypeError, match="float"):
        np.delete(x, np.asarray([1.5]))
    with pytest.raises(TypeError, match="full=True"):
        np.polyfit(x, x, 1, full=True)
    with pytest.raises(ValueError, match="raise, clip and wrap"):
        x.take([0], mode="nearest")
    with pytest.raises(ValueError, match="none of 2 choices"):
        np.choose(np.asarray([0, 2]), [x[:2], x[2:4]])
    with pytest.raises(ValueError, match="1 functions for 2 conditions"):
        np.piecewise(x, [x > 0, x < 0], [np.sin])


SINGLE = np.asarray([1.5, np.nan, -2.0], "f4")
SMALL = np.asarray([100, 120, 3], np.int8)
TIES = [np.asarray([True, False]), np.asarray([False, False])]
LIKE_NUMPY = {
    "fmax with a number": lambda t: np.fmax(t(SINGLE), 1),
    "fmin of integers with a number": lambda t: np.fmin(2, t(np.asarray([1, 5], "i2"))),
    "fabs of integers": lambda t: np.fabs(t(np.asarray([1, -2]))),
    "rint of integers": lambda t: np.rint(t(np.asarray([1, -2]))),
    "modf of integers": lambda t: np.modf(t(np.asarray([1, -2])))[1],
    "heaviside of integers": lambda t: np.heaviside(t(np.asarray([1, -2, 0])), 0.5),
    "logaddexp2 of two precisions": lambda t: np.logaddexp2(t(SINGLE[::2]), t(np.asarray([-0.1, 0.2]))),
    "isclose beyond the range": lambda t: np.isclose(
        t(np.asarray([-1, 127], np.int8)), t(np.asarray([127, 126], np.int8))
    ),
    "isclose of unsigned integers": lambda t: np.isclose(t(np.asarray([1, 2], np.uint8)), 2),
    "column_stack of numbers": lambda t: np.column_stack([t(np.asarray(1.0)), t(np.asarray(2.0))]),
    "select of integers without a common type": lambda t: np.select(
        [t(c) for c in TIES], [t(np.asarray([1, 2], "i4")), t(np.asarray([1, 2], "u8"))], default=-7
    ),
    "select of numbers": lambda t: np.select([t(c) for c in TIES], [1, 2.5]),
    "select beside a number": lambda t: np.select([t(c) for c in TIES], [t(SINGLE[:2]), 1.0]),
    "vander of small integers": lambda t: np.vander(t(SMALL), 4),
    "vander of truth values": lambda t: np.vander(t(np.asarray([True, False])), 3),
    "average of small integers": lambda t: np.average(t(SMALL), weights=t(SMALL)),
    "average of integers, weights in single precision": lambda t: np.average(
        t(SMALL), weights=t(np.abs(SINGLE[::2]).repeat([2, 1]))
    ),
    "angle of real numbers": lambda t: np.angle(t(np.asarray([0.0, -0.0, -2.0, 3.0, np.nan, -np.inf])), deg=True),
    "angle of integers": lambda t: np.angle(t(np.asarray([0, -2]))),
    "select of unsigned integers": lambda t: np.select([t(c) for c in TIES], [t(SMALL[:2].view("u1"))] * 2, default=-1),
    "vander of no column": lambda t: np.vander(t(SMALL), 0),
    "max of nothing": lambda t: np.max(t(np.zeros((2, 0), np.float32)), axis=1, initial=-1.5),
    "min of nothing": lambda t: t(np.zeros((0, 3), np.int8)).min(axis=0, keepdims=True, initial=7),
    "max beside no result": lambda t: np.max(t(np.zeros((0, 3))), axis=1, initial=1),
    "max of some": lambda t: np.max(t(SMALL), where=t(SMALL) < 110, initial=5),
    "sinc": lambda t: np.sinc(t(np.asarray([0.0, 1e-9, -0.1, 0.31, 0.32, 2.5, 1e300]))),
    "geomspace below zero": lambda t: np.geomspace(t(np.asarray([-1.0, 2.0])), t(np.asarray([-8.0, 54.0])), 4, axis=-1),
    "argwhere of a number": lambda t: np.argwhere(t(np.asarray(2.0))),
}


@pytest.mark.parametrize("name", LIKE_NUMPY)
def test_values_and_data_types_are_numpys(name):
    program = LIKE_NUMPY[name]
    y, wanted = program(xp.asarray), program(np.asarray)
    assert y.shape == wanted.shape and y.dtype == wanted.dtype
    np.testing.assert_allclose(y.numpy(), wanted, rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_cube_roots(dtype):
    x = np.asarray([0.0, -0.0, 64, -125, 1000, 3.3, 1e-30, 1e-44, 3e38, np.inf, -np.inf, np.nan], dtype)
    if dtype == np.float32 and xp.zeros(()).device != "cpu":
        x[7] = 1e-37  # CUDA has no subnormal numbers of single precision
    found = np.cbrt(xp.asarray(x)).numpy()
    np.testing.assert_allclose(found, np.cbrt(x), rtol=2 * np.finfo(dtype).eps)
    assert found.dtype == dtype and (np.signbit(found) == np.signbit(np.cbrt(x))).all()
    assert found[2:5].tolist() == [4, -5, 10]
    check_gradients(np.cbrt, [xp.asarray([1.2, -3.0])], modes=MODES)
    assert grad(np.cbrt)(xp.asarray(0.0)) == xp.inf


def test_axes_out_of_bounds_are_not_wrapped_around():
    for x, axis in ((DATA, 2), (DATA, -3), (np.asarray(1.0), 0)):
        with pytest.raises(IndexError, match="out of bounds"):
            np.take(xp.asarray(x), np.asarray([0]), axis=axis)
        with pytest.raises(IndexError, match="out of bounds"):
            xp.asarray(x).take([0], axis=axis)


@pytest.mark.parametrize(
    "make",
    [
        lambda **like: np.zeros(3, int, **like),
        lambda **like: np.ones((2, 1), dtype="float32", **like),
        lambda **like: 0 * np.empty(2, **like),
        lambda **like: np.full((2, 2), 7, **like),
        lambda **like: np.eye(2, 3, 1, **like),
        lambda **like: np.identity(2, **like),
        lambda **like: np.tri(3, 4, -1, **like),
        lambda **like: np.arange(3, **like),
        lambda **like: np.arange(1.0, 3.0, 0.5, **like),
        lambda **like: np.arange(start=1, stop=4, dtype=float, **like),
        lambda **like: np.array([1, 2], ndmin=2, **like),
        lambda **like: np.asarray([1, 2], dtype=float, **like),
        lambda **like: np.asanyarray(3.0, **like),
    ],
)
def test_arrays_made_like_a_tensor_are_tensors_on_its_device(make):
    expected, like = make(), xp.ones(1, device="readonly")
    found = make(like=like)
    assert isinstance(found, xp.Tensor) and found.device == like.device
    assert found.dtype == expected.dtype and np.array_equal(found.numpy(), expected)


def test_what_is_made_like_a_tensor_tracks():
    def program(x):
        made = np.full(3, x[0], like=x)
        made[1] = x[1] * np.array([x[0], 2.0], like=x)[0]
        return made

    check_gradients(program, [xp.asarray([1.5, -2.0])], modes=MODES)


@pytest.mark.parametrize("mode", ["clip", "wrap"])
def test_indices_out_of_bounds_that_a_mode_brings_inside(mode):
    indices = np.asarray([[-9, -1], [2, 7]], dtype=np.int8)
    x = np.arange(24.0).reshape(4, 2, 3)
    for axis in (None, 0, -1):
        assert np.array_equal(xp.asarray(x).take(indices, axis, mode=mode).numpy(), x.take(indices, axis, mode=mode))
    choices = [x[0], x[1], x[2]]
    chosen = np.choose(xp.asarray(indices[:, :1]), [xp.asarray(choice) for choice in choices], mode=mode)
    assert np.array_equal(chosen.numpy(), np.choose(indices[:, :1], choices, mode=mode))
    check_gradients(lambda x: np.take(x, indices, axis=1, mode=mode), [xp.asarray(x)], modes=MODES)


@pytest.mark.parametrize("x", [0.0, 1e-300, 1e-9, 1e-4, 0.1, 0.31, 0.32, 1.7])
def test_derivatives_of_sinc(x):
    """Those of the integral of cos(pi x t) over t from 0 to 1, by a rule that is exact for these."""
    nodes, weights = np.polynomial.legendre.leggauss(30)
    t, weights = (nodes + 1) / 2 * np.pi, weights / 2
    at = xp.asarray(x)
    first, second = -np.sum(weights * t * np.sin(x * t)), -np.sum(weights * t**2 * np.cos(x * t))
    assert grad(np.sinc)(at).item() == pytest.approx(first, rel=1e-14)
    assert grad(grad(np.sinc))(at).item() == pytest.approx(second, rel=1e-14)


@pytest.mark.parametrize(
    "call",
    [
        lambda x, out: np.add(x, 1, out=out),
        lambda x, out: np.exp(x, out=out),
        lambda x, out: np.round(x, 1, out=out),
        lambda x, out: np.clip(x, 0.0, 1.0, out=out),
        lambda x, out: np.concatenate([x[:1], x[1:]], out=out),
        lambda x, out: np.sum(x[None], 0, out=out),  # where NumPy cuts digits off
    ],
)
def test_out_of_a_lower_kind_is_refused(call):
    x = xp.asarray([1.5, 2.5])
    for out in (xp.zeros(2, dtype="int64"), np.zeros(2, "int64")):
        with pytest.raises(TypeError, match="a result of float64 cannot be cast to int64"):
            call(x, out)
        assert out.tolist() == [0, 0]
    wide = xp.zeros(2, dtype="complex128")
    assert call(x, wide) is wide and wide.real.tolist() == np.asarray(call(x, xp.zeros(2))).tolist()
