"""Devices: where tensors are, what may meet, and how they and their gradients move.

array-api-strict has several devices, which refuse to be mixed, and one of them lacks double precision.
"""

import dataclasses
import functools
import os
import re
from types import SimpleNamespace

import array_api_strict
import numpy as np
import pytest

import apitensor as xp
from apitensor._core.backend import Backend, Namespace, get_backend, register_backend
from apitensor.autograd import grad, hvp, jvp, linearize, vjp
from apitensor.testing import check_backend
from apitensor.testing._calls import FUNCTIONS
from tests.backends import CPU, READONLY, STRICT, STRICT_SINGLE
from tests.fresh import run

ONE, TWO = STRICT[:2]
DEVICES = (CPU, READONLY, *STRICT)


# ---- mixing


MIXED = {
    "add": lambda x, y: x + y,
    "where": lambda x, y: xp.where(x > 0, x, y),
    "matmul": lambda x, y: x @ y,
    "concat": lambda x, y: xp.concat([x, y]),
    "indexing": lambda x, y: x[xp.astype(y, xp.int64)],
    "assignment": lambda x, y: x.__setitem__(..., y),
    "in place": lambda x, y: x.__iadd__(y),
    "solve": lambda x, y: xp.linalg.solve(xp.eye(2, dtype=x.dtype, device=x.device), y),
}


@pytest.mark.parametrize("call", MIXED.values(), ids=MIXED.keys())
@pytest.mark.parametrize(("one", "two"), [(CPU, ONE), (ONE, CPU), (ONE, TWO), (ONE, STRICT_SINGLE), (CPU, READONLY)])
def test_mixing_devices_names_both_and_the_cure(call, one, two):
    x, y = xp.ones(2, device=one, dtype="float32"), xp.ones(2, device=two, dtype="float32")
    with pytest.raises(ValueError, match="to_device") as caught:
        call(x, y)
    message = str(caught.value)
    assert one in message and two in message


@pytest.mark.parametrize(("one", "two"), [(CPU, STRICT[0]), (STRICT[0], CPU), (STRICT[0], STRICT[1])])
def test_tangents_and_cotangents_are_where_their_tensors_are(one, two):
    """They gave results on the other device, or an error of the library there."""
    x, v, leaf = (xp.asarray([[1.0, 2.0]], device=device, dtype="float64") for device in (one, two, one))
    leaf.requires_grad_()
    for call in (
        lambda: jvp(xp.sin, (x,), (v,)),
        lambda: linearize(xp.sin, x)[1](v),
        lambda: vjp(xp.sin, x)[1](v),
        lambda: hvp(lambda x: xp.sum(x**3), (x,), (v,)),
        lambda: setattr(leaf, "grad", v),
    ):
        with pytest.raises(ValueError, match=f"on {two}, its .* on {one}: move it with to_device"):
            call()


@pytest.mark.parametrize("device", DEVICES)
def test_numbers_and_foreign_arrays_go_where_the_tensor_is(device):
    x = xp.ones(2, dtype="float32", device=device)
    for other in (2, 2.0, np.float32(2), np.asarray([2, 2], dtype="float32")):
        assert (x * other).device == device and (x * other).tolist() == [2.0, 2.0]
    assert xp.astype(x, "float64" if device != STRICT_SINGLE else "float32").device == device


# ---- moving


@pytest.mark.parametrize("there", DEVICES)
@pytest.mark.parametrize("here", DEVICES)
def test_values_and_gradients_cross(here, there):
    x = xp.asarray([1.0, 2.0, 3.0], dtype="float32", device=here, requires_grad=True)
    w = xp.asarray([5.0, 7.0, 11.0], dtype="float32", device=there, requires_grad=True)
    moved = (x * x).to_device(there)
    assert moved.device == there and moved.tolist() == [1.0, 4.0, 9.0]
    y = xp.sum((moved * w).to_device(here) * x)
    y.backward()
    assert y.device == here and x.grad.device == here and w.grad.device == there
    assert x.grad.tolist() == [15.0, 84.0, 297.0]  # 3 w x^2
    assert w.grad.tolist() == [1.0, 8.0, 27.0]  # x^3


