"""For those who write a backend: `check_backend` runs the whole contract against it and says what it lacks."""

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

from ._core import dtypes, extras
from ._core.backend import Backend, Device, Namespace, as_device, get_backend
from ._core.op import wrap

__all__ = ["BackendReport", "check_backend"]

_FUNCTIONS = tuple(
    """
abs acos acosh add all any arange argmax argmin argsort asarray asin asinh astype atan atan2 atanh bitwise_and
bitwise_invert bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor broadcast_arrays broadcast_shapes
broadcast_to can_cast ceil clip concat conj copysign cos cosh count_nonzero cumulative_prod cumulative_sum diff divide
empty empty_like equal exp expand_dims expm1 eye finfo flip floor floor_divide from_dlpack full full_like greater
greater_equal hypot iinfo imag isdtype isfinite isin isinf isnan less less_equal linspace log log10 log1p log2
logaddexp logical_and logical_not logical_or logical_xor matmul matrix_transpose max maximum mean meshgrid min minimum
moveaxis multiply negative nextafter nonzero not_equal ones ones_like permute_dims positive pow prod real reciprocal
remainder repeat reshape result_type roll round searchsorted sign signbit sin sinh sort sqrt square squeeze stack std
subtract sum take take_along_axis tan tanh tensordot tile tril triu trunc unique_all unique_counts unique_inverse
unique_values unstack var vecdot where zeros zeros_like linalg.cholesky linalg.cross linalg.det linalg.diagonal
linalg.eig linalg.eigh linalg.eigvals linalg.eigvalsh linalg.inv linalg.matmul linalg.matrix_norm linalg.matrix_power
linalg.matrix_rank linalg.matrix_transpose linalg.outer linalg.pinv linalg.qr linalg.slogdet linalg.solve linalg.svd
linalg.svdvals linalg.tensordot linalg.trace linalg.vecdot linalg.vector_norm fft.fft fft.fftfreq fft.fftn
fft.fftshift fft.hfft fft.ifft fft.ifftn fft.ifftshift fft.ihfft fft.irfft fft.irfftn fft.rfft fft.rfftfreq fft.rfftn
""".split()  # noqa: SIM905 - a list of strings would fill a page
)
_CONSTANTS = ("e", "inf", "nan", "newaxis", "pi")

