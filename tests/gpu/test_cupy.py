"""The CuPy backend on a CUDA device. Without one all of this is skipped, and nothing of it is known."""

import operator
from types import SimpleNamespace

import numpy as np
import pytest

import apitensor as xp
from apitensor._core import extras
from apitensor._core.backend import Namespace, get_backend
from apitensor.testing import check_backend
from tests.samples import SAMPLES
from tests.test_ops import assert_close, run
from tests.test_synchronisation import WAITS, differentiate, place

try:
    BACKEND = get_backend("cuda")
except (ImportError, RuntimeError) as missing:
    pytest.skip(str(missing), allow_module_level=True)

import cupy
import cupyx

from apitensor_cupy import load

# CuPy warns that it may not see every wait; the ones that it sees are what these tests ask for.
pytestmark = pytest.mark.filterwarnings("ignore:cupyx.allow_synchronize will be removed:UserWarning")


OWN = BACKEND.xp
PORTABLE = Namespace(SimpleNamespace(**{k: v for k, v in vars(BACKEND.namespace).items() if k not in extras.PORTABLE}))


def test_the_contract_is_met():
    report = check_backend("cuda")
    assert report.ok and not report.lacking, report


def test_a_driver_without_cudas_libraries_is_told_of_in_a_line(monkeypatch):
    def absent():
        raise RuntimeError("libnvrtc.so.12 was not found\nin many folders")

    monkeypatch.setattr(cupy.cuda.nvrtc, "getVersion", absent)
    with pytest.raises(RuntimeError, match=r"here: libnvrtc.so.12 was not found; pip install .*\[ctk\]' brings .*s$"):
        load()


@pytest.mark.parametrize(
    ("sample", "which", "single"),
    [
        pytest.param(s, which, single, id=f"{s.id}-{which}-{'single' if single else 'double'}")
        for s in SAMPLES
        for which in s.fields
        for single in (False, True)
        if s.runs(single, strict=False)
    ],
)
def test_values_and_derivatives_are_those_on_the_cpu(sample, which, single):
    """Of all records, in all modes, as on array-api-strict's devices."""
    xp.set_default_device("cuda:0")  # for those without operands
    found = run(sample, which, "cuda:0", single)
    xp.set_default_device("cpu")
    wanted = run(sample, which, "cpu", single)
    for name, arrays in vars(wanted).items():
        # The derivative of x / x is zero but for rounding, which is not the same on a device.
        assert_close(vars(found)[name], arrays, 1e-3 if single else 1e-11, least=1e-4)


def test_of_several_values_for_a_position_the_last_one_stays():
    places = np.arange(100_000) % 7
    values = np.arange(100_000.0)
    x = xp.zeros(7, device="cuda")
    y = xp.asarray(values, device="cuda", requires_grad=True)
    x[xp.asarray(places, device="cuda")] = y
    assert x.tolist() == [values[places == i][-1] for i in range(7)]
    xp.sum(x).backward()
    assert xp.sum(y.grad).item() == 7.0 and xp.all(y.grad[-7:] == 1)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128", "int64", "int8"])
def test_scatter_add_equals_numpys(dtype):
    rng = np.random.default_rng(0)
    places, values = rng.integers(-5, 5, 1000), rng.integers(0, 3, 1000).astype(dtype)
    wanted = np.zeros(5, dtype)
    np.add.at(wanted, places, values)
    got = xp.scatter_add(xp.asarray(values, device="cuda"), (xp.asarray(places, device="cuda"),), (5,))
    assert got.tolist() == wanted.tolist()


OUT_OF_BOUNDS = {
    "reading": lambda x, i: x[1:, i],
    "reading by two arrays": lambda x, i: x[i - i, i],
    "reading behind a mask": lambda x, i: x[xp.asarray([True, False, True, True], device="cuda")][:, ..., i],
    "writing": lambda x, i: x.__setitem__((..., i), 1.0),
    "take": lambda x, i: xp.take(x, i, axis=-1),
    "take_along_axis": lambda x, i: xp.take_along_axis(x, i[None, :], axis=1),
    "scatter_add": lambda x, i: xp.scatter_add(x[0, :3], (i,), (5,)),
}


