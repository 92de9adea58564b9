"""Independent references for the tests of values: exact rationals, mpmath at high precision, models over Python lists.

Nothing here computes with an array library. Numbers are Python's: a float stands for itself in float32 as well, as
every float32 is one. A wanted number is a float where it must be met exactly (NaN, an infinity, a zero with its sign),
else an exact rational or a number of mpmath, and `ulps` says how far a result is from it.
"""

from __future__ import annotations

import itertools
import math
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath

# Enough digits that the rounding of a reference never matters: doubles have 16, and differences lose that many twice.
mpmath.mp.dps = 60

INF, NAN = math.inf, math.nan


# ---- data types


@dataclass(frozen=True)
class Format:
    """A binary floating-point format: bits of the significand, exponents of the smallest and largest normal number."""

    bits: int
    least: int
    largest: int

    @property
    def eps(self) -> float:
        return 2.0 ** (1 - self.bits)

    @property
    def tiny(self) -> float:
        """The smallest normal number."""
        return 2.0**self.least

    @property
    def subnormal(self) -> float:
        """The smallest number of all."""
        return math.ldexp(1.0, self.least - self.bits + 1)

    @property
    def max(self) -> float:
        return (2.0 - self.eps) * 2.0**self.largest

    def ulp(self, q: Fraction) -> Fraction:
        """The distance of neighbours around `q`."""
        exponent = q.numerator.bit_length() - q.denominator.bit_length() if q else self.least
        if q and abs(q) < Fraction(2) ** exponent:
            exponent -= 1
        return Fraction(2) ** (max(exponent, self.least) - self.bits + 1)

    def nearest(self, wanted: Any) -> float:
        """`wanted` rounded to the nearest number of this format, ties to even, as IEEE 754 rounds."""
        if isinstance(wanted, float) and not (math.isfinite(wanted) and wanted):
            return wanted
        q = rational(wanted)
        sign = -1.0 if q < 0 else 1.0  # float(q) would overflow
        if abs(q) >= Fraction(2) ** (self.largest + 1):
            return sign * INF
        unit = self.ulp(q)
        found = float(round(q / unit) * unit)  # exact: Python rounds rationals to the even integer
        return math.copysign(INF if abs(found) > self.max else found, sign)


SINGLE, DOUBLE = Format(24, -126, 127), Format(53, -1022, 1023)
FORMATS = {"float32": SINGLE, "float64": DOUBLE, "complex64": SINGLE, "complex128": DOUBLE}
REAL, COMPLEX = ("float32", "float64"), ("complex64", "complex128")
FLOATING = REAL + COMPLEX
SIGNED = ("int8", "int16", "int32", "int64")
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
INTEGERS = SIGNED + UNSIGNED
NUMERIC = INTEGERS + FLOATING
DTYPES = ("bool", *NUMERIC)


def width(dtype: str) -> int:
    return int(dtype.removeprefix("u").removeprefix("int"))


def bounds(dtype: str) -> tuple[int, int]:
    """The smallest and the largest integer of a data type."""
    n = width(dtype)
    return (0, 2**n - 1) if dtype[0] == "u" else (-(2 ** (n - 1)), 2 ** (n - 1) - 1)


def wrap(n: int, dtype: str) -> int:
    """What is left of an integer in a data type: it wraps around."""
    low, high = bounds(dtype)
    return (n - low) % (high - low + 1) + low


def promote(*dtypes: str) -> str:
    """The standard's table of type promotion, the kinds that it leaves open left out."""
    kinds = {kind_of(d) for d in dtypes}
    if kinds == {"b"}:
        return "bool"
    if kinds <= {"i", "u"}:
        signed = [width(d) for d in dtypes if kind_of(d) == "i"]
        unsigned = [width(d) for d in dtypes if kind_of(d) == "u"]
        if not signed:
            return f"uint{max(unsigned)}"
        n = max(signed + [2 * w for w in unsigned])
        if n > 64:
            raise TypeError("no integer data type holds all values of uint64 and of a signed one")
        return f"int{n}"
    if kinds <= {"f", "c"}:
        double = any(FORMATS[d] is DOUBLE for d in dtypes)
        return ("complex128" if double else "complex64") if "c" in kinds else ("float64" if double else "float32")
    raise TypeError("the standard leaves the mixture of kinds open")


