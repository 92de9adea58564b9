"""Special functions with their derivatives: those that `scipy.special` looks up in a namespace, and relatives.

Values come from the backend (SciPy for NumPy: `pip install 'apitensor[special]'`), derivatives from here. Three kinds
of operand have no derivative, and to ask for one is a TypeError, never a zero: an integer (the `k` of `pdtr`), the
order of a Bessel function, and what the docstrings name. With respect to the shape parameters of the incomplete gamma
and beta functions, and so of the distributions of chi-square, F and Student's t, there is no closed form: see
`_gammainc_by_a` and `_betainc_by`.

A partial derivative is a formula over the namespace `xp` and `xp.special`, so higher orders follow from it.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._core.declare import Elementwise, Partial, constant, elementwise, within
from ._core.op import SCALARS, apply, prepare
from ._standard.creation import asarray
from ._standard.data_types import astype, result_type
from ._standard.utility import any

if TYPE_CHECKING:
    from ._tensor import Tensor

__all__ = [
    "bdtr",
    "bdtrc",
    "bdtri",
    "beta",
    "betainc",
    "betaincc",
    "betainccinv",
    "betaincinv",
    "betaln",
    "binom",
    "boxcox",
    "boxcox1p",
    "cbrt",
    "chdtr",
    "chdtrc",
    "chdtri",
    "cosdg",
    "cosm1",
    "cotdg",
    "digamma",
    "ellipe",
    "ellipk",
    "ellipkm1",
    "entr",
    "erf",
    "erfc",
    "erfcinv",
    "erfcx",
    "erfinv",
    "exp1",
    "exp2",
    "exp10",
    "expi",
    "expit",
    "expn",
    "exprel",
    "fdtr",
    "fdtrc",
    "fdtri",
    "gamma",
    "gammainc",
    "gammaincc",
    "gammainccinv",
    "gammaincinv",
    "gammaln",
    "gammasgn",
    "gdtr",
    "gdtrc",
    "huber",
    "hyp1f1",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "inv_boxcox",
    "inv_boxcox1p",
    "iv",
    "ive",
    "j0",
    "j1",
    "jn",
    "jv",
    "k0",
    "k0e",
    "k1",
    "k1e",
    "kl_div",
    "kv",
    "kve",
    "log_expit",
    "log_ndtr",
    "loggamma",
    "logit",
    "lpmv",
    "multigammaln",
    "nbdtr",
    "nbdtrc",
    "nbdtri",
    "ndtr",
    "ndtri",
    "ndtri_exp",
    "pdtr",
    "pdtrc",
    "pdtri",
    "poch",
    "polygamma",
    "pseudo_huber",
    "psi",
    "radian",
    "rel_entr",
    "rgamma",
    "sinc",
    "sindg",
    "spence",
    "stdtr",
    "stdtrit",
    "tandg",
    "xlog1py",
    "xlogy",
    "y0",
    "y1",
    "yn",
    "yv",
    "zeta",
    "zetac",
]


def __dir__() -> list[str]:
    return __all__


# ---- what computes a function on a backend's arrays


class Functions:
    """The special functions of a backend: its own, portable ones for what it lacks, a clear error for the rest."""

    def __init__(self, xp: Any) -> None:
        self._xp = xp
        self._own = getattr(xp.base, "special", None)

    def __getattr__(self, name: str) -> Any:
        function = getattr(self._own, name, None)
        if function is None:
            portable, xp = _PORTABLE.get(name), self._xp
            if portable is None:
                backend = getattr(xp.base, "__name__", xp.base)
                raise NotImplementedError(f"the backend {backend} has no special function {name!r}")

            def function(*operands: Any) -> Any:
                return portable(xp, *operands)

        setattr(self, name, function)  # from now on without coming here
        return function


def _functions(xp: Any) -> Any:
    """The special functions of a backend's namespace, where its rules find them: no rule runs before a function did."""
    if not isinstance(getattr(xp, "special", None), Functions):
        xp.special = Functions(xp)
    return xp.special


def _xlogy(xp: Any, x: Any, y: Any) -> Any:
    zero = (x == 0) & ~xp.isnan(y)
    return xp.where(zero, 0.0, x * xp.log(xp.where(zero, 1.0, y)))


def _rel_entr(xp: Any, x: Any, y: Any) -> Any:
    inside = (x > 0) & (y > 0)
    value = x * xp.log(xp.where(inside, x, 1.0) / xp.where(inside, y, 1.0))
    outside = xp.where((x == 0) & (y >= 0), 0.0, xp.full_like(value, math.inf))
    return xp.where(inside | xp.isnan(x) | xp.isnan(y), value, outside)


def _exprel(xp: Any, x: Any) -> Any:
    return xp.where(x == 0, 1.0, xp.expm1(x) / xp.where(x == 0, 1.0, x))


def _box_cox(xp: Any, log_x: Any, lmbda: Any) -> Any:
    return xp.where(lmbda == 0, log_x, xp.expm1(lmbda * log_x) / xp.where(lmbda == 0, 1.0, lmbda))


def _log_inverse_box_cox(xp: Any, y: Any, lmbda: Any) -> Any:
    return xp.where(lmbda == 0, y, xp.log1p(lmbda * y) / xp.where(lmbda == 0, 1.0, lmbda))


# Over the standard alone, for those that are simple and lose no more than a few digits of the last place that way.
_PORTABLE: dict[str, Callable[..., Any]] = {
    "boxcox": lambda xp, x, lmbda: _box_cox(xp, xp.log(x), lmbda),
    "boxcox1p": lambda xp, x, lmbda: _box_cox(xp, xp.log1p(x), lmbda),
    "cbrt": lambda xp, x: xp.sign(x) * xp.abs(x) ** (1 / 3),
    "cosm1": lambda xp, x: -2 * xp.sin(x / 2) ** 2,
    "entr": lambda xp, x: xp.where(x < 0, -math.inf, _xlogy(xp, -x, x)),
    "exp10": lambda xp, x: xp.pow(10.0, x),
    "exp2": lambda xp, x: xp.pow(2.0, x),
    "expit": lambda xp, x: 1 / (1 + xp.exp(-x)),
    "exprel": _exprel,
    "huber": lambda xp, delta, r: xp.where(
        delta < 0, math.inf, xp.where(xp.abs(r) <= delta, r * r / 2, delta * (xp.abs(r) - delta / 2))
    ),
    "inv_boxcox": lambda xp, y, lmbda: xp.exp(_log_inverse_box_cox(xp, y, lmbda)),
    "inv_boxcox1p": lambda xp, y, lmbda: xp.expm1(_log_inverse_box_cox(xp, y, lmbda)),
    "kl_div": lambda xp, x, y: xp.where((x < 0) | (y < 0), math.inf, _rel_entr(xp, x, y) - x + y),
    "log_expit": lambda xp, x: xp.where(x < 0, x, 0.0) - xp.log1p(xp.exp(-xp.abs(x))),
    "logit": lambda xp, x: xp.log(x) - xp.log1p(-x),
    "pseudo_huber": lambda xp, delta, r: xp.where(
        delta < 0,
        math.inf,
        xp.where(delta == 0, 0.0, r * r / (1 + xp.hypot(1.0, r / xp.where(delta == 0, 1.0, delta)))),
    ),
    "radian": lambda xp, d, m, s: (d + m / 60 + s / 3600) * (math.pi / 180),
    "rel_entr": _rel_entr,
    "sinc": lambda xp, x: xp.where(x == 0, 1.0, xp.sin(math.pi * x) / xp.where(x == 0, 1.0, math.pi * x)),
    "xlog1py": lambda xp, x, y: xp.where(
        (x == 0) & ~xp.isnan(y), 0.0, x * xp.log1p(xp.where((x == 0) & (y == -1), 0.0, y))
    ),
    "xlogy": _xlogy,
}


# ---- how a function is declared

# Why an operand has no derivative, in the place of its partial derivative.
INTEGER = "it is an integer"
ORDER = "the derivative with respect to the order has no closed form"


def _declare(
    signature: str, text: str, *partials: Partial | str, derivative: str, example: str
) -> Callable[..., Tensor]:
    """Declare a function: its signature, what it gives, its partial derivatives, these in words, and `call -> result`.

    A string in the place of a partial derivative says why there is none; whoever asks for it gets a TypeError.
    """
    name, _, rest = signature.rstrip(")").partition("(")
    names = rest.split(", ")
    rules = [_missing(name, x, p) if isinstance(p, str) else p for x, p in zip(names, partials, strict=True)]
    doc = _docstring(name, names, text, derivative, example)

    def forward(xp: Any, *arrays: Any) -> Any:
        return getattr(_functions(xp), name)(*arrays)

    if len(names) == 1:
        function = elementwise(name, *rules, forward=forward, doc=doc)
    else:
        op = Elementwise(name, forward, rules, None)
        integers = frozenset(i for i, p in enumerate(partials) if p is INTEGER)

        def function(*operands: Any) -> Tensor:
            if len(operands) != len(names):
                raise TypeError(f"{signature} takes {len(names)} arguments, not {len(operands)}")
            return apply(op, _as_floating(op, operands, integers), (), {})

        function.__name__ = function.__qualname__ = name
        function.__doc__ = doc
        function.op = op  # type: ignore[attr-defined]
    parameter = inspect.Parameter
    function.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [parameter(x, parameter.POSITIONAL_ONLY) for x in names], return_annotation="Tensor"
    )
    function.__module__ = __name__
    return function


def _missing(name: str, operand: str, reason: str) -> Partial:
    def partial(xp: Any, y: Any, *operands: Any) -> Any:
        raise TypeError(
            f"{name}: no derivative with respect to {operand!r}: {reason}; where it is constant, detach() it"
        )

    return partial


def _docstring(name: str, names: list[str], text: str, derivative: str, example: str) -> str:
    call, _, result = example.partition(" -> ")
    shapes = "any shape" if len(names) == 1 else "shapes that broadcast; Python scalars are taken as well"
    return f"""{text}

    Parameters
    ----------
    {", ".join(names)} : floating-point data type (integers are promoted), {shapes}

    Returns
    -------
    The floating-point type that the operands promote to; their common shape.

    Derivative: {derivative}.

    Source: scipy.special, {name}.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.special.{call}
    {result}
    """


# What a Python scalar becomes: by whether it is complex, and whether the tensors are in single precision.
_SCALARS = {(False, False): "float64", (False, True): "float32", (True, False): "complex128", (True, True): "complex64"}


def _as_floating(op: Elementwise, operands: tuple[Any, ...], integers: frozenset[int]) -> list[Any]:
    """The operands as tensors that rules can compute with: of a floating-point type, but for those in `integers`.

    Integers of up to 16 bits become single precision, others double precision: what SciPy's loops do with them.
    """
    prepared: list[Any] = prepare(op, operands)
    first = next(x for x in prepared if not isinstance(x, SCALARS))
    tensors = [x for i, x in enumerate(prepared) if not isinstance(x, SCALARS) and i not in integers]
    single = bool(tensors) and result_type(*tensors, 1.0) in ("float32", "complex64")
    for i, x in enumerate(prepared):
        if isinstance(x, SCALARS):
            integer = i in integers and isinstance(x, int)
            kind = "int64" if integer else _SCALARS[isinstance(x, complex), single]
            prepared[i] = asarray(x, dtype=kind, device=first.device)
        elif i not in integers and x.dtype.kind in "biu":
            prepared[i] = astype(x, "float32" if x.dtype.itemsize <= 2 else "float64")
    return prepared


