"""The special cases of elementwise functions, from the text of the standard (2025.12), exactly.

A row is the operands and the result, written as the standard writes them:

- `0`, `-0`, `inf`, `-inf`, `nan`, `1`, `pi/2` ... are these numbers, `+-0`, `+-inf` both signs
- `finite`, `nonzero`, `positive`, `negative` any such finite number, `any` any number at all, NaN too
- in a result, `?0` and `?inf` leave the sign open, `x1` and `x2` are the operands

Approximations to multiples of pi may be off by an ulp, everything else must be the same number.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest

import apitensor as xp
from tests.reference import COMPLEX, FORMATS, INF, NAN, REAL, same
from tests.values.checks import covers, function, on_devices, tensor

POSITIVE = [5e-324, 1e-310, 1e-40, 0.25, 0.5, 2.5, 3.0, 1e30, 1e300]
NEGATIVE = [-x for x in POSITIVE]
NONZERO = [1.0, -1.0, *POSITIVE, *NEGATIVE]

CLASSES: dict[str, list[float]] = {
    "+-0": [0.0, -0.0],
    "+-inf": [INF, -INF],
    "positive": [1.0, *POSITIVE],
    "negative": [-1.0, *NEGATIVE],
    "nonzero": NONZERO,
    "finite": [0.0, -0.0, *NONZERO],
    "any": [0.0, -0.0, *NONZERO, INF, -INF, NAN],
    "number": [0.0, -0.0, *NONZERO, INF, -INF],  # all but NaN
    ">1": [1.5, 2.0, 1e30, 1e300, INF],
    "<-1": [-1.5, -2.0, -1e30, -1e300, -INF],
    "<1": [1 - 2.0**-24, 0.5, 0.0, -0.0, -3.0, -INF],
    "|x|>1": [1.5, -1.5, 3.0, -1e30],
    "|x|<1": [0.5, -0.5, 1e-30, 0.0, -0.0],
    "odd>0": [1.0, 3.0, 5.0, 2.0**24 - 1],
    "odd<0": [-1.0, -3.0, -5.0],
    "notodd>0": [2.0, 4.0, 0.5, 2.5, 1e30, INF],
    "notodd<0": [-2.0, -4.0, -0.5, -2.5, -1e30, -INF],
    "fraction": [0.5, -0.5, 2.5, -2.5],
    "integral": [1.0, -1.0, 3.0, -3.0, 2.0**24, -(2.0**30), 1e300],
}
NUMBERS = {
    **{"0": 0.0, "-0": -0.0, "inf": INF, "-inf": -INF, "nan": NAN, "1": 1.0, "-1": -1.0, "?0": 0.0, "?inf": INF},
    **{"pi": math.pi, "-pi": -math.pi, "pi/2": math.pi / 2, "-pi/2": -math.pi / 2, "pi/4": math.pi / 4},
    **{"-pi/4": -math.pi / 4, "3pi/4": 3 * math.pi / 4, "-3pi/4": -3 * math.pi / 4},
}


def expand(token: str) -> list[float]:
    return CLASSES[token] if token in CLASSES else [NUMBERS[token]]


def rows(text: str) -> list[list[str]]:
    """The rows of a table: operands, an arrow, result."""
    found = [line.replace("->", " ").split() for line in text.replace(";", "\n").splitlines() if line.strip()]
    return found


def meets(got: float, token: str, wanted: float, dtype: str) -> bool:
    """Whether a part of a result is what the standard says."""
    if token[:1] == "?" and "pi" not in token:
        return same(abs(got), abs(wanted))
    if "pi" in token:
        got, wanted = (abs(got), abs(wanted)) if token[0] == "?" else (got, wanted)
        return abs(got - wanted) <= 2 * FORMATS[dtype].eps * abs(wanted)
    return same(got, wanted)


def representable(x: float, dtype: str) -> bool:
    form = FORMATS[dtype]
    return not math.isfinite(x) or not x or (form.subnormal <= abs(x) <= form.max and form.nearest(x) != 0)


# ---- real operands

UNARY = {
    "abs": "nan -> nan; -0 -> 0; 0 -> 0; -inf -> inf; inf -> inf",
    "acos": "nan -> nan; >1 -> nan; <-1 -> nan; 1 -> 0; -1 -> pi; 0 -> pi/2",
    "acosh": "nan -> nan; <1 -> nan; 1 -> 0; inf -> inf",
    "asin": "nan -> nan; >1 -> nan; <-1 -> nan; 0 -> 0; -0 -> -0; 1 -> pi/2; -1 -> -pi/2",
    "asinh": "nan -> nan; 0 -> 0; -0 -> -0; inf -> inf; -inf -> -inf",
    "atan": "nan -> nan; 0 -> 0; -0 -> -0; inf -> pi/2; -inf -> -pi/2",
    "atanh": "nan -> nan; <-1 -> nan; >1 -> nan; -1 -> -inf; 1 -> inf; 0 -> 0; -0 -> -0",
    "ceil": "integral -> x1; inf -> inf; -inf -> -inf; 0 -> 0; -0 -> -0; nan -> nan",
    "cos": "nan -> nan; 0 -> 1; -0 -> 1; inf -> nan; -inf -> nan",
    "cosh": "nan -> nan; 0 -> 1; -0 -> 1; inf -> inf; -inf -> inf",
    "exp": "nan -> nan; 0 -> 1; -0 -> 1; inf -> inf; -inf -> 0",
    "expm1": "nan -> nan; 0 -> 0; -0 -> -0; inf -> inf; -inf -> -1",
    "floor": "integral -> x1; inf -> inf; -inf -> -inf; 0 -> 0; -0 -> -0; nan -> nan",
    "log": "nan -> nan; negative -> nan; -inf -> nan; +-0 -> -inf; 1 -> 0; inf -> inf",
    "log10": "nan -> nan; negative -> nan; -inf -> nan; +-0 -> -inf; 1 -> 0; inf -> inf",
    "log1p": "nan -> nan; <-1 -> nan; -1 -> -inf; -0 -> -0; 0 -> 0; inf -> inf",
    "log2": "nan -> nan; negative -> nan; -inf -> nan; +-0 -> -inf; 1 -> 0; inf -> inf",
    "negative": "nan -> nan; 0 -> -0; -0 -> 0; inf -> -inf; -inf -> inf",
    "positive": "any -> x1",
    "reciprocal": "nan -> nan; 0 -> inf; -0 -> -inf; inf -> 0; -inf -> -0",
    "round": "integral -> x1; inf -> inf; -inf -> -inf; 0 -> 0; -0 -> -0; nan -> nan",
    "sign": "negative -> -1; -inf -> -1; +-0 -> ?0; positive -> 1; inf -> 1; nan -> nan",
    "sin": "nan -> nan; 0 -> 0; -0 -> -0; +-inf -> nan",
    "sinh": "nan -> nan; 0 -> 0; -0 -> -0; inf -> inf; -inf -> -inf",
    "sqrt": "nan -> nan; negative -> nan; -inf -> nan; 0 -> 0; -0 -> -0; inf -> inf",
    "square": "nan -> nan; +-0 -> 0; +-inf -> inf",
    "tan": "nan -> nan; 0 -> 0; -0 -> -0; +-inf -> nan",
    "tanh": "nan -> nan; 0 -> 0; -0 -> -0; inf -> 1; -inf -> -1",
    "trunc": "integral -> x1; inf -> inf; -inf -> -inf; 0 -> 0; -0 -> -0; nan -> nan",
}

BINARY = {
    "add": """
        nan any -> nan; any nan -> nan; inf -inf -> nan; -inf inf -> nan; inf inf -> inf; -inf -inf -> -inf
        inf finite -> inf; -inf finite -> -inf; finite inf -> inf; finite -inf -> -inf
        -0 -0 -> -0; -0 0 -> 0; 0 -0 -> 0; 0 0 -> 0; +-0 nonzero -> x2; nonzero +-0 -> x1; 1 -1 -> 0; -1 1 -> 0
    """,
    "subtract": """
        nan any -> nan; any nan -> nan; inf inf -> nan; -inf -inf -> nan; inf -inf -> inf; -inf inf -> -inf
        inf finite -> inf; -inf finite -> -inf; finite inf -> -inf; finite -inf -> inf
        -0 -0 -> 0; -0 0 -> -0; 0 -0 -> 0; 0 0 -> 0; nonzero +-0 -> x1; 1 1 -> 0; -1 -1 -> 0
    """,
    "multiply": """
        nan any -> nan; any nan -> nan; +-inf +-0 -> nan; +-0 +-inf -> nan
        inf inf -> inf; inf -inf -> -inf; -inf inf -> -inf; -inf -inf -> inf
        inf positive -> inf; inf negative -> -inf; -inf positive -> -inf; -inf negative -> inf
        positive inf -> inf; negative inf -> -inf; positive -inf -> -inf; negative -inf -> inf
        0 positive -> 0; 0 negative -> -0; -0 positive -> -0; -0 negative -> 0; 0 0 -> 0; 0 -0 -> -0; -0 -0 -> 0
    """,
    "divide": """
        nan any -> nan; any nan -> nan; +-inf +-inf -> nan; +-0 +-0 -> nan
        0 positive -> 0; -0 positive -> -0; 0 negative -> -0; -0 negative -> 0
        positive 0 -> inf; positive -0 -> -inf; negative 0 -> -inf; negative -0 -> inf
        inf positive -> inf; inf negative -> -inf; -inf positive -> -inf; -inf negative -> inf
        positive inf -> 0; positive -inf -> -0; negative inf -> -0; negative -inf -> 0
        inf 0 -> inf; inf -0 -> -inf; -inf 0 -> -inf; -inf -0 -> inf
    """,
    # Where the text also allows what Python does, apitensor divides and rounds down (`floor_divide` of the plug-in).
    "floor_divide": """
        nan any -> nan; any nan -> nan; +-inf +-inf -> nan; +-0 +-0 -> nan
        0 positive -> 0; -0 positive -> -0; 0 negative -> -0; -0 negative -> 0
        positive 0 -> inf; positive -0 -> -inf; negative 0 -> -inf; negative -0 -> inf
        inf positive -> inf; inf negative -> -inf; -inf positive -> -inf; -inf negative -> inf
        positive inf -> 0; positive -inf -> -0; negative inf -> -0; negative -inf -> 0
    """,
    "remainder": """
        nan any -> nan; any nan -> nan; +-inf +-inf -> nan; +-0 +-0 -> nan
        0 positive -> 0; -0 positive -> 0; 0 negative -> -0; -0 negative -> -0
        nonzero +-0 -> nan; +-inf nonzero -> nan; +-inf +-0 -> nan
        positive inf -> x1; positive -inf -> x2; negative inf -> x2; negative -inf -> x1
        0 inf -> 0; -0 inf -> 0; 0 -inf -> -0; -0 -inf -> -0
    """,
    "pow": """
        0 nan -> nan; nonzero2 nan -> nan; +-inf nan -> nan; any +-0 -> 1; nan nonzero -> nan; nan +-inf -> nan
        |x|>1 inf -> inf; |x|>1 -inf -> 0; 1 +-inf -> 1; -1 +-inf -> 1; 1 number -> 1; |x|<1 inf -> 0; |x|<1 -inf -> inf
        inf positive -> inf; inf negative -> 0; inf inf -> inf; inf -inf -> 0; -inf odd>0 -> -inf; -inf notodd>0 -> inf
        -inf odd<0 -> -0; -inf notodd<0 -> 0; 0 positive -> 0; 0 negative -> inf; -0 odd>0 -> -0; -0 notodd>0 -> 0
        -0 odd<0 -> -inf; -0 notodd<0 -> inf; negative fraction -> nan
    """,
    "atan2": """
        nan any -> nan; any nan -> nan; positive +-0 -> pi/2; 0 positive -> 0; 0 0 -> 0; 0 -0 -> pi; 0 negative -> pi
        -0 positive -> -0; -0 0 -> -0; -0 -0 -> -pi; -0 negative -> -pi; negative +-0 -> -pi/2
        positive inf -> 0; positive -inf -> pi; negative inf -> -0; negative -inf -> -pi; inf finite -> pi/2
        -inf finite -> -pi/2; inf inf -> pi/4; inf -inf -> 3pi/4; -inf inf -> -pi/4; -inf -inf -> -3pi/4
        0 inf -> 0; -0 inf -> -0; 0 -inf -> pi; -0 -inf -> -pi
    """,
    "hypot": """
        +-inf any -> inf; any +-inf -> inf; +-0 positive -> x2; positive +-0 -> x1; +-0 +-0 -> 0
        finite nan -> nan; nan finite -> nan; nan nan -> nan
    """,
    "logaddexp": """
        nan any -> nan; any nan -> nan; inf number -> inf; number inf -> inf; -inf -inf -> -inf
        -inf finite0 -> x2; finite0 -inf -> x1
    """,
    "maximum": """
        nan any -> nan; any nan -> nan; inf number -> inf; number inf -> inf; -inf finite0 -> x2; finite0 -inf -> x1
        negative positive -> x2; positive negative -> x1; +-0 +-0 -> ?0; negative +-0 -> ?0
    """,
    "minimum": """
        nan any -> nan; any nan -> nan; -inf number -> -inf; number -inf -> -inf; inf finite0 -> x2; finite0 inf -> x1
        negative positive -> x1; positive negative -> x2; +-0 +-0 -> ?0; positive +-0 -> ?0
    """,
    "nextafter": "nan any -> nan; any nan -> nan; -0 0 -> 0; 0 -0 -> -0; inf inf -> inf; -inf -inf -> -inf",
}
CLASSES["nonzero2"] = [x for x in NONZERO if x != 1]
CLASSES["finite0"] = [0.0, *NONZERO]

# What array_api_strict gives otherwise, case by case. It calls NumPy and repairs nothing; the plug-in for NumPy does.
PYTHONS_DIVISION = """
    +-inf finite -> nan; positive inf -> 0; positive -inf -> -1; negative inf -> -1; negative -inf -> 0
