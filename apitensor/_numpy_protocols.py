"""NumPy's functions and ufuncs called on tensors compute with the tensors' own functions, and track.

NumPy hands its own function object to `__array_ufunc__` or `__array_function__` of the first operand that has one; its
name says which of ours is meant. What has no counterpart here raises for tensors that track (their gradient would be
lost) and is computed by NumPy for others.
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Iterable
from typing import Any

from ._core import op as core
from ._core.backend import is_one_of, loaded_backends
from ._core.declare import elementwise
from ._core.op import SCALARS, Handle
from ._numpy_functions import MAKERS, MODULES
from ._numpy_names import Unsupported, as_operands, inexact, into
from ._standard.manipulation import as_tensor

# NumPy's names of ufuncs that the standard names otherwise.
_RENAMED = {
    "absolute": "abs", "arccos": "acos", "arccosh": "acosh", "arcsin": "asin", "arcsinh": "asinh", "arctan": "atan",
    "arctan2": "atan2", "arctanh": "atanh", "conjugate": "conj", "invert": "bitwise_invert",
    "left_shift": "bitwise_left_shift", "mod": "remainder", "power": "pow", "right_shift": "bitwise_right_shift",
    "true_divide": "divide",
}  # fmt: skip


def _ignoring_nan(choose: str) -> Callable[[Any, Any, Any], Any]:
    def call(xp: Any, a: Any, b: Any) -> Any:
        a, b = as_operands(a, b)
        return xp.where(xp.isnan(a), b, xp.where(xp.isnan(b), a, getattr(xp, choose)(a, b)))

    return call


def _remainder_by_truncation(xp: Any, a: Any, b: Any) -> Any:
    """What C calls fmod, exact however large the quotient is, as `a - b * trunc(a / b)` is not."""
    y = xp.remainder(a, b)
    if not xp.isdtype(y.dtype, "integral"):
        return xp.copysign(xp.remainder(abs(a), abs(b)), a)
    return xp.where((y != 0) & ((a < 0) ^ (b < 0)), y - b, y)  # abs() of the least integer overflows


_fmod = elementwise(
    "fmod",
    1,
    lambda xp, y, a, b: -xp.trunc(a / b),
    forward=_remainder_by_truncation,
    doc="The remainder of a division that is rounded towards zero, with the sign of the dividend.",
)


def _cube_root(xp: Any, x: Any) -> Any:
    y = xp.copysign(xp.pow(xp.abs(x), 1 / 3), x)
    # A step of Newton's method makes up for 1 / 3, which is not a third: the root of 64 is 4.
    still = (y == 0) | xp.isinf(y)
    z = xp.where(still, 1.0, y)
    return xp.where(still, y, z + (xp.where(still, 1.0, x) / (z * z) - z) / 3)


_cbrt = elementwise("cbrt", lambda xp, y, x: 1 / (3 * y * y), forward=_cube_root, doc="The real cube root.")


def _logaddexp2(xp: Any, a: Any, b: Any) -> Any:
    dtype = xp.result_type(a, b)
    a, b = (x if isinstance(x, SCALARS) else xp.astype(x, dtype, copy=False) for x in as_operands(a, b))
    return xp.logaddexp(a * math.log(2), b * math.log(2)) / math.log(2)


def _heaviside(xp: Any, x: Any, h: Any) -> Any:
    return xp.where(x == 0, h, xp.where(xp.isnan(x), x, xp.astype(x > 0, x.dtype)))


def _ldexp(xp: Any, x: Any, n: Any) -> Any:
    x, n = (as_tensor(operand) for operand in (x, n))
    x = x if x.dtype.kind == "f" else xp.astype(x, xp.float64)
    # The power itself may overflow where the product does not, so it comes in three parts, none of which can. Beyond
    # the limit every product is zero or infinite.
    limit = {2: 45, 4: 300, 8: 2100}[x.dtype.itemsize]
    n = xp.clip(xp.astype(n, xp.int64), -limit, limit)
    third = n // 3
    for part in (third, third, n - 2 * third):
        x = x * xp.pow(2.0, xp.astype(part, x.dtype))
    return x


def _modf(xp: Any, x: Any) -> tuple[Any, Any]:
    whole, infinite = xp.trunc(x), xp.isinf(x)
    return xp.where(infinite, 0.0, x) - xp.where(infinite, 0.0, whole), whole


# Ufuncs that are compositions here.
_COMPOSED: dict[str, Callable[..., Any]] = {
    "cbrt": lambda xp, x: _cbrt(inexact(x)),
    "deg2rad": lambda xp, x: x * (math.pi / 180),
    "degrees": lambda xp, x: x * (180 / math.pi),
    "divmod": lambda xp, a, b: (xp.floor_divide(a, b), xp.remainder(a, b)),
    "exp2": lambda xp, x: xp.pow(2.0, x),
    "fabs": lambda xp, x: xp.abs(inexact(x)),
    "float_power": lambda xp, a, b: xp.pow(xp.astype(as_tensor(a), xp.result_type(a, xp.float64)), b),
    "fmax": _ignoring_nan("maximum"),
    "fmin": _ignoring_nan("minimum"),
    "fmod": lambda xp, a, b: _fmod(a, b),
    "heaviside": lambda xp, x, h: _heaviside(xp, inexact(x), h),
    "logaddexp2": _logaddexp2,
    "ldexp": _ldexp,
    "matvec": lambda xp, a, b: xp.matmul(a, b[..., None])[..., 0],
    "modf": lambda xp, x: _modf(xp, inexact(x)),
    "rad2deg": lambda xp, x: x * (180 / math.pi),
    "radians": lambda xp, x: x * (math.pi / 180),
    "rint": lambda xp, x: xp.round(inexact(x)),
    "vecmat": lambda xp, a, b: xp.matmul(xp.conj(a)[..., None, :], b)[..., 0, :],
}

# What reducing by a ufunc is called.
_REDUCTIONS = {
    "add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min", "logical_and": "all", "logical_or": "any"
}  # fmt: skip
_ACCUMULATIONS = {"add": "cumsum", "multiply": "cumprod"}
# Parameters of ufuncs with values that change nothing.
_MEANINGLESS = {"casting": "same_kind", "order": "K", "subok": True, "where": True}


def _counterpart(ufunc: Any) -> Callable[..., Any] | None:
    """Our function for a ufunc of NumPy's or scipy.special's; somebody else's may mean anything by its name."""
    name: str = ufunc.__name__
    xp = core.namespace
    numpy = sys.modules["numpy"]
    if getattr(numpy, name, None) is ufunc:
        if name in _COMPOSED:
            composed = _COMPOSED[name]
            return lambda *operands: composed(xp, *operands)
        return getattr(xp, _RENAMED.get(name, name), None)
    # With SCIPY_ARRAY_API set, scipy.special has wrappers in their place.
    if any(getattr(sys.modules.get(home), name, None) is ufunc for home in ("scipy.special", "scipy.special._ufuncs")):
        return getattr(getattr(xp, "special", None), name, None) or getattr(xp, name, None)  # log1p, expm1, round
    return None