# Calls whose values and gradients are compared with those on the CPU: `call(xp, x, y)` with two 3 x 4 matrices, all of
# whose elements lie in (0.3, 1.7) and differ.
_CALLS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "x + y * x": lambda xp, x, y: x + y * x,
    "x / y - 2": lambda xp, x, y: x / y - 2,
    "x ** y": lambda xp, x, y: x**y,
    "exp, log, sqrt": lambda xp, x, y: xp.exp(x) * xp.log(y) + xp.sqrt(x),
    "sin, tanh": lambda xp, x, y: xp.sin(x) * xp.tanh(y),
    "abs, maximum, minimum": lambda xp, x, y: xp.abs(x) + xp.maximum(x, y) * xp.minimum(x, 0.9),
    "where": lambda xp, x, y: xp.where(x > y, x, y * y),
    "clip": lambda xp, x, y: xp.clip(x * y, 0.5, 1.5),
    "broadcasting": lambda xp, x, y: x[:, :1] * y[:1, :],
    "sum, mean": lambda xp, x, y: xp.sum(x, axis=1) * xp.mean(y),
    "max, min": lambda xp, x, y: xp.max(x, axis=0) - xp.min(y),
    "prod": lambda xp, x, y: xp.prod(x, axis=0, keepdims=True) * y,
    "var, std": lambda xp, x, y: xp.var(x, axis=0, correction=1) + xp.std(y),
    "cumulative_sum": lambda xp, x, y: xp.cumulative_sum(x, axis=1) * y,
    "cumulative_prod": lambda xp, x, y: xp.cumulative_prod(x, axis=0) * y,
    "matmul": lambda xp, x, y: x @ xp.matrix_transpose(y),
    "tensordot, vecdot": lambda xp, x, y: xp.tensordot(x, y, axes=2) + xp.vecdot(x, y),
    "reshape, permute_dims": lambda xp, x, y: xp.permute_dims(xp.reshape(x, (4, 3)), (1, 0)) * y,
    "flip, roll": lambda xp, x, y: xp.flip(x, axis=0) * xp.roll(y, 1, axis=1),
    "concat, stack": lambda xp, x, y: xp.concat([x, y], axis=1)[:, None, 1:] * xp.stack([x, y])[1, :, None, :1],
    "repeat, tile": lambda xp, x, y: xp.repeat(x, 2, axis=0) * xp.tile(y, (2, 1)),
    "broadcast_to, expand_dims, squeeze": lambda xp, x, y: xp.squeeze(
        xp.broadcast_to(xp.expand_dims(x, axis=0), (1, 3, 4)) * y, axis=0
    ),
    "basic indexing": lambda xp, x, y: x[1:, ::-2] * y[0, 1],
    "indexing by an array": lambda xp, x, y: x[xp.asarray([2, 0, 2], device=x.device), ...] * y,
    "indexing by several arrays": lambda xp, x, y: x[
        xp.asarray([2, 0, 2], device=x.device), xp.asarray([1, 1, 1], device=x.device)
    ],
    "indexing by a mask": lambda xp, x, y: x[y > 1] * 3,
    "take": lambda xp, x, y: xp.take(x, xp.asarray([3, 3, 1], device=x.device), axis=1) * y[:, :3],
    "take_along_axis, argsort": lambda xp, x, y: xp.take_along_axis(x, xp.argsort(y, axis=1), axis=1) * y,
    "sort": lambda xp, x, y: xp.sort(x, axis=1, descending=True) * y,
    "diff": lambda xp, x, y: xp.diff(x, axis=1) * y[:, 1:],
    "tril, triu": lambda xp, x, y: xp.tril(x) + xp.triu(y, k=1),
    "linalg.solve": lambda xp, x, y: xp.linalg.solve(x[:, :3] + 3 * xp.eye(3, dtype=x.dtype, device=x.device), y),
    "linalg.inv, det": lambda xp, x, y: xp.linalg.det(_square(xp, x)) * xp.linalg.inv(_square(xp, y)),
    "linalg.cholesky": lambda xp, x, y: xp.linalg.cholesky(_definite(xp, x)),
    "linalg.eigh": lambda xp, x, y: xp.linalg.eigh(_definite(xp, x)).eigenvalues,
    "linalg.svdvals": lambda xp, x, y: xp.linalg.svdvals(x * y),
    "linalg.qr": lambda xp, x, y: xp.abs(xp.linalg.qr(_square(xp, x)).R),
    "linalg.vector_norm, matrix_norm": lambda xp, x, y: xp.linalg.vector_norm(x, axis=1) * xp.linalg.matrix_norm(y),
    "fft": lambda xp, x, y: xp.real(xp.fft.ifft(xp.fft.fft(_complex(xp, x, y)) * xp.fft.fft(_complex(xp, y, x)))),
    "rfft": lambda xp, x, y: xp.abs(xp.fft.rfft(x, axis=0)),
    "complex arithmetic": lambda xp, x, y: xp.real(_complex(xp, x, y) * xp.conj(_complex(xp, y, x))),
}


def _square(xp: Any, x: Any) -> Any:
    return x[:, :3] + 2 * xp.eye(3, dtype=x.dtype, device=x.device)


def _definite(xp: Any, x: Any) -> Any:
    return x @ xp.matrix_transpose(x) + xp.eye(3, dtype=x.dtype, device=x.device)


def _complex(xp: Any, x: Any, y: Any) -> Any:
    kind = xp.complex128 if x.dtype == xp.float64 else xp.complex64
    return xp.astype(x, kind) + 1j * xp.astype(y, kind)