"""
STRICT_OTHERWISE = {
    # The text lets a library answer as Python's `//` does.
    "floor_divide": PYTHONS_DIVISION,
    # NumPy takes the square root where one exponent of 0.5 serves many elements.
    "pow": "-inf 0.5 -> nan; -0 0.5 -> -0",
}
NUMBERS["0.5"] = 0.5


def table(text: str, dtype: str) -> list[tuple[tuple[float, ...], str, float]]:
    """Operands, the token of the result and its value, for every number that a table's classes stand for."""
    cases = []
    for *operands, token in rows(text):
        for x in itertools.product(*map(expand, operands)):
            if all(representable(v, dtype) for v in x):
                x = tuple([FORMATS[dtype].nearest(v) for v in x])
                wanted = x[int(token[1]) - 1] if token in ("x1", "x2") else NUMBERS[token]
                cases.append((x, token, FORMATS[dtype].nearest(wanted)))
    return cases


@covers(*UNARY, *BINARY)
@pytest.mark.parametrize("name", [*UNARY, *BINARY])
@pytest.mark.parametrize(("device", "dtype"), on_devices(REAL))
def test_real(name, device, dtype):
    cases = table({**UNARY, **BINARY}[name], dtype)
    operands = [tensor(list(column), dtype, device) for column in zip(*[x for x, _, _ in cases], strict=True)]
    got = function(name)(*operands)
    assert got.dtype.name == dtype and got.device == device
    found = list(zip(cases, got.tolist(), strict=True))
    # The same numbers one at a time take other loops of a library.
    for case in cases[:: 1 if len(cases) < 300 else 5]:
        found.append((case, function(name)(*[tensor(v, dtype, device) for v in case[0]]).tolist()))
    if device.startswith("array_api_strict"):
        otherwise = {repr(x): wanted for x, _, wanted in table(STRICT_OTHERWISE.get(name, ""), dtype)}
        found = [(c, y) for c, y in found if repr(c[0]) not in otherwise or not same(y, otherwise[repr(c[0])])]
    wrong = [f"{name}{x} is {y}, wanted {t}" for (x, t, wanted), y in found if not meets(y, t, wanted, dtype)]
    assert not wrong, "\n".join(wrong[:20])


