"""Elementwise functions on numbers, in units of the last place, against mpmath and exact rationals."""

from __future__ import annotations

import cmath
import functools
import itertools
import math
import operator
import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import pytest

import apitensor as xp
from tests.reference import COMPLEX, DOUBLE, FORMATS, INF, NAN, REAL, SINGLE, Grid, single
from tests.values.checks import KERNELS, check, check_whole, covers, function, in_format, on_devices, tensor

# ---- operands: landmarks of both formats and numbers of all magnitudes

LANDMARKS = [
    *[DOUBLE.subnormal, DOUBLE.tiny, DOUBLE.tiny * 0.75, DOUBLE.eps, DOUBLE.max, DOUBLE.max / 2, 1e300, 1e-300, 1e154],
    *[SINGLE.subnormal, SINGLE.tiny, SINGLE.tiny * 0.75, SINGLE.eps, SINGLE.max, SINGLE.max / 2, 1e19, 1e-19],
    *[1e-10, 1e-5, 1e-3, 0.1, 0.25, 0.3, 0.5, 0.75, 0.9, 1 - SINGLE.eps, 1 - DOUBLE.eps, 1.0, 1 + DOUBLE.eps],
    *[1 + SINGLE.eps, 1.1, 1.5, math.pi / 2, 2.0, 2.5, math.e, 3.0, math.pi, 3.5, 7.0, 10.0, 33.3, 87.0, 88.0, 89.0],
    *[100.0, 700.0, 709.0, 710.0, 1000.0, 12345.678, 2.0**23 + 0.5, 2.0**24 + 2, 2.0**52 + 0.5, 2.0**53 + 2, 1e10],
]
_random = random.Random(1)
SCATTERED = [math.exp(_random.uniform(-5, 5)) for _ in range(40)] + [10 ** _random.uniform(-30, 30) for _ in range(20)]
NUMBERS = [s * x for x in [*LANDMARKS, *SCATTERED] for s in (1.0, -1.0)]
PAIRS = [0.0, 1.0, 2.0, 3.0, 0.5, 0.1, 33.3, 1e-5, 1e19, 3e38, 1e-200, 1e300, 5e-324]
PAIRS = [s * x for x in PAIRS for s in (1.0, -1.0)] + [1 + DOUBLE.eps, 1 + SINGLE.eps, 2.0**53 + 2, 2.0**24 + 2]

# ---- real functions of one operand

# Errors allowed in units of the last place. Half of one is rounded right, as IEEE 754 demands. The others come from C
# and vector libraries, which promise at most 4.
EXACT, LIBRARY = 0.5, 4.0


def real_only(f: Callable[..., Any]) -> Callable[..., Any]:
    """NaN where the result is not real."""

    def call(*x: Any) -> Any:
        try:
            y = f(*[mpmath.mpf(v) for v in x])
        except (ValueError, mpmath.libmp.ComplexResult):
            return NAN
        return NAN if isinstance(y, mpmath.mpc) else y

    return call


def zero_with_sign_of(x: float) -> float:
    return math.copysign(0.0, x)


def half_even(x: float) -> Any:
    return Fraction(round(Fraction(x))) or zero_with_sign_of(x)


