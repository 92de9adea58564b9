"""A backend for `scipy.fft`: its functions compute on tensors, track, and stay on their device.

SciPy hands calls of `scipy.fft` to whoever is registered (the protocol is uarray's). Once, anywhere:

    import apitensor.scipy_fft, scipy.fft

    scipy.fft.register_backend(apitensor.scipy_fft)

or for some lines only, `with scipy.fft.set_backend(apitensor.scipy_fft):`. What is called on other arrays goes on to
SciPy's own functions; with `coerce=True` it is made a tensor.

The discrete Fourier transforms are `apitensor.fft`'s. The cosine, sine and Hankel transforms are compositions of these,
which is how they get their derivatives. They take SciPy's parameters; `overwrite_x` and `workers` are permissions that
tensors have no use for.

Source: `scipy.fft` 1.17. SciPy itself is not imported here.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable
from operator import index
from typing import TYPE_CHECKING, Any

from . import fft as transforms
from . import special
from ._core import op as core
from ._standard import elementwise as ew
from ._standard.creation import arange, asarray, full, linspace, ones_like, zeros
from ._standard.data_types import astype, isdtype, result_type
from ._standard.manipulation import as_axis, as_tensor, concat, flip, moveaxis
from ._standard.searching import where

if TYPE_CHECKING:
    from ._tensor import Tensor

__all__ = [
    "dct",
    "dctn",
    "dst",
    "dstn",
    "fft",
    "fft2",
    "fftn",
    "fht",
    "hfft",
    "hfft2",
    "hfftn",
    "idct",
    "idctn",
    "idst",
    "idstn",
    "ifft",
    "ifft2",
    "ifftn",
    "ifht",
    "ihfft",
    "ihfft2",
    "ihfftn",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftn",
]


def __dir__() -> list[str]:
    return __all__


__ua_domain__ = "numpy.scipy.fft"


def __ua_convert__(dispatchables: Iterable[Any], coerce: bool) -> Any:
    """uarray's question whether the operands are for us."""
    values = [dispatchable.value for dispatchable in dispatchables]
    if coerce:
        return [asarray(value) for value in values]
    return values if all(isinstance(value, core.Handle) for value in values) else NotImplemented


