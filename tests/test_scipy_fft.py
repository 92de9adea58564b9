"""`scipy.fft` on tensors, through the backend that apitensor.scipy_fft is."""

import numpy as np
import pytest

import apitensor as xp
import apitensor.scipy_fft
from apitensor.autograd import check_gradients
from tests.gradients import MODES

sf = pytest.importorskip("scipy.fft")
RNG = np.random.default_rng(5)
WHOLE = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
REAL_INPUT = ("rfft", "ihfft")
TRIGONOMETRIC = ("dct", "idct", "dst", "idst")


@pytest.fixture(autouse=True)
def backend():
    with sf.set_backend(apitensor.scipy_fft):
        yield


def agrees(name, x, *args, rtol=1e-12, **kwargs):
    """The function on a tensor gives a tensor with the elements that it gives on an array."""
    function = getattr(sf, name)
    expected = function(x, *args, **kwargs)
    y = function(xp.asarray(x), *args, **kwargs)
    assert type(y) is xp.Tensor and isinstance(expected, np.ndarray)
    assert y.dtype == expected.dtype and y.shape == expected.shape
    np.testing.assert_allclose(y.numpy(), expected, rtol=0, atol=rtol * np.max(np.abs(expected)))


@pytest.mark.parametrize("norm", [None, "backward", "ortho", "forward"])
@pytest.mark.parametrize("kind", [1, 2, 3, 4])
@pytest.mark.parametrize("name", TRIGONOMETRIC)
def test_cosine_and_sine_transforms(name, kind, norm):
    x = RNG.normal(size=(6, 7))
    for n in (None, 2, 5, 12):
        for axis in (-1, 0):
            for orthogonalize in (None, True, False):
                agrees(name, x, kind, n, axis, norm, orthogonalize=orthogonalize)
    agrees(name, x + 1j * x[::-1], kind, norm=norm, orthogonalize=norm == "ortho")
    for dtype in ("float32", "float16"):
        agrees(name, x.astype(dtype), kind, norm=norm, rtol=1e-5)
    agrees(name, np.arange(1, 6), kind, norm=norm)
    agrees(name, x[:, :2], kind, norm=norm)
    if not (kind == 1 and name.endswith("dct")):
        agrees(name, x[:, :1], kind, norm=norm)


@pytest.mark.parametrize("norm", [None, "ortho", "forward"])
@pytest.mark.parametrize("name", [f"{name}n" for name in TRIGONOMETRIC])
def test_cosine_and_sine_transforms_over_several_axes(name, norm):
    x = RNG.normal(size=(3, 4, 5))
    agrees(name, x, norm=norm)
    agrees(name, x, 3, norm=norm, axes=(0, -1))
    agrees(name, x, 1, s=(6, -1), norm=norm, orthogonalize=True)
    agrees(name, x, 4, s=(2, 7), axes=(1, 0), norm=norm)
    agrees(name, x, axes=1, norm=norm)


@pytest.mark.parametrize("norm", [None, "backward", "ortho", "forward"])
@pytest.mark.parametrize("name", WHOLE)
def test_fourier_transforms(name, norm):
    x = RNG.normal(size=(4, 6))
    for array in (x, x.astype("float32"), np.arange(8)) + (() if name in REAL_INPUT else (x + 1j * x[::-1],)):
        rtol = 1e-5 if array.dtype == "float32" else 1e-12
        agrees(name, array, norm=norm, rtol=rtol)
        agrees(name, array, 7, 0, norm, rtol=rtol)
    for many in (f"{name}2", f"{name}n"):
        agrees(many, x, norm=norm)
        agrees(many, x, (5, -1), (1, 0), norm=norm)
        agrees(many, x, (5, 7), norm=norm)
    agrees(f"{name}n", x, axes=0, norm=norm)


@pytest.mark.parametrize("n", [16, 17])
@pytest.mark.parametrize("name", ["fht", "ifht"])
def test_hankel_transforms(name, n):
    x = RNG.normal(size=(2, n))
    for offset in (0.0, 0.4):
        for bias in (0.0, 0.3, -0.2):
            agrees(name, x, 0.1, 0.5, offset, bias)