# ---- one exponent for many elements, where NumPy takes shortcuts


@covers("pow")
@pytest.mark.parametrize("exponent", [2.0, -1.0, 0.0, 0.5, 1.0, 3.0, -2.0, 2, 0, 1, 3])
@pytest.mark.parametrize(("device", "dtype"), on_devices(REAL))
def test_one_exponent_for_many(exponent, device, dtype):
    special = [0.0, -0.0, INF, -INF, 1.0, -1.0, 4.0, -4.0, NAN]
    # Special cases of the table above by the rules of C's pow, which Python's float power does not raise for here.
    wanted = [_power(x, float(exponent)) for x in special]
    x = tensor(special, dtype, device)
    one = tensor(float(exponent), dtype, device)
    results = [xp.pow(x, exponent), x**exponent, xp.pow(x, one), xp.pow(x, xp.reshape(one, (1,)))]
    wide = xp.broadcast_to(xp.expand_dims(x, 1), (len(special), 20000))
    results.append(xp.pow(wide, xp.broadcast_to(one, (len(special), 1)))[:, -1])
    # array_api_strict has NumPy's shortcut for roots, see above.
    excused = (0.0, -INF) if device.startswith("array_api_strict") and exponent == 0.5 else ()
    for got in results:
        assert got.dtype.name == dtype
        cases = [case for case in zip(special, got.tolist(), wanted, strict=True) if case[0] not in excused]
        wrong = [f"{x} ** {exponent} is {y}, wanted {w}" for x, y, w in cases if not same(y, w)]
        assert not wrong, wrong


