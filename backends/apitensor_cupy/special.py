"""The special functions over CuPy arrays: those of cupyx.scipy.special, which is imported when the first is looked up.

What is defined here CuPy lacks or gets wrong; each says what. Where a kernel includes a header `cupy/xsf/...`, it is of
xsf, the library that SciPy's own functions come from and that CuPy brings along for its kernels. What is missing still
is not computed on the host instead, which would wait for the device: it raises.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cupy


def _kernel(signature: str, code: str, preamble: str = "") -> Callable[..., Any]:
    """An elementwise function: `code` sets `y` from operands of double precision, named in `signature`.

    Single precision is computed in double precision too: what saves digits there is not worth a second formula.
    """
    name, _, rest = signature.rstrip(")").partition("(")
    names = rest.split(", ")
    kernel = cupy.ElementwiseKernel(
        ", ".join(f"T {x}_" for x in names),
        "T y",
        "".join(f"const double {x} = {x}_; " for x in names) + code,
        f"apitensor_{name}",
        preamble=preamble,
    )

    def function(*operands: Any) -> Any:
        dtype = cupy.result_type(*operands)
        if dtype.kind == "c":
            raise _missing(f"{name} of complex numbers")
        return kernel(*[x.astype(dtype, copy=False) for x in operands])

    function.__name__ = function.__qualname__ = name
    return function


def _missing(what: str) -> NotImplementedError:
    return NotImplementedError(f"CuPy's special functions lack {what}; move the operands with to_device('cpu')")


# The functions whose header for complex numbers not every CuPy 14 brings along, and this one does not.
LACKING_OF_COMPLEX: set[str] = set()


def _complex_too(name: str, header: str, real: Callable[..., Any]) -> Callable[..., Any]:
    """A function of one operand: of real numbers the given one, of complex numbers xsf's."""
    if not (Path(cupy.__file__).parent / "_core" / "include" / "cupy" / "xsf" / header).exists():
        LACKING_OF_COMPLEX.add(name)
    kernel = cupy.ElementwiseKernel(
        "T x",
        "T y",
        f"y = T(xsf::{name}(complex<double>(x)))",
        f"apitensor_complex_{name}",
        preamble=f"#include <cupy/xsf/{header}>",
    )

    def function(x: Any) -> Any:
        if x.dtype.kind != "c":
            return real(x)
        if name in LACKING_OF_COMPLEX:
            raise _missing(f"{name} of complex numbers")
        return kernel(x)

    function.__name__ = function.__qualname__ = name
    return function


def _cupy(name: str) -> Callable[..., Any]:
    """CuPy's function of that name, looked up when it is called."""

    def function(*operands: Any) -> Any:
        return getattr(importlib.import_module("cupyx.scipy.special"), name)(*operands)

    return function


def lpmv(order: Any, degree: Any, x: Any) -> Any:
    """Legendre functions. CuPy 14's are wrong below -0.35 for degrees that are no half integers: NaN there."""
    values = _cupy("lpmv")(order, degree, x)
    twice = 2 * cupy.asarray(degree)
    return cupy.where((cupy.asarray(x) < -0.35) & (twice != cupy.rint(twice)), cupy.nan, values).astype(values.dtype)


# CuPy takes no complex numbers here.
erf = _complex_too("erf", "erf.h", _cupy("erf"))
erfc = _complex_too("erfc", "erf.h", _cupy("erfc"))
erfcx = _complex_too("erfcx", "erf.h", _cupy("erfcx"))
exp1 = _complex_too("exp1", "expint.h", _cupy("exp1"))
ndtr = _complex_too("ndtr", "stats.h", _cupy("ndtr"))
log_ndtr = _complex_too("log_ndtr", "stats.h", _cupy("log_ndtr"))

# CuPy's expi is infinite for NaN, or NaN for infinity.
_expi = _kernel("expi(x)", "y = isinf(x) && x > 0 ? x : xsf::expi(x);", "#include <cupy/xsf/expint.h>")
expi = _complex_too("expi", "expint.h", _expi)

# CuPy has no spence and no ellipe.
_spence = _kernel("spence(x)", "y = xsf::cephes::spence(x);", "#include <cupy/xsf/cephes/spence.h>")
spence = _complex_too("spence", "spence.h", _spence)
ellipe = _kernel("ellipe(m)", "y = xsf::cephes::ellpe(m);", "#include <cupy/xsf/cephes/ellpe.h>")

