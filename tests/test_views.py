"""Views and writes: a tensor is a mutable name for an immutable array, a view is a name with a recipe over another name.

Programs of views and writes are drawn at random and run twice, on tensors and on a model in NumPy in which a view is an array of
positions in the flat elements: so the model shares no idea with the implementation.
"""

import gc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import apitensor as xp
from apitensor import autograd
from tests import backends

SHAPES = [(6,), (2, 3), (3, 1, 4), (2, 2, 3), (1,), (0, 3), ()]


# ---- the model


class Model:
    """Flat real numbers; a name is (positions of the real parts, whether the imaginary parts follow them)."""

    def __init__(self, base):
        self.complex = np.iscomplexobj(base)
        flat = np.ravel(base)
        self.data = np.stack([flat.real, flat.imag], axis=-1).ravel() if self.complex else flat.astype(float)
        self.names = [(np.arange(flat.size).reshape(base.shape) * (1 + self.complex), self.complex)]
        self.kept = []

    def read(self, name):
        at, is_complex = self.names[name]
        return self.data[at] + 1j * self.data[at + 1] if is_complex else self.data[at]

    def view(self, name, kind, argument):
        at, is_complex = self.names[name]
        if kind == "getitem":
            at = at[argument]
        elif kind == "reshape":
            at = at.reshape(argument)
        elif kind == "permute":
            at = at.transpose(argument)
        elif kind == "flip":
            at = np.flip(at, argument)
        elif kind == "expand":
            at = np.expand_dims(at, argument)
        elif kind == "squeeze":
            at = np.squeeze(at, argument)
        elif is_complex:  # real, imag
            at, is_complex = at + (kind == "imag"), False
        self.names.append((np.asarray(at), is_complex))

    def write(self, name, key, value):
        at, is_complex = self.names[name]
        at = np.asarray(at[key])
        value = np.broadcast_to(value, at.shape).copy()
        self.data[at] = value.real
        if is_complex:
            self.data[at + 1] = value.imag

    def update(self, name, symbol, value):
        old = self.read(name)
        self.write(name, ..., {"+": old + value, "-": old - value, "*": old * value}[symbol])

    def keep(self, name):
        value = self.read(name)
        self.kept.append(value * value)


class Real:
    """The same on tensors."""

    def __init__(self, base):
        self.names = [base]
        self.kept = []

    def read(self, name):
        return self.names[name]

    def view(self, name, kind, argument):
        x = self.names[name]
        functions = {
            "getitem": lambda: x[argument],
            "reshape": lambda: xp.reshape(x, argument),
            "permute": lambda: xp.permute_dims(x, argument),
            "flip": lambda: xp.flip(x, axis=argument),
            "expand": lambda: xp.expand_dims(x, axis=argument),
            "squeeze": lambda: xp.squeeze(x, axis=argument),
            "real": lambda: xp.real(x),
            "imag": lambda: xp.imag(x),
        }
        self.names.append(functions[kind]())

    def write(self, name, key, value):
        self.names[name][key] = value

    def update(self, name, symbol, value):
        x = self.names[name]
        if symbol == "+":
            x += value
        elif symbol == "-":
            x -= value
        else:
            x *= value
        assert x is self.names[name]

    def keep(self, name):
        self.kept.append(self.names[name] * self.names[name])


def run(program, machine, values):
    """Execute a program; `values` is a vector that array writes take their elements from."""
    for action, name, *rest in program:
        if action == "view":
            machine.view(name, *rest)
        elif action == "keep":
            machine.keep(name)
        else:
            where, source = rest
            kind, what = source
            if kind == "name":
                value = machine.read(what) * 0.5
            elif kind == "self":
                value = machine.read(what)
            elif kind == "values":
                start, shape = what
                value = values[start : start + int(np.prod(shape))].reshape(shape) if isinstance(machine, Model) else xp.reshape(
                    values[start : start + int(np.prod(shape))], shape
                )
            else:
                value = what
            machine.write(name, where, value) if action == "write" else machine.update(name, where, value)
    return [*machine.kept, *[machine.read(name) for name in range(len(machine.names))]]


# ---- programs