# ---- what several derivatives share


def _polynomial(x: Any, *coefficients: float) -> Any:
    """`coefficients[0] + coefficients[1] * x + ...`, by Horner's rule."""
    value: Any = coefficients[-1]
    for c in reversed(coefficients[:-1]):
        value = value * x + c
    return value


def _near(xp: Any, x: Any, radius: float) -> tuple[Any, Any, Any]:
    """Where `|x| < radius`; `x` there and 0 elsewhere, for a series; `x` elsewhere and 1 there, to divide by."""
    inside = xp.abs(x) < radius
    return inside, xp.where(inside, x, 0.0), xp.where(inside, 1.0, x)


def _is_complex(xp: Any, x: Any) -> bool:
    return xp.isdtype(x.dtype, "complex floating")


def _is_pole(xp: Any, x: Any) -> Any:
    """Whether `x` is 0, -1, -2, ..., where the gamma function has its poles."""
    return (x <= 0) & (x == xp.floor(x))


def _part(xp: Any, x: Any, y: Any) -> Any:
    """`x / y`, but 0 where both are 0. Where `x` alone is, the quotient stays: its derivative in `x` is not 0."""
    both = (x == 0) & (y == 0)
    return xp.where(both, 0.0, x / xp.where(both, 1.0, y))


def _log_ratio(xp: Any, x: Any, y: Any) -> Any:
    """`log(x / y)`, also where the quotient overflows or underflows; where `x` is near `y`, the logarithms are too."""
    ratio = x / y
    far = (ratio < 1e-30) | (ratio > 1e30)
    return xp.where(far, xp.log(x) - xp.log(y), xp.log(xp.where(far, 1.0, ratio)))


def _rgamma_slope(xp: Any, x: Any) -> Any:
    """The derivative of 1 / gamma(x), which is finite at the poles of gamma: left of 1/2 by the reflection formula."""
    if _is_complex(xp, x):  # far from the real axis, and so from the poles, the sine overflows
        real = xp.real(x)
        left = (real < 0.5) & (xp.abs(xp.imag(x)) < 1)
    else:
        real, left = x, x < 0.5
    mirrored = xp.where(left, 1 - x, 1.0)
    turn = math.pi * (x - 2 * xp.round(real / 2))
    reflected = xp.special.gamma(mirrored) * (xp.cos(turn) - xp.special.digamma(mirrored) * xp.sin(turn) / math.pi)
    right = xp.where(left, 1.0, x)
    return xp.where(left, reflected, -xp.special.digamma(right) * xp.special.rgamma(right))


# The coefficients of the asymptotic series of digamma's derivative: Bernoulli's numbers.
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)


def _trigamma(xp: Any, x: Any) -> Any:
    """The derivative of digamma, which is `polygamma(1, x)`, in a tenth of the time of SciPy's zeta function.

    To the right of 1/2 by ten steps of its recurrence and then the asymptotic series, to the left by reflection.
    Accuracy, tested against mpmath in double precision: relative error below 1e-15.
    """
    real = xp.real(x) if _is_complex(xp, x) else x
    left = real < 0.5
    z = xp.where(left, 1 - x, x)
    total: Any = 0.0
    for k in range(10):
        inverse = 1 / (z + k)
        total = total + inverse * inverse
    inverse = 1 / (z + 10)
    square = inverse * inverse
    total = total + (inverse + square * (0.5 + inverse * _polynomial(square, *_BERNOULLI)))
    # Far from the real axis the square of the sine overflows, and its reciprocal adds nothing.
    near = left if real is x else left & (xp.abs(xp.imag(x)) < 12)
    reflected = (math.pi / xp.sin(math.pi * xp.where(near, x - xp.round(real), 0.5))) ** 2
    if real is not x:
        reflected = xp.where(near, reflected, 0.0)
    return xp.where(left, reflected - total, total)


def _digamma_change(xp: Any, x: Any, d: Any) -> Any:
    """`digamma(x + d) - digamma(x)`, which are nearly equal where `d` is small beside `x`.

    By ten steps of the recurrence and then the differences of the asymptotic series, term by term: in each of them `d`
    is a factor. What is not positive is reflected first; that adds a difference of cotangents, likewise one fraction.
    Where `x` and `x + d` are poles both, and so `d` is an integer, that is 0: the limit along both.
    """
    end = x + d
    left, mirrored = x <= 0, end <= 0
    both = left & mirrored
    low, high = xp.where(left, 1 - x, x), xp.where(mirrored, 1 - end, end)
    gap = xp.where(left == mirrored, xp.where(left, -d, d), high - low)
    down = gap < 0
    low, high, gap = xp.where(down, high, low), xp.where(down, low, high), xp.where(down, -gap, gap)
    total: Any = 0.0
    for k in range(10):
        total = total + gap / (high + k) / (low + k)
    u, v = 1 / (low + 10), 1 / (high + 10)
    a, b = u * u, v * v
    value: Any = 0.0
    change: Any = 0.0  # that of the polynomial of which `value` is the value at a, over b - a
    for k in range(7, 0, -1):
        value, change = value * a + _BERNOULLI[k - 1] / (2 * k), change * b + value
    value, change = value * a, change * b + value
    total = total + (xp.log1p(gap * u) + gap * v * u * (0.5 + (u + v) * change))
    # Where the cotangents of pi x are taken, 1/2 (where it is 0) for what was not reflected, and how far these are
    # apart. Halves become 1/2 in one and -1/2 in the other, so that a sum is exactly 0 at a pole.
    at = xp.where(left, x - xp.ceil(x - 0.5), 0.5)
    to = xp.where(mirrored, end - xp.ceil(end - 0.5), 0.5)
    turn = xp.where(both, d - xp.floor(d + 0.5), to - at)
    at = xp.where((at == 0) & (turn == 0), 0.5, at)
    to = xp.where(both, at + turn, to)
    cotangents = math.pi * xp.sin(math.pi * turn) / xp.sin(math.pi * at) / xp.sin(math.pi * to)
    return xp.where(d == math.inf, math.inf, xp.where(down, -total, total) + cotangents)


def _quotient_slope(xp: Any, a: Any, b: Any) -> Any:
    """The derivative of gamma(a) / gamma(b) along both. The second term is 0 at a pole `b`, but it is not constant."""
    return xp.special.gamma(a) * (_rgamma_slope(xp, b) + xp.special.digamma(a) * xp.special.rgamma(b))


def _exprel_slope(xp: Any, x: Any, y: Any) -> Any:
    """The derivative of `y = exprel(x)`: a series near 0, where the formula would subtract nearly equal numbers."""
    inside, near, far = _near(xp, x, 1.0)
    series = _polynomial(near, *[(n + 1) / math.factorial(n + 2) for n in range(18)])
    bounded = xp.where(far < -700, -700.0, far)  # beyond, exp(-far) would overflow and its reciprocal adds nothing
    return xp.where(inside, series, y * (-1 / xp.expm1(-bounded) - 1 / far))


def _box_cox_slope(xp: Any, log_x: Any, lmbda: Any) -> Any:
    """The derivative of boxcox(x, lmbda) = log(x) exprel(lmbda log(x)) with respect to `lmbda`."""
    t = lmbda * log_x
    return log_x * log_x * _exprel_slope(xp, t, xp.special.exprel(t))


def _spence_slope(xp: Any, z: Any) -> Any:
    """The derivative of spence: `log(z) / (1 - z)`; a series near 1, so that its derivatives are right there too."""
    inside = xp.abs(z - 1) < 0.1
    series = -_polynomial(xp.where(inside, z - 1, 0.0), *[(-1) ** n / (n + 1) for n in range(20)])
    far = xp.where(inside, 2.0, z)
    return xp.where(inside, series, xp.log(far) / (1 - far))


def _log_inverse_box_cox_slope(xp: Any, p: Any, lmbda: Any) -> Any:
    """The derivative of `log(1 + lmbda p) / lmbda` with respect to `lmbda`."""
    inside, near, far = _near(xp, lmbda * p, 0.1)
    series = _polynomial(near, *[(-1) ** (n + 1) * (n + 1) / (n + 2) for n in range(20)])
    small, lmbda = xp.where(inside, p, 0.0), xp.where(inside, 1.0, lmbda)
    return xp.where(inside, small * small * series, (p / (1 + far) - xp.log1p(far) / lmbda) / lmbda)


def _bessel_ratio(xp: Any, x: Any, value: Any, sign: int) -> Any:
    """`value / x` for `value = j1(x)` (`sign` -1) or `i1(x)` (1); a series near 0, for its derivatives there."""
    inside, near, far = _near(xp, x, 1.0)
    series = _polynomial(
        near * near, *[0.5 * sign**k / (4**k * math.factorial(k) * math.factorial(k + 1)) for k in range(10)]
    )
    return xp.where(inside, series, value / far)


def _i1_slope(xp: Any, x: Any, y: Any) -> Any:
    """The derivative of `y = i1(x)`; far out both terms overflow, `i0(x)` first."""
    i0 = xp.special.i0(x)
    return xp.where(i0 == math.inf, i0, i0 - _bessel_ratio(xp, x, y, 1))


def _i1e_ratio(xp: Any, x: Any, y: Any) -> Any:
    """`i1e(x) / x`, where `y = i1e(x)`: the series of `_bessel_ratio`, scaled."""
    return xp.where(
        xp.abs(x) < 1,
        xp.exp(-xp.abs(x)) * _bessel_ratio(xp, xp.where(xp.abs(x) < 1, x, 0.0), y, 1),
        y / xp.where(x == 0, 1.0, x),
    )


def _scaled_bessel_slope(xp: Any, v: Any, x: Any, y: Any, sign: int, slope: Any) -> Any:
    """The derivative of `y = ive(v, x)` (`sign` -1) or `kve(v, x)` (1): `slope`, which subtracts what is nearly equal
    for large `x`, and there `y` times the logarithmic derivative of the asymptotic series."""
    far = xp.abs(x) > 100 * (1 + v * v)
    inverse = 1 / xp.where(far, x, 1.0)
    u = inverse if sign > 0 else -xp.abs(inverse)
    term: Any = 1.0
    total, slopes = term, -0.5 * term
    for k in range(1, 11):
        term = term * u * ((4 * v * v - (2 * k - 1) ** 2) / (8 * k))
        total, slopes = total + term, slopes - (k + 0.5) * term
    return xp.where(far, y * inverse * (slopes / total), slope)