UNARY: dict[str, tuple[float, Callable[[float], Any]]] = {
    "abs": (EXACT, lambda x: abs(x)),
    "ceil": (EXACT, lambda x: Fraction(math.ceil(x)) or zero_with_sign_of(x)),
    "conj": (EXACT, lambda x: x),
    "floor": (EXACT, lambda x: Fraction(math.floor(x)) or zero_with_sign_of(x)),
    "negative": (EXACT, lambda x: -x),
    "positive": (EXACT, lambda x: x),
    "real": (EXACT, lambda x: x),
    "reciprocal": (EXACT, lambda x: 1 / Fraction(x)),
    "round": (EXACT, half_even),
    "sign": (EXACT, lambda x: math.copysign(1.0, x)),
    "sqrt": (EXACT, real_only(mpmath.sqrt)),
    "square": (EXACT, lambda x: Fraction(x) ** 2),
    "trunc": (EXACT, lambda x: Fraction(math.trunc(x)) or zero_with_sign_of(x)),
    "acos": (LIBRARY, real_only(mpmath.acos)),
    "acosh": (LIBRARY, real_only(lambda x: mpmath.acosh(x) if x >= 1 else NAN)),
    "asin": (LIBRARY, real_only(mpmath.asin)),
    "asinh": (LIBRARY, real_only(mpmath.asinh)),
    "atan": (LIBRARY, real_only(mpmath.atan)),
    "atanh": (LIBRARY, real_only(lambda x: math.copysign(INF, x) if abs(x) == 1 else mpmath.atanh(x))),
    "cos": (LIBRARY, real_only(mpmath.cos)),
    "cosh": (LIBRARY, real_only(mpmath.cosh)),
    "exp": (LIBRARY, real_only(mpmath.exp)),
    "expm1": (LIBRARY, real_only(mpmath.expm1)),
    "log": (LIBRARY, real_only(mpmath.log)),
    "log10": (LIBRARY, real_only(lambda x: mpmath.log(x) / mpmath.log(10))),
    "log1p": (LIBRARY, real_only(lambda x: -INF if x == -1 else mpmath.log1p(x))),
    "log2": (LIBRARY, real_only(lambda x: mpmath.log(x) / mpmath.log(2))),
    "sin": (LIBRARY, real_only(mpmath.sin)),
    "sinh": (LIBRARY, real_only(mpmath.sinh)),
    "tan": (LIBRARY, real_only(mpmath.tan)),
    "tanh": (LIBRARY, real_only(mpmath.tanh)),
}


@functools.cache
def unary_reference(name: str, x: float) -> Any:
    return UNARY[name][1](x)


@covers(*UNARY)
@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize(("device", "dtype"), on_devices(REAL, KERNELS))
def test_unary(name, device, dtype):
    operands = in_format(NUMBERS, dtype)
    wanted = Grid((len(operands),), [unary_reference(name, x) for x in operands])
    x = tensor(operands, dtype, device)
    f, (tolerance, _) = function(name), UNARY[name]
    check(name, f(x), wanted, dtype, device, tolerance, operands)
    # Other strides, other loops of the library; a single element, another one again.
    backwards = Grid(wanted.shape, wanted.flat[::-1])
    check(name, f(xp.flip(x)), backwards, dtype, device, tolerance, operands[::-1])
    for k in (0, 40, 80):
        check(name, f(x[k]), Grid((), [wanted.flat[k]]), dtype, device, tolerance, operands[k : k + 1])
    check(name, f(x[:0]), Grid((0,), []), dtype, device)


TESTS: dict[str, Callable[[float], bool]] = {
    "isfinite": math.isfinite,
    "isinf": math.isinf,
    "isnan": math.isnan,
    "signbit": lambda x: math.copysign(1, x) < 0,
}


@covers(*TESTS)
@pytest.mark.parametrize("name", TESTS)
@pytest.mark.parametrize(("device", "dtype"), on_devices(REAL))
def test_tests_of_numbers(name, device, dtype):
    operands = [*in_format(NUMBERS, dtype), 0.0, -0.0, INF, -INF, NAN, -NAN, math.copysign(NAN, -1)]
    wanted = [TESTS[name](x) for x in operands]
    got = function(name)(tensor(operands, dtype, device))
    check(name, got, Grid((len(wanted),), wanted), "bool", device, operands=operands)


@covers("isfinite", "isinf", "isnan")
@pytest.mark.parametrize(("device", "dtype"), on_devices(COMPLEX))
def test_tests_of_complex_numbers(device, dtype):
    operands = [complex(a, b) for a, b in itertools.product([0.0, 1.0, INF, -INF, NAN], repeat=2)]
    for name, f in (("isfinite", cmath.isfinite), ("isinf", cmath.isinf), ("isnan", cmath.isnan)):
        got = function(name)(tensor(operands, dtype, device))
        check(name, got, Grid((25,), [f(z) for z in operands]), "bool", device, operands=operands)


# ---- real functions of two operands


def python_remainder(a: float, b: float) -> Any:
    """What Python's % gives: the exact remainder of the dividend's sign, brought to the divisor's by a rounded sum."""
    if b == 0:
        return NAN
    rest = abs(Fraction(a)) % abs(Fraction(b))
    if rest == 0:
        return math.copysign(0.0, b)
    rest = rest if a > 0 else -rest
    return rest if (a < 0) == (b < 0) else rest + Fraction(b)


