"""The checker itself: right derivatives pass, and rules that are wrong by 0.05 % are found, each by its comparison."""

from __future__ import annotations

import itertools
from collections import namedtuple
from typing import Any

import numpy as np
import pytest

import apitensor as xp
from apitensor.autograd import GradientError, check_gradients, elementwise, linear, op

WRONG = 1.0005
X = np.array([0.7, -1.3, 2.1])
Z = np.array([0.7 + 0.4j, -1.3 - 0.2j, 0.1 + 1.5j])
Point = namedtuple("Point", "a b")

FIRST = {"reverse", "forward", "adjoint"}
SECOND = {"reverse-over-reverse", "forward-over-reverse", "reverse-over-forward", "forward-over-forward"}


def failures(fun: Any, *args: Any, **options: Any) -> set[tuple[str, str]]:
    """The (operand, mode) pairs that the checker complains about."""
    report = check_gradients(fun, args, raise_on_failure=False, **options)
    assert report.ok == all(row.ok for row in report.rows)
    return {(row.operand, row.mode) for row in report.rows if not row.ok}


def failing_modes(fun: Any, *args: Any, **options: Any) -> set[str]:
    return {mode for _, mode in failures(fun, *args, **options)}


# ---- what is right passes


@pytest.mark.parametrize(
    ("fun", "args"),
    [
        (lambda x: xp.exp(xp.sin(x)), (X,)),
        (lambda x, y: x * y + xp.sum(x), (X, 2.5)),
        (lambda z: xp.exp(z) * z, (Z,)),
        (lambda z: xp.abs(z), (Z,)),
        (lambda z, x: xp.real(z * xp.conj(z)) * x, (Z, X)),
        (lambda x: 3.0 * x, (X,)),
        (lambda x: xp.floor(x), (X,)),
        (
            lambda p: {"s": xp.sum(p["q"].a * p["q"].b[0]), "n": xp.argmax(p["q"].a)},
            ({"q": Point(X, [X * 2]), "k": 3},),
        ),
        (lambda x, n, name, none: x**n, (X, 3, "text", None)),
        (lambda x: xp.sqrt(x), (np.array([1e-7, 2e-7]),)),
        (lambda x: x**3, (1e6 * X,)),
        (lambda x: xp.abs(x), (np.array([1e-3, -2.0]),)),
        (lambda x: xp.log(x), (np.array([1e-3, 5.0]),)),
        (lambda x: x * x, (X.astype(np.float32),)),
        (lambda x: x * 1e-9 * x, (X,)),
        (lambda x: xp.asarray(2.0), (X,)),
    ],
)
def test_right_derivatives_pass(fun: Any, args: Any) -> None:
    report = check_gradients(fun, args)
    assert report.ok
    assert {row.mode for row in report.rows} == FIRST | SECOND
    assert all(row.error < row.tolerance for row in report.rows)


def test_the_differences_are_much_better_than_the_tolerance() -> None:
    report = check_gradients(lambda x, y: xp.exp(xp.sin(x) * y), (X, 1.5))
    assert max(row.error for row in report.rows if row.mode in FIRST) < 1e-9
    assert max(row.error for row in report.rows if row.mode in SECOND) < 1e-8


# ---- what is wrong is found


def test_a_reverse_rule_that_is_slightly_wrong() -> None:
    @op(vjps=(lambda xp, g, y, x: g * 3 * x * x * WRONG,), jvp=lambda xp, t, y, x: t[0] * 3 * x * x)
    def cube(xp: Any, x: Any, /) -> Any:
        return x * x * x

    assert failing_modes(cube, X, order=1) == {"reverse", "adjoint"}
    # At second order the wrong gradient itself is differentiated, and rightly so; what is built on the right forward
    # rule differs.
    assert failing_modes(cube, X) == {"reverse", "adjoint", "reverse-over-forward", "forward-over-forward"}


def test_a_forward_rule_that_is_slightly_wrong() -> None:
    @op(vjps=(lambda xp, g, y, x: g * 3 * x * x,), jvp=lambda xp, t, y, x: t[0] * 3 * x * x * WRONG)
    def cube(xp: Any, x: Any, /) -> Any:
        return x * x * x

    assert failing_modes(cube, X, order=1) == {"forward", "adjoint"}


def test_a_rule_without_jvp_fails_in_both_modes() -> None:
    @op(vjps=(lambda xp, g, y, x: g * 3 * x * x * WRONG,))
    def cube(xp: Any, x: Any, /) -> Any:
        return x * x * x

    # Forward mode transposes the reverse rule, so the two agree with each other.
    assert failing_modes(cube, X, order=1) == {"reverse", "forward"}