def _power(x: float, exponent: float) -> float:
    if x == 0 and exponent < 0:
        return math.copysign(INF, x) if exponent % 2 == 1 else INF
    if x < 0 and math.isfinite(x) and not exponent.is_integer():
        return NAN
    return math.pow(x, exponent)


# ---- complex operands

# Every row holds for the conjugates too, and where a function is odd or even for the negatives.
COMPLEX_TABLES = {
    "acos": """
        +-0 0 -> pi/2 -0; +-0 nan -> pi/2 nan; finite inf -> pi/2 -inf; nonzero nan -> nan nan
        -inf positive -> pi -inf; inf positive -> 0 -inf; -inf inf -> 3pi/4 -inf; inf inf -> pi/4 -inf
        +-inf nan -> nan ?inf; nan finite -> nan nan; nan inf -> nan -inf; nan nan -> nan nan
    """,
    "acosh": """
        +-0 0 -> 0 pi/2; finite inf -> inf pi/2; nonzero nan -> nan nan; 0 nan -> nan ?pi/2
        -inf positive -> inf pi; inf positive -> inf 0; -inf inf -> inf 3pi/4; inf inf -> inf pi/4
        +-inf nan -> inf nan; nan finite -> nan nan; nan inf -> inf nan; nan nan -> nan nan
    """,
    "asinh": """
        0 0 -> 0 0; positive inf -> inf pi/2; finite nan -> nan nan; inf positive -> inf 0; inf inf -> inf pi/4
        nan 0 -> nan 0; nan nonzero -> nan nan; nan inf -> ?inf nan; nan nan -> nan nan; inf nan -> inf nan
    """,
    "atanh": """
        0 0 -> 0 0; 0 nan -> 0 nan; 1 0 -> inf 0; positive inf -> 0 pi/2; nonzero nan -> nan nan
        inf positive -> 0 pi/2; inf inf -> 0 pi/2; inf nan -> 0 nan; nan finite -> nan nan; nan inf -> ?0 pi/2
        nan nan -> nan nan
    """,
    "cosh": """
        0 0 -> 1 0; 0 inf -> nan ?0; 0 nan -> nan ?0; nonzero inf -> nan nan; nonzero nan -> nan nan; inf 0 -> inf 0
        inf nonzero -> inf*cos inf*sin; inf inf -> ?inf nan; inf nan -> inf nan; nan +-0 -> nan ?0
        nan nonzero -> nan nan; nan nan -> nan nan
    """,
    "exp": """
        +-0 0 -> 1 0; finite inf -> nan nan; finite nan -> nan nan; inf 0 -> inf 0; -inf finite -> 0*cos 0*sin
        inf nonzero -> inf*cos inf*sin; -inf inf -> ?0 ?0; inf inf -> ?inf nan; -inf nan -> ?0 ?0; inf nan -> ?inf nan
        nan 0 -> nan 0; nan nonzero -> nan nan; nan inf -> nan nan; nan nan -> nan nan
    """,
    "expm1": """
        +-0 0 -> 0 0; finite inf -> nan nan; finite nan -> nan nan; inf 0 -> inf 0; -inf finite -> -1 0*sin
        inf nonzero -> inf*cos inf*sin; -inf inf -> -1 ?0; inf inf -> ?inf nan; -inf nan -> -1 ?0; inf nan -> ?inf nan
        nan 0 -> nan 0; nan nonzero -> nan nan; nan inf -> nan nan; nan nan -> nan nan
    """,
    "log": """
        -0 0 -> -inf pi; 0 0 -> -inf 0; finite inf -> inf pi/2; finite nan -> nan nan; -inf positive -> inf pi
        inf positive -> inf 0; -inf inf -> inf 3pi/4; inf inf -> inf pi/4; +-inf nan -> inf nan; nan finite -> nan nan
        nan inf -> inf nan; nan nan -> nan nan
    """,
    "log1p": """
        -1 0 -> -inf 0; finite inf -> inf pi/2; finite nan -> nan nan; -inf positive -> inf pi
        inf positive -> inf 0; -inf inf -> inf 3pi/4; inf inf -> inf pi/4; +-inf nan -> inf nan; nan finite -> nan nan
        nan inf -> inf nan; nan nan -> nan nan
    """,
    "sign": """
        +-0 +-0 -> ?0 ?0; nan any -> nan nan; any nan -> nan nan; positive 0 -> 1 0; negative 0 -> -1 ?0
        +-0 positive -> ?0 1
    """,
    "sinh": """
        0 0 -> 0 0; 0 inf -> ?0 nan; 0 nan -> ?0 nan; positive inf -> nan nan; positive nan -> nan nan; inf 0 -> inf 0
        inf positive -> inf*cos inf*sin; inf inf -> ?inf nan; inf nan -> ?inf nan; nan 0 -> nan 0
        nan nonzero -> nan nan; nan nan -> nan nan
    """,
    "sqrt": """
        +-0 0 -> 0 0; any inf -> inf inf; -inf inf -> inf inf; finite nan -> nan nan; -inf positive -> 0 inf
        inf positive -> inf 0; -inf nan -> nan ?inf; inf nan -> inf nan; nan finite -> nan nan; nan nan -> nan nan
    """,
    "tanh": """
        0 0 -> 0 0; nonzero inf -> nan nan; 0 inf -> 0 nan; nonzero nan -> nan nan; 0 nan -> 0 nan; inf positive -> 1 0
        inf inf -> 1 ?0; inf nan -> 1 ?0; nan 0 -> nan 0; nan nonzero -> nan nan; nan inf -> nan nan; nan nan -> nan nan
    """,
}
NUMBERS["?pi/2"] = math.pi / 2
ODD, EVEN = ("asinh", "atanh", "sinh", "tanh"), ("cosh",)
# The standard derives these: f(z) = -i g(i z), cos(z) = cosh(i z), and logarithms by change of base.
BY_ROTATION = {"asin": "asinh", "atan": "atanh", "sin": "sinh", "tan": "tanh", "cos": "cosh"}
BY_BASE = {"log2": 2, "log10": 10}