# CuPy's are a Bessel function times an exponential, which is NaN where the one overflows and the other is zero.
i0e = _kernel("i0e(x)", "y = xsf::cephes::i0e(x);", "#include <cupy/xsf/cephes/i0.h>")
i1e = _kernel("i1e(x)", "y = xsf::cephes::i1e(x);", "#include <cupy/xsf/cephes/i1.h>")
k0e = _kernel("k0e(x)", "y = xsf::cephes::k0e(x);", "#include <cupy/xsf/cephes/i0.h>\n#include <cupy/xsf/cephes/k0.h>")
k1e = _kernel("k1e(x)", "y = xsf::cephes::k1e(x);", "#include <cupy/xsf/cephes/i1.h>\n#include <cupy/xsf/cephes/k1.h>")

# CuPy's cosines and sines of right angles are off by the rounding of pi.
cosdg = _kernel("cosdg(x)", "y = cospi(fmod(x, 360.0) / 180);")
sindg = _kernel("sindg(x)", "y = sinpi(fmod(x, 360.0) / 180);")

# CuPy's exprel is 1 for NaN, NaN for infinity.
exprel = _kernel("exprel(x)", "y = x == 0 ? 1 : isinf(x) ? (x > 0 ? x : 0.0) : expm1(x) / x;")

# CuPy's loses all digits where `r` is small beside `delta`.
pseudo_huber = _kernel(
    "pseudo_huber(delta, r)",
    "y = delta < 0 ? CUDART_INF : delta == 0 ? 0 * r : r * (r / (1 + hypot(1.0, r / delta)));",
)

# CuPy has no ndtri_exp. Below -600, where the exponential gets close to zero, by Newton's iteration for log_ndtr, from
# the leading term of its asymptotic series.
ndtri_exp = _kernel(
    "ndtri_exp(p)",
    "y = apitensor_ndtri_exp(p);",
    """
__device__ double apitensor_ndtri_exp(double p) {
    if (p > -0.6931471805599453) return -normcdfinv(-expm1(p));
    if (!(p < -600)) return normcdfinv(exp(p));
    if (isinf(p)) return p;
    double h = sqrt(-p);  // minus the result over sqrt(2)
    for (int i = 0; i < 4; i++) {
        const double scaled = erfcx(h);
        h += (log(scaled / 2) - (h * h + p)) * scaled * 0.8862269254527580;
    }
    return -1.4142135623730951 * h;
}
""",
)

# CuPy has neither stdtr nor stdtrit. Both sides of the distribution function are continued fractions of DiDonato and
# Morris (ACM Transactions on Mathematical Software 18, 1992, equation 9) of the incomplete beta function, told x and
# y = 1 - x: where one is close to 1 its complement keeps the digits. The quotient of gamma functions for many degrees
# of freedom is an asymptotic series (DLMF 5.11.13).
_STUDENT = """
__device__ double apitensor_fraction(double a, double b, double x, double y) {
    double value = a / (a + 1) * (a * y - b * x + 1), c = value, d = 0;
    for (int n = 1; n < 1000; n++) {
        const double odd = a + 2 * n - 1, part = n * (b - n) * x;
        const double p = (a + n - 1) / odd * ((a + b + n - 1) / odd) * part * x;
        const double q = n + part / odd + (a + n) / (odd + 2) * (a * y - b * x + 1 + n * (1 + y));
        c = q + p / c;
        d = 1 / (q + p * d);
        value *= c * d;
        if (fabs(c * d - 1) < 2e-16) break;
    }
    return 1 / value;
}

struct apitensor_student {
    double a, log_df, ratio;

    __device__ apitensor_student(double df) : a(df / 2), log_df(log(df)) {
        const double i = 1 / a;
        ratio = a < 100 ? tgamma(a + 0.5) / tgamma(a)
            : sqrt(a) * (1 + i * (-1. / 8 + i * (1. / 128 + i * (5. / 1024 + i * (-21. / 32768
                + i * (-399. / 262144 + i * (869. / 4194304)))))));
    }

    // log(1 + t**2 / df)
    __device__ double distance(double t) const {
        const double q = t * t / (2 * a);
        return q < 1e30 ? log1p(q) : 2 * log(t) - log_df;
    }

    __device__ double density(double t) const {
        return exp(-(a + 0.5) * distance(t)) * ratio * 0.5641895835477563 / sqrt(2 * a);
    }

    // The probability between 0 and t, for t up to 1 or so, and that above t, for t from 1
    __device__ double part(double t, bool above) const {
        const double q = t * t / (2 * a), x = 1 / (1 + q), y = q < 1e30 ? q / (1 + q) : 1;
        const double common = 0.5 * exp(-a * distance(t)) * sqrt(y) * ratio * 0.5641895835477563;
        return common * (above ? apitensor_fraction(a, 0.5, x, y) : apitensor_fraction(0.5, a, y, x));
    }
};
"""
stdtr = _kernel(
    "stdtr(df, t)",
    "y = apitensor_stdtr(df, t);",
    _STUDENT
    + """
__device__ double apitensor_stdtr(double df, double t) {
    if (isnan(t) || !(df > 0)) return CUDART_NAN;
    if (isinf(df)) return normcdf(t);
    if (isinf(t)) return t > 0;
    const apitensor_student student(df);
    const double size = fabs(t), part = student.part(size, size > 1);
    if (size > 1) return t > 0 ? 1 - part : part;
    return t > 0 ? 0.5 + part : 0.5 - part;
}
""",
)
# By Newton's iteration, which converges from every start since the probability between 0 and t is concave in t, and the
# logarithm of that above t in the logarithm of t.
stdtrit = _kernel(
    "stdtrit(df, p)",
    "y = apitensor_stdtrit(df, p);",
    _STUDENT
    + """
__device__ double apitensor_stdtrit(double df, double p) {
    if (!(p >= 0 && p <= 1) || !(df > 0)) return CUDART_NAN;
    if (isinf(df)) return normcdfinv(p);
    const double sign = p < 0.5 ? -1 : 1, above = p < 0.5 ? p : 1 - p;
    if (above == 0) return sign * CUDART_INF;
    const apitensor_student student(df);
    if (above >= student.part(1, true)) {
        const double wanted = 0.5 - above;
        double t = wanted / student.density(0);
        for (int i = 0; i < 30 && t > 0; i++) {
            const double step = (wanted - student.part(t, false)) / student.density(t);
            t += step;
            if (fabs(step) < 2e-16 * t) break;
        }
        return sign * t;
    }
    double u = log(fmax(1.0, -normcdfinv(above)));
    for (int i = 0; i < 60; i++) {
        const double t = exp(u), tail = student.part(t, true);
        const double step = log(tail / above) * (tail / (t * student.density(t)));
        if (u >= 709 && step > 0) return sign * CUDART_INF;
        u = fmin(u + step, 709.0);
        if (fabs(step) < 2e-16) break;
    }
    return sign * exp(u);
}
""",
)


