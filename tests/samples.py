"""One record per call worth testing: what it is called with, and where it is differentiable.

tests/test_ops.py and `python -m tests.gradients` try all that is to be known of an op on all records of `SAMPLES`. Who
adds an op adds a line here and nothing else. A record says what it calls in one of two ways:

    sample("sum", anywhere(2, 3), axis=0)                                     calls sum(x, axis=0)
    sample("concat", anywhere(2), anywhere(3), call=lambda xp, a, b: xp.concat([a, b]))

Operands are drawn from domains in which the function is smooth: differences shall not step over a kink. Kinks and poles
have records of their own, made with `exactly`, that say which gradient the convention wants (`gradient=`), or just that
a zero cotangent gives zero there (`smooth=False`).
"""

from __future__ import annotations

import operator
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

REAL, COMPLEX = "real", "complex"
ONLY_REAL, ONLY_COMPLEX, BOTH = (REAL,), (COMPLEX,), (REAL, COMPLEX)
DOUBLE = "double precision"


@dataclass(frozen=True)
class Operand:
    """An array to be drawn: from a domain, in a shape, and of a kind.

    The kind is "inexact" (real or complex as the run wants it), "real" or "complex" (always so), "int", "bool", or the
    name of a data type. Single or double precision is the run's choice.
    """

    domain: str
    shape: tuple[int, ...]
    kind: str = "inexact"
    value: Any = None

    def dtype(self, field: str, single: bool) -> str:
        """Its data type in a run over the real or the complex field."""
        kind = field if self.kind == "inexact" else self.kind
        if kind == REAL:
            return "float32" if single else "float64"
        if kind == COMPLEX:
            return "complex64" if single else "complex128"
        return {"int": "int64"}.get(kind, kind)

    def draw(self, rng: np.random.Generator, field: str, single: bool) -> Any:
        """The array; the same numbers in every precision."""
        dtype = self.dtype(field, single)
        if self.value is not None:
            return np.array(self.value, dtype=dtype)
        return np.asarray(DOMAINS[self.domain](rng, self.shape, np.dtype(dtype).kind == "c")).astype(dtype)


# ---- domains: `draw(rng, shape, whether complex)`, in double precision


def _signs(rng, shape):
    return rng.choice([-1.0, 1.0], shape)


def _disturbed(rng, x, is_complex):
    """`x`, moved into the complex plane but not across the real axis' branch cuts."""
    return x + 1j * _signs(rng, x.shape) * rng.uniform(0.2, 0.6, x.shape) if is_complex else x


def _anywhere(rng, shape, is_complex):
    return _disturbed(rng, _signs(rng, shape) * rng.uniform(0.3, 1.7, shape), is_complex)


def _positive(rng, shape, is_complex):
    return _disturbed(rng, rng.uniform(0.5, 2.0, shape), is_complex)


def _inside(rng, shape, is_complex):
    return _disturbed(rng, _signs(rng, shape) * rng.uniform(0.1, 0.8, shape), is_complex)


def _above_one(rng, shape, is_complex):
    return _disturbed(rng, rng.uniform(1.3, 2.5, shape), is_complex)