# Where array_api_strict's results differ from the tables, which operands and why. All else has to hold.
STRICT_COMPLEX = {
    # NumPy's loop, (exp(a) - 1) cos(b) - 2 sin(b/2)^2 and exp(a) sin(b), which ignores the special values of exp.
    "expm1": lambda z: z == 0 or math.isinf(z.real) or (math.isnan(z.real) and z.imag == 0),
    # NumPy's loop has the sign of sin(2b) cos(2b) for the zero beside 1.
    "tanh": lambda z: math.isinf(z.real),
    "tan": lambda z: math.isinf(z.imag),
    # x / abs(x) as it stands, where 1 / abs(x) overflows for subnormal numbers, and rounds twice.
    "sign": lambda z: 0 < abs(z) < 1e-38 or abs(z) > 1e29,
    # NumPy 2.2 and older give no imaginary part for 0 + NaN i.
    "acosh": lambda z: z.real == 0 and math.isnan(z.imag),
}


def value_of(token: str, b: float) -> tuple[str, float]:
    """A result's token and value, where `inf*cos` is the infinity with the sign of cos(b)."""
    if "*" not in token:
        return token, NUMBERS[token]
    size, angle = token.split("*")
    return "", math.copysign(NUMBERS[size], math.cos(b) if angle == "cos" else math.sin(b))


