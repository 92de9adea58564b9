"""The array object: attributes, operators, conversions, interchange, copies."""

import copy
import math
import operator
import pickle
import threading

import numpy as np
import pytest

import apitensor as xp
from tests import backends

# ---- making and showing


def test_tensors_are_made_by_functions():
    # Python's own message: a constructor that gave a better one took 30 to 130 ns of every call of every function.
    with pytest.raises(TypeError, match="Tensor\\(\\) takes no arguments"):
        xp.Tensor([1.0])


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: xp.asarray([1.0, 2.0]), "Tensor([1., 2.])"),
        (lambda: xp.asarray([1, 2]), "Tensor([1, 2])"),
        (lambda: xp.asarray(True), "Tensor(True)"),
        (lambda: xp.asarray([1j]), "Tensor([0.+1.j])"),
        (lambda: xp.asarray([1, 2], dtype=xp.int32), "Tensor([1, 2], dtype=int32)"),
        (lambda: xp.asarray(1.5, dtype=xp.float32), "Tensor(1.5, dtype=float32)"),
        (lambda: xp.asarray([1.0], requires_grad=True), "Tensor([1.], requires_grad=True)"),
        (lambda: xp.exp(xp.asarray([0.0], requires_grad=True)), "Tensor([1.], edge=exp)"),
        (lambda: xp.asarray([0.0], requires_grad=True) * 2, "Tensor([0.], edge=multiply)"),
        (lambda: xp.linalg.qr(xp.asarray([[1.0]], requires_grad=True))[1], "edge=qr)"),
        (lambda: xp.zeros((2, 0)), "Tensor([], shape=(2, 0))"),
        (lambda: xp.zeros(0), "Tensor([])"),
        (lambda: xp.zeros((2, 2)), "Tensor([[0., 0.],\n        [0., 0.]])"),
        (lambda: xp.zeros(1, device=backends.READONLY), "Tensor([0.], device='readonly')"),
    ],
)
@pytest.mark.host
def test_repr(make, text):
    assert repr(make()).endswith(text) and repr(make()) == str(make())


@pytest.mark.host
def test_repr_of_a_view_shows_it_as_it_is_now():
    x = xp.asarray([1.0, 2.0])
    view = x[1:]
    x[1] = 5.0
    assert repr(view) == "Tensor([5.])"


def test_repr_of_large_ones_is_short():
    assert len(repr(xp.zeros((1000, 1000)))) < 1000


@pytest.mark.host
def test_format():
    assert (
        f"{xp.asarray(math.pi):.2f}" == "3.14"
        and f"{xp.asarray(7):>4d}" == "   7"
        and f"{xp.asarray(1.0)}" == "Tensor(1.)"
    )
    assert f"{xp.asarray([1.0])}" == "Tensor([1.])"


# ---- attributes


@pytest.mark.host
def test_attributes():
    x = xp.zeros((2, 3), dtype=xp.float32)
    assert (x.shape, x.ndim, x.size, x.dtype, x.device) == ((2, 3), 2, 6, xp.float32, "cpu")
    assert type(x.shape) is tuple and x.T.shape == x.mT.shape == (3, 2)
    assert xp.zeros((2, 3, 4)).mT.shape == (2, 4, 3)
    z = xp.asarray([1 + 2j])
    assert z.real.tolist() == [1.0] and z.imag.tolist() == [2.0] and z.real.dtype == xp.float64
    with pytest.raises(ValueError, match="matrix_transpose"):
        _ = xp.zeros(3).mT


