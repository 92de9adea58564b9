"""The engine: what is recorded, what is kept and for how long, and how cotangents find their way back."""

import asyncio
import functools
import gc
import math
import sys
import threading
import tracemalloc
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import apitensor as xp
from apitensor import autograd
from apitensor._core import reverse
from apitensor._core.op import names_read
from apitensor.autograd import gradients
from tests import backends


def leaf(*values, dtype=None):
    return xp.asarray(values[0] if len(values) == 1 else list(values), dtype=dtype, requires_grad=True)


def slope(function, x, direction, h=1e-6):
    """The directional derivative by differences, of a function of a NumPy array."""
    return (float(function(x + h * direction)) - float(function(x - h * direction))) / (2 * h)


# ---- the way back


def test_the_same_tensor_several_times():
    x = leaf(3.0)
    (x * x * x + x + x).backward()
    assert x.grad.item() == 29.0
    x = leaf([1.0, 2.0])
    xp.sum(xp.concat([x, x, x * x])).backward()
    assert x.grad.tolist() == [4.0, 6.0]
    m = leaf([[1.0, 2.0], [3.0, 4.0]])
    xp.sum(m @ m).backward()
    assert m.grad.tolist() == [[7.0, 11.0], [9.0, 13.0]]


def test_a_chain_of_diamonds_is_looked_through_once():
    """What leads to the inputs is found in as many steps as there are nodes: of 100 squares there are 2**100 paths."""
    x = leaf(1.0)
    aside = leaf(1.0)
    y = x + aside
    for _ in range(100):
        y = y * y * 0.5
    (slope,) = gradients(y, [x])  # with `aside` beside it the paths must be looked for
    assert slope.item() == 2.0**100


@pytest.mark.parametrize("through", ["backward", "gradients", "grad", "vjp"])
def test_gradients_that_are_one_array_are_two_names(through):
    def add(a, b):
        return xp.sum(a * 1 + b * 1)

    if through in ("backward", "gradients"):
        x = [leaf([1.0, 2.0]), leaf([3.0, 4.0])]
        if through == "backward":
            add(*x).backward()
            first, second = (v.grad for v in x)
        else:
            first, second = gradients(add(*x), x)
    elif through == "grad":
        first, second = autograd.grad(add, argnums=(0, 1))(xp.asarray([1.0, 2.0]), xp.asarray([3.0, 4.0]))
    else:
        first, second = autograd.vjp(lambda a, b: a + b, xp.asarray([1.0, 2.0]), xp.asarray([3.0, 4.0]))[1](xp.ones(2))
    first[0] = 9.0
    second += 1.0
    assert first.tolist() == [9.0, 1.0] and second.tolist() == [2.0, 2.0]


def test_a_diamond_is_walked_once():
    calls = []

    @autograd.op(vjps=(lambda xp, g, y, x: calls.append(1) or 2.0 * g,))
    def twice(xp, x, /):
        return 2.0 * x

    x = leaf(1.0)
    y = x
    for _ in range(20):
        y = twice(y)
        y = y * 0.25 + y * 0.25
    y.backward()
    assert len(calls) == 20 and x.grad.item() == 1.0


ELEMENTWISE = [
    lambda x, y: xp.tanh(x * y) + y * xp.exp(-x * x),
    lambda x, y: (x - y) * (x + 2.0) / (3.0 - y),
    lambda x, y: (x * x) * y - y * x[0, :],
    lambda x, y: (z := x * y) * z + z - 5.0,
    lambda x, y: xp.sqrt(x * 1.0) * (y * 1.0),
    lambda x, y: -xp.negative(x) * y + xp.pow(y, 3.0),
    lambda x, y: x * y,
    lambda x, y: x * (y + 1.0),
    lambda x, y: xp.exp(x) * (x + y),
    lambda x, y: y * xp.exp(xp.exp(x)) + (x * 3.0) * xp.exp(y),
    lambda x, y: ((z := x * 1.0) - y) + (z + y),  # what is given meets itself in z, beside memory of its own for y
]


@pytest.mark.parametrize("device", ["cpu", backends.READONLY])
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
@pytest.mark.parametrize("function", ELEMENTWISE)
def test_large_arrays_reuse_memory_and_change_no_bit(function, dtype, device, monkeypatch):
    """On "readonly" memory that is used again is spoilt for everybody else, so a wrong reuse gives NaN."""
    rng = np.random.default_rng(0)

    def run():
        x, y = (xp.asarray(values, dtype=dtype, device=device, requires_grad=True) for values in rng_values)
        out = function(x, y)
        seen = []
        out.register_hook(seen.append)
        kept = xp.ones_like(out)
        out.backward(kept, retain_graph=True)
        once = [t.grad.tolist() for t in (x, y)]
        out.backward(kept)  # nothing that a node keeps was written to
        inner = gradients([xp.sum(xp.abs(z := x * y) ** 2)], [x, z])
        return once, [t.grad.tolist() for t in (x, y)], kept.tolist(), [g.tolist() for g in (*inner, *seen)]

    rng_values = rng.uniform(0.5, 1.5, (2, 3, 4))
    plain = run()
    monkeypatch.setattr(reverse, "_LARGE", 0)
    assert run() == plain


@pytest.mark.host  # somebody's own rule holds an array of NumPy's
def test_what_somebodys_own_partial_derivative_holds_is_not_written_to(monkeypatch):
    """It is as large as the output and no operand of it, as memory that was made for the product would be."""
    monkeypatch.setattr(reverse, "_LARGE", 0)
    held = np.asarray([2.0, 3.0])
    weigh = autograd.elementwise("weigh", lambda xp, y, x: held, forward=lambda xp, x: x * held, doc="Weighted.")
    for loss in (lambda x: xp.sum(weigh(x)), lambda x: xp.sum(weigh(x) * weigh(x))):
        x = leaf([1.0, 10.0])
        loss(x).backward()
        x.grad[0] = 99.0
        assert held.tolist() == [2.0, 3.0]


@pytest.mark.parametrize("device", ["cpu", backends.READONLY])
@pytest.mark.parametrize("function", ELEMENTWISE)
def test_behind_a_sum_products_with_one_are_left_out_and_change_no_bit(function, device, monkeypatch):
    """What takes their place is then an operand, which no gradient that a user gets may share memory with."""
    rng_values = np.random.default_rng(0).uniform(0.5, 1.5, (2, 100, 100))

    def run():
        x, y = (xp.asarray(values, device=device, requires_grad=True) for values in rng_values)
        hooked = x * y
        seen = []
        hooked.register_hook(seen.append)
        loss = xp.sum(function(x, y)) + xp.sum(x * hooked)
        loss.backward(retain_graph=True)
        loss.backward()
        found = [*(t.grad for t in (x, y)), *seen, *gradients(xp.sum(function(x, y)), [x, y])]
        found += autograd.grad(lambda x, y: xp.sum(function(x, y)), argnums=(0, 1))(x.detach(), y.detach())
        arrays = [t._array for t in (x, y, hooked)]
        assert not any(np.may_share_memory(g._array, a) for g in found for a in arrays)
        return [g.tolist() for g in found]

    monkeypatch.setattr(reverse, "_LARGE", 1 << 62)
    plain = run()
    monkeypatch.setattr(reverse, "_LARGE", 0)
    assert run() == plain