def _distinct(rng, shape, is_complex):
    """Elements that are far from each other, from integers and from zero."""
    size = int(np.prod(shape))
    return _disturbed(rng, 0.7 * rng.permutation(np.arange(size) - size // 2).reshape(shape) + 0.3, is_complex)


def _matrix(rng, shape, is_complex):
    """A matrix with singular values between 0.5 and 3, well apart."""
    *batch, m, n = shape
    u = np.linalg.qr(_anywhere(rng, (*batch, m, m), is_complex))[0]
    v = np.linalg.qr(_anywhere(rng, (*batch, n, n), is_complex))[0]
    size = min(m, n)
    return (u[..., :size] * np.linspace(3.0, 0.5, size)) @ v[..., :size, :]


def _definite(rng, shape, is_complex):
    """A positive definite matrix with eigenvalues well apart."""
    u = np.linalg.qr(_anywhere(rng, shape, is_complex))[0]
    return (u * np.linspace(0.7, 3.0, shape[-1])) @ np.conj(np.swapaxes(u, -1, -2))


def _integers(rng, shape, is_complex):
    return rng.integers(1, 5, shape)


def _booleans(rng, shape, is_complex):
    return rng.integers(0, 2, shape) == 1


DOMAINS: dict[str, Callable[..., Any]] = {
    "anywhere": _anywhere,
    "positive": _positive,
    "inside": _inside,
    "above_one": _above_one,
    "distinct": _distinct,
    "matrix": _matrix,
    "definite": _definite,
    "integers": _integers,
    "booleans": _booleans,
}


def _operand(domain: str, kind: str = "inexact") -> Callable[..., Operand]:
    def make(*shape: int, kind: str = kind) -> Operand:
        return Operand(domain, shape, kind)

    return make


anywhere = _operand("anywhere")  # not near zero
positive = _operand("positive")
inside = _operand("inside")  # of the unit interval
above_one = _operand("above_one")
distinct = _operand("distinct")
matrix = _operand("matrix")
definite = _operand("definite")
integers = _operand("integers", "int")
booleans = _operand("booleans", "bool")


def exactly(value: Any, kind: str = "inexact") -> Operand:
    """These very numbers."""
    return Operand("exactly", np.shape(value), kind, value)


# ---- records


@dataclass(frozen=True, eq=False)
class Sample:
    """One call.

    Attributes
    ----------
    name : the function's public path ("exp", "linalg.svd", "Tensor.__add__")
    operands : arrays to be drawn, Python scalars or None
    call : `call(xp, *operands)`, over apitensor or a backend's namespace
    wrt : the operands, by index, that it is differentiable in; none for a function without derivative
    fields : over which fields: real numbers, complex ones, or both
    smooth : whether differences make sense at the operands
    gradient : the gradients of the sum of the results with respect to `wrt`, where a convention decides them
    needs : what the call needs beyond the standard, so that not every backend has it; empty if nothing
    raw : whether `call` runs on a backend's own arrays
    warns : the NumPy warning that the values raise, as a filter's message; the values are meant to
    """

    name: str
    operands: tuple[Any, ...]
    call: Callable[..., Any]
    wrt: tuple[int, ...]
    fields: tuple[str, ...]
    smooth: bool = True
    gradient: tuple[Any, ...] | None = None
    needs: str = ""
    raw: bool = True
    warns: str = ""

    def __post_init__(self) -> None:
        _count[self.name] = _count.get(self.name, 0) + 1
        object.__setattr__(self, "id", f"{self.name}-{_count[self.name]}")

    def runs(self, single: bool, strict: bool) -> bool:
        """Whether it can run in single precision, and on a backend that has the standard and nothing else."""
        double = self.needs == DOUBLE or any(isinstance(x, Operand) and x.kind == "float64" for x in self.operands)
        return not (single and double) and not (strict and self.needs not in ("", DOUBLE))

    def has_differences(self) -> bool:
        """Whether there is a derivative, and differences to compare it with."""
        return bool(self.wrt) and self.smooth and any(0 not in self.operands[i].shape for i in self.wrt)

    def draw(self, field: str, single: bool = False) -> list[Any]:
        """The operands as NumPy arrays, the same ones each time."""
        rng = np.random.default_rng(zlib.crc32(self.id.encode()))  # type: ignore[attr-defined]
        return [x.draw(rng, field, single) if isinstance(x, Operand) else x for x in self.operands]


_count: dict[str, int] = {}
SAMPLES: list[Sample] = []


def resolve(xp: Any, path: str) -> Any:
    """What stands at a path such as "linalg.svd" in a namespace."""
    return operator.attrgetter(path)(xp)


def sample(
    name: str,
    *operands: Any,
    call: Callable[..., Any] | None = None,
    wrt: tuple[int, ...] | None = None,
    fields: tuple[str, ...] = BOTH,
    smooth: bool = True,
    gradient: tuple[Any, ...] | None = None,
    needs: str = "",
    raw: bool = True,
    warns: str = "",
    **parameters: Any,
) -> None:
    """Add a record. By default it is differentiable in every operand that is neither integer nor boolean."""
    if call is None:

        def call(xp: Any, *xs: Any) -> Any:
            return resolve(xp, name)(*xs, **parameters)

    if wrt is None:
        wrt = tuple(
            i
            for i, x in enumerate(operands)
            if isinstance(x, Operand) and not x.kind.startswith(("int", "uint", "bool"))
        )
    smooth = smooth and gradient is None
    SAMPLES.append(Sample(name, operands, call, wrt, fields, smooth, gradient, needs, raw, warns))


def constant(name: str, *operands: Any, fields: tuple[str, ...] = ONLY_REAL, **rest: Any) -> None:
    """Add a record of a function without a derivative: its results track nothing."""
    sample(name, *operands, wrt=(), fields=fields, **rest)


# ---- elementwise functions

UNARY = {
    "abs": anywhere,
    "acos": inside,
    "acosh": above_one,
    "asin": inside,
    "asinh": anywhere,
    "atan": anywhere,
    "atanh": inside,
    "conj": anywhere,
    "cos": anywhere,
    "cosh": anywhere,
    "exp": anywhere,
    "expm1": anywhere,
    "log": positive,
    "log1p": positive,
    "log2": positive,
    "log10": positive,
    "negative": anywhere,
    "positive": anywhere,
    "real": anywhere,
    "reciprocal": anywhere,
    "sin": anywhere,
    "sinh": anywhere,
    "sqrt": positive,
    "square": anywhere,
    "tan": anywhere,
    "tanh": anywhere,
}
for _name, _domain in UNARY.items():
    for _shape in ((2, 3), (), (0, 2)):
        sample(_name, _domain(*_shape))

sample("imag", anywhere(2, 3), fields=ONLY_COMPLEX)
sample("imag", anywhere(), fields=ONLY_COMPLEX)
sample("sign", anywhere(2, 3), fields=ONLY_COMPLEX)
sample("sign", anywhere(), fields=ONLY_COMPLEX)
constant("sign", anywhere(2, 3))

# Two operands: broadcasting both ways, without dimensions, empty, a scalar on either side, and mixed data types.
BINARY = {
    "add": (anywhere, anywhere, BOTH),
    "atan2": (anywhere, anywhere, ONLY_REAL),
    "copysign": (anywhere, anywhere, ONLY_REAL),
    "divide": (anywhere, anywhere, BOTH),
    "hypot": (anywhere, anywhere, ONLY_REAL),
    "logaddexp": (anywhere, anywhere, ONLY_REAL),
    "maximum": (anywhere, anywhere, ONLY_REAL),
    "minimum": (anywhere, anywhere, ONLY_REAL),
    "multiply": (anywhere, anywhere, BOTH),
    "pow": (positive, anywhere, BOTH),
    "remainder": (anywhere, positive, ONLY_REAL),
    "subtract": (anywhere, anywhere, BOTH),
}
for _name, (_first, _second, _fields) in BINARY.items():
    for _shape, _other in (((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2,)), ((2,), ()), ((0, 2), (2,))):
        sample(_name, _first(*_shape), _second(*_other), fields=_fields)
    sample(_name, _first(2, 3), 0.45, fields=_fields)
    sample(_name, 0.45, _second(3), fields=_fields)
    sample(_name, _first(3, kind="float32"), _second(2, 1, kind="float64"), fields=ONLY_REAL)
    if _fields is BOTH:
        sample(_name, _first(3, kind="real"), _second(2, 3), fields=ONLY_COMPLEX)
        sample(_name, _first(2, 3), _second(3, kind="real"), fields=ONLY_COMPLEX)
    sample(_name, _first(2, 3), integers(3), fields=ONLY_REAL, needs="promotion of integers to floating-point numbers")
for _name in ("add", "divide", "hypot", "logaddexp", "multiply", "pow", "subtract"):  # the same tensor twice
    sample(
        _name,
        positive(2, 3),
        call=lambda xp, x, name=_name: getattr(xp, name)(x, x) * x,  # times x, since x / x and x - x are constant
        fields=BINARY[_name][2],
    )
sample("pow", anywhere(2, 3), 3)  # integer exponents leave negative bases real
sample("pow", anywhere(2, 3), -2)
sample("pow", anywhere(2, 3), -1)
sample("pow", anywhere(3), exactly([2.0, 1.0, 3.0]), wrt=(0,))

for _bounds in ((inside(3), above_one(3)), (-0.5, 0.6), (anywhere(2, 1), None), (None, 0.4)):
    sample("clip", distinct(2, 3), *_bounds, fields=ONLY_REAL)
sample("clip", distinct(3), call=lambda xp, x: xp.clip(x, max=0.5), fields=ONLY_REAL)

for _name in ("bitwise_and", "bitwise_left_shift", "bitwise_or", "bitwise_right_shift", "bitwise_xor"):
    constant(_name, integers(2, 3), integers(3))
    constant(_name, integers(3), 1)
constant("bitwise_invert", integers(2, 3))
for _name in ("equal", "greater", "greater_equal", "less", "less_equal", "not_equal", "floor_divide", "nextafter"):
    constant(_name, anywhere(2, 3), positive(3))
    if _name != "nextafter":
        constant(_name, anywhere(2, 3), 0.45)
for _name in ("logical_and", "logical_or", "logical_xor"):
    constant(_name, booleans(2, 3), booleans(3))
constant("logical_not", booleans(2, 3))
for _name in ("ceil", "floor", "isfinite", "isinf", "isnan", "round", "signbit", "trunc"):
    constant(_name, anywhere(2, 3))

# Kinks and poles. The sum's gradient where a convention decides it; elsewhere zero cotangents must give zero.
DIVIDES = "divide by zero|invalid value"
INVALID = "invalid value"
sample("abs", exactly([0.0, -0.0, 2.0]), gradient=([0.0, 0.0, 1.0],))
sample("sign", exactly([0.0, 2.0]), gradient=([0.0, 0.0],), fields=ONLY_COMPLEX)
sample("hypot", exactly([0.0, 3.0]), exactly([0.0, 4.0]), gradient=([0.0, 0.6], [0.0, 0.8]), fields=ONLY_REAL)
sample("hypot", exactly([3e200]), exactly([4e200]), gradient=([0.6], [0.8]), fields=ONLY_REAL, needs=DOUBLE)
sample("atan2", exactly([0.0, 0.0]), exactly([0.0, 2.0]), gradient=([0.0, 0.5], [0.0, 0.0]), fields=ONLY_REAL)
_ends = exactly([0.0, 1.0, np.inf, np.inf]), exactly([np.inf, -np.inf, 1.0, np.inf])
sample("atan2", *_ends, gradient=([0.0] * 4, [0.0] * 4), fields=ONLY_REAL)
sample("maximum", exactly([1.0, 2.0]), exactly([1.0, 3.0]), gradient=([0.5, 0.0], [0.5, 1.0]), fields=ONLY_REAL)
sample("minimum", exactly([1.0, 2.0]), exactly([1.0, 3.0]), gradient=([0.5, 1.0], [0.5, 0.0]), fields=ONLY_REAL)
sample("clip", exactly([0.0, 0.5, 2.0]), 0.0, 1.0, gradient=([0.5, 1.0, 0.0],), fields=ONLY_REAL)
sample("copysign", exactly([0.0, 2.0]), exactly([-0.0, -1.0]), gradient=([-1.0, -1.0], [0.0, 0.0]), fields=ONLY_REAL)
sample("pow", exactly([0.0, -2.0]), exactly([0.0, 0.0]), wrt=(0,), gradient=([0.0, 0.0],), fields=ONLY_REAL)
sample("pow", exactly([0.0, 0.0]), exactly([1.0, 2.0]), wrt=(0,), gradient=([1.0, 0.0],), fields=ONLY_REAL)
sample("pow", 0.0, exactly([2.0, 3.0]), gradient=([0.0, 0.0],), fields=ONLY_REAL)
sample("logaddexp", exactly([-np.inf, -np.inf, 0.0]), exactly([-np.inf, 0.0, 0.0]), smooth=False, fields=ONLY_REAL)
sample("sqrt", exactly([0.0, 0.0]), smooth=False)
sample("sqrt", exactly([-1.0, 4.0]), smooth=False, fields=ONLY_REAL, warns=INVALID)
sample("log", exactly([0.0, 0.0]), smooth=False, warns=DIVIDES)
sample("reciprocal", exactly([0.0, 1.0]), smooth=False, warns=DIVIDES)
sample("divide", exactly([1.0, 1.0]), exactly([0.0, 2.0]), smooth=False, warns=DIVIDES)
sample("divide", exactly([1.0, -2.0]), 0.0, smooth=False, warns=DIVIDES)
sample("acos", exactly([1.0, -1.0]), smooth=False, fields=ONLY_REAL)
sample("atanh", exactly([1.0, -1.0]), smooth=False, fields=ONLY_REAL, warns=DIVIDES)
sample("pow", exactly([0.0, -1.0]), exactly([0.5, 0.5]), smooth=False, fields=ONLY_REAL, warns=INVALID)
sample(  # the trap of all peers: the branch that is not taken has no derivative there
    "where",
    exactly([-1.0, 0.0, 4.0]),
    call=lambda xp, x: xp.where(x > 0, xp.sqrt(x), 0.0),
    gradient=([0.0, 0.0, 0.25],),
    fields=ONLY_REAL,
    warns=INVALID,
)

# ---- where, searching, sorting, sets

sample("where", booleans(2, 3), anywhere(2, 3), anywhere(2, 3))
sample("where", booleans(2, 3), anywhere(3), anywhere(2, 1))
sample("where", booleans(3), anywhere(2, 1), 0.5)
sample("where", booleans(3), 0.5, anywhere())
sample("where", booleans(3), anywhere(3, kind="real"), anywhere(3), fields=ONLY_COMPLEX)
for _name in ("argmax", "argmin"):
    constant(_name, distinct(2, 3))
    constant(_name, distinct(2, 3), axis=1, keepdims=True)
constant("argsort", distinct(2, 3))
constant("argsort", distinct(2, 3), axis=0, descending=True)
constant("count_nonzero", booleans(2, 3), axis=1)
constant("nonzero", booleans(2, 3))
constant("searchsorted", exactly([0.0, 1.0, 2.0]), exactly([0.5, 1.0, 3.0]))
constant("searchsorted", exactly([0.0, 1.0, 2.0]), exactly([0.5, 1.0, 3.0]), side="right")
constant("isin", integers(2, 3), integers(2))
sample("sort", distinct(3, 4), fields=ONLY_REAL)
sample("sort", distinct(3, 4), axis=0, descending=True, fields=ONLY_REAL)
sample("sort", distinct(2, 2, 3), axis=-2, stable=False, fields=ONLY_REAL)
sample("sort", exactly([2.0, 1.0, 2.0]), gradient=([1.0, 1.0, 1.0],), fields=ONLY_REAL)
sample("sort", anywhere(0), fields=ONLY_REAL)
REPEATED = ((0.5, 2.0, 0.5), (1.0, 2.0, -1.0))  # values that occur twice, so that steps tear them apart
sample("unique_all", distinct(2, 3), call=lambda xp, x: xp.unique_all(x).values, fields=ONLY_REAL)
sample("unique_counts", distinct(2, 3), call=lambda xp, x: xp.unique_counts(x).values, fields=ONLY_REAL)
sample("unique_inverse", distinct(2, 3), call=lambda xp, x: xp.unique_inverse(x).values, fields=ONLY_REAL)
sample("unique_values", distinct(2, 3), fields=ONLY_REAL)
constant("unique_all", exactly(REPEATED), call=lambda xp, x: xp.unique_all(x)[1:])
constant("unique_counts", exactly(REPEATED), call=lambda xp, x: xp.unique_counts(x).counts)
constant("unique_inverse", exactly(REPEATED), call=lambda xp, x: xp.unique_inverse(x).inverse_indices)
sample("unique_values", exactly(REPEATED), smooth=False, fields=ONLY_REAL)

# ---- statistics

AXES = ({}, {"axis": 0}, {"axis": -1, "keepdims": True}, {"axis": (0, 2)}, {"axis": ()})
for _axes in AXES:
    for _name in ("sum", "prod", "mean"):
        sample(_name, anywhere(2, 3, 2), **_axes)
    for _name in ("max", "min"):
        sample(_name, distinct(2, 3, 2), fields=ONLY_REAL, **_axes)
    if _axes.get("axis") != ():
        for _name in ("std", "var"):
            sample(_name, anywhere(2, 3, 2), fields=ONLY_REAL, **_axes)
for _name in ("sum", "prod", "mean", "std", "var", "max", "min"):
    sample(_name, anywhere(), fields=ONLY_REAL, **({"smooth": False} if _name in ("std", "var") else {}))
for _name in ("sum", "prod"):
    sample(_name, anywhere(0, 2), axis=0)
    sample(
        _name,
        anywhere(2, 3, kind="float32"),
        call=lambda xp, x, name=_name: getattr(xp, name)(x, dtype=xp.float64),
        fields=ONLY_REAL,
        needs=DOUBLE,
    )
for _name in ("std", "var"):
    sample(_name, anywhere(2, 4), axis=1, correction=1, fields=ONLY_REAL)
    sample(_name, anywhere(2, 4), correction=0.5, keepdims=True, fields=ONLY_REAL)
    sample(_name, exactly([3.0, 3.0, 3.0]), gradient=([0.0, 0.0, 0.0],), fields=ONLY_REAL)
sample("max", exactly([1.0, 2.0, 2.0]), gradient=([0.0, 0.5, 0.5],), fields=ONLY_REAL)
sample("min", exactly([[1.0, 1.0], [2.0, 3.0]]), gradient=([[0.5, 0.5], [0.0, 0.0]],), fields=ONLY_REAL)
sample("prod", exactly([2.0, 0.0, 3.0]))
sample("prod", exactly([[2.0, 0.0, 3.0, 0.0], [1.0, 2.0, 0.5, 3.0]]), axis=1)
sample("prod", exactly([[0.0, 2.0], [0.0, 3.0], [1.5, 0.5]]), axis=0)
for _name in ("cumulative_sum", "cumulative_prod"):
    sample(_name, anywhere(4))
    sample(_name, anywhere(2, 3), axis=0)
    sample(_name, anywhere(2, 3), axis=-1, include_initial=True)
    sample(_name, anywhere(0))
sample("cumulative_prod", anywhere(2, 67), axis=1)  # so long that the recurrence of its derivative is halved
sample("cumulative_prod", exactly([1.5, *[0.5, -1.25, 2.0] * 13, 0.0, *[1.1] * 9, 0.0, *[0.9] * 26]))
sample("cumulative_prod", exactly([2.0, 0.0, 3.0, 1.5]))
sample("cumulative_prod", exactly([[2.0, 0.0, 3.0, 0.0, 1.5]]), axis=1, include_initial=True)

# ---- utility

for _name in ("all", "any"):
    constant(_name, booleans(2, 3))
    constant(_name, booleans(2, 3), axis=1, keepdims=True)
sample("diff", anywhere(2, 4))
sample("diff", anywhere(4, 2), axis=0, n=2)
sample("diff", anywhere(2, 3), anywhere(2, 1), anywhere(2, 2), call=lambda xp, x, a, b: xp.diff(x, prepend=a, append=b))
sample("diff", anywhere(3), n=0)

# ---- creation


sample("asarray", anywhere(2, 3), copy=True)
sample("asarray", anywhere(), anywhere(), call=lambda xp, a, b: xp.asarray([[a, b], [1.0, a]]), raw=False)
for _name in ("tril", "triu"):
    sample(_name, anywhere(3, 3))
    sample(_name, anywhere(2, 2, 3), k=-1)
    sample(_name, anywhere(3, 2), k=1)
sample("meshgrid", anywhere(2), anywhere(3))
sample("meshgrid", anywhere(2), anywhere(3), anywhere(2), indexing="ij")
sample("meshgrid", anywhere(2), anywhere(3), call=lambda xp, a, b: xp.meshgrid(a, b)[0], wrt=(0,))
sample("full", anywhere(), call=lambda xp, x: xp.full((2, 3), x), raw=False)
sample("full_like", anywhere(2, 3), anywhere(), wrt=(1,), raw=False)
sample("linspace", anywhere(), anywhere(), num=4, fields=ONLY_REAL, raw=False)
sample("linspace", anywhere(2), anywhere(2), num=3, endpoint=False, raw=False, needs="ends that are arrays")
sample("arange", exactly(0.25), exactly(0.5), call=lambda xp, a, b: xp.arange(a, 2.1, b), fields=ONLY_REAL, raw=False)
for _name in ("empty_like", "ones_like", "zeros_like"):
    constant(_name, anywhere(2, 3), call=lambda xp, x, name=_name: getattr(xp, name)(x) * 0)
constant("full_like", anywhere(2, 3), 2.0)
constant("arange", call=lambda xp: xp.arange(1.0, 7.0, 2.5), fields=ONLY_REAL)
constant("empty", call=lambda xp: xp.empty((2, 0)))
constant("eye", call=lambda xp: xp.eye(2, 3, k=1))
constant("full", call=lambda xp: xp.full((2,), 0.5))
constant("linspace", call=lambda xp: xp.linspace(0.0, 1.0, 5))
constant("ones", call=lambda xp: xp.ones((2, 3)))
constant("zeros", call=lambda xp: xp.zeros((2, 3)))
constant("from_dlpack", call=lambda xp: xp.from_dlpack(np.arange(3.0)), needs="another library's array", raw=False)
sample("from_dlpack", anywhere(2), raw=False)

# ---- data types


sample("astype", anywhere(2, 3), call=lambda xp, x: xp.astype(x, xp.complex128), needs=DOUBLE)
sample(
    "astype",
    anywhere(2, 3, kind="real"),
    call=lambda xp, x: xp.astype(x, xp.complex64),
    fields=ONLY_COMPLEX,
    smooth=False,
)
sample("astype", anywhere(2, 3), call=lambda xp, x: xp.astype(x, xp.float32), fields=ONLY_REAL, smooth=False)
sample("astype", anywhere(2, 3), call=lambda xp, x: xp.astype(x, x.dtype, copy=False))
constant("astype", anywhere(2, 3), call=lambda xp, x: xp.astype(x, xp.int32))

# ---- indexing, as a function of the tensor

KEYS: dict[str, Any] = {
    "integer": (1, ...),
    "integers": (0, 2, -1),
    "slice": (slice(None), slice(0, 2), ...),
    "step": (..., slice(None, None, 2)),
    "backwards": (slice(None, None, -1), ..., slice(3, 0, -2)),
    "new axes": (None, slice(None), None, ..., 1),
    "ellipsis": (...,),
    "nothing left": (slice(1, 1), ...),
}
FANCY: dict[str, Any] = {
    "array": np.array([1, 0, 1]),
    "arrays that broadcast": (np.array([[0], [1]]), np.array([2, 2, 0]), 1),
    "array behind a slice": (slice(None), np.array([[0, 2], [2, 2]])),
    "arrays apart": (np.array([0, 1, 1]), slice(1, 3), np.array([3, 3, 0])),
    "array and new axis": (np.array([0, 0]), None, slice(None), 1),
    "negative": (..., np.array([-1, 3, -4])),
    "mask and slice": (slice(None), np.array([True, False, True]), slice(1, None)),
    "mask of two axes": (np.array([[True, False, True], [False, False, True]]), slice(None, None, -1)),
    "no index": (np.zeros((0,), dtype=np.int64),),
    "list": ([0, 1, 0],),
}
MASK = np.arange(24).reshape(2, 3, 4) % 5 == 1


def onto(x, key):
    """A key whose arrays are tensors beside `x`, or stay NumPy's where `x` is NumPy's."""
    if isinstance(x, np.ndarray):
        return key
    parts = [_beside(x, part) for part in key] if isinstance(key, tuple) else _beside(x, key)
    return tuple(parts) if isinstance(key, tuple) else parts


def _beside(x, part):
    import apitensor

    return apitensor.asarray(part, device=x.device) if isinstance(part, np.ndarray) else part


def assigned(x, key, value):
    """A copy of `x` after `copy[key] = value`. The copy is made by a multiplication: a leaf cannot be assigned to."""
    copy = x * 1
    copy[onto(x, key)] = value
    return copy


def _shape_at(key):
    return np.zeros((2, 3, 4))[key].shape


for _note, _key in KEYS.items():
    sample("Tensor.__getitem__", anywhere(2, 3, 4), call=lambda xp, x, key=_key: x[key])
    if not any(part is None for part in _key):
        sample(
            "Tensor.__setitem__",
            anywhere(2, 3, 4),
            anywhere(*_shape_at(_key)),
            call=lambda xp, x, value, key=_key: assigned(x, key, value),
        )
for _note, _key in FANCY.items():
    sample("Tensor.__getitem__", anywhere(2, 3, 4), call=lambda xp, x, key=_key: x[onto(x, key)], needs="mixed keys")
    sample(
        "Tensor.__setitem__",
        anywhere(2, 3, 4),
        anywhere(*_shape_at(_key)),
        call=lambda xp, x, value, key=_key: assigned(x, key, value),
        needs="assignment by index arrays",
    )
sample("Tensor.__getitem__", anywhere(4), call=lambda xp, x: x[2])
sample("Tensor.__getitem__", anywhere(), call=lambda xp, x: x[()])
sample("Tensor.__getitem__", anywhere(2, 3, 4), call=lambda xp, x: x[onto(x, MASK)])
sample("Tensor.__getitem__", anywhere(4), call=lambda xp, x: x[onto(x, np.array([3, 0, 3, 3]))])
sample(
    "Tensor.__getitem__",
    anywhere(2, 3),
    call=lambda xp, x: x[onto(x, (np.array([[0, 1], [1, 1]]), np.array([2, 0])))],
)
sample("Tensor.__setitem__", anywhere(2, 3, 4), 0.5, call=lambda xp, x, v: assigned(x, MASK, v))
sample("Tensor.__setitem__", anywhere(2, 3, 4), anywhere(), call=lambda xp, x, v: assigned(x, MASK, v))
sample("Tensor.__setitem__", anywhere(2, 3), anywhere(3), call=lambda xp, x, v: assigned(x, ..., v))
sample("Tensor.__setitem__", anywhere(2, 3), 1.5, call=lambda xp, x, v: assigned(x, (0, slice(None)), v))
sample("Tensor.__setitem__", anywhere(2, 3), anywhere(kind="real"), call=lambda xp, x, v: assigned(x, (1, 2), v))


def _through_a_view(xp, x, value):
    """An assignment to a view changes its base."""
    base = x * 1
    base[:, ::-1][0, ...] = value
    return base


def _scan(xp, x):
    """Values that are assigned and read again."""
    out = xp.zeros_like(x)
    out[0] = x[0]
    for i in range(1, x.shape[0]):
        out[i] = out[i - 1] * x[i]
    return out


sample("Tensor.__setitem__", anywhere(2, 3), anywhere(3), call=_through_a_view)
sample("Tensor.__setitem__", anywhere(4), call=_scan)

INDICES = exactly([2, 0, 2], "int")
sample("take", anywhere(4), INDICES)
sample("take", anywhere(2, 3), INDICES, axis=1)
sample("take", anywhere(3, 2), exactly([-1, 0, 0], "int"), axis=0)
sample("take_along_axis", anywhere(2, 3), exactly([[0, 2, 2, 0], [1, 1, 0, 2]], "int"))
sample("take_along_axis", anywhere(2, 3), exactly([[0, 1, 1]], "int"), axis=0)
sample("take_along_axis", anywhere(2, 3), exactly([[2, 2]], "int"), axis=1)

# ---- manipulation

sample("reshape", anywhere(2, 3), shape=(3, 2))
sample("reshape", anywhere(2, 3), shape=(-1,), copy=True)
sample("reshape", anywhere(), shape=(1, 1))
sample("expand_dims", anywhere(2, 3), axis=1)
sample("expand_dims", anywhere(2), axis=(0, -1))
sample("squeeze", anywhere(2, 1, 3, 1), axis=(1, -1))
sample("squeeze", anywhere(1, 3), axis=0)
sample("permute_dims", anywhere(2, 3, 4), axes=(2, 0, 1))
sample("moveaxis", anywhere(2, 3, 4), 0, -1)
sample("moveaxis", anywhere(2, 3, 4), (0, 2), (1, 0))
sample("flip", anywhere(2, 3))
sample("flip", anywhere(2, 3), axis=1)
sample("flip", anywhere(2, 3, 2), axis=(0, -1))
sample("roll", anywhere(2, 3), shift=2)
sample("roll", anywhere(2, 3), shift=-1, axis=1)
sample("roll", anywhere(2, 3), shift=(1, 2), axis=(0, 1))
sample("broadcast_to", anywhere(3), shape=(2, 3))
sample("broadcast_to", anywhere(2, 1), shape=(2, 2, 3))
sample("broadcast_to", anywhere(), shape=(2,))
sample("broadcast_arrays", anywhere(2, 1), anywhere(3))
sample("broadcast_arrays", anywhere(2, 1), anywhere(3), call=lambda xp, a, b: xp.broadcast_arrays(a, b)[1], wrt=(1,))
sample("repeat", anywhere(2, 3), 2, axis=1)
sample("repeat", anywhere(2, 3), 3)
sample("repeat", anywhere(2, 3), exactly([2, 0, 1], "int"), axis=1)
sample("tile", anywhere(2, 3), (2,))
sample("tile", anywhere(3), (2, 2))
sample("tile", anywhere(2, 3), (0, 1))
sample("concat", anywhere(2, 3), anywhere(1, 3), call=lambda xp, a, b: xp.concat([a, b]))
sample("concat", anywhere(2, 3), anywhere(2, 1), call=lambda xp, a, b: xp.concat((a, b, a), axis=-1))
sample("concat", anywhere(2, 3), anywhere(2), call=lambda xp, a, b: xp.concat([a, b], axis=None))
sample("concat", anywhere(0), anywhere(2), call=lambda xp, a, b: xp.concat([a, b]))
sample("concat", anywhere(2, kind="real"), anywhere(2), call=lambda xp, a, b: xp.concat([a, b]), fields=ONLY_COMPLEX)
sample("stack", anywhere(2, 3), anywhere(2, 3), call=lambda xp, a, b: xp.stack([a, b]))
sample("stack", anywhere(2, 3), anywhere(2, 3), call=lambda xp, a, b: xp.stack((a, b, a), axis=-1))
sample("unstack", anywhere(2, 3))
sample("unstack", anywhere(2, 3), call=lambda xp, x: xp.unstack(x, axis=1)[2])

# ---- linear algebra

for _path in ("", "linalg."):
    for _shape, _other in (
        ((2, 3), (3, 2)),
        ((2, 2, 3), (3, 2)),
        ((2, 1, 2, 3), (2, 3, 1)),
        ((3,), (3,)),
        ((3,), (2, 3, 2)),
        ((2, 2, 3), (3,)),
        ((2, 0), (0, 3)),
    ):
        sample(f"{_path}matmul", anywhere(*_shape), anywhere(*_other))
    sample(f"{_path}matrix_transpose", anywhere(2, 3))
    sample(f"{_path}matrix_transpose", anywhere(2, 2, 3))
    sample(f"{_path}tensordot", anywhere(2, 3, 2), anywhere(3, 2, 2))
    sample(f"{_path}tensordot", anywhere(2, 3), anywhere(2), axes=0)
    sample(f"{_path}tensordot", anywhere(2, 3, 4), anywhere(3, 2), axes=((0, 1), (1, 0)))
    sample(f"{_path}vecdot", anywhere(2, 3), anywhere(2, 3))
    sample(f"{_path}vecdot", anywhere(2, 1, 3), anywhere(2, 3))
    sample(f"{_path}vecdot", anywhere(3, 2), anywhere(3, 1), axis=-2)
sample("matmul", anywhere(2, 2), call=lambda xp, x: xp.matmul(x, x))
sample("matmul", anywhere(2, 3, kind="real"), anywhere(3, 2), fields=ONLY_COMPLEX)
sample("vecdot", anywhere(2, 3), anywhere(3, kind="real"), fields=ONLY_COMPLEX)


def adjoint(xp, x):
    return xp.conj(xp.matrix_transpose(x))


def hermitian(xp, x):
    """The Hermitian part: a function of Hermitian matrices becomes one of all matrices."""
    return (x + adjoint(xp, x)) / 2


def rebuilt(xp, values, vectors):
    """`V exp(w) V^H`: what does not depend on the phases of the eigenvectors."""
    return (vectors * xp.expand_dims(xp.exp(values), axis=-2)) @ adjoint(xp, vectors)


def ordered(xp, values):
    """Symmetric functions of eigenvalues, which come in any order."""
    return xp.sum(values, axis=-1), xp.sum(xp.exp(values), axis=-1)


SQUARE = ((3, 3), (2, 2, 2))
for _shape in SQUARE:
    for _upper in (False, True):
        sample(
            "linalg.cholesky",
            definite(*_shape),
            call=lambda xp, x, upper=_upper: xp.linalg.cholesky(hermitian(xp, x), upper=upper),
        )
    sample("linalg.det", matrix(*_shape))
    sample("linalg.inv", matrix(*_shape))
    sample("linalg.slogdet", matrix(*_shape), call=lambda xp, x: xp.linalg.slogdet(x).logabsdet)
    sample("linalg.slogdet", matrix(*_shape), call=lambda xp, x: xp.linalg.slogdet(x).sign, fields=ONLY_COMPLEX)
    sample("linalg.eigh", definite(*_shape), call=lambda xp, x: xp.linalg.eigh(hermitian(xp, x)).eigenvalues)
    sample("linalg.eigh", definite(*_shape), call=lambda xp, x: rebuilt(xp, *xp.linalg.eigh(hermitian(xp, x))))
    sample(
        "linalg.eigh", definite(*_shape), call=lambda xp, x: xp.abs(xp.linalg.eigh(hermitian(xp, x)).eigenvectors) ** 2
    )
    sample("linalg.eigvalsh", definite(*_shape), call=lambda xp, x: xp.linalg.eigvalsh(hermitian(xp, x)))
    sample("linalg.eigvals", matrix(*_shape), call=lambda xp, x: ordered(xp, xp.linalg.eigvals(x)))
    sample("linalg.eig", matrix(*_shape), call=lambda xp, x: ordered(xp, xp.linalg.eig(x).eigenvalues))
    sample(
        "linalg.eig",
        matrix(*_shape),
        call=lambda xp, x: xp.sum(xp.abs(xp.linalg.eig(x).eigenvectors) ** 4, axis=-1),
    )
    sample("linalg.solve", matrix(*_shape), anywhere(*_shape[:-1], 2))
    for _n in (3, 1, 0, -2):
        sample("linalg.matrix_power", matrix(*_shape), _n)
sample("linalg.solve", matrix(2, 2, 2), anywhere(2))
sample("linalg.solve", matrix(2, 2), anywhere(3, 2, 1))
sample("linalg.solve", matrix(2, 2, kind="real"), anywhere(2), fields=ONLY_COMPLEX)
sample("linalg.slogdet", matrix(2, 2), call=lambda xp, x: xp.linalg.slogdet(x), fields=ONLY_COMPLEX)
sample(
    "linalg.slogdet",
    matrix(2, 2),
    call=lambda xp, x: xp.linalg.slogdet(x).sign,
    gradient=(np.zeros((2, 2)),),
    fields=ONLY_REAL,
)
sample("linalg.det", exactly([[1.0, 2.0], [2.0, 4.0]]))  # cofactors, also where there is no inverse
sample("linalg.det", exactly([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]]))
sample("linalg.det", anywhere(0, 0))
sample("linalg.det", exactly([[0.0, 0.0, 0.0], [0.0, 1.0, 2.0], [0.0, 0.5, 3.0]]))
sample("linalg.eigvalsh", exactly(np.eye(3)), call=lambda xp, x: xp.linalg.eigvalsh(x) ** 2, gradient=(2 * np.eye(3),))
# Eigenvectors of a repeated eigenvalue have no derivative, so there is nothing to compare with.
sample("linalg.eigh", exactly(np.eye(3)), call=lambda xp, x: rebuilt(xp, *xp.linalg.eigh(x)), smooth=False)
for _shape in ((3, 3), (4, 2), (2, 3), (2, 3, 2)):
    sample("linalg.svd", matrix(*_shape), call=lambda xp, x: xp.linalg.svd(x, full_matrices=False).S)
    sample(
        "linalg.svd",
        matrix(*_shape),
        call=lambda xp, x: (lambda u, s, vh: (u * xp.expand_dims(xp.exp(s), axis=-2)) @ vh)(
            *xp.linalg.svd(x, full_matrices=False)
        ),
    )
    sample(
        "linalg.svd",
        matrix(*_shape),
        call=lambda xp, x: (lambda u, s, vh: (xp.abs(u) ** 2, xp.abs(vh) ** 2))(*xp.linalg.svd(x, full_matrices=False)),
    )
    sample(  # of the columns that complete U or V only the projection onto their span is a function of x
        "linalg.svd",
        matrix(*_shape),
        call=lambda xp, x: _spans(xp, *xp.linalg.svd(x)),
    )
    sample("linalg.svdvals", matrix(*_shape))
    sample("linalg.pinv", matrix(*_shape))
    sample("linalg.qr", matrix(*_shape))
    if _shape != (2, 3, 2):
        sample("linalg.qr", matrix(*_shape), call=lambda xp, x: _complete(xp, *xp.linalg.qr(x, mode="complete")))
    for _ord in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf):
        sample("linalg.matrix_norm", matrix(*_shape), ord=_ord)
