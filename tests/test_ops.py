"""What is to be known of every op, over the records in tests/samples.py, on every backend."""

from __future__ import annotations

import contextlib
import inspect
import operator
import warnings
from dataclasses import dataclass
from dataclasses import field as field_
from functools import cache

import numpy as np
import pytest

import apitensor as xp
from apitensor.autograd import gradients, jvp, op
from tests.backends import CPU, READONLY, STRICT, STRICT_SINGLE
from tests.gradients import as_function, compare, place
from tests.samples import SAMPLES, Operand, Sample, resolve

EPS = np.finfo(np.float64).eps


def cases(chosen):
    """The samples that are chosen, over each of their fields, as parameters of a test."""
    return [pytest.param(s, which, id=f"{s.id}-{which}") for s in SAMPLES if chosen(s) for which in s.fields]


def over(chosen):
    return pytest.mark.parametrize(("sample", "which"), cases(chosen))


def is_differentiable(sample):
    return bool(sample.wrt)


@contextlib.contextmanager
def meant(sample, derivatives=False):
    """Values that warn on purpose do not fail the test: NumPy warns of poles, of functions and of their derivatives."""
    with warnings.catch_warnings():
        if sample.warns:
            warnings.filterwarnings("ignore", message=sample.warns, category=RuntimeWarning)
        if derivatives and not sample.smooth:
            warnings.filterwarnings("ignore", category=RuntimeWarning)
        yield


def flat(result):
    """The tensors in a result."""
    return [x for part in result for x in flat(part)] if isinstance(result, (tuple, list)) else [result]


def numpy(x):
    """A tensor's elements, on whatever device, in an array of their own."""
    return np.array(x.detach().to_device(CPU).numpy())


def like(rng, x):
    """Random numbers like a tensor, the same ones on every device and in every precision."""
    numbers = rng.uniform(0.5, 1.5, x.shape)
    if x.dtype.kind == "c":
        numbers = numbers + 1j * rng.uniform(-1.0, 1.0, x.shape)
    return xp.asarray(np.asarray(numbers, dtype=str(x.dtype)), device=x.device)


def inner(a, b):
    """`Re(conj(a) b)`, summed."""
    return sum(xp.sum(xp.real(xp.conj(x) * y)) for x, y in zip(a, b, strict=True))


@dataclass
class Run:
    """Everything that a sample gives on a device: its values, and derivatives by rules on arrays and on tensors."""

    values: list = field_(default_factory=list)
    reverse: list = field_(default_factory=list)
    recorded: list = field_(default_factory=list)
    second: list = field_(default_factory=list)
    forward: list = field_(default_factory=list)


@cache
def run(sample: Sample, which: str, device: str = CPU, single: bool = False) -> Run:
    """Run a sample and all its derivatives, checking what must hold on any device."""
    arrays = sample.draw(which, single)
    operands = place(sample, arrays, device)
    rng = np.random.default_rng(0)
    out = Run()
    for i in sample.wrt:
        operands[i].requires_grad_()
    moving = [operands[i] for i in sample.wrt]
    with meant(sample):
        results = flat(sample.call(xp, *operands))
    out.values = [numpy(y) for y in results]
    if sample.wrt:
        tracking = [y for y in results if y.requires_grad]
        assert tracking, "no result tracks"
        u = [like(rng, y) for y in tracking]
        v = [like(rng, x) for x in moving]
        with meant(sample, derivatives=True):
            reverse = gradients(tracking, moving, u, retain_graph=True)
            recorded = gradients(tracking, moving, u, create_graph=True)
            slope = inner(v, recorded)
            second = gradients(slope, moving, allow_unused=True) if slope.requires_grad else [None] * len(moving)
            function = as_function(sample, [x.detach() if isinstance(x, xp.Tensor) else x for x in operands])
            tangents = [t for t in flat(jvp(function, tuple(x.detach() for x in moving), tuple(v))[1]) if t is not None]
        for g in (*reverse, *recorded, *second, *tangents):
            assert g is None or g.device == device
        for found in (reverse, recorded, second):
            for g, x in zip(found, moving, strict=True):
                assert g is None or (g.shape == x.shape and g.dtype is x.dtype)
        for t, y in zip(tangents, tracking, strict=True):
            assert t.shape == y.shape and t.dtype is y.dtype
        out.reverse = [numpy(g) for g in reverse]
        out.recorded = [numpy(g) for g in recorded]
        out.second = [np.zeros(x.shape) if g is None else numpy(g) for g, x in zip(second, moving, strict=True)]
        out.forward = [numpy(t) for t in tangents]
    for x, array in zip(operands, arrays, strict=True):
        if isinstance(x, xp.Tensor):
            assert numpy(x).tobytes() == array.tobytes(), "an operand was written to"
    return out


