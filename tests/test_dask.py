"""The Dask backend: lazy, in chunks, with NumPy's results, over an array that is larger than the memory allowed."""

import os
import pickle
import subprocess
import sys
from functools import partial

import dask
import dask.array as da
import numpy as np
import pytest

import apitensor as xp
from apitensor.autograd import grad, hvp, jvp
from apitensor.testing import check_backend
from tests.samples import SAMPLES, Operand


@pytest.fixture(autouse=True)
def in_this_thread():
    """Small graphs are done before a pool of threads has begun."""
    with dask.config.set(scheduler="synchronous"):
        yield


def chunked(array, chunks=2):
    return xp.asarray(da.from_array(np.asarray(array), chunks=chunks), device="dask")


def test_the_contract_is_met_and_what_lacks_is_dasks_limit():
    report = check_backend("dask", verbose=False)
    assert report.ok, report
    assert report.passed > 450
    assert len(report.lacking) == 9 and all("Dask's limit" in text for text in report.lacking)


def test_small_integers_have_half_precision_as_on_the_cpu():
    x = np.asarray([1, 2, 3], np.int8)
    y = xp.exp(chunked(x))
    assert y.dtype == xp.float16 and np.array_equal(y.numpy(), xp.exp(xp.asarray(x)).numpy())
    assert xp.asarray([0.5], dtype="float16", device="dask").dtype == xp.float16


def test_nothing_is_computed_before_a_value_is_asked_for():
    computed = []

    def block(x):
        computed.append(x.shape)
        return x

    x = xp.asarray(da.ones((4, 4), chunks=2).map_blocks(block, dtype="float64"), device="dask", requires_grad=True)
    before = len(computed)  # Dask itself has tried it on nothing
    y = xp.sum(xp.exp(x[1:] @ x) ** 2)
    y.backward()
    assert len(computed) == before and "lazy" in repr(y) and "lazy" in repr(x.grad)
    assert x.grad.numpy().shape == (4, 4)
    assert len(computed) > before


def test_chunks_are_kept():
    x = chunked(np.arange(12.0).reshape(4, 3))
    assert x._array.chunks == ((2, 2), (2, 1)) and (x * 2)._array.chunks == x._array.chunks


@pytest.mark.parametrize(
    "use", [xp.sort, xp.argsort, lambda x: xp.take_along_axis(x, xp.asarray([[3, 70]], device=x.device), axis=-1)]
)
def test_bringing_an_axis_into_one_chunk_makes_no_larger_chunks(use):
    array = np.random.default_rng(0).normal(size=(64, 96))
    x = xp.asarray(da.from_array(array, chunks=(64, 8)), device="dask")
    y = use(x)
    assert y._array.numblocks[0] > 1 and np.prod(y._array.chunksize) <= 64 * 8
    assert np.array_equal(y.numpy(), use(xp.asarray(array, device="cpu")).numpy())


# ---- keys, which Dask knows few of


def split_unevenly(array, seed=0):
    """A lazy array in chunks of any size, some of them empty."""
    rng = np.random.default_rng(seed)
    chunks = []
    for n in array.shape:
        sizes = np.diff([0, *np.sort(rng.integers(0, n + 1, 2)), n])
        chunks.append(tuple(map(int, sizes)))
    return xp.asarray(da.from_array(np.asarray(array), chunks=tuple(chunks)), device="dask")