constant("linalg.matrix_rank", matrix(2, 3))
sample("linalg.matrix_norm", matrix(2, 3, 2), keepdims=True)
sample("linalg.matrix_norm", exactly([[0.0, 0.0], [0.0, 0.0]]), gradient=([[0.0, 0.0], [0.0, 0.0]],))


def _spans(xp, u, s, vh):
    size = s.shape[-1]
    u, v = u[..., size:], adjoint(xp, vh)[..., size:]
    return u @ adjoint(xp, u), v @ adjoint(xp, v)


def _complete(xp, q, r):
    """What is determined of a complete QR decomposition: the columns that complete Q only up to a rotation."""
    size = min(r.shape[-2:])
    rest = q[..., size:]
    return q[..., :size], rest @ adjoint(xp, rest), r


sample("linalg.cross", anywhere(2, 3), anywhere(2, 3))
sample("linalg.cross", anywhere(3, 2), anywhere(3, 1), axis=-2)
sample("linalg.cross", anywhere(3, 2), anywhere(3, 2), axis=0, needs="an axis counted from the front")
sample("linalg.outer", anywhere(2), anywhere(3))
for _offset in (0, 1, -1, 5):
    sample("linalg.diagonal", anywhere(2, 3), offset=_offset)
    sample("linalg.diagonal", anywhere(2, 4, 2), offset=_offset)
    sample("linalg.trace", anywhere(2, 3, 3), offset=_offset)