def test_data_types_are_the_same_on_every_backend_and_equal_numpys():
    for device in ("cpu", backends.READONLY, *backends.STRICT):
        x = xp.zeros(1, dtype=xp.float32, device=device)
        assert x.dtype is xp.float32
    assert x.dtype == np.float32 and x.dtype == "float32" and x.dtype == np.dtype("float32") and x.dtype != xp.float64
    assert np.dtype(x.dtype.name) == np.float32 and x.dtype.kind == "f" and x.dtype.itemsize == 4
    assert hash(xp.float32) == hash(xp.zeros(1, dtype="float32").dtype) and str(xp.float32) == "float32"
    assert pickle.loads(pickle.dumps(xp.int8)) is xp.int8 and copy.deepcopy(xp.int8) is xp.int8
    assert xp.zeros(1, dtype=np.float32).dtype is xp.float32 and xp.zeros(1, dtype=int).dtype is xp.int64


@pytest.mark.host
def test_devices_equal_their_strings():
    x = xp.zeros(1)
    assert x.device == "cpu" and str(x.device) == "cpu" and x.device != "cuda:0"
    assert {x.device: 1}["cpu"] == 1 and xp.zeros(1, device=x.device).device == x.device
    assert x.to_device("cpu") is not None and x.to_device(x.device).device == "cpu"
    assert pickle.loads(pickle.dumps(x.device)) == x.device
    y = x.to_device(backends.READONLY)
    assert (
        y.device == backends.READONLY and repr(y.device) == "Device('readonly')" and y.to_device("cpu").device == "cpu"
    )


@pytest.mark.host
def test_moving_to_another_device_is_differentiable():
    x = xp.asarray([1.0, 2.0], requires_grad=True)
    y = (x * x).to_device(backends.STRICT[1]) * 3.0
    assert y.device == backends.STRICT[1] and y.requires_grad
    xp.sum(y.to_device(backends.READONLY)).backward()
    assert x.grad.tolist() == [6.0, 12.0] and x.grad.device == "cpu"


# ---- operators


BINARY = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow,
    operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge,
]  # fmt: skip
BITWISE = [operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift]


def _equal(mine, right):
    assert type(mine) is xp.Tensor
    right = np.asarray(right)
    assert mine.dtype == right.dtype and mine.shape == right.shape
    np.testing.assert_array_equal(mine.detach().numpy(), right)


@pytest.mark.parametrize("function", BINARY, ids=lambda f: f.__name__)
@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "uint8"])
def test_operators_with_everything_on_either_side(function, dtype):
    a = np.array([[1, 2], [3, 4]], dtype=dtype)
    b = np.array([2, 5], dtype=dtype)
    x, y = xp.asarray(a), xp.asarray(b)
    _equal(function(x, y), function(a, b))
    others = [
        2,
        True,
        np.int64(2),
        np.float32(1.5),
        np.float64(2.5),
        np.bool_(True),
        b,
        b.astype("float32"),
        b[0],
        np.array(3),
    ]
    if dtype.startswith("float"):
        others += [2.5, np.complex64(1)] if function in BINARY[:4] else [2.5]
    for other in others:
        with np.errstate(all="ignore"):
            try:
                # NumPy's operator ** has a promotion of its own before 2.2; its function has not.
                reference = np.power if function is operator.pow else function
                expected = reference(a, other)
            except TypeError:  # such as the remainder of booleans
                continue
            _equal(function(x, other), expected)
            _equal(function(other, x), reference(other, a))


@pytest.mark.parametrize("function", BITWISE, ids=lambda f: f.__name__)
def test_bitwise_operators_with_everything_on_either_side(function):
    a = np.array([6, 3])
    x = xp.asarray(a)
    for other in (1, np.int64(2), np.array([1, 2]), np.int32(2)):
        _equal(function(x, other), function(a, other))
        _equal(function(other, x), function(other, a))
    if function in BITWISE[:3]:
        m = np.array([True, False])
        for other in (True, np.bool_(False), m):
            _equal(function(xp.asarray(m), other), function(m, other))
            _equal(function(other, xp.asarray(m)), function(other, m))


def test_matmul_and_unary_operators():
    a = np.array([[1.0, 2.0], [3.0, -4.0]])
    x = xp.asarray(a)
    for mine, right in ((x @ x, a @ a), (a @ x, a @ a), (x @ a, a @ a), (-x, -a), (+x, +a), (abs(x), abs(a))):
        _equal(mine, right)
    _equal(~xp.asarray([5]), ~np.array([5]))
    x @= a
    _equal(x, a @ a)
    with pytest.raises((TypeError, ValueError), match="matmul"):
        _ = x @ 2.0