def _tensors(obj: Any) -> Iterable[Any]:
    """The tensors among the arguments of a call, in sequences too."""
    if isinstance(obj, Handle):
        yield obj
    elif isinstance(obj, (list, tuple)):
        for item in obj:
            yield from _tensors(item)
    elif isinstance(obj, dict):
        yield from _tensors(list(obj.values()))


def _on_arrays(obj: Any) -> Any:
    """The arguments of a call with NumPy arrays in the place of tensors."""
    if isinstance(obj, Handle):
        return obj.numpy()  # type: ignore[attr-defined]
    if isinstance(obj, (list, tuple)):
        items = [_on_arrays(item) for item in obj]
        return type(obj)(*items) if hasattr(obj, "_fields") else type(obj)(items)
    return {k: _on_arrays(v) for k, v in obj.items()} if isinstance(obj, dict) else obj


def _by_numpy(function: Any, name: str, args: Any, kwargs: Any, why: str = "has no counterpart for tensors") -> Any:
    """Let NumPy compute on the tensors' arrays; what tracks raises."""
    for x in _tensors([args, kwargs]):
        if x.requires_grad or x._tangents is not None:
            raise TypeError(
                f"{name} {why} and would lose the gradient that an operand tracks; say x.detach() where that is meant"
            )
    return function(*_on_arrays(args), **_on_arrays(kwargs))