def _elliptic(xp: Any, m: Any, m1: Any) -> tuple[Any, Any]:
    """The complete integrals of cos(t)**2 and sin(t)**2, over sqrt(1 - m sin(t)**2); `m1 = 1 - m`.

    By the arithmetic-geometric mean, whose steps double the digits: 10 are enough for every `m1` above 1e-300.
    """
    a, b = (1 + xp.sqrt(m1)) / 2, xp.sqrt(xp.sqrt(m1))
    part = 0.25 / a
    c = m * part
    total, weight = part * c, 1
    for _ in range(10):
        a, b = (a + b) / 2, xp.sqrt(a * b)
        part, c = part * c / (4 * a), c * c / (4 * a)
        weight *= 2
        total = total + weight * (part * c)
    k = math.pi / 2 / a
    return k * (0.5 - total), k * (0.5 + total)


# Nodes and weights of an integral over (0, infinity) of a function that decays exponentially, by the trapezoidal rule
# in s for v = exp(s - exp(-s)), whose error falls exponentially with 1 / step: 1 / 12 left 1e-10, 1 / 16 leaves 1e-12.
_STEP = 1 / 16
_AT = [_STEP * k for k in range(-56, 75)]
_NODES = [math.exp(s - math.exp(-s)) for s in _AT]
_WEIGHTS = [_STEP * v * (1 + math.exp(-s)) for s, v in zip(_AT, _NODES, strict=True)]


def _quadrature(xp: Any, like: Any) -> tuple[Any, Any]:
    """The nodes and the weights in the data type and on the device of an array."""
    dtype, device = like.dtype, like.device
    return xp.asarray(_NODES, dtype=dtype, device=device), xp.asarray(_WEIGHTS, dtype=dtype, device=device)


def _gammainc_density(xp: Any, a: Any, x: Any) -> Any:
    """The derivative of gammainc(a, x) with respect to `x`: the density of a gamma distribution."""
    return xp.exp(xp.special.xlogy(a - 1, x) - x - xp.special.gammaln(a))


# The powers of x in the series of gammainc and what they are divided by: the last one is below 1e-16 for x below 1.
_POWERS = [float(n) for n in range(1, 19)]
_FACTORIALS = [(-1) ** n * math.factorial(n) for n in range(1, 19)]


def _gammainc_series_by_a(xp: Any, a: Any, x: Any) -> Any:
    """The derivative of gammainc(a, x) with respect to `a` for `x` below 1, from its power series.

    gammainc(a, x) is x**a / gamma(a + 1) times 1 + a sum((-x)**n / n! / (a + n)).
    """
    n = xp.asarray(_POWERS, dtype=x.dtype, device=x.device)
    terms = x[..., None] ** n / xp.asarray(_FACTORIALS, dtype=x.dtype, device=x.device)
    below = a[..., None] + n
    series, slope = 1 + a * xp.sum(terms / below, axis=-1), xp.sum(n * terms / below**2, axis=-1)
    factor = xp.exp(xp.special.xlogy(a, x) - xp.special.gammaln(a + 1))
    return factor * ((xp.log(x) - xp.special.digamma(a + 1)) * series + slope)


def _gammainc_by_a(xp: Any, a: Any, x: Any) -> Any:
    """The derivative of gammainc(a, x) with respect to `a`.

    It is the integral of (log t - digamma(a)) t**(a-1) exp(-t) / gamma(a) over t from 0 to x, and minus that from x to
    infinity. The smaller of the two is computed, where the integrand hardly changes sign: with t = x exp(v), by the
    trapezoidal rule after a double-exponential substitution, at the 131 nodes above scaled by the rate at which the
    integrand decays. For `x` below 1 that would cancel where `a` is small, and the power series serves.

    Accuracy, tested against mpmath in double precision: relative error below 1e-11 for `a` up to 1000 and `x` over the
    bulk and both tails of the distribution; beyond, it grows like the rounding error of `a log x`. The memory in use is
    that of the nodes for every element.
    """
    end = (x == 0) | (x == math.inf)
    small = (x < 1) & ~end
    series = _gammainc_series_by_a(xp, a, xp.where(small, x, 0.5))
    x = xp.where(end | small, 1.0, x)
    below = x < a
    spread = xp.abs(a - x) + xp.sqrt(x)
    rate = xp.where(below, xp.minimum(a, spread), spread)
    factor = xp.exp(xp.special.xlogy(a, x) - x - xp.special.gammaln(a)) / rate
    offset = xp.log(x) - xp.special.digamma(a)
    nodes, weights = _quadrature(xp, factor)
    v = xp.where(below, -1 / rate, 1 / rate)[..., None] * nodes
    values = xp.exp(a[..., None] * v - x[..., None] * xp.expm1(v)) * (offset[..., None] + v)
    total = factor * xp.sum(values * weights, axis=-1)
    return xp.where(end, 0.0, xp.where(small, series, xp.where(below, total, -total)))


def _betainc_density(xp: Any, a: Any, b: Any, x: Any) -> Any:
    """The derivative of betainc(a, b, x) with respect to `x`: the density of a beta distribution."""
    return xp.exp(xp.special.xlogy(a - 1, x) + xp.special.xlog1py(b - 1, -x) - xp.special.betaln(a, b))


def _betainc_series_by(xp: Any, p: Any, q: Any, z: Any) -> tuple[Any, Any]:
    """The derivatives of betainc(p, q, z) with respect to `p` and `q` for small `z` and `q z`, from its power series.

    betainc(p, q, z) is z**p gamma(p + q) / gamma(p + 1) / gamma(q) times 1 + p sum(c z**n / (p + n)), where c is
    (1 - q) (2 - q) ... (n - q) / n!.
    """
    c, slope = xp.ones_like(z), xp.zeros_like(z)  # c z**n and its derivative with respect to q
    total, by_p, by_q = slope, slope, slope
    for n in range(1, 17):
        c, slope = c * z * (n - q) / n, z * (slope * (n - q) - c) / n
        total, by_p, by_q = total + c / (p + n), by_p + n * c / (p + n) ** 2, by_q + slope / (p + n)
    series = 1 + p * total
    change = _digamma_change(xp, q, p)
    factor = xp.exp(xp.special.xlogy(p, z) + xp.special.gammaln(p + q) - xp.special.gammaln(q)) * xp.special.rgamma(
        p + 1
    )
    own = xp.log(z) + xp.special.digamma(p + q) - xp.special.digamma(p + 1)
    return factor * (own * series + by_p), factor * (change * series + p * by_q)


def _betainc_by(xp: Any, which: int, a: Any, b: Any, x: Any, rest: Any) -> Any:
    """The derivative of betainc(a, b, x) with respect to `a` (`which` 0) or `b` (1), where `rest = 1 - x`.

    With respect to `a` it is the integral of (log t - digamma(a) + digamma(a + b)) times the beta density over t from 0
    to x, and minus that from x to 1. The smaller of the two is computed, with t / (1 - t) = x / (1 - x) exp(v), as in
    `_gammainc_by_a`. That would cancel where the nearer end's parameter is small, and the power series serves.

    Accuracy, tested against mpmath in double precision: relative error below 1e-11 for `a` and `b` from 0.5 to 1000,
    below 1e-8 where one of them is as small as 0.05, and `x` over the bulk and both tails of the distribution.
    """
    end = (x == 0) | (rest == 0)
    x, rest = xp.where(end, 0.5, x), xp.where(end, 0.5, rest)
    below = (a + b) * x < a
    p, q = xp.where(below, a, b), xp.where(below, b, a)
    z, z1 = xp.where(below, x, rest), xp.where(below, rest, x)
    is_own = below if which == 0 else ~below
    small = (p < 0.1) & (z < 0.1) & (q * z < 0.1)
    by_p, by_q = _betainc_series_by(xp, xp.where(small, p, 1.0), xp.where(small, q, 1.0), xp.where(small, z, 0.05))
    series = xp.where(is_own, by_p, by_q)
    p, q, z, z1 = xp.where(small, 1.0, p), xp.where(small, 1.0, q), xp.where(small, 0.5, z), xp.where(small, 0.5, z1)
    rate = xp.minimum(p, xp.abs(p * z1 - q * z) + xp.sqrt((p + q) * z * z1))
    factor = xp.exp(xp.special.xlogy(p, z) + xp.special.xlogy(q, z1) - xp.special.betaln(p, q)) / rate
    common = xp.special.digamma(p + q)
    own, other = xp.log(z) - xp.special.digamma(p) + common, xp.log(z1) - xp.special.digamma(q) + common
    nodes, weights = _quadrature(xp, factor)
    v = (-1 / rate)[..., None] * nodes
    low = xp.log1p(z[..., None] * xp.expm1(v))  # log((1 - z) / (1 - t)), and log(t / z) = v - low
    density = xp.exp(p[..., None] * (v - low) - q[..., None] * low) * weights
    offset = xp.where(is_own, own, other)[..., None] + xp.where(is_own[..., None], v, 0.0) - low
    total = xp.where(small, series, factor * xp.sum(density * offset, axis=-1))
    return xp.where(end, 0.0, xp.where(below, total, -total))


def _t_density(xp: Any, df: Any, t: Any) -> Any:
    """The derivative of stdtr(df, t) with respect to `t`: the density of Student's distribution."""
    return xp.exp(
        -xp.special.betaln(df / 2, xp.full_like(df, 0.5)) - xp.log(df) / 2 - (df + 1) / 2 * xp.log1p(t * t / df)
    )


def _stdtr_by_df(xp: Any, df: Any, t: Any) -> Any:
    """The derivative of stdtr(df, t) with respect to `df`. The tail is betainc(df / 2, 1 / 2, df / (df + t**2)) / 2.

    As accurate as `_betainc_by`, relative to the density times `t / df`.
    """
    half = xp.full_like(df, 0.5)
    ratio = t * t / df
    x = 1 / (1 + ratio)
    tail = _betainc_by(xp, 0, df / 2, half, x, ratio * x) / 4 + xp.abs(t) * _t_density(xp, df, t) / (2 * df)
    return -xp.sign(t) * tail


def _f_density(xp: Any, dfn: Any, dfd: Any, x: Any) -> Any:
    """The derivative of fdtr(dfn, dfd, x) with respect to `x`: the density of the F distribution."""
    a, b, ratio = dfn / 2, dfd / 2, dfn / dfd
    powers = a * xp.log(ratio) + xp.special.xlogy(a - 1, x) - (a + b) * xp.log1p(ratio * x)
    return xp.exp(powers - xp.special.betaln(a, b))


def _fdtr_by(xp: Any, which: int, dfn: Any, dfd: Any, x: Any) -> Any:
    """The derivative of fdtr(dfn, dfd, x) with respect to `dfn` (`which` 0) or `dfd` (1)."""
    below, above = dfn * x, dfd + 0 * x
    by_parameter = _betainc_by(xp, which, dfn / 2, dfd / 2, below / (below + above), above / (below + above)) / 2
    by_point = x * _f_density(xp, dfn, dfd, x)
    return by_parameter + by_point / dfn if which == 0 else by_parameter - by_point / dfd


def _poisson(xp: Any, k: Any, m: Any) -> Any:
    """The probability of `floor(k)` events where `m` are expected."""
    k = xp.floor(k)
    return xp.exp(xp.special.xlogy(k, m) - m - xp.special.gammaln(k + 1))


