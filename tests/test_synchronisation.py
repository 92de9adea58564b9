"""Nothing waits for a device unasked: every op and its derivatives on a device whose values cannot be asked for.

A device that queues its work is only as fast as it is left alone: a single `if` on a value makes the program wait for
all that was queued. The device "waiting" is NumPy's memory behind arrays that refuse to be tested, converted to a
number or copied to the host, whose shapes may not depend on data, and whose backend says that tests are not free
(`host=False`), as CuPy's does.
"""

from __future__ import annotations

import contextlib
import functools
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

import apitensor as xp
import apitensor_numpy
from apitensor._core.backend import Backend, register_backend
from apitensor.autograd import gradients, jvp
from tests.gradients import as_function
from tests.samples import SAMPLES, Operand
from tests.test_ops import flat, inner, like, meant

_asking = False


@contextlib.contextmanager
def asking():
    """Where the test itself looks at values, as a user may."""
    global _asking
    before, _asking = _asking, True
    try:
        yield
    finally:
        _asking = before


class Waited(Exception):
    """Somebody asked for a value."""


def _refuse(name):
    def method(self, *args):
        if not _asking:
            raise Waited(f"{name} of an array on a device that queues its work")
        return getattr(np.ndarray, name)(self, *args)

    return method


class QueuedArray(np.ndarray):
    """A NumPy array whose values are not to be had."""

    for _name in ("__bool__", "__int__", "__float__", "__complex__", "__index__", "__contains__", "item", "tolist"):
        locals()[_name] = _refuse(_name)
    del _name

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return queue(
            getattr(ufunc, method)(*[dequeue(x) for x in inputs], **{k: dequeue(x) for k, x in kwargs.items()})
        )

    def __array_function__(self, function, types, args, kwargs):
        raise TypeError(f"{function.__name__} is NumPy's, and this array is not")

    def __getitem__(self, key):
        if not _asking and any(_is_mask(part) for part in (key if isinstance(key, tuple) else (key,))):
            raise Waited("a shape that depends on a mask")
        return queue(dequeue(self)[dequeue(key)])

    def __setitem__(self, key, value):
        dequeue(self)[dequeue(key)] = dequeue(value)


def _is_mask(part):
    return isinstance(part, np.ndarray) and part.dtype == bool


def queue(result):
    """What a function returned, with its arrays as ones of this device."""
    if isinstance(result, tuple):
        parts = [queue(part) for part in result]
        return type(result)(*parts) if hasattr(result, "_fields") else tuple(parts)
    if isinstance(result, list):
        return [queue(part) for part in result]
    return np.asarray(result).view(QueuedArray) if isinstance(result, (np.ndarray, np.generic)) else result


def dequeue(argument):
    """The same array for NumPy's own code, which stands for the device's kernels."""
    if isinstance(argument, (tuple, list)) and not hasattr(argument, "_fields"):
        return type(argument)(dequeue(part) for part in argument)
    return argument.view(np.ndarray) if isinstance(argument, QueuedArray) else argument


# What has a shape that depends on data
WAITING = ("nonzero", "unique_all", "unique_counts", "unique_inverse", "unique_values")


def _on_device(function):
    @functools.wraps(function)
    def call(*args, **kwargs):
        if function.__name__ in WAITING and not _asking:
            raise Waited(f"the shape of {function.__name__}")
        return queue(function(*[dequeue(x) for x in args], **{k: dequeue(x) for k, x in kwargs.items()}))

    return call


def on_device(namespace):
    """A namespace whose functions take and give arrays of this device."""
    copy = SimpleNamespace()
    for name in dir(namespace):
        value = getattr(namespace, name)
        if isinstance(value, ModuleType) and name in ("linalg", "fft", "special"):
            value = on_device(value) if name != "special" else Special(value)
        elif callable(value) and not isinstance(value, type):
            value = _on_device(value)
        if name not in ("has_nan", "safe_multiply"):  # NumPy's test values
            setattr(copy, name, value)
    return copy