def assert_close(got, wanted, tolerance, least=0.0):
    """Equal, NaN and infinities included, up to a tolerance relative to the greatest element, which counts as `least`
    if it is smaller."""
    assert len(got) == len(wanted)
    for a, b in zip(got, wanted, strict=True):
        assert a.shape == b.shape and a.dtype == b.dtype
        finite = np.abs(b[np.isfinite(b)])
        scale = finite.max(initial=least)
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * scale)


# ---- values


@over(lambda s: s.raw)
def test_value_is_the_backends(sample, which):
    """A tensor's function gives what the NumPy plug-in's gives. Some are compositions here, equal up to rounding."""
    with meant(sample):
        raw = sample.call(xp.asarray(0.0, device=CPU)._backend.xp, *sample.draw(which))
    assert_close(run(sample, which).values, [np.asarray(y) for y in flat(raw)], 1e-14)


@over(lambda s: True)
def test_tracking_changes_no_bit(sample, which):
    with meant(sample):
        untracked = flat(sample.call(xp, *place(sample, sample.draw(which), CPU)))
    assert not any(y.requires_grad for y in untracked)
    for a, b in zip(run(sample, which).values, untracked, strict=True):
        assert a.dtype == str(b.dtype) and a.tobytes() == numpy(b).tobytes()


# ---- derivatives


@over(Sample.has_differences)
def test_derivatives(sample, which):
    """All modes of first and second order agree with differences, and forward mode is the adjoint of reverse mode."""
    report = compare(sample, which, directions=2)
    assert report.ok, f"\n{report}"


@over(lambda s: s.gradient is not None)
def test_convention(sample, which):
    """At a kink the gradient is the one that the sample says, by rules on arrays and on tensors."""
    operands = place(sample, sample.draw(which), CPU)
    moving = [operands[i].requires_grad_() for i in sample.wrt]
    with meant(sample, derivatives=True):
        results = flat(sample.call(xp, *operands))
        ones = [xp.ones_like(y) for y in results]
        for create_graph in (False, True):
            found = gradients(results, moving, ones, retain_graph=True, create_graph=create_graph)
            for g, wanted in zip(found, sample.gradient, strict=True):
                np.testing.assert_allclose(numpy(g), wanted, rtol=1e-14, atol=1e-15)


@over(is_differentiable)
def test_zero_cotangent_gives_zero(sample, which):
    """Exactly, also where the derivative is infinite or NaN; and so does a tangent that is zero."""
    operands = place(sample, sample.draw(which), CPU)
    moving = [operands[i].requires_grad_() for i in sample.wrt]
    with meant(sample, derivatives=True):
        results = [y for y in flat(sample.call(xp, *operands)) if y.requires_grad]
        zeros = [xp.zeros_like(y) for y in results]
        for create_graph in (False, True):
            for g in gradients(results, moving, zeros, retain_graph=True, create_graph=create_graph):
                assert not np.any(numpy(g))
        function = as_function(sample, [x.detach() if isinstance(x, xp.Tensor) else x for x in operands])
        plain = tuple(x.detach() for x in moving)
        for t in flat(jvp(function, plain, tuple(xp.zeros_like(x) for x in plain))[1]):
            assert t is None or not np.any(numpy(t))