# Calls that compare with the CPU and have no gradient
_CONSTANT_CALLS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "comparisons": lambda xp, x, y: (x < y) | (x == y) & ~(x >= 1),
    "floor, ceil, round": lambda xp, x, y: xp.floor(x) + xp.ceil(y) - xp.round(x),
    "isfinite, isnan": lambda xp, x, y: xp.isfinite(x / (y - y)) | xp.isnan(y - y),
    "argmax, argmin": lambda xp, x, y: xp.argmax(x, axis=1) + xp.argmin(y),
    "all, any": lambda xp, x, y: xp.all(x > 0.5, axis=0) | xp.any(y > 1.6),
    "count_nonzero": lambda xp, x, y: xp.count_nonzero(x > 1, axis=1),
    "searchsorted": lambda xp, x, y: xp.searchsorted(xp.sort(x[0, :]), y[1, :]),
    "nonzero": lambda xp, x, y: xp.nonzero(x > 1)[1],
    "unique_values": lambda xp, x, y: xp.unique_values(xp.floor(4 * x)),
    "integer sum": lambda xp, x, y: xp.sum(xp.astype(10 * x, xp.int32)),
    "bitwise": lambda xp, x, y: xp.bitwise_xor(xp.astype(9 * x, xp.int32), xp.astype(9 * y, xp.int32)) >> 1,
    "arange, linspace, eye": lambda xp, x, y: (
        xp.arange(3.0, device=x.device) + xp.linspace(0.0, 1.0, 3, device=x.device) + xp.eye(3, device=x.device)
    ),
}


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
    the extras against their portable versions, values and gradients of calls of every chapter against those on the CPU,
    writes, aliasing, and results without dimensions.

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
            _check_extras(report, backend, device)
            _check_memory(report, backend, device)
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


def _find(namespace: Any, path: str) -> Any:
    return operator.attrgetter(path)(namespace)


def _check_namespace(report: BackendReport, backend: Backend) -> None:
    for path in (*_FUNCTIONS, *_CONSTANTS):
        with report.check(f"namespace: {path}"):
            try:
                theirs = _find(backend.xp, path)
            except AttributeError:
                raise AssertionError("is missing") from None
            if path in _CONSTANTS:
                ours = getattr(xp, path)
                _expect(theirs is ours or theirs == ours or (theirs != theirs and ours != ours), f"is {theirs!r}")
            else:
                _check_signature(theirs, _find(xp, path))
    for dtype in dtypes.STANDARD:
        with report.check(f"namespace: {dtype}"):
            _expect(dtype in backend.raw_dtypes, "is missing")
            _expect(backend.dtype(backend.raw_dtypes[dtype]) is dtype, "does not come back as itself")
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
        p.name for p in inspect.signature(ours).parameters.values() if p.kind is p.KEYWORD_ONLY and p.name in _KEYWORDS
    ]
    missing = [name for name in wanted if name not in names]
    _expect(not missing, f"does not take {', '.join(missing)}")


# The standard's keyword parameters; apitensor's functions have a few more, which no backend needs
_KEYWORDS = frozenset(
    """
    append axes axis copy correction d device descending dtype endpoint full_matrices include_initial indexing invert k
    keepdims kind mode n norm offset ord prepend rtol s side sorter stable upper
    """.split()  # noqa: SIM905 - as above
)


def _double(device: Device) -> bool:
    return "float64" in xp.__array_namespace_info__().dtypes(device=device)


def _place(values: Any, device: Device, dtype: Any = None) -> Any:
    """A tensor of nested lists, in the device's best precision where it holds floating-point numbers."""
    if dtype is None and not isinstance(_first(values), (bool, int)):
        dtype = xp.float64 if _double(device) else xp.float32
    return xp.asarray(values, dtype=dtype, device=device)


def _first(values: Any) -> Any:
    while isinstance(values, (list, tuple)) and values:
        values = values[0]
    return values


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
        _expect(
            backend.device(backend.as_array(ns.ones((2,), device=array.device))) == device, "another device came out"
        )
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
    if backend.default_rng is not None:
        with report.check(f"{device}: default_rng"):
            one, two = (xp.random.default_rng(5, device=device).random(4) for _ in range(2))
            _expect(one.device == device and one.tolist() == two.tolist(), "the same seed gives other numbers")
    with report.check(f"{device}: synchronize, memory"):
        xp.synchronize(device)
        if backend.memory is not None:
            info = xp.memory_info(device)
            _expect(0 <= info["free"] <= info["total"], f"memory says {info}")


def _portable(backend: Backend) -> Any:
    """The namespace with the portable extras only."""
    base = backend.namespace
    names = {
        name: getattr(base, name) for name in dir(base) if name not in extras.PORTABLE and not name.startswith("_")
    }
    names.setdefault("linalg", getattr(base, "linalg", None))
    names.setdefault("fft", getattr(base, "fft", None))
    portable = Namespace(SimpleNamespace(**names))
    portable.write = backend.write
    return portable