def images(name: str, x: complex, part: Any) -> Any:
    """A row and what symmetry makes of it: operands and, for both parts of the result, tokens and values."""
    (re, p), (im, q) = part
    yield x, (re, p), (im, q)
    yield x.conjugate(), (re, p), (im, -q)
    if name in ODD:
        yield -x, (re, -p), (im, -q)
        yield -x.conjugate(), (re, -p), (im, q)
    if name in EVEN:
        yield -x, (re, p), (im, q)
        yield -x.conjugate(), (re, p), (im, -q)


def complex_table(name: str, dtype: str) -> list[Any]:
    """Operands and both parts of the result for every number that a table stands for."""
    if name in BY_ROTATION:
        found = []
        for w, (re, p), (im, q) in complex_table(BY_ROTATION[name], dtype):
            z = complex(w.imag, -w.real)
            found.append((z, (re, p), (im, q)) if name == "cos" else (z, (im, q), (re, -p)))
        return found
    if name in BY_BASE:
        k = math.log(BY_BASE[name])
        return [(z, (re, p / k), (im, q / k)) for z, (re, p), (im, q) in complex_table("log", dtype)]
    found = []
    for a_class, b_class, re, im in rows(COMPLEX_TABLES[name]):
        for a, b in itertools.product(expand(a_class), expand(b_class)):
            if representable(a, dtype) and representable(b, dtype):
                a, b = FORMATS[dtype].nearest(a), FORMATS[dtype].nearest(b)
                found += images(name, complex(a, b), (value_of(re, b), value_of(im, b)))
    return found


@covers(*COMPLEX_TABLES, *BY_ROTATION, *BY_BASE)
@pytest.mark.parametrize("name", [*COMPLEX_TABLES, *BY_ROTATION, *BY_BASE])
@pytest.mark.parametrize(("device", "dtype"), on_devices(COMPLEX))
def test_complex(name, device, dtype):
    cases = complex_table(name, dtype)
    got = function(name)(tensor([z for z, _, _ in cases], dtype, device))
    assert got.dtype.name == dtype and got.device == device
    wrong = []
    excused = STRICT_COMPLEX.get(name, lambda z: False) if device.startswith("array_api_strict") else lambda z: False
    for (z, (re, p), (im, q)), y in zip(cases, got.tolist(), strict=True):
        if not excused(z) and not (meets(y.real, re, p, dtype) and meets(y.imag, im, q, dtype)):
            wrong.append(f"{name}({z}) is {y}, wanted {re or p} {im or q} i")
    assert not wrong, f"{len(wrong)} of {len(cases)}:\n" + "\n".join(wrong[:30])
