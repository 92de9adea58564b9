"""Fourier transforms against the sums that define them, in mpmath."""

from __future__ import annotations

import random
from typing import Any

import mpmath
import pytest

import apitensor as xp
from tests.reference import COMPLEX, FORMATS, REAL, Grid, dft, fit, places, whole_spectrum
from tests.values.checks import check, check_norm, covers, on_devices, tensor

NORMS = ("backward", "ortho", "forward")
# A fast transform of n elements loses about log2(n) eps of the norm; n is 12 at most, and there are three axes.
TOLERANCE = 16.0


def numbers(shape: tuple[int, ...], dtype: str) -> Grid:
    rng = random.Random(f"{shape}{dtype}")
    draw = lambda: FORMATS[dtype].nearest(rng.uniform(-1, 1))  # noqa: E731
    return Grid.build(shape, lambda i: complex(draw(), draw()) if dtype in COMPLEX else draw())


def partner(dtype: str) -> str:
    table = dict(zip(REAL, COMPLEX, strict=True))
    return {**table, **{c: r for r, c in table.items()}}[dtype]


def one_axis(name: str, line: list[Any], n: int | None, norm: str) -> list[Any]:
    """Every transform in one dimension by the definition of the complex one."""
    swapped = {"backward": "forward", "forward": "backward"}.get(norm, norm)
    if name in ("fft", "ifft"):
        return dft(line, n or len(line), -1 if name == "fft" else 1, norm)
    if name == "rfft":
        n = n or len(line)
        return dft(line, n, -1, norm)[: n // 2 + 1]
    if name == "ihfft":
        n = n or len(line)
        return dft(line, n, 1, norm)[: n // 2 + 1]
    n = n or 2 * (len(line) - 1)
    if name == "irfft":
        return [v.real for v in dft(whole_spectrum(line, n), n, 1, norm)]
    assert name == "hfft"
    # A signal with Hermitian symmetry: the inverse transform of its conjugate, scaled as a forward one.
    return [v.real for v in dft(whole_spectrum([mpmath.conj(v) for v in line], n), n, 1, swapped)]


ONE_AXIS = {"fft": COMPLEX, "ifft": COMPLEX, "rfft": REAL, "irfft": COMPLEX, "hfft": COMPLEX, "ihfft": REAL}


@covers(*[f"fft.{name}" for name in ONE_AXIS])
@pytest.mark.parametrize("name", ONE_AXIS)
@pytest.mark.parametrize(("device", "k"), on_devices(("float32", "float64")))
def test_one_axis(name, device, k):
    dtype = ONE_AXIS[name][0 if k == "float32" else 1]
    result = dtype if name in ("fft", "ifft") else partner(dtype)
    cases = [((length,), n, -1) for length in (2, 3, 4, 5, 8, 12) for n in (None, 3, 6)]
    cases += [((3, 4, 2), n, axis) for axis in (0, 1, -2) for n in (None, 5)]
    for count, (shape, n, axis) in enumerate(cases):
        norm = NORMS[count % 3]
        x = numbers(shape, dtype)
        wanted = x.along(axis, lambda line, n=n, norm=norm: one_axis(name, line, n, norm))
        got = getattr(xp.fft, name)(tensor(x, dtype, device), n=n, axis=axis, norm=norm)
        check_norm(f"{name}{shape, n, axis, norm}", got, wanted, result, device, TOLERANCE)
    if name in ("fft", "ifft", "rfft", "ihfft"):
        one = numbers((1,), dtype)
        check_norm(name, getattr(xp.fft, name)(tensor(one, dtype, device)), one, result, device, 1)


@covers("fft.fftn", "fft.ifftn", "fft.rfftn", "fft.irfftn")
@pytest.mark.parametrize("name", ["fftn", "ifftn", "rfftn", "irfftn"])
@pytest.mark.parametrize(("device", "k"), on_devices(("float32", "float64")))
def test_several_axes(name, device, k):
    dtype = (REAL if name == "rfftn" else COMPLEX)[0 if k == "float32" else 1]
    result = dtype if name in ("fftn", "ifftn") else partner(dtype)
    x = numbers((2, 3, 4), dtype)
    t = tensor(x, dtype, device)
    cases = [(None, None), (None, (0, 2)), ((3, 2), (1, 0)), ((2, 5, 3), (0, 1, 2)), (None, (1,)), ((4,), (-1,))]
    for count, (s, axes) in enumerate(cases):
        norm = NORMS[count % 3]
        found = list(range(3)) if axes is None else [a % 3 for a in axes]
        sizes = list(s) if s is not None else [x.shape[a] for a in found]
        if s is None and name == "irfftn":
            sizes[-1] = 2 * (x.shape[found[-1]] - 1)
        wanted = x
        order = list(zip(found, sizes, strict=True))
        last = order.pop()
        one, many = name[:-1], name[:-1].replace("r", "")
        # Real transforms come first, and where the result is real, last.
        steps = [(one, *last), *[(many, *step) for step in order]]
        for step, a, n in steps if name != "irfftn" else reversed(steps):
            wanted = wanted.along(a, lambda line, f=step, n=n, norm=norm: one_axis(f, line, n, norm))
        options = {} if s is None else {"s": s}
        got = getattr(xp.fft, name)(t, axes=axes, norm=norm, **options)
        check_norm(f"{name}{s, axes, norm}", got, wanted, result, device, TOLERANCE)


@covers("fft.fftfreq", "fft.rfftfreq")
@pytest.mark.parametrize(("device", "dtype"), on_devices(REAL))
def test_frequencies(device, dtype):
    for n in (1, 2, 5, 8):
        for d in (1.0, 0.25, 3.0):
            whole = [k if k < (n + 1) // 2 else k - n for k in range(n)]
            half = list(range(n // 2 + 1))
            for name, ks in (("fftfreq", whole), ("rfftfreq", half)):
                wanted = Grid((len(ks),), [mpmath.mpf(k) / n / mpmath.mpf(d) or 0.0 for k in ks])
                got = getattr(xp.fft, name)(n, d=d, dtype=dtype, device=device)
                check(name, got, wanted, dtype, device, 2)  # a division and a product


@covers("fft.fftshift", "fft.ifftshift")
@pytest.mark.parametrize(("device", "dtype"), on_devices((*REAL, *COMPLEX)))
def test_shifts(device, dtype):
    for shape in [(4,), (5,), (3, 4), (2, 3, 5)]:
        x = numbers(shape, dtype)
        t = tensor(x, dtype, device)
        for axes in (None, 0, (-1,), tuple(range(len(shape)))):
            moved = (
                range(len(shape))
                if axes is None
                else [a % len(shape) for a in (axes if isinstance(axes, tuple) else [axes])]
            )
            for name, sign in (("fftshift", 1), ("ifftshift", -1)):
                steps = [sign * (n // 2) if a in moved else 0 for a, n in enumerate(shape)]
                wanted = rolled(x, steps)
                check(name, getattr(xp.fft, name)(t, axes=axes), wanted, dtype, device)


@pytest.mark.parametrize("name", ["fftn", "ifftn", "rfftn", "irfftn"])
def test_an_axis_given_twice_is_refused(name):
    """The standard leaves open what that means; with sizes the transpose would be another transform."""
    with pytest.raises(ValueError, match="twice"):
        getattr(xp.fft, name)(xp.ones((3, 4)), s=(2, 5), axes=(1, -1))


def rolled(x: Grid, steps: list[int]) -> Grid:
    return Grid.build(x.shape, lambda i: x[[(k - s) % n for k, s, n in zip(i, steps, x.shape, strict=True)]])


def test_the_reference():
    """The definition itself, on a transform known in closed form: of an impulse, and back."""
    line = [0, 1, 0]
    spectrum = dft(line, 3, -1, "backward")
    assert abs(spectrum[1] - mpmath.expjpi(mpmath.mpf(-2) / 3)) < 1e-50
    assert all(abs(a - b) < 1e-50 for a, b in zip(dft(spectrum, 3, 1, "backward"), line, strict=True))
    assert fit([1, 2], 3) == [1, 2, 0] and list(places((2,))) == [(0,), (1,)]