@pytest.mark.parametrize("large", [0, 1 << 62])
@pytest.mark.parametrize(("narrow", "wide"), [("float32", "float64"), ("complex64", "complex128")])
def test_a_partial_derivative_of_a_wider_data_type_widens_no_gradient(narrow, wide, large, monkeypatch):
    monkeypatch.setattr(reverse, "_LARGE", large)
    twice = autograd.elementwise(
        "twice", lambda xp, y, x: xp.astype(x * 0 + 2, getattr(xp, wide)), forward=lambda xp, x: 2 * x, doc="2 x"
    )
    product = autograd.elementwise(
        "product",
        lambda xp, y, a, b: xp.astype(b, getattr(xp, wide)),
        lambda xp, y, a, b: xp.astype(a, getattr(xp, wide)),
        forward=lambda xp, a, b: a * b,
        doc="a b",
    )
    for create_graph in (False, True):
        x, y = (xp.asarray([1.0, 2.0], dtype=narrow, requires_grad=True) for _ in range(2))
        xp.sum(xp.real(product(twice(x), y * x))).backward(create_graph=create_graph)
        assert x.grad.dtype == y.grad.dtype == x.dtype
        assert x.grad._array.dtype == y.grad._array.dtype == x._array.dtype
        assert (x.grad.tolist(), y.grad.tolist()) == ([4.0, 16.0], [2.0, 8.0])


@pytest.mark.parametrize("number", [2, 2.5, -0.5, 0, True, 2.5 + 1j])
def test_a_partial_derivative_may_be_any_number(number):
    kind = "complex128" if isinstance(number, complex) else "float64"
    x = xp.asarray([1.0, 2.0], dtype=kind)
    times = autograd.elementwise("times", number, forward=lambda xp, x: number * x, doc="n x")
    mixed = autograd.elementwise("mixed", number, -1, forward=lambda xp, x, y: number * x - y, doc="n x - y")
    autograd.check_gradients(lambda x: times(x) * mixed(x, x * x), (x,), order=2)
    y = xp.asarray(x, requires_grad=True)
    xp.sum(xp.real(times(y))).backward()
    assert y.grad.dtype == x.dtype and np.array_equal(np.asarray(y.grad), np.full(2, np.conj(number), kind))


def test_an_error_in_a_rule_names_the_op():
    @autograd.op(vjps=(lambda xp, g, y, x: xp.reshape(g, (7,)),))
    def broken(xp, x, /):
        return 2.0 * x

    with pytest.raises(ValueError, match="derivative of broken: cannot reshape"):
        xp.sum(broken(leaf([1.0, 2.0]))).backward()


# What a rule gives for an operand of shape (2, 3) that it should not, and what the error says of it.
UNFIT = {
    "nothing": (lambda xp, x: None, TypeError, "None"),
    "no array": (lambda xp, x: object(), TypeError, "no array but object"),
    "a long one": (lambda xp, x: xp.concat([x, x], axis=1), ValueError, r"\(2, 6\)"),
    "one whose axes are exchanged": (lambda xp, x: xp.matrix_transpose(x), ValueError, r"\(3, 2\)"),
    "a stack": (lambda xp, x: xp.stack([x, x]), ValueError, r"\(2, 2, 3\)"),
}


def _ops_with_a_fault(given):
    """Ops whose second operand, or only one, has a rule with a fault, by how they are declared."""

    def first(xp, g, y, a, b):
        return g * b

    def second(xp, g, y, a, b):
        return given(xp, g)

    @autograd.op(vjps=(first, second))
    def general(xp, a, b, /):
        return a * b

    @autograd.op(joint=lambda xp, needs, g, y, a, b: (g * b, given(xp, g)))
    def joint(xp, a, b, /):
        return a * b

    @autograd.linear(transpose=lambda xp, g, y, x: given(xp, g))
    def linear(xp, x, /):
        return 2.0 * x

    one = autograd.elementwise("one", lambda xp, y, x: given(xp, x), forward=lambda xp, x: 2.0 * x, doc="2 x")
    two = autograd.elementwise(
        "two", lambda xp, y, a, b: b, lambda xp, y, a, b: given(xp, a), forward=lambda xp, a, b: a * b, doc="a b"
    )
    three = autograd.elementwise(
        "three",
        lambda xp, y, a, b, c: b * c,
        lambda xp, y, a, b, c: given(xp, a),
        lambda xp, y, a, b, c: a * b,
        forward=lambda xp, a, b, c: a * b * c,
        doc="a b c",
    )
    return {
        "general": (1, general),
        "joint": (1, joint),
        "linear": (0, lambda a, b: linear(a)),
        "one": (0, lambda a, b: one(a)),
        "two": (1, two),
        "three": (1, lambda a, b: three(a, b, b)),
    }


@pytest.mark.parametrize("columns", [3, 30000], ids=["small", "large"])
@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize(
    ("name", "fault"),
    [
        *[("general", fault) for fault in UNFIT if fault != "a stack"],  # which is summed, as what broadcasting gives
        *[("linear", fault) for fault in UNFIT if fault != "a stack"],
        *[("joint", fault) for fault in UNFIT if fault not in ("a stack", "nothing")],  # None says that there is none
        *[(name, fault) for name in ("one", "two", "three") for fault in UNFIT],
    ],
)
def test_the_error_of_a_rule_that_gives_what_does_not_fit(name, fault, create_graph, columns):
    given, kind, said = UNFIT[fault]
    operand, function = _ops_with_a_fault(given)[name]
    x, y = leaf(np.ones((2, columns))), leaf(np.ones((2, columns)))
    out = xp.sum(function(x, y) * xp.asarray(2.0))
    said = said.replace("3", str(columns)).replace("6", str(2 * columns))
    with pytest.raises(kind, match=f"derivative of {name}: .* operand {operand} gave .*{said}"):
        out.backward(create_graph=create_graph)


@pytest.mark.parametrize("fault", UNFIT)
def test_the_error_of_a_rule_of_forward_mode_that_gives_what_does_not_fit(fault):
    given, kind, said = UNFIT[fault]

    @autograd.op(vjps=(lambda xp, g, y, x: 2.0 * g,), jvp=lambda xp, tangents, y, x: given(xp, tangents[0]))
    def double(xp, x, /):
        return 2.0 * x

    @autograd.op(vjps=(lambda xp, g, y, x: g[0] + g[1],), jvp=lambda xp, tangents, y, x: None)
    def both(xp, x, /):
        return +x, +x

    x = xp.ones((2, 3))
    with pytest.raises(kind, match=f"derivative of double: .*forward mode gave .*{said}"):
        autograd.jvp(double, (x,), (x,))
    with pytest.raises(TypeError, match=r"derivative of both: .*forward mode gave None"):
        autograd.jvp(both, (x,), (x,))


def test_the_error_of_very_many_operands_counts_them():
    many = [xp.ones(2)] * 5000
    with pytest.raises(ValueError, match=r"^stack\(5000 times float64\[2\], float64\[3\], 9 times float64\[2\]\): "):
        xp.stack([*many, xp.ones(3), *many[:9]])
    with pytest.raises(ValueError, match=r"dimensions, 5000 times float64\[2\], float64\[1, 1\]$"):
        xp.concat([*many, xp.ones((1, 1))])
    with pytest.raises(ValueError, match=r"float32\[2\], \.\.\.\): ") as caught:
        xp.stack([xp.ones(2, dtype="float32"), xp.ones(2)] * 5000 + [xp.ones(3)])
    assert len(str(caught.value)) < 300


def test_a_leaf_outlives_a_backward_pass():
    x, y = leaf(2.0), leaf(3.0)
    (x * y).backward()
    assert gradients([x * y], [x])[0].item() == 3.0  # the other leaf is on the way, and was met before


def test_outputs_that_are_not_used_count_as_zero():
    a = np.array([[2.0, 1.0], [1.0, 3.0]])
    p = leaf(a)
    values, _ = xp.linalg.eigh(p)
    xp.sum(values).backward()
    np.testing.assert_allclose(p.grad.numpy(), np.eye(2), atol=1e-12)
    p = leaf(a)
    _, vectors = xp.linalg.eigh(p)
    xp.sum(vectors**2 * xp.asarray([[1.0, 2.0], [3.0, 5.0]])).backward()

    def loss(m):
        return np.sum(np.linalg.eigh((m + m.T) / 2)[1] ** 2 * np.array([[1.0, 2.0], [3.0, 5.0]]))

    direction = np.array([[0.3, 0.7], [0.7, -0.2]])
    assert abs(np.sum(p.grad.numpy() * direction) - slope(loss, a, direction)) < 1e-6
    parts = xp.unstack(leaf([[1.0, 2.0], [3.0, 4.0]]))
    parts[1][0].backward()