def test_hankel_transforms_at_poles():
    x = RNG.normal(size=16)
    for mu, bias in ((0.5, -1.5), (1.0, -2.0), (0.5, 1.5), (1.0, 2.0)):
        for name, singular in (("fht", bias < 0), ("ifht", bias > 0)):
            if not singular:
                agrees(name, x, 0.1, mu, 0.0, bias)
                continue
            with pytest.warns(UserWarning, match="singular"):
                expected = getattr(sf, name)(x, 0.1, mu, 0.0, bias)
            with pytest.warns(UserWarning, match="constant part of the spectrum is left out"):
                y = getattr(sf, name)(xp.asarray(x), 0.1, mu, 0.0, bias)
            np.testing.assert_allclose(y.numpy(), expected, rtol=1e-9)


@pytest.mark.parametrize("kind", [1, 2, 3, 4])
@pytest.mark.parametrize("name", TRIGONOMETRIC)
def test_derivatives(name, kind):
    function = getattr(sf, name)
    for n, norm in ((None, None), (3, "ortho"), (7, "forward")):
        check_gradients(lambda x, n=n, norm=norm: function(x, kind, n, 0, norm), [xp.asarray(RNG.normal(size=(5, 2)))])
    check_gradients(lambda x: function(x, kind) ** 2, [xp.asarray(RNG.normal(size=4))], modes=MODES)


@pytest.mark.parametrize("name", ["dctn", "idstn", "rfft2", "hfft2", "irfftn"])
def test_derivatives_over_several_axes(name):
    check_gradients(lambda x: xp.abs(getattr(sf, name)(x)) ** 2, [xp.asarray(RNG.normal(size=(3, 4)))], modes=MODES)


def test_derivatives_of_the_hankel_transform():
    check_gradients(lambda x: sf.fht(x, 0.2, 0.5, bias=0.1), [xp.asarray(RNG.normal(size=(2, 8)))], modes=MODES)
    # The order may be a tensor too, in contrast to SciPy.
    x = xp.asarray(RNG.normal(size=8))
    check_gradients(lambda mu: sf.fht(x, 0.2, mu, bias=0.1), [xp.asarray(0.7)], modes=["reverse"])


def test_transforms_that_are_orthogonal_keep_a_gradient_s_length():
    x = xp.asarray(RNG.normal(size=(6, 9)), requires_grad=True)
    xp.sum(sf.dctn(x, norm="ortho") ** 2).backward()
    # An element of a transform has the rounding errors of the largest one.
    np.testing.assert_allclose(x.grad.numpy(), 2 * x.detach().numpy(), rtol=1e-13, atol=1e-13)


def test_ways_to_choose_the_backend():
    x = xp.asarray([1.0, 2.0, 4.0], requires_grad=True)
    with sf.skip_backend(apitensor.scipy_fft), pytest.raises(RuntimeError, match="detach"):
        sf.dct(x)
    sf.register_backend(apitensor.scipy_fft)
    assert sf.dct(x).requires_grad
    with sf.set_backend(apitensor.scipy_fft, coerce=True):
        assert isinstance(sf.dct(np.ones(3)), xp.Tensor)
    assert isinstance(sf.dct(np.ones(3)), np.ndarray)


def test_what_is_refused():
    x = xp.ones((2, 3))
    with pytest.raises(ValueError, match="no type 5"):
        sf.dct(x, type=5)
    with pytest.raises(ValueError, match="no norm 'best'"):
        sf.dst(x, norm="best")
    with pytest.raises(ValueError, match="at least two"):
        sf.dct(x[:, :1], type=1)
    with pytest.raises(ValueError, match="no transform of 0"):
        sf.dct(x, n=0)
    with pytest.raises(ValueError, match="twice"):
        sf.dctn(x, axes=(0, 0))
    with pytest.raises(ValueError, match="3 lengths for 2 axes"):
        sf.fftn(x, s=(1, 2, 3))
    with pytest.raises(ValueError, match="1 lengths for 2 axes"):
        sf.fftn(x, s=(1,), axes=(0, 1))
    with pytest.raises(NotImplementedError, match="plans"):
        sf.fft(x, plan=object())
    with pytest.raises(ValueError, match="norm"):
        sf.fft(x, norm="best")
