"""The functions of apitensor.autograd: values known in closed form, nesting, containers, memory, errors."""

from __future__ import annotations

import gc
import itertools
import math
import re
import threading
import weakref
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import apitensor as xp
from apitensor.autograd import (
    checkpoint,
    grad,
    gradients,
    hessian,
    hvp,
    jacobian,
    jvp,
    linearize,
    op,
    value_and_grad,
    vjp,
)


def close(actual: Any, expected: Any, rtol: float = 1e-12, atol: float = 1e-13) -> None:
    actual = actual.detach().numpy() if isinstance(actual, xp.Tensor) else actual
    np.testing.assert_allclose(actual, np.asarray(expected), rtol=rtol, atol=atol)


def forward_derivative(f: Any) -> Any:
    """The derivative of a function of a scalar, by forward mode."""
    return lambda x: jvp(f, (x,), (xp.ones_like(xp.asarray(x)),))[1]


def linearized_derivative(f: Any) -> Any:
    return lambda x: linearize(f, x)[1](1.0)


def pulled_derivative(f: Any) -> Any:
    return lambda x: vjp(f, x)[1](1.0)[0]


MODES = {"grad": grad, "jvp": forward_derivative, "linearize": linearized_derivative, "vjp": pulled_derivative}
mode_pairs = pytest.mark.parametrize(("outer", "inner"), list(itertools.product(MODES, MODES)))


# ---- nesting


@mode_pairs
def test_second_derivatives_in_every_pair_of_modes(outer: str, inner: str) -> None:
    f = lambda x: xp.sin(x) * x**3  # noqa: E731
    x = 0.7
    second = -math.sin(x) * x**3 + 6 * x**2 * math.cos(x) + 6 * x * math.sin(x)
    close(MODES[outer](MODES[inner](f))(xp.asarray(x)), second)


@pytest.mark.parametrize("modes", list(itertools.product(("grad", "jvp", "linearize"), repeat=3)))
def test_third_derivatives_in_every_triple_of_modes(modes: tuple[str, ...]) -> None:
    f: Any = lambda x: xp.exp(2 * x) / x  # noqa: E731
    x = 1.3
    for mode in modes:
        f = MODES[mode](f)
    e = math.exp(2 * x)
    third = 8 * e / x - 12 * e / x**2 + 12 * e / x**3 - 6 * e / x**4
    close(f(xp.asarray(x)), third)


@mode_pairs
def test_perturbations_are_not_confused(outer: str, inner: str) -> None:
    # d/dx (x * d/dy (x + y)) is 1; taking the two perturbations for one gives 2.
    derivative = MODES[outer](lambda x: x * MODES[inner](lambda y: x + y)(xp.asarray(1.0)))
    close(derivative(xp.asarray(1.0)), 1.0)
    # d/dx (x * d/dy (x y)) at y = 2 is 2 x
    derivative = MODES[outer](lambda x: x * MODES[inner](lambda y: x * y)(xp.asarray(2.0)))
    close(derivative(xp.asarray(3.0)), 6.0)


@mode_pairs
def test_an_inner_derivative_at_the_outer_variable(outer: str, inner: str) -> None:
    # d/dx [ d/dy (x^2 y^3) at y = x ] = d/dx 3 x^4 = 12 x^3
    derivative = MODES[outer](lambda x: MODES[inner](lambda y: x**2 * y**3)(x))
    close(derivative(xp.asarray(1.5)), 12 * 1.5**3)


@pytest.mark.parametrize("inner", MODES)
def test_a_derivative_by_a_direction(inner: str) -> None:
    # The tangent itself tracks: d/dt of f'(x) t, through grad and jvp.
    x, t = xp.asarray([1.0, 2.0]), xp.asarray([0.3, -0.2])
    f = lambda x: xp.sum(x**3)  # noqa: E731
    directional = lambda t: xp.sum(jvp(grad(f), (x,), (t,))[1] * xp.asarray([1.0, 10.0]))  # noqa: E731
    close(grad(directional)(t), [6.0, 120.0])
    close(jvp(directional, (t,), (xp.asarray([1.0, 1.0]),))[1], 126.0)


def test_a_result_stays_connected_to_a_tensor_that_the_function_closes_over() -> None:
    w = xp.asarray([1.0, 2.0], requires_grad=True)
    g = grad(lambda x: xp.sum(x**2 * w))(xp.asarray([3.0, 4.0]))
    assert g.requires_grad
    xp.sum(g).backward()
    close(w.grad, [6.0, 8.0])


def test_a_result_stays_connected_to_a_leaf_that_the_function_makes() -> None:
    made = []

    def function(x: Any) -> Any:
        made.append(xp.asarray(2.0, requires_grad=True))
        return x * made[0] ** 2

    g = grad(function)(3.0)
    assert g.requires_grad
    g.backward()
    close(made[0].grad, 4.0)


def test_a_result_stays_connected_to_an_argument_that_tracks() -> None:
    x = xp.asarray(2.0, requires_grad=True)
    value, g = value_and_grad(lambda x: x**3)(x)
    (value + g).backward()  # 3 x^2 + 6 x
    close(x.grad, 24.0)


def test_the_arguments_that_are_not_differentiated_stay_connected() -> None:
    y = xp.asarray(3.0, requires_grad=True)
    g = grad(lambda x, y: x**2 * y)(2.0, y)
    g.backward()
    close(y.grad, 4.0)


def test_nothing_tracks_that_nobody_can_ask_for() -> None:
    seen = []
    value, g = value_and_grad(lambda x: (seen.append(x), xp.sum(x * x))[1])(xp.asarray([1.0, 2.0]))
    assert not value.requires_grad
    assert not g.requires_grad
    result, pull = vjp(xp.sin, xp.asarray(1.0))
    assert not result.requires_grad
    assert not pull(1.0)[0].requires_grad
    assert not linearize(xp.sin, xp.asarray(1.0))[1](1.0).requires_grad
    assert not hvp(lambda x: xp.sum(x**3), (xp.asarray([1.0]),), (xp.asarray([1.0]),)).requires_grad
    assert not hessian(lambda x: xp.sum(x**3))(xp.asarray([1.0, 2.0])).requires_grad
    (aux_value, aux), _ = value_and_grad(lambda x: (x * x, {"y": x + 1, "n": "name"}), has_aux=True)(2.0)
    assert not aux_value.requires_grad
    assert not aux["y"].requires_grad
    assert aux["n"] == "name"


