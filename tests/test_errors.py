"""Errors: conventional types, messages that name the function, the operands and the cure, and nothing half done."""

import operator

import numpy as np
import pytest

import apitensor as xp
from apitensor import autograd
from apitensor._elsewhere import ELSEWHERE
from tests import backends


def ones(*shape, dtype=None, device=None, tracked=False):
    return xp.asarray(np.ones(shape), dtype=dtype, device=device, requires_grad=tracked)


def two_operands(xp, a, b, /):
    return a + b


def no_operand(xp, a):  # a parameter, as it may be given by name
    return a


def hooked(replacement):
    x = ones(2, tracked=True)
    x.register_hook(lambda g: replacement)
    xp.sum(x).backward()


STRICT, OTHER = backends.STRICT[0], backends.STRICT[1]

# What is called, with what, the type of the error, and what its message must name.
CASES = {
    # devices
    "unknown device type": (lambda: xp.zeros(2, device="tpu"), ValueError, ["zeros", "tpu", "cpu"]),
    "unknown device": (lambda: xp.zeros(2, device="cpu:7"), ValueError, ["cpu:7", "numpy", "cpu"]),
    "no device at all": (lambda: xp.zeros(2, device=7), TypeError, ["zeros", "7", "'cpu'"]),
    "unknown device, asarray": (lambda: xp.asarray([1.0], device="tpu"), ValueError, ["tpu", "cpu"]),
    "unknown device, to_device": (lambda: ones(2).to_device("tpu"), ValueError, ["tpu", "cpu"]),
    "unknown default device": (lambda: xp.set_default_device("tpu"), ValueError, ["tpu", "cpu"]),
    "stream": (lambda: ones(2).to_device("cpu", stream=3), ValueError, ["stream"]),
    "two backends": (lambda: ones(2) + ones(2, device=STRICT), ValueError, ["add", "cpu", STRICT, "to_device"]),
    "two backends, reflected": (
        lambda: ones(2, device=STRICT) / ones(2),
        ValueError,
        ["divide", "cpu", STRICT, "to_device"],
    ),
    "two backends, in place": (
        lambda: ones(2).__imul__(ones(2, device=STRICT)),
        ValueError,
        ["multiply", "cpu", STRICT, "to_device"],
    ),
    "two backends, matmul": (
        lambda: ones(2) @ ones(2, device=STRICT),
        ValueError,
        ["matmul", "cpu", STRICT, "to_device"],
    ),
    "two backends, where": (
        lambda: xp.where(ones(2) > 0, ones(2), ones(2, device=STRICT)),
        ValueError,
        ["where", "cpu", STRICT, "to_device"],
    ),
    "two backends, concat": (
        lambda: xp.concat([ones(2), ones(2, device=STRICT)]),
        ValueError,
        ["concat", "cpu", STRICT, "to_device"],
    ),
    "two backends, index": (
        lambda: ones(2)[xp.asarray([0], device=STRICT)],
        (ValueError, IndexError),
        ["cpu", STRICT, "to_device"],
    ),
    "two backends, assignment": (
        lambda: ones(2).__setitem__(0, xp.asarray(1.0, device=STRICT)),
        ValueError,
        ["set_item", "cpu", STRICT, "to_device"],
    ),
    "two backends, assignment at an index": (
        lambda: ones(2).__setitem__(xp.asarray([0], device=STRICT), 1.0),
        (ValueError, IndexError),
        ["cpu", STRICT, "to_device"],
    ),
    "two devices of a backend": (
        lambda: ones(2, device=STRICT) + ones(2, device=OTHER),
        ValueError,
        ["add", STRICT, OTHER, "to_device"],
    ),
    # data types
    "unknown data type": (lambda: xp.zeros(2, dtype="float8"), TypeError, ["zeros", "float8", "float32"]),
    "no data type": (lambda: xp.astype(ones(2), 3), TypeError, ["3", "float32"]),
    "strings": (lambda: xp.asarray("text"), TypeError, ["asarray", "text"]),
    "arrays of strings": (lambda: xp.asarray(np.array(["a"])), TypeError, ["asarray"]),
    "objects": (lambda: xp.asarray(object()), TypeError, ["asarray", "object"]),
    "a copy that is needed for a data type": (
        lambda: xp.asarray(ones(2), dtype="float32", copy=False),
        ValueError,
        ["asarray", "float64[2]", "copy=False"],
    ),
    "a copy that is needed for a device": (
        lambda: xp.asarray(ones(2), device=STRICT, copy=False),
        ValueError,
        ["asarray", "float64[2]", "copy=False"],
    ),
    "ragged": (lambda: xp.asarray([[1.0], [1.0, 2.0]]), ValueError, ["asarray"]),
    "a data type the device lacks": (
        lambda: xp.zeros(2, dtype=xp.float64, device=backends.STRICT_SINGLE),
        (TypeError, ValueError),
        ["float64"],
    ),
    "floor of complex": (lambda: xp.floor(ones(2, dtype=xp.complex64)), TypeError, ["floor", "complex64[2]"]),
    "shift of float": (lambda: ones(2) << 1, TypeError, ["bitwise_left_shift", "float64[2]"]),
    "int += float": (lambda: xp.asarray([1, 2]).__iadd__(1.5), TypeError, ["+=", "float64", "int64"]),
    "float *= complex": (lambda: ones(2).__imul__(1j), TypeError, ["*=", "complex128", "float64"]),
    "float[i] = complex": (lambda: ones(2).__setitem__(0, 1j), TypeError, ["assignment", "complex", "float64"]),
    "int[i] = tracked": (
        lambda: xp.asarray([1, 2]).__setitem__(0, xp.asarray(1.0, requires_grad=True)),
        TypeError,
        ["assignment", "int64", "gradient"],
    ),
    "a number too large": (lambda: xp.asarray([1], dtype=xp.int8) + 1000, OverflowError, ["add", "int8[1]", "1000"]),
    # shapes
    "add": (lambda: ones(3) + ones(2, 2), ValueError, ["add", "[3]", "[2, 2]"]),
    "matmul": (lambda: ones(2, 3) @ ones(2, 3), ValueError, ["matmul", "[2, 3]", "rows of 3", "columns of 2"]),
    "matmul, stacks": (lambda: ones(2, 2, 3) @ ones(3, 3, 4), ValueError, ["matmul", "stacks of (2,) and of (3,)"]),
    "matmul, number": (lambda: ones() @ ones(2), ValueError, ["matmul", "no dimension", "multiply()"]),
    "solve": (lambda: xp.linalg.solve(ones(3, 3), ones(4)), ValueError, ["solve", "rows of 3", "columns of 4"]),
    "solve, singular": (lambda: xp.linalg.solve(ones(2, 2), ones(2)), np.linalg.LinAlgError, ["solve", "ingular"]),
    "solve, not square": (lambda: xp.linalg.solve(ones(2, 3), ones(2)), np.linalg.LinAlgError, ["solve", "square"]),
    "matmul, Python's number": (lambda: ones(2, 2) @ 2.0, ValueError, ["matmul", "2.0", "multiply()"]),
    "solve, Python's number": (lambda: xp.linalg.solve(ones(2, 2), 2.0), ValueError, ["solve", "2.0"]),
    "vecdot, Python's number": (lambda: xp.vecdot(ones(2), 2.0), IndexError, ["vecdot", "2.0", "dimension 0"]),
    "cross, Python's number": (lambda: xp.linalg.cross(ones(3), 2.0), IndexError, ["cross", "2.0", "dimension 0"]),
    "vecdot": (lambda: xp.vecdot(ones(3), ones(4)), ValueError, ["vecdot", "vectors of 3", "vectors of 4"]),
    "cross": (lambda: xp.linalg.cross(ones(3), ones(4)), ValueError, ["cross", "3 elements", "(4,)"]),
    "cross, axis": (lambda: xp.linalg.cross(ones(3, 2), ones(3, 2), axis=5), IndexError, ["cross", "axis 5"]),
    "searchsorted, Python's number": (lambda: xp.searchsorted(1.0, ones(2)), ValueError, ["searchsorted", "not of 0"]),
    "searchsorted": (lambda: xp.searchsorted(ones(2, 2), ones(2)), ValueError, ["searchsorted", "not of 2"]),
    "reshape": (lambda: xp.reshape(ones(2, 3), (4,)), ValueError, ["reshape", "[2, 3]"]),
    "broadcast_to": (lambda: xp.broadcast_to(ones(3), (2, 2)), ValueError, ["broadcast_to", "[3]"]),
    "concat": (lambda: xp.concat([ones(2, 2), ones(3)]), ValueError, ["concat", "[2, 2]", "[3]"]),
    "stack": (lambda: xp.stack([ones(2), ones(3)]), ValueError, ["stack", "[2]", "[3]"]),
    "concat of none": (lambda: xp.concat([]), ValueError, ["concat"]),
    "squeeze": (lambda: xp.squeeze(ones(2, 1), 0), ValueError, ["squeeze", "(2, 1)"]),
    "sum over no axis": (lambda: xp.sum(ones(2), axis=3), (IndexError, ValueError), ["sum", "3"]),
    "permute_dims": (lambda: xp.permute_dims(ones(2, 3), (0,)), ValueError, ["permute_dims"]),
    "out of bounds": (lambda: ones(2)[5], IndexError, ["[2]", "5"]),
    "too many indices": (lambda: ones(2)[0, 0], IndexError, ["[2]"]),
    "an index of floats": (lambda: ones(2)[0.5], IndexError, ["0.5", "integer"]),
    "a mask of the wrong shape": (lambda: ones(2)[xp.asarray([True, False, True])], IndexError, ["[2]", "[3]"]),
    "assignment out of bounds": (lambda: ones(2).__setitem__(5, 1.0), IndexError, ["[2]", "5"]),
    "assignment of the wrong shape": (lambda: ones(2).__setitem__(slice(None), ones(3)), ValueError, ["[2]", "[3]"]),
    "in-place growth": (lambda: ones(2).__iadd__(ones(3, 2)), ValueError, ["+=", "(2,)", "(3, 2)"]),
    "inverse of no square": (lambda: xp.linalg.inv(ones(2, 3)), ValueError, ["inv", "[2, 3]"]),
    "singular": (lambda: xp.linalg.inv(ones(2, 2)), ValueError, ["inv", "ingular"]),
    "no shape": (lambda: xp.zeros(2.0), TypeError, ["integer", "2.0"]),
    "a shape of floats": (lambda: xp.reshape(ones(4), (2.0, 2)), TypeError, ["integer", "(2.0, 2)"]),
    "truth of several": (lambda: bool(ones(2, 3) > 0), TypeError, ["bool()", "(2, 3)", "all()"]),
    "a format for a number": (lambda: f"{ones(2):.3f}", TypeError, [".3f", "(2,)"]),
    "repeats": (lambda: xp.repeat(ones(3), xp.asarray([1, 2])), ValueError, ["repeat", "(2,)", "3"]),
    "three widths": (lambda: xp.pad(ones(2, 3), (1, 2, 3)), ValueError, ["pad", "pair", "(1, 2, 3)"]),
    "three widths for each axis": (lambda: xp.pad(ones(2), ((1, 2, 3),)), ValueError, ["pad", "pair", "(1, 2, 3)"]),
    "a width of floats": (lambda: xp.pad(ones(2, 3), 1.5), TypeError, ["pad", "integers", "1.5"]),
    "a slice to a float": (lambda: ones(2)[:1.5], TypeError, ["slice", "integers", "1.5"]),
    "tensordot": (lambda: xp.tensordot(ones(2, 2), ones(2, 2), axes=0.5), ValueError, ["tensordot", "0.5"]),
    # random numbers
    "no size": (lambda: xp.random.normal(size=(2.5,)), TypeError, ["normal", "size", "(2.5,)"]),
    "a negative size": (lambda: xp.random.random(-1), ValueError, ["random", "negative"]),
    "parameters that do not fit": (
        lambda: xp.random.normal(ones(3), ones(2)),
        ValueError,
        ["normal", "(3,)", "(2,)"],
    ),
    "a size that does not fit": (
        lambda: xp.random.uniform(ones(3), 2.0, size=4),
        ValueError,
        ["uniform", "(3,)", "(4,)"],
    ),
    "no such probability": (lambda: xp.random.binomial(3, 1.5), ValueError, ["binomial", "p > 1"]),
    "bounds without an integer": (lambda: xp.random.integers(5, 3), ValueError, ["integers", "low >= high"]),
    "more than there are": (lambda: xp.random.choice(3, 5, replace=False), ValueError, ["choice", "replace"]),
    "permutation of no axis": (lambda: xp.random.permutation(ones(2, 3), 4), IndexError, ["permutation", "4"]),
    "choice along no axis": (lambda: xp.random.choice(ones(2, 3), axis=4), IndexError, ["choice", "4"]),
    "no seed": (lambda: xp.random.manual_seed("text"), TypeError, ["text"]),
    "an axis by position": (lambda: xp.mean(ones(2, 3), 0), TypeError, ["mean(float64[2, 3])", "*, axis=None"]),
    "too few operands": (lambda: xp.where(ones(2) > 0), TypeError, ["where(bool[2])", "where(condition, x1, x2, /)"]),
    # gradients
    "integers, asarray": (lambda: xp.asarray([1, 2], requires_grad=True), TypeError, ["asarray", "int64"]),
    "integers, requires_grad_": (
        lambda: xp.asarray([1, 2]).requires_grad_(),
        TypeError,
        ["requires_grad", "int64", "astype"],
    ),
    "booleans": (
        lambda: setattr(xp.asarray(True), "requires_grad", True),
        TypeError,
        ["requires_grad", "bool", "astype"],
    ),
    "no scalar": (lambda: (ones(2, tracked=True) * 2).backward(), RuntimeError, ["backward()", "(2,)", "cotangent"]),
    "complex": (
        lambda: (ones(dtype=xp.complex128, tracked=True) * 2).backward(),
        RuntimeError,
        ["backward()", "complex"],
    ),
    "nothing recorded": (lambda: ones().backward(), RuntimeError, ["backward()", "requires a gradient"]),
    "wrong cotangent": (
        lambda: (ones(2, tracked=True) * 2).backward(ones(3)),
        ValueError,
        ["backward()", "(3,)", "(2,)"],
    ),
    "complex cotangent": (
        lambda: (ones(2, tracked=True) * 2).backward(ones(2) * 1j),
        ValueError,
        ["backward()", "complex", "float64"],
    ),
    "hook": (lambda: ones(2).register_hook(print), RuntimeError, ["hook", "requires a gradient"]),
    "export": (lambda: np.asarray(ones(2, tracked=True)), RuntimeError, ["NumPy", "detach()"]),
    "export of a tangent": (
        lambda: autograd.jvp(lambda x: xp.asarray(np.asarray(x)), (ones(2),), (ones(2),)),
        RuntimeError,
        ["NumPy", "detach()"],
    ),
    "export by method": (lambda: ones(2, tracked=True).numpy(), RuntimeError, ["detach()"]),
    "export by DLPack": (lambda: np.from_dlpack(ones(2, tracked=True)), BufferError, ["DLPack", "detach()"]),
    "assigning to a leaf": (
        lambda: ones(2, tracked=True).__setitem__(0, 1.0),
        RuntimeError,
        ["assignment", "(2,)", "leaf", "no_grad()"],
    ),
    "updating a leaf": (lambda: ones(2, tracked=True).__iadd__(1.0), RuntimeError, ["+=", "(2,)", "leaf", "no_grad()"]),
    "no tuple of arguments": (
        lambda: autograd.check_gradients(xp.sin, ones(2)),
        TypeError,
        ["check_gradients", "tuple", "Tensor"],
    ),
    "no partial derivative": (
        lambda: autograd.elementwise("double", None, forward=lambda xp, x: x * 2, doc="Twice."),
        TypeError,
        ["double", "constant()"],
    ),
    "fewer rules than operands": (
        lambda: autograd.op(vjps=(lambda xp, g, y, a, b: g,))(two_operands),
        TypeError,
        ["two_operands", "2 operands", "1 were given"],
    ),
    "more rules than operands": (
        lambda: autograd.linear(transpose=(lambda xp, g, y, a, b: g,) * 3)(two_operands),
        TypeError,
        ["two_operands", "2 operands", "3 were given"],
    ),
    "rules for each operand and for all": (
        lambda: autograd.op(vjps=(None, None), joint=lambda xp, needs, g, y, a, b: (g, g)),
        TypeError,
        ["vjps", "joint", "not both"],
    ),
    "a rule of forward mode alone": (
        lambda: autograd.op(jvp=lambda xp, tangents, y, a, b: tangents[0]),
        TypeError,
        ["jvp", "vjps or joint"],
    ),
    "a rule for a parameter": (
        lambda: autograd.op(vjps=(lambda xp, g, y, a: g,))(no_operand),
        TypeError,
        ["no_operand", "0 operands", "positional-only", "1 were given"],
    ),
    "the gradient of a tensor": (
        lambda: autograd.grad(xp.sum(ones(2, tracked=True))),
        TypeError,
        ["grad:", "function", "Tensor", "gradients()", "backward()"],
    ),
    "a Jacobian of a tensor": (lambda: autograd.jacobian(ones(2)), TypeError, ["jacobian:", "function", "Tensor"]),
    "no function, vjp": (lambda: autograd.vjp(3, ones(2)), TypeError, ["vjp:", "function", "int"]),
    "no function, jvp": (lambda: autograd.jvp(None, (ones(2),), (ones(2),)), TypeError, ["jvp:", "function", "None"]),
    "no function, linearize": (lambda: autograd.linearize(3, ones(2)), TypeError, ["linearize:", "function", "int"]),
    "no function, checkpoint": (lambda: autograd.checkpoint(ones(2)), TypeError, ["checkpoint:", "function", "Tensor"]),
    "no function, check_gradients": (
        lambda: autograd.check_gradients(ones(2), (ones(2),)),
        TypeError,
        ["check_gradients:", "function", "Tensor"],
    ),
    "an argument in the place of argnums": (
        lambda: autograd.grad(xp.sum, ones(2)),
        TypeError,
        ["grad:", "argnums", "integer", "Tensor"],
    ),
    "None in the place of an argument": (
        lambda: autograd.hessian(lambda p: 0.0)(None),
        TypeError,
        ["hessian:", "argument 0", "None", "vjp"],
    ),
    "a number in the place of a function to decorate": (
        lambda: autograd.no_grad(3),
        TypeError,
        ["no_grad", "function", "with", "3"],
    ),
    "integers among the parameters": (
        lambda: autograd.grad(lambda p: xp.sum(p["w"]))({"w": ones(2), "n": xp.asarray(3)}),
        TypeError,
        ["grad:", "argument 0['n']", "int64", "astype", "vjp"],
    ),
    "an argument by name": (
        lambda: autograd.grad(lambda x, y: x * y, argnums=1)(1.0, y=2.0),
        ValueError,
        ["grad:", "argnums=1", "1 positional arguments", "by name"],
    ),
    "a cotangent for several": (
        lambda: autograd.vjp(lambda x: (x, x), ones(2))[1](ones(2)),
        ValueError,
        ["vjp:", "structure", "(*, *)", "a single tensor (*)"],
    ),
    "a Hessian of complex arguments": (
        lambda: autograd.hessian(lambda z: xp.sum(xp.abs(z)))(ones(2, dtype=xp.complex128)),
        TypeError,
        ["hessian:", "real", "hvp"],
    ),
    "a cotangent elsewhere, backward": (
        lambda: (ones(2, tracked=True) * 2).backward(ones(2, device=STRICT)),
        ValueError,
        ["backward()", STRICT, "cpu", "to_device()"],
    ),
    "a cotangent elsewhere, gradients": (
        lambda: autograd.gradients(y := ones(2, tracked=True) * 2, y, ones(2, device=STRICT)),
        ValueError,
        ["gradients", STRICT, "cpu", "to_device()"],
    ),
    "a cotangent elsewhere, vjp": (
        lambda: autograd.vjp(xp.sin, ones(2))[1](ones(2, device=STRICT)),
        ValueError,
        ["vjp", STRICT, "cpu", "to_device()"],
    ),
    "a tangent elsewhere": (
        lambda: autograd.jvp(xp.sin, (ones(2),), (ones(2, device=STRICT),)),
        ValueError,
        ["jvp", STRICT, "cpu", "to_device()"],
    ),
    "a gradient elsewhere, hook": (lambda: hooked(ones(2, device=STRICT)), ValueError, ["hook", STRICT, "cpu"]),
    "a gradient elsewhere, grad": (
        lambda: setattr(ones(2, tracked=True), "grad", ones(2, device=STRICT)),
        ValueError,
        [STRICT, "cpu", "to_device()"],
    ),
    "gradients of nothing": (lambda: autograd.gradients(ones(), ones()), RuntimeError, ["gradients", "requires_grad"]),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.host
def test_an_error_names_what_is_wrong_and_what_to_do(name):
    function, kind, words = CASES[name]
    with pytest.raises(kind) as caught:
        function()
    message = str(caught.value)
    assert [word for word in words if word not in message] == [], message
    assert "<" not in message or "object at 0x" not in message, "no address in a message"


# What each function refuses, as its docstring says: the call, and of what kind the error is.
REFUSED = [
    ("asarray(x, copy=False, requires_grad=True)", ValueError),
    ("asarray(1.0, copy=False)", ValueError),
    ("asarray([x, x], copy=False)", ValueError),
    ("asarray(np.ones(2), copy=False, dtype=xp.float32)", ValueError),
    ("asarray(np.ones(2, dtype='M8[s]'))", TypeError),
    ("asarray(object())", TypeError),
    ("from_dlpack([1.0])", AttributeError),
    ("full(2, 300, dtype=xp.int8)", OverflowError),
    ("arange(0, 1, 0)", ValueError),
    ("arange(0, x[0], xp.asarray(0.0))", ValueError),
    ("arange(x)", TypeError),
    ("linspace(0.0, 1.0, -1)", ValueError),
    ("meshgrid(m)", ValueError),
    ("meshgrid(x, indexing='yx')", ValueError),
    ("result_type()", ValueError),
    ("isdtype(xp.int8, 'whole')", TypeError),
    ("finfo(xp.int8)", TypeError),
    ("iinfo(xp.float32)", TypeError),
    ("astype(z, xp.float64)", TypeError),
    ("take(m, i)", ValueError),
    ("take(x, i)", IndexError),
    ("tensordot(x, x, axes=2)", ValueError),
    ("tensordot(x, x, axes=-1)", ValueError),
    ("tensordot(m, m, axes=((0,), (0, 1)))", ValueError),
    ("tensordot(m, m, axes=None)", ValueError),
    ("vecdot(m, x, axis=0)", ValueError),
    ("matmul(x, xp.asarray(1.0))", ValueError),
    ("flip(m, axis=(0, 0))", IndexError),
    ("reshape(m.T, (4,), copy=False)", ValueError),
    ("reshape(m, (3, -1))", ValueError),
    ("squeeze(m, 0)", ValueError),
    ("moveaxis(m, (0, 1), 0)", ValueError),
    ("permute_dims(m, (0,))", ValueError),
    ("expand_dims(m, 5)", IndexError),
    ("concat([x, m])", ValueError),
    ("concat([])", ValueError),
    ("stack([x, m])", ValueError),
    ("unstack(x, axis=1)", IndexError),
    ("broadcast_to(x, (2,))", ValueError),
    ("broadcast_shapes((2,), (3,))", ValueError),
    ("repeat(x, [1.0, 2.0, 3.0])", TypeError),
    ("repeat(x, [1, 2])", ValueError),
    ("roll(x, 1, axis=1)", IndexError),
    ("nonzero(xp.asarray(1.0))", ValueError),
    ("searchsorted(x, x, side='middle')", ValueError),
    ("argmax(x[:0])", ValueError),
    ("max(x[:0])", ValueError),
    ("cumulative_sum(xp.asarray(1.0))", ValueError),
    ("cumulative_prod(m)", ValueError),
    ("diff(x, n=-1)", ValueError),
    ("all(x, axis=1)", IndexError),
    ("fft.fftfreq(3, dtype=xp.int64)", ValueError),
    ("bincount(x)", ValueError),
    ("bincount(-i)", ValueError),
    ("cov(xp.ones((2, 2, 2)))", ValueError),
    ("cov(m, fweights=i)", ValueError),
    ("ext.one_hot(x, 3)", TypeError),
    ("einsum()", ValueError),
    ("einsum('ij,jk', m)", ValueError),
    ("einsum('ij,jk', m, xp.ones((3, 2)))", ValueError),
    ("einsum('ij->k', m)", ValueError),
    ("quantile(x, 2.0)", ValueError),
    ("quantile(x, m)", ValueError),
    ("quantile(x[:0], 0.5)", ValueError),
    ("quantile(x, 0.5, method='best')", ValueError),
    ("nanquantile(x, 2.0)", ValueError),
    ("median(x, axis=1)", IndexError),
    ("nanmedian(x, axis=1)", IndexError),
    ("quantile(z, 0.5)", TypeError),
    ("gradient(x[:1])", ValueError),
    ("gradient(x, i[:2])", ValueError),
    ("gradient(x, edge_order=3)", ValueError),
    ("gradient(m, 1.0, 1.0, 1.0)", ValueError),
    ("interp(x, x, x[:2])", ValueError),
    ("interp(z, x, x)", TypeError),
    ("convolve(x, x[:0])", ValueError),
    ("convolve(x, x, 'most')", ValueError),
    ("diag(xp.ones((2, 2, 2)))", ValueError),
    ("pad(x, [(1, 1), (1, 1)])", ValueError),
    ("pad(x, (-1, 0))", ValueError),
    ("pad(x, 1, mode='mean')", ValueError),
    ("pad(x[:0], 1, mode='edge')", ValueError),
    ("pad(x, 'one')", TypeError),
    ("ext.sliding_window_view(x, 4)", ValueError),
    ("ext.sliding_window_view(x, (1, 1))", ValueError),
    ("ext.softmax(z)", TypeError),
    ("ext.logsumexp(z)", TypeError),
    ("ext.expm(xp.ones((2, 3)))", ValueError),
    ("ext.sqrtm(x)", ValueError),
    ("random.normal(scale=-1.0)", ValueError),
    ("random.normal(x, m)", ValueError),
    ("random.binomial(-1, 0.5)", ValueError),
    ("random.choice(2, 3, replace=False)", ValueError),
    ("random.integers(3, 2)", ValueError),
    ("random.uniform(1j)", TypeError),
    ("special.multigammaln(x, 0)", ValueError),
]


@pytest.mark.parametrize(("call", "kind"), REFUSED)
@pytest.mark.host
def test_a_documented_error_is_raised_and_names_the_function(call, kind):
    names = {
        "np": np, "xp": xp, "x": xp.asarray([1.0, 2.0, 3.0]), "i": xp.asarray([1, 2, 3]), "z": xp.asarray([1j]),
        "m": xp.asarray([[1.0, 2.0], [3.0, 4.0]]),
    }  # fmt: skip
    with pytest.raises(kind, match=call.partition("(")[0].rpartition(".")[2]):
        eval(f"xp.{call}", names)


@pytest.mark.host
def test_an_error_of_a_backend_is_of_a_conventional_type():
    """Or of a kind of it: those who know NumPy catch its LinAlgError, and nobody else has to."""
    with pytest.raises(ValueError, match="inv") as caught:
        xp.linalg.inv(ones(2, 2))
    assert type(caught.value) is np.linalg.LinAlgError
    with pytest.raises(IndexError) as caught:
        ones(2)[7]
    assert type(caught.value) is IndexError


@pytest.mark.parametrize("path", ELSEWHERE)
def test_a_name_of_another_library_says_what_it_is_called_here(path):
    room, _, name = path.rpartition(".")
    module = getattr(xp, room) if room else xp
    with pytest.raises(AttributeError, match=name) as caught:
        getattr(module, name)
    assert not hasattr(module, name) and (caught.value.name, caught.value.obj) == (name, module)
    for there in ELSEWHERE[path].split("(")[0].split(" or "):
        assert there in str(caught.value) and callable(operator.attrgetter(there)(xp))


def test_a_second_backward_through_a_freed_graph():
    x = ones(2, tracked=True)
    y = xp.sum(x * x)
    y.backward()
    with pytest.raises(RuntimeError, match=r"backward\(\).*freed.*retain_graph=True"):
        y.backward()
    assert x.grad.tolist() == [2.0, 2.0] and y.item() == 2.0


FAILING = {
    "a wrong shape": lambda x, y: x + ones(7),
    "in place, wrong shape": lambda x, y: y.__iadd__(ones(7, 2)),
    "in place, wrong kind": lambda x, y: y.__imul__(1j),
    "in place, other backend": lambda x, y: y.__imul__(ones(2, device=STRICT)),
    "assignment, wrong shape": lambda x, y: y.__setitem__(slice(None), ones(7)),
    "assignment, tracked and wrong shape": lambda x, y: y.__setitem__(slice(None), ones(7, tracked=True)),
    "assignment, out of bounds": lambda x, y: y.__setitem__([0, 5], 3.0),
    "assignment, no index": lambda x, y: y.__setitem__("a", 3.0),
    "assignment, complex": lambda x, y: y.__setitem__(0, 2j),
    "assignment, wrong shape through a view": lambda x, y: y[1:].__setitem__(slice(None), ones(7, tracked=True)),
    "assignment, mask of the wrong length": lambda x, y: y.__setitem__([True, False, True], 3.0),
    "assignment to a leaf": lambda x, y: x.__setitem__(0, 3.0),
    "update of a leaf's view": lambda x, y: x[:1].__iadd__(3.0),
    "export": lambda x, y: np.asarray(y),
    "backward of several": lambda x, y: y.backward(),
    "backward, wrong cotangent": lambda x, y: y.backward(ones(3)),
    "no square": lambda x, y: xp.linalg.inv(xp.zeros((2, 3)) + xp.sum(y) * 0),
}


@pytest.mark.parametrize(
    "name",
    # CuPy, which asks no device for values, wraps such an index around.
    [pytest.param(name, marks=pytest.mark.host) if name.endswith("out of bounds") else name for name in FAILING],
)
def test_after_an_error_the_operands_are_as_they_were(name):
    x = xp.asarray([1.0, 2.0], requires_grad=True)
    y = x * 3
    view = y[1:]
    edges = x._edge, y._edge
    with pytest.raises((TypeError, ValueError, IndexError, RuntimeError)):
        FAILING[name](x, y)
    assert x.tolist() == [1.0, 2.0] and y.tolist() == [3.0, 6.0] and view.tolist() == [6.0]
    assert (x._edge, y._edge) == edges and x.is_leaf and x.grad is None and xp.is_grad_enabled()
    y[0] = 5.0
    assert y.tolist() == [5.0, 6.0]
    xp.sum(y * y).backward()
    assert x.grad.tolist() == [0.0, 36.0]


@pytest.mark.parametrize("device", ["cpu", STRICT])
def test_after_an_error_untracked_tensors_are_as_they_were(device):
    x = xp.asarray([1.0, 2.0], device=device)
    n = xp.asarray([1, 2], device=device)
    for call, kind in (
        (lambda: n.__iadd__(1.5), TypeError),
        (lambda: n.__itruediv__(2), TypeError),
        (lambda: x.__iadd__(xp.asarray(np.ones(3), device=device)), ValueError),
        (lambda: x.__setitem__(slice(None), xp.asarray(np.ones(3), device=device)), (ValueError, RuntimeError)),
        (lambda: x[:1].__iadd__(1j), TypeError),
        (lambda: x.__setitem__(5, 1.0), IndexError),
    ):
        with pytest.raises(kind):
            call()
        assert x.tolist() == [1.0, 2.0] and n.tolist() == [1, 2] and n.dtype == xp.int64


def test_a_plug_in_that_cannot_be_loaded_says_so():
    from apitensor._core.backend import _registered, register_backend

    def load():
        raise ImportError("this one needs a library that is not installed: pip install it")

    register_backend("broken", load)
    try:
        for _ in range(2):
            with pytest.raises(ImportError, match="pip install"):
                xp.zeros(2, device="broken")
    finally:
        del _registered["broken"]
    with pytest.raises(ValueError, match="broken"):
        xp.zeros(2, device="broken")