@pytest.mark.parametrize(("here", "there"), [(CPU, ONE), (ONE, TWO), (TWO, CPU)])
def test_second_and_forward_derivatives_cross(here, there):
    def f(x):
        return xp.sum((x**2).to_device(there) ** 2).to_device(here)

    x = xp.asarray([1.0, 2.0], device=here)
    assert grad(f)(x).tolist() == [4.0, 32.0]
    assert grad(lambda x: xp.sum(grad(f)(x)))(x).tolist() == [12.0, 48.0]
    _, tangent = jvp(f, (x,), (xp.asarray([1.0, 1.0], device=here),))
    assert tangent.device == here and float(tangent) == 36.0


@pytest.mark.parametrize("device", DEVICES)
def test_moving_to_the_own_device_is_nothing(device):
    x = xp.ones(2, device=device)
    assert x.to_device(device) is x


@pytest.mark.parametrize(("here", "there"), [(CPU, ONE), (ONE, TWO), (CPU, READONLY)])
def test_what_was_moved_is_apart(here, there):
    x = xp.ones(3, device=here)
    y = x.to_device(there)
    x[0] = 5.0
    y[1] = 7.0
    assert x.tolist() == [5.0, 1.0, 1.0] and y.tolist() == [1.0, 7.0, 1.0]


def test_there_are_no_streams_to_choose():
    with pytest.raises(ValueError, match="stream"):
        xp.ones(2).to_device("cpu", stream=1)


# ---- a device without double precision


def test_a_device_without_double_precision():
    info = xp.__array_namespace_info__()
    assert "float64" not in info.dtypes(device=STRICT_SINGLE) and "float64" in info.dtypes(device=ONE)
    assert xp.ones(2, device=STRICT_SINGLE).dtype == xp.float32
    assert xp.asarray([1.0, 2.0], device=STRICT_SINGLE).dtype == xp.float32
    with pytest.raises((TypeError, ValueError), match="float64"):
        xp.zeros(2, dtype=xp.float64, device=STRICT_SINGLE)
    x = xp.asarray([1.0, 2.0], device=STRICT_SINGLE, requires_grad=True)
    xp.sum(xp.exp(x) * xp.sin(x)).backward()
    assert x.grad.dtype == xp.float32
    expected = np.exp([1.0, 2.0]) * (np.sin([1.0, 2.0]) + np.cos([1.0, 2.0]))
    np.testing.assert_allclose(x.grad.tolist(), expected, rtol=1e-6)


# ---- the default device, and the list


@pytest.mark.parametrize("device", DEVICES)
def test_the_default_device(device):
    xp.set_default_device(device)
    made = [xp.zeros(2), xp.asarray([1, 2]), xp.arange(3), xp.eye(2), xp.asarray(np.ones(2, dtype="float32"))]
    assert {x.device for x in made} == {xp.__array_namespace_info__().default_device()} == {device}
    assert xp.zeros(2, device="cpu").device == "cpu"
    assert xp.random.normal(size=3).device == device
    xp.set_default_device(None)
    assert xp.zeros(1).device == os.environ.get("APITENSOR_DEVICE", "cpu")


def test_the_default_device_comes_from_the_environment():
    code = "import tests.backends, apitensor as xp; print(xp.zeros(1).device)"
    assert run(code, APITENSOR_DEVICE=TWO) == [TWO]


def test_a_default_device_that_is_none():
    for wrong in ("cpu:1", "array_api_strict:nowhere", "nowhere"):
        with pytest.raises(ValueError, match=r"cpu|array_api_strict"):
            xp.set_default_device(wrong)


def test_devices_are_those_that_work_here():
    found = xp.__array_namespace_info__().devices()
    assert found[0] == xp.__array_namespace_info__().default_device()
    assert set(DEVICES) <= {str(device) for device in found}
    for device in found:
        assert xp.sum(xp.ones(2, device=device)).device == device