def quotient(a: float, b: float) -> Any:
    if b == 0:
        return NAN if a == 0 else math.copysign(INF, math.copysign(1, a) * math.copysign(1, b))
    return Fraction(a) / Fraction(b) or math.copysign(0.0, math.copysign(1, a) * math.copysign(1, b))


def floor_quotient(a: float, b: float) -> Any:
    q = quotient(a, b)
    return q if isinstance(q, float) else Fraction(math.floor(q)) or 0.0


def power(a: float, b: float) -> Any:
    if a == 1 or b == 0:
        return 1
    if a == 0:
        odd = b.is_integer() and b % 2 == 1
        return math.copysign(INF if b < 0 else 0.0, a if odd else 1)
    if a < 0 and not b.is_integer():
        return NAN
    size = mpmath.mpf(abs(a)) ** mpmath.mpf(b)
    return -size if a < 0 and b % 2 == 1 else size


def next_after(a: float, b: float, form: Any) -> Any:
    if a == b:
        return b
    up = a < b
    if a == 0:
        return form.subnormal if up else -form.subnormal
    step = form.ulp(Fraction(a))
    away = (a > 0) == up
    # Below a power of two the numbers lie closer, down to the smallest normal one.
    if not away and abs(Fraction(a)) == step * 2 ** (form.bits - 1) and abs(a) > form.tiny:
        step /= 2
    found = Fraction(a) + step * (1 if up else -1)
    return form.nearest(found) if found else math.copysign(0.0, a)


def exact_sum(a: float, b: float) -> Any:
    return Fraction(a) + Fraction(b) or (a + b)  # the sign of a zero sum: Python's, IEEE 754


BINARY: dict[str, tuple[float, Callable[..., Any]]] = {
    "add": (EXACT, lambda a, b, form: exact_sum(a, b)),
    "subtract": (EXACT, lambda a, b, form: exact_sum(a, -b)),
    "multiply": (EXACT, lambda a, b, form: Fraction(a) * Fraction(b) or a * b),
    "divide": (EXACT, lambda a, b, form: quotient(a, b)),
    "remainder": (EXACT, lambda a, b, form: python_remainder(a, b)),
    # Not all integers from 2^bits on are representable: NumPy, as Python, rounds such quotients to nearest, and takes
    # the remainder of such dividends off with a rounding error.
    "floor_divide": (2.0, lambda a, b, form: floor_quotient(a, b)),
    "copysign": (EXACT, lambda a, b, form: math.copysign(a, b)),
    "maximum": (EXACT, lambda a, b, form: Fraction(max(a, b))),
    "minimum": (EXACT, lambda a, b, form: Fraction(min(a, b))),
    "nextafter": (0.0, next_after),
    "atan2": (LIBRARY, lambda a, b, form: mpmath.atan2(a, b) if a else math.atan2(a, b)),
    "hypot": (LIBRARY, lambda a, b, form: mpmath.sqrt(mpmath.mpf(a) ** 2 + mpmath.mpf(b) ** 2)),
    "pow": (LIBRARY, lambda a, b, form: power(a, b)),
    # max + log1p(exp(-difference)): as the terms cancel, the error is that of the terms, see below.
    "logaddexp": (
        LIBRARY,
        lambda a, b, form: max(a, b) + mpmath.log1p(mpmath.exp(-abs(mpmath.mpf(a) - mpmath.mpf(b)))),
    ),
}


@functools.cache
def binary_reference(name: str, a: float, b: float, form: Any) -> Any:
    return BINARY[name][1](a, b, form)