def _binomial_density(xp: Any, k: Any, n: Any, p: Any) -> Any:
    """The derivative of bdtrc(k, n, p) with respect to `p`."""
    k = xp.floor(k)
    return _betainc_density(xp, k + 1, n - k, p)


def _erfcx_slope(xp: Any, y: Any, x: Any) -> Any:
    """The derivative of erfcx, `2 x y - 2 / sqrt(pi)`; an asymptotic series where these would be nearly equal."""
    two = 2 / math.sqrt(math.pi)
    large = (xp.abs(x) > 30) & (xp.real(x) >= 0) if _is_complex(xp, x) else x > 30
    inverse = (1 / xp.where(large, x, 1.0)) ** 2
    series = _polynomial(inverse, *[(-0.5) ** n * math.prod(range(1, 2 * n + 2, 2)) for n in range(9)])
    return xp.where(large, -two / 2 * inverse * series, 2 * xp.where(large, 0.0, x) * y - two)


def _log_ndtr_curvature(xp: Any, y: Any, x: Any) -> Any:
    """The derivative of `_log_ndtr_slope`, `-y * (x + y)`: to the left, where these are nearly equal, by erfcx, which
    overflows to the right."""
    left = xp.real(x) < xp.abs(xp.imag(x)) if _is_complex(xp, x) else x < 0
    t = xp.where(left, x, 0.0) * -math.sqrt(0.5)
    scaled = xp.special.erfcx(t)
    by_erfcx = _erfcx_slope(xp, scaled, t) / scaled * math.sqrt(0.5)
    return xp.safe_multiply(y, xp.where(left, by_erfcx, -(x + y)))


_log_ndtr_slope = elementwise(
    "log_ndtr_slope",
    _log_ndtr_curvature,
    forward=lambda xp, x: math.sqrt(2 / math.pi) / _functions(xp).erfcx(x * -math.sqrt(0.5)),
    doc="The derivative of log_ndtr, the ratio of the normal density to its integral.",
)


def _sinc_slope(xp: Any, y: Any, x: Any) -> Any:
    """The derivative of sinc: a series near 0, where the formula would subtract nearly equal numbers."""
    inside, near, far = _near(xp, math.pi * x, 1.0)
    series = -near * _polynomial(near * near, *[(-1) ** n * (2 * n + 2) / math.factorial(2 * n + 3) for n in range(10)])
    return math.pi * xp.where(inside, series, (xp.cos(far) - y) / far)


def _expn_slope(xp: Any, n: Any, x: Any) -> Any:
    """`-E_(n-1)(x)`, where SciPy has no E_(-1)."""
    first = n == 0
    return -xp.where(first, xp.exp(-x) * (1 + 1 / x) / x, xp.special.expn(xp.where(first, 0, n - 1), x))


def _real_only(xp: Any, name: str, x: Any) -> Any:
    """An operand that there is a derivative for where it is real."""
    if _is_complex(xp, x):
        raise TypeError(f"{name}: no derivative for complex operands, of which it is not a holomorphic function")
    return x


def _phase(xp: Any, x: Any) -> Any:
    """`x` less an even integer, from -1 to 1: what its sine and its cosine of pi x depend on."""
    return x - 2 * xp.round(x / 2)


def _sine_and_cosine(xp: Any, x: Any) -> tuple[Any, Any]:
    """`sin(pi x)`, exactly 0 where `x` is an integer, and `cos(pi x)`, for the sum of two phases."""
    whole = xp.round(x)
    sign, rest = xp.cos(math.pi * whole), math.pi * (x - whole)
    return sign * xp.sin(rest), sign * xp.cos(rest)


def _beta_by(xp: Any, y: Any, a: Any, b: Any) -> Any:
    """The derivative of beta(a, b) with respect to `a`; where `a + b` is a pole, and so beta is 0, that of
    `beta(a, 1 - a - b) sin(pi (a + b)) / sin(pi b)`, which is the same by reflection."""
    zero = _is_pole(xp, a + b) & (a != xp.floor(a)) & (b != xp.floor(b))
    change = _digamma_change(xp, a, xp.where(zero, 1 - 2 * a - b, b))
    a, b = xp.where(zero, a, -0.5), xp.where(zero, b, -0.5)
    sine, cosine = _sine_and_cosine(xp, _phase(xp, a) + _phase(xp, b))
    size = xp.special.beta(a, 1 - a - b) / xp.sin(math.pi * _phase(xp, b))
    return xp.where(zero, size * (math.pi * cosine - sine * change), -y * change)


def _binom_by(xp: Any, which: int, y: Any, n: Any, k: Any) -> Any:
    """The derivative of binom(n, k) with respect to `n` (`which` 0) or `k` (1).

    Where it is 0 because its denominator is infinite, by reflection that of `sin(pi r) beta(n + 1, r) / pi`, with
    `r = k - n`, or `r = -k` for what is 0 because of `k`, since binom(n, k) is binom(n, n - k).
    """
    pole = _is_pole(xp, n - k + 1)
    zero = ((y == 0) | pole) & ~_is_pole(xp, n + 1)
    negative = (k < 0) & ((k == xp.floor(k)) | ~pole)
    r = xp.where(negative, -k, k - n)
    size = xp.special.beta(xp.where(zero, n + 1, 1.0), xp.where(zero, r, 1.0)) / math.pi
    sine, cosine = _sine_and_cosine(xp, xp.where(negative, -_phase(xp, k), _phase(xp, k) - _phase(xp, n)))
    if which == 0:
        start, step = xp.where(zero, n + 1, n - k + 1), xp.where(zero, xp.where(negative, r, r - n - 1), k)
        sign, jump = -1, xp.where(negative, 0.0, -math.pi * cosine)
    else:
        start, step = xp.where(zero, r, k + 1), xp.where(zero, n + 1, n - 2 * k)
        sign = xp.where(negative, 1.0, -1.0)
        jump = -sign * math.pi * cosine
    change = _digamma_change(xp, start, step)
    return xp.where(zero, size * (jump + sign * sine * change), y * change)


def _poch_by_z(xp: Any, y: Any, z: Any, m: Any) -> Any:
    """The derivative of poch(z, m) with respect to `z`, also where it is 0 because `z` is a pole of gamma."""
    zero = _is_pole(xp, z) & ~_is_pole(xp, z + m)
    smooth = y * _digamma_change(xp, xp.where(zero, 1.0, z), xp.where(zero, 0.0, m))
    z, m = xp.where(zero, z, 1.0), xp.where(zero, m, 0.0)  # elsewhere these functions would only take time
    return xp.where(zero, _quotient_slope(xp, z + m, z), smooth)


# ---- the gamma function and its relatives

gammaln = _declare(
    "gammaln(x)",
    "Give the logarithm of the absolute value of the gamma function.",
    lambda xp, y, x: xp.special.digamma(x),
    derivative="`digamma(x)`",
    example="gammaln(xp.asarray(5.0)) -> Tensor(3.17805383)",
)

loggamma = _declare(
    "loggamma(x)",
    "Give the principal branch of the logarithm of the gamma function; NaN for negative real elements.",
    lambda xp, y, x: xp.special.digamma(x),
    derivative="`digamma(x)`",
    example="loggamma(xp.asarray(5.0)) -> Tensor(3.17805383)",
)

gamma = _declare(
    "gamma(x)",
    "Give the gamma function, `(x - 1)!` for a positive integer.",
    lambda xp, y, x: y * xp.special.digamma(x),
    derivative="`gamma(x) * digamma(x)`",
    example="gamma(xp.asarray(5.0)) -> Tensor(24.)",
)

rgamma = _declare(
    "rgamma(x)",
    "Give the reciprocal of the gamma function, which is 0 at 0, -1, -2, ...",
    lambda xp, y, x: _rgamma_slope(xp, x),
    derivative="`-digamma(x) / gamma(x)`, and its limit at 0, -1, -2, ...",
    example="rgamma(xp.asarray([0.0, 3.0])) -> Tensor([0. , 0.5])",
)

gammasgn = constant(
    "gammasgn",
    forward=lambda xp, x: _functions(xp).gammasgn(x),
    doc=_docstring(
        "gammasgn",
        ["x"],
        "Give the sign of the gamma function.",
        "zero; the result tracks nothing",
        "gammasgn(xp.asarray([-0.5, 0.5])) -> Tensor([-1.,  1.])",
    ),
)
gammasgn.__module__ = __name__

digamma = _declare(
    "digamma(x)",
    "Give the derivative of the logarithm of the gamma function.",
    lambda xp, y, x: _trigamma(xp, x),
    derivative="`polygamma(1, x)`",
    example="digamma(xp.asarray(1.0)) -> Tensor(-0.57721566)",
)
psi = digamma

polygamma = _declare(
    "polygamma(n, x)",
    "Give the `n`-th derivative of `digamma`.",
    INTEGER,
    lambda xp, y, n, x: xp.special.polygamma(n + 1, x),
    derivative="`polygamma(n + 1, x)` with respect to `x`; a TypeError for the integer `n`",
    example="polygamma(1, xp.asarray(1.0)) -> Tensor(1.64493407)",
)


def multigammaln(a: Any, d: int) -> Tensor:
    """Give the logarithm of the multivariate gamma function of dimension `d`.

    Parameters
    ----------
    a : floating-point data type (integers are promoted), any shape, above `(d - 1) / 2`
    d : a positive integer

    Returns
    -------
    The data type and the shape of `a`.

    Raises
    ------
    ValueError : `d` is no positive integer, or an element of `a` is not above `(d - 1) / 2`.

    Derivative: the sum of `digamma(a - j / 2)` for `j` from 0 to `d - 1`.

    Source: scipy.special, multigammaln.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.special.multigammaln(xp.asarray(2.0), 2)
    Tensor(0.45158271)
    """
    dimension = int(d)
    if dimension < 1 or dimension != d:
        raise ValueError(f"multigammaln: d must be a positive integer (dimension), not {d}")
    a = asarray(a)
    # Where a test would have to wait for the device nothing is tested.
    if a._backend.host and bool(any(a <= 0.5 * (dimension - 1))):
        raise ValueError(f"multigammaln: condition a > 0.5 * (d-1) = {0.5 * (dimension - 1)} not met")
    total = gammaln(a)
    for j in range(1, dimension):
        total = total + gammaln(a - j / 2)
    return total + dimension * (dimension - 1) / 4 * math.log(math.pi)


gammainc = _declare(
    "gammainc(a, x)",
    "Give the regularized lower incomplete gamma function.",
    lambda xp, y, a, x: _gammainc_by_a(xp, a, x),
    lambda xp, y, a, x: _gammainc_density(xp, a, x),
    derivative="`x**(a-1) exp(-x) / gamma(a)` with respect to `x`; with respect to `a` an integral, by quadrature",
    example="gammainc(xp.asarray(1.0), xp.asarray(2.0)) -> Tensor(0.86466472)",
)

