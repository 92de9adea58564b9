"""Special functions, each with its derivatives: the functions that `scipy.special` looks up in a namespace, and relatives.

Values come from the backend (SciPy for NumPy: `pip install 'apitensor[special]'`), derivatives from here. Three kinds of
operand have no derivative, and to ask for one is a TypeError, never a zero: an integer (the `k` of `pdtr`), the order of a
Bessel function, and what the docstrings name. With respect to the shape parameters of the incomplete gamma and beta functions,
and so of the distributions of chi-square, F and Student's t, there is no closed form: see `_gammainc_by_a` and `_betainc_by`.

A partial derivative is a formula over the namespace `xp` and `xp.special`, so higher orders follow from it.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from apitensor._core.declare import Elementwise, Partial, constant, elementwise
from apitensor._core.op import Handle, apply, prepare
from apitensor._standard.creation import asarray
from apitensor._standard.data_types import astype, result_type

if TYPE_CHECKING:
    from apitensor._tensor import Tensor


# ---- What computes a function on a backend's arrays


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
    """The special functions of a backend's namespace. A function computes before its rules run, so these find them there."""
    if not isinstance(getattr(xp, "special", None), Functions):
        xp.special = Functions(xp)
    return xp.special


def _xlogy(xp: Any, x: Any, y: Any) -> Any:
    zero = (x == 0) & ~xp.isnan(y)
    return xp.where(zero, 0.0, x * xp.log(xp.where(zero, 1.0, y)))


def _rel_entr(xp: Any, x: Any, y: Any) -> Any:
    inside = (x > 0) & (y > 0)
    value = x * xp.log(xp.where(inside, x, 1.0) / xp.where(inside, y, 1.0))
    return xp.where(inside | xp.isnan(x) | xp.isnan(y), value, xp.where((x == 0) & (y >= 0), 0.0, math.inf))


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
    "entr": lambda xp, x: xp.where(x < 0, -math.inf, -_xlogy(xp, x, x)),
    "exp10": lambda xp, x: xp.pow(10.0, x),
    "exp2": lambda xp, x: xp.pow(2.0, x),
    "expit": lambda xp, x: 1 / (1 + xp.exp(-x)),
    "exprel": _exprel,
    "huber": lambda xp, delta, r: xp.where(
        delta < 0, math.inf, xp.where(xp.abs(r) <= delta, r * r / 2, delta * (xp.abs(r) - delta / 2))
    ),
    "inv_boxcox": lambda xp, y, lmbda: xp.exp(_log_inverse_box_cox(xp, y, lmbda)),
    "inv_boxcox1p": lambda xp, y, lmbda: xp.expm1(_log_inverse_box_cox(xp, y, lmbda)),
    "kl_div": lambda xp, x, y: xp.where((x >= 0) & (y >= 0), _rel_entr(xp, x, y) - x + y, math.inf),
    "log_expit": lambda xp, x: xp.where(x < 0, x, 0.0) - xp.log1p(xp.exp(-xp.abs(x))),
    "logit": lambda xp, x: xp.log(x) - xp.log1p(-x),
    "pseudo_huber": lambda xp, delta, r: xp.where(
        delta < 0, math.inf, xp.where(delta == 0, 0.0, r * r / (1 + xp.hypot(1.0, r / xp.where(delta == 0, 1.0, delta))))
    ),
    "radian": lambda xp, d, m, s: (d + m / 60 + s / 3600) * (math.pi / 180),
    "rel_entr": _rel_entr,
    "sinc": lambda xp, x: xp.where(x == 0, 1.0, xp.sin(math.pi * x) / xp.where(x == 0, 1.0, math.pi * x)),
    "xlog1py": lambda xp, x, y: xp.where((x == 0) & ~xp.isnan(y), 0.0, x * xp.log1p(xp.where(x == 0, 0.0, y))),
    "xlogy": _xlogy,
}


# ---- How a function is declared

# Why an operand has no derivative, in the place of its partial derivative.
INTEGER = "it is an integer"
ORDER = "the derivative with respect to the order has no closed form"


def _declare(signature: str, text: str, *partials: Partial | str, derivative: str, example: str) -> Any:
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
            return apply(op, _as_floating(op, operands, integers), (), {})  # type: ignore[no-any-return]

        parameter = inspect.Parameter
        function.__signature__ = inspect.Signature([parameter(x, parameter.POSITIONAL_ONLY) for x in names])  # type: ignore[attr-defined]
        function.__name__ = function.__qualname__ = name
        function.__doc__ = doc
        function.op = op  # type: ignore[attr-defined]
    function.__module__ = __name__
    return function