def test_tracking_goes_through_operators_with_numpy_on_either_side():
    a = np.array([1.0, 2.0])
    for function in (
        lambda x: a * x,
        lambda x: x * a,
        lambda x: np.float64(3.0) * x,
        lambda x: np.float32(3) * x,
        lambda x: a @ x,
    ):
        x = xp.asarray(a, requires_grad=True)
        y = function(x)
        assert y.requires_grad
        xp.sum(y).backward()
        assert x.grad.tolist() in ([1.0, 2.0], [3.0, 3.0])


def test_operators_leave_strangers_to_themselves():
    class Stranger:
        def __radd__(self, other):
            return "mine"

        def __lt__(self, other):
            return "less"

        def __gt__(self, other):
            return "greater"

    x = xp.asarray([1.0])
    assert x + Stranger() == "mine" and (x < Stranger()) == "greater"
    assert (x == None) is False and (x != None) is True  # noqa: E711
    assert (x == "text") is False
    for other in ("text", None, [1.0], object(), {}):
        for function in (operator.add, operator.mul, operator.lt, operator.matmul, operator.iadd):
            with pytest.raises(TypeError):
                function(x, other)
    assert x.tolist() == [1.0]


def test_in_place_operators_are_the_ordinary_ones_in_place():
    for function, ordinary in (
        (operator.iadd, operator.add),
        (operator.isub, operator.sub),
        (operator.imul, operator.mul),
        (operator.itruediv, operator.truediv),
        (operator.ifloordiv, operator.floordiv),
        (operator.imod, operator.mod),
        (operator.ipow, operator.pow),
    ):
        x = xp.asarray([5.0, 7.0])
        view = x[1:]
        expected = ordinary(x, 2.0)
        assert function(x, 2.0) is x
        _equal(x, expected.numpy())
        assert view.tolist() == expected.tolist()[1:]
        x = xp.asarray([5.0, 7.0])
        y = x[::-1]
        function(y, xp.asarray([2.0, 1.0]))
        assert x.tolist() == ordinary(xp.asarray([5.0, 7.0]), xp.asarray([1.0, 2.0])).tolist()
    n = xp.asarray([5, 7])
    n <<= 1
    n |= 1
    n &= 14
    n ^= 3
    n >>= 1
    assert n.tolist() == [4, 6]


def test_python_numbers_do_not_change_the_data_type():
    x = xp.ones(2, dtype=xp.float32)
    assert (x * 2.0).dtype == (2 * x).dtype == (x + True).dtype == (1 / x).dtype == (2.0**x).dtype == xp.float32
    assert (xp.asarray([1], dtype=xp.int8) + 1).dtype == xp.int8
    assert (xp.asarray([1], dtype=xp.complex64) * 1j).dtype == xp.complex64


# ---- conversions


def test_rounding_as_python_has_it():
    x = xp.asarray([1.25, -2.5, 3.5])
    assert [round(e) for e in x] == [1, -2, 4] and type(round(x[0])) is int and round(xp.asarray(7)) == 7
    assert round(x, 1).tolist() == [1.2, -2.5, 3.5] and round(x[0], 1).item() == 1.2
    with pytest.raises(TypeError, match="one element"):
        round(x)
    for number in (float("nan"), float("inf")):
        with pytest.raises((ValueError, OverflowError)):
            round(xp.asarray(number))