@pytest.mark.parametrize("wrong", [0, 1])
def test_one_operand_of_several(wrong: int) -> None:
    factors = [WRONG if i == wrong else 1.0 for i in range(2)]
    times = elementwise(
        "multiply",
        lambda xp, y, a, b: b * factors[0],
        lambda xp, y, a, b: a * factors[1],
        doc="A product with a wrong derivative.",
    )
    found = failures(lambda a, b: times(a, b), X, 2 * X, order=1)
    assert found == {(f"argument {wrong}", "reverse"), (f"argument {wrong}", "forward")}


def test_a_small_output_beside_a_large_one() -> None:
    @op(vjps=(lambda xp, g, y, x: g * (WRONG * xp.cos(x)),))
    def sine(xp: Any, x: Any, /) -> Any:
        return xp.sin(x)

    assert failing_modes(lambda x: (1e9 * x * x, sine(x)), X, order=1) == {"reverse", "forward"}


def test_a_complex_output_with_a_real_derivative() -> None:
    """No direction is nearly imaginary: there second derivatives of zero were compared with rounding errors."""
    x = np.asarray([[1.0, 2.0, 0.5], [-0.3, 1.5, 0.7], [0.2, -0.4, 3.0]])
    for seed in (35, 36, 37):
        assert not failures(lambda x: xp.sum(xp.linalg.eig(x).eigenvalues), x, seed=seed)


def test_one_element_of_many() -> None:
    def rule(xp: Any, g: Any, y: Any, x: Any) -> Any:
        error = xp.where(xp.arange(x.size) == 7, WRONG - 1, 0.0)
        return g * xp.cos(x) * (1 + error)

    @op(vjps=(rule,))
    def sine(xp: Any, x: Any, /) -> Any:
        return xp.sin(x)

    assert failing_modes(sine, np.linspace(0, 1.2, 20), order=1) == {"reverse", "forward"}


@pytest.mark.parametrize("mode", sorted(SECOND))
def test_a_rule_that_is_wrong_at_second_order_only(mode: str) -> None:
    def rule(xp: Any, g: Any, y: Any, x: Any) -> Any:
        # As a number `same` is x up to 1e-12, but its derivative is zero: the rule's value is right, its derivative is
        # not.
        same = xp.floor(x * 2.0**40) / 2.0**40
        return g * (3 * x * x + 6 * (WRONG - 1) * x * (x - same))

    @op(vjps=(rule,))
    def cube(xp: Any, x: Any, /) -> Any:
        return x * x * x

    check_gradients(cube, (X,), order=1)
    with pytest.raises(GradientError, match=mode):
        check_gradients(cube, (X,), modes=[mode])


def test_a_mixed_second_derivative() -> None:
    def rule(xp: Any, g: Any, y: Any, a: Any, b: Any) -> Any:
        same = xp.floor(b * 2.0**40) / 2.0**40
        return g * (b + (WRONG - 1) * (b - same))

    @op(vjps=(rule, lambda xp, g, y, a, b: g * a))
    def times(xp: Any, a: Any, b: Any, /) -> Any:
        return a * b

    assert failing_modes(times, X, 2 * X, order=1) == set()
    assert failing_modes(times, X, 2 * X) == SECOND


def test_a_missing_conjugate() -> None:
    @op(vjps=(lambda xp, g, y, z: g * 2 * z,), jvp=lambda xp, t, y, z: t[0] * 2 * z)
    def square(xp: Any, z: Any, /) -> Any:
        return z * z

    assert failing_modes(square, Z, order=1) == {"reverse", "adjoint"}
    assert failing_modes(square, X, order=1) == set()  # on the real line nothing is missing


def test_a_complex_rule_that_is_slightly_turned() -> None:
    @op(vjps=(lambda xp, g, y, z: g * xp.conj(2 * z) * (1 + 0.0005j),))
    def square(xp: Any, z: Any, /) -> Any:
        return z * z

    assert "reverse" in failing_modes(square, Z, order=1)
    assert "forward" in failing_modes(square, Z, order=1)


def test_a_wrong_transpose() -> None:
    @linear(transpose=lambda xp, g, y, x: xp.roll(g, 1))
    def rolled(xp: Any, x: Any, /) -> Any:
        return xp.roll(x, 1)

    assert failing_modes(rolled, X, order=1) == {"reverse", "adjoint"}


def test_a_derivative_that_is_missing() -> None:
    @op()
    def silent(xp: Any, x: Any, /) -> Any:
        return x * x

    assert failing_modes(silent, X, order=1) == {"reverse", "forward"}