@pytest.mark.parametrize("dtype", ["int8", "int64", "uint64"])
@pytest.mark.parametrize("name", OUT_OF_BOUNDS)
def test_an_index_out_of_bounds_is_told_of_when_the_host_waits(name, dtype):
    use, x = OUT_OF_BOUNDS[name], xp.ones((4, 5), device="cuda")
    for good in ([0, 4, 1], [0, 4, -5]) if dtype != "uint64" else ([0, 4, 1],):
        use(x, xp.asarray(good, dtype=dtype, device="cuda"))
        xp.synchronize("cuda")
    for bad in (5, 77, -6):
        if dtype == "uint64" and bad < 0:
            continue
        use(x, xp.asarray([0, bad, 4], dtype=dtype, device="cuda"))
        with pytest.raises(IndexError, match=rf"held {bad} for an axis of 5 elements"):
            xp.synchronize("cuda")
        xp.synchronize("cuda")  # it is said once


@pytest.mark.parametrize(
    "read", [lambda y: y.item(), float, bool, str, lambda y: y.numpy(), lambda y: y.to_device("cpu")]
)
def test_no_number_is_read_after_an_index_out_of_bounds(read):
    y = xp.ones(3, device="cuda")[[3]][0]
    with pytest.raises(IndexError, match="an index array held 3 for an axis of 3 elements"):
        read(y)


def test_an_axis_without_elements_has_no_index():
    x = xp.zeros((3, 0), device="cuda")
    assert x[:, xp.zeros(0, dtype="int64", device="cuda")].shape == (3, 0)
    with pytest.raises(IndexError, match=r"axis 1 of an array of shape \(3, 0\)"):
        x[:, [0]]


@pytest.mark.parametrize("name", ["floor_divide", "remainder", "expm1", "log1p", "sign", "tanh", "sqrt", "logaddexp"])
def test_special_values_equal_those_on_the_cpu(name):
    values = [0.0, -0.0, 0.1, 1.0, -1.0, 7.0, np.inf, -np.inf, np.nan]
    function = getattr(xp, name)
    host = xp.asarray(values, device="cpu")
    pairs = [host[:, None], host[None, :]] if name in ("floor_divide", "remainder", "logaddexp") else [host]
    with np.errstate(all="ignore"):  # NumPy warns of poles
        here = function(*pairs).numpy()
    there = function(*[x.to_device("cuda") for x in pairs]).numpy()
    np.testing.assert_allclose(there, here, rtol=1e-14)
    assert np.array_equal(np.signbit(there[there == 0]), np.signbit(here[here == 0]))


@pytest.mark.parametrize("name", ["floor_divide", "remainder"])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_divisions_with_a_rest_equal_numpys(dtype, name):
    rng = np.random.default_rng(0)
    x, y = (rng.normal(size=(2, 5000)) * 10.0 ** rng.integers(-2, 3, (2, 5000))).astype(dtype)
    for divisor in (y, np.full(5000, 0.1, dtype)):
        got = getattr(xp, name)(xp.asarray(x, device="cuda"), xp.asarray(divisor, device="cuda"))
        with np.errstate(over="ignore"):  # quotients of half precision
            wanted = getattr(np, name)(x, divisor)
        assert got.dtype == dtype
        np.testing.assert_array_equal(got.numpy(), wanted)


@pytest.mark.parametrize("power", [2, 2.0, -1, -1.0])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "complex128"])
def test_squares_and_reciprocals_are_products_and_quotients(dtype, power):
    x = xp.asarray([-2.0, 0.1, 3.0, 30.0], dtype=dtype, device="cpu")
    got = (x.to_device("cuda") ** power).to_device("cpu")
    assert got.dtype == dtype and xp.all(got == (x * x if power == 2 else 1 / x))


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("atan2", "complex64"),
        ("copysign", "complex64"),
        ("bitwise_left_shift", "float32"),
        ("bitwise_right_shift", "float32"),
    ],
)
def test_data_types_that_a_function_does_not_take_are_refused_in_a_line(name, dtype):
    x = xp.ones(2, dtype=dtype, device="cuda")
    with pytest.raises(TypeError) as caught:
        getattr(xp, name)(x, x)
    assert name in str(caught.value) and "\n" not in str(caught.value)