def test_several_outputs_of_an_own_op_and_second_order():
    @autograd.op(joint=lambda xp, needs, g, y, a, b: (g[0] * b + g[1] * 2 * a, g[0] * a + g[2]))
    def three(xp, a, b, /):
        return a * b, a * a, b * 1.0

    a, b = leaf(3.0), leaf(5.0)
    product, square, _ = three(a, b)
    ga, gb = gradients(product * square, [a, b], create_graph=True)  # a^3 b
    assert (ga.item(), gb.item()) == (3 * 9 * 5, 27)
    (gab,) = gradients(ga, [b], create_graph=True)
    assert gab.item() == 27.0
    (gaab,) = gradients(gab, [a])
    assert gaab.item() == 18.0


@pytest.mark.parametrize("hidden", [False, True], ids=["seen", "hidden"])
def test_an_own_op_of_a_hundred_operands(hidden):
    def joint(xp, needs, g, y, *xs):
        return [2 * g * x for x in xs]

    rule = functools.partial(joint) if hidden else joint
    squares = autograd.op(joint=rule)(lambda xp, *xs: sum(x * x for x in xs))
    xs = [xp.asarray(float(i), requires_grad=True) for i in range(100)]
    squares(*xs).backward()
    assert [x.grad.item() for x in xs] == [2.0 * i for i in range(100)]


@pytest.mark.parametrize(
    "function",
    [
        autograd.elementwise("same", 1, forward=lambda xp, x: xp.reshape(x, x.shape), doc="The operand."),
        autograd.elementwise("first", 1, None, forward=lambda xp, x, y: x, doc="The first operand."),
        autograd.elementwise("second", None, 1, forward=lambda xp, x, y: y[...], doc="The second operand."),
        autograd.constant("last", 3, forward=lambda xp, x, y, z: z, doc="The last operand."),
    ],
    ids=lambda f: f.__name__,
)
def test_the_output_of_an_own_elementwise_op_is_memory_of_its_own(function):
    x = xp.asarray([1.0, 2.0])
    y = function(*[x] * (len(function.op.partials) or 3))
    y[0] = 9.0
    assert x.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("take", [lambda xp, x, y: xp.flip(x), lambda xp, x, y: y[1:], lambda xp, x, y: y])
def test_the_output_of_an_own_op_that_is_a_window_is_a_tensor_of_its_own(take):
    @autograd.op()
    def window(xp, x, y, /):
        return take(xp, x, y)

    x, y = xp.asarray([1.0, 2.0]), xp.asarray([3.0, 4.0])
    z = window(x, y)
    z[0] = 9.0
    assert x.tolist() == [1.0, 2.0] and y.tolist() == [3.0, 4.0]


def test_an_op_of_a_package_named_after_apitensor_is_somebody_elses():
    def window(xp, x, /):
        return x[...]

    window.__module__ = "apitensor_theirs"  # as a backend's package is called
    x = xp.asarray([1.0, 2.0])
    y = autograd.op(vjps=(lambda xp, g, y, x: g,))(window)(x)
    x[0] = 5.0
    assert y.tolist() == [1.0, 2.0]


def test_outputs_of_an_own_op_that_are_windows_are_tensors_of_their_own():
    @autograd.op(vjps=(lambda xp, g, y, x: xp.concat([g[0] + g[2], g[1]]),))
    def parts(xp, x, /):
        first = x[:2]
        return first, x[2:], first

    p = xp.asarray([1.0, 2.0, 3.0], requires_grad=True)
    x = p * 1
    squares = x * x
    a, b, c = parts(x)
    a[0] = 9.0
    b[...] = 8.0
    assert x.tolist() == [1.0, 2.0, 3.0] and c.tolist() == [1.0, 2.0]
    xp.sum(squares).backward()
    assert p.grad.tolist() == [2.0, 4.0, 6.0], "what a node kept was written to"


@pytest.mark.parametrize("first", [0, 1])
def test_an_integer_among_the_outputs_of_an_own_op_tracks_nothing(first):
    def forward(np_like, x, /):
        at = np_like.argsort(x)
        both = np_like.take(x, at), at
        return both[first], both[1 - first]

    in_order = autograd.op(vjps=(lambda xp, g, y, x: xp.scatter_add(g[first], (y[1 - first],), x.shape),))(forward)

    def values(x):
        return in_order(x)[first] ** 3

    x, w = xp.asarray([3.0, 1.0, 2.0]), xp.asarray([1.0, 2.0, 3.0])
    leaf = x.detach().requires_grad_()
    at, found = in_order(leaf)[1 - first], values(leaf)
    assert not at.requires_grad and np.asarray(at).tolist() == [1, 2, 0]
    xp.sum(found * w + at * 1.5).backward()
    assert leaf.grad.tolist() == [81.0, 3.0, 24.0]
    assert autograd.jvp(in_order, (x,), (w,))[1][1 - first] is None
    assert autograd.linearize(in_order, x)[1](w)[first].tolist() == [2.0, 3.0, 1.0]
    assert autograd.hessian(lambda x: xp.sum(values(x)))(x).tolist() == np.diag([18.0, 6.0, 12.0]).tolist()
    autograd.check_gradients(values, (x,))


def test_broadcasting_and_mixed_data_types_come_back_as_they_were():
    rng = np.random.default_rng(0)
    shapes = [((3, 1), (1, 4)), ((4,), (3, 4)), ((), (2, 3)), ((1, 1, 1), (2,)), ((2, 0), (1, 1)), ((5, 1, 3), (4, 1))]
    for sa, sb in shapes:
        for da, db in [(xp.float32, xp.float64), (xp.float64, xp.complex64), (xp.float32, xp.float32)]:
            a0, b0 = rng.uniform(1, 2, sa), rng.uniform(1, 2, sb)
            a, b = xp.asarray(a0, dtype=da, requires_grad=True), xp.asarray(b0, dtype=db, requires_grad=True)
            xp.sum(xp.real(a * b + a / b - b)).backward()
            assert (a.grad.shape, a.grad.dtype) == (sa, da) and (b.grad.shape, b.grad.dtype) == (sb, db)
            full_a, full_b = np.broadcast_arrays(a0, b0)
            _same_sum(a.grad, full_b + 1 / full_b, sa)
            _same_sum(b.grad, full_a - full_a / full_b**2 - 1, sb)
    n = xp.asarray([1, 2, 3])
    x = leaf([1.0, 1.0, 1.0], dtype=xp.float32)
    y = x * n
    xp.sum(y).backward()
    assert x.grad.dtype == xp.float32 and x.grad.tolist() == [1.0, 2.0, 3.0] and not n.requires_grad


def _same_sum(mine, full, shape):
    extra = full.ndim - len(shape)
    axes = tuple(range(extra)) + tuple(i + extra for i, n in enumerate(shape) if n == 1)
    np.testing.assert_allclose(
        np.asarray(mine), full.sum(axis=axes, keepdims=True).reshape(shape), rtol=2e-6, atol=1e-6
    )


def test_complex_gradients_point_uphill():
    """The convention: dL/dRe + i dL/dIm, checked by differences in both directions."""
    rng = np.random.default_rng(1)
    z0 = rng.normal(size=3) + 1j * rng.normal(size=3)

    def function(ns, z):
        w = z * z - 2j * z + ns.exp(z * 0.3)
        return ns.sum(ns.real(w * ns.conj(w)) * ns.abs(z) + ns.imag(z) ** 2)

    z = leaf(z0)
    function(xp, z).backward()
    for direction in (np.ones(3), 1j * np.ones(3), rng.normal(size=3) + 1j * rng.normal(size=3)):
        expected = slope(lambda v: function(np, v), z0, direction)
        np.testing.assert_allclose(np.sum(np.real(np.conj(z.grad.numpy()) * direction)), expected, rtol=1e-6)
    r = leaf(2.0)
    xp.real((1 + 2j) * r * r).backward()
    assert r.grad.dtype == xp.float64 and r.grad.item() == 4.0
    with pytest.raises(RuntimeError, match="complex"):
        (leaf(1j) * 2).backward()