def ulps(a, b):
    """By how many units in the last place two arrays differ at most, real and imaginary parts by themselves."""
    if a.dtype.kind == "c":
        return max(ulps(a.real, b.real), ulps(a.imag, b.imag))
    differ = (a != b) & ~(np.isnan(a) & np.isnan(b))
    a, b = a[differ], b[differ]
    return np.max(np.abs(a - b) / np.spacing(np.maximum(np.abs(a), np.abs(b))), initial=0.0)


@over(is_differentiable)
def test_rule_on_tensors_is_the_rule_on_arrays(sample, which):
    """The same lines run on both, so all bits are the same, in both precisions.

    The one reason for a difference: without dimensions, what a rule computes from arrays are NumPy's scalars, whose
    arithmetic of complex numbers is not that of its arrays. It may be 2 ulp.
    """
    for single in (False, True) if sample.runs(single=True, strict=False) else (False,):
        found = run(sample, which, single=single)
        for a, b in zip(found.reverse, found.recorded, strict=True):
            assert a.dtype == b.dtype and a.shape == b.shape
            if a.ndim == 0 and a.dtype.kind == "c":
                assert ulps(a, b) <= 2
            else:
                assert a.tobytes() == b.tobytes()


def test_ulps():
    x = np.asarray([1.0, np.nan, np.inf, -0.0])
    assert ulps(x, x) == 0
    assert ulps(x, np.asarray([1.0 + 3 * EPS, np.nan, np.inf, 0.0])) == 3
    assert ulps(np.asarray(1 + 1j), np.asarray(1 + 1j * (1 + 2 * EPS))) == 2
    assert not ulps(x, np.asarray([1.0, 0.0, np.inf, 0.0])) <= 2


@over(lambda s: is_differentiable(s) and s.runs(single=True, strict=False))
def test_single_precision_stays_single(sample, which):
    """`run` checks the data types of all derivatives; single precision changes no more than their last digits."""
    found, wanted = run(sample, which, single=True), run(sample, which)
    moving = [sample.operands[i] for i in sample.wrt]
    for operand, g in zip(moving, found.reverse, strict=True):
        assert str(g.dtype) == operand.dtype(which, single=True)
    if sample.smooth:
        for a, b in zip((*found.reverse, *found.forward), (*wanted.reverse, *wanted.forward), strict=True):
            np.testing.assert_allclose(a, b, rtol=0, atol=1e-3 * np.abs(b).max(initial=1e-3))


def test_the_variance_of_single_precision_far_from_zero():
    """The gradient keeps its digits where the mean is rounded to a hundredth of the deviations."""
    x = (1e6 + np.random.default_rng(0).standard_normal(1000)).astype(np.float32)
    exact = x.astype(np.float64)
    wanted = 2 * (exact - exact.mean()) / x.size
    g = xp.asarray(x).requires_grad_()
    xp.var(g).backward()
    np.testing.assert_allclose(g.grad.numpy(), wanted, rtol=0, atol=1e-6 * np.abs(wanted).max())


@pytest.mark.parametrize("axis", [0, -1])
@pytest.mark.parametrize("name", ["sum", "prod", "max", "min", "mean", "var", "std"])
def test_a_number_has_an_axis_as_in_numpy(name, axis):
    def reduced(x):
        return getattr(xp, name)(x, axis=axis)

    x = xp.asarray(3.0, requires_grad=True, device=CPU)
    spread = name in ("var", "std")
    y, slope = jvp(reduced, (x,), (xp.asarray(1.0, device=CPU),))
    assert y.shape == () and y.item() == (0 if spread else 3)
    assert gradients(reduced(x), x).item() == slope.item() == (0 if spread else 1)
    with pytest.raises(IndexError, match=f"{name}.*axis 1 is out of bounds"):
        getattr(xp, name)(x, axis=1)


