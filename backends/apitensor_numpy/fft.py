"""The standard's extension `fft` over NumPy arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

fftshift = np.fft.fftshift
ifftshift = np.fft.ifftshift
ihfft = np.fft.ihfft
rfft = np.fft.rfft


# Elements that are a multiple of so many bytes apart share so few places in a processor's cache that they drive each
# other out, which makes a transform along them a third slower. Up to the given size it pays to copy them apart.
_PAGE, _MUCH = 4096, 1 << 22


def _is_crowded(x: Any, axis: int) -> bool:
    return bool(
        x.dtype.kind == "c"
        and -x.ndim <= axis < x.ndim > 1
        and x.shape[axis] >= 32
        and x.strides[axis] % _PAGE == 0
        and x.nbytes <= _MUCH
        and x.flags.c_contiguous
    )


def _along(transform: Callable[..., Any], x: Any, n: int | None, axis: int, norm: str) -> Any:
    """`np.fft.fft` or `ifft`: the same result, faster along crowded elements."""
    if n is not None or not _is_crowded(x, axis):
        return transform(x, n=n, axis=axis, norm=norm)
    after = axis % x.ndim + 1
    rows, row = math.prod(x.shape[:after]), math.prod(x.shape[after:])
    apart = np.empty((rows, row + 64 // x.itemsize), x.dtype)[:, :row].reshape(x.shape)
    apart[...] = x
    return transform(apart, axis=axis, norm=norm, out=apart).copy()


def fft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """The discrete Fourier transform."""
    return _along(np.fft.fft, x, n, axis, norm)


def ifft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """The inverse of `fft`."""
    return _along(np.fft.ifft, x, n, axis, norm)


def _padded(x: Any, axis: int) -> Any:
    """`x`, with one zero along an axis without elements: from none NumPy's `irfft` reads memory that is not its own."""
    if not -x.ndim <= axis < x.ndim or x.shape[axis]:
        return x
    return np.zeros([1 if i == axis % x.ndim else k for i, k in enumerate(x.shape)], x.dtype)


def hfft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: Any = "backward") -> Any:
    """The transform of elements that are Hermitian, half of which are given."""
    return np.fft.hfft(x if n is None else _padded(x, axis), n=n, axis=axis, norm=norm)


def irfft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: Any = "backward") -> Any:
    """The inverse of `rfft`."""
    return np.fft.irfft(x if n is None else _padded(x, axis), n=n, axis=axis, norm=norm)


def _over_axes(
    transform: Callable[..., Any], x: Any, s: Sequence[int] | None, axes: Sequence[int] | None, norm: str
) -> Any:
    # Sizes without axes mean the last ones; NumPy deprecates to leave that unsaid.
    if axes is None and s is not None:
        axes = range(-len(s), 0)
    result = transform(x, s=s, axes=axes, norm=norm)
    # NumPy gives the operand itself if there is no axis to transform.
    return result.astype(np.result_type(x, np.complex64)) if result is x else result


def _one_by_one(
    one: Callable[..., Any],
    whole: Callable[..., Any],
    x: Any,
    s: Sequence[int] | None,
    axes: Sequence[int] | None,
    norm: str,
) -> Any:
    axes = range(x.ndim) if axes is None and s is None else axes
    if s is not None or not axes:
        return _over_axes(whole, x, s, axes, norm)
    for axis in reversed(axes):
        x = _along(one, x, None, axis, norm)
    return x


def fftn(
    x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str = "backward"
) -> Any:
    """The discrete Fourier transform over several axes."""
    return _one_by_one(np.fft.fft, np.fft.fftn, x, s, axes, norm)


def ifftn(
    x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str = "backward"
) -> Any:
    """The inverse of `fftn`."""
    return _one_by_one(np.fft.ifft, np.fft.ifftn, x, s, axes, norm)


def rfftn(
    x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str = "backward"
) -> Any:
    """The discrete Fourier transform of real elements over several axes."""
    return _over_axes(np.fft.rfftn, x, s, axes, norm)


def irfftn(
    x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str = "backward"
) -> Any:
    """The inverse of `rfftn`."""
    if s:
        x = _padded(x, -1 if axes is None else axes[-1])
    return _over_axes(np.fft.irfftn, x, s, axes, norm)


def fftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Any:
    """The frequencies that belong to the elements of `fft`; NumPy lacks `dtype`."""
    return np.fft.fftfreq(n, d, device=device).astype(dtype or np.float64, copy=False)


def rfftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Any:
    """The frequencies that belong to the elements of `rfft`; NumPy lacks `dtype`."""
    return np.fft.rfftfreq(n, d, device=device).astype(dtype or np.float64, copy=False)