def test_conversions_to_python_numbers():
    x = xp.asarray(2.75)
    assert (float(x), int(x), complex(x), bool(x)) == (2.75, 2, 2.75 + 0j, True)
    assert type(float(x)) is float and type(int(x)) is int and type(bool(x)) is bool and type(complex(x)) is complex
    assert (
        operator.index(xp.asarray(3)) == 3
        and [10, 20, 30][xp.asarray(1)] == 20
        and list(range(xp.asarray(2))) == [0, 1]
    )
    assert not xp.asarray(0.0) and complex(xp.asarray(1j)) == 1j and int(xp.asarray(True)) == 1
    assert float(xp.asarray([[1.5]])) == 1.5
    assert math.sin(xp.asarray(1.0)) == math.sin(1.0)
    for dtype, kind in ((xp.bool, bool), (xp.uint8, int), (xp.float32, float), (xp.complex64, complex)):
        assert type(xp.asarray(1, dtype=dtype).item()) is kind
    for function, bad in (
        (float, xp.asarray(1j)),
        (int, xp.asarray(1j)),
        (operator.index, xp.asarray(1.0)),
        (operator.index, xp.asarray([1])),
        (operator.index, xp.asarray(True)),
        (float, xp.asarray([1.0, 2.0])),
        (len, xp.asarray(1.0)),
        (iter, xp.asarray(1.0)),
    ):
        with pytest.raises(TypeError):
            function(bad)
    for function in (bool, lambda t: t.item()):
        with pytest.raises((TypeError, ValueError), match=r"\(2,\)"):
            function(xp.asarray([1.0, 2.0]))
    with pytest.raises(ValueError, match="cannot convert float NaN"):
        int(xp.asarray(math.nan))
    with pytest.raises(OverflowError):
        int(xp.asarray(math.inf))


def test_numbers_of_a_tracking_tensor_are_its_value():
    x = xp.asarray(2.0, requires_grad=True)
    assert float(x.detach()) == x.item() == 2.0 and bool(x > 1) and (x * x).tolist() == 4.0


def test_length_iteration_containment_and_unpacking():
    x = xp.asarray([[1.0, 2.0], [3.0, 4.0]])
    assert len(x) == 2 and [row.tolist() for row in x] == x.tolist()
    (a, b), c = x
    assert (a.item(), b.item(), c.tolist()) == (1.0, 2.0, [3.0, 4.0])
    for row in x:
        row[0] = 0.0
    assert x.tolist() == [[0.0, 2.0], [0.0, 4.0]], "rows are views"
    assert list(xp.zeros((0, 2))) == [] and next(reversed([*xp.asarray([1, 2])])) == 2
    p = xp.asarray([1.0, 2.0], requires_grad=True)
    sum(v * v for v in p).backward()
    assert p.grad.tolist() == [2.0, 4.0]


def test_hash_is_by_identity():
    x, y = xp.asarray(1.0), xp.asarray(1.0)
    assert hash(x) == hash(x) and len({x, y}) == 2 and {x: "x"}[x] == "x"


def test_array_namespace_versions():
    x = xp.asarray(1.0)
    assert x.__array_namespace__() is xp
    for version in ("2021.12", "2022.12", "2023.12", "2024.12", "2025.12"):
        assert x.__array_namespace__(api_version=version) is xp
    with pytest.raises(ValueError, match=r"2099\.12.*2025\.12"):
        x.__array_namespace__(api_version="2099.12")


@pytest.mark.host
def test_numpy_conversion():
    x = xp.asarray([1.0, 2.0])
    assert isinstance(np.asarray(x), np.ndarray) and np.asarray(x, dtype=np.float32).dtype == np.float32
    assert np.array(x, copy=True).tolist() == [1.0, 2.0] and np.asarray(x, copy=False).tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match=r"float64.*float32.*cop"):
        np.asarray(x, dtype=np.float32, copy=False)
    assert np.shares_memory(np.asarray(x, dtype=np.float64), x.numpy())
    assert not np.shares_memory(np.array(x, copy=True), x.numpy())
    for device in (backends.READONLY, *backends.STRICT):
        np.testing.assert_array_equal(np.asarray(xp.asarray([1.0, 2.0], device=device)), [1.0, 2.0])


# ---- DLPack


