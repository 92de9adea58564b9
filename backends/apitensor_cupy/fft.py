"""The standard's extension `fft` over CuPy arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import cupy

fft = cupy.fft.fft
fftshift = cupy.fft.fftshift
hfft = cupy.fft.hfft
ifft = cupy.fft.ifft
ifftshift = cupy.fft.ifftshift
irfft = cupy.fft.irfft


def _aligned(x: Any) -> Any:
    """Real elements at an address where complex ones may lie, which cuFFT asks for and a window onto others may not
    have; CuPy copies only some of them."""
    return x.copy() if x.data.ptr % (2 * x.itemsize) else x


def rfft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """The discrete Fourier transform of real elements."""
    return cupy.fft.rfft(_aligned(x), n, axis, norm)


def ihfft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """The inverse of `hfft`."""
    return cupy.fft.ihfft(_aligned(x), n, axis, norm)


def _over_axes(
    transform: Callable[..., Any], x: Any, s: Sequence[int] | None, axes: Sequence[int] | None, norm: str
) -> Any:
    # Sizes without axes mean the last ones.
    if axes is None and s is not None:
        axes = tuple(range(-len(s), 0))
    # CuPy takes a tuple of sizes that equals the shape for no change, whatever the order of the axes; a list never.
    result = transform(x, s=None if s is None else list(s), axes=axes, norm=norm)
    # CuPy gives the operand itself if there is no axis to transform.
    return result.astype(cupy.result_type(x, cupy.complex64)) if result is x else result


def fftn(
    x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str = "backward"
) -> Any:
    """The discrete Fourier transform over several axes."""
    return _over_axes(cupy.fft.fftn, x, s, axes, norm)


def ifftn(
    x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str = "backward"
) -> Any:
    """The inverse of `fftn`."""
    return _over_axes(cupy.fft.ifftn, x, s, axes, norm)


def rfftn(
    x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str = "backward"
) -> Any:
    """The discrete Fourier transform of real elements over several axes."""
    return _over_axes(cupy.fft.rfftn, _aligned(x), s, axes, norm)


def irfftn(
    x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str = "backward"
) -> Any:
    """The inverse of `rfftn`."""
    return _over_axes(cupy.fft.irfftn, x, s, axes, norm)


def fftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Any:
    """The frequencies that belong to the elements of `fft`; CuPy lacks `dtype` and `device`."""
    with cupy.cuda.Device(device):
        return cupy.fft.fftfreq(n, d).astype(dtype or cupy.float64, copy=False)


def rfftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Any:
    """The frequencies that belong to the elements of `rfft`; CuPy lacks `dtype` and `device`."""
    with cupy.cuda.Device(device):
        return cupy.fft.rfftfreq(n, d).astype(dtype or cupy.float64, copy=False)