def _check_extras(report: BackendReport, backend: Backend, device: Device) -> None:
    ns, portable = backend.xp, _portable(backend)

    def raw(values: Any) -> Any:
        return _place(values, device)._array

    def same(what: str, ours: Any, theirs: Any) -> None:
        a, b = (xp.asarray(backend.to_numpy(backend.as_array(x)), device="cpu") for x in (ours, theirs))
        _expect(a.shape == b.shape and a.dtype == b.dtype, f"{what} gives {a.dtype} {a.shape}, not {b.dtype} {b.shape}")
        equal = (a == b) | (xp.isnan(a) & xp.isnan(b)) if a.dtype.kind in "fc" else a == b
        _expect(xp.all(equal), f"{what} gives {a.tolist()}, not {b.tolist()}")

    if ns.safe_multiply.__module__ != extras.__name__:
        with report.check(f"{device}: safe_multiply"):
            g, p = raw([0.0, 0.0, 2.0, 1.0, 0.0]), raw([math.inf, math.nan, 3.0, math.inf, 5.0])
            same("safe_multiply", ns.safe_multiply(g, p), portable.safe_multiply(g, p))
    if ns.has_nan.__module__ != extras.__name__:
        with report.check(f"{device}: has_nan"):
            _expect(bool(ns.has_nan(raw([1.0, math.nan]))), "missed a NaN")
            _expect(not bool(ns.has_nan(raw([1.0, 2.0]))), "saw a NaN where there is none")
    if ns.minus_max.__module__ != extras.__name__:
        with report.check(f"{device}: minus_max"):
            x = raw([[1.0, 3.0, 2.0], [-math.inf, -math.inf, -math.inf], [math.inf, 0.0, math.inf]])
            for ours, theirs in zip(ns.minus_max(x, (1,)), portable.minus_max(x, (1,)), strict=True):
                same("minus_max", ours, theirs)
    if ns.weighted_deviation.__module__ != extras.__name__:
        with report.check(f"{device}: weighted_deviation"):
            x, w = raw([[1.0, 3.0], [0.0, 0.0]]), raw([[0.5, 0.25], [math.nan, 1.0]])
            same("weighted_deviation", ns.weighted_deviation(x, w, (1,)), portable.weighted_deviation(x, w, (1,)))
    if ns.share.__module__ != extras.__name__:
        with report.check(f"{device}: share"):
            x, y = raw([1.0, 2.0, math.nan, 4.0, math.nan]), raw([1.0, 1.0, 1.0, math.nan, math.nan])
            for beats, other in ((ns.greater, y), (ns.less, y), (ns.greater, 2.0)):
                same("share", ns.share(beats, x, other), portable.share(beats, x, other))
    if ns.overwrite.__module__ != extras.__name__:
        with report.check(f"{device}: overwrite"):
            x, y = raw([1.0, 2.0]), raw([3.0, 5.0])
            same("overwrite", ns.overwrite(ns.asarray(x, copy=True), ns.multiply, x, y), ns.multiply(x, y))
    if ns.get_item is not portable.get_item:
        with report.check(f"{device}: get_item"):
            x, at = raw([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), _place([2, -3], device)._array
            for key in ((at, 1), (Ellipsis, None, at - at), (slice(1, None), at - at)):
                same("get_item", ns.get_item(x, key), portable.get_item(x, key))
    keys = {
        "one array": ((_place([0, 2, 0], device)._array,), raw([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), (3, 2)),
        "two arrays": (
            (_place([0, 1, 0], device)._array, _place([1, 0, 1], device)._array),
            raw([1.0, 2.0, 3.0]),
            (2, 2),
        ),
        "slices": ((slice(1, None), slice(None, None, -2)), raw([[1.0, 2.0], [3.0, 4.0]]), (3, 3)),
        "an integer": ((1, Ellipsis), raw([1.0, 2.0]), (3, 2)),
    }
    for what, (key, values, shape) in keys.items():
        with report.check(f"{device}: scatter_add by {what}"):
            result = ns.scatter_add(values, key, shape)
            same("scatter_add", result, portable.scatter_add(values, key, shape))
            start = _place([[1.0] * shape[1]] * shape[0], device)._array
            kept = backend.to_numpy(start).tolist()
            more = backend.to_numpy(ns.scatter_add(values, key, shape, out=ns.asarray(start, copy=True)))
            _expect((more - backend.to_numpy(result)).tolist() == kept, "`out` is not added to")
    if ns.sliding_windows.__module__ != extras.__name__:
        with report.check(f"{device}: sliding_windows"):
            x = ns.reshape(ns.arange(24, device=device.raw), (2, 3, 4))
            for axis, length in ((0, 1), (1, 3), (2, 2)):
                wanted = portable.sliding_windows(x, length, axis)
                same("sliding_windows", ns.sliding_windows(x, length, axis), wanted)
    with report.check(f"{device}: set_item leaves its operand alone"):
        x = raw([1.0, 2.0, 3.0])
        y = ns.set_item(x, (slice(1, None),), 7.0)
        _expect(backend.to_numpy(x).tolist() == [1.0, 2.0, 3.0], "it wrote to it")
        _expect(backend.to_numpy(y).tolist() == [1.0, 7.0, 7.0], f"it gave {backend.to_numpy(y).tolist()}")


_VIEWS: dict[str, Callable[[Any, Any], Any]] = {
    "x[1:]": lambda xp, x: x[1:, ...],
    "reshape": lambda xp, x: xp.reshape(x, (4, 3)),
    "permute_dims": lambda xp, x: xp.permute_dims(x, (1, 0)),
    "flip": lambda xp, x: xp.flip(x, axis=0),
    "expand_dims": lambda xp, x: xp.expand_dims(x, axis=0),
}
_FRESH: dict[str, Callable[[Any, Any], Any]] = {
    "asarray(copy=True)": lambda xp, x: xp.asarray(x, copy=True),
    "astype": lambda xp, x: xp.astype(x, x.dtype),
    "positive": lambda xp, x: xp.positive(x),
    "abs": lambda xp, x: xp.abs(x),
    "x + 0": lambda xp, x: x + 0,
    "concat": lambda xp, x: xp.concat([x]),
    "roll": lambda xp, x: xp.roll(x, 0),
    "take": lambda xp, x: xp.take(x, xp.asarray([0, 1], device=x.device), axis=0),
    "sum over no axis": lambda xp, x: xp.sum(x, axis=()),
    "clip": lambda xp, x: xp.clip(x, 0.0, 9.0),
}


def _check_memory(report: BackendReport, backend: Backend, device: Device) -> None:
    ns: Any = backend.xp

    def changed_by_a_write(make: Callable[[Any, Any], Any]) -> tuple[bool, bool]:
        """Whether writing to an array changed what was made of it before, and whether `aliases` says that it would."""
        base = _matrix(device, 0)._array
        made = backend.as_array(make(ns, base))
        told = bool(backend.aliases(made, base))
        before = backend.to_numpy(made).tolist()
        backend.write(base, (slice(None), slice(None)), 5.0)
        return backend.to_numpy(made).tolist() != before, told

    for what, make in _VIEWS.items():
        with report.check(f"{device}: aliases of {what}"):
            # To deny an alias costs a copy; to claim one that is none loses a write.
            changed, told = changed_by_a_write(make)
            _expect(changed or not told, "is claimed, and a write to the base does not arrive")
    for what, make in _FRESH.items():
        with report.check(f"{device}: {what} has memory of its own"):
            base = _matrix(device, 0)._array
            if backend.as_array(make(ns, base)) is base:
                continue  # the core copies a result that is the operand itself
            changed, _ = changed_by_a_write(make)
            _expect(not changed, "a write to the operand changes the result")
    with report.check(f"{device}: add_in_place"):
        x, y = (_matrix(device, seed)._array for seed in (0, 1))
        wanted = (backend.to_numpy(x) + backend.to_numpy(y)).tolist()
        _expect(backend.to_numpy(backend.add_in_place(x, y)).tolist() == wanted, "gave another sum")


def _matrix(device: Device, seed: int) -> Any:
    """A 3 x 4 matrix of different numbers in (0.3, 1.7)."""
    return _place(
        [[0.4 + ((7 * (4 * i + j) + 5 * seed + 3) * (seed + 2) % 13) / 10.5 for j in range(4)] for i in range(3)],
        device,
    )


def _compare(what: str, there: Any, here: Any, double: bool) -> None:
    _expect(there.shape == here.shape, f"{what} has shape {there.shape}, not {here.shape}")
    _expect(there.dtype.kind == here.dtype.kind, f"{what} is {there.dtype}, not {here.dtype}")
    ours, here = there.to_device("cpu").detach(), here.detach()
    if here.dtype.kind not in "fc":
        _expect(ours.tolist() == here.tolist(), f"{what} is {ours.tolist()}, not {here.tolist()}")
        return
    # A few hundred roundings of numbers of the size of the largest.
    tolerance = (1e-12 if double else 1e-4) * (1 + float(xp.max(xp.abs(here))) if here.size else 1)
    difference = xp.astype(ours, here.dtype) - here
    worst = float(xp.max(xp.abs(difference))) if here.size else 0.0
    _expect(worst <= tolerance, f"{what} is off by {worst:.1e}")


def _check_calls(report: BackendReport, device: Device) -> None:
    double = _double(device)
    host = as_device("cpu")
    for what, call in _CALLS.items():
        with report.check(f"{device}: {what}", beyond=what == "indexing by an array"):
            results = []
            for where in (device, host):
                x, y = (_matrix(device, seed).to_device(where).detach().requires_grad_() for seed in (0, 1))
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
                    _compare(part, there, here, double)
    for what, call in _CONSTANT_CALLS.items():
        with report.check(f"{device}: {what}"):
            there, here = (
                call(xp, *[_matrix(device, seed).to_device(where) for seed in (0, 1)]) for where in (device, host)
            )
            _compare("the value", there, here, double)
    with report.check(f"{device}: gradients that come back from the CPU"):
        x = _matrix(device, 0).requires_grad_()
        xp.sum(x.to_device("cpu") ** 2).backward()
        assert x.grad is not None
        _expect(x.grad.device == device, f"the gradient is on {x.grad.device}")
        _compare("the gradient", x.grad, 2 * x.detach().to_device("cpu"), double)
    with report.check(f"{device}: a zero cotangent stays zero where the derivative is infinite"):
        x = _place([0.0, 4.0], device).requires_grad_()
        xp.sum(xp.where(x > 0, xp.sqrt(x), 0.0)).backward()
        assert x.grad is not None
        _expect(x.grad.tolist() == [0.0, 0.25], f"the gradient is {x.grad.tolist()}")


_WRITES: dict[str, Callable[[Any, Any], None]] = {
    "a slice": lambda x, y: _set(x, (slice(1, None), slice(None, None, 2)), y[1:, ::2]),
    "an element": lambda x, y: _set(x, (0, 1), 9.0),
    "everything": lambda x, y: _set(x, ..., y),
    "an index array": lambda x, y: _set(x, xp.asarray([2, 0], device=x.device), y[:2]),
    "an index array with repetitions": lambda x, y: _set(x, xp.asarray([1, 1, 0], device=x.device), y),
    "a mask": lambda x, y: _set(x, x > 1, 0.0),
    "a view": lambda x, y: _set(xp.permute_dims(x, (1, 0)), 2, y[:, 0]),
    "an operator": lambda x, y: _add(x[1], y[1]),
}


def _set(x: Any, key: Any, value: Any) -> None:
    x[key] = value


def _add(x: Any, y: Any) -> None:
    x += y


def _check_writes(report: BackendReport, device: Device) -> None:
    double = _double(device)
    host = as_device("cpu")
    for what, write in _WRITES.items():
        with report.check(f"{device}: writing through {what}", beyond="index array" in what):
            results = []
            for where in (device, host):
                x, y = (_matrix(device, seed).to_device(where).detach() for seed in (0, 1))
                raw = wrap(x._backend.xp.asarray(x._array, copy=True), x._backend)
                write(raw, y)
                for leaf in (x, y):
                    leaf.requires_grad_()
                squares = x * x  # keeps x, so that the write must not reach what was kept
                z = xp.positive(x)
                write(z, y)
                xp.sum(z * z * z + squares).backward()
                results.append((raw, z, x.grad, y.grad))
            _compare("the value", results[0][0], results[1][0], double)
            _compare("the tracked value", results[0][1], results[1][1], double)
            for part, there, here in zip(("x", "y"), results[0][2:], results[1][2:], strict=True):
                if here is not None:
                    _expect(there is not None, f"{part} has no gradient")
                    _compare(f"the gradient of {part}", there, here, double)