def _missing(name: str, operand: str, reason: str) -> Partial:
    def partial(xp: Any, y: Any, *operands: Any) -> Any:
        raise TypeError(f"{name}: no derivative with respect to {operand!r}: {reason}; where it is constant, detach() it")

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


def _as_floating(op: Elementwise, operands: tuple[Any, ...], integers: frozenset[int]) -> list[Any]:
    """The operands as tensors that rules can compute with: of a floating-point type, but for those in `integers`.

    Integers of up to 16 bits become single precision, others double precision: what SciPy's loops do with them.
    """
    prepared = prepare(op, operands)
    first: Any = next(x for x in prepared if isinstance(x, Handle))
    tensors = [x for i, x in enumerate(prepared) if isinstance(x, Handle) and i not in integers]
    dtype = result_type(*tensors, 1.0) if tensors else "float64"
    for i, x in enumerate(prepared):
        if not isinstance(x, Handle):
            prepared[i] = asarray(x, dtype="int64" if i in integers and isinstance(x, int) else dtype, device=first.device)
        elif i not in integers and x._backend.dtype(x._array.dtype).kind in "biu":
            prepared[i] = astype(x, "float32" if x._array.dtype.itemsize <= 2 else "float64")  # type: ignore[arg-type]
    return prepared


# ---- What several derivatives share


def _polynomial(x: Any, *coefficients: float) -> Any:
    """`coefficients[0] + coefficients[1] * x + ...`, by Horner's rule."""
    value: Any = coefficients[-1]
    for c in reversed(coefficients[:-1]):
        value = value * x + c
    return value


def _near(xp: Any, x: Any, radius: float) -> tuple[Any, Any, Any]:
    """Where `|x| < radius`; `x` there and 0 elsewhere, for a series; `x` elsewhere and 1 there, for a formula that divides."""
    inside = xp.abs(x) < radius
    return inside, xp.where(inside, x, 0.0), xp.where(inside, 1.0, x)


def _is_complex(xp: Any, x: Any) -> bool:
    return xp.isdtype(x.dtype, "complex floating")  # type: ignore[no-any-return]


def _is_pole(xp: Any, x: Any) -> Any:
    """Whether `x` is 0, -1, -2, ..., where the gamma function has its poles."""
    return (x <= 0) & (x == xp.floor(x))


def _part(xp: Any, x: Any, y: Any) -> Any:
    """`x / y`, but 0 where `x` is 0, even if `y` is too."""
    return xp.where(x == 0, 0.0, x / xp.where(x == 0, 1.0, y))


def _rgamma_slope(xp: Any, x: Any) -> Any:
    """The derivative of 1 / gamma(x), which is finite at the poles of gamma: left of 1/2 by the reflection formula."""
    if _is_complex(xp, x):
        return -xp.special.digamma(x) * xp.special.rgamma(x)
    left = x < 0.5
    mirrored = xp.where(left, 1 - x, 1.0)
    turn = math.pi * (x - 2 * xp.round(x / 2))
    reflected = xp.special.gamma(mirrored) * (xp.cos(turn) - xp.special.digamma(mirrored) * xp.sin(turn) / math.pi)
    right = xp.where(left, 1.0, x)
    return xp.where(left, reflected, -xp.special.digamma(right) * xp.special.rgamma(right))


def _exprel_slope(xp: Any, x: Any, y: Any) -> Any:
    """The derivative of `y = exprel(x)`: a series near 0, where the formula would subtract nearly equal numbers."""
    inside, near, far = _near(xp, x, 1.0)
    series = _polynomial(near, *[(n + 1) / math.factorial(n + 2) for n in range(18)])
    return xp.where(inside, series, y * (-1 / xp.expm1(-far) - 1 / far))


def _log1p_ratio(xp: Any, x: Any) -> Any:
    """`log(1 + x) / x`, 1 at 0; a series near 0, so that its derivatives are right there too."""
    inside, near, far = _near(xp, x, 0.1)
    return xp.where(inside, _polynomial(near, *[(-1) ** n / (n + 1) for n in range(20)]), xp.log1p(far) / far)


def _log1p_ratio_slope(xp: Any, x: Any) -> Any:
    """The derivative of `log(1 + x) / x`."""
    inside, near, far = _near(xp, x, 0.1)
    series = _polynomial(near, *[(-1) ** (n + 1) * (n + 1) / (n + 2) for n in range(20)])
    return xp.where(inside, series, (1 / (1 + far) - xp.log1p(far) / far) / far)


def _bessel_ratio(xp: Any, x: Any, value: Any, sign: int) -> Any:
    """`value / x` for `value = j1(x)` (`sign` -1) or `i1(x)` (1); a series near 0, so that its derivatives are right there."""
    inside, near, far = _near(xp, x, 1.0)
    series = _polynomial(near * near, *[0.5 * sign**k / (4**k * math.factorial(k) * math.factorial(k + 1)) for k in range(10)])
    return xp.where(inside, series, value / far)


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