def __ua_function__(method: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """uarray's call of a function of `scipy.fft`."""
    name = method.__name__
    return globals()[name](*args, **kwargs) if name in __all__ else NotImplemented


# ---- discrete Fourier transforms


def _floating(x: Any) -> Any:
    x = as_tensor(x)
    floating = isdtype(x.dtype, ("real floating", "complex floating"))
    # Half precision, where a backend has it, becomes single precision.
    return astype(x, result_type(x.dtype, "float32") if floating else "float64", copy=False)


def _complex(x: Any) -> Any:
    x = _floating(x)
    return astype(x, result_type(x.dtype, "complex64"), copy=False)


def _without_plan(name: str, plan: Any) -> None:
    if plan is not None:
        raise NotImplementedError(f"{name}: plans are not supported")


def _one(name: str, prepare: Callable[[Any], Any]) -> Callable[..., Tensor]:
    """SciPy's transform over one axis."""

    def call(
        x: Any,
        n: Any = None,
        axis: int = -1,
        norm: Any = None,
        overwrite_x: bool = False,
        workers: Any = None,
        *,
        plan: Any = None,
    ) -> Tensor:
        _without_plan(name, plan)
        n = None if n is None else index(n)
        return getattr(transforms, name)(prepare(x), n=n, axis=axis, norm=norm or "backward")

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`scipy.fft.{name}` of a tensor; see `apitensor.fft.{name}`."
    return call


_SWAPPED = {"backward": "forward", "forward": "backward", "ortho": "ortho"}


def _real_spectrum(x: Any, s: Any, axes: Any, norm: str) -> Any:
    """The real signal that has a Hermitian spectrum over several axes."""
    return transforms.irfftn(ew.conj(_complex(x)), s=s, axes=axes, norm=_SWAPPED[norm])  # type: ignore[arg-type]


def _inverse_real_spectrum(x: Any, s: Any, axes: Any, norm: str) -> Any:
    return ew.conj(transforms.rfftn(_floating(x), s=s, axes=axes, norm=_SWAPPED[norm]))  # type: ignore[arg-type]


def _several(name: str, transform: Callable[..., Any], axes: Any) -> Callable[..., Tensor]:
    """SciPy's transform over several axes; `axes` is its default."""
    default = axes

    def call(
        x: Any,
        s: Any = None,
        axes: Any = default,
        norm: Any = None,
        overwrite_x: bool = False,
        workers: Any = None,
        *,
        plan: Any = None,
    ) -> Tensor:
        _without_plan(name, plan)
        x = _floating(x)
        lengths, over = _shape(name, x, s, axes)
        # Of half a spectrum, the lengths are the signal's, and the last one cannot be read off.
        given = None if s is None else lengths
        return transform(x, given, over, norm or "backward")

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`scipy.fft.{name}` of a tensor: a transform over several axes."
    return call


def _integers(values: Any) -> tuple[int, ...]:
    return (index(values),) if hasattr(values, "__index__") else tuple([index(value) for value in values])


def _shape(name: str, x: Any, s: Any, axes: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The lengths and axes of a transform over several; a length of -1 is the operand's."""
    lengths = None if s is None else _integers(s)
    if axes is not None:
        over = tuple([as_axis(name, a, x.ndim) for a in _integers(axes)])
        if len(set(over)) != len(over):
            raise ValueError(f"{name}: axes={axes} names an axis twice")
    else:
        count = x.ndim if lengths is None else len(lengths)
        if count > x.ndim:
            raise ValueError(f"{name}: {count} lengths for {x.ndim} axes")
        over = tuple(range(x.ndim - count, x.ndim))
    if lengths is None:
        return tuple([x.shape[a] for a in over]), over
    if len(lengths) != len(over):
        raise ValueError(f"{name}: {len(lengths)} lengths for {len(over)} axes")
    return tuple([x.shape[a] if n == -1 else n for n, a in zip(lengths, over, strict=True)]), over


def _by(name: str, prepare: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda x, s, axes, norm: getattr(transforms, name)(prepare(x), s=s, axes=axes, norm=norm)


fft = _one("fft", _complex)
ifft = _one("ifft", _complex)
rfft = _one("rfft", _floating)
irfft = _one("irfft", _complex)
hfft = _one("hfft", _complex)
ihfft = _one("ihfft", _floating)

fftn = _several("fftn", _by("fftn", _complex), None)
ifftn = _several("ifftn", _by("ifftn", _complex), None)
rfftn = _several("rfftn", _by("rfftn", _floating), None)
irfftn = _several("irfftn", _by("irfftn", _complex), None)
hfftn = _several("hfftn", _real_spectrum, None)
ihfftn = _several("ihfftn", _inverse_real_spectrum, None)
fft2 = _several("fft2", _by("fftn", _complex), (-2, -1))
ifft2 = _several("ifft2", _by("ifftn", _complex), (-2, -1))
rfft2 = _several("rfft2", _by("rfftn", _floating), (-2, -1))
irfft2 = _several("irfft2", _by("irfftn", _complex), (-2, -1))
hfft2 = _several("hfft2", _real_spectrum, (-2, -1))
ihfft2 = _several("ihfft2", _inverse_real_spectrum, (-2, -1))


# ---- cosine and sine transforms
#
# By their definitions, with N elements x[n] and results y[k], for the cosine:
#   type 1: y[k] = x[0] + (-1)^k x[N-1] + 2 sum(x[n] cos(pi k n / (N-1)), 0 < n < N-1)
#   type 2: y[k] = 2 sum(x[n] cos(pi k (2n+1) / 2N))
#   type 3: y[k] = x[0] + 2 sum(x[n] cos(pi (2k+1) n / 2N), 0 < n)
#   type 4: y[k] = 2 sum(x[n] cos(pi (2k+1) (2n+1) / 4N))
# Each is the transform of a signal of twice the length, which continues x by its mirror image. Sine transforms of
# types 2 to 4 are cosine transforms of the signal with every second sign changed or in reverse order.


def _turns(x: Any, n: int, step: float, offset: float = 0.0) -> Any:
    """The numbers `exp(-i pi (step k + offset))` for k below n."""
    angles = arange(n, dtype=x.dtype, device=x.device) * (-math.pi * step) - math.pi * offset
    return ew.exp(1j * astype(angles, result_type(x.dtype, "complex64")))


def _signs(x: Any, n: int) -> Any:
    return astype(1 - 2 * (arange(n, device=x.device) % 2), x.dtype)


def _cosines(x: Any, kind: int) -> Any:
    """The unscaled cosine transform of real numbers along the last axis."""
    n = x.shape[-1]
    if kind == 1:
        if n < 2:
            raise ValueError("dct: type 1 needs at least two elements")
        return ew.real(transforms.rfft(concat([x, flip(x[..., 1:-1], axis=-1)], axis=-1)))
    if kind == 2:
        spectrum: Any = transforms.rfft(concat([x, flip(x, axis=-1)], axis=-1))
        return ew.real(spectrum[..., :n] * _turns(x, n, 1 / (2 * n)))
    if kind == 3:
        # The way back of type 2; the scale of the inverse transform is left out by norm="forward".
        spectrum = x * ew.conj(_turns(x, n, 1 / (2 * n)))
        y: Any = transforms.irfft(spectrum, n=2 * n, norm="forward")
        return y[..., :n]
    y = transforms.fft(x * _turns(x, n, 1 / (2 * n)), n=2 * n)
    return 2 * ew.real(y[..., :n] * _turns(x, n, 1 / (2 * n), 1 / (4 * n)))


def _sines(x: Any, kind: int) -> Any:
    """The unscaled sine transform of real numbers along the last axis."""
    n = x.shape[-1]
    if kind == 1:
        zero = zeros((*x.shape[:-1], 1), dtype=x.dtype, device=x.device)
        spectrum: Any = transforms.rfft(concat([zero, x, zero, -flip(x, axis=-1)], axis=-1))
        return -ew.imag(spectrum[..., 1 : n + 1])
    if kind == 2:
        return flip(_cosines(x * _signs(x, n), 2), axis=-1)
    return _signs(x, n) * _cosines(flip(x, axis=-1), kind)


def _first_scaled(x: Any, factor: float, cosine: bool, both: bool) -> Any:
    """The constant part along the last axis scaled, which the cosine has first and the sine last; or both ends."""
    n = x.shape[-1]
    k = arange(n, device=x.device)
    ends = (k == 0) | (k == n - 1) if both else k == (0 if cosine else n - 1)
    return x * where(ends, factor, ones_like(k, dtype=x.dtype))


def _along_last(x: Any, kind: int, norm: str, orthogonal: bool, cosine: bool) -> Any:
    n = x.shape[-1]
    # A sine has no constant part for type 1.
    scaled = orthogonal and (kind in (2, 3) or (kind == 1 and cosine))
    root = math.sqrt(2)
    if scaled and kind in (1, 3):
        x = _first_scaled(x, root, cosine, kind == 1)
    y = (_cosines if cosine else _sines)(x, kind)
    if scaled and kind in (1, 2):
        y = _first_scaled(y, 1 / root, cosine, kind == 1)
    length = 2 * (n + (0 if kind > 1 else -1 if cosine else 1))
    return y if norm == "backward" else y / (length if norm == "forward" else math.sqrt(length))


def _real_transform(
    name: str, x: Any, kind: int, lengths: Any, axes: Any, norm: Any, orthogonalize: bool | None
) -> Tensor:
    """A cosine or sine transform, forward or back, along several axes."""
    if kind not in (1, 2, 3, 4):
        raise ValueError(f"{name}: there is no type {kind}; there are 1, 2, 3 and 4")
    norm = norm or "backward"
    if norm not in _SWAPPED:
        raise ValueError(f"{name}: there is no norm {norm!r}; there are 'backward', 'ortho' and 'forward'")
    orthogonal = norm == "ortho" if orthogonalize is None else orthogonalize
    if x.dtype.kind == "c":
        re, im = [_real_transform(name, part(x), kind, lengths, axes, norm, orthogonal) for part in (ew.real, ew.imag)]
        return re + 1j * im
    if name.startswith("i"):
        kind, norm = {2: 3, 3: 2}.get(kind, kind), _SWAPPED[norm]
    cosine = name.removeprefix("i").startswith("dct")
    for n, axis in zip(lengths, axes, strict=True):
        if n < 1:
            raise ValueError(f"{name}: there is no transform of {n} elements")
        x = moveaxis(x, axis, -1)
        have = x.shape[-1]
        x = x[..., :n]
        if have < n:
            x = concat([x, zeros((*x.shape[:-1], n - have), dtype=x.dtype, device=x.device)], axis=-1)
        x = moveaxis(_along_last(x, kind, norm, orthogonal, cosine), -1, axis)
    return x


def _real_one(name: str) -> Callable[..., Tensor]:
    """SciPy's cosine or sine transform over one axis."""

    def call(
        x: Any,
        type: int = 2,
        n: Any = None,
        axis: int = -1,
        norm: Any = None,
        overwrite_x: bool = False,
        workers: Any = None,
        orthogonalize: bool | None = None,
    ) -> Tensor:
        x = _floating(x)
        at = as_axis(name, axis, x.ndim)
        length = x.shape[at] if n is None else index(n)
        return _real_transform(name, x, type, (length,), (at,), norm, orthogonalize)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`scipy.fft.{name}` of a tensor: types 1 to 4; of complex numbers, of both parts."
    return call


def _real_several(name: str) -> Callable[..., Tensor]:
    """SciPy's cosine or sine transform over several axes."""

    def call(
        x: Any,
        type: int = 2,
        s: Any = None,
        axes: Any = None,
        norm: Any = None,
        overwrite_x: bool = False,
        workers: Any = None,
        *,
        orthogonalize: bool | None = None,
    ) -> Tensor:
        x = _floating(x)
        return _real_transform(name, x, type, *_shape(name, x, s, axes), norm, orthogonalize)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`scipy.fft.{name}` of a tensor: types 1 to 4; of complex numbers, of both parts."
    return call


dct = _real_one("dct")
idct = _real_one("idct")
dst = _real_one("dst")
idst = _real_one("idst")
dctn = _real_several("dctn")
idctn = _real_several("idctn")
dstn = _real_several("dstn")
idstn = _real_several("idstn")


# ---- Hankel transforms


def _hankel(x: Any, dln: Any, mu: Any, offset: Any, bias: Any, inverse: bool) -> Tensor:
    """The transform over logarithmically spaced points, a convolution: Hamilton's FFTLog (astro-ph/9905191).

    With q the bias, it multiplies the spectrum of r^-q a(r) at frequency m by
    2^z Gamma((mu + 1 + z) / 2) / Gamma((mu + 1 - z) / 2) exp(-i w offset), z = q + i w, w = 2 pi m / (n dln).
    """
    x = _floating(x)
    n = x.shape[-1]
    places = (arange(n, dtype=x.dtype, device=x.device) - (n - 1) / 2) * dln
    x = x * (ew.exp(bias * (places + offset)) if inverse else ew.exp(-bias * places))
    w = linspace(0, math.pi * (n // 2) / (n * dln), n // 2 + 1, dtype=x.dtype, device=x.device)
    z = bias + 2j * w
    powers = math.log(2.0) * bias + 2j * (math.log(2.0) - offset) * w
    factor = ew.exp(powers + special.loggamma((mu + 1 + z) / 2) - special.loggamma((mu + 1 - z) / 2))
    spectrum = transforms.rfft(x)
    k = arange(n // 2 + 1, device=x.device)
    if n % 2 == 0:  # the last frequency is its own negative
        factor = where(k == n // 2, astype(ew.real(factor), factor.dtype), factor)
    if not ew.isfinite(ew.abs(factor[0])):
        # A gamma function has a pole at z = bias, where the logarithm says nothing about the sign.
        above, below = (asarray((mu + 1 + sign * bias) / 2, dtype=x.dtype, device=x.device) for sign in (1, -1))
        first: Any = 2.0**bias * special.gamma(above) * special.rgamma(below)
        if first == 0 if inverse else not ew.isfinite(first):
            warnings.warn("fht: singular for this bias; the constant part of the spectrum is left out", stacklevel=4)
            first = full((), math.inf if inverse else 0.0, dtype=x.dtype, device=x.device)
        if inverse and not ew.isfinite(first):  # a complex number divided by infinity may be NaN
            spectrum, first = where(k == 0, 0.0, spectrum), full((), 1.0, dtype=x.dtype, device=x.device)
        factor = where(k == 0, astype(first, factor.dtype), factor)
    y: Any = transforms.irfft(spectrum / ew.conj(factor) if inverse else spectrum * factor, n=n)
    y = flip(y, axis=-1)
    return y * (ew.exp(bias * places) if inverse else ew.exp(-bias * (places + offset)))


def fht(a: Any, dln: Any, mu: Any, offset: Any = 0.0, bias: Any = 0.0) -> Tensor:
    """`scipy.fft.fht` of a tensor: the fast Hankel transform."""
    return _hankel(a, dln, mu, offset, bias, False)


def ifht(A: Any, dln: Any, mu: Any, offset: Any = 0.0, bias: Any = 0.0) -> Tensor:
    """`scipy.fft.ifht` of a tensor: the inverse fast Hankel transform."""
    return _hankel(A, dln, mu, offset, bias, True)