@covers(*BINARY)
@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize(("device", "dtype"), on_devices(REAL, KERNELS))
def test_binary(name, device, dtype):
    numbers = in_format(PAIRS, dtype)
    form = FORMATS[dtype]
    f, (tolerance, _) = function(name), BINARY[name]
    pairs = [(a, b) for a in numbers for b in numbers]
    n = len(numbers)
    wanted = Grid((n, n), [binary_reference(name, a, b, form) for a, b in pairs])
    if name == "logaddexp":  # cancellation only where both operands are near -log(2)
        assert not any(0.3 < -a < 1 and 0.3 < -b < 1 and a != -0.5 for a, b in pairs)
    column, row = tensor([[a] for a in numbers], dtype, device), tensor(numbers, dtype, device)
    check(name, f(column, row), wanted, dtype, device, tolerance, pairs)
    # The same element by element, and with a Python number on either side.
    lefts, rights = (tensor([p[k] for p in pairs], dtype, device) for k in (0, 1))
    check(name, f(lefts, rights), Grid((n * n,), wanted.flat), dtype, device, tolerance, pairs)
    for k in (2, 9, n - 1):
        fixed = [(a, numbers[k]) for a in numbers]
        check(name, f(row, numbers[k]), Grid((n,), wanted.flat[k::n]), dtype, device, tolerance, fixed)
        fixed = [(numbers[k], b) for b in numbers]
        check(name, f(numbers[k], row), Grid((n,), wanted.flat[k * n : (k + 1) * n]), dtype, device, tolerance, fixed)


@covers("remainder", "floor_divide")
@pytest.mark.parametrize("device", ["cpu"])
def test_python_agrees_about_remainders(device):
    """The models of the remainder and the quotient are what Python's own operators give."""
    for a, b in itertools.product([x for x in PAIRS if x], repeat=2):
        assert DOUBLE.nearest(python_remainder(a, b)) == a % b
        if max(abs(a / b), abs(a)) < 2**53:
            assert DOUBLE.nearest(floor_quotient(a, b)) == a // b


@covers("remainder")
@pytest.mark.parametrize(("device", "dtype"), on_devices(REAL))
def test_remainder_of_scattered_numbers(device, dtype):
    rng = random.Random(2)
    a = [single(rng.uniform(-1, 1) * 10 ** rng.uniform(-6, 8)) for _ in range(400)] + [
        -1e-20,
        1e-20,
        5.5,
        -5.5,
        6.0,
        -6.0,
    ]
    b = [single(rng.uniform(-1, 1) * 10 ** rng.uniform(-2, 3)) for _ in range(400)] + [1.0, -1.0, 2.0, 2.0, -3.0, 3.0]
    a, b = [single(v) for v in a], [single(v) for v in b]
    wanted = [python_remainder(p, q) for p, q in zip(a, b, strict=True)]
    got = xp.remainder(tensor(a, dtype, device), tensor(b, dtype, device))
    check("remainder", got, Grid((len(a),), wanted), dtype, device, EXACT, list(zip(a, b, strict=True)))


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "equal": operator.eq,
    "not_equal": operator.ne,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
}


@covers(*COMPARISONS)
@pytest.mark.parametrize("name", COMPARISONS)
@pytest.mark.parametrize(("device", "dtype"), on_devices(REAL))
def test_comparisons(name, device, dtype):
    numbers = [*in_format([*PAIRS, INF, -INF], dtype), NAN]
    wanted = [COMPARISONS[name](a, b) for a in numbers for b in numbers]
    n = len(numbers)
    x = tensor(numbers, dtype, device)
    check(name, function(name)(xp.expand_dims(x, 1), x), Grid((n, n), wanted), "bool", device)
    check(name, function(name)(x, 2.0), Grid((n,), [COMPARISONS[name](a, 2.0) for a in numbers]), "bool", device)
    check(name, function(name)(2.0, x), Grid((n,), [COMPARISONS[name](2.0, a) for a in numbers]), "bool", device)


@covers("equal", "not_equal")
@pytest.mark.parametrize(("device", "dtype"), on_devices(COMPLEX))
def test_complex_comparisons(device, dtype):
    numbers = [complex(a, b) for a, b in itertools.product([0.0, -0.0, 1.0, INF, NAN], repeat=2)]
    x = tensor(numbers, dtype, device)
    for name in ("equal", "not_equal"):
        wanted = [COMPARISONS[name](a, b) for a in numbers for b in numbers]
        check(name, function(name)(xp.expand_dims(x, 1), x), Grid((25, 25), wanted), "bool", device)