@pytest.mark.host
def test_dlpack_with_numpy():
    x = xp.asarray([1.0, 2.0])
    a = np.from_dlpack(x)
    assert a.tolist() == [1.0, 2.0] and np.shares_memory(a, x._array)
    x[0] = 9.0
    assert a.tolist() == [1.0, 2.0], "no later write reaches it"
    b = np.arange(3.0)
    y = xp.from_dlpack(b)
    y[0] = 5.0
    assert b.tolist() == [0.0, 1.0, 2.0]
    assert tuple(int(n) for n in x.__dlpack_device__()) == (1, 0)
    assert not np.shares_memory(np.from_dlpack(x, copy=True), x._array)
    assert x.__dlpack__(max_version=(1, 0)) is not None and x.__dlpack__(dl_device=(1, 0)) is not None
    assert xp.from_dlpack(x[::-1]).tolist() == [2.0, 9.0]
    with pytest.raises(BufferError, match="detach"):
        xp.asarray([1.0], requires_grad=True).__dlpack__()
    with pytest.raises((BufferError, ValueError)):
        x.__dlpack__(dl_device=(2, 0))


@pytest.mark.peers
@pytest.mark.host
def test_dlpack_with_torch():
    torch = pytest.importorskip("torch")
    x = xp.asarray([[1.0, 2.0], [3.0, 4.0]])
    t = torch.from_dlpack(x)
    assert t.tolist() == x.tolist()
    x[0, 0] = 9.0
    assert t[0, 0].item() == 1.0
    assert xp.from_dlpack(torch.arange(3)).tolist() == [0, 1, 2]
    assert xp.asarray(torch.ones(2)).tolist() == [1.0, 1.0]


# ---- copies


def test_pickling():
    for make in (
        lambda: xp.asarray([[1.0, 2.0]]),
        lambda: xp.asarray([1, 2], dtype=xp.int8),
        lambda: xp.zeros((2, 0), dtype=xp.complex64),
        lambda: xp.asarray([[1.0, 2.0], [3.0, 4.0]]).T[1],
        lambda: xp.asarray([1.0, 2.0], device=backends.READONLY),
        lambda: xp.asarray([1.0, 2.0], device=backends.STRICT[0]),
    ):
        x = make()
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            y = pickle.loads(pickle.dumps(x, protocol))
            assert (y.tolist(), y.dtype, y.device, y.shape) == (x.tolist(), x.dtype, x.device, x.shape)
            assert not y.requires_grad
            if y.size:
                y[0] = 7
                assert y.tolist() != x.tolist()
    w = pickle.loads(pickle.dumps(xp.asarray([1.0], requires_grad=True)))
    assert w.requires_grad and w.is_leaf
    with pytest.raises(RuntimeError, match="detach"):
        pickle.dumps(w * 2)
    with pytest.raises(RuntimeError, match="carries a tangent"):
        xp.autograd.jvp(lambda x: pickle.loads(pickle.dumps(x)), (1.0,), (1.0,))


def test_copies_are_independent():
    x = xp.asarray([1.0, 2.0])
    for y in (copy.copy(x), copy.deepcopy(x), xp.asarray(x, copy=True), x[:].detach()):
        y[0] = 9.0
        assert x.tolist() == [1.0, 2.0] and y.tolist() == [9.0, 2.0]
    y = copy.copy(x)
    x[1] = 5.0
    assert y.tolist() == [1.0, 2.0]
    w = xp.asarray([1.0], requires_grad=True)
    xp.sum(w * 3).backward()
    with pytest.warns(xp.GradientWarning, match=r"collects its own.* x \* 1 is recorded"):
        copy.deepcopy(w)
    with xp.no_grad():
        d = copy.deepcopy({"w": [w]})["w"][0]
    assert d.requires_grad and d.is_leaf
    xp.sum(d * d).backward()
    assert d.grad.tolist() == [2.0] and w.grad.tolist() == [3.0]
    h = w * 2
    c = copy.deepcopy(h)
    assert c.tolist() == [2.0]


