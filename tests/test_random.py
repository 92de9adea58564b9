"""Generators: their distributions, their derivatives, their state, and backends without one."""

import inspect
import pickle
import sys
import threading

import numpy as np
import pytest
from scipy import stats

import apitensor as xp
from apitensor._core.backend import get_backend
from tests import backends  # noqa: F401  (registers the test backends)

N = 20_000
CONTINUOUS = {
    "random": ((), stats.uniform()),
    "uniform": ((-1.0, 3.0), stats.uniform(-1, 4)),
    "standard_normal": ((), stats.norm()),
    "normal": ((2.0, 0.5), stats.norm(2, 0.5)),
    "exponential": ((3.0,), stats.expon(scale=3)),
    "gamma": ((2.5, 0.5), stats.gamma(2.5, scale=0.5)),
    "beta": ((2.0, 3.0), stats.beta(2, 3)),
}
DISCRETE = {
    "binomial": ((10, 0.3), stats.binom(10, 0.3)),
    "poisson": ((4.0,), stats.poisson(4)),
    "integers": ((-2, 5), stats.randint(-2, 5)),
    "choice": ((7,), stats.randint(0, 7)),
}


OTHER_DEVICES = [device for kind in ("readonly", "array_api_strict") for device in get_backend(kind).devices]


@pytest.fixture
def rng():
    return xp.random.default_rng(0)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_continuous_distribution(rng, name):
    parameters, expected = CONTINUOUS[name]
    x = getattr(rng, name)(*parameters, size=N)
    assert x.dtype == xp.float64
    assert stats.kstest(x.numpy(), expected.cdf).pvalue > 1e-3


@pytest.mark.parametrize("name", DISCRETE)
def test_discrete_distribution(rng, name):
    parameters, expected = DISCRETE[name]
    x = getattr(rng, name)(*parameters, size=N)
    assert x.dtype == xp.int64
    found, counts = np.unique(x.numpy(), return_counts=True)
    likely = expected.pmf(found) * N > 5
    deviations = (counts - expected.pmf(found) * N) / np.sqrt(expected.pmf(found) * N)
    assert np.max(np.abs(deviations[likely])) < 4.5
    assert np.sum(counts[~likely]) < N / 100


@pytest.mark.host
@pytest.mark.parametrize("name", [*CONTINUOUS, *DISCRETE])
def test_same_numbers_as_numpy(rng, name):
    parameters, _ = {**CONTINUOUS, **DISCRETE}[name]
    ours = getattr(rng, name)(*parameters, size=(2, 3)).numpy()
    theirs = getattr(np.random.default_rng(0), name)(*parameters, size=(2, 3))
    np.testing.assert_allclose(ours, theirs, rtol=1e-15)


@pytest.mark.parametrize("name", [*CONTINUOUS, *DISCRETE])
def test_sizes(rng, name):
    parameters, _ = {**CONTINUOUS, **DISCRETE}[name]
    draw = getattr(rng, name)
    assert draw(*parameters).shape == ()
    for size, shape in [((), ()), (3, (3,)), ([2, 3], (2, 3)), (np.int64(2), (2,)), (0, (0,))]:
        assert draw(*parameters, size=size).shape == shape
    if parameters and name != "choice":
        column = xp.full((2, 1), parameters[0])
        assert draw(column, *parameters[1:]).shape == (2, 1)
        assert draw(column, *parameters[1:], size=(4, 2, 3)).shape == (4, 2, 3)
        with pytest.raises(ValueError, match="broadcast"):
            draw(column, *parameters[1:], size=(3,))


@pytest.mark.parametrize("name", ["random", "uniform", "standard_normal", "normal", "exponential"])
def test_dtypes(rng, name):
    draw = getattr(rng, name)
    assert draw(size=3, dtype=xp.float32).dtype == xp.float32
    assert draw(size=3, dtype="float32").dtype == xp.float32
    assert draw(size=(), dtype=np.float32).dtype == xp.float32
    with pytest.raises(TypeError, match="float32 or float64"):
        draw(size=3, dtype=xp.int64)
    with pytest.raises(TypeError, match="float32 or float64"):
        draw(size=3, dtype=xp.complex128)


def test_dtype_follows_the_parameters(rng):
    single = xp.asarray([1.0, 2.0], dtype=xp.float32)
    assert rng.normal(single, 1.0).dtype == xp.float32
    assert rng.normal(single, single, dtype=xp.float64).dtype == xp.float64
    assert rng.normal(single, xp.asarray(1.0)).dtype == xp.float64
    assert rng.uniform(xp.asarray([0, 1]), 5).dtype == xp.float64
    assert rng.integers(3, size=2, dtype=xp.uint8).dtype == xp.uint8