# Nodes and weights of an integral over (0, infinity) of a function that decays exponentially, by the trapezoidal rule in s for
# v = exp(s - exp(-s)), whose error falls like exp(-1 / step) for functions without singularity near the axis.
_STEP = 1 / 12
_AT = [_STEP * k for k in range(-42, 56)]
_NODES = [math.exp(s - math.exp(-s)) for s in _AT]
_WEIGHTS = [_STEP * v * (1 + math.exp(-s)) for s, v in zip(_AT, _NODES, strict=True)]


def _quadrature(xp: Any, like: Any) -> tuple[Any, Any]:
    """The nodes and the weights in the data type and on the device of an array."""
    return xp.asarray(_NODES, dtype=like.dtype, device=like.device), xp.asarray(_WEIGHTS, dtype=like.dtype, device=like.device)


def _gammainc_density(xp: Any, a: Any, x: Any) -> Any:
    """The derivative of gammainc(a, x) with respect to `x`: the density of a gamma distribution."""
    return xp.exp(xp.special.xlogy(a - 1, x) - x - xp.special.gammaln(a))


def _gammainc_by_a(xp: Any, a: Any, x: Any) -> Any:
    """The derivative of gammainc(a, x) with respect to `a`.

    It is the integral of (log t - digamma(a)) t**(a-1) exp(-t) / gamma(a) over t from 0 to x, and minus that from x to infinity.
    The smaller of the two is computed, where the integrand hardly changes sign: with t = x exp(v), by the trapezoidal rule after
    a double-exponential substitution, at the 98 nodes above scaled by the rate at which the integrand decays.

    Accuracy, tested against mpmath in double precision: relative error below 1e-11 for `a` from 0.05 to 1000 and `x` over the
    bulk and both tails of the distribution; beyond, it grows like the rounding error of `a log x`.
    """
    end = (x == 0) | (x == math.inf)
    x = xp.where(end, 1.0, x)
    below = x < xp.maximum(a, 1.0)
    spread = xp.abs(a - x) + xp.sqrt(x)
    rate = xp.where(below, xp.minimum(a, spread), spread)
    factor = xp.exp(xp.special.xlogy(a, x) - x - xp.special.gammaln(a)) / rate
    offset = xp.log(x) - xp.special.digamma(a)
    nodes, weights = _quadrature(xp, factor)
    v = xp.where(below, -1 / rate, 1 / rate)[..., None] * nodes
    values = xp.exp(a[..., None] * v - x[..., None] * xp.expm1(v)) * (offset[..., None] + v)
    total = factor * xp.sum(values * weights, axis=-1)
    return xp.where(end, 0.0, xp.where(below, total, -total))


def _betainc_density(xp: Any, a: Any, b: Any, x: Any) -> Any:
    """The derivative of betainc(a, b, x) with respect to `x`: the density of a beta distribution."""
    return xp.exp(xp.special.xlogy(a - 1, x) + xp.special.xlog1py(b - 1, -x) - xp.special.betaln(a, b))


def _betainc_by(xp: Any, which: int, a: Any, b: Any, x: Any, rest: Any) -> Any:
    """The derivative of betainc(a, b, x) with respect to `a` (`which` 0) or `b` (1), where `rest = 1 - x`.

    With respect to `a` it is the integral of (log t - digamma(a) + digamma(a + b)) times the beta density over t from 0 to x, and
    minus that from x to 1. The smaller of the two is computed, with t / (1 - t) = x / (1 - x) exp(v), as in `_gammainc_by_a`.

    Accuracy, tested against mpmath in double precision: relative error below 1e-10 for `a` and `b` from 0.05 to 1000 and `x` over
    the bulk and both tails of the distribution.
    """
    end = (x == 0) | (rest == 0)
    x, rest = xp.where(end, 0.5, x), xp.where(end, 0.5, rest)
    below = (a + b) * x < a
    p, q = xp.where(below, a, b), xp.where(below, b, a)
    z, z1 = xp.where(below, x, rest), xp.where(below, rest, x)
    rate = xp.minimum(p, xp.abs(p * z1 - q * z) + xp.sqrt((p + q) * z * z1))
    factor = xp.exp(xp.special.xlogy(p, z) + xp.special.xlogy(q, z1) - xp.special.betaln(p, q)) / rate
    common = xp.special.digamma(p + q)
    own, other = xp.log(z) - xp.special.digamma(p) + common, xp.log(z1) - xp.special.digamma(q) + common
    nodes, weights = _quadrature(xp, factor)
    v = (-1 / rate)[..., None] * nodes
    low = xp.log1p(z[..., None] * xp.expm1(v))  # log((1 - z) / (1 - t)), and log(t / z) = v - low
    density = xp.exp(p[..., None] * (v - low) - q[..., None] * low) * weights
    is_own = below if which == 0 else ~below
    offset = xp.where(is_own, own, other)[..., None] + xp.where(is_own[..., None], v, 0.0) - low
    total = factor * xp.sum(density * offset, axis=-1)
    return xp.where(end, 0.0, xp.where(below, total, -total))