def _keys(draw, shape, advanced, none=True):
    """A key for an array of this shape: integers, slices, None and an ellipsis, and perhaps a mask or a list."""
    if advanced and draw(st.integers(0, 3)) == 0:
        if shape and shape[0] and draw(st.booleans()):
            return draw(st.lists(st.integers(-shape[0], shape[0] - 1), min_size=1, max_size=4))
        return np.array(draw(st.lists(st.booleans(), min_size=int(np.prod(shape)), max_size=int(np.prod(shape)))), dtype=bool).reshape(shape)
    key = []
    used = draw(st.integers(0, len(shape)))
    for n in shape[:used]:
        choice = draw(st.integers(0, 3))
        if choice == 0 and n:
            key.append(draw(st.integers(-n, n - 1)))
        elif choice == 1:
            start, stop = sorted([draw(st.integers(0, n)), draw(st.integers(0, n))])
            key.append(slice(start, stop, draw(st.sampled_from([None, 1, 2]))))
        elif choice == 2 and n:
            key.append(slice(None, None, -1))
        else:
            key.append(slice(None))
    if none and draw(st.booleans()):
        key.insert(draw(st.integers(0, len(key))), None)
    if used < len(shape):
        key.append(...)
    return tuple(key)


@st.composite
def programs(draw, advanced=True, steps=12):
    shape = draw(st.sampled_from(SHAPES))
    is_complex = draw(st.booleans())
    model = Model(np.zeros(shape, dtype=complex if is_complex else float))
    program = []
    taken = 0
    for _ in range(draw(st.integers(1, steps))):
        name = draw(st.integers(0, len(model.names) - 1))
        shape = model.names[name][0].shape
        action = draw(st.sampled_from(["view", "view", "write", "write", "update", "keep"]))
        if action == "view":
            kind = draw(st.sampled_from(["getitem", "reshape", "permute", "flip", "expand", "squeeze", "real", "imag"]))
            if kind == "imag" and not model.names[name][1]:
                continue
            argument = None
            if kind == "getitem":
                argument = _keys(draw, shape, False)
            elif kind == "reshape":
                argument = draw(st.sampled_from([(int(np.prod(shape)),), shape[::-1], (1, *shape)]))
            elif kind == "permute":
                argument = tuple(draw(st.permutations(range(len(shape)))))
            elif kind == "flip":
                argument = draw(st.sampled_from([None, *range(len(shape))]))
            elif kind == "expand":
                argument = draw(st.integers(-len(shape) - 1, len(shape)))
            elif kind == "squeeze":
                ones = [i for i, n in enumerate(shape) if n == 1]
                if not ones:
                    continue
                argument = draw(st.sampled_from(ones))
            program.append(("view", name, kind, argument))
            model.view(name, kind, argument)
        elif action == "keep":
            program.append(("keep", name))
        else:
            if action == "write":
                where = _keys(draw, shape, advanced, none=advanced)  # the standard has None in reading only
                target = model.names[name][0][where].shape
            else:
                where = draw(st.sampled_from("+-*"))
                target = shape
            fitting = [
                i
                for i, (at, c) in enumerate(model.names)
                if (not c or model.names[name][1]) and _fits(at.shape, target)
            ]
            kind = draw(st.sampled_from(["scalar", "values", "name", "self"]))
            if kind in ("name", "self") and not fitting:
                kind = "scalar"
            if kind == "self" and where == "*":
                kind = "name"
            if kind == "values" and taken + int(np.prod(target)) > 60:
                kind = "scalar"
            if kind == "scalar":
                source = draw(st.sampled_from([0.0, 0.5, -1.25, 1]))
                if model.names[name][1] and draw(st.booleans()):
                    source = 0.5 - 0.25j
            elif kind == "values":
                source = (taken, draw(st.sampled_from([target, target[1:]])))
                taken += int(np.prod(source[1]))
            else:
                source = draw(st.sampled_from(fitting))
            program.append((action, name, where, (kind, source)))
    return model.names[0][0].shape, is_complex, program


def _fits(shape, target):
    try:
        return np.broadcast_shapes(shape, target) == target
    except ValueError:
        return False


def _inputs(shape, is_complex, seed=0):
    rng = np.random.default_rng(seed)
    base = rng.uniform(-1, 1, shape)
    if is_complex:
        base = base + 1j * rng.uniform(-1, 1, shape)
    return np.asarray(base), rng.uniform(-1, 1, 60)


SETTINGS = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


