"""The standard's extension `fft`: discrete Fourier transforms.

Every transform is linear, and its transpose is its partner (the inverse transform) with the scale that `norm` puts into
one direction moved into the other: `backward` becomes `forward` and the other way round. The transforms between a real
signal and the half of its spectrum that is not redundant need a weight besides: the elements of the half spectrum stand
for two of the whole one, except the first (DC) and, for even sizes, the last (Nyquist). What a transform padded is cut
off again, and what it cut off gets zeros.

Source: array API standard 2025.12, extension "Fourier transform Functions".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import index
from typing import TYPE_CHECKING, Any, Literal

from ._core import op as core
from ._core.backend import as_device, default_device
from ._core.declare import linear
from ._core.dtypes import as_dtype

if TYPE_CHECKING:
    from ._tensor import Tensor

__all__ = [
    "fft",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfftn",
    "rfft",
    "rfftfreq",
    "rfftn",
]


def __dir__() -> list[str]:
    return __all__


if not TYPE_CHECKING:  # a type checker is to know what there is

    def __getattr__(name):
        from ._elsewhere import missing

        raise missing(__name__, name)


Norm = Literal["backward", "ortho", "forward"]


# The `norm` with which a transform's partner is its transpose.
_swap = {"backward": "forward", "ortho": "ortho", "forward": "backward"}.__getitem__


def _check(x: Any, axes: Iterable[int], sizes: Iterable[Any], norm: str) -> None:
    """Say what is needed and what was given; the backends do so for some of it."""
    if norm not in ("backward", "ortho", "forward"):
        raise ValueError(f"norm is 'backward', 'ortho' or 'forward', not {norm!r}")
    for axis in axes:
        if not -x.ndim <= axis < x.ndim:
            raise IndexError(f"axis {axis} is out of bounds for an array of {x.ndim} dimensions")
    for size in sizes:
        if not hasattr(size, "__index__"):
            raise TypeError(f"the size of a transform is an integer, not {size!r}")
        if size < 1:
            raise ValueError(f"the size of a transform is at least 1, not {size}")


def _check_real(xp: Any, x: Any) -> None:
    if xp.isdtype(x.dtype, "complex floating"):
        raise TypeError("the signal is real, not complex: the transform of a complex one has no redundant half")


def _along(transform: Callable[..., Any], x: Any, n: int | None, axis: int, norm: str, from_half: bool = False) -> Any:
    """A transform along an axis; `from_half` a spectrum, by default it has twice as many elements, but two."""
    _check(x, (axis,), () if n is None else (n,), norm)
    if n is None:
        _check(x, (), (2 * (x.shape[axis] - 1) if from_half else x.shape[axis],), norm)
    return transform(x, n=n, axis=axis, norm=norm)


def _over(
    transform: Callable[..., Any],
    x: Any,
    s: Sequence[int] | None,
    axes: Sequence[int] | None,
    norm: str,
    half: bool = False,
) -> Any:
    """A transform over several axes; one to or from `half` a spectrum needs a last one."""
    where = range(-len(s), 0) if axes is None and s is not None else _axes(x.ndim, s, axes)
    if s is not None and len(s) != len(where):
        raise ValueError(f"there are {len(s)} sizes for {len(where)} axes")
    if half and not where:
        raise ValueError("the transform needs an axis that it halves")
    _check(x, where, () if s is None else [n for n in s if n != -1], norm)
    if len({axis % x.ndim for axis in where}) < len(where):
        raise ValueError(f"axes={tuple(where)} has an axis twice")
    return transform(x, s=s, axes=axes, norm=norm)


def _fit(xp: Any, x: Any, shape: tuple[int, ...]) -> Any:
    """Cut off or append zeros at the end of every axis, so that the result has that shape."""
    for axis, n in enumerate(shape):
        have = x.shape[axis]
        if have > n:
            x = x[(slice(None),) * axis + (slice(n), ...)]
        elif have < n:
            missing = (*x.shape[:axis], n - have, *x.shape[axis + 1 :])
            x = xp.concat([x, xp.zeros(missing, dtype=x.dtype, device=x.device)], axis=axis)
    return x


def _weights(xp: Any, size: int, inner: float, axis: int, ndim: int, dtype: Any, device: Any) -> Any:
    """Weights for the half spectrum of a signal of that size: 1 at DC and Nyquist, `inner` between them."""
    k = xp.arange(size // 2 + 1, device=device)
    weights = xp.where((k == 0) | (2 * k == size), xp.ones((), dtype=dtype, device=device), inner)
    return xp.reshape(weights, tuple([-1 if i == axis % ndim else 1 for i in range(ndim)]))


def _whole(partner: str) -> Callable[..., Any]:
    """The transpose of a transform between whole spectra."""

    def transpose(
        xp: Any, g: Any, y: Any, x: Any, /, n: int | None = None, axis: int = -1, norm: str = "backward"
    ) -> Any:
        return _fit(xp, getattr(xp.fft, partner)(g, axis=axis, norm=_swap(norm)), x.shape)

    return transpose


def _to_half(partner: str) -> Callable[..., Any]:
    """The transpose of a transform from a real signal to half a spectrum."""

    def transpose(
        xp: Any, g: Any, y: Any, x: Any, /, n: int | None = None, axis: int = -1, norm: str = "backward"
    ) -> Any:
        size = x.shape[axis] if n is None else n
        g = g * _weights(xp, size, 0.5, axis, x.ndim, x.dtype, g.device)
        return _fit(xp, getattr(xp.fft, partner)(g, n=size, axis=axis, norm=_swap(norm)), x.shape)

    return transpose


def _from_half(partner: str) -> Callable[..., Any]:
    """The transpose of a transform from half a spectrum to a real signal."""

    def transpose(
        xp: Any, g: Any, y: Any, x: Any, /, n: int | None = None, axis: int = -1, norm: str = "backward"
    ) -> Any:
        pulled = getattr(xp.fft, partner)(g, axis=axis, norm=_swap(norm))
        return _fit(xp, pulled * _weights(xp, g.shape[axis], 2.0, axis, x.ndim, g.dtype, g.device), x.shape)

    return transpose


def _axes(ndim: int, s: Sequence[int] | None, axes: Sequence[int] | None) -> tuple[int, ...]:
    """The axes of a transform over several; sizes without axes are those of the last ones."""
    if axes is not None:
        return tuple(axes)
    return tuple(range(ndim)) if s is None else tuple(range(ndim - len(s), ndim))


def _whole_n(partner: str) -> Callable[..., Any]:
    """The transpose of a transform between whole spectra over several axes."""

    def transpose(
        xp: Any,
        g: Any,
        y: Any,
        x: Any,
        /,
        s: Sequence[int] | None = None,
        axes: Sequence[int] | None = None,
        norm: str = "backward",
    ) -> Any:
        pulled = getattr(xp.fft, partner)(g, axes=_axes(x.ndim, s, axes), norm=_swap(norm))
        return _fit(xp, pulled, x.shape)

    return transpose


def _rfftn_transpose(
    xp: Any,
    g: Any,
    y: Any,
    x: Any,
    /,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    norm: str = "backward",
) -> Any:
    axes = _axes(x.ndim, s, axes)
    sizes = [x.shape[axis] if s is None or s[i] == -1 else s[i] for i, axis in enumerate(axes)]
    g = g * _weights(xp, sizes[-1], 0.5, axes[-1], x.ndim, x.dtype, g.device)
    return _fit(xp, xp.fft.irfftn(g, s=sizes, axes=axes, norm=_swap(norm)), x.shape)


def _irfftn_transpose(
    xp: Any,
    g: Any,
    y: Any,
    x: Any,
    /,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    norm: str = "backward",
) -> Any:
    axes = _axes(x.ndim, s, axes)
    pulled = xp.fft.rfftn(g, axes=axes, norm=_swap(norm))
    return _fit(xp, pulled * _weights(xp, g.shape[axes[-1]], 2.0, axes[-1], x.ndim, g.dtype, g.device), x.shape)


@linear(transpose=_whole("ifft"))
def fft(xp: Any, x: Any, /, *, n: int | None = None, axis: int = -1, norm: Norm = "backward") -> Tensor:
    """Give the discrete Fourier transform along an axis.

    Parameters
    ----------
    x : real or complex floating-point
    n : the size of the transform; the axis is cut off or padded with zeros to it. By default that of the axis.
    axis : the axis to transform
    norm : "backward" leaves the sum as it is, "ortho" divides it by sqrt(n), "forward" by n

    Returns
    -------
    Complex, of the precision of `x`; the shape of `x` with size `n` along `axis`.

    Raises
    ------
    ValueError : `n` is not positive, or `norm` is unknown.

    Derivative: the transpose is `ifft` with the scale moved to the other direction, cut off or padded to the size of
    `x`.

    Source: array API standard 2025.12, fft.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.real(xp.fft.fft(xp.asarray([1.0, 2.0, 3.0, 4.0])))
    Tensor([10., -2., -2., -2.])
    """
    return _along(xp.fft.fft, x, n, axis, norm)


@linear(transpose=_whole("fft"))
def ifft(xp: Any, x: Any, /, *, n: int | None = None, axis: int = -1, norm: Norm = "backward") -> Tensor:
    """Give the inverse of the discrete Fourier transform along an axis.

    Parameters
    ----------
    x : real or complex floating-point
    n : the size of the transform; the axis is cut off or padded with zeros to it. By default that of the axis.
    axis : the axis to transform
    norm : "backward" divides the sum by n, "ortho" by sqrt(n), "forward" leaves it as it is

    Returns
    -------
    Complex, of the precision of `x`; the shape of `x` with size `n` along `axis`.

    Raises
    ------
    ValueError : `n` is not positive, or `norm` is unknown.

    Derivative: the transpose is `fft` with the scale moved to the other direction, cut off or padded to the size of
    `x`.

    Source: array API standard 2025.12, ifft.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.real(xp.fft.ifft(xp.asarray([4.0, 0.0, 0.0, 0.0])))
    Tensor([1., 1., 1., 1.])
    """
    return _along(xp.fft.ifft, x, n, axis, norm)


@linear(transpose=_whole_n("ifftn"))
def fftn(
    xp: Any, x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: Norm = "backward"
) -> Tensor:
    """Give the discrete Fourier transform over several axes.

    Parameters
    ----------
    x : real or complex floating-point
    s : the size along each one of `axes`, to which it is cut off or padded with zeros; -1 is that of the axis
    axes : the axes to transform; by default all, or the last ones where only `s` is given
    norm : "backward" leaves the sum as it is, "ortho" divides it by sqrt(n), "forward" by n, where n = prod(s)

    Returns
    -------
    Complex, of the precision of `x`; the shape of `x` with sizes `s` along `axes`.

    Raises
    ------
    ValueError : a size is not positive, `s` and `axes` differ in length, an axis is given twice, or `norm` is unknown.

    Derivative: the transpose is `ifftn` with the scale moved to the other direction, cut off or padded to the shape of
    `x`.

    Source: array API standard 2025.12, fftn.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.real(xp.fft.fftn(xp.asarray([[1.0, 2.0], [3.0, 4.0]])))
    Tensor([[10., -2.],
            [-4.,  0.]])
    """
    return _over(xp.fft.fftn, x, s, axes, norm)


@linear(transpose=_whole_n("fftn"))
def ifftn(
    xp: Any, x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: Norm = "backward"
) -> Tensor:
    """Give the inverse of the discrete Fourier transform over several axes.

    Parameters
    ----------
    x : real or complex floating-point
    s : the size along each one of `axes`, to which it is cut off or padded with zeros; -1 is that of the axis
    axes : the axes to transform; by default all, or the last ones where only `s` is given
    norm : "backward" divides the sum by n, "ortho" by sqrt(n), "forward" leaves it as it is, where n = prod(s)

    Returns
    -------
    Complex, of the precision of `x`; the shape of `x` with sizes `s` along `axes`.

    Raises
    ------
    ValueError : a size is not positive, `s` and `axes` differ in length, an axis is given twice, or `norm` is unknown.

    Derivative: the transpose is `fftn` with the scale moved to the other direction, cut off or padded to the shape of
    `x`.

    Source: array API standard 2025.12, ifftn.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.real(xp.fft.ifftn(xp.asarray([[4.0, 0.0], [0.0, 0.0]])))
    Tensor([[1., 1.],
            [1., 1.]])
    """
    return _over(xp.fft.ifftn, x, s, axes, norm)


@linear(transpose=_to_half("irfft"))
def rfft(xp: Any, x: Any, /, *, n: int | None = None, axis: int = -1, norm: Norm = "backward") -> Tensor:
    """Give the discrete Fourier transform of a real signal along an axis, without its redundant half.

    Parameters
    ----------
    x : real floating-point
    n : the size of the transform; the axis is cut off or padded with zeros to it. By default that of the axis.
    axis : the axis to transform
    norm : "backward" leaves the sum as it is, "ortho" divides it by sqrt(n), "forward" by n

    Returns
    -------
    Complex, of the precision of `x`; the shape of `x` with size `n // 2 + 1` along `axis`.

    Raises
    ------
    ValueError : `n` is not positive, or `norm` is unknown.
    TypeError : `x` is complex.

    Derivative: the transpose is `irfft`, with the scale moved to the other direction, of the cotangent halved between
    DC and Nyquist.

    Source: array API standard 2025.12, rfft.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.real(xp.fft.rfft(xp.asarray([1.0, 2.0, 3.0, 4.0])))
    Tensor([10., -2., -2.])
    """
    _check_real(xp, x)
    return _along(xp.fft.rfft, x, n, axis, norm)


@linear(transpose=_from_half("rfft"))
def irfft(xp: Any, x: Any, /, *, n: int | None = None, axis: int = -1, norm: Norm = "backward") -> Tensor:
    """Give the inverse of `rfft` along an axis: the real signal of half a spectrum.

    Parameters
    ----------
    x : complex floating-point; the imaginary parts at DC and (for even `n`) Nyquist do not count
    n : the size of the result; the axis is cut off or padded with zeros to `n // 2 + 1`. By default 2 * (M - 1), where
        M is the size of the axis. Odd sizes have to be said.
    axis : the axis to transform
    norm : "backward" divides the sum by n, "ortho" by sqrt(n), "forward" leaves it as it is

    Returns
    -------
    Real, of the precision of `x`; the shape of `x` with size `n` along `axis`.

    Raises
    ------
    ValueError : `n` is not positive, or `norm` is unknown.

    Derivative: the transpose is `rfft`, with the scale moved to the other direction, doubled between DC and Nyquist.

    Source: array API standard 2025.12, irfft.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.fft.irfft(xp.asarray([4.0 + 0j, 0.0, 0.0]))
    Tensor([1., 1., 1., 1.])
    """
    return _along(xp.fft.irfft, x, n, axis, norm, from_half=True)


@linear(transpose=_rfftn_transpose)
def rfftn(
    xp: Any, x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: Norm = "backward"
) -> Tensor:
    """Give the discrete Fourier transform of a real signal over several axes, without its redundant half.

    Parameters
    ----------
    x : real floating-point
    s : the size along each one of `axes`, to which it is cut off or padded with zeros; -1 is that of the axis
    axes : the axes to transform, of which the last one is halved; by default all, or the last ones where only `s` is
        given
    norm : "backward" leaves the sum as it is, "ortho" divides it by sqrt(n), "forward" by n, where n = prod(s)

    Returns
    -------
    Complex, of the precision of `x`; the shape of `x` with sizes `s` along `axes`, and `s[-1] // 2 + 1` along the last
    one.

    Raises
    ------
    ValueError : a size is not positive, `s` and `axes` differ in length, an axis is given twice, or `norm` is unknown.
    TypeError : `x` is complex.

    Derivative: the transpose is `irfftn`, with the scale moved to the other direction, of the cotangent halved between
    DC and Nyquist along the last axis.

    Source: array API standard 2025.12, rfftn.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.real(xp.fft.rfftn(xp.asarray([[1.0, 2.0], [3.0, 4.0]])))
    Tensor([[10., -2.],
            [-4.,  0.]])
    """
    _check_real(xp, x)
    return _over(xp.fft.rfftn, x, s, axes, norm, half=True)


@linear(transpose=_irfftn_transpose)
def irfftn(
    xp: Any, x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: Norm = "backward"
) -> Tensor:
    """Give the inverse of `rfftn` over several axes: the real signal of half a spectrum.

    Parameters
    ----------
    x : complex floating-point
    s : the sizes of the result along `axes`, to which it is cut off or padded with zeros (the last axis to
        `s[-1] // 2 + 1`). By default those of the axes, and 2 * (M - 1) for the last one, where M is its size.
    axes : the axes to transform, of which the last one is halved; by default all, or the last ones where only `s` is
        given
    norm : "backward" divides the sum by n, "ortho" by sqrt(n), "forward" leaves it as it is, where n = prod(s)

    Returns
    -------
    Real, of the precision of `x`; the shape of `x` with sizes `s` along `axes`.

    Raises
    ------
    ValueError : a size is not positive, `s` and `axes` differ in length, an axis is given twice, or `norm` is unknown.

    Derivative: the transpose is `rfftn`, with the scale moved to the other direction, doubled between DC and Nyquist
    along the last axis.

    Source: array API standard 2025.12, irfftn.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.fft.irfftn(xp.asarray([[4.0 + 0j, 0.0], [0.0, 0.0]]))
    Tensor([[1., 1.],
            [1., 1.]])
    """
    return _over(xp.fft.irfftn, x, s, axes, norm, half=True)


@linear(transpose=_from_half("ihfft"))
def hfft(xp: Any, x: Any, /, *, n: int | None = None, axis: int = -1, norm: Norm = "backward") -> Tensor:
    """Give the discrete Fourier transform of a signal with Hermitian symmetry, of which one half is given.

    Parameters
    ----------
    x : complex floating-point
    n : the size of the result; the axis is cut off or padded with zeros to `n // 2 + 1`. By default 2 * (M - 1), where
        M is the size of the axis.
    axis : the axis to transform
    norm : "backward" leaves the sum as it is, "ortho" divides it by sqrt(n), "forward" by n

    Returns
    -------
    Real, of the precision of `x`; the shape of `x` with size `n` along `axis`.

    Raises
    ------
    ValueError : `n` is not positive, or `norm` is unknown.

    Derivative: the transpose is `ihfft`, with the scale moved to the other direction, doubled between the ends.

    Source: array API standard 2025.12, hfft.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.fft.hfft(xp.asarray([1.0 + 0j, 2.0, 3.0]))
    Tensor([ 8., -2.,  0., -2.])
    """
    return _along(xp.fft.hfft, x, n, axis, norm, from_half=True)


@linear(transpose=_to_half("hfft"))
def ihfft(xp: Any, x: Any, /, *, n: int | None = None, axis: int = -1, norm: Norm = "backward") -> Tensor:
    """Give the inverse of `hfft` along an axis: one half of the Hermitian signal of a real spectrum.

    Parameters
    ----------
    x : real floating-point
    n : the size of the transform; the axis is cut off or padded with zeros to it. By default that of the axis.
    axis : the axis to transform
    norm : "backward" divides the sum by n, "ortho" by sqrt(n), "forward" leaves it as it is

    Returns
    -------
    Complex, of the precision of `x`; the shape of `x` with size `n // 2 + 1` along `axis`.

    Raises
    ------
    ValueError : `n` is not positive, or `norm` is unknown.
    TypeError : `x` is complex.

    Derivative: the transpose is `hfft`, with the scale moved to the other direction, of the cotangent halved between
    the ends.

    Source: array API standard 2025.12, ihfft.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.real(xp.fft.ihfft(xp.asarray([8.0, -2.0, 0.0, -2.0])))
    Tensor([1., 2., 3.])
    """
    _check_real(xp, x)
    return _along(xp.fft.ihfft, x, n, axis, norm)


def _frequencies(name: str, n: int, d: Any, dtype: Any, device: Any) -> Tensor:
    n = index(n)
    if n < 1:
        raise ValueError(f"{name}: the size n is positive, not {n}")
    dtype = None if dtype is None else as_dtype(dtype)
    if dtype is not None and dtype.kind != "f":
        raise ValueError(f"{name}: frequencies are real floating-point numbers, not {dtype}")
    if isinstance(d, core.Handle):  # a spacing that may track a gradient
        frequencies = _frequencies(name, n, 1.0, dtype, device or d._backend.device(d._array))
        return core.namespace.astype(frequencies / d, frequencies.dtype, copy=False)
    place = default_device() if device is None else as_device(device)
    backend = place.backend
    xp: Any = backend.xp
    raw = getattr(xp.fft, name)(n, d=d, dtype=backend.raw_dtype(dtype), device=place.raw)
    return core.wrap(raw, backend)


def fftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Tensor:
    """Give the frequencies that belong to the elements of `fft`.

    Parameters
    ----------
    n : the size of the transform
    d : the distance of the samples; a tensor without dimensions keeps its gradient
    dtype : real floating-point; float64 by default
    device : where the result is put

    Returns
    -------
    Shape (n,): 0, 1, ..., then the negative ones up to -1, divided by `n * d`.

    Raises
    ------
    ValueError : `n` is not positive, or `dtype` is not real floating-point.

    Derivative: with respect to `d`, by the division.

    Source: array API standard 2025.12, fftfreq.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.fft.fftfreq(4, d=0.25)
    Tensor([ 0.,  1., -2., -1.])
    """
    return _frequencies("fftfreq", n, d, dtype, device)


def rfftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Tensor:
    """Give the frequencies that belong to the elements of `rfft`.

    Parameters
    ----------
    n : the size of the transform
    d : the distance of the samples; a tensor without dimensions keeps its gradient
    dtype : real floating-point; float64 by default
    device : where the result is put

    Returns
    -------
    Shape (n // 2 + 1,): 0, 1, ..., n // 2, divided by `n * d`.

    Raises
    ------
    ValueError : `n` is not positive, or `dtype` is not real floating-point.

    Derivative: with respect to `d`, by the division.

    Source: array API standard 2025.12, rfftfreq.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.fft.rfftfreq(4, d=0.25)
    Tensor([0., 1., 2.])
    """
    return _frequencies("rfftfreq", n, d, dtype, device)


@linear(transpose=lambda xp, g, y, x, /, axes=None: xp.fft.ifftshift(g, axes=axes))
def fftshift(xp: Any, x: Any, /, *, axes: int | Sequence[int] | None = None) -> Tensor:
    """Move the zero frequency to the centre of a spectrum.

    Parameters
    ----------
    x : any data type
    axes : the axes to shift; by default all

    Returns
    -------
    The data type and shape of `x`.

    Derivative: the transpose is `ifftshift`.

    Source: array API standard 2025.12, fftshift.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.fft.fftshift(xp.fft.fftfreq(5, d=0.2))
    Tensor([-2., -1.,  0.,  1.,  2.])
    """
    _check(x, () if axes is None else (axes,) if isinstance(axes, int) else axes, (), "backward")
    return xp.fft.fftshift(x, axes=axes)


@linear(transpose=lambda xp, g, y, x, /, axes=None: xp.fft.fftshift(g, axes=axes))
def ifftshift(xp: Any, x: Any, /, *, axes: int | Sequence[int] | None = None) -> Tensor:
    """Move the zero frequency back to the front: the inverse of `fftshift`, also for odd sizes.

    Parameters
    ----------
    x : any data type
    axes : the axes to shift; by default all

    Returns
    -------
    The data type and shape of `x`.

    Derivative: the transpose is `fftshift`.

    Source: array API standard 2025.12, ifftshift.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.fft.ifftshift(xp.asarray([-2.0, -1.0, 0.0, 1.0, 2.0]))
    Tensor([ 0.,  1.,  2., -2., -1.])
    """
    _check(x, () if axes is None else (axes,) if isinstance(axes, int) else axes, (), "backward")
    return xp.fft.ifftshift(x, axes=axes)