def _broken():
    raise RuntimeError("device 'broken' does not work here: no driver")


def test_a_backend_that_cannot_work_here_is_not_listed_and_says_why():
    register_backend("broken", _broken)
    assert not any(device.type == "broken" for device in xp.__array_namespace_info__().devices())
    for ask in (lambda: xp.zeros(1, device="broken"), lambda: xp.ones(1).to_device("broken:0")):
        with pytest.raises(RuntimeError, match="no driver"):
            ask()


def test_threads_that_begin_together_get_the_same_backend():
    code = """if True:
        import threading
        import apitensor as xp
        together, made = threading.Barrier(4), []
        def work():
            together.wait()
            made.append(xp.ones(1))
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(sum(made).item())
    """
    assert run(code) == ["4.0"]


def _works(name):
    try:
        get_backend(name)
    except (ImportError, RuntimeError):
        return False
    return True


@pytest.mark.skipif(_works("cuda"), reason="there is a CUDA device here; tests/gpu tests it")
def test_cuda_without_cupy_or_a_device_gives_one_clear_line():
    for ask in (lambda: xp.zeros(1, device="cuda"), lambda: xp.ones(1).to_device("cuda:0")):
        with pytest.raises(
            (ImportError, RuntimeError), match=r"device 'cuda' (needs CuPy|does not work here)"
        ) as caught:
            ask()
        assert "\n" not in str(caught.value)
    assert not any(device.type == "cuda" for device in xp.__array_namespace_info__().devices())
    # Nothing is loaded for the question.
    assert run("import apitensor, sys; apitensor.zeros(1); print('cupy' in sys.modules)") == ["False"]


# ---- what devices tell


def test_synchronize_and_memory_info():
    waited = []
    ordinary = get_backend("cpu")
    register_backend(
        "queued",
        lambda: Backend(
            name="queued",
            namespace=ordinary.namespace,
            array_type=ordinary.array_type,
            devices={"queued:0": "a", "queued:1": "b"},
            as_array=ordinary.as_array,
            to_numpy=ordinary.to_numpy,
            from_numpy=ordinary.from_numpy,
            aliases=ordinary.aliases,
            synchronize=waited.append,
            memory=lambda device: {"free": 1, "total": 2},
        ),
    )
    xp.synchronize("queued:1")
    assert waited == ["b"]
    assert xp.memory_info("queued") == {"free": 1, "total": 2}
    xp.synchronize()
    with pytest.raises(NotImplementedError, match="numpy"):
        xp.memory_info("cpu")


def test_only_cuda_tensors_have_the_cuda_array_interface():
    x = xp.ones(2, device="cpu")
    assert not hasattr(x, "__cuda_array_interface__")
    with pytest.raises(AttributeError, match="to_device"):
        x.__cuda_array_interface__  # noqa: B018


# ---- other libraries' arrays, by DLPack


def _aligned(dtype):
    """A tensor of 2 x 3 elements at an address that every library takes as it is: JAX copies from others."""
    bytes_ = np.zeros(64 + 2 * 3 * np.dtype(dtype).itemsize, dtype="uint8")
    start = -bytes_.ctypes.data % 64
    array = bytes_[start : start + 2 * 3 * np.dtype(dtype).itemsize].view(dtype).reshape(2, 3)
    array[...] = np.arange(6).reshape(2, 3)
    return xp.asarray(array, device="cpu", copy=False)


def _jax():
    """JAX, its arrays on the CPU, and where their elements are."""
    jax = pytest.importorskip("jax", reason="JAX is not installed: nothing is exchanged with it")
    there = jax.devices("cpu")[0]
    return (
        lambda array: jax.device_put(array, there),
        lambda tensor: jax.numpy.from_dlpack(tensor, device=there),
        lambda array: array.unsafe_buffer_pointer(),
    )


