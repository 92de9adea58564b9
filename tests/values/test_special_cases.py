"""The special cases of elementwise functions, from the text of the standard (2025.12), exactly.

A row is the operands and the result, written as the standard writes them:

- `0`, `-0`, `inf`, `-inf`, `nan`, `1`, `pi/2` ... are these numbers, `+-0`, `+-inf` both signs
- `finite`, `nonzero`, `positive`, `negative` any such finite number, `any` any number at all, NaN too
- in a result, `?0` and `?inf` leave the sign open, `x1` and `x2` are the operands

Approximations to multiples of pi may be off by an ulp, everything else must be the same number.
"""

from __future__ import annotations

import cmath
import itertools
import math
from typing import Any

import pytest

import apitensor as xp
from tests.reference import COMPLEX, FORMATS, INF, NAN, REAL, same
from tests.values.checks import covers, on_devices, tensor

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
    if token[0] == "?":
        return same(abs(got), abs(wanted))
    if "pi" in token:
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
    # Where the text allows what Python does besides, apitensor divides and rounds down (see `floor_divide` of the plug-in).
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

# What the standard leaves open is not in the tables. What array_api_strict does otherwise, case by case:
STRICT = "array_api_strict"
INHERITED = "NumPy's own result, which array_api_strict passes on"
STRICT_FAULTS: dict[str, tuple[str, str]] = {}


def run(name: str, text: str, device: str, dtype: str) -> list[str]:
    """Evaluate a table in one call and give what differs."""
    cases = []
    for *operands, token in rows(text):
        for x in itertools.product(*map(expand, operands)):
            if all(representable(v, dtype) for v in x):
                wanted = x[int(token[1]) - 1] if token in ("x1", "x2") else NUMBERS[token]
                cases.append((x, token, FORMATS[dtype].nearest(wanted)))
    columns = zip(*[x for x, _, _ in cases], strict=True)
    operands = [tensor(list(column), dtype, device) for column in columns]
    got = getattr(xp, name)(*operands)
    assert got.dtype.name == dtype and got.device == device
    together = got.tolist()
    # The same numbers one at a time take other loops of a library, and a sign or NaN may hide in them.
    single = [getattr(xp, name)(*[tensor(v, dtype, device) for v in x]) for x, _, _ in cases[::7]]
    wrong = []
    for (x, token, wanted), y in [*zip(cases, together, strict=True),
                                  *zip(cases[::7], [s.tolist() for s in single], strict=True)]:  # fmt: skip
        if not meets(y, token, wanted, dtype):
            wrong.append(f"{name}{x} is {y}, wanted {token}")
    return wrong


@covers(*UNARY, *BINARY)
@pytest.mark.parametrize("name", [*UNARY, *BINARY])
@pytest.mark.parametrize(("device", "dtype"), on_devices(REAL))
def test_real(name, device, dtype):
    wrong = run(name, {**UNARY, **BINARY}[name], device, dtype)
    if device.startswith(STRICT) and name in STRICT_FAULTS:
        return
    assert not wrong, "\n".join(wrong[:20])
