"""Backends for the tests: one proves that nobody writes to arrays, one that rules ask for the standard only.

Importing this module registers them:

- "readonly" is the NumPy plug-in with arrays that cannot be written to, but by the three writes that the core may do:
  `Backend.write`, `Backend.add_in_place`, and `scatter_add` into an `out` of its own; and what `overwrite` may write to
  is spoilt by it;
- "array_api_strict" is the reference implementation of the standard, on several of its devices. One has no double
  precision, and arrays of two devices refuse to be mixed: who forgets to say where a new array belongs is found out.
"""

from __future__ import annotations

import functools
import math
from types import ModuleType, SimpleNamespace

import array_api_strict
import numpy as np

import apitensor_numpy
from apitensor._core.backend import Backend, register_backend


class ReadOnlyArray(np.ndarray):
    """A NumPy array that cannot be written to, and whose results cannot either."""

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return freeze(getattr(ufunc, method)(*[thaw(x) for x in inputs], **{k: thaw(x) for k, x in kwargs.items()}))

    def __array_function__(self, function, types, args, kwargs):
        return freeze(function(*[thaw(x) for x in args], **{k: thaw(x) for k, x in kwargs.items()}))

    def __getitem__(self, key):
        return freeze(thaw(self)[thaw(key)])


def freeze(result):
    """What a function returned, with read-only windows in the place of its arrays. The memory itself stays writable."""
    if isinstance(result, tuple):
        parts = [freeze(part) for part in result]
        return type(result)(*parts) if hasattr(result, "_fields") else tuple(parts)
    if isinstance(result, list):
        return [freeze(part) for part in result]
    if not isinstance(result, (np.ndarray, np.generic)):
        return result
    array = np.asarray(result).view(ReadOnlyArray)
    array.flags.writeable = False
    return array


def thaw(argument):
    """The same array for NumPy's own code, still read-only."""
    if isinstance(argument, (tuple, list)) and not hasattr(argument, "_fields"):
        return type(argument)(thaw(part) for part in argument)
    return argument.view(np.ndarray) if isinstance(argument, ReadOnlyArray) else argument


def frozen(namespace):
    """A namespace whose functions return read-only arrays."""
    copy = SimpleNamespace()
    for name in dir(namespace):
        value = getattr(namespace, name)
        if isinstance(value, ModuleType) and name in ("linalg", "fft"):
            value = frozen(value)
        elif callable(value) and not isinstance(value, type):
            value = _frozen(value)
        setattr(copy, name, value)
    return copy


def _frozen(function):
    @functools.wraps(function)
    def call(*args, **kwargs):
        return freeze(function(*[thaw(x) for x in args], **{k: thaw(x) for k, x in kwargs.items()}))

    return call


def _writing(write):
    """One of the legal writes, around which the memory may be written to."""

    def call(x, *args):
        x.flags.writeable = True
        try:
            write(thaw(x), *[thaw(y) for y in args])
        finally:
            x.flags.writeable = False
        return x

    return call


def _scatter_add(values, key, shape, /, *, out=None):
    """The plug-in's, which may write to `out`: the third legal write."""
    kernel = apitensor_numpy.load().namespace.scatter_add
    if out is None:
        return freeze(kernel(thaw(values), thaw(key), shape))
    return _writing(lambda out, values, key: kernel(values, key, shape, out=out))(out, values, key)


def _overwrite(x, function, /, *operands):
    """The result in memory of its own, while that of `x` is spoilt: it shows if anybody still reads it."""
    result = function(*operands)
    if isinstance(x, ReadOnlyArray):
        _writing(lambda x: x.fill(math.nan))(x)
    return result


def load_readonly():
    """The NumPy plug-in with read-only arrays."""
    plugin = apitensor_numpy.load()
    namespace = frozen(plugin.namespace)
    namespace.scatter_add = _scatter_add
    namespace.overwrite = _overwrite
    return Backend(
        name="readonly",
        namespace=namespace,
        array_type=ReadOnlyArray,
        devices={"readonly": "cpu"},
        as_array=freeze,
        to_numpy=np.asarray,
        from_numpy=lambda array, device: freeze(np.array(array)),
        aliases=plugin.aliases,
        write=_writing(plugin.write),
        add_in_place=_writing(plugin.add_in_place),
        host=True,
        quiet=plugin.quiet,
        to_text=lambda array: plugin.to_text(np.asarray(array)),
    )


def _write_strictly(x, key, value):
    """`x[key] = value`, where array-api-strict takes a mask, but no tuple of a mask."""
    x[key[0] if len(key) == 1 else key] = value
    return x


def _isin(x1, x2, /, *, invert=False):
    """array-api-strict 2.6 leaves `invert` out."""
    found = array_api_strict.isin(x1, x2)
    return ~found if invert else found


def _diagonal(x, /, *, offset=0):
    """array-api-strict gives a window onto `x`."""
    return array_api_strict.asarray(array_api_strict.linalg.diagonal(x, offset=offset), copy=True)


def _round(x, /):
    """Of integers array-api-strict gives `x` itself where the NumPy below it, such as 2.1, does."""
    return array_api_strict.asarray(array_api_strict.round(x), copy=True)


def load_strict():
    """array-api-strict, with all its devices."""
    names = ("__name__", *array_api_strict.__all__)
    namespace = SimpleNamespace(**{name: getattr(array_api_strict, name) for name in names})
    namespace.isin, namespace.round = _isin, _round
    namespace.linalg = SimpleNamespace(**{**vars(array_api_strict.linalg), "diagonal": _diagonal})
    cpu = array_api_strict.Device("CPU_DEVICE")
    devices = array_api_strict.__array_namespace_info__().devices()
    return Backend(
        name="array_api_strict",
        namespace=namespace,
        array_type=type(array_api_strict.zeros(())),
        devices={f"array_api_strict:{repr(device).split(chr(39))[1]}": device for device in devices},
        as_array=array_api_strict.asarray,
        to_numpy=lambda array: np.from_dlpack(array.to_device(cpu)),
        from_numpy=lambda array, device: array_api_strict.asarray(np.array(array), device=device),
        write=_write_strictly,
        to_text=lambda array: apitensor_numpy.load().to_text(np.from_dlpack(array.to_device(cpu))),
        aliases=lambda view, base: False,  # it does not tell; False costs a copy and is right whatever it does
        quiet=apitensor_numpy.load().quiet,
    )


register_backend("readonly", load_readonly)
register_backend("array_api_strict", load_strict)

CPU = "cpu"
READONLY = "readonly"
# device2 has double precision but makes single precision where it is not told; no_float64 has none.
STRICT = ("array_api_strict:device1", "array_api_strict:device2", "array_api_strict:no_float64")
STRICT_SINGLE = "array_api_strict:no_float64"


def has_double(device):
    """Whether a device has float64 and complex128."""
    return device != STRICT_SINGLE
