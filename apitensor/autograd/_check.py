"""Derivatives against differences of the function, in random directions."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

from apitensor._core import dtypes
from apitensor._core import op as core
from apitensor._core.modes import no_grad

from . import _tree
from ._forward import jvp
from ._reverse import grad, vjp
from ._trace import as_output, check_function, differentiable, is_inexact

FIRST_ORDER = ("reverse", "forward", "adjoint")
SECOND_ORDER = ("reverse-over-reverse", "forward-over-reverse", "reverse-over-forward", "forward-over-forward")

# Steps that the differences are tried with, relative to an operand's size. Long ones are right for a function with
# noise, short ones beside a kink or the end of the domain; the two neighbours that agree best decide.
_STEPS = (3e-3, 6e-4, 1.2e-4, 2.4e-5, 4.8e-6)
_AGREEMENT = 1e-10  # with which no further step is tried
# A function of a small or a large operand may change on the scale of one all the same, as the sine does: beyond these
# sizes steps relative to one are tried as well, where the others agree by less than what the comparison needs.
_SMALL, _LARGE = 1e-2, 1e2
_ENOUGH = 1e-8
_ROUNDING = 2.0**-52  # of a result; its quotient by the step is what differences cannot tell from zero
# What rounding errors there are besides, those of large numbers that cancel, is seen in the fourth differences of so
# many values that lie so close, in steps, that a smooth function leaves nothing there.
_CLOSE, _VALUES = 2.0**-10, 24

Arrays = list[Any]


class GradientError(AssertionError):
    """A derivative does not agree with the differences; the message is the report."""


@dataclass(frozen=True)
class Row:
    """One comparison: the operand that moved, the mode, and the two values where they differ most.

    The error is relative to the scale of the derivative.
    """

    operand: str
    mode: str
    analytic: complex
    numeric: complex
    error: float
    tolerance: float

    @property
    def ok(self) -> bool:
        """Whether the error is within the tolerance; never for NaN."""
        return self.error <= self.tolerance


@dataclass(frozen=True)
class Report:
    """What `check_gradients` compared. Prints as a table."""

    rows: tuple[Row, ...]

    @property
    def ok(self) -> bool:
        """Whether all comparisons agree."""
        return all(row.ok for row in self.rows)

    def __str__(self) -> str:
        header = ("operand", "mode", "analytic", "numeric", "error", "")
        lines = [
            (
                row.operand,
                row.mode,
                f"{row.analytic:.8g}",
                f"{row.numeric:.8g}",
                f"{row.error:.1e}",
                "ok" if row.ok else "WRONG",
            )
            for row in self.rows
        ]
        widths = [max(len(line[i]) for line in (header, *lines)) for i in range(len(header))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in (header, *lines)
        )


def check_gradients(
    fun: Callable[..., Any],
    args: Sequence[Any],
    *,
    order: int = 2,
    modes: Sequence[str] | None = None,
    eps: float | None = None,
    rtol: float | None = None,
    atol: float = 1e-10,
    directions: int = 2,
    seed: int = 0,
    raise_on_failure: bool = True,
) -> Report:
    """Compare the derivatives of a function with differences of its values, operand by operand.

    Each operand is moved in random directions, complex ones for complex operands. First order: reverse and forward mode
    against differences of the function, and both with each other (the adjoint identity). Second order: differences of
    the gradient against reverse and forward mode over reverse and forward mode. Differences are central, of fourth
    order, in double precision, so a rule that is wrong by a ten-thousandth is found.

    Parameters
    ----------
    fun : a function of tensors, or nested containers of them, that returns such; smooth at `args`, and giving the same
        each time
    args : its arguments; floating-point and complex ones are taken in double precision, others are left alone
    order : 1, or 2 for first and second order
    modes : which comparisons to make, of "reverse", "forward", "adjoint", "reverse-over-reverse",
        "forward-over-reverse", "reverse-over-forward" and "forward-over-forward"; by default all of the order
    eps : the step, relative to the size of an operand; by default several are tried, and where these do not agree, as
        for the sine of a millionth, several relative to one
    rtol : the error allowed relative to the scale of the derivative; by default 1e-6 at first order and 1e-4 at second
        (the adjoint identity holds up to rounding and is allowed a thousandth)
    atol : the error allowed besides, relative to the scale of what is differentiated; the rounding errors of numbers
        that cancel in it, which differences see, are measured and allowed as well
    directions : how many directions each operand is moved in, for every output; the worst is reported
    seed : of the random directions
    raise_on_failure : whether a disagreement is an error

    Returns
    -------
    A report with `ok` and `rows`; print it.

    Raises
    ------
    GradientError : a comparison failed, unless `raise_on_failure` is False; an AssertionError.
    TypeError, ValueError : there is nothing to compare, or `order` or a mode is unknown.

    Examples
    --------
    >>> import apitensor as xp
    >>> from apitensor.autograd import check_gradients, op
    >>> check_gradients(lambda x, y: x * xp.sin(y), (xp.asarray([1.0, 2.0]), 3.0)).ok
    True
    >>> @op(vjps=(lambda xp, g, y, x: g * x,))
    ... def wrong_square(xp, x, /):
    ...     return x * x
    >>> report = check_gradients(wrong_square, (xp.asarray(3.0),), modes=["reverse"], raise_on_failure=False)
    >>> [(row.mode, row.ok) for row in report.rows]
    [('reverse', False)]
    """
    check_function(fun, "check_gradients")
    if not isinstance(args, (tuple, list)):
        raise TypeError(f"check_gradients: args must be a tuple of the function's arguments, not {type(args).__name__}")
    if order not in (1, 2):
        raise ValueError(f"check_gradients: order must be 1 or 2, not {order!r}")
    known = FIRST_ORDER + SECOND_ORDER
    chosen = (FIRST_ORDER if order == 1 else known) if modes is None else tuple(modes)
    for mode in chosen:
        if mode not in known:
            raise ValueError(f"check_gradients: unknown mode {mode!r}; there are {', '.join(known)}")
    check = _Check(fun, tuple(args), _STEPS if eps is None else (eps,), atol, random.Random(seed))
    rows = []
    for k, name in enumerate(check.names):
        found: dict[str, Row] = {}
        # Each output by itself: beside a large one the error of a small one would not be seen.
        for output, _ in product(range(len(check.ys)), range(directions)):
            for row in check.compare(k, name, output, chosen, rtol):
                worst = found.get(row.mode)
                if worst is None or not row.error <= worst.error:  # NaN is worst of all
                    found[row.mode] = row
        rows.extend([found[mode] for mode in chosen])
    report = Report(tuple(rows))
    if raise_on_failure and not report.ok:
        name = getattr(fun, "__name__", repr(fun))
        raise GradientError(f"the derivatives of {name} do not agree with its differences\n{report}")
    return report


class _Check:
    """A function of a list of operands that gives a list of results, and the comparisons of its derivatives."""

    def __init__(
        self, fun: Callable[..., Any], args: tuple[Any, ...], steps: Sequence[float], atol: float, rng: random.Random
    ) -> None:
        leaves, self.structure = _tree.flatten(args)
        names = _tree.ArgumentNames(self.structure, "argument")
        self.fun = fun
        self.steps = steps
        self.atol = atol
        self.rng = rng
        self.leaves = [_double(x, names, i) for i, x in enumerate(leaves)]
        self.moving = [i for i, x in enumerate(self.leaves) if is_inexact(x)]
        self.names = [names[i] for i in self.moving]
        self.xs = [self.leaves[i] for i in self.moving]
        if not self.xs:
            raise ValueError("check_gradients: no argument is a floating-point or complex tensor")
        with no_grad():
            self.ys = self.call(*self.xs)
        if not self.ys:
            raise TypeError("check_gradients: the function returned no floating-point or complex tensor")

    def call(self, *xs: Any) -> Arrays:
        full = list(self.leaves)
        for i, x in zip(self.moving, xs, strict=True):
            full[i] = x
        own = [core.snapshot(x) if isinstance(x, core.Handle) else x for x in full]  # the function may write to them
        results = _tree.flatten(self.fun(*_tree.unflatten(self.structure, own)))[0]
        return [y for y in (as_output(y, "check_gradients", self.xs[0]) for y in results) if is_inexact(y)]

    def compare(self, k: int, name: str, output: int, modes: Sequence[str], rtol: float | None) -> Iterator[Row]:
        """The comparisons of one output in which operand k is moved, in fresh directions."""
        xs, ys = self.xs, [self.ys[output]]

        def call(*xs: Any) -> Arrays:
            return [self.call(*xs)[output]]

        u = [self.direction(y) for y in ys]
        w = self.direction(xs[k])
        tangents = tuple([w if i == k else None for i in range(len(xs))])
        coarse = 1e-6 if rtol is None else rtol
        fine = 1e-4 if rtol is None else rtol

        def row(mode: str, analytic: Any, numeric: Any, allowed: float, tolerance: float) -> Row:
            a, n, error = _difference(analytic, numeric, allowed / tolerance)
            return Row(name, mode, a, n, error, tolerance)

        if any(mode in FIRST_ORDER for mode in modes):
            with no_grad():
                moved, unknown = self.numeric(call, k, w)
            allowed = _size(ys) * self.atol + unknown * max(1.0, _size(u))
            pulled: Any = vjp(call, *xs)[1](u)[k] if set(modes) & {"reverse", "adjoint"} else None
            pushed: Any = jvp(call, tuple(xs), tangents)[1] if set(modes) & {"forward", "adjoint"} else None
            if "reverse" in modes:
                yield row("reverse", [_Inner([pulled], [w])], [_Inner(u, moved)], allowed, coarse)
            if "forward" in modes:
                yield row("forward", pushed, moved, allowed, coarse)
            if "adjoint" in modes:
                lost = unknown * max(1.0, _size(u))
                yield row("adjoint", [_Inner([pulled], [w])], [_Inner(u, pushed)], lost, coarse * 1e-3)
        if not any(mode in SECOND_ORDER for mode in modes):
            return

        def gradient(*xs: Any) -> Arrays:
            return list(vjp(call, *xs)[1](u))

        s = [self.direction(x) for x in xs]
        with no_grad():
            turned, unknown = self.numeric(gradient, k, w)
            allowed = _size(gradient(*xs)) * self.atol + unknown * max(1.0, _size(s))
        expected = [_Inner(s, turned)]

        def pushed_along_s(*xs: Any) -> Arrays:
            return list(jvp(call, xs, tuple(s))[1])

        def along(function: Callable[..., Arrays], weights: Arrays) -> list[_Inner]:
            slope = grad(lambda *xs: _inner(weights, function(*xs)), k)(*xs)
            return [_Inner([slope], [w])]

        for mode in modes:
            if mode == "reverse-over-reverse":
                yield row(mode, along(gradient, s), expected, allowed, fine)
            elif mode == "forward-over-reverse":
                yield row(mode, jvp(gradient, tuple(xs), tangents)[1], turned, allowed, fine)
            elif mode == "reverse-over-forward":
                yield row(mode, along(pushed_along_s, u), expected, allowed, fine)
            elif mode == "forward-over-forward":
                yield row(mode, [_Inner(u, jvp(pushed_along_s, tuple(xs), tangents)[1])], expected, allowed, fine)

    def direction(self, x: Any) -> Any:
        """A random tensor like `x`: no part of an element small, so that none is overlooked, and none large."""

        def part() -> float:
            return self.rng.choice((-1.0, 1.0)) * self.rng.uniform(0.5, 1.0)

        numbers = [complex(part(), part()) if x.dtype.kind == "c" else part() for _ in range(x.size)]
        xp = core.namespace
        return xp.reshape(xp.asarray(numbers, dtype=x.dtype, device=x.device), x.shape)

    def numeric(self, function: Callable[..., Arrays], k: int, w: Any) -> tuple[Arrays, float]:
        """How the results change with operand k in the direction w, by central differences of fourth order.

        Also their error where it is all of them, and what they owe to rounding where they are not good. Where it is all
        of them nothing is known but that the derivative is no larger, as for the fifth power at 0. Elsewhere what is
        known badly for another reason does not count as agreement.
        """
        size = _size([self.xs[k]]) / math.sqrt(max(self.xs[k].size, 1)) or 1.0

        def slope(step: float) -> tuple[Arrays, float]:
            def at(n: int) -> Arrays:
                return function(*[x + (n * step) * w if i == k else x for i, x in enumerate(self.xs)])

            a, b, c, d = at(1), at(-1), at(2), at(-2)
            slopes = [(8 * (a - b) - (c - d)) / (12 * step) for a, b, c, d in zip(a, b, c, d, strict=True)]
            return slopes, _ROUNDING * _size(a) / step

        best: Arrays = []
        least = (math.inf, math.inf)  # the relative error, which is all of a slope at most, and the error
        length = 0.0  # of the step that was best
        for scale in (size,) if len(self.steps) == 1 or _SMALL <= size <= _LARGE else (size, 1.0):
            previous: Arrays | None = None
            for step in self.steps:
                with self.xs[k]._backend.quiet():  # a long step may leave the domain
                    slopes, rounding = slope(step * scale)
                if previous is None:
                    if not best:
                        best, length = slopes, step * scale
                else:
                    apart = _size([a - b for a, b in zip(slopes, previous, strict=True)])
                    error, all_of_it = max(apart, rounding), _size(slopes)
                    found = (error / all_of_it if error < all_of_it else 1.0, error)
                    if found < least and not math.isnan(apart):
                        best, least, length = slopes, found, step * scale
                    if apart <= _AGREEMENT * all_of_it:
                        break
                previous = slopes
            if least[0] < _ENOUGH:
                break
        if least[0] < _ENOUGH:
            return best, 0.0
        return best, max(least[1] if least[0] == 1.0 else 0.0, self.noise(function, k, w, length) / length)

    def noise(self, function: Callable[..., Arrays], k: int, w: Any, step: float) -> float:
        """The rounding errors of the results a step away from operand k in the direction w, several times over."""
        places = [(1 + n * _CLOSE) * step for n in range(_VALUES)]
        with self.xs[k]._backend.quiet():
            values = [function(*[x + t * w if i == k else x for i, x in enumerate(self.xs)]) for t in places]
        for _ in range(4):
            values = [[b - a for a, b in zip(before, after, strict=True)] for before, after in pairwise(values)]
        sizes = sorted(_size(v) for v in values)
        return 4 * sizes[-5] if math.isfinite(sizes[-1]) else 0.0  # a jump is in four of the differences


def _double(x: Any, names: _tree.Names, i: int) -> Any:
    """An argument that tracks nothing, in double precision."""
    if x is None or isinstance(x, (str, bytes, bool, int)) or callable(x):
        return x
    x = differentiable(x, names, i, "check_gradients", integers=True)
    if not is_inexact(x):
        return x
    precise = dtypes.float64 if x.dtype.kind == "f" else dtypes.complex128
    with no_grad():
        return core.namespace.astype(x.detach(), precise)


class _Inner:
    """A real inner product of two lists of tensors, with the scale that its terms have."""

    def __init__(self, a: Arrays, b: Arrays) -> None:
        self.value = float(_inner(a, b))
        self.scale = _size([x * y for x, y in zip(a, b, strict=True)])


def _inner(a: Arrays, b: Arrays) -> Any:
    """`sum Re(conj(a) b)`."""
    xp = core.namespace
    terms = []
    for x, y in zip(a, b, strict=True):
        if x.dtype.kind == "c" or y.dtype.kind == "c":
            terms.append(xp.sum(xp.real(xp.conj(x) * y)))
        else:
            terms.append(xp.sum(x * y))
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _size(arrays: Arrays) -> float:
    """The Euclidean norm of all elements together, whose squares may overflow."""
    xp = core.namespace

    def norm(x: Any) -> float:
        x = xp.abs(x)
        largest = float(xp.max(x)) if x.size else 0.0
        return largest * math.sqrt(float(xp.sum((x / largest) ** 2))) if 0.0 < largest < math.inf else largest

    return math.hypot(*[norm(x) for x in arrays])


def _difference(analytic: Any, numeric: Any, floor: float) -> tuple[complex, complex, float]:
    """The two values where they differ most, and that difference relative to the scale of the derivative."""
    if isinstance(analytic[0], _Inner):
        a, n = analytic[0], numeric[0]
        return a.value, n.value, _relative(abs(a.value - n.value), max(a.scale, n.scale) + floor)
    xp = core.namespace
    worst: tuple[float, complex, complex] = (0.0, 0.0, 0.0)
    scale = 0.0
    for x, y in zip(analytic, numeric, strict=True):
        if not x.size:
            continue
        x, y = xp.reshape(x, (-1,)), xp.reshape(y, (-1,))
        apart = xp.abs(x - y)
        i = int(xp.argmax(xp.where(xp.isnan(apart), xp.inf, apart)))
        scale = max(scale, float(xp.max(xp.abs(x))), float(xp.max(xp.abs(y))))
        if not float(apart[i]) < worst[0]:
            worst = float(apart[i]), x[i].item(), y[i].item()
    return worst[1], worst[2], _relative(worst[0], scale + floor)


def _relative(error: float, scale: float) -> float:
    return error / scale if scale else (0.0 if error == 0.0 else math.inf)