def test_within_no_grad_the_gradient_is_the_same_and_tracks_nothing() -> None:
    w = xp.asarray(3.0, requires_grad=True)
    with xp.no_grad():
        value, g = value_and_grad(lambda x: x * x * w)(xp.asarray(2.0))
        close(grad(grad(lambda x: x**3))(xp.asarray(2.0)), 12.0)
    close(g, 12.0)
    assert not value.requires_grad
    assert not g.requires_grad
    assert w.grad is None


def test_gradients_of_arguments_touch_no_grad_attribute() -> None:
    x = xp.asarray(2.0, requires_grad=True)
    grad(lambda x: x * x)(x)
    assert x.grad is None


def test_the_function_may_write_to_its_argument() -> None:
    def f(x: Any) -> Any:
        x[0] = x[1] * 3.0
        return xp.sum(x * x)

    x = xp.asarray([1.0, 2.0])
    close(grad(f)(x), [0.0, 40.0])
    close(x, [1.0, 2.0])
    close(jvp(f, (x,), (xp.asarray([1.0, 1.0]),))[1], 40.0)
    close(x, [1.0, 2.0])


def test_arguments_that_do_not_move_are_not_written_to_either() -> None:
    def function(x: Any, n: Any) -> Any:
        x[0] = 5.0
        n[0] = 3
        return x * xp.astype(n, x.dtype)

    x, n = xp.asarray([1.0, 2.0]), xp.asarray([1, 2])
    jvp(function, (x, n), (None, None))
    linearize(function, x, n)
    vjp(function, x, n)
    assert x.tolist() == [1.0, 2.0]
    assert n.tolist() == [1, 2]


@pytest.mark.parametrize("wrap", [lambda f: f, checkpoint], ids=["plain", "checkpoint"])
@pytest.mark.parametrize("pulling", [True, False], ids=["pull", "push"])
def test_linear_functions_made_before_a_transform_are_differentiated_by_it(pulling: bool, wrap: Any) -> None:
    f = lambda x: xp.sin(x) * xp.sum(x * x)  # noqa: E731
    x, v, w = xp.asarray([0.3, 0.7]), xp.asarray([0.2, -0.4]), xp.asarray([1.0, 3.0])
    matrix = jacobian(f)(x).numpy()
    pull, push = vjp(f, x)[1], linearize(f, x)[1]
    linear = wrap((lambda c: pull(c)[0]) if pulling else push)
    matrix = matrix.T if pulling else matrix
    close(grad(lambda c: xp.sum(linear(c) * w))(v), w.numpy() @ matrix)
    close(vjp(linear, v)[1](w)[0], w.numpy() @ matrix)
    close(jvp(linear, (v,), (w,))[1], matrix @ w.numpy())
    close(linearize(linear, v)[1](w), matrix @ w.numpy())
    close(jacobian(linear)(v), matrix)
    close(hvp(lambda c: xp.sum(linear(c) ** 2), (v,), (w,)), 2 * matrix.T @ matrix @ w.numpy())


def test_the_caller_may_write_to_the_result() -> None:
    w = xp.asarray([2.0, 3.0], requires_grad=True)
    for closed_over in (w, xp.asarray([2.0, 3.0])):
        y, pull = vjp(lambda x: x * x * closed_over, xp.asarray([1.0, 1.0]))  # noqa: B023
        y[0] = 100.0
        y *= 0.0
        close(pull(xp.asarray([1.0, 1.0]))[0], [4.0, 6.0])


def test_a_zero_cotangent_stays_zero_in_every_transform() -> None:
    f = lambda x: xp.sum(xp.where(x > 0, xp.sqrt(xp.abs(x)), 0.0))  # noqa: E731
    x = xp.asarray([0.0, 4.0])
    with np.errstate(divide="ignore", invalid="ignore"):
        close(grad(f)(x), [0.0, 0.25])
        close(hessian(f)(x), [[0.0, 0.0], [0.0, -1 / 32]])
        close(linearize(f, x)[1](xp.asarray([0.0, 1.0])), 0.25)