gammaincc = _declare(
    "gammaincc(a, x)",
    "Give the regularized upper incomplete gamma function.",
    lambda xp, y, a, x: -_gammainc_by_a(xp, a, x),
    lambda xp, y, a, x: -_gammainc_density(xp, a, x),
    derivative="minus that of `gammainc`",
    example="gammaincc(xp.asarray(1.0), xp.asarray(2.0)) -> Tensor(0.13533528)",
)

gammaincinv = _declare(
    "gammaincinv(a, y)",
    "Give the `x` at which `gammainc(a, x)` is `y`.",
    lambda xp, y, a, p: -_gammainc_by_a(xp, a, y) / _gammainc_density(xp, a, y),
    lambda xp, y, a, p: 1 / _gammainc_density(xp, a, y),
    derivative="that of an inverse: from the derivatives of `gammainc` at the result",
    example="gammaincinv(xp.asarray(1.0), xp.asarray(0.5)) -> Tensor(0.69314718)",
)

gammainccinv = _declare(
    "gammainccinv(a, y)",
    "Give the `x` at which `gammaincc(a, x)` is `y`.",
    lambda xp, y, a, p: -_gammainc_by_a(xp, a, y) / _gammainc_density(xp, a, y),
    lambda xp, y, a, p: -1 / _gammainc_density(xp, a, y),
    derivative="that of an inverse: from the derivatives of `gammaincc` at the result",
    example="gammainccinv(xp.asarray(1.0), xp.asarray(0.25)) -> Tensor(1.38629436)",
)

beta = _declare(
    "beta(a, b)",
    "Give the beta function, `gamma(a) gamma(b) / gamma(a + b)`.",
    lambda xp, y, a, b: _beta_by(xp, y, a, b),
    lambda xp, y, a, b: _beta_by(xp, y, b, a),
    derivative="`beta(a, b) * (digamma(a) - digamma(a + b))` with respect to `a`, likewise for `b`",
    example="beta(xp.asarray(2.0), xp.asarray(3.0)) -> Tensor(0.08333333)",
)

betaln = _declare(
    "betaln(a, b)",
    "Give the logarithm of the absolute value of the beta function.",
    lambda xp, y, a, b: -_digamma_change(xp, a, b),
    lambda xp, y, a, b: -_digamma_change(xp, b, a),
    derivative="`digamma(a) - digamma(a + b)` with respect to `a`, likewise for `b`",
    example="betaln(xp.asarray(2.0), xp.asarray(3.0)) -> Tensor(-2.48490665)",
)

betainc = _declare(
    "betainc(a, b, x)",
    "Give the regularized incomplete beta function.",
    lambda xp, y, a, b, x: _betainc_by(xp, 0, a, b, x, 1 - x),
    lambda xp, y, a, b, x: _betainc_by(xp, 1, a, b, x, 1 - x),
    lambda xp, y, a, b, x: _betainc_density(xp, a, b, x),
    derivative="`x**(a-1) (1-x)**(b-1) / beta(a, b)` with respect to `x`; with respect to `a` and `b` integrals, by "
    "quadrature",
    example="betainc(xp.asarray(2.0), xp.asarray(2.0), xp.asarray(0.25)) -> Tensor(0.15625)",
)

betaincc = _declare(
    "betaincc(a, b, x)",
    "Give the complement of the regularized incomplete beta function.",
    lambda xp, y, a, b, x: -_betainc_by(xp, 0, a, b, x, 1 - x),
    lambda xp, y, a, b, x: -_betainc_by(xp, 1, a, b, x, 1 - x),
    lambda xp, y, a, b, x: -_betainc_density(xp, a, b, x),
    derivative="minus that of `betainc`",
    example="betaincc(xp.asarray(2.0), xp.asarray(2.0), xp.asarray(0.25)) -> Tensor(0.84375)",
)

betaincinv = _declare(
    "betaincinv(a, b, y)",
    "Give the `x` at which `betainc(a, b, x)` is `y`.",
    lambda xp, y, a, b, p: -_betainc_by(xp, 0, a, b, y, 1 - y) / _betainc_density(xp, a, b, y),
    lambda xp, y, a, b, p: -_betainc_by(xp, 1, a, b, y, 1 - y) / _betainc_density(xp, a, b, y),
    lambda xp, y, a, b, p: 1 / _betainc_density(xp, a, b, y),
    derivative="that of an inverse: from the derivatives of `betainc` at the result",
    example="betaincinv(xp.asarray(2.0), xp.asarray(2.0), xp.asarray(0.15625)) -> Tensor(0.25)",
)

betainccinv = _declare(
    "betainccinv(a, b, y)",
    "Give the `x` at which `betaincc(a, b, x)` is `y`.",
    lambda xp, y, a, b, p: -_betainc_by(xp, 0, a, b, y, 1 - y) / _betainc_density(xp, a, b, y),
    lambda xp, y, a, b, p: -_betainc_by(xp, 1, a, b, y, 1 - y) / _betainc_density(xp, a, b, y),
    lambda xp, y, a, b, p: -1 / _betainc_density(xp, a, b, y),
    derivative="that of an inverse: from the derivatives of `betaincc` at the result",
    example="betainccinv(xp.asarray(2.0), xp.asarray(2.0), xp.asarray(0.84375)) -> Tensor(0.25)",
)

binom = _declare(
    "binom(n, k)",
    "Give the binomial coefficient, for real arguments by the gamma function.",
    lambda xp, y, n, k: _binom_by(xp, 0, y, n, k),
    lambda xp, y, n, k: _binom_by(xp, 1, y, n, k),
    derivative="`binom(n, k) * (digamma(n + 1) - digamma(n - k + 1))` with respect to `n`, "
    "`binom(n, k) * (digamma(n - k + 1) - digamma(k + 1))` to `k`; their limits where the coefficient is 0",
    example="binom(xp.asarray(5.0), xp.asarray(2.0)) -> Tensor(10.)",
)

poch = _declare(
    "poch(z, m)",
    "Give the rising factorial, `gamma(z + m) / gamma(z)`.",
    lambda xp, y, z, m: _poch_by_z(xp, y, z, m),
    lambda xp, y, z, m: y * xp.special.digamma(z + m),
    derivative="`poch(z, m) * (digamma(z + m) - digamma(z))` with respect to `z`, `poch(z, m) * digamma(z + m)` to `m`",
    example="poch(xp.asarray(3.0), xp.asarray(2.0)) -> Tensor(12.)",
)

_NO_ZETA = "that derivative of the zeta function is not implemented"
_riemann_zeta = _declare(
    "zeta(x)",
    "Give the Riemann zeta function.",
    _NO_ZETA,
    derivative="none",
    example="zeta(xp.asarray(2.0)) -> Tensor(1.64493407)",
)
_hurwitz_zeta = _declare(
    "zeta(x, q)",
    "Give the Hurwitz zeta function.",
    _NO_ZETA,
    lambda xp, y, x, q: -x * xp.special.zeta(x + 1, q),
    derivative="`-x * zeta(x + 1, q)` with respect to `q`",
    example="zeta(xp.asarray(2.0), xp.asarray(2.0)) -> Tensor(0.64493407)",
)


def zeta(x: Any, q: Any = None) -> Tensor:
    """Give the Riemann zeta function of `x`, or the Hurwitz zeta function of `x` and `q`.

    Parameters
    ----------
    x, q : floating-point data type (integers are promoted), shapes that broadcast; either may be a Python scalar

    Returns
    -------
    The floating-point type that the operands promote to; their common shape.

    Derivative: `-x * zeta(x + 1, q)` with respect to `q`; a TypeError for `x`.

    Source: scipy.special, zeta.

    Examples
    --------
    >>> import apitensor as xp
    >>> xp.special.zeta(xp.asarray(2.0))
    Tensor(1.64493407)
    >>> xp.special.zeta(2, xp.asarray([1.0, 2.0]))
    Tensor([1.64493407, 0.64493407])
    """
    return _riemann_zeta(x) if q is None else _hurwitz_zeta(x, q)


zetac = _declare(
    "zetac(x)",
    "Give the Riemann zeta function less 1.",
    _NO_ZETA,
    derivative="none: a TypeError",
    example="zetac(xp.asarray(2.0)) -> Tensor(0.64493407)",
)

# ---- error functions and the normal distribution

erf = _declare(
    "erf(x)",
    "Give the error function.",
    lambda xp, y, x: 2 / math.sqrt(math.pi) * xp.exp(-x * x),
    derivative="`2 / sqrt(pi) * exp(-x**2)`",
    example="erf(xp.asarray(1.0)) -> Tensor(0.84270079)",
)

erfc = _declare(
    "erfc(x)",
    "Give the complementary error function, `1 - erf(x)`.",
    lambda xp, y, x: -2 / math.sqrt(math.pi) * xp.exp(-x * x),
    derivative="`-2 / sqrt(pi) * exp(-x**2)`",
    example="erfc(xp.asarray(1.0)) -> Tensor(0.15729921)",
)

erfcx = _declare(
    "erfcx(x)",
    "Give the scaled complementary error function, `exp(x**2) * erfc(x)`.",
    lambda xp, y, x: _erfcx_slope(xp, y, x),
    derivative="`2 * x * erfcx(x) - 2 / sqrt(pi)`",
    example="erfcx(xp.asarray(1.0)) -> Tensor(0.42758358)",
)

erfinv = _declare(
    "erfinv(y)",
    "Give the inverse of `erf`.",
    lambda xp, y, p: math.sqrt(math.pi) / 2 * xp.exp(y * y),
    derivative="`sqrt(pi) / 2 * exp(erfinv(y)**2)`",
    example="erfinv(xp.asarray(0.5)) -> Tensor(0.47693628)",
)

erfcinv = _declare(
    "erfcinv(y)",
    "Give the inverse of `erfc`.",
    lambda xp, y, p: -math.sqrt(math.pi) / 2 * xp.exp(y * y),
    derivative="`-sqrt(pi) / 2 * exp(erfcinv(y)**2)`",
    example="erfcinv(xp.asarray(0.5)) -> Tensor(0.47693628)",
)

ndtr = _declare(
    "ndtr(x)",
    "Give the standard normal distribution function.",
    lambda xp, y, x: xp.exp(-x * x / 2) / math.sqrt(2 * math.pi),
    derivative="`exp(-x**2 / 2) / sqrt(2 * pi)`",
    example="ndtr(xp.asarray(1.0)) -> Tensor(0.84134475)",
)

log_ndtr = _declare(
    "log_ndtr(x)",
    "Give the logarithm of the standard normal distribution function.",
    lambda xp, y, x: within(xp, _log_ndtr_slope, x),
    derivative="`sqrt(2 / pi) / erfcx(-x / sqrt(2))`",
    example="log_ndtr(xp.asarray(-40.0)) -> Tensor(-804.60844201)",
)

ndtri = _declare(
    "ndtri(y)",
    "Give the quantiles of the standard normal distribution, the inverse of `ndtr`.",
    lambda xp, y, p: math.sqrt(2 * math.pi) * xp.exp(y * y / 2),
    derivative="`sqrt(2 * pi) * exp(ndtri(y)**2 / 2)`",
    example="ndtri(xp.asarray(0.975)) -> Tensor(1.95996398)",
)

