"""The standard's extension `fft` over Dask arrays. Dask transforms along axes that lie in one chunk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dask.array as da
import numpy as np

from apitensor_numpy import fft as numpy_fft

from .array import lazy, limited


def _whole(x: Any, axes: Any) -> Any:
    """`x` with each of these axes in one chunk."""
    return x.rechunk(dict.fromkeys([axis % x.ndim for axis in axes], -1))


def _length(name: str, n: int) -> int:
    """How many elements the transform of a line gives that has, or is cut or filled to, `n` elements."""
    return n // 2 + 1 if name in ("rfft", "ihfft", "rfftn") else n


def _dtype(name: str, x: Any) -> Any:
    return getattr(numpy_fft, name)(np.ones((2,) * x.ndim, x.dtype)).dtype


def _one(name: str) -> Callable[..., Any]:
    def transform(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
        if n is None:
            n = 2 * (x.shape[axis] - 1) if name in ("irfft", "hfft") else x.shape[axis]
        x = _whole(x, [axis])
        chunks = tuple([(_length(name, n),) if i == axis % x.ndim else c for i, c in enumerate(x.chunks)])
        function = getattr(numpy_fft, name)
        return da.map_blocks(function, x, n=n, axis=axis, norm=norm, dtype=_dtype(name, x), chunks=chunks)

    transform.__name__ = name
    return limited(transform)


fft = _one("fft")
ifft = _one("ifft")
rfft = _one("rfft")
irfft = _one("irfft")
hfft = _one("hfft")
ihfft = _one("ihfft")


def _several(name: str) -> Callable[..., Any]:
    def transform(x: Any, /, *, s: Any = None, axes: Any = None, norm: str = "backward") -> Any:
        if axes is None:
            axes = range(x.ndim) if s is None else range(-len(s), 0)
        axes = tuple([axis % x.ndim for axis in axes])
        if s is None:
            s = [x.shape[axis] for axis in axes]
            if name == "irfftn":
                s[-1] = 2 * (s[-1] - 1)
        lengths = dict(zip(axes, s, strict=True))
        if name == "rfftn":
            lengths[axes[-1]] = _length(name, s[-1])
        x = _whole(x, axes)
        chunks = tuple([(lengths[i],) if i in lengths else c for i, c in enumerate(x.chunks)])
        function = getattr(numpy_fft, name)
        return da.map_blocks(function, x, s=s, axes=axes, norm=norm, dtype=_dtype(name, x), chunks=chunks)

    transform.__name__ = name
    return limited(transform)


fftn = _several("fftn")
ifftn = _several("ifftn")
rfftn = _several("rfftn")
irfftn = _several("irfftn")

fftshift = limited(da.fft.fftshift)
ifftshift = limited(da.fft.ifftshift)


def fftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Any:
    """The frequencies that belong to the elements of `fft`."""
    return lazy(numpy_fft.fftfreq(n, d=d, dtype=dtype))


def rfftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Any:
    """The frequencies that belong to the elements of `rfft`."""
    return lazy(numpy_fft.rfftfreq(n, d=d, dtype=dtype))