def test_a_cotangent_of_the_outputs_shape():
    x = leaf([1.0, 2.0])
    (x * x).backward(xp.asarray([1.0, 10.0]))
    assert x.grad.tolist() == [2.0, 40.0]
    (x * x).backward(np.asarray([1, 1]))
    assert x.grad.tolist() == [4.0, 44.0], "gradients add up"
    (x * 1j).backward(xp.asarray([1j, 2.0]))
    assert x.grad.tolist() == [5.0, 44.0]


def test_freed_graphs_and_retained_ones():
    x = leaf([1.0, 2.0])
    h = x * x
    y = xp.sum(h * 3)
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [12.0, 24.0]
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        y.backward()
    for z in (xp.sum(h), xp.sum(h + xp.ones((3, 2))), xp.sum(h.T[0]), h[0]):
        with pytest.raises(RuntimeError, match="retain_graph=True"):
            z.backward()
        with pytest.raises(RuntimeError, match="retain_graph=True"):
            gradients(z, x)
        with pytest.raises(RuntimeError, match="retain_graph=True"):
            gradients(z, x, allow_unused=True)
    assert x.grad.tolist() == [12.0, 24.0]
    values, vectors = xp.linalg.eigh(leaf([[2.0, 1.0], [1.0, 3.0]]))
    xp.sum(values).backward()
    for y in (xp.sum(vectors), xp.sum(values + 1.0), values[0]):
        with pytest.raises(RuntimeError, match="retain_graph=True"):
            y.backward()
    g = gradients(xp.sum(h * 2), h)  # what lies behind h is of no interest here
    assert g.tolist() == [2.0, 2.0]


def test_an_error_on_the_way_back_leaves_no_gradient_and_the_graph_whole():
    fail = [True]

    def rule(xp, g, y, x):
        if fail[0]:
            raise ValueError("not now")
        return g

    @autograd.op(vjps=(rule,))
    def fragile(xp, x, /):
        return x * 1.0

    x, w = leaf(2.0), leaf(3.0)
    y = fragile(x * x) * w
    with pytest.raises(ValueError, match="not now"):
        y.backward()
    assert x.grad is None and w.grad is None and xp.is_grad_enabled()
    fail[0] = False
    y.backward()
    assert x.grad.item() == 12.0 and w.grad.item() == 4.0


def test_fourth_order():
    x0 = 0.7
    x = leaf(x0)
    y = xp.sin(x) * xp.exp(2 * x) + x**5 / (1 + x * x)
    orders = []
    for _ in range(4):
        y = gradients(y, x, create_graph=True)
        orders.append(y.item())
    import mpmath

    expected = [
        float(mpmath.diff(lambda t: mpmath.sin(t) * mpmath.exp(2 * t) + t**5 / (1 + t * t), x0, n))
        for n in (1, 2, 3, 4)
    ]
    np.testing.assert_allclose(orders, expected, rtol=1e-10)


def test_create_graph_through_backward_and_grad():
    x = leaf(3.0)
    (x**3).backward(create_graph=True)
    first = x.grad
    assert first.requires_grad and first.item() == 27.0
    x.grad = None
    first.backward()
    assert x.grad.item() == 18.0 and not x.grad.requires_grad


def test_recorded_gradients_and_tangents_are_tensors_of_their_own():
    a, b, g = leaf([1.0, 2.0]), leaf([3.0, 4.0]), xp.ones(2)
    seen = []
    total = a + b
    total.register_hook(lambda g: seen.append(g) or g.__setitem__(0, 9.0))  # it may not be meant, and changes nothing
    total.backward(g, create_graph=True, retain_graph=True)
    with xp.no_grad():
        a.grad *= 5.0
    assert (a.grad.tolist(), b.grad.tolist(), g.tolist()) == ([5.0, 5.0], [1.0, 1.0], [1.0, 1.0])
    first, second = gradients(a + b, [a, b], g, create_graph=True)
    first[0] = 7.0
    assert second.tolist() == g.tolist() == [1.0, 1.0]
    _, (first, second) = autograd.jvp(lambda x: (x, x), (xp.zeros(2),), (g,))
    first[0] = 7.0
    assert second.tolist() == g.tolist() == [1.0, 1.0]


def test_gradient_of_a_function_that_takes_a_gradient_with_views_and_writes():
    def penalty(v):
        x = xp.zeros(3)
        x[0] = v
        x[1:] = xp.exp(x[0]) * xp.asarray([1.0, 2.0])
        return xp.sum(x * x * x)

    found = autograd.grad(autograd.grad(penalty))(0.3).item()  # v^3 + 9 exp(3 v)
    np.testing.assert_allclose(found, 6 * 0.3 + 81 * np.exp(0.9), rtol=1e-12)


@pytest.mark.parametrize("operands", [1, 2])
def test_an_elementwise_op_whose_derivative_is_missing(operands):
    def total(xp, *arrays):
        return sum(arrays)

    function = autograd.constant("total", operands, forward=total, doc="The sum.", missing="it has none")
    x = leaf([1.0, 2.0])
    with pytest.raises(TypeError, match="total: it has none"):
        function(*[x] * operands)
    with xp.no_grad():
        assert not function(*[x] * operands).requires_grad
    assert function(*[x.detach()] * operands).tolist() == [operands * 1.0, operands * 2.0]


# ---- zeros stay zeros


TRAPS = {
    "sqrt": (lambda x: xp.where(x > 0, xp.sqrt(x), xp.zeros_like(x)), [4.0, 0.0], [0.25, 0.0], [-1 / 32, 0.0]),
    "log": (lambda x: xp.where(x > 0, xp.log(x), xp.zeros_like(x)), [2.0, 0.0], [0.5, 0.0], [-0.25, 0.0]),
    "divide": (lambda x: xp.where(x != 0, 1 / x, xp.zeros_like(x)), [2.0, 0.0], [-0.25, 0.0], [0.25, 0.0]),
    "x/x": (lambda x: xp.where(x != 0, x * x / x, xp.zeros_like(x)), [2.0, 0.0], [1.0, 0.0], [0.0, 0.0]),
    "exp": (lambda x: xp.where(x < 700, xp.exp(x), xp.zeros_like(x)), [0.0, 1e4], [1.0, 0.0], [1.0, 0.0]),
    "log1p(exp)": (
        lambda x: xp.where(x < 700, xp.log1p(xp.exp(x)), x),
        [0.0, 1e4],
        [0.5, 1.0],
        [0.25, 0.0],
    ),
    "pow": (lambda x: xp.where(x > 0, x**0.5, xp.zeros_like(x)), [4.0, 0.0], [0.25, 0.0], [-1 / 32, 0.0]),
    "hypot": (lambda x: xp.where(x > 0, xp.hypot(x, x), xp.zeros_like(x)), [1.0, 0.0], [2**0.5, 0.0], [0.0, 0.0]),
    "acos": (lambda x: xp.where(xp.abs(x) < 1, xp.acos(x), xp.zeros_like(x)), [0.0, 1.0], [-1.0, 0.0], [0.0, 0.0]),
}