ndtri_exp = _declare(
    "ndtri_exp(y)",
    "Give the inverse of `log_ndtr`.",
    lambda xp, y, p: 1 / within(xp, _log_ndtr_slope, y),
    derivative="the reciprocal of that of `log_ndtr` at the result",
    example="ndtri_exp(xp.asarray(-800.0)) -> Tensor(-39.88469484)",
)

# ---- Bessel functions

j0 = _declare(
    "j0(x)",
    "Give the Bessel function of the first kind of order 0.",
    lambda xp, y, x: -xp.special.j1(x),
    derivative="`-j1(x)`",
    example="j0(xp.asarray(1.0)) -> Tensor(0.76519769)",
)

j1 = _declare(
    "j1(x)",
    "Give the Bessel function of the first kind of order 1.",
    lambda xp, y, x: xp.special.j0(x) - _bessel_ratio(xp, x, y, -1),
    derivative="`j0(x) - j1(x) / x`, 1/2 at 0",
    example="j1(xp.asarray(1.0)) -> Tensor(0.44005059)",
)

jv = _declare(
    "jv(v, z)",
    "Give the Bessel function of the first kind of order `v`.",
    ORDER,
    lambda xp, y, v, z: (xp.special.jv(v - 1, z) - xp.special.jv(v + 1, z)) / 2,
    derivative="`(jv(v - 1, z) - jv(v + 1, z)) / 2` with respect to `z`; a TypeError for `v`",
    example="jv(2, xp.asarray(1.0)) -> Tensor(0.11490348)",
)
jn = jv

y0 = _declare(
    "y0(x)",
    "Give the Bessel function of the second kind of order 0.",
    lambda xp, y, x: -xp.special.y1(x),
    derivative="`-y1(x)`",
    example="y0(xp.asarray(1.0)) -> Tensor(0.08825696)",
)

y1 = _declare(
    "y1(x)",
    "Give the Bessel function of the second kind of order 1.",
    lambda xp, y, x: xp.special.y0(x) - y / x,
    derivative="`y0(x) - y1(x) / x`",
    example="y1(xp.asarray(1.0)) -> Tensor(-0.78121282)",
)

yn = _declare(
    "yn(n, x)",
    "Give the Bessel function of the second kind of integer order `n`.",
    INTEGER,
    lambda xp, y, n, x: (xp.special.yn(n - 1, x) - xp.special.yn(n + 1, x)) / 2,
    derivative="`(yn(n - 1, x) - yn(n + 1, x)) / 2` with respect to `x`; a TypeError for the integer `n`",
    example="yn(2, xp.asarray(1.0)) -> Tensor(-1.65068261)",
)

yv = _declare(
    "yv(v, z)",
    "Give the Bessel function of the second kind of order `v`.",
    ORDER,
    lambda xp, y, v, z: (xp.special.yv(v - 1, z) - xp.special.yv(v + 1, z)) / 2,
    derivative="`(yv(v - 1, z) - yv(v + 1, z)) / 2` with respect to `z`; a TypeError for `v`",
    example="yv(0.5, xp.asarray(1.0)) -> Tensor(-0.43109887)",
)

i0 = _declare(
    "i0(x)",
    "Give the modified Bessel function of the first kind of order 0.",
    lambda xp, y, x: xp.special.i1(x),
    derivative="`i1(x)`",
    example="i0(xp.asarray(1.0)) -> Tensor(1.26606588)",
)

i0e = _declare(
    "i0e(x)",
    "Give `exp(-|x|) * i0(x)`.",
    lambda xp, y, x: _scaled_bessel_slope(xp, 0, x, y, -1, xp.special.i1e(x) - xp.sign(x) * y),
    derivative="`i1e(x) - sign(x) * i0e(x)`; 0 at 0, where it jumps",
    example="i0e(xp.asarray(1.0)) -> Tensor(0.46575961)",
)

i1 = _declare(
    "i1(x)",
    "Give the modified Bessel function of the first kind of order 1.",
    lambda xp, y, x: _i1_slope(xp, x, y),
    derivative="`i0(x) - i1(x) / x`, 1/2 at 0",
    example="i1(xp.asarray(1.0)) -> Tensor(0.5651591)",
)

i1e = _declare(
    "i1e(x)",
    "Give `exp(-|x|) * i1(x)`.",
    lambda xp, y, x: _scaled_bessel_slope(xp, 1, x, y, -1, xp.special.i0e(x) - xp.sign(x) * y - _i1e_ratio(xp, x, y)),
    derivative="`i0e(x) - sign(x) * i1e(x) - i1e(x) / x`, 1/2 at 0",
    example="i1e(xp.asarray(1.0)) -> Tensor(0.20791042)",
)

iv = _declare(
    "iv(v, z)",
    "Give the modified Bessel function of the first kind of order `v`.",
    ORDER,
    lambda xp, y, v, z: (xp.special.iv(v - 1, z) + xp.special.iv(v + 1, z)) / 2,
    derivative="`(iv(v - 1, z) + iv(v + 1, z)) / 2` with respect to `z`; a TypeError for `v`",
    example="iv(2, xp.asarray(1.0)) -> Tensor(0.13574767)",
)

ive = _declare(
    "ive(v, z)",
    "Give `exp(-|real(z)|) * iv(v, z)`.",
    ORDER,
    lambda xp, y, v, z: _scaled_bessel_slope(
        xp,
        v,
        _real_only(xp, "ive", z),
        y,
        -1,
        (xp.special.ive(v - 1, z) + xp.special.ive(v + 1, z)) / 2 - xp.sign(z) * y,
    ),
    derivative="`(ive(v - 1, z) + ive(v + 1, z)) / 2 - sign(z) * ive(v, z)` with respect to a real `z`; "
    "a TypeError for a complex one, and for `v`",
    example="ive(2, xp.asarray(1.0)) -> Tensor(0.04993878)",
)

k0 = _declare(
    "k0(x)",
    "Give the modified Bessel function of the second kind of order 0.",
    lambda xp, y, x: -xp.special.k1(x),
    derivative="`-k1(x)`",
    example="k0(xp.asarray(1.0)) -> Tensor(0.42102444)",
)

k0e = _declare(
    "k0e(x)",
    "Give `exp(x) * k0(x)`.",
    lambda xp, y, x: _scaled_bessel_slope(xp, 0, x, y, 1, y - xp.special.k1e(x)),
    derivative="`k0e(x) - k1e(x)`",
    example="k0e(xp.asarray(1.0)) -> Tensor(1.14446308)",
)

k1 = _declare(
    "k1(x)",
    "Give the modified Bessel function of the second kind of order 1.",
    lambda xp, y, x: -xp.special.k0(x) - y / x,
    derivative="`-k0(x) - k1(x) / x`",
    example="k1(xp.asarray(1.0)) -> Tensor(0.60190723)",
)

k1e = _declare(
    "k1e(x)",
    "Give `exp(x) * k1(x)`.",
    lambda xp, y, x: _scaled_bessel_slope(xp, 1, x, y, 1, y - xp.special.k0e(x) - y / x),
    derivative="`k1e(x) - k0e(x) - k1e(x) / x`",
    example="k1e(xp.asarray(1.0)) -> Tensor(1.63615349)",
)

kv = _declare(
    "kv(v, z)",
    "Give the modified Bessel function of the second kind of order `v`.",
    ORDER,
    lambda xp, y, v, z: (xp.special.kv(v - 1, z) + xp.special.kv(v + 1, z)) / -2,
    derivative="`-(kv(v - 1, z) + kv(v + 1, z)) / 2` with respect to `z`; a TypeError for `v`",
    example="kv(0.5, xp.asarray(1.0)) -> Tensor(0.4610685)",
)

kve = _declare(
    "kve(v, z)",
    "Give `exp(z) * kv(v, z)`.",
    ORDER,
    lambda xp, y, v, z: _scaled_bessel_slope(
        xp, v, z, y, 1, y - (xp.special.kve(v - 1, z) + xp.special.kve(v + 1, z)) / 2
    ),
    derivative="`kve(v, z) - (kve(v - 1, z) + kve(v + 1, z)) / 2` with respect to `z`; a TypeError for `v`",
    example="kve(0.5, xp.asarray(1.0)) -> Tensor(1.25331414)",
)

# ---- exponential, logistic and trigonometric functions

cbrt = _declare(
    "cbrt(x)",
    "Give the real cube root.",
    lambda xp, y, x: 1 / (3 * y * y),
    derivative="`1 / (3 * cbrt(x)**2)`; infinite at 0",
    example="cbrt(xp.asarray(-8.0)) -> Tensor(-2.)",
)

exp2 = _declare(
    "exp2(x)",
    "Give 2 to the power of each element.",
    lambda xp, y, x: math.log(2) * y,
    derivative="`log(2) * exp2(x)`",
    example="exp2(xp.asarray(3.0)) -> Tensor(8.)",
)

exp10 = _declare(
    "exp10(x)",
    "Give 10 to the power of each element.",
    lambda xp, y, x: math.log(10) * y,
    derivative="`log(10) * exp10(x)`",
    example="exp10(xp.asarray(3.0)) -> Tensor(1000.)",
)

exprel = _declare(
    "exprel(x)",
    "Give `(exp(x) - 1) / x`, 1 at 0.",
    lambda xp, y, x: _exprel_slope(xp, x, y),
    derivative="`(exp(x) - exprel(x)) / x`, 1/2 at 0",
    example="exprel(xp.asarray([0.0, 1.0])) -> Tensor([1.        , 1.71828183])",
)

expit = _declare(
    "expit(x)",
    "Give the logistic function, `1 / (1 + exp(-x))`.",
    lambda xp, y, x: y * xp.special.expit(-x),
    derivative="`expit(x) * expit(-x)`",
    example="expit(xp.asarray([0.0, 2.0])) -> Tensor([0.5       , 0.88079708])",
)

log_expit = _declare(
    "log_expit(x)",
    "Give the logarithm of the logistic function.",
    lambda xp, y, x: xp.special.expit(-x),
    derivative="`expit(-x)`",
    example="log_expit(xp.asarray(-50.0)) -> Tensor(-50.)",
)

logit = _declare(
    "logit(x)",
    "Give the logarithm of the odds, `log(x / (1 - x))`, the inverse of `expit`.",
    lambda xp, y, x: 1 / x + 1 / (1 - x),  # the derivative of a product of them would be inf - inf near 0
    derivative="`1 / (x * (1 - x))`",
    example="logit(xp.asarray(0.25)) -> Tensor(-1.09861229)",
)

cosm1 = _declare(
    "cosm1(x)",
    "Give `cos(x) - 1`, accurate near 0.",
    lambda xp, y, x: -xp.sin(x),
    derivative="`-sin(x)`",
    example="cosm1(xp.asarray(1e-10)) -> Tensor(-5.e-21)",
)

_DEGREE = math.pi / 180

cosdg = _declare(
    "cosdg(x)",
    "Give the cosine of angles in degrees.",
    lambda xp, y, x: -_DEGREE * xp.special.sindg(x),
    derivative="`-pi / 180 * sindg(x)`",
    example="cosdg(xp.asarray(60.0)) -> Tensor(0.5)",
)

