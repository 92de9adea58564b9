"""Dask's array with what the standard asks of an array object: a device, results of the same class, known shapes."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import dask.array as da
import numpy as np

from apitensor_numpy import namespace as numpy_namespace

UNKNOWN = (
    "the shape of this result depends on data, and Dask knows it only after computing; "
    "keep the shape (where(mask, x, 0) for x[mask]), or move the tensor to another device first"
)


class Array(da.Array):  # type: ignore[misc]
    """A Dask array as the plug-in hands it out. Its shape is known."""

    __slots__ = ()

    @property
    def device(self) -> str:
        return "cpu"

    def to_device(self, device: Any, /, *, stream: Any = None) -> Array:
        return self

    def __getitem__(self, key: Any) -> Any:
        return limited(_getitem)(self, key)


def lazy(obj: Any) -> Any:
    """An `Array` of a Dask array, a NumPy array or a number; nothing is computed.

    Raises
    ------
    NotImplementedError : the shape of a Dask array is not known.
    """
    if type(obj) is Array:
        return obj
    if not isinstance(obj, da.Array):
        obj = da.from_array(np.array(obj))
    if any(math.isnan(n) for n in obj.shape):
        raise NotImplementedError(UNKNOWN)
    return Array(obj.dask, obj.name, obj.chunks, meta=obj._meta)


def limited(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with Arrays for results, and with errors that say where what Dask lacks is due to Dask."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            result = function(*args, **kwargs)
            if type(result) is list:
                result = tuple(result)
            if isinstance(result, tuple):
                parts = [lazy(part) for part in result]
                return type(result)(*parts) if hasattr(result, "_fields") else tuple(parts)
            return lazy(result) if isinstance(result, da.Array | np.ndarray | np.generic) else result
        except NotImplementedError as error:
            if str(error).startswith("Dask's limit"):
                raise
            raise NotImplementedError(f"Dask's limit: {error}") from error

    return call


def is_array(part: Any) -> bool:
    """Whether a part of a key is an index array or a mask."""
    return isinstance(part, da.Array | np.ndarray)


def places(key: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    """Where integer arrays, one for each of the first axes, point to, with these axes joined into one."""
    at: Any = 0
    for part, n in zip(key, shape, strict=False):
        at = at * n + da.where(part < 0, part + n, part)
    return at


def _getitem(x: Any, key: Any) -> Any:
    parts = key if isinstance(key, tuple) else (key,)
    arrays = [part for part in parts if is_array(part)]
    if any(part.dtype.kind == "b" for part in arrays):
        raise NotImplementedError(UNKNOWN)
    if not arrays or (len(arrays) == 1 and arrays[0].ndim == 1):
        return da.Array.__getitem__(x, key)
    if len(arrays) == len(parts):
        # Dask reads elements at one list of indices only: several become one over the joined axes.
        joined, rest = math.prod(x.shape[: len(parts)]), x.shape[len(parts) :]
        at = places(parts, x.shape)
        taken = da.Array.__getitem__(da.reshape(x, (joined, *rest)), at.reshape((-1,)))
        return da.reshape(taken, (*at.shape, *rest))
    if len(arrays) == 1:
        axis = _axis_of_array(parts, x.ndim)
        taken = da.Array.__getitem__(x, tuple([p.reshape((-1,)) if is_array(p) else p for p in parts]))
        return da.reshape(taken, (*taken.shape[:axis], *arrays[0].shape, *taken.shape[axis + 1 :]))
    raise NotImplementedError("several index arrays beside slices")


def _axis_of_array(parts: tuple[Any, ...], ndim: int) -> int:
    """The axis of the result that the only index array of a key makes."""
    axis = 0
    for part in parts:
        if is_array(part):
            return axis
        if part is Ellipsis:
            axis += ndim - sum(p is not None and p is not Ellipsis for p in parts)
        elif not isinstance(part, int):
            axis += 1
    return axis


def write(x: Any, key: Any, value: Any) -> Any:
    """`x[key] = value`: the array with the new elements, which may be another object. No block is ever written to."""
    return limited(_write)(x, key, value)


def _write(x: Any, key: Any, value: Any) -> Any:
    parts = key if isinstance(key, tuple) else (key,)
    masks = [part for part in parts if is_array(part) and part.dtype.kind == "b"]
    if not masks:
        da.Array.__setitem__(x, key, value)
        return x
    rest = [part for part in parts if not is_array(part)]
    if len(masks) > 1 or rest not in ([], [Ellipsis]) or not (len(rest) == 0 or parts[-1] is Ellipsis):
        raise NotImplementedError("writing through a mask beside other indices")
    if getattr(value, "ndim", 0):
        raise NotImplementedError(
            "writing an array through a mask; where(mask, values, x) takes values for all elements"
        )
    mask = da.reshape(masks[0], (*masks[0].shape, *(1,) * (x.ndim - masks[0].ndim)))
    return da.where(mask, value, x).astype(x.dtype)


def call_quietly(name: str, *blocks: Any) -> Any:
    """A function of the NumPy plug-in on blocks. Whoever computes them later has no use for NumPy's warnings."""
    with np.errstate(all="ignore"):
        return getattr(numpy_namespace, name)(*blocks)


def elementwise(name: str) -> Callable[..., Any]:
    """The function of that name, block by block."""

    def call(*operands: Any) -> Any:
        return da.core.elemwise(functools.partial(call_quietly, name), *operands)

    call.__name__ = name
    call.__doc__ = getattr(numpy_namespace, name).__doc__
    return limited(call)


def _operator(function: Callable[..., Any], reflected: bool = False) -> Callable[..., Any]:
    def call(self: Any, other: Any) -> Any:
        if not isinstance(other, bool | int | float | complex | np.generic | np.ndarray | da.Array):
            return NotImplemented
        return function(other, self) if reflected else function(self, other)

    return call


_BINARY = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "floordiv": "floor_divide",
    "mod": "remainder",
    "pow": "pow",
    "and": "bitwise_and",
    "or": "bitwise_or",
    "xor": "bitwise_xor",
    "lshift": "bitwise_left_shift",
    "rshift": "bitwise_right_shift",
}
_COMPARISONS = {
    "eq": "equal",
    "ne": "not_equal",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
}
_UNARY = {"neg": "negative", "pos": "positive", "abs": "abs", "invert": "bitwise_invert"}

for _symbol, _name in {**_BINARY, **_COMPARISONS}.items():
    setattr(Array, f"__{_symbol}__", _operator(elementwise(_name)))
for _symbol, _name in _BINARY.items():
    setattr(Array, f"__r{_symbol}__", _operator(elementwise(_name), reflected=True))
for _symbol, _name in _UNARY.items():
    setattr(Array, f"__{_symbol}__", elementwise(_name))
setattr(Array, "__matmul__", _operator(limited(da.matmul)))  # noqa: B010 - as the others, which mypy need not know either
setattr(Array, "__hash__", da.Array.__hash__)  # noqa: B010
