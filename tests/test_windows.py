"""Sliding windows: views without copies, whose adjoint is a sum of slices."""

import numpy as np
import pytest

import apitensor as xp
from apitensor import ext
from apitensor.autograd import check_gradients, grad
from apitensor_numpy import namespace as plugin
from tests import backends
from tests.gradients import MODES
from tests.test_numpy_plugin import PORTABLE

RNG = np.random.default_rng(6)
# shape, length of the window, axis: windows shorter and longer than there are positions, one element, none, all
CASES = [
    ((7,), 3, 0),
    ((7,), 6, 0),
    ((7,), 1, 0),
    ((7,), 0, 0),
    ((7,), 7, 0),
    ((4, 5), 2, 0),
    ((4, 5), 4, 1),
    ((2, 4, 3), 3, 1),
]


@pytest.mark.parametrize(("shape", "length", "axis"), CASES)
def test_kernel(shape, length, axis):
    x = RNG.integers(0, 99, shape)
    expected = np.lib.stride_tricks.sliding_window_view(x, length, axis)
    assert np.array_equal(plugin.sliding_windows(x, length, axis), expected)
    assert np.array_equal(PORTABLE.sliding_windows(x, length, axis), expected)
    assert not length or np.may_share_memory(plugin.sliding_windows(x, length, axis), x)


@pytest.mark.parametrize("device", [backends.CPU, backends.READONLY, *backends.STRICT, "dask"])
@pytest.mark.parametrize(("shape", "length", "axis"), CASES)
def test_values_and_first_derivative(shape, length, axis, device):
    """The gradient of a sum counts how many windows hold an element; with weights, they are added at their places."""
    x = RNG.normal(size=shape).astype("float32")
    windows = ext.sliding_window_view(xp.asarray(x, device=device), length, axis)
    assert windows.device == device and windows.dtype == xp.float32
    expected = np.lib.stride_tricks.sliding_window_view(x, length, axis)
    assert np.array_equal(windows.numpy(), expected)
    weights = RNG.integers(0, 9, expected.shape).astype("float32")
    wanted = np.zeros_like(x)
    places = np.lib.stride_tricks.sliding_window_view(np.arange(x.size).reshape(shape), length, axis)
    np.add.at(wanted.reshape(-1), places.reshape(-1), weights.reshape(-1))
    moving = xp.asarray(x, device=device, requires_grad=True)
    ext.sliding_window_view(moving, length, axis).backward(xp.asarray(weights, device=device))
    assert np.array_equal(moving.grad.numpy(), wanted)


@pytest.mark.parametrize(("shape", "window", "axis"), [((7,), 3, None), ((7,), 6, None), ((3, 4), (2, 3), None)])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_derivatives(shape, window, axis, dtype):
    x = RNG.normal(size=shape)
    x = xp.asarray(x + 1j * RNG.normal(size=shape) if dtype == "complex128" else x)
    check_gradients(lambda x: ext.sliding_window_view(x, window, axis), [x], modes=MODES)
    check_gradients(lambda x: ext.sliding_window_view(x**2, window, axis) ** 2, [x], modes=MODES)


@pytest.mark.host
def test_windows_are_views():
    x = xp.asarray([1.0, 2.0, 3.0, 4.0])
    windows = ext.sliding_window_view(x, 2)
    assert np.may_share_memory(np.asarray(windows), np.asarray(x))
    x[1] = 9.0
    assert windows.tolist() == [[1.0, 9.0], [9.0, 3.0], [3.0, 4.0]]
    with pytest.raises(ValueError, match="shows elements several times and refuses writes"):
        windows[0, 0] = 5.0
    copied = windows.copy()
    copied[0, 0] = 5.0
    assert x[0] == 1.0


def test_a_write_after_the_windows_were_used_leaves_gradients_right():
    def program(x):
        x = x * 1
        y = xp.sum(xp.prod(ext.sliding_window_view(x, 2), axis=-1))
        x[0] = 7.0
        return y + xp.sum(ext.sliding_window_view(x, 3)[0] ** 2)

    x = xp.asarray([1.0, 2.0, 3.0])
    check_gradients(program, [x], modes=MODES)
    assert grad(program)(x).tolist() == [2.0, 8.0, 8.0]


def test_numpy_s_name():
    x = xp.asarray(RNG.normal(size=(3, 4)), requires_grad=True)
    windows = np.lib.stride_tricks.sliding_window_view(x, (2, 2), subok=True, writeable=False)
    assert windows.shape == (2, 3, 2, 2) and windows.requires_grad
    with pytest.raises(TypeError, match="refuse writes"):
        np.lib.stride_tricks.sliding_window_view(x, 2, axis=0, writeable=True)


def test_what_is_refused():
    x = xp.ones((3, 4))
    with pytest.raises(ValueError, match="no window of length 5 along an axis of length 4"):
        ext.sliding_window_view(x, 5, 1)
    with pytest.raises(ValueError, match="no window of length -1"):
        ext.sliding_window_view(x, -1, 1)
    with pytest.raises(ValueError, match="2 lengths for 1 axes"):
        ext.sliding_window_view(x, (2, 2), 1)
    # An axis named twice has fewer positions the second time.
    with pytest.raises(ValueError, match="no window of length 2 along an axis of length 1"):
        ext.sliding_window_view(x, (3, 2), (0, 0))