@pytest.mark.parametrize(
    ("draw", "derivative"),
    [
        (lambda rng, p: rng.normal(p, 2.0, size=5), lambda x, p: 1.0 + 0 * x),
        (lambda rng, p: rng.normal(1.0, p, size=5), lambda x, p: (x - 1.0) / p),
        (lambda rng, p: rng.uniform(p, 7.0, size=5), lambda x, p: (7.0 - x) / (7.0 - p)),
        (lambda rng, p: rng.uniform(-1.0, p, size=5), lambda x, p: (x + 1.0) / (p + 1.0)),
        (lambda rng, p: rng.exponential(p, size=5), lambda x, p: x / p),
        (lambda rng, p: rng.gamma(2.0, p, size=5), lambda x, p: x / p),
    ],
)
def test_gradient_of_location_and_scale(rng, draw, derivative):
    p = xp.asarray(3.0, requires_grad=True)
    x = draw(rng, p)
    xp.sum(x).backward()
    expected = xp.sum(derivative(x.detach(), 3.0))
    np.testing.assert_allclose(p.grad.numpy(), expected.numpy(), rtol=1e-13)


def test_a_parameter_without_a_derivative_raises(rng):
    p = xp.asarray(0.5, requires_grad=True)
    weights = xp.asarray([0.5, 0.5], requires_grad=True)
    for draw in (
        lambda: rng.gamma(p),
        lambda: rng.beta(p, 1.0),
        lambda: rng.beta(1.0, p),
        lambda: rng.binomial(3, p),
        lambda: rng.poisson(p),
        lambda: rng.choice(2, p=weights),
    ):
        with pytest.raises(TypeError, match="no derivative"):
            draw()
    assert rng.poisson(p.detach()).shape == ()


@pytest.mark.host
def test_invalid_parameters(rng):
    with pytest.raises(ValueError, match="scale"):
        rng.normal(0.0, -1.0)
    with pytest.raises(ValueError, match="scale"):
        rng.exponential(xp.asarray([1.0, -1.0]))
    with pytest.raises(ValueError, match="shape"):
        rng.gamma(-1.0)
    with pytest.raises(TypeError, match="complex"):
        rng.normal(1j)
    with pytest.raises(TypeError, match="complex"):
        rng.uniform(xp.asarray([1j]))


def test_permutation(rng):
    assert sorted(rng.permutation(50).tolist()) == list(range(50))
    x = xp.reshape(xp.arange(12.0), (3, 4)).requires_grad_()
    rows, columns = rng.permutation(x), rng.permutation(x, axis=1)
    assert sorted(rows.detach().tolist()) == x.detach().tolist()
    assert sorted(columns.detach().mT.tolist()) == x.detach().mT.tolist()
    weights = rng.normal(size=(3, 4))
    xp.sum(weights * rng.permutation(x)).backward()
    assert sorted(x.grad.tolist()) == sorted(weights.tolist())


@pytest.mark.host
def test_choice(rng):
    drawn = rng.choice(10, size=(2, 5), replace=False)
    assert sorted(xp.reshape(drawn, (-1,)).tolist()) == list(range(10))
    with pytest.raises(ValueError, match="larger"):
        rng.choice(3, size=4, replace=False)
    assert set(rng.choice(4, size=100, p=[0.5, 0.0, 0.5, 0.0]).tolist()) == {0, 2}
    x = xp.reshape(xp.arange(6.0), (2, 3)).requires_grad_()
    y = rng.choice(x, size=(5, 4), axis=1)
    assert y.shape == (2, 5, 4)
    assert rng.choice(x).shape == (3,)
    xp.sum(y).backward()
    assert xp.sum(x.grad, axis=1).tolist() == [20.0, 20.0]


def test_complex_tensors_are_permuted_and_chosen_from(rng):
    x = xp.asarray([1j, 2j])
    assert rng.permutation(x).dtype == rng.choice(x, 3).dtype == xp.complex128


def test_a_parameter_that_is_a_view_of_something_tracked(rng):
    base = xp.ones(2)
    lam = base[0, ...]
    base[0] = xp.asarray(2.0, requires_grad=True)
    with pytest.raises(TypeError, match="no derivative"):
        rng.poisson(lam)


def test_results_track_nothing_and_are_writable(rng):
    x = rng.normal(size=3)
    assert not x.requires_grad
    x[0] = 5.0
    assert x[0] == 5.0