@over(lambda s: not s.wrt)
def test_without_derivative_nothing_tracks(sample, which):
    operands = place(sample, sample.draw(which), CPU)
    for x in operands:
        if isinstance(x, xp.Tensor) and x.dtype.kind in "fc":
            x.requires_grad_()
    with meant(sample):
        assert not any(y.requires_grad for y in flat(sample.call(xp, *operands)))


# ---- other backends


@over(lambda s: True)
def test_readonly(sample, which):
    """Nobody writes to arrays, and the bits are those of the NumPy plug-in."""
    if not _operands(sample):
        xp.set_default_device(READONLY)
    found, wanted = run(sample, which, READONLY), run(sample, which)
    for name, arrays in vars(wanted).items():
        for a, b in zip(vars(found)[name], arrays, strict=True):
            assert a.dtype == b.dtype
            assert_close([a], [b], 4 * EPS if a.ndim == 0 else 0.0)


def test_readonly_would_notice():
    """A forward and a rule that write to what is not theirs."""

    @op(vjps=(lambda xp, g, y, x: g,))
    def forward(xp, x, /):
        return operator.imul(x, 2.0)

    @op(vjps=(lambda xp, g, y, x: operator.iadd(g, x),))
    def rule(xp, x, /):
        return xp.multiply(x, x)

    x = xp.asarray([1.0, 2.0], device=READONLY, requires_grad=True)
    with pytest.raises(ValueError, match="read-only"):
        forward(x)
    with pytest.raises(ValueError, match="read-only"):
        rule(x).backward(xp.ones_like(x))


def _operands(sample):
    return [x for x in sample.operands if isinstance(x, Operand)]


@pytest.mark.parametrize(
    ("sample", "which", "device"),
    [
        pytest.param(s, which, device, id=f"{device.partition(':')[2]}-{s.id}-{which}")
        for device in STRICT
        for s in SAMPLES
        for which in s.fields
        if _operands(s) and s.runs(single=device == STRICT_SINGLE, strict=True)
    ],
)
def test_strict(sample, which, device):
    """The standard and nothing else serves all values and derivatives, on the device that the operands are on."""
    single = device == STRICT_SINGLE
    found, wanted = run(sample, which, device, single), run(sample, which, CPU, single)
    for name, arrays in vars(wanted).items():
        assert_close(vars(found)[name], arrays, 1e-3 if single else 1e-11)


# ---- nothing is left out

# Public functions that neither take the elements of tensors nor give any.
NO_ELEMENTS = {
    "__array_namespace_info__",
    "broadcast_shapes",
    "can_cast",
    "enable_grad",
    "finfo",
    "iinfo",
    "is_grad_enabled",
    "isdtype",
    "memory_info",
    "no_grad",
    "result_type",
    "set_default_device",
    "synchronize",
}
NAMESPACES = {"": xp, "linalg.": xp.linalg, "fft.": xp.fft}
FUNCTIONS = sorted(
    prefix + name
    for prefix, namespace in NAMESPACES.items()
    for name in namespace.__all__
    if callable(getattr(namespace, name)) and not inspect.isclass(getattr(namespace, name)) and name not in NO_ELEMENTS
)
OPERATORS = sorted(
    f"Tensor.{name}"
    for name, method in vars(xp.Tensor).items()
    if callable(method) and name.startswith("__") and {name, f"__{name[3:]}"} & set(vars(operator)) - {"__index__"}
)


@pytest.mark.parametrize("path", FUNCTIONS + OPERATORS)
def test_every_function_has_a_sample(path):
    assert any(sample.name == path for sample in SAMPLES)


@pytest.mark.parametrize("path", FUNCTIONS)
def test_every_function_has_a_docstring(path):
    doc = inspect.getdoc(resolve(xp, path))
    assert doc and "Examples" in doc


@pytest.mark.parametrize("name", sorted({sample.name for sample in SAMPLES}))
def test_every_sample_is_of_a_function(name):
    assert resolve(xp, name) is not None