class Special:
    """The special functions, looked up when they are first asked for."""

    def __init__(self, module):
        self.module = module

    def __getattr__(self, name):
        return _on_device(getattr(self.module, name))


def _to_numpy(array):
    if not _asking:
        raise Waited("a copy to the host")
    return dequeue(array)


def load_queued():
    """NumPy as a device that queues its work."""
    plugin = apitensor_numpy.load()
    return Backend(
        name="queued",
        namespace=on_device(plugin.namespace),
        array_type=QueuedArray,
        devices={"waiting": "cpu"},
        as_array=queue,
        to_numpy=_to_numpy,
        from_numpy=lambda array, device: queue(np.array(array)),
        aliases=_on_device(plugin.aliases),
        write=lambda x, key, value: _on_device(plugin.write)(x, key, value),
        add_in_place=_on_device(plugin.add_in_place),
        quiet=plugin.quiet,
    )


register_backend("waiting", load_queued)


# What has to know a value, by name or by record, as the user manual says: shapes that depend on data (indexing by a
# mask, counts, sets, bins).
WAITS = {
    *("nonzero", "unique_all", "unique_counts", "unique_inverse", "unique_values", "bincount", "arange-1"),
    *("Tensor.__getitem__-15", "Tensor.__getitem__-16", "Tensor.__getitem__-21"),
    *("Tensor.__setitem__-14", "Tensor.__setitem__-15", "Tensor.__setitem__-19"),
}


def place(sample, which, device="waiting"):
    """The operands of a sample on the device that queues."""
    return [
        xp.asarray(x, device=device) if isinstance(s, Operand) else x
        for s, x in zip(sample.operands, sample.draw(which), strict=True)
    ]


def differentiate(sample, operands):
    """The value of a sample, and its derivatives in reverse mode, of second order and in forward mode."""
    moving = [operands[i] for i in sample.wrt]
    for x in moving:
        x.requires_grad_()
    with meant(sample):
        results = flat(sample.call(xp, *operands))
    if not moving:
        return
    tracking = [y for y in results if y.requires_grad]
    rng = np.random.default_rng(0)
    u = [like(rng, y) for y in tracking]
    v = [like(rng, x) for x in moving]
    with meant(sample, derivatives=True):
        gradients(tracking, moving, u, retain_graph=True)
        slope = inner(v, gradients(tracking, moving, u, create_graph=True))
        if slope.requires_grad:
            gradients(slope, moving, allow_unused=True)
        function = as_function(sample, [x.detach() if isinstance(x, xp.Tensor) else x for x in operands])
        jvp(function, tuple(x.detach() for x in moving), tuple(v))


@pytest.mark.parametrize(
    ("sample", "which"), [pytest.param(s, which, id=f"{s.id}-{which}") for s in SAMPLES for which in s.fields]
)
def test_nothing_waits_but_what_has_to(sample, which):
    operands = place(sample, which)
    if sample.id in WAITS or sample.name in WAITS:
        with pytest.raises(Waited):
            differentiate(sample, operands)
        with asking():
            differentiate(sample, operands)
    else:
        differentiate(sample, operands)


def test_the_device_is_not_asked_for_what_came_from_it():
    """A loss on the CPU, where tests are free, of weights on a device where they are not."""
    w = xp.asarray([1.0, 4.0], device="waiting", requires_grad=True)
    with asking():
        moved = xp.sqrt(w).to_device("cpu")
    for create_graph in (False, True):
        xp.sum(moved**2).backward(retain_graph=True, create_graph=create_graph)
    with asking():
        assert w.grad.tolist() == [2.0, 2.0]


def test_asking_is_noticed():
    x = xp.asarray([1.0, 2.0], device="waiting")
    for ask in (lambda: bool(x[0]), lambda: float(x[0]), lambda: x[0].item(), x.tolist, lambda: x[x > 1], x.numpy):
        with pytest.raises(Waited):
            ask()
    with asking():
        assert x.tolist() == [1.0, 2.0]
