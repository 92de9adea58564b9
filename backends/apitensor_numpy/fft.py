"""The standard's extension `fft` over NumPy arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

fft = np.fft.fft
fftshift = np.fft.fftshift
hfft = np.fft.hfft
ifft = np.fft.ifft
ifftshift = np.fft.ifftshift
ihfft = np.fft.ihfft
irfft = np.fft.irfft
rfft = np.fft.rfft


def _over_axes(
    transform: Callable[..., Any], x: Any, s: Sequence[int] | None, axes: Sequence[int] | None, norm: str
) -> Any:
    # Sizes without axes mean the last ones; NumPy deprecates to leave that unsaid.
    if axes is None and s is not None:
        axes = range(-len(s), 0)
    result = transform(x, s=s, axes=axes, norm=norm)
    # NumPy gives the operand itself if there is no axis to transform.
    return result.astype(np.result_type(x, np.complex64)) if result is x else result


def fftn(
    x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str = "backward"
) -> Any:
    """The discrete Fourier transform over several axes."""
    return _over_axes(np.fft.fftn, x, s, axes, norm)


def ifftn(
    x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str = "backward"
) -> Any:
    """The inverse of `fftn`."""
    return _over_axes(np.fft.ifftn, x, s, axes, norm)


def rfftn(
    x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str = "backward"
) -> Any:
    """The discrete Fourier transform of real elements over several axes."""
    return _over_axes(np.fft.rfftn, x, s, axes, norm)


def irfftn(
    x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str = "backward"
) -> Any:
    """The inverse of `rfftn`."""
    return _over_axes(np.fft.irfftn, x, s, axes, norm)


def fftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Any:
    """The frequencies that belong to the elements of `fft`; NumPy lacks `dtype`."""
    return np.fft.fftfreq(n, d, device=device).astype(dtype or np.float64, copy=False)


def rfftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Any:
    """The frequencies that belong to the elements of `rfft`; NumPy lacks `dtype`."""
    return np.fft.rfftfreq(n, d, device=device).astype(dtype or np.float64, copy=False)