def test_state_and_pickle(rng):
    rng.normal(size=3)
    state, copy = rng.state, pickle.loads(pickle.dumps(rng))
    first = rng.normal(size=5).tolist()
    assert copy.normal(size=5).tolist() == first
    rng.state = state
    assert rng.normal(size=5).tolist() == first
    assert copy.device == rng.device


def test_seeds():
    draw = [xp.random.default_rng(seed).random(4).tolist() for seed in (1, 1, 2, [1, 2], None, None)]
    assert draw[0] == draw[1]
    assert len({tuple(numbers) for numbers in draw}) == 5
    rng = xp.random.default_rng(3)
    assert xp.random.default_rng(rng) is rng


def test_default_generator():
    before = xp.random.get_state()
    try:
        xp.random.manual_seed(5)
        first = [xp.random.normal(size=3).tolist(), xp.random.integers(100, size=3).tolist()]
        state = xp.random.get_state()
        second = xp.random.random(3).tolist()
        xp.random.set_state(pickle.loads(pickle.dumps(state)))
        assert xp.random.random(3).tolist() == second
        xp.random.manual_seed(5)
        assert [xp.random.normal(size=3).tolist(), xp.random.integers(100, size=3).tolist()] == first
    finally:
        xp.random.set_state(before)


def test_a_state_from_before_the_first_draw():
    before = xp.random.get_state()
    try:
        xp.random.manual_seed(9)
        state = xp.random.get_state()
        first = xp.random.random(3).tolist()
        xp.random.set_state(state)
        assert xp.random.random(3).tolist() == first
    finally:
        xp.random.set_state(before)


def test_module_functions_are_the_methods():
    names = {n for n, f in vars(xp.random.Generator).items() if not n.startswith("_") and inspect.isfunction(f)}
    assert names <= set(xp.random.__all__)
    for name in names:
        method = list(inspect.signature(getattr(xp.random.Generator, name)).parameters.values())
        function = list(inspect.signature(getattr(xp.random, name)).parameters.values())
        assert method[1:] == function


@pytest.mark.parametrize("device", OTHER_DEVICES)
def test_a_backend_without_a_generator(device):
    """It gets what the CPU draws, in the data types that the device has."""
    there, here = xp.random.default_rng(0, device=device), xp.random.default_rng(0, device="cpu")
    defaults = xp.__array_namespace_info__().default_dtypes(device=device)
    for name, (parameters, _) in {**CONTINUOUS, **DISCRETE}.items():
        x = getattr(there, name)(*parameters, size=4)
        assert x.device == device
        assert x.dtype == defaults["real floating" if name in CONTINUOUS else "integral"]
        if defaults["real floating"] == xp.float64:
            assert x.tolist() == getattr(here, name)(*parameters, size=4).tolist()
    loc = xp.asarray([1.0, 2.0], device=device, requires_grad=True)
    xp.sum(there.normal(loc)).backward()
    assert loc.grad.tolist() == [1.0, 1.0]
    lam = xp.asarray([1.0, 2.0], device=device)
    assert there.poisson(lam).device == there.permutation(lam).device == there.choice(lam).device == device
    with pytest.raises(ValueError, match="move it"):
        here.normal(loc)
    copy = pickle.loads(pickle.dumps(there))
    assert copy.device == device
    assert copy.random(3).tolist() == there.random(3).tolist()


def test_default_device():
    (device, *_) = OTHER_DEVICES
    xp.set_default_device(device)
    assert xp.random.normal(size=2).device == device
    assert xp.random.default_rng(0).device == device
    xp.set_default_device(None)
    assert xp.random.normal(size=2).device == xp.zeros(2).device


@pytest.mark.host
def test_a_seed_that_is_none_changes_nothing():
    xp.random.manual_seed(3)
    first = xp.random.random(2).tolist()
    xp.random.manual_seed(3)
    with pytest.raises(TypeError):
        xp.random.manual_seed("text")
    assert xp.random.random(2).tolist() == first


def test_threads_that_begin_together_draw_different_numbers():
    before = sys.getswitchinterval()
    state = xp.random.get_state()
    sys.setswitchinterval(1e-6)
    try:
        for seed in range(50):
            xp.random.manual_seed(seed)
            xp.random._generators.clear()  # as at the start of a program
            together, drawn = threading.Barrier(4), []

            def work(together=together, drawn=drawn):
                together.wait()
                drawn.append(xp.random.normal().item())

            threads = [threading.Thread(target=work) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert len(set(drawn)) == 4
    finally:
        sys.setswitchinterval(before)
        xp.random.set_state(state)