def array_ufunc(self: Any, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """What `Tensor.__array_ufunc__` does."""
    home = "np." if getattr(sys.modules["numpy"], ufunc.__name__, None) is ufunc else ""
    name = f"{home}{ufunc.__name__}" + ("" if method == "__call__" else f".{method}")
    out = kwargs.pop("out", None)
    try:
        if not all(isinstance(x, (Handle, list, tuple, *SCALARS)) or _is_raw(type(x)) for x in inputs):
            return NotImplemented
        more = _more_than_arrays(map(type, inputs))
        result = NotImplemented if more else _ufunc(ufunc, method, inputs, dict(kwargs), out)
    except Unsupported as reason:
        if out is not None:
            raise TypeError(str(reason)) from None
        return _by_numpy(getattr(ufunc, method), name, inputs, kwargs, f"with such arguments ({reason})")
    if result is not NotImplemented:
        return result
    name += more
    written = inputs[:1] if method == "at" else out or ()
    if any(isinstance(x, Handle) for x in written):
        raise TypeError(f"{name} has no counterpart for tensors and cannot write into one")
    return _by_numpy(getattr(ufunc, method), name, inputs, kwargs | ({} if out is None else {"out": out}))


def _is_raw(kind: type) -> bool:
    """Whether these are arrays or scalars of NumPy's, which calls us, whatever backends are loaded, or of a backend."""
    numpy = sys.modules["numpy"]
    return issubclass(kind, (numpy.ndarray, numpy.generic)) or any(
        issubclass(kind, backend.operand_types) for backend in loaded_backends()
    )


def _more_than_arrays(kinds: Iterable[type]) -> str:
    """The class, for messages, of arrays that are more than their elements: NumPy knows what a masked array is."""
    arrays = (sys.modules["numpy"].ndarray,)
    return next((f" of a {k.__name__}" for k in kinds if issubclass(k, arrays) and not is_one_of(k, arrays)), "")


def _ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any], out: Any) -> Any:
    xp = core.namespace
    axis = kwargs.pop("axis", 0 if method in ("reduce", "accumulate") else None)
    kwargs = {k: v for k, v in kwargs.items() if v is not None and not (k in _MEANINGLESS and v is _MEANINGLESS[k])}
    if ufunc.__name__.startswith("logical_") and "initial" in kwargs:
        return NotImplemented  # NumPy's own all and any know none
    if method == "reduce" and ufunc.__name__ in _REDUCTIONS:
        return MODULES["numpy"][_REDUCTIONS[ufunc.__name__]](*inputs, axis=axis, out=out, **kwargs)
    counterpart = _counterpart(ufunc)
    if method == "accumulate" and ufunc.__name__ in _ACCUMULATIONS:
        return MODULES["numpy"][_ACCUMULATIONS[ufunc.__name__]](*inputs, axis, out=out, **kwargs)
    if method == "at" and ufunc.__name__ in _WRITES_AT and isinstance(inputs[0], Handle):
        return _write_at(_WRITES_AT[ufunc.__name__], *inputs)
    if counterpart is None or method not in ("__call__", "outer"):
        return NotImplemented
    operands = list(inputs)
    dtype, where = kwargs.pop("dtype", None), kwargs.pop("where", None)
    if kwargs:
        raise Unsupported(f"{', '.join(kwargs)}: not supported for tensors")
    if method == "outer":
        a, b = (as_tensor(x) for x in operands)
        operands = [xp.reshape(a, a.shape + (1,) * b.ndim), b]
    if dtype is not None:
        operands = [x if isinstance(x, SCALARS) else xp.astype(as_tensor(x), dtype, copy=False) for x in operands]
    y = counterpart(*operands) if axis is None else counterpart(*operands, axis=axis)
    if where is not None:
        if out is None or isinstance(y, tuple):
            raise Unsupported("where=... needs out=...")
        y = xp.where(xp.asarray(where), y, xp.asarray(out[0]))
    if isinstance(y, tuple):
        return tuple([into(o, part) for o, part in zip(out, y, strict=True)]) if out else y
    return into(out, y)


_WRITES_AT = {"add": operator.iadd, "subtract": operator.isub}


def _write_at(write: Callable[[Any, Any], Any], x: Any, key: Any, values: Any) -> None:
    """`x[key] += values` or `-=`, where repeated positions add up."""
    xp = core.namespace
    values = xp.broadcast_to(xp.asarray(values, dtype=x.dtype, device=x.device), x[key].shape)
    write(x, xp.scatter_add(values, key if isinstance(key, tuple) else (key,), x.shape))


# They write to an argument, which a copy on its way to NumPy would swallow.
_WRITERS = frozenset({"fill_diagonal", "place", "put", "put_along_axis", "putmask"})


def array_function(self: Any, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """What `Tensor.__array_function__` does."""
    if not all(issubclass(t, Handle) or _is_raw(t) for t in types):
        return NotImplemented  # another library's array knows what to do, or nobody does
    module, name = getattr(function, "__module__", None) or "numpy", function.__name__
    if module == "numpy" and name in MAKERS:
        return MAKERS[name](*args, **kwargs | {"device": self.device})
    counterpart = MODULES.get(module, {}).get(name)
    shown = f"{module.replace('numpy', 'np', 1)}.{name}"
    if name in _WRITERS and any(isinstance(x, Handle) for x in args[:1]):
        raise TypeError(f"{shown} writes to its argument; assign to x[key] instead")
    more = _more_than_arrays(types)
    if counterpart is None or more:
        return _by_numpy(function, shown + more, args, kwargs)
    try:
        return counterpart(*args, **kwargs)
    except Unsupported as reason:
        return _by_numpy(function, shown, args, kwargs, f"with such arguments ({reason})")