def kind_of(dtype: str) -> str:
    return {"b": "b", "u": "u", "i": "i", "f": "f", "c": "c"}[dtype[0]]


def single(x: float) -> float:
    """The float32 nearest to `x`."""
    return float(struct.unpack("f", struct.pack("f", x))[0]) if math.isfinite(x) and abs(x) <= SINGLE.max else x


# ---- distances


def rational(x: Any) -> Fraction:
    """A finite number exactly, but numbers beyond every format's limits brought just beyond them, with their sign."""
    if not isinstance(x, mpmath.mpf):
        return Fraction(x)
    if not x:
        return Fraction(0)
    if mpmath.isinf(x):
        return Fraction(2) ** 1100 * (1 if x > 0 else -1)
    sign, digits, exponent, length = x._mpf_
    magnitude = exponent + length
    if not -1300 < magnitude < 1100:
        return (-1) ** sign * Fraction(2) ** (1100 if magnitude > 0 else -1300)
    return Fraction((-1) ** sign * int(digits)) * Fraction(2) ** exponent


def same(got: float, wanted: float) -> bool:
    """Whether two floats are the same number, zeros with their sign, all NaN alike."""
    if math.isnan(wanted):
        return math.isnan(got)
    return got == wanted and math.copysign(1, got) == math.copysign(1, wanted)


def ulps(got: float, wanted: Any, form: Format) -> float:
    """How far a real result is from the wanted number, in units of the last place of the wanted one.

    An infinity counts as the number after the largest. A zero needs the sign of the wanted number, unless that is an
    exact zero, whose sign a rational does not tell (tables of special cases do).
    """
    if isinstance(wanted, mpmath.mpf) and mpmath.isnan(wanted):
        wanted = NAN
    if isinstance(wanted, float) and not (math.isfinite(wanted) and wanted):
        return 0.0 if same(got, wanted) else INF
    q = rational(wanted)
    if math.isnan(got) or (got == 0 and q and (math.copysign(1, got) < 0) != (q < 0)):
        return INF
    limit = Fraction(2) ** (form.largest + 1)
    q = max(-limit, min(limit, q))
    value = Fraction(got) if math.isfinite(got) else limit * (1 if got > 0 else -1)
    return float(min(abs(value - q) / form.ulp(q), Fraction(10) ** 300))


# ---- arrays over Python lists