# ---- the state of gradients


def test_requires_grad():
    x = xp.asarray([1.0])
    assert not x.requires_grad and x.is_leaf and x.grad is None
    assert x.requires_grad_() is x and x.requires_grad
    x.requires_grad = False
    assert not x.requires_grad
    x.requires_grad = True
    y = x * 2
    assert not y.is_leaf and y.grad is None
    with pytest.raises(RuntimeError, match="detach"):
        y.requires_grad = False
    y.requires_grad = True  # it does already
    x.grad = xp.asarray([5.0])
    assert x.grad.tolist() == [5.0]
    x.grad = None
    with pytest.raises(ValueError, match=r"\(1,\)"):
        x.grad = xp.ones(3)
    with pytest.raises(ValueError, match="tensor"):
        x.grad = 3.0
    with pytest.raises(RuntimeError, match="leaf"):
        y.grad = xp.ones(1)
    assert xp.asarray(1j, requires_grad=True).requires_grad
    assert xp.asarray([1.0], requires_grad=True).detach().requires_grad is False


def test_attributes_cannot_be_misspelt():
    with pytest.raises(AttributeError):
        xp.asarray(1.0).require_grad = True


# ---- taking numbers out


@pytest.mark.parametrize(
    "take",
    [float, complex, math.exp, lambda t: np.zeros(2).__setitem__(0, t)],
    ids=["float", "complex", "math", "array"],
)
def test_a_number_taken_out_of_a_tracking_tensor_warns_that_it_tracks_nothing(take):
    x = xp.asarray(0.5, requires_grad=True)
    for y in (x, 2 * x):
        with pytest.warns(xp.GradientWarning, match="tracks none"):
            take(y)
    with xp.no_grad():
        take(x)  # warnings are errors here
    take(xp.asarray(0.5))
    take(x.detach())
    with pytest.warns(xp.GradientWarning, match="tracks none"):
        xp.autograd.jvp(lambda t: (take(t), t)[1], (xp.asarray(0.5),), (xp.asarray(1.0),))


def test_numbers_that_are_meant_or_constant_warn_of_nothing():
    x = xp.asarray(0.5, requires_grad=True)
    assert (x.item(), int(x), bool(x)) == (0.5, 0, True)


# ---- grad modes


def test_set_grad_enabled_is_a_setting_and_a_context():
    x = xp.asarray(2.0, requires_grad=True)
    with xp.set_grad_enabled(False):
        assert not (x * x).requires_grad
        with xp.set_grad_enabled(True):
            assert (x * x).requires_grad
        assert not xp.is_grad_enabled()
    assert xp.is_grad_enabled()
    before = xp.set_grad_enabled(False)
    try:
        assert not (x * x).requires_grad
    finally:
        before.__exit__()
    assert (x * x).requires_grad


def test_set_grad_enabled_decorates_and_is_used_again():
    decorated = xp.set_grad_enabled(False)(xp.is_grad_enabled)
    assert xp.is_grad_enabled() and not decorated()
    mode = xp.set_grad_enabled(False)
    for _ in range(2):
        with mode:
            assert not xp.is_grad_enabled()
        assert xp.is_grad_enabled()
    found = []

    def elsewhere():
        with mode:
            found.append(xp.is_grad_enabled())
        found.append(xp.is_grad_enabled())

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert found == [False, True]


def test_operators_and_functions_say_their_names():
    """In tracebacks and in help(); they had been called `call`."""
    assert xp.Tensor.__add__.__name__ == "add" and xp.Tensor.__pow__.__qualname__ == "pow"
    assert xp.add.__name__ == "add" and "call" not in repr(xp.Tensor.__mul__)


def test_booleans_stay_booleans_when_conjugated():
    x = xp.asarray([True, False])
    for y in (x.conj(), xp.conj(x), np.conj(x)):
        assert y.dtype == "bool" and y.tolist() == [True, False]
        y[0] = False
        assert x[0].item() is True