@pytest.mark.parametrize("function", [xp.sqrt, xp.log, xp.reciprocal, lambda x: x**1.5])
@pytest.mark.parametrize("place", [0.0, -1.0])
def test_a_zero_cotangent_stays_zero_in_second_derivatives(function: Any, place: float) -> None:
    f = lambda x: xp.sum(xp.where(x > 0, function(x), 0.0))  # noqa: E731
    x, t = xp.asarray([place, 4.0]), xp.asarray([1.0, 1.0])
    curvature = float(grad(grad(function))(4.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        close(hvp(f, (x,), (t,)), [0.0, curvature])
        close(jvp(grad(f), (x,), (t,))[1], [0.0, curvature])
        close(grad(lambda z: xp.sum(grad(f)(z) * t))(x), [0.0, curvature])
        close(grad(lambda z: jvp(f, (z,), (t,))[1])(x), [0.0, curvature])
        close(jvp(lambda z: jvp(f, (z,), (t,))[1], (x,), (t,))[1], curvature)


@pytest.mark.parametrize("function", [xp.abs, lambda z: xp.real(xp.sign(z))], ids=["abs", "sign"])
@pytest.mark.parametrize("gap", [complex(math.nan, 0.0), complex(math.inf, math.inf)])
def test_a_zero_cotangent_stays_zero_for_complex_elements_that_are_not_finite(function: Any, gap: complex) -> None:
    f = lambda z: xp.sum(xp.where(xp.isfinite(z), function(z), 0.0))  # noqa: E731
    z, one = xp.asarray([gap, 3.0 - 4.0j]), xp.asarray([1.0 + 0.0j, 1.0 + 0.0j])
    alone = z[1:]
    with np.errstate(invalid="ignore"):
        close(grad(f)(z), [0.0, grad(f)(alone)[0]])
        close(jvp(f, (z,), (one,))[1], jvp(f, (alone,), (one[1:],))[1])
        close(hvp(f, (z,), (one,)), [0.0, hvp(f, (alone,), (one[1:],))[0]])
        close(jvp(grad(f), (z,), (one,))[1], [0.0, hvp(f, (alone,), (one[1:],))[0]])


# Functions of a stack of two, at points where the derivative of the first is infinite or undefined.
_ODD = [[1.0, math.nan], [2.0, 3.0]]
UNDEFINED = {
    "sqrt": (xp.sqrt, [0.0, 4.0]),
    "times NaN": (lambda x: x * xp.asarray([math.nan, 2.0]), [1.0, 2.0]),
    "matmul": (lambda x: x @ xp.asarray(_ODD).mT, [[1.0, 2.0]]),
    "vecdot": (lambda x: xp.vecdot(x, xp.asarray(_ODD)), [[1.0, 2.0], [3.0, 4.0]]),
    "vector_norm": (lambda x: xp.linalg.vector_norm(x, axis=1), _ODD),
    "prod": (lambda x: xp.prod(x, axis=1), _ODD),
    "var": (lambda x: xp.var(x, axis=1), _ODD),
    "std": (lambda x: xp.std(x, axis=1), _ODD),
    "logsumexp": (lambda x: xp.ext.logsumexp(x, axis=1), _ODD),
    "inv": (lambda x: xp.linalg.inv(x)[:, 0, 0], [_ODD, [[2.0, 1.0], [1.0, 3.0]]]),
    "det": (xp.linalg.det, [_ODD, [[2.0, 1.0], [1.0, 3.0]]]),
    "slogdet": (lambda x: xp.linalg.slogdet(x).logabsdet, [[[1.0, 1.0], [1.0, 1.0]], [[2.0, 1.0], [1.0, 3.0]]]),
}


@pytest.mark.filterwarnings("ignore:.* encountered in:RuntimeWarning")
@pytest.mark.parametrize(
    "name",
    # In reverse mode a product that nobody asks for values gives NaN to all of the matrix.
    [pytest.param(name, marks=pytest.mark.host) if name == "matmul" else name for name in UNDEFINED],
)
def test_forward_mode_and_linearize_give_no_number_where_there_is_none(name: str) -> None:
    f, at = UNDEFINED[name]
    x = xp.asarray(at)
    t = 1.0 + xp.reshape(xp.arange(x.size, dtype=x.dtype), x.shape)
    wanted = grad(lambda x: xp.reshape(f(x), (-1,))[1])(x)
    for found in (jvp(f, (x,), (t,))[1], linearize(f, x)[1](t)):
        first, second = xp.reshape(found, (-1,)).tolist()
        assert not math.isfinite(first)
        close(second, xp.sum(wanted * t).item())


# ---- reverse mode


def test_gradients_of_recorded_tensors() -> None:
    x = xp.asarray([1.0, 2.0], requires_grad=True)
    h = xp.exp(x)
    y, z = h * h, xp.sum(x)
    got = gradients({"y": y, "z": z}, [x, h], {"y": xp.asarray([1.0, 1.0]), "z": 5.0}, retain_graph=True)
    assert isinstance(got, list)
    close(got[0], 2 * np.exp([2.0, 4.0]) + 5)
    close(got[1], 2 * np.exp([1.0, 2.0]))
    assert x.grad is None
    close(gradients(z, x), [1.0, 1.0])


def test_gradients_with_respect_to_a_result_leave_its_own_graph() -> None:
    x = xp.asarray(0.5, requires_grad=True)
    h = xp.sin(x)
    close(gradients(h * h, h), 2 * math.sin(0.5))
    h.backward()  # what stands before h was neither used nor freed
    close(x.grad, math.cos(0.5))


def test_gradients_name_an_unused_input() -> None:
    x, y = xp.asarray(1.0, requires_grad=True), xp.asarray(1.0, requires_grad=True)
    with pytest.raises(RuntimeError, match=r"inputs\['b'\].*allow_unused"):
        gradients(x * x, {"a": x, "b": y})
    got = gradients(x * x, {"a": x, "b": y}, allow_unused=True)
    assert got["b"] is None
    close(got["a"], 2.0)


@pytest.mark.parametrize("create_graph", [False, True])
def test_the_gradients_of_an_input_that_is_given_twice_are_two(create_graph: bool) -> None:
    x = xp.asarray([1.0, 2.0], requires_grad=True)
    first, second = gradients(xp.sum(x**2), [x, x], create_graph=create_graph)
    first *= 10.0
    close(first, [20.0, 40.0])
    close(second, [2.0, 4.0])
    if create_graph:
        close(gradients(xp.sum(first + second), x), [22.0, 22.0])
    other = xp.asarray([1.0], requires_grad=True)
    assert gradients(xp.sum(x), [other, other], allow_unused=True) == [None, None]


def test_gradients_differentiate_twice() -> None:
    x = xp.asarray(2.0, requires_grad=True)
    first = gradients(x**4, x, create_graph=True)
    close(gradients(first, x), 48.0)


def test_gradients_free_the_graph() -> None:
    x = xp.asarray(2.0, requires_grad=True)
    y = xp.exp(x * x)
    gradients(y, x)
    with pytest.raises(RuntimeError, match="retain_graph"):
        gradients(y, x)


def test_gradients_errors() -> None:
    x = xp.asarray([1.0, 2.0], requires_grad=True)
    with pytest.raises(RuntimeError, match=r"inputs\[1\] tracks nothing"):
        gradients(xp.sum(x), (x, xp.asarray(1.0)))
    with pytest.raises(RuntimeError, match="needs a cotangent"):
        gradients(x * 2, x)
    with pytest.raises(ValueError, match=r"structure"):
        gradients((xp.sum(x),), x, cotangents=[1.0])
    with pytest.raises(TypeError, match=r"inputs\[0\] is of type float"):
        gradients(xp.sum(x), [1.0])
    with pytest.raises(TypeError, match=r"outputs is of type int"):
        gradients(3, x)


def test_vjp_can_be_pulled_many_times() -> None:
    x = xp.asarray([1.0, 2.0, 3.0])
    y, pull = vjp(lambda x, n: {"y": x[1:] * x[:-1], "n": n + 1}, x, xp.asarray(3))
    close(y["y"], [2.0, 6.0])
    assert y["n"].item() == 4
    for _ in range(2):
        g, none = pull({"y": xp.asarray([1.0, 0.0]), "n": None})
        close(g, [2.0, 1.0, 0.0])
        assert none is None
    close(pull({"y": None, "n": None})[0], [0.0, 0.0, 0.0])


def test_vjp_of_a_cotangent_that_tracks() -> None:
    c = xp.asarray(2.0, requires_grad=True)
    _, pull = vjp(xp.sin, xp.asarray(0.5))
    pull(c)[0].backward()
    close(c.grad, math.cos(0.5))
    _, pull = vjp(xp.sin, xp.asarray(0.5))
    close(jvp(lambda c: pull(c)[0], (xp.asarray(1.0),), (xp.asarray(3.0),))[1], 3 * math.cos(0.5))


def test_auxiliary_results() -> None:
    f = lambda x: (x * x, {"twice": 2 * x})  # noqa: E731
    g, aux = grad(f, has_aux=True)(3.0)
    close(g, 6.0)
    close(aux["twice"], 6.0)
    _, pull, aux = vjp(f, 3.0, has_aux=True)
    close(pull(1.0)[0], 6.0)
    close(aux["twice"], 6.0)
    _, t, aux = jvp(f, (3.0,), (1.0,), has_aux=True)
    close(t, 6.0)
    close(aux["twice"], 6.0)
    assert aux["twice"]._tangents is None
    _, push, aux = linearize(f, 3.0, has_aux=True)
    close(push(1.0), 6.0)
    matrix, other = jacobian(f, has_aux=True)(3.0)
    close(matrix, 6.0)
    second, third = hessian(f, has_aux=True)(3.0)
    close(second, 2.0)
    product, fourth = hvp(f, (3.0,), (5.0,), has_aux=True)
    close(product, 10.0)
    for given in (aux, other, third, fourth):
        close(given["twice"], 6.0)
        assert given["twice"]._edge is None and given["twice"]._tangents is None


def test_auxiliary_results_stay_connected_to_what_is_outside() -> None:
    f = lambda x, a: (a * x**3, (a * x, "name"))  # noqa: E731
    for transform, slope in ((jacobian, 12.0), (hessian, 12.0)):
        both = lambda a, transform=transform: transform(f, has_aux=True)(2.0, a)  # noqa: E731
        close(grad(lambda a, both=both: both(a)[0])(5.0), slope)
        close(grad(lambda a, both=both: both(a)[1][0])(5.0), 2.0)
        assert both(5.0)[1][1] == "name"


def test_argnums_and_auxiliary_results_go_together() -> None:
    f = lambda a, b, power: (a * b**power, {"power": power})  # noqa: E731
    (da, db), aux = jacobian(f, (0, 1), has_aux=True)(2.0, 3.0, 2)
    assert (da.item(), db.item(), aux) == (9.0, 12.0, {"power": 2})
    ((aa, ab), (ba, bb)), aux = hessian(f, argnums=(0, 1), has_aux=True)(2.0, 3.0, 2)
    assert [x.item() for x in (aa, ab, ba, bb)] == [0.0, 6.0, 6.0, 4.0] and aux == {"power": 2}
    close(jacobian(f, -2, has_aux=True)(2.0, 3.0, 2)[0], 12.0)


@pytest.mark.parametrize("argnums", [1, -1, (0, 1), (-1, 0), [1]])
def test_argnums(argnums: Any) -> None:
    want = {0: 12.0, 1: 4.0, -1: 4.0}
    got = grad(lambda a, b: a * a * b, argnums)(xp.asarray(2.0), xp.asarray(3.0))
    if isinstance(argnums, int):
        close(got, want[argnums])
    else:
        assert isinstance(got, tuple)
        assert [g.item() for g in got] == [want[n] for n in argnums]


def test_keyword_arguments_are_passed_on() -> None:
    def f(x: Any, *, power: int) -> Any:
        return x**power

    close(grad(f)(2.0, power=3), 12.0)
    assert grad(f).__name__ == "f"


def test_a_constant_function_has_gradient_zero() -> None:
    close(grad(lambda x: 3.0)(xp.asarray([1.0, 2.0])), [0.0, 0.0])
    value, g = value_and_grad(lambda x: 3)(xp.asarray(1.0))
    close(value, 3.0)
    close(g, 0.0)
    result, tangent = jvp(lambda x: 3.0, (1.0,), (1.0,))
    close(result, 3.0)
    close(tangent, 0.0)


def test_complex_gradient_points_uphill() -> None:
    # |z|^2 has gradient 2 z (JAX gives its conjugate); Re(z^2) has 2 conj(z)
    z = xp.asarray(1.0 + 2.0j)
    close(grad(lambda z: xp.real(z * xp.conj(z)))(z), 2 + 4j)
    close(grad(lambda z: xp.real(z**2))(z), 2 - 4j)


# ---- containers

Pair = namedtuple("Pair", "first second")


@dataclass(frozen=True)
class Layer:
    weight: Any
    bias: Any
    name: str = "layer"
    units: int = 2

    def __post_init__(self) -> None:
        assert isinstance(self.weight, xp.Tensor)


def test_nested_containers() -> None:
    a, b = xp.asarray([1.0, 2.0]), xp.asarray(3.0)
    params = {"pair": Pair(a, [b]), "layer": Layer(a * 2, {"b": (b,)})}

    def f(p: Any) -> Any:
        return xp.sum(p["pair"].first ** 2) * p["pair"].second[0] + xp.sum(p["layer"].weight) * p["layer"].bias["b"][0]

    value, g = value_and_grad(f)(params)
    close(value, 15.0 + 18.0)
    assert isinstance(g["pair"], Pair)
    close(g["pair"].first, [6.0, 12.0])
    close(g["pair"].second[0], 5.0)
    assert isinstance(g["layer"], Layer)
    assert (g["layer"].name, g["layer"].units) == ("layer", 2)
    close(g["layer"].weight, [3.0, 3.0])
    close(g["layer"].bias["b"][0], 6.0)

    _, tangent = jvp(lambda p: Layer(p["layer"].weight * 2, None), (params,), (params,))
    assert isinstance(tangent, Layer)
    close(tangent.weight, [4.0, 8.0])
    assert tangent.bias is None
    close(hvp(f, (params,), (g,))["pair"].first, 2 * 3 * np.array([6.0, 12.0]) + 2 * np.array([1.0, 2.0]) * 5)


def test_none_in_a_container_has_no_gradient() -> None:
    def loss(layer: dict[str, Any]) -> Any:
        return xp.sum(layer["weight"] ** 3) + (0.0 if layer["bias"] is None else layer["bias"])

    layer = {"weight": xp.asarray([1.0, 2.0]), "bias": None}
    for gradient in (grad(loss)(layer), value_and_grad(loss)(layer)[1]):
        close(gradient["weight"], [3.0, 12.0])
        assert gradient["bias"] is None
    product = hvp(loss, (layer,), (layer,))
    close(product["weight"], [6.0, 24.0])
    assert product["bias"] is None
    second = hessian(loss)(layer)
    close(second["weight"]["weight"], [[6.0, 0.0], [0.0, 12.0]])
    assert second["weight"]["bias"] is None and second["bias"] == {"weight": None, "bias": None}


@pytest.mark.parametrize("outputs", [1, 2, 5])  # by rows and by columns
@pytest.mark.parametrize("holomorphic", [False, True])
def test_none_in_a_container_has_no_jacobian(outputs: int, holomorphic: bool) -> None:
    w = xp.asarray([1.0, 2.0], dtype=xp.complex128 if holomorphic else xp.float64)
    function = lambda p: xp.stack([n * p["weight"] for n in range(outputs)])  # noqa: E731
    found = jacobian(function, holomorphic=holomorphic)({"bias": None, "weight": w, "more": [None]})
    assert found["bias"] is None and found["more"] == [None]
    close(found["weight"], [n * np.eye(2) for n in range(outputs)])


def test_jacobian_of_containers() -> None:
    f = lambda p: (p["a"] * p["b"], xp.sum(p["a"]))  # noqa: E731
    jac = jacobian(f)({"a": xp.asarray([1.0, 2.0]), "b": xp.asarray(3.0)})
    close(jac[0]["a"], [[3.0, 0.0], [0.0, 3.0]])
    close(jac[0]["b"], [1.0, 2.0])
    close(jac[1]["a"], [1.0, 1.0])
    close(jac[1]["b"], 0.0)


# ---- forward mode


def test_jvp_of_several_arguments() -> None:
    value, tangent = jvp(lambda a, b, n: (a * b**n, n), (2.0, 3.0, 2), (1.0, 10.0, None))
    close(value[0], 18.0)
    close(tangent[0], 9.0 + 120.0)
    assert value[1].item() == 2
    assert tangent[1] is None


def test_jvp_of_an_unused_direction_is_zero() -> None:
    close(jvp(lambda a, b: a * 2, (1.0, xp.asarray([1.0, 2.0])), (None, xp.asarray([1.0, 1.0])))[1], 0.0)


def test_linearize_runs_the_function_once() -> None:
    calls = []

    def f(x: Any, y: Any) -> Any:
        calls.append(1)
        return {"p": x * y, "s": xp.sin(x)}

    x, y = xp.asarray([0.5, 1.5]), xp.asarray([2.0, 3.0])
    value, push = linearize(f, x, y)
    close(value["p"], [1.0, 4.5])
    for tx, ty in (([1.0, 0.0], [0.0, 0.0]), ([0.0, 2.0], [1.0, 1.0])):
        got = push(xp.asarray(tx), xp.asarray(ty))
        close(got["p"], np.array(tx) * [2.0, 3.0] + np.array(ty) * [0.5, 1.5])
        close(got["s"], np.array(tx) * np.cos([0.5, 1.5]))
    close(push(None, y)["s"], [0.0, 0.0])
    assert calls == [1]


def test_linearize_agrees_with_jvp_on_complex_functions() -> None:
    f = lambda z: (xp.abs(z), xp.exp(z) * xp.conj(z), xp.real(z))  # noqa: E731
    z, t = xp.asarray([1.0 + 2.0j, -0.5j]), xp.asarray([0.3 - 1.0j, 2.0 + 0.1j])
    for a, b in zip(jvp(f, (z,), (t,))[1], linearize(f, z)[1](t), strict=True):
        close(a, b.numpy())


# ---- matrices

SIZES = [(7, 2), (2, 7), (3, 3)]


@pytest.mark.parametrize(("m", "n"), SIZES, ids=["tall", "wide", "square"])
def test_jacobian_by_the_cheaper_mode(m: int, n: int) -> None:
    rng = np.random.default_rng(m)
    a = rng.standard_normal((m, n))
    x = rng.standard_normal(n)
    passes = []

    @op(vjps=(lambda xp, g, y, x: (passes.append(type(g).__name__), g * xp.cos(x))[1],))
    def watched_sin(xp: Any, x: Any, /) -> Any:
        return xp.sin(x)

    matrix = xp.asarray(a)
    jac = jacobian(lambda x: matrix @ watched_sin(x))(xp.asarray(x))
    close(jac, a * np.cos(x))
    # By rows: m pull-backs. By columns: one recorded pull-back; what is pushed through it does not come to the rule
    # again.
    assert len(passes) == (m if m <= n else 1)


def test_jacobian_of_shapes() -> None:
    x = xp.asarray(np.arange(6.0).reshape(2, 3))
    jac = jacobian(lambda x: xp.permute_dims(x, (1, 0)) ** 2)(x)
    assert jac.shape == (3, 2, 2, 3)
    want = np.einsum("ab,cd->abcd", np.eye(3), np.eye(2)).transpose(0, 2, 3, 1) * (2 * np.arange(6.0).reshape(2, 3))
    close(jac, want)
    scalar = jacobian(lambda x: xp.sum(x * x))(x)
    assert scalar.shape == (2, 3)
    empty = jacobian(lambda x: x * 2)(xp.zeros((0,)))
    assert empty.shape == (0, 0)
    close(jacobian(lambda a, b: a * b, argnums=(0, 1))(2.0, 3.0)[1], 2.0)


@pytest.mark.parametrize(("m", "n"), [(5, 2), (2, 5)], ids=["tall", "wide"])
def test_jacobian_of_complex_functions(m: int, n: int) -> None:
    rng = np.random.default_rng(0)
    a = rng.standard_normal((m, n)) + 1j * rng.standard_normal((m, n))
    z = rng.standard_normal(n) + 1j * rng.standard_normal(n)
    matrix = xp.asarray(a)
    close(jacobian(lambda z: matrix @ xp.exp(z), holomorphic=True)(xp.asarray(z)), a * np.exp(z))
    # real to complex
    x = rng.standard_normal(n)
    close(jacobian(lambda x: matrix @ xp.astype(xp.exp(x), xp.complex128))(xp.asarray(x)), a * np.exp(x))
    # complex to real: y = Re(A z) has dy/dRe + i dy/dIm = conj(A)
    close(jacobian(lambda z: xp.real(matrix @ z))(xp.asarray(z)), a.conj())
    with pytest.raises(TypeError, match="holomorphic"):
        jacobian(lambda z: matrix @ z)(xp.asarray(z))
    with pytest.raises(TypeError, match="real ones"):
        jacobian(lambda x: x, holomorphic=True)(xp.asarray(x))


def rosenbrock(x: Any) -> Any:
    return xp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def test_hessian_of_rosenbrock() -> None:
    x = np.array([1.3, 0.7, 0.8, 1.9])
    want = np.diag(-400 * x[:-1], 1) + np.diag(-400 * x[:-1], -1)
    diagonal = np.zeros(4)
    diagonal[0] = 1200 * x[0] ** 2 - 400 * x[1] + 2
    diagonal[-1] = 200
    diagonal[1:-1] = 202 + 1200 * x[1:-1] ** 2 - 400 * x[2:]
    want += np.diag(diagonal)
    close(hessian(rosenbrock)(xp.asarray(x)), want)
    v = np.array([1.0, -1.0, 0.5, 2.0])
    close(hvp(rosenbrock, (xp.asarray(x),), (xp.asarray(v),)), want @ v)


def test_hessian_of_several_arguments() -> None:
    h = hessian(lambda a, b: xp.sum(a**2 * b), argnums=(0, 1))(xp.asarray([1.0, 2.0]), xp.asarray(3.0))
    close(h[0][0], [[6.0, 0.0], [0.0, 6.0]])
    close(h[0][1], [2.0, 4.0])
    close(h[1][0], [2.0, 4.0])
    close(h[1][1], 0.0)
    product = hvp(lambda a, b: xp.sum(a**2 * b), (xp.asarray([1.0, 2.0]), 3.0), (xp.asarray([1.0, 0.0]), 1.0))
    close(product[0], [8.0, 4.0])
    close(product[1], 2.0)


# ---- threads


def test_threads_do_not_disturb_each_other() -> None:
    barrier = threading.Barrier(4)

    def work(k: int) -> tuple[float, float]:
        def f(x: Any) -> Any:
            barrier.wait(timeout=20)  # all four are inside at the same time
            return xp.sin(x) * float(k)

        first = grad(f)(xp.asarray(float(k)))
        second = jvp(lambda x: grad(f)(x), (xp.asarray(float(k)),), (1.0,))[1]
        return first.item(), second.item()

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(work, range(4)))
    for k, (first, second) in enumerate(results):
        close(first, k * math.cos(k))
        close(second, -k * math.sin(k))


def test_an_inner_gradient_in_another_thread_carries_the_tangent() -> None:
    def f(x: Any) -> Any:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(grad(lambda x: x**3), x).result()

    close(jvp(f, (xp.asarray(2.0),), (1.0,))[1], 12.0)
    close(grad(f)(xp.asarray(2.0)), 12.0)


@pytest.mark.parametrize("how", ["backward", "gradients", "of a part", "of a cotangent", "on another device"])
def test_a_backward_pass_in_another_thread_carries_the_tangent(how: str) -> None:
    def f(x: Any) -> Any:
        w = xp.asarray([2.0, 3.0], requires_grad=True)

        def work() -> Any:
            if how == "of a cotangent":
                y, weight = w**2, x * xp.ones(2)
                return gradients(y, w, weight)[0]
            y = xp.unstack(w * x)[0] ** 2 if how == "of a part" else xp.sum(x * w**2)
            if how == "on another device":
                y = y.to_device("readonly")
            if how == "gradients":
                return gradients(y, w)[0]
            y.backward()
            return w.grad[0]

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(work).result()

    x = xp.asarray(5.0)
    value, tangent = jvp(f, (x,), (1.0,))
    close(value, f(x).item())
    # x w^2 and w^2 with the weight x have the gradient 2 x w, (x w)^2 has 2 x^2 w
    close(tangent, 4.0 * 5.0 * 2.0 if how == "of a part" else 4.0)


def test_no_grad_in_one_thread_is_not_no_grad_in_another() -> None:
    inside, done = threading.Event(), threading.Event()

    def blocker() -> None:
        with xp.no_grad():
            inside.set()
            done.wait(timeout=20)

    thread = threading.Thread(target=blocker)
    thread.start()
    inside.wait(timeout=20)
    x = xp.asarray(2.0, requires_grad=True)
    try:
        assert (x * x).requires_grad
    finally:
        done.set()
        thread.join()


# ---- memory


def test_a_graph_dies_with_its_result() -> None:
    gc.disable()
    try:
        _, pull = vjp(lambda x: xp.exp(xp.sin(x)), xp.asarray([1.0, 2.0]))
        trace = next(c.cell_contents for c in pull.__closure__ if hasattr(c.cell_contents, "own"))
        node = weakref.ref(trace.outputs[0]._edge)
        assert node() is not None
        del trace, pull
        assert node() is None
    finally:
        gc.enable()


def kept_elements(y: Any) -> int:
    """How many elements the nodes behind a tensor hold."""
    seen, total, arrays = set(), 0, set()
    stack = [y._edge]
    while stack:
        node = stack.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        stack.extend(node.edges())
        held = list(node.saved)
        held += [part for group in held if isinstance(group, tuple) for part in group]
        held += [x._array for x in getattr(node.saved[0] if node.saved else None, "leaves", ())]
        for array in held:
            if type(array) is y._backend.array_type and id(array) not in arrays:
                arrays.add(id(array))
                total += array.size
    return total


def chain(x: Any) -> Any:
    for _ in range(10):
        x = xp.tanh(xp.sin(x) + x)
    return x


def test_checkpoint_keeps_the_arguments_only() -> None:
    x = xp.asarray(np.linspace(-1, 1, 1000), requires_grad=True)
    block = checkpoint(chain)
    plain, saved = chain(chain(x)), block(block(x))
    close(saved, plain.detach().numpy(), rtol=0, atol=0)
    assert kept_elements(plain) == 21_000
    assert kept_elements(saved) == 2_000
    want = gradients(xp.sum(plain), x)
    close(gradients(xp.sum(saved), x), want.numpy(), rtol=0, atol=0)


def test_checkpoint_of_closed_over_tensors_and_containers() -> None:
    w = xp.asarray([1.0, 2.0], requires_grad=True)
    h = xp.exp(w)  # both w and what was computed from it are used inside
    x = xp.asarray([0.5, -0.5], requires_grad=True)

    def f(p: Any, scale: float) -> Any:
        return {"a": p["x"] * w * h, "b": [xp.sum(p["x"] ** 2) * scale, "text"]}

    def loss(f: Any) -> Any:
        out = f({"x": x, "k": 3}, scale=2.0)
        assert out["b"][1] == "text"
        return xp.sum(out["a"] ** 2) + out["b"][0]

    want = gradients(loss(f), [x, w], retain_graph=True)
    got = gradients(loss(checkpoint(f)), [x, w])
    for a, b in zip(got, want, strict=True):
        close(a, b.numpy())


def test_checkpoint_of_an_unused_result_and_one_passed_through() -> None:
    f = checkpoint(lambda x, y: (x, xp.sin(x) * y, xp.exp(y)))
    a, _, _ = f(xp.asarray(2.0, requires_grad=True), xp.asarray(3.0, requires_grad=True))
    close(a, 2.0)
    close(grad(lambda x, y: f(x, y)[1] + f(x, y)[0], argnums=(0, 1))(2.0, 3.0)[0], 3 * math.cos(2.0) + 1)


def test_checkpoint_in_every_mode_and_order() -> None:
    f = lambda x: xp.sum(xp.sin(x) * x**2)  # noqa: E731
    g = checkpoint(f)
    x, v = xp.asarray([0.3, 1.2]), xp.asarray([1.0, -2.0])
    close(jvp(g, (x,), (v,))[1], jvp(f, (x,), (v,))[1].numpy())
    close(hessian(g)(x), hessian(f)(x).numpy())
    close(hvp(g, (x,), (v,)), hvp(f, (x,), (v,)).numpy())
    close(jacobian(grad(lambda x: g(g(x) * x)))(x), jacobian(grad(lambda x: f(f(x) * x)))(x).numpy())
    # pulled inside a forward derivative that was not there when it was recorded
    _, pull = vjp(lambda x: g(x), x)
    close(jvp(lambda c: pull(c)[0], (xp.asarray(1.0),), (xp.asarray(2.0),))[1], 2 * grad(f)(x).numpy())
    # nested
    nested = checkpoint(lambda x: g(xp.cos(x)) + xp.sum(x))
    close(grad(nested)(x), grad(lambda x: f(xp.cos(x)) + xp.sum(x))(x).numpy())


@pytest.mark.parametrize("where", ["default generator", "argument"])
def test_checkpoint_draws_the_same_random_numbers(where: str) -> None:
    drawn = []

    def f(x: Any, rng: Any) -> Any:
        mask = (rng or xp.random).standard_normal(x.shape)
        drawn.append(mask.numpy().copy())
        return x * mask

    xp.random.manual_seed(3)
    rng = xp.random.default_rng(5) if where == "argument" else None
    source = rng or xp.random
    x = xp.asarray([1.0, 2.0, 3.0])
    g = grad(lambda x: xp.sum(checkpoint(f)(x, rng) + 0 * source.standard_normal((3,))))(x)
    after = source.standard_normal((2,)).numpy()
    assert len(drawn) == 2
    np.testing.assert_array_equal(drawn[0], drawn[1])
    close(g, drawn[0])
    # what is drawn afterwards is what would have been drawn without the checkpoint
    xp.random.manual_seed(3)
    source = xp.random.default_rng(5) if where == "argument" else xp.random
    for _ in range(2):
        source.standard_normal((3,))
    np.testing.assert_array_equal(source.standard_normal((2,)).numpy(), after)


def test_checkpoint_notices_another_second_run() -> None:
    tensors = [xp.asarray(float(k), requires_grad=True) for k in (1, 2)]
    turns = iter(tensors)
    y = checkpoint(lambda x: x * next(turns))(xp.asarray(3.0, requires_grad=True))
    with pytest.raises(RuntimeError, match="did not do the same"):
        y.backward()


def test_checkpoint_writes_to_a_copy_of_its_argument() -> None:
    def f(x: Any) -> Any:
        x[0] = 5.0
        return x * x

    x = xp.asarray([1.0, 2.0])
    close(grad(lambda x: xp.sum(checkpoint(f)(x * 1.0)))(x), [0.0, 4.0])
    close(checkpoint(f)(x), [25.0, 4.0])
    with xp.no_grad():
        close(checkpoint(f)(x), [25.0, 4.0])
    close(jvp(checkpoint(f), (x,), (xp.ones(2),))[1], [0.0, 4.0])
    y, t = jvp(lambda x: x * 1.0 + checkpoint(f)(x), (x,), (xp.ones(2),))
    close(y, [26.0, 6.0])
    close(t, [1.0, 5.0])
    close(x, [1.0, 2.0])


# ---- errors


@pytest.mark.parametrize(
    ("function", "args", "options", "error", "message"),
    [
        (lambda x: x * 2, (xp.asarray([1.0, 2.0]),), {}, ValueError, r"real scalar, not a tensor of shape \(2,\)"),
        (lambda x: x * 1j, (xp.asarray(1.0),), {}, TypeError, "returned complex128"),
        (lambda x: xp.asarray(3), (xp.asarray(1.0),), {}, TypeError, "returned int64"),
        (lambda x: (x, x), (xp.asarray(1.0),), {}, TypeError, "not tuple.*has_aux"),
        (lambda x: None, (xp.asarray(1.0),), {}, TypeError, "not NoneType"),
        (lambda x: "text", (xp.asarray(1.0),), {}, TypeError, "returned str"),
        (lambda x: np.asarray(1.0), (xp.asarray(1.0),), {}, TypeError, "NumPy array has lost"),
        (lambda x: x, (xp.asarray(1.0),), {"has_aux": True}, TypeError, "pair"),
        (lambda x: x, (xp.asarray(1),), {}, TypeError, "argument 0 is int64"),
        (lambda x: x, (1,), {}, TypeError, "argument 0 is int64"),
        (lambda x: x["a"], ({"a": xp.asarray(1.0), "b": "text"},), {}, TypeError, r"argument 0\['b'\] is 'text'"),
        (lambda x, y: x, (1.0, None), {"argnums": 1}, TypeError, "argument 1 is None"),
        (lambda x: x, (1.0,), {"argnums": 1}, ValueError, "argnums=1, and the function was given 1"),
        (lambda x: x, (1.0,), {"argnums": -2}, ValueError, "argnums=-2"),
        (lambda x: x, (1.0,), {"argnums": (0, -1)}, ValueError, "twice"),
        (lambda x: x, (1.0,), {"argnums": "x"}, TypeError, "argnums must be"),
        (lambda x: x, (1.0,), {"argnums": 0.5}, TypeError, "argnums must be"),
    ],
)
def test_grad_errors(function: Any, args: Any, options: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        grad(function, **options)(*args)


@pytest.mark.parametrize(
    ("tangents", "error", "message"),
    [
        ((xp.asarray([1.0]),), ValueError, r"tangent 0 has shape \(1,\), its primal \(2,\)"),
        ((xp.asarray([1.0, 1.0], dtype=xp.float32),), TypeError, "tangent 0 is float32, its primal float64"),
        ((xp.asarray([1.0j, 1.0]),), TypeError, "tangent 0 is complex128"),
        ((xp.asarray([1, 1]),), TypeError, "tangent 0 is int64"),
        (([xp.asarray([1.0, 1.0])],), ValueError, r"structure of the primals"),
        ((), ValueError, "structure of the primals"),
        (xp.asarray([1.0, 1.0]), TypeError, "tangents must be a tuple"),
    ],
)
def test_jvp_errors(tangents: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        jvp(xp.sin, (xp.asarray([1.0, 2.0]),), tangents)


@pytest.mark.parametrize(
    "run",
    [
        lambda f, **options: grad(f, **options)(1.0),
        lambda f, **options: value_and_grad(f, **options)(1.0),
        lambda f, **options: vjp(f, 1.0, **options),
        lambda f, **options: jvp(f, (1.0,), (1.0,), **options),
        lambda f, **options: linearize(f, 1.0, **options),
        lambda f, **options: jacobian(f, **options)(1.0),
        lambda f, **options: hessian(f, **options)(1.0),
        lambda f, **options: hvp(f, (1.0,), (1.0,), **options),
    ],
    ids=["grad", "value_and_grad", "vjp", "jvp", "linearize", "jacobian", "hessian", "hvp"],
)
def test_auxiliary_results_that_are_none(run: Any, request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.id
    for result, given in ((lambda x: x, "Tensor"), (lambda x: (x, x, x), "tuple of 3"), (lambda x: [x, x], "list")):
        with pytest.raises(TypeError, match=rf"{name}: with has_aux=True .* a pair \(result, aux\), not {given}"):
            run(result, has_aux=True)


@pytest.mark.parametrize("transform", [grad, value_and_grad, jacobian, hessian])
def test_argnums_that_do_not_fit(transform: Any) -> None:
    for argnums, error, message in (
        (2, ValueError, "argnums=2, and the function was given 2 positional arguments"),
        (-3, ValueError, "argnums=-3, and the function was given 2 positional arguments"),
        ((0, 0), ValueError, "names an argument twice"),
        (1.5, TypeError, "argnums must be an integer or a sequence of integers, not 1.5"),
    ):
        with pytest.raises(error, match=rf"{transform.__name__}: .*{re.escape(message)}"):
            transform(lambda a, b: a * b, argnums)(1.0, 2.0)


def test_tangents_of_another_structure() -> None:
    _, push = linearize(lambda p: p["a"] * p["b"], {"a": 1.0, "b": 2.0})
    for wrong in ({"a": 1.0}, (1.0, 2.0), {"a": 1.0, "c": 2.0}):
        with pytest.raises(ValueError, match=r"linearize: the tangents must have the structure of the primals.*'b'"):
            push(wrong)
    with pytest.raises(ValueError, match="hvp: the tangents must have the structure of the primals"):
        hvp(lambda x: x * x, (1.0,), (1.0, 2.0))
    with pytest.raises(TypeError, match="hvp: primals must be a tuple of the function's arguments, not Tensor"):
        hvp(lambda x: x * x, xp.asarray(1.0), (1.0,))


def test_other_errors() -> None:
    with pytest.raises(TypeError, match="tangent 0 must be None, since its primal is int64"):
        jvp(lambda x: x, (xp.asarray(1),), (xp.asarray(1),))
    _, pull = vjp(lambda x: {"a": x}, xp.asarray([1.0, 2.0]))
    with pytest.raises(ValueError, match=r"cotangent\['a'\] has shape \(3,\), its result \(2,\)"):
        pull({"a": xp.zeros(3)})
    with pytest.raises(ValueError, match="structure of the result"):
        pull(xp.zeros(2))
    with pytest.raises(TypeError, match="returned int64"):
        jacobian(lambda x: xp.asarray([1]))(1.0)
    with pytest.raises(TypeError, match="returned complex128"):
        hessian(lambda x: x * 1j)(1.0)
    with pytest.raises(TypeError, match="hessian: the arguments must be real"):
        hessian(lambda z: xp.real(z * z))(1j)