def _torch():
    """PyTorch, its tensors, and where their elements are."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: nothing is exchanged with it")
    return torch.from_numpy, torch.from_dlpack, lambda tensor: tensor.data_ptr()


@pytest.mark.parametrize("library", [_jax, _torch])
@pytest.mark.parametrize("dtype", ["bool", "int8", "int32", "uint8", "float32", "complex64"])
def test_arrays_are_exchanged_without_copying(library, dtype):
    make, take, address = library()
    theirs = make(np.arange(6).reshape(2, 3).astype(dtype))
    ours = xp.from_dlpack(theirs)
    assert ours.dtype == dtype and ours.device == "cpu" and ours.tolist() == theirs.tolist()
    assert ours._array.ctypes.data == address(theirs)
    ours = _aligned(dtype)
    theirs = take(ours)
    assert str(theirs.dtype).endswith(dtype) and theirs.tolist() == ours.tolist()
    assert address(theirs) == ours._array.ctypes.data


@pytest.mark.parametrize("library", [_jax, _torch])
def test_what_was_taken_from_another_library_is_differentiated_and_not_written_to(library):
    make, _, _ = library()
    theirs = make(np.asarray([1.0, 2.0], dtype="float32"))
    x = xp.from_dlpack(theirs).requires_grad_()
    xp.sum(x**3).backward()
    assert x.grad.tolist() == [3.0, 12.0]
    ours = xp.from_dlpack(theirs)
    ours[0] = 7.0
    assert ours.tolist() == [7.0, 2.0] and theirs.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("library", [_jax, _torch])
def test_no_library_gets_what_tracks(library):
    _, take, _ = library()
    with pytest.raises(BufferError, match="detach"):
        take(xp.asarray([1.0], device="cpu", requires_grad=True))


# ---- the contract


@pytest.mark.parametrize("name", [CPU, READONLY, *STRICT])
def test_the_contract_is_met(name, capsys):
    report = check_backend(name)
    printed = capsys.readouterr().out
    assert report.ok, printed
    assert printed.strip() == str(report) and report.passed > 450
    # array-api-strict refuses what the standard lacks.
    assert all("beyond the standard" in text for text in report.lacking) and (name in STRICT or not report.lacking)


def test_the_contract_on_a_device_without_integers_of_64_bits():
    """What array-api-strict itself cannot do there is all that is wrong: its functions that give or sort positions."""
    x = array_api_strict.asarray([1.0], device=array_api_strict.Device("no_x64"))
    for function in ("argmax", "argsort", "nonzero", "unique_all"):
        with pytest.raises(ValueError, match="int64"):
            getattr(array_api_strict, function)(x)
    report = check_backend("array_api_strict:no_x64", verbose=False)
    names = {text.removeprefix("array_api_strict:no_x64: ").partition(":")[0] for text in report.wrong}
    assert names == {
        *(
            f"scatter_add by {key}"
            for key in ("one array", "one array of integers", "two arrays", "negative positions")
        ),
        *("scatter_add by one array of complex numbers", "indexing by several arrays", "indexing by a mask", "take"),
        *("take_along_axis", "take_along_axis, argsort", "sort", "argsort, sort", "argmax, argmin", "count_nonzero"),
        *("searchsorted", "nonzero", "unique_values", "unique_all, unique_counts", "unique_inverse, unique_values"),
        *(
            "writing through a mask, an array",
            "integer sum",
            "sum, prod",
            "cumulative_sum, cumulative_prod",
            "linalg.matrix_rank, pinv",
        ),
    }, report
    assert all(re.search(r"does not support dtype=array_api_strict\.u?int64", text) for text in report.wrong)


class _Altered:
    """A namespace with some names replaced."""

    def __init__(self, base, **names):
        self.__dict__.update({name: getattr(base, name) for name in dir(base) if not name.startswith("__")})
        self.__array_namespace_info__ = base.__array_namespace_info__
        self.__dict__.update(names)


def _numpy_but(names=(), without=(), **record):
    """The NumPy backend as device "altered", with faults."""
    base = get_backend("cpu")
    namespace = _Altered(base.namespace, **dict(names))
    for name in without:
        delattr(namespace, name)
    fields = {
        "array_type": base.array_type,
        "devices": {"altered": "cpu"},
        "as_array": base.as_array,
        "to_numpy": base.to_numpy,
        "from_numpy": base.from_numpy,
        "aliases": base.aliases,
        "host": True,
    }
    register_backend("altered", lambda: Backend(name="altered", namespace=namespace, **{**fields, **record}))
    return check_backend("altered", verbose=False)


def test_the_contract_of_an_unaltered_copy_is_met():
    assert _numpy_but().ok


def _lossy_scatter_add(values, key, shape, /, *, out=None):
    total = np.zeros(shape, values.dtype) if out is None else out
    total[key] += values  # drops repetitions
    return total


def _ignoring_zeros(g, p):
    with np.errstate(all="ignore"):
        return np.multiply(g, p)


def _scatter_add_at_positions(values, key, shape, /, *, out=None):
    return get_backend("cpu").xp.scatter_add(values, tuple([np.abs(part) for part in key]), shape, out=out)


def _narrow_sum(x, /, *, axis=None, dtype=None, keepdims=False):
    return np.sum(x, axis=axis, dtype=dtype or x.dtype, keepdims=keepdims)


def _last_argmax(x, /, *, axis=None, keepdims=False):
    return np.size(x, axis) - 1 - np.argmax(np.flip(x, axis), axis=axis, keepdims=keepdims)


class _Uniform:
    """A generator that draws uniformly whatever is asked for."""

    def __init__(self, seed):
        self.raw = np.random.default_rng(seed)

    def random(self, size=None, dtype=float):
        return self.raw.random(size, dtype=dtype)

    standard_normal = standard_exponential = random


def _refuses(*args, **kwargs):
    raise NotImplementedError("there is no sorting here")


FAULTS = {
    "a missing function": ({"without": ["tanh"]}, "tanh"),
    "a missing parameter": ({"names": {"sum": lambda x, axis=None: np.sum(x, axis=axis)}}, "does not take"),
    "a wrong value": ({"names": {"sin": lambda x: np.sin(x) * (1 + 1e-9)}}, "off by"),
    "another data type": ({"names": {"exp": lambda x: np.exp(x).astype("float32")}}, "exp"),
    "aliases that are none": (
        {
            "names": {"reshape": lambda x, shape, copy=None: np.reshape(x, shape).copy()},
            "aliases": lambda view, base: True,
        },
        "claimed",
    ),
    "a range that begins at 1": (
        {"names": {"arange": lambda a, b=None, c=1, **given: np.arange(*((1, a) if b is None else (a, b, c)))}},
        "it gave [1, 2]",
    ),
    "a result that is its operand's memory": ({"names": {"positive": lambda x: x[...]}}, "changes a result"),
    "an operand that is written to": ({"names": {"tan": lambda x: np.tan(x, out=x)}}, "changes an operand"),
    "a special value": ({"names": {"maximum": np.fmax}}, "maximum of special values"),
    "digits lost next to zero": ({"names": {"expm1": lambda x: np.exp(x) - 1}}, "expm1 of special values"),
    "the sign of remainders": ({"names": {"remainder": np.fmod}}, "remainder of both signs"),
    "sums in a narrow type": ({"names": {"sum": _narrow_sum}}, "sum, prod: AssertionError: result 0 is uint8"),
    "the last of equal elements": ({"names": {"argmax": _last_argmax}}, "argmax, argmin"),
    "stacks of one matrix": (
        {"names": {"matmul": lambda a, b: a @ b if a.ndim < 3 else np.repeat((a @ b)[:1], len(a), 0)}},
        "matmul",
    ),
    "scalars that count as arrays": (
        {"names": {"result_type": lambda *x: np.result_type(*[np.asarray(y) if np.isscalar(y) else y for y in x])}},
        "result_type gives",
    ),
    "negative positions": ({"names": {"scatter_add": _scatter_add_at_positions}}, "scatter_add by negative positions"),
    "ones everywhere": ({"names": {"is_ones": lambda x: True}}, "is_ones"),
    "memory taken for rows": (
        {"from_numpy": lambda array, device: np.frombuffer(array.tobytes("A"), array.dtype).reshape(array.shape)},
        "from_numpy, of any memory",
    ),
    "kernels in another type": ({"real_kernels": {"exp": lambda x: np.exp(x, dtype=float)}}, "real_kernels"),
    "writes that take no axes for granted": (
        {"write": lambda x, key, value: get_backend("cpu").write(x, tuple([k for k in key if k is not ...]), value)},
        "an integer behind an ellipsis",
    ),
    "other random numbers": ({"default_rng": lambda seed, device: _Uniform(seed)}, "random.standard_normal"),
    "lost repetitions": ({"names": {"scatter_add": _lossy_scatter_add}}, "scatter_add"),
    "zeros that are lost": ({"names": {"safe_multiply": _ignoring_zeros}}, "safe_multiply"),
    "NaN that is missed": ({"names": {"has_nan": lambda x: False}}, "missed a NaN"),
    "devices of two types": ({"devices": {"altered": "cpu", "other": "cpu"}}, "of one type"),
    "another array on the way back": ({"from_numpy": lambda array, device: array + array}, "came back"),
    "the host's memory in spite of `apart`": ({"apart": True}, "the host's memory"),
    "writes that get lost": ({"write": lambda x, key, value: x}, "writing"),
}


@pytest.mark.parametrize(("fault", "message"), FAULTS.values(), ids=FAULTS.keys())
def test_the_check_notices(fault, message):
    report = _numpy_but(**fault)
    assert not report.ok
    assert message in str(report)


@pytest.mark.parametrize("name", ["zeros", "arange", "linspace", "zeros_like", "sort"])
def test_the_check_notices_another_device(name):
    base = get_backend("array_api_strict")
    function = getattr(base.namespace, name)
    first = base.devices[ONE]

    def somewhere_else(*args, device=None, **kwargs):
        return function(*args, **kwargs).to_device(first)

    namespace = SimpleNamespace(**{**vars(base.namespace), name: somewhere_else})
    devices = {"altered:0": first, "altered:1": base.devices[TWO]}
    register_backend("altered", lambda: dataclasses.replace(base, devices=devices, namespace=namespace))
    report = check_backend("altered:1", verbose=False)
    assert any("device" in text for text in report.wrong)


def test_every_function_of_the_contract_is_called():
    called = set()

    def spy(base, path=""):
        names = {name: getattr(base, name) for name in dir(base) if not name.startswith("__")}
        spied = SimpleNamespace(**{name: watched(f, path + name) for name, f in names.items()})
        spied.__array_namespace_info__ = getattr(base, "__array_namespace_info__", None)
        return spied

    def watched(f, path):
        if path in ("linalg", "fft"):
            return spy(f, f"{path}.")
        if not callable(f) or isinstance(f, type):
            return f

        def call(*args, **kwargs):
            called.add(path)
            return f(*args, **kwargs)

        return functools.wraps(f)(call)

    base = get_backend("cpu")
    register_backend(
        "altered", lambda: dataclasses.replace(base, devices={"altered": "cpu"}, namespace=spy(base.namespace))
    )
    assert check_backend("altered", verbose=False).ok
    assert set(FUNCTIONS) - called <= {"finfo", "iinfo", "isdtype", "broadcast_shapes", "from_dlpack"}


def test_what_a_backend_says_it_lacks_is_not_held_against_it():
    report = _numpy_but(names={"sort": _refuses})
    assert report.ok and any("no sorting" in text for text in report.lacking)


def test_the_namespace_is_filled_up():
    assert isinstance(get_backend("cpu").xp, Namespace)