def _t_density(xp: Any, df: Any, t: Any) -> Any:
    """The derivative of stdtr(df, t) with respect to `t`: the density of Student's distribution."""
    return xp.exp(-xp.special.betaln(df / 2, xp.full_like(df, 0.5)) - xp.log(df) / 2 - (df + 1) / 2 * xp.log1p(t * t / df))


def _stdtr_by_df(xp: Any, df: Any, t: Any) -> Any:
    """The derivative of stdtr(df, t) with respect to `df`: half of betainc(df / 2, 1 / 2, df / (df + t**2)) is the tail.

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
    if _is_complex(xp, x):
        return 2 * x * y - two
    large = x > 30
    inverse = 1 / xp.where(large, x, 1.0) ** 2
    series = _polynomial(inverse, *[(-0.5) ** n * math.prod(range(1, 2 * n + 2, 2)) for n in range(9)])
    return xp.where(large, -two / 2 * inverse * series, 2 * xp.where(large, 0.0, x) * y - two)


def _log_ndtr_slope(xp: Any, x: Any) -> Any:
    """The derivative of log_ndtr, the ratio of the normal density to its integral."""
    return math.sqrt(2 / math.pi) / xp.special.erfcx(x * -math.sqrt(0.5))


def _sinc_slope(xp: Any, y: Any, x: Any) -> Any:
    """The derivative of sinc: a series near 0, where the formula would subtract nearly equal numbers."""
    inside, near, far = _near(xp, math.pi * x, 1.0)
    series = -near * _polynomial(near * near, *[(-1) ** n * (2 * n + 2) / math.factorial(2 * n + 3) for n in range(10)])
    return math.pi * xp.where(inside, series, (xp.cos(far) - y) / far)


def _expn_slope(xp: Any, n: Any, x: Any) -> Any:
    """`-E_(n-1)(x)`, where SciPy has no E_(-1)."""
    first = n == 0
    return -xp.where(first, xp.exp(-x) * (1 + 1 / x) / x, xp.special.expn(xp.where(first, 0, n - 1), x))


def _real_only(xp: Any, name: str, p: Any) -> Any:
    """A derivative that there is for real operands only."""
    if _is_complex(xp, p):
        raise TypeError(f"{name}: no derivative for complex operands, of which it is not a holomorphic function")
    return p


def _binom_by_n(xp: Any, y: Any, n: Any, k: Any) -> Any:
    """The derivative of binom(n, k) with respect to `n`, also where it is zero because its denominator is infinite."""
    zero = y == 0
    smooth = y * (xp.special.digamma(n + 1) - xp.special.digamma(n - k + 1))
    at_zero = xp.special.gamma(n + 1) * xp.special.rgamma(k + 1) * _rgamma_slope(xp, n - k + 1)
    return xp.where(zero, at_zero, smooth)


def _binom_by_k(xp: Any, y: Any, n: Any, k: Any) -> Any:
    """The derivative of binom(n, k) with respect to `k`, also where it is zero because its denominator is infinite."""
    zero = y == 0
    above, below = n - k + 1, k + 1
    smooth = y * (xp.special.digamma(above) - xp.special.digamma(below))
    slopes = _rgamma_slope(xp, below) * xp.special.rgamma(above) - xp.special.rgamma(below) * _rgamma_slope(xp, above)
    return xp.where(zero, xp.special.gamma(n + 1) * slopes, smooth)


def _poch_by_z(xp: Any, y: Any, z: Any, m: Any) -> Any:
    """The derivative of poch(z, m) with respect to `z`, also where `z`, or `z` and `z + m`, are poles of gamma."""
    pole, pole_above = _is_pole(xp, z), _is_pole(xp, z + m)
    smooth = y * (xp.special.digamma(z + m) - xp.special.digamma(z))
    finite = y * (xp.special.digamma(1 - z - m) - xp.special.digamma(1 - z))
    at_zero = xp.special.gamma(z + m) * _rgamma_slope(xp, z)
    return xp.where(pole, xp.where(pole_above, finite, at_zero), smooth)