sindg = _declare(
    "sindg(x)",
    "Give the sine of angles in degrees.",
    lambda xp, y, x: _DEGREE * xp.special.cosdg(x),
    derivative="`pi / 180 * cosdg(x)`",
    example="sindg(xp.asarray(30.0)) -> Tensor(0.5)",
)

tandg = _declare(
    "tandg(x)",
    "Give the tangent of angles in degrees.",
    lambda xp, y, x: _DEGREE * (1 + y * y),
    derivative="`pi / 180 * (1 + tandg(x)**2)`",
    example="tandg(xp.asarray(45.0)) -> Tensor(1.)",
)

cotdg = _declare(
    "cotdg(x)",
    "Give the cotangent of angles in degrees.",
    lambda xp, y, x: -_DEGREE * (1 / xp.special.sindg(x)) ** 2,  # `y` has few digits near 0
    derivative="`-pi / 180 * (1 + cotdg(x)**2)`",
    example="cotdg(xp.asarray(45.0)) -> Tensor(1.)",
)

radian = _declare(
    "radian(d, m, s)",
    "Give angles of `d` degrees, `m` minutes and `s` seconds in radians.",
    lambda xp, y, d, m, s: _DEGREE,
    lambda xp, y, d, m, s: _DEGREE / 60,
    lambda xp, y, d, m, s: _DEGREE / 3600,
    derivative="`pi / 180`, `pi / 10800` and `pi / 648000`",
    example="radian(xp.asarray(180.0), 0.0, 0.0) -> Tensor(3.14159265)",
)

sinc = _declare(
    "sinc(x)",
    "Give `sin(pi * x) / (pi * x)`, 1 at 0.",
    lambda xp, y, x: _sinc_slope(xp, y, x),
    derivative="`(cos(pi * x) - sinc(x)) / x`, 0 at 0",
    example="sinc(xp.asarray([0.0, 0.5])) -> Tensor([1.        , 0.63661977])",
)

xlogy = _declare(
    "xlogy(x, y)",
    "Give `x * log(y)`, 0 where `x` is 0.",
    lambda xp, y, a, b: xp.log(b),
    lambda xp, y, a, b: _part(xp, a, b),
    derivative="`log(y)` with respect to `x`; `x / y` to `y`, 0 where `x` is 0",
    example="xlogy(xp.asarray([0.0, 2.0]), xp.asarray([0.0, 3.0])) -> Tensor([0.        , 2.19722458])",
)

xlog1py = _declare(
    "xlog1py(x, y)",
    "Give `x * log(1 + y)`, 0 where `x` is 0.",
    lambda xp, y, a, b: xp.log1p(b),
    lambda xp, y, a, b: _part(xp, a, 1 + b),
    derivative="`log1p(y)` with respect to `x`; `x / (1 + y)` to `y`, 0 where `x` is 0",
    example="xlog1py(xp.asarray([0.0, 2.0]), xp.asarray([-1.0, 2.0])) -> Tensor([0.        , 2.19722458])",
)

entr = _declare(
    "entr(x)",
    "Give `-x * log(x)`, 0 at 0 and minus infinity for negative elements.",
    lambda xp, y, x: -1 - xp.log(x),
    derivative="`-1 - log(x)`; infinite at 0",
    example="entr(xp.asarray([0.0, 0.5])) -> Tensor([0.        , 0.34657359])",
)

rel_entr = _declare(
    "rel_entr(x, y)",
    "Give `x * log(x / y)`, 0 where `x` is 0 and `y` is not negative, infinity outside.",
    lambda xp, y, a, b: _log_ratio(xp, a, b) + 1,
    lambda xp, y, a, b: -_part(xp, a, b),
    derivative="`log(x / y) + 1` with respect to `x`, `-x / y` to `y`",
    example="rel_entr(xp.asarray([0.0, 2.0]), xp.asarray([1.0, 1.0])) -> Tensor([0.        , 1.38629436])",
)

kl_div = _declare(
    "kl_div(x, y)",
    "Give `x * log(x / y) - x + y`, `y` where `x` is 0, infinity outside.",
    lambda xp, y, a, b: _log_ratio(xp, a, b),
    lambda xp, y, a, b: 1 - _part(xp, a, b),
    derivative="`log(x / y)` with respect to `x`, `1 - x / y` to `y`",
    example="kl_div(xp.asarray([0.0, 2.0]), xp.asarray([1.0, 1.0])) -> Tensor([1.        , 0.38629436])",
)

huber = _declare(
    "huber(delta, r)",
    "Give Huber's loss: `r**2 / 2` up to `delta`, and straight on from there.",
    lambda xp, y, delta, r: xp.where(xp.abs(r) <= delta, 0.0, xp.abs(r) - delta),
    lambda xp, y, delta, r: xp.where(xp.abs(r) <= delta, r, delta * xp.sign(r)),
    derivative="`max(|r| - delta, 0)` with respect to `delta`, `r` brought into `[-delta, delta]` to `r`",
    example="huber(1.0, xp.asarray([0.5, 3.0])) -> Tensor([0.125, 2.5  ])",
)

pseudo_huber = _declare(
    "pseudo_huber(delta, r)",
    "Give the smooth version of Huber's loss, `delta**2 * (sqrt(1 + (r / delta)**2) - 1)`.",
    lambda xp, y, delta, r: _part(xp, r, xp.hypot(delta, r)) * r * _part(xp, r, xp.hypot(delta, r) + delta) ** 2,
    lambda xp, y, delta, r: delta * _part(xp, r, xp.hypot(delta, r)),
    derivative="`(h - delta)**2 / h` with respect to `delta` and `r * delta / h` to `r`, where `h = hypot(delta, r)`",
    example="pseudo_huber(1.0, xp.asarray(3.0)) -> Tensor(2.16227766)",
)

boxcox = _declare(
    "boxcox(x, lmbda)",
    "Give the Box-Cox transform, `(x**lmbda - 1) / lmbda`, `log(x)` for `lmbda = 0`.",
    lambda xp, y, x, lmbda: xp.pow(x, lmbda - 1),
    lambda xp, y, x, lmbda: _box_cox_slope(xp, xp.log(x), lmbda),
    derivative="`x**(lmbda - 1)` with respect to `x`; `(x**lmbda * log(x) - boxcox(x, lmbda)) / lmbda` to `lmbda`, "
    "`log(x)**2 / 2` at 0",
    example="boxcox(xp.asarray(2.0), 3.0) -> Tensor(2.33333333)",
)

boxcox1p = _declare(
    "boxcox1p(x, lmbda)",
    "Give the Box-Cox transform of `1 + x`, accurate for small `x`.",
    lambda xp, y, x, lmbda: xp.exp((lmbda - 1) * xp.log1p(x)),
    lambda xp, y, x, lmbda: _box_cox_slope(xp, xp.log1p(x), lmbda),
    derivative="that of `boxcox` at `1 + x`",
    example="boxcox1p(xp.asarray(1.0), 3.0) -> Tensor(2.33333333)",
)

inv_boxcox = _declare(
    "inv_boxcox(y, lmbda)",
    "Give the inverse of the Box-Cox transform, `(1 + lmbda * y)**(1 / lmbda)`, `exp(y)` for `lmbda = 0`.",
    lambda xp, y, p, lmbda: y / (1 + lmbda * p),
    lambda xp, y, p, lmbda: y * _log_inverse_box_cox_slope(xp, p, lmbda),
    derivative="`x / (1 + lmbda * y)` with respect to `y`, where `x` is the result; with respect to `lmbda`, `x` times "
    "the derivative of `log(1 + lmbda * y) / lmbda`, and `-x * y**2 / 2` at 0",
    example="inv_boxcox(xp.asarray(2.0), 1.5) -> Tensor(2.5198421)",
)

inv_boxcox1p = _declare(
    "inv_boxcox1p(y, lmbda)",
    "Give the inverse of `boxcox1p`.",
    lambda xp, y, p, lmbda: (1 + y) / (1 + lmbda * p),
    lambda xp, y, p, lmbda: (1 + y) * _log_inverse_box_cox_slope(xp, p, lmbda),
    derivative="that of `inv_boxcox`",
    example="inv_boxcox1p(xp.asarray(2.0), 1.5) -> Tensor(1.5198421)",
)

# ---- integrals of elementary functions, and hypergeometric functions

spence = _declare(
    "spence(z)",
    "Give Spence's function, the integral of `log(t) / (1 - t)` from 1 to `z` (the dilogarithm of `1 - z`).",
    lambda xp, y, z: _spence_slope(xp, z),
    derivative="`log(z) / (1 - z)`, -1 at 1",
    example="spence(xp.asarray(0.0)) -> Tensor(1.64493407)",
)

exp1 = _declare(
    "exp1(x)",
    "Give the exponential integral `E_1`.",
    lambda xp, y, x: -xp.exp(-x) / x,
    derivative="`-exp(-x) / x`",
    example="exp1(xp.asarray(1.0)) -> Tensor(0.21938393)",
)

expi = _declare(
    "expi(x)",
    "Give the exponential integral `Ei`.",
    lambda xp, y, x: xp.exp(x) / x,
    derivative="`exp(x) / x`",
    example="expi(xp.asarray(1.0)) -> Tensor(1.89511782)",
)

expn = _declare(
    "expn(n, x)",
    "Give the exponential integral `E_n` of integer order `n`.",
    INTEGER,
    lambda xp, y, n, x: _expn_slope(xp, n, x),
    derivative="`-expn(n - 1, x)` with respect to `x`; a TypeError for the integer `n`",
    example="expn(2, xp.asarray(1.0)) -> Tensor(0.14849551)",
)

ellipk = _declare(
    "ellipk(m)",
    "Give the complete elliptic integral of the first kind.",
    lambda xp, y, m: _elliptic(xp, m, 1 - m)[0] / (2 * (1 - m)),
    derivative="`(ellipe(m) / (1 - m) - ellipk(m)) / (2 * m)`, pi/8 at 0",
    example="ellipk(xp.asarray(0.5)) -> Tensor(1.85407468)",
)

ellipkm1 = _declare(
    "ellipkm1(p)",
    "Give `ellipk(1 - p)`, accurate for small `p`.",
    lambda xp, y, p: _elliptic(xp, 1 - p, p)[0] / (-2 * p),
    derivative="minus that of `ellipk` at `1 - p`",
    example="ellipkm1(xp.asarray(0.5)) -> Tensor(1.85407468)",
)

ellipe = _declare(
    "ellipe(m)",
    "Give the complete elliptic integral of the second kind.",
    lambda xp, y, m: _elliptic(xp, m, 1 - m)[1] / -2,
    derivative="`(ellipe(m) - ellipk(m)) / (2 * m)`, -pi/8 at 0",
    example="ellipe(xp.asarray(0.5)) -> Tensor(1.35064388)",
)