def test_an_upload_takes_the_memory_of_one_array():
    host = np.arange(2.0**20)
    pool = cupy.get_default_memory_pool()
    pool.free_all_blocks()
    pool.set_limit(size=pool.used_bytes() + host.nbytes * 3 // 2)
    try:
        x = xp.asarray(host, device="cuda")
    finally:
        pool.set_limit(size=0)
    host[0] = 7.0
    assert x[0].item() == 0.0 and x[-1].item() == 2.0**20 - 1


def test_used_up_memory_is_explained():
    total = xp.memory_info("cuda")["total"]
    with pytest.raises(MemoryError, match=r"cuda:0 has no .* left: .* used by arrays, .* free of"):
        xp.zeros(total, dtype="float64", device="cuda")
    assert xp.sum(xp.ones(3, device="cuda")).item() == 3.0


def test_nothing_waits_for_the_device():
    x = xp.ones((2000, 2000), device="cuda")
    x.requires_grad_()

    def work():
        y = x
        for _ in range(50):
            y = xp.tanh(y @ x / 2000)
        xp.sum(y).backward()

    work()  # compiles the kernels, for which it does wait
    stream = cupy.cuda.Stream(non_blocking=True)
    cupy.cuda.Device().synchronize()
    with stream:
        work()
        assert not stream.done, "the work was done before it was asked for"
    stream.synchronize()
    assert x.grad.shape == x.shape


# Counts of repetitions, which the host has to know, and what old versions of cuSOLVER lack
WAITS_IN_CUPY = {"repeat-3", "linalg.eig", "linalg.eigvals"}


def test_no_op_waits_for_the_device():
    """The records of all ops, as in tests/test_synchronisation.py; CuPy itself says who waits."""
    waited = {}
    for sample in SAMPLES:
        for which in sample.fields:
            if not {sample.id, sample.name} & (WAITS | WAITS_IN_CUPY):
                operands = place(sample, which, "cuda")
                try:
                    with cupyx.allow_synchronize(False):
                        differentiate(sample, operands)
                except RuntimeError as error:  # cupyx.DeviceSynchronized, or with the name of the op before its text
                    if "synchronization" not in str(error):
                        raise
                    waited[f"{sample.id}-{which}"] = str(error)
    assert not waited


def test_one_value_is_written_through_a_mask_without_waiting():
    x = xp.reshape(xp.arange(6.0, device="cuda"), (2, 3))
    rows = xp.asarray([False, True], device="cuda")
    with cupyx.allow_synchronize(False):
        x[x > 3] = -1.0
        x[rows] = xp.asarray(7.0, device="cuda")
    assert x.tolist() == [[0.0, 1.0, 2.0], [7.0, 7.0, 7.0]]


INF, NAN = np.inf, np.nan


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("other", [1.5, INF, NAN, "alike", "wider", "of more dimensions"])
def test_safe_multiply_equals_the_portable_one(other, dtype):
    rng = np.random.default_rng(2)
    g = OWN.asarray(rng.choice([0.0, -0.0, 1.5, -2.0], 20).astype(dtype))
    if isinstance(other, str):
        numbers = rng.choice([1.0, 3.5, INF, NAN, 0.0], (4, 20) if other == "of more dimensions" else 20)
        other = OWN.asarray(numbers.astype(np.result_type(dtype, "float64") if other == "wider" else dtype))
    got, wanted = OWN.safe_multiply(g, other), PORTABLE.safe_multiply(g, other)
    assert got.dtype == wanted.dtype
    np.testing.assert_array_equal(got.get(), wanted.get())


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize(("shape", "axis"), [((5,), None), ((4, 5), (0,)), ((4, 5), (0, 1)), ((2, 3, 4), (2,))])
@pytest.mark.parametrize("values", [[1.0, -2.5, 3.0], [1.0, INF], [0.5, -INF], [-INF], [INF, -INF], [NAN, 1.0, INF]])
def test_minus_max_equals_the_portable_one(values, shape, axis, dtype):
    x = OWN.asarray(np.random.default_rng(5).choice(values, shape).astype(dtype))
    for got, wanted in zip(OWN.minus_max(x, axis), PORTABLE.minus_max(x, axis), strict=True):
        assert got.dtype == wanted.dtype == dtype
        np.testing.assert_array_equal(got.get(), wanted.get())


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("values", [[0.0, 1.0, 2.0], [-0.0, 0.0, NAN], [INF, -INF, NAN, 1.0]])
@pytest.mark.parametrize("shape", [((), ()), ((7,), (7,)), ((3, 1), (1, 4)), ((0, 2), (2,)), ((2, 3), None)])
@pytest.mark.parametrize("wider", [False, True])
def test_share_equals_the_portable_one(wider, shape, values, dtype):
    rng = np.random.default_rng(7)
    x, other = (OWN.asarray(np.asarray(rng.choice(values, s), dtype)) if s is not None else 0.0 for s in shape)
    if wider and shape[1] is not None:
        other = OWN.astype(other, "float64")
    for beats in (OWN.greater, OWN.less):
        got, wanted = OWN.share(beats, x, other), PORTABLE.share(beats, x, other)
        assert got.dtype == wanted.dtype == dtype
        np.testing.assert_array_equal(got.get(), wanted.get())


@pytest.mark.parametrize("dtype", ["float16", "uint8", "int16", "uint32", "uint64"])
def test_scatter_add_of_further_types(dtype):
    values = np.asarray([1, 2, 3, 4], dtype=dtype)
    total = cupy.asarray(np.asarray([5, 6, 7], dtype=dtype))
    got = BACKEND.xp.scatter_add(cupy.asarray(values), (cupy.asarray([0, 2, 0, -1]),), (3,), out=total)
    assert got.dtype == dtype and got.tolist() == [9, 6, 13]


def test_sums_and_means_of_half_precision_have_its_digits():
    x = np.random.default_rng(0).uniform(size=100_000).astype("float16")
    for axis, shape in ((None, (100_000,)), (1, (2, 50_000)), (0, (50_000, 2))):
        there = xp.asarray(x.reshape(shape) / np.float16(4), device="cuda")
        for name in ("sum", "mean"):
            got = getattr(xp, name)(there, axis=axis)
            assert got.dtype == "float16"
            wanted = getattr(np, name)(x.reshape(shape).astype("float64") / 4, axis=axis)
            np.testing.assert_allclose(got.numpy(), wanted, rtol=1e-3)
    assert xp.mean(xp.ones(100_000, dtype="float16", device="cuda")).item() == 1.0


def test_transforms_of_a_shape_that_is_asked_for_along_other_axes():
    x = np.random.default_rng(0).normal(size=(4, 3))
    for name in ("fftn", "ifftn", "rfftn", "irfftn"):
        got = getattr(xp.fft, name)(xp.asarray(x if name == "rfftn" else x + 1j, device="cuda"), s=(4, 3), axes=(1, 0))
        wanted = getattr(np.fft, name)(x if name == "rfftn" else x + 1j, s=(4, 3), axes=(1, 0))
        np.testing.assert_allclose(got.to_device("cpu").numpy(), wanted, atol=1e-14)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["rfft", "ihfft", "rfftn"])