BASE = np.arange(60.0).reshape(3, 4, 5)
LIST, TABLE = np.asarray([2, -1, 0, 2]), np.asarray([[0, 1], [-2, 1]])
KEYS = {
    "an integer beside a step backwards": (2, slice(None, None, -1), slice(4, None, -2)),
    "steps backwards": (..., slice(None, None, -1), slice(None, None, -2)),
    "new axes": (None, 1, None, ..., None, slice(1, None)),
    "nothing": (slice(2, 1), slice(None, None, -1)),
    "an integer beside a list": (1, slice(None, None, -1), LIST),
    "a list beside an integer": (LIST, 1),
    "a list and a new axis": (LIST, None, ..., slice(3, None, -2)),
    "a table": (slice(None, None, -1), TABLE),
    "lists that follow each other": (slice(1, None), TABLE, TABLE),
    "lists apart": (LIST, slice(1, 3), LIST),
    "lists that no axis keeps apart": (slice(None), LIST, ..., LIST),
    "lists of every axis": (LIST, LIST, 3),
    "no index": (np.zeros((0,), dtype=int), slice(None, None, -1)),
}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS.keys())
@pytest.mark.parametrize("split", [chunked, split_unevenly])
def test_elements_are_read_and_written_by_numpys_rules(split, key):
    x = split(BASE).requires_grad_()
    there = BASE[key]
    assert x[key].shape == there.shape and np.array_equal(x[key].detach().numpy(), there)
    weights = np.sin(np.arange(there.size)).reshape(there.shape)
    xp.sum(x[key] * split(weights)).backward()
    gradient = np.zeros(BASE.shape)
    np.add.at(gradient, key, weights)
    np.testing.assert_allclose(x.grad.numpy(), gradient)
    for value in (weights, weights[None], weights[:1], 7.5):
        y, wanted = x.detach() * 1, BASE.copy()
        wanted[key] = value
        y[key] = split(value) if isinstance(value, np.ndarray) else value
        assert np.array_equal(y.numpy(), wanted)
    y = x * 1
    y[key] = v = split(weights).requires_grad_()
    xp.sum(y * split(BASE)).backward()
    w = xp.asarray(weights, device="cpu", requires_grad=True)
    y = xp.asarray(BASE, device="cpu", copy=True)
    y[key] = w
    xp.sum(y * xp.asarray(BASE, device="cpu")).backward()
    assert np.array_equal(v.grad.numpy(), w.grad.numpy())


@pytest.mark.parametrize("key", [(7,), ([0, 7],), (0, [7]), ([0], [-5])], ids=str)
def test_what_is_out_of_bounds_is_an_error_when_it_is_computed(key):
    with pytest.raises(IndexError, match="out of bounds"):
        split_unevenly(BASE)[key].numpy()

    def write():
        x = split_unevenly(BASE)
        x[key] = 1.0
        x.numpy()

    with pytest.raises(IndexError, match="out of bounds"):
        write()


def test_a_value_that_does_not_fit_is_refused():
    x = split_unevenly(BASE)
    for value in (xp.zeros(3, device="dask"), xp.zeros((2, 1, 4, 5), device="dask")):
        with pytest.raises(ValueError, match="does not fit"):
            x[0] = value


@pytest.mark.parametrize(
    "call",
    [
        lambda x: xp.mean(x, axis=-1),
        lambda x: xp.roll(x, 1),
        lambda x: xp.repeat(x, 2, axis=1),
        lambda x: xp.take_along_axis(x, xp.zeros((0, 2), dtype="int64", device=x.device)),
        lambda x: xp.reshape(x, (2, 0, 1)),
        lambda x: xp.broadcast_to(x, (2, 0, 3)) * 1,
    ],
)
def test_arrays_without_elements(call):
    x, y = (xp.zeros((0, 3), device=d).requires_grad_() for d in ("dask", "cpu"))
    here, there = call(x), call(y)
    assert here.shape == there.shape == here.detach().numpy().shape
    xp.sum(here).backward()
    assert x.grad.numpy().shape == (0, 3)


def test_the_gradient_of_chosen_columns_keeps_the_chunks_of_rows():
    x = chunked(np.arange(24.0).reshape(8, 3)).requires_grad_()
    xp.sum(x[:, [0, 2, 2]] ** 2).backward()  # in chunks of the whole shape, a large array would not fit
    assert x.grad._array.chunks[0] == x._array.chunks[0]
    assert np.array_equal(x.grad.numpy(), x.detach().numpy() * [2.0, 0.0, 4.0])


def f(x, w):
    return xp.mean(xp.log(1 + (x @ w) ** 2)) + xp.sum(xp.tanh(x[::2, 1:]) * xp.max(x, axis=0)[1:])