def _compare(found, expected):
    assert len(found) == len(expected)
    for i, (mine, right) in enumerate(zip(found, expected, strict=True)):
        mine = np.asarray(mine.detach().to_device("cpu"))
        assert mine.shape == right.shape, i
        np.testing.assert_allclose(mine, right, rtol=1e-12, atol=1e-12, err_msg=f"result {i}")


@SETTINGS
@given(programs())
def test_values_equal_the_models(drawn):
    shape, is_complex, program = drawn
    base, values = _inputs(shape, is_complex)
    expected = run(program, Model(base), values)
    _compare(run(program, Real(xp.asarray(base)), xp.asarray(values)), expected)


@SETTINGS
@given(programs())
def test_values_and_gradients_of_tracked_programs_equal_the_models(drawn):
    shape, is_complex, program = drawn
    base, values = _inputs(shape, is_complex)
    p, q = xp.asarray(base, requires_grad=True), xp.asarray(values, requires_grad=True)
    results = run(program, Real(p * 1), q)
    _compare(results, run(program, Model(base), values))

    def loss(base, values):
        return sum(float(np.sum(np.real(y) * _weight(y.shape)) + np.sum(np.imag(y) * _weight(y.shape, 1))) for y in run(program, Model(base), values))

    total = xp.sum(p * 0 + 0 * xp.sum(q)) if not is_complex else xp.sum(xp.real(p) * 0) + 0 * xp.sum(q)
    for y in results:
        total = total + xp.sum(xp.real(y) * xp.asarray(_weight(y.shape)))
        if y.dtype.kind == "c":
            total = total + xp.sum(xp.imag(y) * xp.asarray(_weight(y.shape, 1)))
    np.testing.assert_allclose(float(total.detach()), loss(base, values), rtol=1e-10, atol=1e-10)
    total.backward()
    for seed in (1, 2):
        d, e = _inputs(shape, is_complex, seed)
        h = 1e-5
        slope = (loss(base + h * d, values + h * e) - loss(base - h * d, values - h * e)) / (2 * h)
        g, k = np.asarray(p.grad), np.asarray(q.grad)
        assert g.dtype == base.dtype
        np.testing.assert_allclose(np.sum(np.real(np.conj(g) * d)) + np.sum(k * e), slope, rtol=1e-6, atol=1e-6)


def _weight(shape, shift=0):
    return np.cos(np.arange(np.prod(shape, dtype=int)) + shift).reshape(shape)


@pytest.mark.parametrize("device", [backends.READONLY, "array_api_strict:device1"])
@settings(SETTINGS, max_examples=60)
@given(programs(advanced=False))
def test_every_backend_gives_the_same_values_and_gradients(device, drawn):
    shape, is_complex, program = drawn
    base, values = _inputs(shape, is_complex)
    grads = []
    for where in ("cpu", device):
        p = xp.asarray(base, device=where, requires_grad=True)
        q = xp.asarray(values, device=where, requires_grad=True)
        results = run(program, Real(p * 1), q)
        _compare(results, run(program, Model(base), values))
        total = xp.sum(xp.abs(p) * 0) + xp.sum(q) * 0
        for y in results:
            total = total + xp.sum(xp.real(y) * xp.asarray(_weight(y.shape), device=where))
        total.backward()
        grads.append([np.asarray(g.to_device("cpu")) for g in (p.grad, q.grad)])
    for mine, right in zip(*grads, strict=True):
        np.testing.assert_allclose(mine, right, rtol=1e-12, atol=1e-12)


@settings(SETTINGS, max_examples=60)
@given(programs())
def test_forward_mode_goes_through_views_and_writes(drawn):
    shape, is_complex, program = drawn
    base, values = _inputs(shape, is_complex)
    d, e = _inputs(shape, is_complex, 3)

    def function(p, q):
        return tuple(run(program, Real(p * 1), q))

    ys, ts = autograd.jvp(function, (xp.asarray(base), xp.asarray(values)), (xp.asarray(d), xp.asarray(e)))
    _compare(ys, run(program, Model(base), values))
    h = 1e-5
    above, below = (run(program, Model(base + s * d), values + s * e) for s in (h, -h))
    for t, a, b in zip(ts, above, below, strict=True):
        np.testing.assert_allclose(np.asarray(t), (a - b) / (2 * h), rtol=1e-6, atol=1e-6)