def places(shape: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """All positions in an array of a shape, in row-major order."""
    return itertools.product(*map(range, shape))


@dataclass
class Grid:
    """An array as its shape and its elements in row-major order: what a list of lists is, with any shape."""

    shape: tuple[int, ...]
    flat: list[Any]

    @classmethod
    def build(cls, shape: Sequence[int], element: Callable[..., Any]) -> Grid:
        """The array whose element at position `i` is `element(i)`."""
        return cls(tuple(shape), [element(i) for i in places(shape)])

    @classmethod
    def count(cls, shape: Sequence[int]) -> Grid:
        """0, 1, 2, ... in a shape."""
        return cls(tuple(shape), list(range(math.prod(shape))))

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __getitem__(self, i: Sequence[int]) -> Any:
        place = 0
        for k, n in zip(i, self.shape, strict=True):
            assert 0 <= k < n
            place = place * n + k
        return self.flat[place]

    def map(self, f: Callable[[Any], Any]) -> Grid:
        return Grid(self.shape, [f(v) for v in self.flat])

    def nested(self) -> Any:
        """As lists of lists, or the only element where there is no axis."""

        def level(shape: tuple[int, ...], flat: list[Any]) -> Any:
            if not shape:
                return flat[0]
            step = math.prod(shape[1:])
            return [level(shape[1:], flat[i * step : (i + 1) * step]) for i in range(shape[0])]

        return level(self.shape, self.flat)

    def broadcast(self, shape: Sequence[int]) -> Grid:
        """Read with new leading axes and axes of size one stretched."""
        start = len(shape) - self.ndim
        return Grid.build(
            shape, lambda i: self[tuple(0 if n == 1 else k for k, n in zip(i[start:], self.shape, strict=True))]
        )

    def reduce(self, axes: Sequence[int], f: Callable[[list[Any]], Any], keepdims: bool = False) -> Grid:
        """`f` of the elements along some axes, in row-major order of these."""
        axes = [a % self.ndim for a in axes]
        kept = [a for a in range(self.ndim) if a not in axes]
        groups = Grid.build([self.shape[a] for a in kept], lambda i: [])
        for place in places(self.shape):
            groups[tuple(place[a] for a in kept)].append(self[place])
        found = groups.map(f)
        return Grid(tuple(1 if a in axes else n for a, n in enumerate(self.shape)), found.flat) if keepdims else found

    def along(self, axis: int, f: Callable[[list[Any]], list[Any]]) -> Grid:
        """Every line along an axis replaced by what `f` makes of it; all of one length."""
        axis %= self.ndim
        lines = self.reduce([axis], f, keepdims=True)
        n = len(f([self[(0,) * axis + (k,) + (0,) * (self.ndim - axis - 1)] for k in range(self.shape[axis])]))
        shape = (*self.shape[:axis], n, *self.shape[axis + 1 :])
        return Grid.build(shape, lambda i: lines[(*i[:axis], 0, *i[axis + 1 :])][i[axis]])


def broadcast_shape(*shapes: Sequence[int]) -> tuple[int, ...]:
    """The common shape; sizes that are neither equal nor one are an error."""
    ndim = max((len(s) for s in shapes), default=0)
    padded = [(1,) * (ndim - len(s)) + tuple(s) for s in shapes]
    found = []
    for sizes in zip(*padded, strict=True):
        wanted = {n for n in sizes if n != 1} or {1}
        if len(wanted) > 1:
            raise ValueError(f"shapes {shapes} do not broadcast")
        found.append(wanted.pop())
    return tuple(found)


def index(x: Grid, key: Any) -> Grid:
    """`x[key]` for integers, slices, None, Ellipsis, nested lists of integers and masks, as the standard has them."""
    key = key if isinstance(key, tuple) else (key,)
    used = sum(part.ndim if _is_mask(part) else part is not None and part is not Ellipsis for part in key)
    if Ellipsis not in [part if part is Ellipsis else None for part in key]:
        key = (*key, Ellipsis)
    expanded: list[Any] = []
    for part in key:
        if part is Ellipsis:
            expanded += [slice(None)] * (x.ndim - used)
        elif _is_mask(part):
            expanded += [Grid((len(hits),), list(hits)) for hits in zip(*true_places(part), strict=True)] or [
                Grid((0,), []) for _ in range(part.ndim)
            ]
        else:
            expanded.append(part)
    # Integers beside integer arrays are integer arrays without dimensions.
    arrays = any(isinstance(part, Grid) for part in expanded)
    if arrays:
        expanded = [Grid((), [part]) if isinstance(part, int) else part for part in expanded]
    advanced = [k for k, part in enumerate(expanded) if isinstance(part, Grid)]
    common = broadcast_shape(*[expanded[k].shape for k in advanced]) if advanced else ()
    # The dimensions of integer arrays come where the first of them stands, or first if they stand apart.
    together = not advanced or advanced == list(range(advanced[0], advanced[-1] + 1))
    shape: list[int] = [] if together else list(common)
    sources: list[tuple[Any, ...]] = []  # for every axis of x: where its position comes from
    axis = 0
    first = 0
    for k, part in enumerate(expanded):
        if part is None:
            shape.append(1)
        elif isinstance(part, int):
            sources.append(("number", range(x.shape[axis])[part]))
            axis += 1
        elif isinstance(part, slice):
            found = range(x.shape[axis])[part]
            sources.append(("slice", len(shape), found))
            shape.append(len(found))
            axis += 1
        else:
            if together and k == advanced[0]:
                first = len(shape)
                shape += common
            sources.append(("array", part.broadcast(common), x.shape[axis]))
            axis += 1

    def element(i: tuple[int, ...]) -> Any:
        place = []
        for source in sources:
            if source[0] == "number":
                place.append(source[1])
            elif source[0] == "slice":
                place.append(source[2][i[source[1]]])
            else:
                place.append(range(source[2])[source[1][i[first : first + len(common)]]])
        return x[place]

    return Grid.build(shape, element)


def _is_mask(part: Any) -> bool:
    return isinstance(part, Grid) and bool(part.flat) and all(isinstance(v, bool) for v in part.flat)


def true_places(mask: Grid) -> list[tuple[int, ...]]:
    return [i for i in places(mask.shape) if mask[i]]


# ---- transforms and matrices


def root_of_unity(k: int, n: int) -> Any:
    """exp(2 pi i k / n), exact at the quarters."""
    turn = Fraction(k % n, n)
    return mpmath.mpc(mpmath.cospi(mpmath.mpf(2 * turn.numerator) / turn.denominator),
                      mpmath.sinpi(mpmath.mpf(2 * turn.numerator) / turn.denominator))  # fmt: skip


def fit(line: list[Any], n: int) -> list[Any]:
    """Cut off or filled with zeros to a length."""
    return line[:n] + [0] * (n - len(line))


def scale(norm: str, direction: int, n: int) -> Any:
    """What a transform is multiplied with; direction -1 is forward."""
    if norm == "ortho":
        return 1 / mpmath.sqrt(n)
    return mpmath.mpf(1) / n if (norm == "forward") == (direction < 0) else mpmath.mpf(1)


def dft(line: list[Any], n: int, direction: int, norm: str) -> list[Any]:
    """The discrete Fourier transform as it is defined, a sum of n terms each."""
    line = [mpmath.mpc(v) for v in fit(line, n)]
    factor = scale(norm, direction, n)
    return [factor * mpmath.fsum(v * root_of_unity(direction * j * k, n) for j, v in enumerate(line)) for k in range(n)]


def whole_spectrum(half: list[Any], n: int) -> list[Any]:
    """The spectrum of a real signal of length n from the half that `rfft` gives: the rest is its mirror image.

    The imaginary parts that a real signal cannot have, at DC and at Nyquist, do not count.
    """
    half = [mpmath.mpc(v) for v in fit(half, n // 2 + 1)]
    half[0] = half[0].real
    if n % 2 == 0:
        half[n // 2] = half[n // 2].real
    return half + [mpmath.conj(half[n - k]) for k in range(n // 2 + 1, n)]


def matrix(x: Grid) -> Any:
    """A grid of two dimensions as a matrix of mpmath."""
    m = mpmath.matrix(*x.shape)
    for i in places(x.shape):
        m[i] = mpmath.mpmathify(x[i])
    return m


def grid(m: Any) -> Grid:
    """A matrix of mpmath as a grid."""
    return Grid.build((m.rows, m.cols), lambda i: m[i])


def matrices(x: Grid) -> Grid:
    """A stack of matrices as a grid of them."""
    lead = x.shape[:-2]
    return Grid.build(lead, lambda i: Grid.build(x.shape[-2:], lambda j: x[(*i, *j)]))


def product(a: Grid, b: Grid) -> Grid:
    """The matrix product by its definition."""
    assert a.shape[1] == b.shape[0]
    return Grid.build((a.shape[0], b.shape[1]), lambda i: sum(a[i[0], k] * b[k, i[1]] for k in range(a.shape[1])))


def determinant(a: Grid) -> Any:
    """The determinant by expansion, exact for rationals."""
    n = a.shape[0]
    if n == 0:
        return 1
    total: Any = 0
    for order in itertools.permutations(range(n)):
        inversions = sum(order[i] > order[j] for i in range(n) for j in range(i + 1, n))
        total += (-1) ** inversions * math.prod([a[i, order[i]] for i in range(n)], start=1)
    return total