def test_nan_in_a_later_direction_is_reported() -> None:
    calls = itertools.count()

    @op(vjps=(lambda xp, g, y, x: g * 2 * x * (1.0 if next(calls) == 0 else xp.nan),))
    def square(xp: Any, x: Any, /) -> Any:
        return x * x

    assert failing_modes(square, X, modes=["reverse"], directions=2) == {"reverse"}


def test_nan_never_passes() -> None:
    @op(vjps=(lambda xp, g, y, x: g * xp.where(x > 0, xp.nan, 2 * x),))
    def square(xp: Any, x: Any, /) -> Any:
        return x * x

    assert {"reverse", "forward"} <= failing_modes(square, X, order=1)
    with np.errstate(invalid="ignore"):
        assert {"reverse", "forward"} <= failing_modes(lambda x: xp.sqrt(x), np.array([-1.0, 2.0]), order=1)


# ---- the report


def test_the_report() -> None:
    @op(vjps=(lambda xp, g, y, x: g * 2 * x * WRONG,))
    def square(xp: Any, x: Any, /) -> Any:
        return x * x

    with pytest.raises(AssertionError, match="the derivatives of square do not agree") as raised:
        check_gradients(square, (xp.asarray(3.0),), order=1)
    assert "WRONG" in str(raised.value)
    report = check_gradients(
        lambda p: square(p["w"]), ({"w": xp.asarray(3.0)},), modes=["forward"], raise_on_failure=False
    )
    (row,) = report.rows
    assert row.operand == "argument 0['w']"
    assert not row.ok
    assert abs(row.analytic / row.numeric) == pytest.approx(WRONG, rel=1e-8)
    assert row.error == pytest.approx(1 - 1 / WRONG, rel=1e-3)
    header, line = str(report).splitlines()
    assert header.split() == ["operand", "mode", "analytic", "numeric", "error"]
    assert line.split()[-1] == "WRONG"


def test_tolerances_and_steps_are_the_users() -> None:
    @op(vjps=(lambda xp, g, y, x: g * 2 * x * WRONG,))
    def square(xp: Any, x: Any, /) -> Any:
        return x * x

    assert failures(square, X, order=1, rtol=1e-2) == set()
    assert failures(lambda x: xp.exp(x), X, order=1, eps=1e-3) == set()
    assert "reverse" in failing_modes(lambda x: xp.exp(x), X, order=1, eps=1.0)


def test_a_function_that_writes_to_its_arguments() -> None:
    def scaled(x: Any, y: Any, n: Any) -> Any:
        n += 1
        x[1] = y * y
        x *= n.item()
        return x

    n = xp.asarray(3)
    assert not failures(scaled, X, 2.5, n)
    assert n.item() == 3


def test_arguments_are_left_alone() -> None:
    x = xp.asarray(X, requires_grad=True)
    check_gradients(lambda x: xp.sum(x * x), (x,))
    assert x.grad is None
    np.testing.assert_array_equal(x.detach().numpy(), X)