@pytest.mark.filterwarnings("ignore:.* encountered in:RuntimeWarning")
@pytest.mark.parametrize("device", ["cpu", "array_api_strict:device1"])
@pytest.mark.parametrize("name", TRAPS)
def test_a_masked_branch_contributes_nothing(name, device):
    function, at, first, second = TRAPS[name]
    x = xp.asarray(at, device=device, requires_grad=True)
    xp.sum(function(x)).backward()
    np.testing.assert_allclose(x.grad.tolist(), first, rtol=1e-12)
    (g,) = gradients([xp.sum(function(x))], [x], create_graph=True)
    np.testing.assert_allclose(g.detach().tolist(), first, rtol=1e-12)
    (h,) = gradients([xp.sum(g)], [x], allow_unused=True)
    np.testing.assert_allclose(np.zeros(2) if h is None else h.tolist(), second, rtol=1e-12, atol=1e-15)
    _, t = autograd.jvp(function, (x.detach(),), (xp.ones_like(x.detach()),))
    np.testing.assert_allclose(t.tolist(), first, rtol=1e-12)


@pytest.mark.filterwarnings("ignore:.* encountered in:RuntimeWarning")
def test_what_is_really_infinite_or_undefined_stays_so():
    x = leaf([0.0, 1.0])
    xp.sum(xp.sqrt(x)).backward()
    assert x.grad.tolist() == [np.inf, 0.5]
    x = leaf([np.nan, 1.0])
    xp.sum(x * x).backward()
    assert np.isnan(x.grad.tolist()[0]) and x.grad.tolist()[1] == 2.0


# Products by name, what they are by elements, and operands with something that is not finite. A product by elements is
# the measure: it keeps zeros element by element.
_GAPS = [[1.0, 2.0, 3.0], [np.nan, 4.0, np.inf], [0.5, 1.0, -2.0]]
_GAP = [[1.0, np.nan], [2.0, -1.0], [3.0, 0.5]]
_THREE = [1.0, -2.0, 3.0]


def _by_elements(a, b):
    """`a @ b` for matrices."""
    return xp.sum(a[..., :, :, None] * b[..., None, :, :], axis=-2)


def _cross_by_elements(a, b):
    (a0, a1, a2), (b0, b1, b2) = xp.unstack(a, axis=-1), xp.unstack(b, axis=-1)
    return xp.stack([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0], axis=-1)


PRODUCTS = {
    "matmul": (xp.matmul, _by_elements, _GAPS, _GAP),
    "matmul, a stack by a matrix": (xp.matmul, _by_elements, [_GAPS, [_THREE] * 3], _GAP),
    "matmul, a matrix by a stack": (xp.matmul, _by_elements, _GAPS, [_GAP, [[1.0, 2.0]] * 3]),
    "matmul, a stack of one by a stack": (xp.matmul, _by_elements, [_GAPS], [_GAP, [[1.0, 2.0]] * 3]),
    "matmul, a matrix by a vector": (xp.matmul, lambda a, b: _by_elements(a, b[:, None])[:, 0], _GAPS, _THREE),
    "matmul, a vector by a matrix": (xp.matmul, lambda a, b: _by_elements(a[None], b)[0], _THREE, _GAP),
    "tensordot": (lambda a, b: xp.tensordot(a, b, axes=((1,), (0,))), _by_elements, _GAPS, _GAP),
    "tensordot, another axis": (
        lambda a, b: xp.tensordot(a, b, axes=((0,), (0,))),
        lambda a, b: _by_elements(a.mT, b),
        _GAPS,
        _GAP,
    ),
    "einsum": (lambda a, b: xp.ext.einsum("ij,jk->ki", a, b), lambda a, b: _by_elements(a, b).mT, _GAPS, _GAP),
    "vecdot": (xp.vecdot, lambda a, b: xp.sum(xp.conj(a) * b, axis=-1), _GAPS, _THREE),
    "vecdot, another axis": (
        lambda a, b: xp.vecdot(a, b, axis=-2),
        lambda a, b: xp.sum(xp.conj(a) * b, axis=-2),
        _GAPS,
        [[1.0], [2.0], [3.0]],
    ),
    "cross": (xp.linalg.cross, _cross_by_elements, _GAPS, _THREE),
    "cross, another axis": (
        lambda a, b: xp.linalg.cross(a, b, axis=-2),
        lambda a, b: _cross_by_elements(a.mT, b.mT).mT,
        _GAP,
        [[1.0], [2.0], [3.0]],
    ),
    "outer": (xp.linalg.outer, lambda a, b: a[:, None] * b[None, :], [1.0, np.nan, 2.0], [3.0, np.inf]),
}
# These are right on devices that nobody asks for values too.
ANYWHERE = ("vecdot", "vecdot, another axis", "cross", "cross, another axis", "outer")


def _agree(found, expected):
    for x, wanted in zip(found, expected, strict=True):
        x, wanted = np.asarray(x.tolist()), np.asarray(wanted.tolist())
        assert (np.isfinite(x) == np.isfinite(wanted)).all()
        there = np.isfinite(wanted)
        np.testing.assert_allclose(x[there], wanted[there], rtol=1e-12, atol=1e-14)


@pytest.mark.filterwarnings("ignore:.* encountered in:RuntimeWarning")
@pytest.mark.parametrize("unit", [1.0, 1.0 + 2.0j], ids=["real", "complex"])
@pytest.mark.parametrize(
    ("name", "device"),
    [*[(name, "readonly") for name in PRODUCTS], *[(name, "array_api_strict:device1") for name in ANYWHERE]],
)
def test_a_zero_cotangent_stays_zero_in_products(name, device, unit):
    product, by_elements, *operands = PRODUCTS[name]
    a, b = [xp.asarray(x, device=device) * unit for x in operands]
    ta, tb = [xp.where(xp.isfinite(x), xp.sin(x), 1.0) for x in (a, b)]

    def loss(function, root=lambda x: x):
        """What is not finite is masked, and `root` may have an infinite derivative."""

        def total(a, b):
            y = function(root(a), root(b))
            return xp.sum(xp.where(xp.isfinite(y), xp.abs(y) ** 2, 0.0))

        return total

    def derivatives(f):
        first = autograd.grad(f, argnums=(0, 1))

        def along(a, b):
            return sum(xp.sum(xp.real(g * t)) for g, t in zip(first(a, b), (ta, tb), strict=True))

        second = autograd.grad(along, argnums=(0, 1))(a, b)
        return [*first(a, b), *second, *autograd.jvp(first, (a, b), (ta, tb))[1]]

    found = derivatives(loss(product))
    assert all(np.isfinite(np.asarray(g.tolist())).all() for g in found)
    _agree(found, derivatives(loss(by_elements)))
    if unit == 1.0:  # infinite derivatives of finite elements, at zeros
        a, b = xp.abs(xp.where(a == 1.0, 0.0, a)), xp.abs(b)
        _agree(derivatives(loss(product, xp.sqrt)), derivatives(loss(by_elements, xp.sqrt)))
        # What is really undefined stays so, beside zeros.
        y = product(a, b)
        for place in range(y.size):
            g = xp.reshape(xp.astype(xp.arange(y.size, device=device) == place, y.dtype), y.shape)
            _agree(*[autograd.vjp(f, a, b)[1](g) for f in (product, by_elements)])


_NORM_AT = [[3.0, 4.0, 0.0], [np.nan, 1.0, 2.0], [np.inf, 1.0, -2.0], [1.0, 2.0, 2.0]]