_NO_HYPERGEOMETRIC = "that derivative of the confluent hypergeometric function has no closed form"
hyp1f1 = _declare(
    "hyp1f1(a, b, x)",
    "Give the confluent hypergeometric function.",
    _NO_HYPERGEOMETRIC,
    _NO_HYPERGEOMETRIC,
    lambda xp, y, a, b, x: a / b * xp.special.hyp1f1(a + 1, b + 1, x),
    derivative="`a / b * hyp1f1(a + 1, b + 1, x)` with respect to `x`; a TypeError for `a` and `b`",
    example="hyp1f1(1.0, 2.0, xp.asarray(1.0)) -> Tensor(1.71828183)",
)

lpmv = _declare(
    "lpmv(m, v, x)",
    "Give the associated Legendre function of integer order `m` and real degree `v`.",
    "it is an integer order",
    "the derivative with respect to the degree has no closed form",
    lambda xp, y, m, v, x: (v * x * y - (v + m) * xp.special.lpmv(m, v - 1, x)) / ((x - 1) * (x + 1)),
    derivative="`(v * x * lpmv(m, v, x) - (v + m) * lpmv(m, v - 1, x)) / (x**2 - 1)` with respect to `x`, NaN at 1 and "
    "-1; a TypeError for `m` and `v`",
    example="lpmv(0, 2, xp.asarray(0.5)) -> Tensor(-0.125)",
)

# ---- distribution functions

stdtr = _declare(
    "stdtr(df, t)",
    "Give the distribution function of Student's t with `df` degrees of freedom.",
    lambda xp, y, df, t: _stdtr_by_df(xp, df, t),
    lambda xp, y, df, t: _t_density(xp, df, t),
    derivative="the density with respect to `t`; with respect to `df` from that of `betainc`, by quadrature",
    example="stdtr(3.0, xp.asarray(1.0)) -> Tensor(0.80449889)",
)

stdtrit = _declare(
    "stdtrit(df, p)",
    "Give the quantiles of Student's t, the inverse of `stdtr`.",
    lambda xp, y, df, p: -_stdtr_by_df(xp, df, y) / _t_density(xp, df, y),
    lambda xp, y, df, p: 1 / _t_density(xp, df, y),
    derivative="that of an inverse: from the derivatives of `stdtr` at the result",
    example="stdtrit(3.0, xp.asarray(0.975)) -> Tensor(3.18244631)",
)

fdtr = _declare(
    "fdtr(dfn, dfd, x)",
    "Give the distribution function of F with `dfn` and `dfd` degrees of freedom.",
    lambda xp, y, dfn, dfd, x: _fdtr_by(xp, 0, dfn, dfd, x),
    lambda xp, y, dfn, dfd, x: _fdtr_by(xp, 1, dfn, dfd, x),
    lambda xp, y, dfn, dfd, x: _f_density(xp, dfn, dfd, x),
    derivative="the density with respect to `x`; with respect to the degrees of freedom from those of `betainc`",
    example="fdtr(2.0, 4.0, xp.asarray(1.0)) -> Tensor(0.55555556)",
)

fdtrc = _declare(
    "fdtrc(dfn, dfd, x)",
    "Give the survival function of F, `1 - fdtr(dfn, dfd, x)`.",
    lambda xp, y, dfn, dfd, x: -_fdtr_by(xp, 0, dfn, dfd, x),
    lambda xp, y, dfn, dfd, x: -_fdtr_by(xp, 1, dfn, dfd, x),
    lambda xp, y, dfn, dfd, x: -_f_density(xp, dfn, dfd, x),
    derivative="minus that of `fdtr`",
    example="fdtrc(2.0, 4.0, xp.asarray(1.0)) -> Tensor(0.44444444)",
)

fdtri = _declare(
    "fdtri(dfn, dfd, p)",
    "Give the quantiles of F, the inverse of `fdtr`.",
    lambda xp, y, dfn, dfd, p: -_fdtr_by(xp, 0, dfn, dfd, y) / _f_density(xp, dfn, dfd, y),
    lambda xp, y, dfn, dfd, p: -_fdtr_by(xp, 1, dfn, dfd, y) / _f_density(xp, dfn, dfd, y),
    lambda xp, y, dfn, dfd, p: 1 / _f_density(xp, dfn, dfd, y),
    derivative="that of an inverse: from the derivatives of `fdtr` at the result",
    example="fdtri(2.0, 4.0, xp.asarray(0.5)) -> Tensor(0.82842712)",
)

chdtr = _declare(
    "chdtr(v, x)",
    "Give the distribution function of chi-square with `v` degrees of freedom.",
    lambda xp, y, v, x: _gammainc_by_a(xp, v / 2, x / 2) / 2,
    lambda xp, y, v, x: _gammainc_density(xp, v / 2, x / 2) / 2,
    derivative="the density with respect to `x`; with respect to `v` from that of `gammainc`, by quadrature",
    example="chdtr(2.0, xp.asarray(1.0)) -> Tensor(0.39346934)",
)

chdtrc = _declare(
    "chdtrc(v, x)",
    "Give the survival function of chi-square, `1 - chdtr(v, x)`.",
    lambda xp, y, v, x: -_gammainc_by_a(xp, v / 2, x / 2) / 2,
    lambda xp, y, v, x: -_gammainc_density(xp, v / 2, x / 2) / 2,
    derivative="minus that of `chdtr`",
    example="chdtrc(2.0, xp.asarray(1.0)) -> Tensor(0.60653066)",
)

chdtri = _declare(
    "chdtri(v, p)",
    "Give the `x` at which `chdtrc(v, x)` is `p`.",
    lambda xp, y, v, p: -_gammainc_by_a(xp, v / 2, y / 2) / _gammainc_density(xp, v / 2, y / 2),
    lambda xp, y, v, p: -2 / _gammainc_density(xp, v / 2, y / 2),
    derivative="that of an inverse: from the derivatives of `chdtrc` at the result",
    example="chdtri(2.0, xp.asarray(0.5)) -> Tensor(1.38629436)",
)

gdtr = _declare(
    "gdtr(a, b, x)",
    "Give the distribution function of gamma with rate `a` and shape `b`, `gammainc(b, a * x)`.",
    lambda xp, y, a, b, x: x * _gammainc_density(xp, b, a * x),
    lambda xp, y, a, b, x: _gammainc_by_a(xp, b, a * x),
    lambda xp, y, a, b, x: a * _gammainc_density(xp, b, a * x),
    derivative="that of `gammainc(b, a * x)`",
    example="gdtr(1.0, 1.0, xp.asarray(2.0)) -> Tensor(0.86466472)",
)

gdtrc = _declare(
    "gdtrc(a, b, x)",
    "Give the survival function of gamma, `1 - gdtr(a, b, x)`.",
    lambda xp, y, a, b, x: -x * _gammainc_density(xp, b, a * x),
    lambda xp, y, a, b, x: -_gammainc_by_a(xp, b, a * x),
    lambda xp, y, a, b, x: -a * _gammainc_density(xp, b, a * x),
    derivative="minus that of `gdtr`",
    example="gdtrc(1.0, 1.0, xp.asarray(2.0)) -> Tensor(0.13533528)",
)

pdtr = _declare(
    "pdtr(k, m)",
    "Give the probability of `k` events or fewer where `m` are expected (Poisson).",
    INTEGER,
    lambda xp, y, k, m: -_poisson(xp, k, m),
    derivative="`-m**k * exp(-m) / k!` with respect to `m`; a TypeError for the integer `k`",
    example="pdtr(2, xp.asarray(1.0)) -> Tensor(0.9196986)",
)

pdtrc = _declare(
    "pdtrc(k, m)",
    "Give the probability of more than `k` events where `m` are expected (Poisson).",
    INTEGER,
    lambda xp, y, k, m: _poisson(xp, k, m),
    derivative="`m**k * exp(-m) / k!` with respect to `m`; a TypeError for the integer `k`",
    example="pdtrc(2, xp.asarray(1.0)) -> Tensor(0.0803014)",
)

pdtri = _declare(
    "pdtri(k, y)",
    "Give the `m` at which `pdtr(k, m)` is `y`.",
    INTEGER,
    lambda xp, y, k, p: -1 / _poisson(xp, k, y),
    derivative="the reciprocal of that of `pdtr` at the result; a TypeError for the integer `k`",
    example="pdtri(0, xp.asarray(0.5)) -> Tensor(0.69314718)",
)

bdtr = _declare(
    "bdtr(k, n, p)",
    "Give the probability of `k` successes or fewer among `n` trials (binomial).",
    INTEGER,
    INTEGER,
    lambda xp, y, k, n, p: -_binomial_density(xp, k, n, p),
    derivative="`-p**k * (1-p)**(n-k-1) / beta(k + 1, n - k)` with respect to `p`; a TypeError for `k` and `n`",
    example="bdtr(1, 3, xp.asarray(0.5)) -> Tensor(0.5)",
)

bdtrc = _declare(
    "bdtrc(k, n, p)",
    "Give the probability of more than `k` successes among `n` trials (binomial).",
    INTEGER,
    INTEGER,
    lambda xp, y, k, n, p: _binomial_density(xp, k, n, p),
    derivative="minus that of `bdtr`; a TypeError for the integers `k` and `n`",
    example="bdtrc(0, 3, xp.asarray(0.5)) -> Tensor(0.875)",
)

bdtri = _declare(
    "bdtri(k, n, y)",
    "Give the `p` at which `bdtr(k, n, p)` is `y`.",
    INTEGER,
    INTEGER,
    lambda xp, y, k, n, p: -1 / _binomial_density(xp, k, n, y),
    derivative="the reciprocal of that of `bdtr` at the result; a TypeError for the integers `k` and `n`",
    example="bdtri(1, 3, xp.asarray(0.5)) -> Tensor(0.5)",
)

nbdtr = _declare(
    "nbdtr(k, n, p)",
    "Give the probability of `k` failures or fewer before the `n`-th success (negative binomial).",
    INTEGER,
    INTEGER,
    lambda xp, y, k, n, p: _betainc_density(xp, n, k + 1, p),
    derivative="`p**(n-1) * (1-p)**k / beta(n, k + 1)` with respect to `p`; a TypeError for the integers `k` and `n`",
    example="nbdtr(1, 2, xp.asarray(0.5)) -> Tensor(0.5)",
)

nbdtrc = _declare(
    "nbdtrc(k, n, p)",
    "Give the probability of more than `k` failures before the `n`-th success (negative binomial).",
    INTEGER,
    INTEGER,
    lambda xp, y, k, n, p: -_betainc_density(xp, n, k + 1, p),
    derivative="minus that of `nbdtr`; a TypeError for the integers `k` and `n`",
    example="nbdtrc(1, 2, xp.asarray(0.5)) -> Tensor(0.5)",
)

nbdtri = _declare(
    "nbdtri(k, n, y)",
    "Give the `p` at which `nbdtr(k, n, p)` is `y`.",
    INTEGER,
    INTEGER,
    lambda xp, y, k, n, p: 1 / _betainc_density(xp, n, k + 1, y),
    derivative="the reciprocal of that of `nbdtr` at the result; a TypeError for the integers `k` and `n`",
    example="nbdtri(1, 2, xp.asarray(0.5)) -> Tensor(0.5)",
)