def test_derivatives_of_every_kind_equal_numpys():
    rng = np.random.default_rng(0)
    arrays = rng.normal(size=(7, 5)), rng.normal(size=5)
    results = []
    for place in (xp.asarray, lambda a: chunked(a, 3)):
        x, w = map(place, arrays)
        results.append(
            [
                f(x, w).numpy(),
                grad(f)(x, w).numpy(),
                jvp(f, (x, w), (x, w))[1].numpy(),
                _first(hvp(partial(f, x), (w,), (w,))).numpy(),
            ]
        )
    for there, here in zip(*results, strict=True):
        np.testing.assert_allclose(here, there, rtol=1e-12, atol=1e-14)


def _first(results):
    return results[0] if isinstance(results, tuple | list) else results


def _limited(error):
    """Whether an error says that it is Dask's, or follows from a shape that Dask does not know."""
    return "Dask's limit" in str(error)


# Of every function its first sample: to compute a graph of few elements takes Dask milliseconds a node.
FIRST = {s.name: s for s in reversed(SAMPLES) if s.smooth and s.wrt}


# Their results' shapes are known only after computing.
UNKNOWN_SHAPES = {"unique_all", "unique_counts", "unique_inverse", "unique_values"}


@pytest.mark.parametrize("sample", FIRST.values(), ids=lambda s: s.id)
def test_samples(sample):
    """Values and gradients of every function with a derivative equal those on the CPU, or Dask says that it cannot."""
    for which in sample.fields[:1]:
        arrays = sample.draw(which)
        results = []
        for device in ("cpu", "dask"):
            # In one chunk for what takes matrices apart, else in several.
            place = chunked if device == "dask" and not sample.name.startswith("linalg.") else xp.asarray
            operands = [
                place(a).to_device(device).requires_grad_(i in sample.wrt) if isinstance(s, Operand) else a
                for i, (s, a) in enumerate(zip(sample.operands, arrays, strict=True))
            ]
            try:
                out = sample.call(xp, *operands)
                parts = out if isinstance(out, tuple | list) else [out]
                parts = [part for part in parts if part.dtype.kind in "fc"]
                total = sum(xp.sum(xp.real(xp.astype(p, "complex128") * (1 - 0.5j))) for p in parts)
                total.backward()
                results.append([p.detach().numpy() for p in parts] + [_gradient(operands[i]) for i in sample.wrt])
            except NotImplementedError as error:
                # Only what is known to depend on the data may be refused, so that no other function starts to be.
                if device != "dask" or not _limited(error) or sample.name not in UNKNOWN_SHAPES:
                    raise
                break
        if sample.name in UNKNOWN_SHAPES:
            assert len(results) == 1, "Dask computes it now: take it off the list"
            continue
        for there, here in zip(*results, strict=True):
            np.testing.assert_allclose(here, there, rtol=1e-9, atol=1e-11)


def _gradient(x):
    return np.zeros(x.shape) if x.grad is None else x.grad.numpy()


# ---- limits


LIMITS = {
    "a mask": lambda x: x[x > 2],
    "nonzero": lambda x: xp.nonzero(x),
    "unique_values": lambda x: xp.unique_values(x),
    "eigh of chunks": lambda x: xp.linalg.eigh(x),
    "svd of chunks": lambda x: xp.linalg.svd(x),
    "svdvals of chunks": lambda x: xp.linalg.svdvals(x),
    "reduced svd of chunks": lambda x: xp.linalg.svd(x, full_matrices=False),
    "values through a mask": lambda x: x.__setitem__(x > 2, xp.ones(13, device="dask")),
    "inv of unlike chunks": lambda x: xp.linalg.inv(xp.concat([x[:1], x[1:]])),
    "qr of chunks": lambda x: xp.linalg.qr(x),
    "repeats of their own": lambda x: xp.repeat(x, xp.asarray([1, 2, 3, 0], device="dask"), axis=0),
}


@pytest.mark.parametrize("call", LIMITS.values(), ids=LIMITS.keys())
def test_what_dask_cannot_do_is_said_to_be_its_limit(call):
    with pytest.raises(NotImplementedError, match="Dask's limit"):
        call(chunked(np.arange(16.0).reshape(4, 4)))