@covers("clip")
@pytest.mark.parametrize(("device", "dtype"), on_devices(REAL))
def test_clip(device, dtype):
    numbers = [-INF, -3.0, -0.5, 0.0, 0.25, 2.0, 7.0, INF, NAN]
    low, high = [-1.0] * 8 + [0.0], [1.0, 1.0, -0.75, 3.0, 3.0, 1.0, INF, INF, 1.0]
    x, lo, hi = (tensor(v, dtype, device) for v in (numbers, low, high))

    def model(v, a, b):
        v = max(v, a) if a is not None and not math.isnan(v) else v
        return min(v, b) if b is not None and not math.isnan(v) else v

    def grid(lows, highs):
        flat = [model(v, a, b) for v, a, b in zip(numbers, lows, highs, strict=True)]
        return Grid((9,), [v or 0.0 for v in flat])

    none = [None] * 9
    check("clip", xp.clip(x), grid(none, none), dtype, device)
    check("clip", xp.clip(x, lo, hi), grid(low, high), dtype, device)
    check("clip", xp.clip(x, min=lo), grid(low, none), dtype, device)
    check("clip", xp.clip(x, max=hi), grid(none, high), dtype, device)
    check("clip", xp.clip(x, -1.0, 2.5), grid([-1.0] * 9, [2.5] * 9), dtype, device)
    check("clip", xp.clip(x, -1, 2), grid([-1.0] * 9, [2.0] * 9), dtype, device)
    x, lo, hi = (tensor(v, dtype, device) for v in ([1.0, 2.0], [NAN, 0.0], [3.0, NAN]))
    check("clip", xp.clip(x, lo, hi), Grid((2,), [NAN, NAN]), dtype, device)


@covers("copysign", "signbit")
@pytest.mark.parametrize(("device", "dtype"), on_devices(REAL))
def test_signs_of_nan(device, dtype):
    plus, minus = math.copysign(NAN, 1), math.copysign(NAN, -1)
    for sign in (3.0, 0.0, INF, plus, -3.0, -0.0, -INF, minus):
        wanted = math.copysign(1, sign) < 0
        s = tensor(sign, dtype, device)
        for size in (1.5, -1.5, plus, minus):
            got = xp.copysign(tensor(size, dtype, device), s)
            assert bool(xp.signbit(got)) is wanted
            assert math.isnan(float(got)) if math.isnan(size) else abs(float(got)) == 1.5


@covers(
    "logical_and",
    "logical_or",
    "logical_xor",
    "logical_not",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "bitwise_invert",
)
@pytest.mark.parametrize("device", [d for d, _ in on_devices(["bool"])])
def test_logic(device):
    a, b = [False, False, True, True], [False, True, False, True]
    x, y = tensor(a, "bool", device), tensor(b, "bool", device)
    tables = {"and": [p and q for p, q in zip(a, b, strict=True)], "or": [p or q for p, q in zip(a, b, strict=True)],
              "xor": [p != q for p, q in zip(a, b, strict=True)]}  # fmt: skip
    for name, wanted in tables.items():
        for kind in ("logical", "bitwise"):
            f = function(f"{kind}_{name}")
            check(name, f(x, y), Grid((4,), wanted), "bool", device)
            check(name, f(x, True), Grid((4,), wanted[1::2][:1] * 2 + wanted[1::2][1:] * 2), "bool", device)
    for f in (xp.logical_not, xp.bitwise_invert):
        check("not", f(x), Grid((4,), [not p for p in a]), "bool", device)


# ---- complex functions

PARTS = [0.1, 0.5, 1.0, 1.5, 3.0, 20.0, 1e-8, 1e8]
AXES = [(a, b) for p in (0.5, 1.0, 1.5, 20.0) for a, b in ((p, 0.0), (0.0, p))]
PLANE = [complex(s * a, t * b) for a, b in [*itertools.product(PARTS, PARTS), *AXES] for s in (1, -1) for t in (1, -1)]
_random = random.Random(3)
PLANE += [complex(_random.uniform(-4, 4), _random.uniform(-4, 4)) for _ in range(60)]
# A signed zero beside a nonzero number stands for the limit from its side: so small a number that nothing else changes.
NOTHING = mpmath.mpf(10) ** -400