for _ord in (2, 1, 3, 0.5, np.inf, -np.inf, -1):
    sample("linalg.vector_norm", anywhere(2, 3), ord=_ord, axis=-1)
sample("linalg.vector_norm", anywhere(2, 3), ord=0, axis=-1, gradient=(np.zeros((2, 3)),))
sample("linalg.vector_norm", anywhere(2, 3))
sample("linalg.vector_norm", anywhere(2, 3, 2), axis=(0, 2), keepdims=True)
for _ord in (2, 1, 3, np.inf):
    sample("linalg.vector_norm", exactly([0.0, 0.0]), ord=_ord, gradient=([0.0, 0.0],))
sample("linalg.vector_norm", exactly([3.0, 0.0, 4.0]), gradient=([0.6, 0.0, 0.8],))
sample("linalg.vector_norm", exactly([2.0, 0.0, -2.0]), ord=np.inf, gradient=([0.5, 0.0, -0.5],))
sample("linalg.vector_norm", exactly([2.0, 0.0]), ord=3, gradient=([1.0, 0.0],))

# ---- Fourier transforms: odd and even sizes, cut off and filled up, the three norms, several axes

for _name in ("fft", "ifft", "hfft", "irfft"):
    for _parameters in ({}, {"n": 3}, {"n": 6, "norm": "ortho"}, {"axis": 0, "norm": "forward"}):
        sample(f"fft.{_name}", anywhere(3, 4), fields=ONLY_COMPLEX, **_parameters)