@pytest.mark.filterwarnings("ignore:.* encountered in:RuntimeWarning")
@pytest.mark.parametrize("device", ["readonly", "array_api_strict:device1"])
@pytest.mark.parametrize("ord", [2, 1, 3, 2.5, 0.5, np.inf, -np.inf, 0, "fro"])
def test_a_zero_cotangent_stays_zero_in_norms(ord, device):
    x = xp.asarray(_NORM_AT, device=device)
    t = xp.asarray([[1.0, -1.0, 2.0]] * 4, device=device)

    def norms(x):
        if ord == "fro":
            return xp.linalg.matrix_norm(x[:, None, :], ord=ord)
        return xp.linalg.vector_norm(x, axis=1, ord=ord)

    def loss(x):
        y = norms(x)
        return xp.sum(xp.where(xp.isfinite(y), y**2, 0.0))

    alone = x[::3, :]
    derivatives = [
        lambda x, t: autograd.grad(loss)(x),
        lambda x, t: autograd.jvp(autograd.grad(loss), (x,), (t,))[1],
        lambda x, t: autograd.grad(lambda x: xp.sum(autograd.grad(loss)(x) * t))(x),
    ]
    for derivative in derivatives:
        found, expected = derivative(x, t), derivative(alone, t[:2, :])
        # the vector with an infinity has a finite number of elements that are not zero, and a finite least element
        masked = [1] if ord in (0, -np.inf) else [1, 2]
        np.testing.assert_allclose(np.asarray(found.tolist())[[0, 3]], expected.tolist(), rtol=1e-12, atol=1e-14)
        assert not np.asarray(found.tolist())[masked].any()
    if ord == 2:
        g = autograd.grad(lambda x: xp.sum(norms(x)[:2]))(x)
        assert np.isnan(np.asarray(g.tolist())[1]).all() and not np.asarray(g.tolist())[2:].any()


@pytest.mark.parametrize("values", [[0.1] * 3, [0.1] * 6, [1 / 3] * 7, [[0.1, 0.1, 0.1], [0.7, 0.7, 0.7]]])
def test_the_deviation_of_equal_elements_has_gradient_zero(values):
    """Also where their mean is rounded, so that they differ from it: 0.1 + 0.1 + 0.1 is not 3 times 0.1."""
    g = autograd.grad(lambda x: xp.sum(xp.std(x, axis=-1)))(xp.asarray(values))
    np.testing.assert_allclose(g.numpy(), 0.0, atol=1e-13)


@pytest.mark.parametrize("extreme", [xp.max, xp.min])
def test_the_extreme_among_nan_is_the_nan(extreme):
    x = xp.asarray([[1.0, math.nan, 2.0, math.nan], [1.0, 1.0, 1.0, 1.0], [math.nan, 3.0, 4.0, 5.0]])
    g = autograd.grad(lambda x: xp.sum(extreme(x, axis=1) * xp.asarray([2.0, 4.0, 1.0])))(x)
    assert g.tolist() == [[0.0, 1.0, 0.0, 1.0], [1.0] * 4, [1.0, 0.0, 0.0, 0.0]]
    with_nan = autograd.jvp(lambda x: extreme(x, axis=1), (x,), (xp.asarray([[1.0, 2.0, 3.0, 4.0]] * 3),))[1]
    assert with_nan.tolist() == [3.0, 2.5, 1.0]


def test_cotangents_of_outputs_come_together_with_those_of_the_recorded_rule_that_reads_them():
    @autograd.op(vjps=(lambda xp, g, y, x: g[0] * y[0] + g[1] * 2 * y[1],))
    def powers(xp, x, /):
        return xp.exp(x), xp.exp(2 * x)

    x = leaf(0.5)
    a, b = powers(x)
    (g,) = gradients(a, [x], create_graph=True)
    (g * g + a * a + a * b).backward()
    np.testing.assert_allclose(x.grad.item(), 4 * math.exp(1.0) + 3 * math.exp(1.5), rtol=1e-14)


# ---- hooks


def test_hooks_see_the_final_gradient_once_and_may_replace_it():
    x = leaf([1.0, 2.0])
    h = x * 3
    seen = []
    h.register_hook(lambda g: seen.append(("h", g.tolist())))
    h.register_hook(lambda g: g * 10)
    x.register_hook(lambda g: seen.append(("x", g.tolist())))
    handle = x.register_hook(lambda g: seen.append("gone"))
    handle.remove()
    last = x.register_hook(lambda g: seen.append("last"))
    handle.remove()  # takes nothing else away
    (xp.sum(h * h) + xp.sum(h)).backward()
    assert seen == [("h", [7.0, 13.0]), ("x", [210.0, 390.0]), "last"] and x.grad.tolist() == [210.0, 390.0]
    last.remove()
    (xp.sum(x)).backward()
    assert seen[-1] == ("x", [1.0, 1.0]) and len(seen) == 4


@pytest.mark.filterwarnings("ignore:.* encountered in:RuntimeWarning")
@pytest.mark.parametrize("create_graph", [False, True])
def test_hooks_are_called_once_where_the_careful_pass_is_needed(create_graph):
    x = leaf([4.0, 0.0])
    seen = []
    root = xp.sqrt(x)
    for t, name in ((x, "x"), (root, "root")):
        t.register_hook(lambda g, name=name: seen.append((name, g.detach().tolist())))
    y = xp.sum(xp.where(x > 0, root, xp.zeros_like(x)))
    y.register_hook(lambda g: seen.append(("y", g.detach().tolist())))
    y.backward(create_graph=create_graph)
    assert seen == [("y", 1.0), ("root", [1.0, 0.0]), ("x", [0.25, 0.0])]


def test_a_hook_sees_gradients_of_views_and_outputs_of_several():
    x = leaf([[2.0, 1.0], [1.0, 3.0]])
    values, vectors = xp.linalg.eigh(x)
    seen = []
    values.register_hook(lambda g: seen.append(g.tolist()))
    vectors.register_hook(lambda g: seen.append("unused"))
    xp.sum(values * xp.asarray([1.0, 2.0])).backward()
    assert seen == [[1.0, 2.0]]


def test_what_a_hook_returns_must_fit():
    x = leaf([1.0, 2.0], dtype=xp.float32)
    handle = x.register_hook(lambda g: xp.ones(3))
    with pytest.raises(ValueError, match=r"\(3,\).*\(2,\)"):
        xp.sum(x * x).backward()
    handle.remove()
    x.register_hook(lambda g: np.asarray([1, 2]))
    for create_graph in (False, True):
        x.grad = None
        xp.sum(x * x).backward(create_graph=create_graph)
        assert x.grad.tolist() == [1.0, 2.0] and x.grad.dtype == xp.float32


# ---- gradients()


def test_gradients_of_and_with_respect_to_anything():
    x, unused = leaf([1.0, 2.0]), leaf(1.0)
    h = x * x
    y = xp.sum(h * h)
    gx, gh, again = gradients(y, [x, h, x], retain_graph=True)
    assert gx.tolist() == [4.0, 32.0] == again.tolist() and gh.tolist() == [2.0, 8.0]
    assert gradients(y, {"a": (x,), "b": h}, retain_graph=True)["a"][0].tolist() == [4.0, 32.0]
    assert gradients(y, y, retain_graph=True).item() == 1.0
    assert gradients([y, y, xp.sum(x)], x, retain_graph=True).tolist() == [9.0, 65.0]
    assert gradients([y, h], x, [None, xp.asarray([1.0, 1.0])], retain_graph=True).tolist() == [6.0, 36.0]
    assert gradients([y], [x, unused], allow_unused=True, retain_graph=True)[1] is None
    with pytest.raises(RuntimeError, match=r"inputs\[1\].*allow_unused"):
        gradients(y, [x, unused], retain_graph=True)
    with pytest.raises(RuntimeError, match="requires_grad_"):
        gradients(y, xp.ones(2))
    with pytest.raises(RuntimeError, match=r"\(2,\)"):
        gradients(h, x)
    with pytest.raises(ValueError, match=r"\(3,\)"):
        gradients(h, x, xp.ones(3))
    assert x.grad is None and unused.grad is None


def test_gradients_runs_only_what_leads_to_the_inputs():
    calls = []

    @autograd.op(vjps=(lambda xp, g, y, x: calls.append(1) or g,))
    def watched(xp, x, /):
        return x * 1.0

    a, b = leaf(2.0), leaf(3.0)
    y = a * watched(b)
    assert gradients(y, a, retain_graph=True).item() == 3.0 and not calls
    assert gradients(y, b).item() == 2.0 and len(calls) == 1


# ---- size and life