@pytest.mark.parametrize("foreign", [False, True])
def test_transforms_of_windows_that_begin_between_complex_numbers(foreign, name, dtype):
    """cuFFT refuses such addresses (https://github.com/cupy/cupy/issues/9229)."""
    host = np.random.default_rng(0).normal(size=(2, 3, 5)).astype(dtype)
    x = xp.asarray(host, device="cuda")[1]
    if foreign:  # CuPy does not know that this is a window
        x = xp.from_dlpack(x)
    assert x._array.data.ptr % (2 * x.dtype.itemsize)
    tolerance = 1e-5 if dtype == "float32" else 1e-14
    np.testing.assert_allclose(getattr(xp.fft, name)(x).numpy(), getattr(np.fft, name)(host[1]), atol=tolerance)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("upper", [False, True])
def test_a_matrix_without_a_cholesky_factor_gives_nan(upper, dtype):
    rng = np.random.default_rng(0)
    root = rng.normal(size=(4, 70, 70)) + (1j * rng.normal(size=(4, 70, 70)) if dtype.startswith("complex") else 0)
    good = (root @ np.swapaxes(root.conj(), -1, -2)).astype(dtype)
    bad = good.copy()
    bad[0, 0, 0], bad[1, 69, 69], bad[2, 40, 40], bad[3, 3, 3] = -1, 0, -1, np.nan
    cases = {False: (bad[1], bad, np.asarray([[1, 2], [2, 1]], dtype), np.ones((2, 2), dtype)), True: (good[0], good)}
    for has_one, hosts in cases.items():
        for host in hosts:
            x = xp.asarray(host, device="cuda")
            with cupyx.allow_synchronize(False):
                factor = xp.linalg.cholesky(x, upper=upper)
            wanted = np.linalg.cholesky(host, upper=upper) if has_one else np.full(host.shape, np.nan)
            assert factor.dtype == dtype
            tolerance = 1e-2 if dtype in ("float32", "complex64") else 1e-9
            np.testing.assert_allclose(factor.numpy(), wanted, rtol=tolerance, atol=tolerance)