for _name in ("rfft", "ihfft"):
    for _parameters in ({}, {"n": 3}, {"n": 6, "norm": "ortho"}, {"axis": 0, "norm": "forward"}):
        sample(f"fft.{_name}", anywhere(3, 4), fields=ONLY_REAL, **_parameters)
for _name, _fields in (("fftn", ONLY_COMPLEX), ("ifftn", ONLY_COMPLEX), ("rfftn", ONLY_REAL), ("irfftn", ONLY_COMPLEX)):
    for _parameters in (
        {},
        {"axes": (1, 0), "norm": "ortho"},
        {"s": (3, 5), "axes": (0, 2)},
        {"s": (2, 2), "axes": (-1, 0), "norm": "forward"},
    ):
        sample(f"fft.{_name}", anywhere(2, 3, 3), fields=_fields, **_parameters)
for _name in ("fftshift", "ifftshift"):
    sample(f"fft.{_name}", anywhere(3, 4))
    sample(f"fft.{_name}", anywhere(3, 4), axes=0)
for _name in ("fftfreq", "rfftfreq"):
    constant(f"fft.{_name}", call=lambda xp, name=_name: getattr(xp.fft, name)(5, d=0.5))
    sample(
        f"fft.{_name}",
        positive(),
        call=lambda xp, d, name=_name: getattr(xp.fft, name)(4, d=d),
        fields=ONLY_REAL,
        raw=False,
        needs=DOUBLE,  # the default data type
    )