@pytest.mark.parametrize("name", [name for name in LIMITS if name.endswith("chunks")])
def test_a_matrix_in_several_chunks_can_be_computed_as_the_error_says(name):
    x = chunked(np.arange(16.0).reshape(4, 4) + 16 * np.eye(4))
    with pytest.raises(NotImplementedError, match=r"or compute elsewhere: to_device\('cpu'\)"):
        LIMITS[name](x)
    LIMITS[name](x.to_device("cpu"))


@pytest.mark.parametrize("name", ["det", "pinv", "qr", "svd", "svdvals"])
def test_a_vector_is_no_matrix(name):
    with pytest.raises(ValueError, match="a matrix has at least 2 dimensions, not 1"):
        getattr(xp.linalg, name)(xp.ones(2, device="dask"))


def test_matrices_in_several_chunks_where_dask_can():
    a = np.random.default_rng(0).normal(size=(4, 4))
    a = a @ a.T + np.eye(4)
    x, b = chunked(a), chunked(np.arange(4.0))
    np.testing.assert_allclose(xp.linalg.inv(x).numpy(), np.linalg.inv(a), rtol=1e-10)
    np.testing.assert_allclose(xp.linalg.cholesky(x).numpy(), np.linalg.cholesky(a), rtol=1e-10)
    np.testing.assert_allclose(xp.linalg.solve(x, b).numpy(), np.linalg.solve(a, np.arange(4.0)), rtol=1e-10)


def test_sorting_brings_the_axis_into_one_chunk():
    a = np.random.default_rng(0).normal(size=(5, 7))
    for axis in (0, 1):
        for descending in (False, True):
            there = xp.sort(chunked(a), axis=axis, descending=descending).numpy()
            assert np.array_equal(there, xp.sort(xp.asarray(a), axis=axis, descending=descending).numpy())
            places = xp.argsort(chunked(a), axis=axis, descending=descending).numpy()
            assert np.array_equal(np.take_along_axis(a, places, axis), there)


def test_dask_takes_no_tensor_for_another_that_has_a_gradient_of_its_own():
    a, b = (xp.asarray([1.0, 2.0], device="cpu", requires_grad=True) for _ in range(2))
    doubled = dask.delayed(lambda x: 2 * x, pure=True)
    dask.delayed(lambda a, b: xp.sum(a * b))(doubled(a), doubled(b)).compute().backward()
    assert a.grad.tolist() == b.grad.tolist() == [4.0, 8.0]
    same, other = (dask.base.tokenize(x.detach()) for x in (a, 2 * a))
    assert same == dask.base.tokenize(b.detach()) != other


def test_a_lazy_array_is_handed_on_without_being_computed():
    x = chunked(BASE) * 2
    with dask.config.set(scheduler=lambda *args, **kwargs: pytest.fail("something was computed")):
        lazy = da.asarray(x)
        assert type(lazy) is da.Array and lazy.chunks == x._array.chunks
        assert dask.base.tokenize(x) == dask.base.tokenize(x.detach()) != dask.base.tokenize(chunked(BASE) * 3)
        assert dask.base.tokenize(x) != dask.base.tokenize(lazy)
        again = pickle.loads(pickle.dumps(x))
        assert again._array.chunks == x._array.chunks
        with pytest.raises(RuntimeError, match="would lose the gradient"):
            da.asarray(x.requires_grad_())
        assert pickle.loads(pickle.dumps(x)).requires_grad
    assert np.array_equal(again.numpy(), 2 * BASE)
    assert np.array_equal(lazy[lazy > 7].compute(), (2 * BASE)[2 * BASE > 7])
    assert not hasattr(xp.zeros(2, device="cpu"), "to_dask_array")


def test_weights_that_are_computed_at_each_step_keep_the_graph_small():
    x = chunked(np.random.default_rng(0).normal(size=(6, 3)))
    w, v = (xp.zeros(3, device="dask").requires_grad_() for _ in range(2))
    sizes = []
    for _ in range(4):
        for weights in (w, v):
            weights.grad = None
            xp.mean((x @ weights - 1) ** 2).backward()
            with xp.no_grad():
                weights -= 0.1 * weights.grad
        with xp.no_grad():
            w[...] = w.detach().numpy()
        sizes.append((len(w._array.dask), len(v._array.dask)))
    assert sizes[0][0] == sizes[-1][0] < 10 and sizes[0][1] < sizes[-1][1]
    np.testing.assert_allclose(w.detach().numpy(), v.detach().numpy(), rtol=1e-12)