def test_seeds_give_other_directions() -> None:
    first, again, other = (
        check_gradients(xp.sin, (X,), modes=["reverse"], seed=seed).rows[0].numeric for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_errors() -> None:
    with pytest.raises(ValueError, match="order must be 1 or 2"):
        check_gradients(xp.sin, (X,), order=3)
    with pytest.raises(ValueError, match="unknown mode 'sideways'"):
        check_gradients(xp.sin, (X,), modes=["sideways"])
    with pytest.raises(ValueError, match="no argument"):
        check_gradients(xp.sin, (xp.asarray([1, 2]),))
    with pytest.raises(TypeError, match="returned no floating-point"):
        check_gradients(lambda x: xp.argmax(x), (X,))


def test_an_elementwise_op_of_three_operands():
    fused = elementwise(
        "fused",
        lambda xp, y, a, b, c: b,
        lambda xp, y, a, b, c: a,
        1,
        forward=lambda xp, a, b, c: a * b + c,
        doc="Multiply and add.",
    )
    assert fused(xp.asarray([1.0, 2.0]), 3.0, 0.5).tolist() == [3.5, 6.5]
    check_gradients(fused, (X, Z, xp.asarray(0.5)))
    with pytest.raises(TypeError, match=r"fused.* 3 operands, not 2"):
        fused(X, X)


SMALL, LARGE = [1e-12, 1e-8, 1e-6, 1e-5, 1e-4], [1e5, 1e6]
SCALES = [
    *[("sin", lambda xp, y, x: xp.cos(x), at) for at in SMALL + LARGE],
    *[("cos", lambda xp, y, x: -xp.sin(x), at) for at in SMALL[2:] + LARGE],  # at less the derivative is rounding
    *[("exp", lambda xp, y, x: y, at) for at in SMALL],
    *[("tanh", lambda xp, y, x: 1 - y * y, at) for at in SMALL],
    *[("log", lambda xp, y, x: 1 / x, at) for at in SMALL + LARGE],
    *[("sqrt", lambda xp, y, x: 0.5 / y, at) for at in SMALL + LARGE],
]


@pytest.mark.parametrize(("name", "slope", "at"), SCALES)
def test_small_and_large_operands(name: str, slope: Any, at: float) -> None:
    """Whether a function changes on the scale of its operand or of one, right rules pass and wrong ones do not."""

    @op(vjps=(lambda xp, g, y, x, /: g * slope(xp, y, x) * 1.01,))
    def wrong(xp: Any, x: Any, /) -> Any:
        return getattr(xp, name)(x)

    x = xp.asarray([0.6 * at, at])
    check_gradients(getattr(xp, name), (x,))
    assert not check_gradients(wrong, (x,), order=1, raise_on_failure=False).ok


@pytest.mark.parametrize("at", [1e-300, 1e-200, 1e200, 1e300])
def test_sizes_whose_squares_overflow(at: float) -> None:
    x = xp.asarray([0.5 * at, at])
    check_gradients(lambda x: 3 * x, (x,))
    if at != 1e-300:  # the derivative's size overflows
        check_gradients(xp.log, (x,), order=1)


FLAT = {
    "fifth power": lambda x: x**5,
    "sine times square": lambda x: xp.sin(x) * x * x,
    "cube of a corner": lambda x: xp.maximum(x, 0.0) ** 3,
    "square of a corner": lambda x: x * xp.abs(x),
}


@pytest.mark.parametrize("name", FLAT)
def test_where_value_and_derivative_are_zero(name: str) -> None:
    """All that differences give there is their own error: right rules pass, and a wrong one is found."""

    @op(vjps=(lambda xp, g, y, x, /: g * (y + 1e-6),))
    def wrong(xp: Any, x: Any, /) -> Any:
        return x**5

    for shape in ((1,), (2, 3)):
        check_gradients(FLAT[name], (xp.zeros(shape),), order=1)
        assert not check_gradients(wrong, (xp.zeros(shape),), order=1, raise_on_failure=False).ok
        for eps in (1e-3, 1e-6):
            assert not check_gradients(wrong, (xp.zeros(shape),), order=1, eps=eps, raise_on_failure=False).ok


CANCELLING = {
    "sine": (lambda x: xp.sin(x) - x, 0.0),
    "sines": (lambda x: 1e6 * (xp.sin(x) - x), [0.0, 0.0, 0.0]),
    "exponential": (lambda x: xp.exp(x) - 1 - x, 0.0),
    "square": (lambda x: x**2 - 2 * x + 1, 1.0),
    "circle": (lambda x: xp.sin(x) ** 2 + xp.cos(x) ** 2 - 1, 0.7),
    "inverse": (lambda x: xp.log(xp.exp(x)) - x, 0.7),
    "softmax": (lambda x: xp.sum(xp.ext.softmax(x)) - 1, [0.1, 0.5, -2.0]),
    "mean": (lambda x: xp.sum(x - xp.mean(x)), [1.0, 2.0, 3.7]),
    "determinant": (xp.linalg.det, [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [3.0, 6.0, 9.0]]),
    "nothing": (lambda x: x - x, 1.5),
}


@pytest.mark.parametrize("name", CANCELLING)
def test_where_larger_numbers_cancel_to_zero(name: str) -> None:
    """Differences give their rounding errors there: right rules pass, and one that is wrong by little more does not."""
    fun, at = CANCELLING[name]
    x = xp.asarray(at)
    for seed in range(3):
        check_gradients(fun, (x,), seed=seed)
    for backward, forward in ((1e-8, 0.0), (0.0, 1e-8)):

        @op(
            vjps=(lambda xp, g, y, x, /, e=backward: e * g,),
            jvp=lambda xp, tangents, y, x, /, e=forward: e * tangents[0],
        )
        def zero(xp: Any, x: Any, /) -> Any:
            return 0.0 * x

        def wrong(x: Any, zero: Any = zero) -> Any:
            return fun(x) + xp.sum(zero(x))

        assert not check_gradients(wrong, (x,), order=1, raise_on_failure=False).ok
