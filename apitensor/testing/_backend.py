"""`check_backend`: the contract of a backend, and what one says that is checked by it."""

from __future__ import annotations

import inspect
import math
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import apitensor as xp
from apitensor._core import dtypes, extras
from apitensor._core.backend import Backend, Device, Namespace, as_device, get_backend
from apitensor._core.op import wrap

from ._calls import (
    CONSTANT_CALLS,
    CONSTANTS,
    EXTRA_CALLS,
    FUNCTIONS,
    GRADIENT_CALLS,
    KEYWORDS,
    SCATTERS,
    VIEW_CALLS,
    VIEWS,
    WRITES,
    Operands,
    every_call,
    matrix,
    tensor_on,
)


@dataclass
class BackendReport:
    """What `check_backend` found.

    Attributes
    ----------
    name : what was checked
    passed : how many checks were met
    lacking : what the backend says it cannot do, by NotImplementedError, or refuses because the standard lacks it
    wrong : where it breaks the contract
    """

    name: str
    passed: int = 0
    lacking: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong. What is lacking is said, and not held against a backend."""
        return self.passed > 0 and not self.wrong

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.passed} checks passed, {len(self.lacking)} lacking, {len(self.wrong)} wrong"]
        lines += [f"  lacking: {text}" for text in self.lacking]
        lines += [f"  WRONG: {text}" for text in self.wrong]
        return "\n".join(lines)

    @contextmanager
    def check(self, what: str, beyond: bool = False) -> Iterator[None]:
        """One check: it is met where the block ends without an error. What is beyond the standard may be refused."""
        try:
            yield
        except NotImplementedError as error:
            self.lacking.append(f"{what}: {error}")
        except (TypeError, ValueError, IndexError) as error:
            refused = self.lacking if beyond else self.wrong
            refused.append(f"{what}{' (beyond the standard)' * beyond}: {type(error).__name__}: {error}")
        except Exception as error:
            self.wrong.append(f"{what}: {type(error).__name__}: {error}")
        else:
            self.passed += 1


def check_backend(name: str, *, verbose: bool = True) -> BackendReport:
    """Run the contract that a backend has to meet, and print what it lacks.

    Checked are the record, the names and parameters of the namespace, data types, devices, the way to NumPy and back,
    the extras against their portable versions, results of every function, special values too, and gradients of calls of
    every chapter against those on the CPU, writes, and the memory of operands and results.

    Parameters
    ----------
    name : the device type of a backend ("cuda") for all its devices, or one of its devices ("cuda:0")
    verbose : whether to print the report

    Returns
    -------
    The report: `ok`, `passed`, `lacking`, `wrong`.

    Raises
    ------
    ValueError : no backend serves `name`.
    ImportError, RuntimeError : its backend cannot work here.

    Examples
    --------
    >>> import apitensor.testing
    >>> apitensor.testing.check_backend("cpu", verbose=False).ok
    True
    """
    backend = get_backend(name.partition(":")[0])
    report = BackendReport(name)
    with backend.quiet(), get_backend("cpu").quiet():
        _check_record(report, backend)
        _check_namespace(report, backend)
        for device in [as_device(name)] if ":" in name else list(backend.own_devices.values()):
            _check_device(report, backend, device)
            if backend.default_rng is not None:
                _check_random(report, device)
            _check_extras(report, backend, device)
            _check_memory(report, backend, device)
            _check_functions(report, backend, device)
            _check_calls(report, device)
            _check_writes(report, device)
    if verbose:
        print(report)
    return report


def _expect(condition: Any, message: str) -> None:
    if not condition:
        raise AssertionError(message)


def _is_array(x: Any, backend: Backend) -> bool:
    return type(x) is backend.array_type


def _check_record(report: BackendReport, backend: Backend) -> None:
    with report.check("record: a name and at least one device"):
        _expect(
            isinstance(backend.name, str) and backend.devices, f"name {backend.name!r}, devices {backend.devices!r}"
        )
    with report.check("record: the devices are of one type"):
        types = {name.partition(":")[0] for name in backend.devices}
        _expect(len(types) == 1, f"there are {', '.join(sorted(types))}; each type needs an entry point of its own")
    with report.check("record: array_type is a class"):
        _expect(inspect.isclass(backend.array_type), f"it is {backend.array_type!r}")


def _check_namespace(report: BackendReport, backend: Backend) -> None:
    for path in (*FUNCTIONS, *CONSTANTS):
        with report.check(f"namespace: {path}"):
            try:
                theirs = operator.attrgetter(path)(backend.xp)
            except AttributeError:
                raise AssertionError("is missing") from None
            if path in CONSTANTS:
                ours = getattr(xp, path)
                _expect(theirs is ours or theirs == ours or (theirs != theirs and ours != ours), f"is {theirs!r}")
            else:
                _check_signature(theirs, operator.attrgetter(path)(xp))
    for dtype in dtypes.STANDARD:
        with report.check(f"namespace: {dtype}"):
            _expect(dtype in backend.raw_dtypes, "is missing")
            _expect(backend.dtype(backend.raw_dtypes[dtype]) is dtype, "does not come back as itself")
    with report.check("namespace: result_type, can_cast"):
        raw: Any = backend.raw_dtypes
        single, short = (backend.namespace.zeros((2,), dtype=raw[dtype]) for dtype in (dtypes.float32, dtypes.int8))
        for found, wanted in (
            (backend.xp.result_type(single, raw[dtypes.complex64]), dtypes.complex64),
            (backend.xp.result_type(raw[dtypes.uint8], short, raw[dtypes.int16]), dtypes.int16),
            (backend.xp.result_type(single, 1.5), dtypes.float32),
            (backend.xp.result_type(single, 1j), dtypes.complex64),
            (backend.xp.result_type(short, 100), dtypes.int8),
        ):
            _expect(backend.dtype(found) is wanted, f"result_type gives {found}, not {wanted}")
        for source, target, right in (("float32", "complex64", True), ("int32", "int8", False), ("bool", "bool", True)):
            found = backend.xp.can_cast(raw[dtypes.as_dtype(source)], raw[dtypes.as_dtype(target)])
            _expect(found is right, f"can_cast({source}, {target}) is {found}")
    with report.check("namespace: __array_namespace_info__"):
        info = backend.namespace.__array_namespace_info__()
        for method in ("capabilities", "default_device", "default_dtypes", "devices", "dtypes"):
            _expect(callable(getattr(info, method, None)), f"has no {method}")
        _expect("max dimensions" in info.capabilities(), "capabilities() lacks 'max dimensions'")


def _check_signature(theirs: Any, ours: Any) -> None:
    """Whether a function takes the keyword parameters of the standard; compiled ones do not tell."""
    try:
        parameters = inspect.signature(theirs).parameters.values()
    except (TypeError, ValueError):
        return
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return
    names = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    wanted = [
        p.name for p in inspect.signature(ours).parameters.values() if p.kind is p.KEYWORD_ONLY and p.name in KEYWORDS
    ]
    missing = [name for name in wanted if name not in names]
    _expect(not missing, f"does not take {', '.join(missing)}")


def _check_device(report: BackendReport, backend: Backend, device: Device) -> None:
    ns: Any = backend.xp
    with report.check(f"{device}: the device of a new array"):
        array = backend.as_array(ns.zeros((2, 3), device=device.raw))
        _expect(backend.device(array) == device, f"is {backend.device(array)}")
        _expect(_is_array(array, backend), f"its class is {type(array).__name__}, not array_type")
        _expect(array.shape == (2, 3) and array.ndim == 2 and array.size == 6, f"its shape is {array.shape}")
        _expect(isinstance(array.shape, tuple), "its shape is no tuple")
    with report.check(f"{device}: arrays have `device`, which creation functions take"):
        array = backend.as_array(ns.zeros((2,), device=device.raw))
        single = backend.raw_dtype(xp.float32)
        elsewhere = [ns.zeros((2,), dtype=single, device=other) for other in backend.devices.values()]
        moved = [ns.ones((2,), device=array.device), *[ns.full_like(x, 1, device=array.device) for x in elsewhere]]
        for name in ("asarray", "empty_like", "ones_like", "zeros_like"):
            moved += [getattr(ns, name)(x, device=array.device) for x in elsewhere]
        _expect(all(backend.device(backend.as_array(x)) == device for x in moved), "another device came out")
    for dtype in xp.__array_namespace_info__().dtypes(device=device).values():
        with report.check(f"{device}: {dtype} to NumPy and back"):
            there = backend.as_array(ns.ones((2, 3), dtype=backend.raw_dtype(dtype), device=device.raw))
            _expect(backend.dtype(there.dtype) is dtype, f"ones() made {there.dtype}")
            host = backend.to_numpy(there)
            _expect(
                host.shape == (2, 3) and dtypes.as_dtype(host.dtype) is dtype, f"NumPy has {host.dtype} {host.shape}"
            )
            back = backend.from_numpy(host, device.raw)
            _expect(_is_array(back, backend) and backend.dtype(back.dtype) is dtype, f"came back as {type(back)}")
            _expect(backend.device(back) == device, f"came back on {backend.device(back)}")
            _expect(backend.to_numpy(back).tolist() == host.tolist(), "other numbers came back")
            if backend.apart:
                host[...] = 0
                _expect(backend.to_numpy(back).all(), "the numbers are in the host's memory, which `apart` denies")
    with report.check(f"{device}: from_numpy, of any memory"):
        numpy: Any = get_backend("cpu").xp
        matrix = numpy.reshape(numpy.arange(6.0, dtype=numpy.float32), (2, 3))
        for array in (
            numpy.matrix_transpose(matrix),
            numpy.flip(matrix),
            matrix[1:, ::2],
            numpy.sum(matrix),
            matrix[:0, :],
        ):
            back = backend.to_numpy(backend.from_numpy(numpy.asarray(array), device.raw))
            _expect(
                back.shape == array.shape and back.tolist() == array.tolist(),
                f"{array.tolist()} came as {back.tolist()}",
            )
    if backend.real_kernels:
        with report.check(f"{device}: real_kernels"):
            for x in (Operands(device, device).x / 2, Operands(device, device).single / 4):
                for name, kernel in backend.real_kernels.items():
                    ours, theirs = (wrap(f(x), backend) for f in (kernel, getattr(ns, name)))
                    _compare(name, ours, theirs.to_device("cpu"))
    with report.check(f"{device}: arange() of one number, as rules call it"):
        found = backend.to_numpy(backend.as_array(ns.arange(3, device=device.raw))).tolist()
        _expect(found == [0, 1, 2], f"it gave {found}")
    with report.check(f"{device}: default data types"):
        defaults = xp.__array_namespace_info__().default_dtypes(device=device)
        made = backend.dtype(ns.zeros((1,), device=device.raw).dtype)
        _expect(made is defaults["real floating"], f"zeros() made {made}, the default is {defaults['real floating']}")
    with report.check(f"{device}: results without dimensions"):
        total = backend.as_array(ns.sum(ns.ones((3,), device=device.raw)))
        _expect(_is_array(total, backend) and total.shape == () and float(total) == 3.0, f"sum() gave {total!r}")
    with report.check(f"{device}: to_text"):
        text = backend.to_text(backend.as_array(ns.zeros((2,), device=device.raw)))
        _expect(isinstance(text, str) and text, f"gave {text!r}")
    with report.check(f"{device}: synchronize, memory"):
        xp.synchronize(device)
        if backend.memory is not None:
            info = xp.memory_info(device)
            _expect(0 <= info["free"] <= info["total"], f"memory says {info}")


# Draws, with their mean and standard deviation
_DRAWS = {"random": (0.5, 12**-0.5), "standard_normal": (0.0, 1.0), "exponential": (1.0, 1.0)}


def _check_random(report: BackendReport, device: Device) -> None:
    with report.check(f"{device}: default_rng"):
        one, two = (xp.random.default_rng(5, device=device).random(4) for _ in range(2))
        _expect(one.device == device and one.tolist() == two.tolist(), "the same seed gives other numbers")
    with report.check(f"{device}: random.permutation"):
        drawn = xp.random.default_rng(5, device=device).permutation(100).tolist()
        _expect(sorted(drawn) == list(range(100)) and drawn != sorted(drawn), f"it gave {drawn}")
    for what, (mean, deviation) in _DRAWS.items():
        with report.check(f"{device}: random.{what}"):
            drawn = getattr(xp.random.default_rng(5, device=device), what)(size=10_000)
            found = float(xp.mean(drawn)), float(xp.std(drawn))
            _expect(
                abs(found[0] - mean) < 0.06 * deviation and abs(found[1] / deviation - 1) < 0.06,
                f"mean and standard deviation are {found}, not {mean, deviation}",
            )


def _portable(backend: Backend) -> Any:
    """The namespace with the portable extras only."""
    base = backend.namespace
    names = {name for name in (*dir(base), "linalg", "fft") if not name.startswith("_")} - extras.PORTABLE.keys()
    portable = Namespace(SimpleNamespace(**{name: getattr(base, name, None) for name in names}))
    portable.write = backend.write
    return portable


def _check_extras(report: BackendReport, backend: Backend, device: Device) -> None:
    ns, portable = backend.xp, _portable(backend)

    def raw(values: Any) -> Any:
        return tensor_on(values, device)._array

    def same(what: str, ours: Any, theirs: Any) -> None:
        a, b = (xp.asarray(backend.to_numpy(backend.as_array(x)), device="cpu") for x in (ours, theirs))
        _expect(a.shape == b.shape and a.dtype == b.dtype, f"{what} gives {a.dtype} {a.shape}, not {b.dtype} {b.shape}")
        equal = (a == b) | (xp.isnan(a) & xp.isnan(b)) if a.dtype.kind in "fc" else a == b
        _expect(xp.all(equal), f"{what} gives {a.tolist()}, not {b.tolist()}")

    for name, call in EXTRA_CALLS.items():
        if hasattr(backend.namespace, name):
            with report.check(f"{device}: {name}"):
                for ours, theirs in zip(call(ns, raw), call(portable, raw), strict=True):
                    same(name, ours, theirs)
    if hasattr(backend.namespace, "has_nan"):
        with report.check(f"{device}: has_nan"):
            _expect(bool(ns.has_nan(raw([1.0, math.nan]))), "missed a NaN")
            _expect(not bool(ns.has_nan(raw([1.0, 2.0]))), "saw a NaN where there is none")
    with report.check(f"{device}: is_ones"):
        _expect(not ns.is_ones(raw([1.0, 2.0, 1.0])), "says so of other numbers")
    for what, operands in SCATTERS.items():
        with report.check(f"{device}: scatter_add by {what}"):
            key, values, shape = operands(raw)
            result = ns.scatter_add(values, key, shape)
            same("scatter_add", result, portable.scatter_add(values, key, shape))
            start = ns.ones(shape, dtype=values.dtype, device=device.raw)
            kept = backend.to_numpy(start).tolist()
            more = backend.to_numpy(ns.scatter_add(values, key, shape, out=ns.asarray(start, copy=True)))
            _expect((more - backend.to_numpy(result)).tolist() == kept, "`out` is not added to")
    with report.check(f"{device}: set_item leaves its operand alone"):
        x = raw([1.0, 2.0, 3.0])
        y = ns.set_item(x, (slice(1, None),), 7.0)
        _expect(backend.to_numpy(x).tolist() == [1.0, 2.0, 3.0], "it wrote to it")
        _expect(backend.to_numpy(y).tolist() == [1.0, 7.0, 7.0], f"it gave {backend.to_numpy(y).tolist()}")


def _check_memory(report: BackendReport, backend: Backend, device: Device) -> None:
    ns: Any = backend.xp

    def changed_by_a_write(make: Callable[[Any, Any], Any]) -> tuple[bool, bool]:
        """Whether writing to an array changed what was made of it before, and whether `aliases` says that it would."""
        base = matrix(device, 0)._array
        made = backend.as_array(make(ns, base))
        told = bool(backend.aliases(made, base))
        before = backend.to_numpy(made).tolist()
        backend.write(base, (slice(None), slice(None)), 5.0)
        return backend.to_numpy(made).tolist() != before, told

    for what, make in VIEWS.items():
        with report.check(f"{device}: aliases of {what}"):
            # To deny an alias costs a copy; to claim one that is none loses a write.
            changed, told = changed_by_a_write(make)
            _expect(changed or not told, "is claimed, and a write to the base does not arrive")
    with report.check(f"{device}: add_in_place"):
        v = Operands(device, device)
        for x, y in ((v.x, v.y), (v.c, v.d), (v.i, v.j)):
            wanted = (backend.to_numpy(x) + backend.to_numpy(y)).tolist()
            _expect(backend.to_numpy(backend.add_in_place(x, y)).tolist() == wanted, "gave another sum")
    with report.check(f"{device}: write of complex numbers"):
        v = Operands(device, device)
        wanted = backend.to_numpy(v.d).tolist()
        _expect(backend.to_numpy(backend.write(v.c, (Ellipsis,), v.d)).tolist() == wanted, "gave other numbers")


def _compare(what: str, there: Any, here: Any, elementwise: bool = False) -> None:
    _expect(there.shape == here.shape, f"{what} has shape {there.shape}, not {here.shape}")
    _expect(_same_type(there, here), f"{what} is {there.dtype}, not {here.dtype}")
    ours, here = there.to_device("cpu").detach(), here.detach()
    if here.dtype.kind not in "fc":
        _expect(ours.tolist() == here.tolist(), f"{what} is {ours.tolist()}, not {here.tolist()}")
        return
    # A few hundred roundings: of each element where a function is elementwise, else of the largest one.
    tolerance = 1e-4 if {there.dtype, here.dtype} & {xp.float32, xp.complex64} else 1e-12
    size = xp.where(xp.isfinite(here), xp.abs(here), 0.0)
    size = size if elementwise or not here.size else 1 + xp.max(size)
    ours = xp.astype(ours, here.dtype)
    right = (ours == here) | (xp.isnan(ours) & xp.isnan(here)) | (xp.abs(ours - here) <= tolerance * size)
    if not xp.all(right):
        first = int(xp.argmin(xp.astype(xp.reshape(right, (-1,)), xp.int8)))
        got, wanted = (xp.reshape(x, (-1,))[first].item() for x in (ours, here))
        raise AssertionError(f"{what} is off by {abs(got - wanted):.1e}: it has {got!r}, not {wanted!r}")


def _same_type(x: Any, y: Any) -> bool:
    """Whether the data types are the same, or each is the default one of its device."""
    return x.dtype == y.dtype or any(
        all(t.dtype == xp.__array_namespace_info__().default_dtypes(device=t.device)[kind] for t in (x, y))
        for kind in ("real floating", "complex floating", "integral", "indexing")
    )


def _check_functions(report: BackendReport, backend: Backend, device: Device) -> None:
    """Values, data types and memory of results, beside the NumPy plug-in's; and that operands are left alone."""
    host = as_device("cpu")

    def text(array: Any) -> str:
        return repr(backend.to_numpy(array).tolist())

    for what, call in every_call():
        with report.check(f"{device}: {what}"):
            there, here = Operands(device, device), Operands(host, device)
            found, wanted = (_arrays(call(o.backend.xp, o), o.backend) for o in (there, here))
            _expect(len(found) == len(wanted), f"it gives {len(found)} results, not {len(wanted)}")
            for number, (ours, right) in enumerate(zip(found, wanted, strict=True)):
                result = f"result {number}" if len(found) > 1 else "the result"
                _expect(_is_array(ours, backend), f"{result} is of class {type(ours).__name__}, not array_type")
                _expect(backend.device(ours) == device, f"{result} is on {backend.device(ours)}")
                _compare(result, wrap(ours, backend), wrap(right, host.backend), " of " in what)
            for name, array in there.used().items():
                _expect(text(array) == repr(getattr(here, name).tolist()), "it changes an operand")
            if what not in VIEW_CALLS:
                before = [text(array) for array in found]
                for array in there.used().values():
                    # The core copies a result that is the operand itself.
                    if not any(array is result for result in found):
                        backend.write(array, (Ellipsis,), backend.xp.zeros_like(array))
                _expect([text(array) for array in found] == before, "a write to an operand changes a result")