def test_writes():
    a = np.arange(12.0).reshape(4, 3)
    x = chunked(a)
    y = x * 1
    view = y[1:]
    y[1, :] = 50.0
    view[0, 0] = 7.0
    a[1, :] = 50.0
    a[1, 0] = 7.0
    assert np.array_equal(y.numpy(), a) and np.array_equal(view.numpy(), a[1:])
    assert np.array_equal(x.numpy(), np.arange(12.0).reshape(4, 3))


def test_what_was_written_whole_is_apart_from_the_value():
    x, y = xp.zeros(3, device="dask"), xp.ones(3, device="dask")
    x[...] = y
    y[0] = 5.0
    x[1] = 7.0
    assert x.tolist() == [1.0, 7.0, 1.0] and y.tolist() == [5.0, 1.0, 1.0]


# ---- larger than the memory, in a process of its own that may use little

PROGRAM = """
import resource
import sys

import dask
import dask.array as da
import numpy as np

import apitensor as xp

ROWS, COLUMNS, BLOCK = 1_250_000, 64, 25_000  # 640 MB in chunks of 12.8 MB
CAP = 320 * 2**20


def block(number):
    start = number * BLOCK
    rows = np.arange(start, start + BLOCK, dtype="float64")
    return np.sin(rows[:, None] * np.arange(1, COLUMNS + 1))


def chunk(block_info=None):
    return block(block_info[None]["chunk-location"][0])


def loss(x, w):
    return xp.mean(xp.log(1 + (x @ w) ** 2))


def expected(w):
    value, gradient = 0.0, np.zeros(COLUMNS)
    for number in range(ROWS // BLOCK):
        x = block(number)
        p = x @ w
        value += np.log(1 + p**2).sum()
        gradient += (2 * p / (1 + p**2)) @ x
    return value / ROWS, gradient / ROWS


def main():
    start = np.linspace(0.1, 1.0, COLUMNS)
    want = expected(start)
    data = da.map_blocks(chunk, chunks=((BLOCK,) * (ROWS // BLOCK), (COLUMNS,)), dtype="float64")
    # Threads, and what Dask loads as it first computes, shall be there before the cap is put on.
    warm = xp.asarray(da.ones((8, COLUMNS), chunks=(2, COLUMNS)), device="dask")
    loss(warm, xp.asarray(start, device="dask")).item()
    if sys.argv[1] == "threads":
        size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + CAP, size + CAP))
        try:
            np.ones((ROWS, COLUMNS))
        except MemoryError:
            pass
        else:
            raise AssertionError("the cap does not hold, so nothing would be proved")
    x = xp.asarray(data, device="dask")
    w = xp.asarray(start, device="dask", requires_grad=True)
    y = loss(x, w)
    y.backward()
    got = dask.compute(y.detach()._array, w.grad._array)
    for there, here in zip(want, got, strict=True):
        np.testing.assert_allclose(here, there, rtol=1e-10, atol=1e-15)
    print("right")


if __name__ == "__main__":
    if sys.argv[1] == "threads":
        with dask.config.set(scheduler="threads", num_workers=2):
            main()
    else:
        from distributed import Client, LocalCluster

        def work(y):  # of a tensor that is sent there
            return xp.sum(y**2).item()

        options = {"n_workers": 2, "threads_per_worker": 1, "memory_limit": CAP, "dashboard_address": None}
        with LocalCluster(processes=True, **options) as cluster, Client(cluster) as client:
            assert client.submit(work, xp.asarray(da.ones((6, 2), chunks=2), device="dask")).result(60) == 12
            main()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the cap is put on by Linux's means")
@pytest.mark.parametrize("scheduler", ["threads", "distributed"])
def test_a_gradient_over_an_array_larger_than_the_memory_allowed(scheduler, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
    done = subprocess.run(
        [sys.executable, str(program), scheduler],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0 and done.stdout.split() == ["right"], done.stdout + done.stderr