# ---- the array object: operators, the other way round, in place, and attributes

OPERATORS = {"add": BOTH, "sub": BOTH, "mul": BOTH, "truediv": BOTH, "pow": BOTH, "mod": ONLY_REAL}
for _name, _fields in OPERATORS.items():
    _function, _in_place = getattr(operator, _name), getattr(operator, f"i{_name}")
    _second = anywhere if _name != "mod" else positive
    sample(
        f"Tensor.__{_name}__", positive(2, 3), _second(3), call=lambda xp, a, b, f=_function: f(a, b), fields=_fields
    )
    sample(f"Tensor.__{_name}__", positive(2, 3), 1.5, call=lambda xp, a, b, f=_function: f(a, b), fields=_fields)
    sample(f"Tensor.__r{_name}__", 1.5, positive(2, 3), call=lambda xp, a, b, f=_function: f(a, b), fields=_fields)
    sample(
        f"Tensor.__i{_name}__",
        positive(2, 3),
        _second(3),
        call=lambda xp, a, b, f=_in_place: f(a * 1, b),
        fields=_fields,
    )
sample("Tensor.__matmul__", anywhere(2, 3), anywhere(3, 2), call=lambda xp, a, b: a @ b)
sample(
    "Tensor.__rmatmul__",
    anywhere(2, 3),
    call=lambda xp, a: np.asarray([[1.0, 2.0]]) @ a,
    raw=False,
    needs="NumPy's array",
)
sample("Tensor.__imatmul__", anywhere(2, 3), anywhere(3, 3), call=lambda xp, a, b: operator.imatmul(a * 1, b))
sample("Tensor.__abs__", anywhere(2, 3), call=lambda xp, x: abs(x))
sample("Tensor.__neg__", anywhere(2, 3), call=lambda xp, x: -x)
sample("Tensor.__pos__", anywhere(2, 3), call=lambda xp, x: +x)
for _name in ("eq", "ne", "lt", "le", "gt", "ge", "floordiv"):
    _function = getattr(operator, _name)
    constant(f"Tensor.__{_name}__", anywhere(2, 3), positive(3), call=lambda xp, a, b, f=_function: f(a, b))
    constant(f"Tensor.__{_name}__", anywhere(2, 3), 0.5, call=lambda xp, a, b, f=_function: f(a, b))