def test_numbers_from_one_complex_bound_to_another():
    got = xp.linspace(1 + 2j, 3 - 2j, 5, device="cuda")
    assert got.dtype == "complex128" and got.tolist() == [1 + 2j, 1.5 + 1j, 2, 2.5 - 1j, 3 - 2j]


def test_special_functions_and_those_that_cupy_lacks():
    special = pytest.importorskip("scipy.special")
    x = np.asarray([0.1, 0.5, 1.5, 4.0])
    for name in ("erf", "gammaln", "digamma", "i0", "ndtr"):
        tensor = xp.asarray(x, device="cuda", requires_grad=True)
        y = getattr(xp.special, name)(tensor)
        np.testing.assert_allclose(y.detach().numpy(), getattr(special, name)(x), rtol=1e-12, err_msg=name)
        xp.sum(y).backward()
        assert tensor.grad.device == "cuda:0"
    with pytest.raises(NotImplementedError, match=r"lack jv.*to_device"):
        xp.special.jv(1.0, xp.asarray(x, device="cuda"))


def test_arrays_are_exchanged_with_jax():
    jax = pytest.importorskip("jax")
    if jax.default_backend() != "gpu":
        pytest.skip("this jax has no GPU")
    x = xp.arange(4.0, device="cuda", dtype="float32")
    theirs = jax.numpy.from_dlpack(x)
    assert theirs.unsafe_buffer_pointer() == x._array.data.ptr and theirs.tolist() == [0.0, 1.0, 2.0, 3.0]
    ours = xp.from_dlpack(theirs)
    assert ours.device == "cuda:0" and ours._array.data.ptr == theirs.unsafe_buffer_pointer()


def test_arrays_are_exchanged_without_copying():
    x = xp.arange(4.0, device="cuda")
    array = cupy.from_dlpack(x)
    assert array.data.ptr == x._array.data.ptr
    assert cupy.asarray(x).data.ptr == x._array.data.ptr
    back = xp.from_dlpack(array)
    assert back.device == "cuda:0" and back._array.data.ptr == array.data.ptr
    tracked = xp.ones(2, device="cuda", dtype="float32").requires_grad_()
    with pytest.raises(AttributeError, match="detach"):
        tracked.__cuda_array_interface__  # noqa: B018
    with pytest.raises(RuntimeError, match="detach"):
        cupy.asarray(tracked)


@pytest.mark.parametrize("use", [operator.add, operator.mul, operator.truediv, operator.pow, operator.lt])
@pytest.mark.parametrize("other", [[2.0, 3.0], 2.0])
def test_cupys_arrays_give_way_to_tensors_that_track(use, other):
    x = xp.asarray([1.0, 2.0], device="cuda").requires_grad_()
    y = use(cupy.asarray(other), x)
    assert isinstance(y, xp.Tensor) and y.tolist() == use(cupy.asarray(other), cupy.asarray([1.0, 2.0])).tolist()
    assert y.requires_grad or use is operator.lt


def test_arrays_are_exchanged_with_torch():
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("this torch has no CUDA")
    x = xp.arange(4.0, device="cuda")
    tensor = torch.from_dlpack(x)
    assert tensor.data_ptr() == x._array.data.ptr and tensor.tolist() == [0.0, 1.0, 2.0, 3.0]
    assert xp.from_dlpack(tensor)._array.data.ptr == tensor.data_ptr()


def test_random_numbers_are_drawn_there_and_repeat():
    rng = xp.random.default_rng(3, device="cuda")
    state = rng.state
    first = rng.normal(size=1000)
    assert first.device == "cuda:0" and abs(xp.mean(first).item()) < 0.2
    rng.state = state
    assert rng.normal(size=1000).tolist() == first.tolist()
    assert sorted(rng.permutation(10).tolist()) == list(range(10))
    assert set(rng.choice(5, size=5, replace=False).tolist()) == set(range(5))


@pytest.mark.skipif(len(BACKEND.devices) < 2, reason="there is one device only")
def test_two_devices():
    x = xp.ones(3, device="cuda:1").requires_grad_()
    y = xp.exp(x)
    assert y.device == "cuda:1"
    xp.sum(y.to_device("cuda:0") * 2).backward()
    assert x.grad.device == "cuda:1"
    with pytest.raises(ValueError, match="to_device"):
        xp.ones(3, device="cuda:0") + xp.ones(3, device="cuda:1")
