"""What a type checker, and so an editor, knows of a program: `make test` checks it, and here it runs."""

from typing import assert_type

import apitensor as xp
from apitensor import Tensor
from apitensor.autograd import constant, elementwise


def test_functions_and_operators_give_tensors() -> None:
    x = xp.asarray([1.0, 2.0], requires_grad=True)
    i = xp.asarray([1, 2])
    assert_type(x, Tensor)
    for unary in (assert_type(-x, Tensor), assert_type(abs(x), Tensor), assert_type(~i, Tensor)):
        assert isinstance(unary, Tensor)
    for binary in (
        assert_type(x + 1, Tensor),
        assert_type(1 - x, Tensor),
        assert_type(x @ x, Tensor),
        assert_type(x == x, Tensor),
        assert_type(i << 1, Tensor),
        assert_type(divmod(x, 2.0), tuple[Tensor, Tensor])[0],
    ):
        assert isinstance(binary, Tensor)
    for called in (
        assert_type(xp.exp(x), Tensor),
        assert_type(xp.add(x, 1), Tensor),
        assert_type(xp.floor(x), Tensor),
        assert_type(xp.less(x, 1), Tensor),
        assert_type(xp.special.erf(x), Tensor),
        assert_type(xp.linalg.inv(xp.eye(2)), Tensor),
        assert_type(xp.fft.fft(x), Tensor),
        assert_type(x[0], Tensor),
        assert_type(x.sum(), Tensor),
        assert_type(x.std(), Tensor),
        assert_type(xp.scipy_fft.dct(x), Tensor),
    ):
        assert isinstance(called, Tensor)
    assert_type(x.grad, Tensor | None)
    y = xp.ones(2)
    y += x
    assert_type(y, Tensor)


@xp.no_grad()
def halved(x: Tensor) -> Tensor:
    return x / 2


@xp.enable_grad
def doubled(x: Tensor) -> Tensor:
    return x * 2


def test_a_decorated_function_keeps_its_type() -> None:
    x = xp.asarray([1.0, 2.0], requires_grad=True)
    assert not assert_type(halved(x), Tensor).requires_grad
    assert assert_type(doubled(x), Tensor).requires_grad


def test_own_ops_give_tensors() -> None:
    cube = elementwise("cube", lambda xp, y, x: 3 * x**2, forward=lambda xp, x: x**3, doc="The third power.")
    scaled = elementwise(
        "scaled", lambda xp, y, a, b: b, lambda xp, y, a, b: a, forward=lambda xp, a, b: a * b, doc="The product."
    )
    fused = elementwise(
        "fused",
        lambda xp, y, a, b, c: b,
        lambda xp, y, a, b, c: a,
        1,
        forward=lambda xp, a, b, c: a * b + c,
        doc="a * b + c",
    )
    beyond = constant("beyond", 2, forward=lambda xp, a, b: a > b, doc="Whether a is the greater.")
    x = xp.asarray(2.0)
    for result in (
        assert_type(cube(x), Tensor),
        assert_type(scaled(x, x), Tensor),
        assert_type(fused(x, x, x), Tensor),
        assert_type(beyond(x, x), Tensor),
    ):
        assert isinstance(result, Tensor)