def test_a_graph_of_a_million_operations():
    n = 1_000_000
    x = leaf(1.0)
    y = x
    for _ in range(n // 2):
        y = y + 1e-6
        y = y * 1.0
    limit = sys.getrecursionlimit()
    y.backward()
    assert x.grad.item() == 1.0 and sys.getrecursionlimit() == limit
    y = x
    for _ in range(n // 5):
        y = y * 1.0
    del y  # an unused graph falls apart without recursion, too


def test_a_long_chain_of_views_and_of_ports():
    x = leaf(np.ones(4))
    y = x
    for _ in range(5_000):
        y = xp.flip(y)
    xp.sum(y).backward()
    assert x.grad.tolist() == [1.0] * 4
    root = xp.asarray(np.arange(4.0))
    view = root
    for _ in range(5_000):
        view = xp.flip(view)
    root[0] = 9.0
    assert view.tolist() == [9.0, 1.0, 2.0, 3.0]
    view[1] = 7.0
    assert root.tolist() == [9.0, 7.0, 2.0, 3.0]
    del view, y
    y = x
    for _ in range(5_000):
        y = xp.unstack(xp.stack([y, y]))[0]
    xp.sum(y).backward()
    assert x.grad.tolist() == [2.0] * 4


def test_ten_thousand_training_steps_in_flat_memory():
    rng = np.random.default_rng(0)
    data, target = xp.asarray(rng.normal(size=(16, 4))), xp.asarray(rng.normal(size=(16, 1)))
    w, b = leaf(rng.normal(size=(4, 1))), leaf([0.0])

    def step():
        loss = xp.mean((xp.tanh(data @ w + b) - target) ** 2)
        loss.backward()
        with xp.no_grad():
            for p in (w, b):
                p -= 0.01 * p.grad
                p.grad = None
        return loss.item()

    first = step()
    for _ in range(100):
        step()
    gc.collect()
    gc.disable()  # reference counting alone must do
    tracemalloc.start()
    try:
        for _ in range(500):
            step()
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        for _ in range(500):
            step()
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()
    assert abs(after - before) < 20_000 and peak - before < 200_000
    objects = len(gc.get_objects())
    for _ in range(9_000):
        last = step()
    assert len(gc.get_objects()) - objects < 1000 and last < first


@pytest.mark.parametrize("how", ["dropped", "backward", "retained", "create_graph", "written"])
def test_graphs_die_by_reference_counting(how):
    def program(h, x):
        return (
            xp.sum(xp.exp(h * 0.01) / (1 + h * h))
            + xp.linalg.det(x)
            + xp.sum(xp.linalg.qr(x)[1])
            + xp.sum(xp.sort(x[0]))
        )

    first = leaf([[1.0, 2.0], [3.0, 5.0]])
    program(xp.sin(first) @ first, first)  # first calls compile kernels, or look into rules, and leave cycles behind
    gc.collect()
    gc.disable()
    try:
        x = leaf([[1.0, 2.0], [3.0, 5.0]])
        h = xp.sin(x) @ x
        if how == "written":
            h[0, 0] = x[1, 1]
            h.T[1] *= 2.0
        y = program(h, x)
        alive = [weakref.ref(t) for t in (h, y)] + [weakref.ref(t._edge) for t in (h, y)]
        if how == "backward":
            y.backward()
        elif how == "retained":
            y.backward(retain_graph=True)
        elif how == "create_graph":
            g = gradients(y, x, create_graph=True)
            alive += [weakref.ref(g), weakref.ref(g._edge)]
            xp.sum(g).backward()
            del g
        del h, y
        assert [ref() for ref in alive] == [None] * len(alive)
        assert gc.collect() == 0 or how == "create_graph"
        edge = weakref.ref(x._edge)
        del x
        assert edge() is None
    finally:
        gc.enable()


def test_backward_returns_what_was_kept_at_once():
    x = leaf(np.ones(1000))
    big = x * 2.0
    memory = weakref.ref(big._edge)
    y = xp.sum(xp.sin(big))
    array = weakref.ref(big._array)
    del big
    assert array() is not None, "sin keeps its operand"
    y.backward()
    assert array() is None and memory() is None


def test_no_grad_records_nothing_and_constants_neither():
    x = leaf([1.0, 2.0])
    with xp.no_grad():
        y = xp.exp(x * x)[0]
        assert not y.requires_grad and y.is_leaf and not xp.is_grad_enabled()
        with xp.enable_grad():
            assert (x * x).requires_grad
        assert not (x * x).requires_grad
    assert xp.is_grad_enabled()
    for y in (xp.floor(x), x > 1, xp.sign(x), xp.argmax(x), xp.zeros_like(x), x.detach(), xp.astype(x, xp.int64)):
        assert not y.requires_grad

    @xp.no_grad
    def function(v):
        return v * v

    @xp.no_grad()
    def other(v):
        return v * v

    assert not function(x).requires_grad and not other(x).requires_grad and (x * x).requires_grad
    with pytest.raises(ValueError, match="out"), xp.no_grad():
        raise ValueError("out")
    assert xp.is_grad_enabled()


# ---- threads and tasks


def test_calls_of_a_decorated_function_may_overlap_in_threads():
    one_is_inside, two_is_inside, one_left = (threading.Event() for _ in range(3))

    @xp.no_grad()
    def inside(event, other):
        event.set()
        assert other.wait(10)
        return xp.is_grad_enabled()

    def one():
        found = inside(one_is_inside, two_is_inside)
        one_left.set()
        return found, xp.is_grad_enabled()

    def two():
        assert one_is_inside.wait(10)
        return inside(two_is_inside, one_left), xp.is_grad_enabled()

    with ThreadPoolExecutor(2) as pool:
        assert [future.result() for future in (pool.submit(one), pool.submit(two))] == [(False, True)] * 2


def test_decorated_generators_and_coroutines_run_in_the_mode_and_their_callers_do_not():
    log = []

    @xp.no_grad
    def steps(n):
        try:
            for i in range(n):
                try:
                    log.append((yield i, xp.is_grad_enabled()))
                except KeyError:
                    log.append(xp.is_grad_enabled())
            return xp.is_grad_enabled()
        finally:
            log.append(("closed", xp.is_grad_enabled()))

    def outer():
        log.append((yield from steps(2)))

    assert list(steps(2)) == [(0, False), (1, False)] and list(outer()) == [(0, False), (1, False)]
    assert log == [None, None, ("closed", False)] * 2 + [False]
    log.clear()
    running = steps(3)
    assert next(running) == (0, False) and xp.is_grad_enabled()
    assert running.send("sent") == (1, False) and running.throw(KeyError()) == (2, False) and xp.is_grad_enabled()
    running.close()
    assert log == ["sent", False, ("closed", False)] and xp.is_grad_enabled()

    @xp.set_grad_enabled(False)
    async def coroutine():
        before = xp.is_grad_enabled()
        await asyncio.sleep(0)
        return before, xp.is_grad_enabled()

    async def both():
        return await asyncio.gather(coroutine(), asyncio.sleep(0, xp.is_grad_enabled()))

    assert asyncio.run(both()) == [(False, False), True] and xp.is_grad_enabled()

    async def asynchronous():
        yield

    with pytest.raises(TypeError, match="no_grad: an async generator"):
        xp.no_grad(asynchronous)


def test_threads_have_grad_modes_of_their_own():
    x = leaf([1.0, 2.0])
    inside, done = threading.Event(), threading.Event()
    seen = {}

    def other():
        seen["default"] = xp.is_grad_enabled()
        inside.wait(10)
        seen["while no_grad elsewhere"] = (x * x).requires_grad
        done.set()

    thread = threading.Thread(target=other)
    thread.start()
    with xp.no_grad():
        inside.set()
        assert done.wait(10)
        assert not (x * x).requires_grad
    thread.join()
    assert seen == {"default": True, "while no_grad elsewhere": True}


def test_threads_differentiate_side_by_side():
    found = [None] * 8

    def work(i):
        x = leaf(float(i))
        for _ in range(200):
            (g,) = gradients([xp.sum(xp.sin(x * xp.ones(5)) ** 2)], [x])
        found[i] = g.item()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_allclose(found, [10 * np.sin(i) * np.cos(i) for i in range(8)], atol=1e-12)


def test_threads_that_share_a_leaf_lose_no_gradient():
    x = xp.asarray(np.ones(20_000), requires_grad=True)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=lambda: [xp.sum(x * 2.0).backward() for _ in range(50)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert x.grad[0].item() == 400.0


def test_tasks_have_grad_modes_of_their_own():
    x = leaf(2.0)

    async def without(order):
        with xp.no_grad():
            await asyncio.sleep(0)
            order.append(("without", (x * x).requires_grad))
            await asyncio.sleep(0)
            return (x * x).requires_grad

    async def recording(order):
        await asyncio.sleep(0)
        order.append(("with", (x * x).requires_grad))
        y = x * x
        await asyncio.sleep(0)
        return y.requires_grad and xp.is_grad_enabled()

    async def main():
        order = []
        return await asyncio.gather(without(order), recording(order), without(order)), order

    results, order = asyncio.run(main())
    assert results == [False, True, False] and dict(order) == {"without": False, "with": True}


# ---- what a rule reads is what its node keeps


def _helper(g, shape):
    return g


@pytest.mark.parametrize(
    ("rule", "read"),
    [
        (lambda xp, g, y, x: g, {"g"}),
        (lambda xp, g, y, x: g * y, {"g", "y"}),
        (lambda xp, g, y, x: g * x, {"g", "x"}),
        (lambda xp, g, y, x: xp.reshape(g, x.shape), {"xp", "g"}),
        (lambda xp, g, y, x: _helper(g, x.shape), {"g"}),
        (lambda xp, g, y, x: _helper(g, x), {"g", "x"}),
        (lambda xp, g, y, x: xp.astype(g, x.dtype) if x.ndim > 1 else g / x.size, {"xp", "g"}),
        (lambda xp, g, y, x: xp.zeros(y.shape, dtype=x.dtype, device=g.device), {"xp"}),
        (lambda xp, g, y, x: x.T, {"x"}),
        (lambda xp, g, y, x: x.shape[0] * x, {"x"}),
        (lambda xp, g, y, x: [x for _ in range(2)], {"x"}),
        (lambda xp, g, y, x: [n for n in x.shape], set()),  # noqa: C416
        (lambda xp, g, y, x: (lambda: x)(), {"x"}),
        (lambda xp, g, y, x: x + y.shape[0] + x.size, {"x"}),
        (lambda xp, g, y, x, /, *arrays, key: g[_helper(key, arrays)], {"g", "key", "arrays"}),
        (lambda xp, g, y, a, b: a.shape and (b, a), {"a", "b"}),
        (lambda xp, g, y, a, b: (a, b.shape), {"a"}),
        (lambda xp, g, y, a, b: (b.shape, a.ndim, y), {"y"}),
    ],
)
def test_names_read(rule, read):
    found = names_read(rule)[0] - {"xp"}
    assert read - {"xp"} <= found, "what is read must be kept"
    assert found - {"_", "n"} <= read, "and nothing else"


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_rule_gets_the_shape_and_the_type_of_what_was_not_kept(create_graph):
    def rule(xp, g, y, x):
        return g * (x.size + 10 * x.ndim) + xp.zeros(x.shape, dtype=x.dtype, device=x.device)

    @autograd.op(vjps=(rule,))
    def total(xp, x, /):
        return xp.sum(x)

    x = leaf(np.ones((2, 3), "f4"))
    (g,) = gradients(total(x), [x], create_graph=create_graph)
    assert g.tolist() == [[26.0] * 3] * 2 and g.dtype == "float32"


def test_names_read_of_statements():
    def rule(xp, g, y, x):
        shape = x.shape
        total = g
        for _ in range(3):
            total = total + g
        y, z = x.ndim, shape
        if z:
            return total
        return y

    assert "x" not in names_read(rule)[0]

    def stores(xp, g, y, x):
        kept = x
        return kept.shape

    assert "x" in names_read(stores)[0]


@pytest.mark.parametrize(
    ("function", "kept"),
    [
        (lambda a, b: a + b, 0),
        (lambda a, b: a * b, 2),
        (lambda a, b: xp.exp(a), 1),
        (lambda a, b: xp.sum(a), 0),
        (lambda a, b: xp.reshape(a, (-1,)), 0),
        (lambda a, b: a[0], 0),
        (lambda a, b: a[xp.asarray([0, 1])], 0),
        (lambda a, b: xp.concat([a, b]), 0),
        (lambda a, b: xp.tanh(a), 1),
        (lambda a, b: a @ b, 2),
    ],
)
def test_nodes_keep_what_their_rules_need_and_nothing_else(function, kept):
    a, b = leaf(np.ones((3, 3))), leaf(np.ones((3, 3)))
    y = function(a, b)

    def arrays(saved):
        if isinstance(saved, (tuple, list)):
            return sum(arrays(part) for part in saved)
        return isinstance(saved, y._backend.array_type) and saved.dtype == "float64"

    assert arrays(y._edge.saved) == kept


@pytest.mark.parametrize("integers", ["int8", "int16", "uint8"])
@pytest.mark.parametrize("function", [xp.divide, xp.pow, xp.multiply, lambda x, n: xp.divide(n, x)])
def test_a_small_integer_operand_does_not_widen_the_gradient(function, integers):
    """NumPy's derivatives of int8 operands are float64, while the function itself stays in float32."""
    x = xp.asarray([1.0, 2.0], dtype=xp.float32, requires_grad=True)
    n = xp.asarray([1, 3], dtype=getattr(xp, integers))
    seen = []
    x.register_hook(lambda g: seen.append(g.dtype))
    y = function(x, n)
    xp.sum(y).backward()
    wide = xp.asarray([1.0, 2.0], requires_grad=True)
    xp.sum(function(wide, xp.astype(n, xp.float64))).backward()
    assert y.dtype == x.grad.dtype == xp.float32 and seen == [xp.float32]
    assert np.allclose(x.grad.numpy(), wide.grad.numpy(), rtol=1e-6)


@pytest.mark.parametrize("other", ["int8", "int64", "float32", "float64"])
@pytest.mark.parametrize("function", [xp.add, xp.subtract, xp.multiply, xp.divide, xp.pow, xp.atan2])
def test_what_a_call_of_two_data_types_gives_can_be_written_to(function, other):
    for swapped in (False, True):
        x, n = leaf([1.0, 2.0, 3.0]), xp.asarray([1, 2, 3], dtype=getattr(xp, other))
        y = function(n, x) if swapped else function(x, n)
        y[0] = 5.0
        y *= n
        xp.sum(y).backward()
        assert float(y[0].detach()) == 5.0 and float(x.grad[0]) == 0.0 and float(x.grad[1]) != 0.0


@pytest.mark.parametrize(
    ("gives", "says"), [(lambda x: [x, x], "a list"), (lambda x: None, "None"), (lambda x: ((x, x), x), "a tuple")]
)
def test_an_own_op_that_gives_no_array_is_named(gives, says):
    """A list in the place of a tuple was one stacked output."""

    @autograd.op()
    def strange(xp, x, /):
        return gives(x)

    with pytest.raises(TypeError, match=f"strange: the function gave {says}, and an array is needed"):
        strange(xp.ones(2))


def test_a_gradient_that_is_set_has_the_data_type_of_its_tensor():
    x = leaf(np.ones(2))
    with pytest.raises(ValueError, match="the gradient is float32, its tensor float64"):
        x.grad = xp.ones(2, dtype=xp.float32)
    assert x.grad is None


def test_a_hook_is_a_function():
    with pytest.raises(TypeError, match="register_hook: a function of the gradient is needed, not 3"):
        leaf(np.ones(2)).register_hook(3)
