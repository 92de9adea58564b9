"""Dask's array with what the standard asks of an array object: a device, results of the same class, known shapes."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable, Sequence
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

    def to_dask_array(self) -> da.Array:
        """The same array as Dask's own class has it, with Dask's operators and indexing."""
        return da.Array(self.dask, self.name, self.chunks, meta=self._meta)


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
    if any(0 in sizes and len(sizes) > 1 for sizes in obj.chunks):  # slicing and writing go wrong with empty chunks
        obj = obj.rechunk(tuple([tuple([n for n in sizes if n]) or (0,) for sizes in obj.chunks]))
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


def reshaped(x: Any, shape: Sequence[int]) -> Any:
    """The same elements in another shape; Dask fails at many shapes without elements."""
    if not x.size:
        return da.zeros(np.empty(x.shape).reshape(shape).shape, dtype=x.dtype)
    try:
        return da.reshape(x, shape)
    except NotImplementedError:  # it merges axes or splits them
        return da.reshape(da.ravel(x), shape)


def is_array(part: Any) -> bool:
    """Whether a part of a key is an index array or a mask."""
    return isinstance(part, da.Array | np.ndarray)


def _within(part: Any, n: int) -> Any:
    if part.size and (part.min() < -n or part.max() >= n):
        raise IndexError(f"an index array has elements out of bounds for an axis of {n}")
    return np.where(part < 0, part + n, part).astype(np.int64)


def places(parts: Sequence[Any], shape: Sequence[int]) -> Any:
    """Where integer arrays and integers, one for each axis, point to, with these axes joined into one.

    Elements out of bounds are found when they are computed; Dask would leave them out of its result.
    """
    at: Any = None
    for part, n in zip(parts, shape, strict=True):
        if is_array(part):
            part = da.map_blocks(_within, lazy(part), n, dtype=np.int64, meta=np.empty((0,) * part.ndim, np.int64))
        else:
            part = _position(part, n)
        at = part if at is None else at * n + part
    return at


def _position(index: int, n: int) -> int:
    if not -n <= index < n:
        raise IndexError(f"index {index} is out of bounds for an axis of {n}")
    return index % n


def _for_every_axis(key: tuple[Any, ...], ndim: int) -> list[Any]:
    """The parts of a key, with slices for the axes that an ellipsis stands for or that are left out."""
    parts = list(key)
    at = next((i for i, part in enumerate(parts) if part is Ellipsis), len(parts))
    axes = sum(part is not None and part is not Ellipsis for part in parts)
    parts[at : at + 1] = [slice(None)] * (ndim - axes)
    return parts


def _chosen(parts: Sequence[Any]) -> list[int]:
    """Which parts of a key with index arrays choose elements: integers beside index arrays count as such."""
    return [i for i, part in enumerate(parts) if is_array(part) or isinstance(part, int)]


def _joined(x: Any, key: tuple[Any, ...], parts: Sequence[Any]) -> tuple[Any, list[int], int, Any]:
    """`x`, whose axes are as `parts`, with those that index arrays choose from joined into one; which these are, which
    one they become, and where the arrays point to there.

    By NumPy's rules the one axis comes first where the arrays do not follow each other in the key. Dask reads and
    writes elements at one list of indices only.
    """
    chosen, written = _chosen(parts), _chosen(key)
    place = chosen[0] if written[-1] - written[0] < len(written) else 0
    end = place + len(chosen)
    x = da.moveaxis(x, chosen, range(place, end))
    at = places([parts[i] for i in chosen], x.shape[place:end])
    joined = math.prod(x.shape[place:end])
    if at.size and not joined:
        raise IndexError(f"an index array for axes of {x.shape[place:end]} elements")
    return reshaped(x, (*x.shape[:place], joined, *x.shape[end:])), chosen, place, at


def _getitem(x: Any, key: Any) -> Any:
    key = key if isinstance(key, tuple) else (key,)
    if any(is_array(part) and part.dtype.kind == "b" for part in key):
        raise NotImplementedError(UNKNOWN)
    if not any(is_array(part) for part in key):
        return da.Array.__getitem__(x, key)
    parts = _for_every_axis(key, x.ndim)
    rest = tuple([slice(None) if is_array(part) or isinstance(part, int) else part for part in parts])
    x, _, place, at = _joined(da.Array.__getitem__(x, rest), key, parts)
    with warnings.catch_warnings():  # Dask looks at the chosen type of complex numbers as at positions
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
        taken = da.Array.__getitem__(x, (*[slice(None)] * place, at.reshape((-1,))))
    return reshaped(taken, (*x.shape[:place], *at.shape, *x.shape[place + 1 :]))


def write(x: Any, key: Any, value: Any) -> Any:
    """`x[key] = value`: the array with the new elements, which may be another object. No block is ever written to."""
    return limited(_write)(x, key, value)


def _write(x: Any, key: Any, value: Any) -> Any:
    key = key if isinstance(key, tuple) else (key,)
    if any(is_array(part) and part.dtype.kind == "b" for part in key):
        return _write_through_mask(x, key, value)
    parts = _for_every_axis(key, x.ndim)
    if not any(part is None for part in parts):
        return _write_to_axes(x, key, parts, value)
    new = tuple([None if part is None else slice(None) for part in parts])
    parts = [slice(None) if part is None else part for part in parts]
    x = _write_to_axes(da.Array.__getitem__(x, new), key, parts, value)
    return da.Array.__getitem__(x, tuple([0 if part is None else part for part in new]))


def _write_through_mask(x: Any, key: tuple[Any, ...], value: Any) -> Any:
    masks = [part for part in key if is_array(part)]
    rest = [part for part in key if not is_array(part)]
    if len(masks) > 1 or rest not in ([], [Ellipsis]) or not (len(rest) == 0 or key[-1] is Ellipsis):
        raise NotImplementedError("writing through a mask beside other indices")
    if getattr(value, "ndim", 0):
        raise NotImplementedError(
            "writing an array through a mask; where(mask, values, x) takes values for all elements"
        )
    mask = reshaped(masks[0], (*masks[0].shape, *(1,) * (x.ndim - masks[0].ndim)))
    return da.where(mask, value, x).astype(x.dtype)


def _write_to_axes(x: Any, key: tuple[Any, ...], parts: list[Any], value: Any) -> Any:
    """A write with a part, no mask, for every axis."""
    if not any(is_array(part) for part in parts):
        return _write_to_slices(x, parts, value)
    joined, chosen, place, at = _joined(x, key, parts)
    others = [i for i in range(x.ndim) if i not in chosen]
    rest = [parts[i] for i in others]
    lengths = [len(range(x.shape[i])[parts[i]]) for i in others]
    value = _with_axes(value, (*lengths[:place], *at.shape, *lengths[place:]))
    if getattr(value, "ndim", 0) and at.ndim != 1:
        before, behind = value.shape[:place], value.shape[place + at.ndim :]
        value = reshaped(da.broadcast_to(value, (*before, *at.shape, *behind)), (*before, at.size, *behind))
    fresh = _write_to_slices(joined, [*rest[:place], at.reshape((-1,)), *rest[place:]], value)
    order = [*others[:place], *chosen, *others[place:]]
    return da.transpose(reshaped(fresh, [x.shape[i] for i in order]), [order.index(i) for i in range(x.ndim)])


def _write_to_slices(x: Any, parts: list[Any], value: Any) -> Any:
    """A write with a slice or an integer for every axis, or for one of them a list of indices.

    Dask's own goes wrong with steps backwards beside integers, with values that lack axes or have too many, and where
    there is nothing to write. It gets none of these.
    """
    key: list[Any] = []
    look: list[Any] = []  # the value, as what is written to the key
    lengths = []
    for part, n in zip(parts, x.shape, strict=True):
        if isinstance(part, int):
            at = _position(part, n)
            key.append(slice(at, at + 1))
            look.append(None)
            continue
        backwards = False
        if isinstance(part, slice):
            chosen = range(n)[part]
            lengths.append(len(chosen))
            backwards = chosen.step < 0
            chosen = chosen[::-1] if backwards else chosen
            part = slice(chosen.start, chosen.stop, chosen.step)
        else:
            lengths.append(part.size)
        key.append(part)
        look.append(slice(None, None, -1 if backwards else None))
    value = _with_axes(value, lengths)
    if getattr(value, "ndim", 0):
        value = value[tuple(look)]
    if all(isinstance(part, slice) and part == slice(0, n, 1) for part, n in zip(key, x.shape, strict=True)):
        # Nothing is left of what was there, so its graph is not carried on.
        value = lazy(value)
        value = value.rechunk({i: x.chunks[i] for i in range(value.ndim) if value.shape[i] == x.shape[i]})
        return da.broadcast_to(value, x.shape, chunks=x.chunks).astype(x.dtype)
    if 0 not in lengths:
        x = x.copy()  # the object only: it may be another tensor's as well
        da.Array.__setitem__(x, tuple(key), value)
    return x


def _with_axes(value: Any, shape: Sequence[int]) -> Any:
    """A value that is written to a shape, with as many axes as that; a number and a single element stay as they are."""
    if not getattr(value, "ndim", 0):
        return value
    extra = value.ndim - len(shape)
    fitting = value[(None,) * -extra]
    if extra > 0 and value.shape[:extra] == (1,) * extra:
        fitting = value[(0,) * extra]
    if fitting.ndim != len(shape) or any(n not in (1, there) for n, there in zip(fitting.shape, shape, strict=True)):
        raise ValueError(f"a value of shape {value.shape} does not fit into {tuple(shape)}")
    return fitting


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