# CuPy has no Bessel functions of real order. The modified ones come from the integral of exp(v t - x cosh(t)) over all
# t, twice that of the second kind (DLMF 10.32.9): around the largest integrand, since all terms are positive, the
# trapezoidal rule has every digit where its step is short beside the peak. That of the first kind follows from the
# Wronskian (DLMF 10.28.2) and the quotient of neighbouring orders, which is Perron's continued fraction (Gautschi and
# Slavik, Mathematics of Computation 32, 1978): no difference loses digits on this way.
_MODIFIED = """
// The Bessel function of the second kind, v >= 0 and x > 0, as sum * exp(log); times exp(x) where it is scaled
struct apitensor_second_kind {
    double sum, log;

    __device__ apitensor_second_kind(double v, double x, bool scaled) : sum(0) {
        const double w = hypot(x, v), p = (w + v) / 2, q = x / (4 * p) * x;
        log = v * asinh(v / x) - (scaled ? v / (w + x) * v : w);
        const double step = w > 9 ? 0.55 / sqrt(w) : 0.18;
        for (int side = -1; side <= 1; side += 2) {
            for (int k = side > 0; k < 100000; k++) {
                const double t = side * k * step, half = exp(-t / 2);  // far from 0 apart, since q may be as small as 0
                const double right = t < -1 ? (x * half) * (x / (4 * p) * half) - q : q * expm1(-t);
                const double term = exp(v * t - p * expm1(t) - right);
                sum += term;
                if (!(term > 1e-18)) break;
            }
        }
        sum *= step / 2;
    }

    __device__ double value() const { return sum * exp(log); }
};

__device__ double apitensor_k(double v, double x, bool scaled) {
    v = fabs(v);
    if (isnan(v) || !(x >= 0)) return CUDART_NAN;
    if (isinf(x)) return 0;
    if (isinf(v / x) || v == 0 && x == 0) return CUDART_INF;
    return apitensor_second_kind(v, x, scaled).value();
}

// The quotient of the functions of the first kind of the orders v and v - 1
__device__ double apitensor_quotient(double v, double x) {
    double value = x + 2 * v, c = value, d = 0;
    for (int n = 1; n < 100000; n++) {
        const double a = -(2 * v + 2 * n - 1) * x, b = 2 * (v + x) + n;
        c = b + a / c;
        d = 1 / (b + a * d);
        value *= c * d;
        if (fabs(c * d - 1) < 2e-16) break;
    }
    return x / value;
}

__device__ double apitensor_i(double v, double x, bool scaled) {
    const bool integer = v == floor(v);
    if (isnan(v) || isnan(x) || isinf(v) || x < 0 && !integer) return CUDART_NAN;
    const double sign = x < 0 && fmod(v, 2) != 0 ? -1 : 1, order = fabs(v);
    x = fabs(x);
    if (x == 0) return v == 0 ? 1 : v > 0 || integer ? 0.0 : CUDART_INF * (fmod(ceil(v), 2) == 0 ? 1 : -1);
    if (isinf(x)) return scaled ? 0.0 : sign * CUDART_INF;
    if (isinf((order + 1) / x)) return order == 0 ? 1 : v > 0 || integer ? 0.0 : CUDART_NAN;
    const apitensor_second_kind below(order, x, scaled), above(order + 1, x, scaled);
    const double quotient = apitensor_quotient(order + 1, x);
    const double both = above.sum + quotient * below.sum * exp(below.log - above.log);
    const double value = sign * exp(-above.log - log(x)) / both;
    if (v >= 0 || integer) return value;
    return value + 0.6366197723675814 * sinpi(order) * below.value() * (scaled ? exp(-2 * x) : 1.0);
}
"""
kv = _kernel("kv(v, x)", "y = apitensor_k(v, x, false);", _MODIFIED)
kve = _kernel("kve(v, x)", "y = apitensor_k(v, x, true);", _MODIFIED)
iv = _kernel("iv(v, x)", "y = apitensor_i(v, x, false);", _MODIFIED)
ive = _kernel("ive(v, x)", "y = apitensor_i(v, x, true);", _MODIFIED)