for _name in ("and", "or", "xor", "lshift", "rshift", "floordiv"):
    _function, _in_place = getattr(operator, _name + "_" * (_name in ("and", "or"))), getattr(operator, f"i{_name}")
    constant(f"Tensor.__{_name}__", integers(2, 3), integers(3), call=lambda xp, a, b, f=_function: f(a, b))
    constant(f"Tensor.__r{_name}__", 7, integers(3), call=lambda xp, a, b, f=_function: f(a, b))
    constant(f"Tensor.__i{_name}__", integers(2, 3), integers(3), call=lambda xp, a, b, f=_in_place: f(a * 1, b))
constant("Tensor.__invert__", integers(2, 3), call=lambda xp, x: ~x)
sample("Tensor.T", anywhere(2, 3), call=lambda xp, x: x.T)
sample("Tensor.mT", anywhere(2, 2, 3), call=lambda xp, x: x.mT)
sample("Tensor.real", anywhere(2, 3), call=lambda xp, x: x.real, raw=False)
sample("Tensor.imag", anywhere(2, 3), call=lambda xp, x: x.imag, fields=ONLY_COMPLEX, raw=False)
sample("Tensor.to_device", anywhere(2, 3), call=lambda xp, x: x.to_device(x.device) * 2)
sample("Tensor.__iter__", anywhere(2, 3), call=lambda xp, x: list(x)[1], raw=False)