def at(f: Callable[[Any], Any]) -> Callable[[complex], Any]:
    """A complex function of mpmath at a number whose zeros have signs; a result next to nothing is a zero."""

    def call(z: complex) -> Any:
        flat = z.real == 0 or z.imag == 0
        with mpmath.workprec(2900 if flat else 250):
            a, b = (mpmath.mpf(p) if p else math.copysign(1, p) * NOTHING for p in (z.real, z.imag))
            w = mpmath.mpc(f(mpmath.mpc(a, b)))
            # The square root of next to nothing is next to nothing as well.
            return mpmath.mpc(*[p if abs(p) > 1e-190 else p * NOTHING for p in (w.real, w.imag)])

    return call


def signless(f: Callable[[complex], Any]) -> Callable[[complex], Any]:
    """The same with zeros of either sign: complex division leaves them open."""

    def call(z: complex) -> Any:
        w = f(z)
        return mpmath.mpc(*[p if abs(p) > 1e-300 else 0 for p in (w.real, w.imag)])

    return call


# The parts of library functions may be off by this many units of the last place: glibc documents up to 8 for some.
PARTWISE = 8.0
UNARY_COMPLEX: dict[str, tuple[float, Callable[[Any], Any]]] = {
    "acos": (PARTWISE, at(mpmath.acos)),
    "acosh": (PARTWISE, at(mpmath.acosh)),
    "asin": (PARTWISE, at(mpmath.asin)),
    "asinh": (PARTWISE, at(mpmath.asinh)),
    "atan": (PARTWISE, at(mpmath.atan)),
    "atanh": (PARTWISE, at(mpmath.atanh)),
    "cos": (PARTWISE, at(mpmath.cos)),
    "cosh": (PARTWISE, at(mpmath.cosh)),
    "exp": (PARTWISE, at(mpmath.exp)),
    "expm1": (PARTWISE, at(mpmath.expm1)),
    "log": (PARTWISE, at(mpmath.log)),
    "log10": (PARTWISE, at(lambda z: mpmath.log(z) / mpmath.log(10))),
    "log1p": (PARTWISE, at(lambda z: mpmath.log(1 + z))),
    "log2": (PARTWISE, at(lambda z: mpmath.log(z) / mpmath.log(2))),
    "reciprocal": (PARTWISE, signless(at(lambda z: 1 / z))),
    "sign": (PARTWISE, signless(at(lambda z: z / abs(z)))),
    "sin": (PARTWISE, at(mpmath.sin)),
    "sinh": (PARTWISE, at(mpmath.sinh)),
    "sqrt": (PARTWISE, at(mpmath.sqrt)),
    "square": (PARTWISE, at(lambda z: z * z)),
    "tan": (PARTWISE, at(mpmath.tan)),
    "tanh": (PARTWISE, at(mpmath.tanh)),
}


# Differences and products whose parts may cancel are right as a whole only, in units of eps times the magnitude.
AS_A_WHOLE = {"expm1", "log1p", "square"}
# Where a function is infinite there are the tables of special cases.
POLES = {"atan": [1j, -1j], "atanh": [1.0, -1.0], "log1p": [-1.0]}


@functools.cache
def complex_reference(name: str, z: complex, signs: tuple[float, float]) -> Any:
    return UNARY_COMPLEX[name][1](z)


def reference_at(name: str, z: complex) -> Any:
    """Cached by the signs of zeros too, which compare equal."""
    return complex_reference(name, z, (math.copysign(1, z.real), math.copysign(1, z.imag)))


@covers(*UNARY_COMPLEX)
@pytest.mark.parametrize("name", UNARY_COMPLEX)
@pytest.mark.parametrize(("device", "dtype"), on_devices(COMPLEX, KERNELS))
def test_unary_complex(name, device, dtype):
    operands = [complex(single(z.real), single(z.imag)) for z in PLANE]
    operands = [z for z in operands if z not in POLES.get(name, [])]
    if name == "log1p" and device.startswith("array_api_strict"):
        # NumPy's complex loop computes 1 + x, which loses the digits of small operands; the plug-in for NumPy does not.
        operands = [z for z in operands if abs(z) > 0.5]
    wanted = Grid((len(operands),), [reference_at(name, z) for z in operands])
    got = function(name)(tensor(operands, dtype, device))
    measure = check_whole if name in AS_A_WHOLE else check
    measure(name, got, wanted, dtype, device, UNARY_COMPLEX[name][0], operands)