def _arrays(results: Any, backend: Backend) -> list[Any]:
    parts = results if isinstance(results, (tuple, list)) else (results,)
    return [part if _is_array(part, backend) else backend.as_array(part) for part in parts]


def _check_calls(report: BackendReport, device: Device) -> None:
    host = as_device("cpu")
    for what, call in GRADIENT_CALLS.items():
        with report.check(f"{device}: {what}", beyond=what == "indexing by an array"):
            results = []
            for where in (device, host):
                x, y = (matrix(device, seed).to_device(where).detach().requires_grad_() for seed in (0, 1))
                z = call(xp, x, y)
                _expect(z.device == where, f"the result is on {z.device}")
                weight = xp.reshape(xp.arange(1, z.size + 1, dtype=z.dtype, device=where), z.shape)
                xp.sum(z * weight).backward()
                results.append((z, x.grad, y.grad))
            for part, there, here in zip(
                ("the value", "the first gradient", "the second gradient"), *results, strict=True
            ):
                if here is None or there is None:
                    _expect(here is there, f"{part} is there on one device only")
                else:
                    _compare(part, there, here)
    for what, call in CONSTANT_CALLS.items():
        with report.check(f"{device}: {what}"):
            there, here = (
                call(xp, *[matrix(device, seed).to_device(where) for seed in (0, 1)]) for where in (device, host)
            )
            _compare("the value", there, here)
    with report.check(f"{device}: gradients that come back from the CPU"):
        x = matrix(device, 0).requires_grad_()
        xp.sum(x.to_device("cpu") ** 2).backward()
        assert x.grad is not None
        _expect(x.grad.device == device, f"the gradient is on {x.grad.device}")
        _compare("the gradient", x.grad, 2 * x.detach().to_device("cpu"))
    with report.check(f"{device}: a zero cotangent stays zero where the derivative is infinite"):
        x = tensor_on([0.0, 4.0], device).requires_grad_()
        xp.sum(xp.where(x > 0, xp.sqrt(x), 0.0)).backward()
        assert x.grad is not None
        _expect(x.grad.tolist() == [0.0, 0.25], f"the gradient is {x.grad.tolist()}")


def _check_writes(report: BackendReport, device: Device) -> None:
    host = as_device("cpu")
    for what, write in WRITES.items():
        with report.check(f"{device}: writing through {what}", beyond="index array" in what):
            results = []
            for where in (device, host):
                x, y = (matrix(device, seed).to_device(where).detach() for seed in (0, 1))
                raw = wrap(x._backend.xp.asarray(x._array, copy=True), x._backend)
                write(raw, y)
                for leaf in (x, y):
                    leaf.requires_grad_()
                squares = x * x  # keeps x, so that the write must not reach what was kept
                z = xp.positive(x)
                write(z, y)
                xp.sum(z * z * z + squares).backward()
                results.append((raw, z, x.grad, y.grad))
            _compare("the value", results[0][0], results[1][0])
            _compare("the tracked value", results[0][1], results[1][1])
            for part, there, here in zip(("x", "y"), results[0][2:], results[1][2:], strict=True):
                if here is not None:
                    _expect(there is not None, f"{part} has no gradient")
                    _compare(f"the gradient of {part}", there, here)