# ---- beyond the standard

sample("safe_multiply", anywhere(2, 3), anywhere(3))
sample("set_item", anywhere(3), anywhere(), call=lambda xp, x, v: xp.set_item(x, 1, v), raw=False)
sample("scatter_add", anywhere(3), call=lambda xp, x: xp.scatter_add(x, onto(x, np.array([0, 2, 0])), (4,)), raw=False)


def beyond(name: str, *operands: Any, fields: tuple[str, ...] = ONLY_REAL, **rest: Any) -> None:
    """Add a record of a function that a backend's namespace lacks: it is made of the standard's functions."""
    sample(name, *operands, fields=fields, raw=False, **rest)


HOLES = exactly([[0.5, np.nan, 2.0], [1.2, -0.7, np.nan]])  # where there are NaN, differences are NaN
beyond("bincount", exactly([0, 2, 0], "int"), anywhere(3), wrt=(1,))
beyond("convolve", anywhere(4), anywhere(3), fields=BOTH)
beyond("convolve", anywhere(4), anywhere(3), mode="same", fields=BOTH)
beyond("correlate", anywhere(4), anywhere(3), fields=BOTH)
beyond("corrcoef", anywhere(2, 4))
beyond("cov", anywhere(2, 4), fields=BOTH)
beyond("cov", anywhere(3), anywhere(3), ddof=0)
beyond("diag", anywhere(2, 3), k=1, fields=BOTH)
beyond("diag", anywhere(2), k=-1, fields=BOTH)
beyond("einsum", anywhere(2, 3), anywhere(3, 2), call=lambda xp, a, b: xp.einsum("ij,jk->ik", a, b), fields=BOTH)
beyond("einsum", anywhere(2, 2, 3), call=lambda xp, a: xp.einsum("iij->j", a), fields=BOTH)
beyond("gradient", anywhere(3, 4), fields=BOTH)
beyond("gradient", anywhere(4), exactly([0.0, 0.5, 1.5, 1.75]), edge_order=2)
beyond("interp", exactly([0.2, 1.4, 2.9]), exactly([0.0, 1.0, 2.5, 3.0]), anywhere(4))
beyond("kron", anywhere(2, 2), anywhere(3), fields=BOTH)
beyond("logspace", anywhere(), anywhere(), num=3, needs=DOUBLE)
for _name in ("median", "nanmedian"):
    beyond(_name, distinct(2, 3), axis=1)
    beyond(_name, distinct(2, 3))
for _name in ("cumprod", "cumsum"):
    beyond(_name, anywhere(2, 3), axis=1, fields=BOTH)
    beyond(_name, anywhere(2, 3), fields=BOTH)
for _name in ("nancumprod", "nancumsum", "nanmax", "nanmean", "nanmin", "nanprod", "nanstd", "nansum", "nanvar"):
    beyond(_name, distinct(2, 3), axis=1)
    beyond(_name, HOLES, axis=1, smooth=False)
for _name in ("quantile", "nanquantile"):
    beyond(_name, distinct(2, 3), exactly([0.3, 0.6]), axis=1)
for _name in ("nanargmax", "nanargmin"):
    constant(_name, HOLES, axis=1, raw=False)
beyond("pad", anywhere(2, 3), ((1, 0), (0, 2)), fields=BOTH)
beyond("pad", anywhere(3), 2, mode="reflect", fields=BOTH)
beyond("transpose", anywhere(2, 3, 2), fields=BOTH)
beyond("transpose", anywhere(2, 3), axes=(1, 0), fields=BOTH)