COMPLEX_PAIRS = [0.5 + 0.25j, -1.5 + 2j, 3 - 4j, -0.125 - 7j, 1 + 0j, 1e-3 + 1e3j, 2j, -2.0 + 0j]
BINARY_COMPLEX: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "pow": lambda a, b: a**b,
}


@covers(*BINARY_COMPLEX)
@pytest.mark.parametrize("name", BINARY_COMPLEX)
@pytest.mark.parametrize(("device", "dtype"), on_devices(COMPLEX))
def test_binary_complex(name, device, dtype):
    numbers = [complex(single(z.real), single(z.imag)) for z in COMPLEX_PAIRS]
    n = len(numbers)
    pairs = [(a, b) for a in numbers for b in numbers]
    if name == "pow":  # 1000 times the logarithm of 1000 turns the angle by 7000, and its rounding error with it
        pairs = [(a, b if abs(b) < 10 else 3 + 0j) for a, b in pairs]
    wanted = [BINARY_COMPLEX[name](mpmath.mpc(a), mpmath.mpc(b)) for a, b in pairs]
    left, right = (tensor([p[k] for p in pairs], dtype, device) for k in (0, 1))
    # A power is exp(b log(a)): an error of the logarithm grows by |b log(a)|, below 60 here.
    tolerance = 60.0 if name == "pow" else 4.0
    check_whole(name, function(name)(left, right), Grid((n * n,), wanted), dtype, device, tolerance, pairs)
    for scalar in (3 - 4j, 2.0, 2):
        for swapped in (False, True):
            wanted = [BINARY_COMPLEX[name](*[mpmath.mpc(v) for v in ((scalar, a) if swapped else (a, scalar))])
                      for a in numbers if abs(a) < 10]  # fmt: skip
            x = tensor([a for a in numbers if abs(a) < 10], dtype, device)
            got = function(name)(scalar, x) if swapped else function(name)(x, scalar)
            check_whole(name, got, Grid((len(wanted),), wanted), dtype, device, tolerance, numbers)


@covers("abs", "conj", "imag", "negative", "positive", "real", "round")
@pytest.mark.parametrize(("device", "dtype"), on_devices(COMPLEX))
def test_parts_of_complex_numbers(device, dtype):
    parts = [0.0, -0.0, 1.5, -2.5, 2.25, INF, -INF, NAN]
    numbers = [complex(a, b) for a in parts for b in parts]
    n = len(numbers)
    x = tensor(numbers, dtype, device)
    real = "float32" if dtype == "complex64" else "float64"

    def integral(p: float) -> float:
        return math.copysign(float(round(p)), p) if math.isfinite(p) else p

    def magnitude(z: complex) -> Any:
        if math.isinf(z.real) or math.isinf(z.imag):
            return INF
        return NAN if cmath.isnan(z) else mpmath.sqrt(mpmath.mpf(z.real) ** 2 + mpmath.mpf(z.imag) ** 2) or 0.0

    check("conj", xp.conj(x), Grid((n,), [z.conjugate() for z in numbers]), dtype, device, 0, numbers)
    check("negative", xp.negative(x), Grid((n,), [-z for z in numbers]), dtype, device, 0, numbers)
    check("positive", xp.positive(x), Grid((n,), numbers), dtype, device, 0, numbers)
    check("real", xp.real(x), Grid((n,), [z.real for z in numbers]), real, device, 0, numbers)
    check("imag", xp.imag(x), Grid((n,), [z.imag for z in numbers]), real, device, 0, numbers)
    check("abs", xp.abs(x), Grid((n,), [magnitude(z) for z in numbers]), real, device, 2, numbers)
    wanted = [complex(integral(z.real), integral(z.imag)) for z in numbers]
    check("round", xp.round(x), Grid((n,), wanted), dtype, device, 0, numbers)
    form = FORMATS[dtype]
    far = [complex(form.max / 2, form.max / 2), complex(form.subnormal, form.subnormal), complex(form.tiny, -form.tiny)]
    wanted = [mpmath.sqrt(mpmath.mpf(z.real) ** 2 + mpmath.mpf(z.imag) ** 2) for z in far]
    check("abs", xp.abs(tensor(far, dtype, device)), Grid((3,), wanted), real, device, 2, far)