def sinc(x: Any) -> Any:
    """`sin(pi x) / (pi x)`; CuPy's is 1 for NaN."""
    return _cupy("sinc")(x) if x.dtype.kind == "c" else _sinc(x)


_sinc = _kernel("sinc(x)", "y = x == 0 ? 1 : sinpi(x) / (3.141592653589793 * x);")


def betaincc(a: Any, b: Any, x: Any) -> Any:
    """The complement of betainc, which CuPy lacks: its difference from 1 where that keeps the digits."""
    betainc, dtype = _cupy("betainc"), cupy.result_type(a, b, x)
    a, b, x = (operand.astype("float64", copy=False) for operand in (a, b, x))
    value = betainc(a, b, x)
    return cupy.where((value > 0.95) & (x > 1e-16), betainc(b, a, 1 - x), 1 - value).astype(dtype, copy=False)


def betainccinv(a: Any, b: Any, y: Any) -> Any:
    """The inverse of betaincc, which CuPy lacks: from 1 less its operand or less the result, whichever is smaller."""
    betaincinv, dtype = _cupy("betaincinv"), cupy.result_type(a, b, y)
    a, b, y = (operand.astype("float64", copy=False) for operand in (a, b, y))
    value = 1 - betaincinv(b, a, y)
    return cupy.where(y > value, betaincinv(a, b, 1 - y), value).astype(dtype, copy=False)


def polygamma(n: Any, x: Any) -> Any:
    """The derivatives of digamma; CuPy takes no number for their order."""
    return _cupy("polygamma")(n if isinstance(n, cupy.ndarray) else cupy.asarray(float(n)), x)


def zeta(x: Any, q: Any = None) -> Any:
    """The zeta function of Riemann, which CuPy has only less 1, or that of Hurwitz."""
    zeta = _cupy("zeta")
    if q is not None:
        return zeta(x, q)
    one = cupy.ones_like(x)
    left = _zeta_left(x, zeta(cupy.where(x < 0, 1 - x, 2 * one), one))
    return cupy.where(x < 0, left, cupy.where(x > 1, zeta(x, one), _cupy("zetac")(x) + 1))


# Left of 0 from the right by the functional equation (DLMF 25.4.1).
_zeta_left = _kernel("zeta_left(x, z)", "y = 2 * sinpi(x / 2) * exp((x - 1) * 1.8378770664093453 + lgamma(1 - x)) * z;")


# What neither CuPy nor this module has.
LACKING = frozenset(("hyp1f1", "jn", "jv", "yv"))


def __getattr__(name: str) -> Any:
    if name.startswith("__"):  # asked for by whoever inspects a module; not worth an import
        raise AttributeError(name)
    try:
        return getattr(importlib.import_module("cupyx.scipy.special"), name)
    except AttributeError:
        pass

    def missing(*args: Any, **kwargs: Any) -> Any:
        raise _missing(name)

    missing.__name__ = missing.__qualname__ = name
    return missing
