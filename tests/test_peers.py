"""Values and gradients of `linalg` and `fft` beside those of PyTorch and JAX, where these are installed.

One record per call, over the standard's names, which all three know. What a function leaves open (phases, orders,
signs) the call takes out of its results. Where a peer has no derivative or a wrong one the record says so (`apart`),
and ours is compared with differences instead. PyTorch's gradient of complex numbers has our convention, JAX's is the
conjugate.
"""

from __future__ import annotations

import operator
import warnings
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import apitensor
from apitensor.autograd import check_gradients, gradients

pytestmark = pytest.mark.peers
INF = float("inf")


@dataclass(frozen=True, eq=False)
class Case:
    """One call: `call(xp, *operands)`; `apart` says by peer why its gradient is no reference."""

    name: str
    call: Callable[..., Any]
    operands: tuple[Any, ...]
    apart: dict[str, str]
    tolerance: float
    peers: tuple[str, ...]


CASES: dict[str, Case] = {}


def case(
    name: str,
    *operands: Any,
    call: Any = None,
    apart: Any = None,
    tolerance: float = 1e-11,
    peers: tuple[str, ...] = (),
    nasty: bool = False,
    **parameters: Any,
) -> None:
    """Add a record, by default of the function of that name.

    JAX compiles each record, which takes a thousand times as long as all else: it takes part in the nasty ones, and in
    every sixteenth of a function over either field.
    """
    if call is None:

        def call(xp: Any, *xs: Any) -> Any:
            return operator.attrgetter(name)(xp)(*xs, **parameters)

    field = "complex" if any(np.iscomplexobj(x) for x in operands) else "real"
    count = sum(id.startswith(f"{name}-{field}-") for id in CASES)
    peers = peers or (("torch", "jax") if nasty or count % 16 == 0 else ("torch",))
    CASES[f"{name}-{field}-{count + 1}"] = Case(name, call, operands, apart or {}, tolerance, peers)


def flat(result: Any) -> list[Any]:
    return [x for part in result for x in flat(part)] if isinstance(result, (tuple, list)) else [result]


def draw(*shape: int, complex: bool = False, like: str = "") -> Any:
    """Random numbers, the same ones for the same arguments."""
    rng = np.random.default_rng(zlib.crc32(repr((shape, like)).encode()))
    x = rng.normal(size=shape)
    return x + 1j * rng.normal(size=shape) if complex else x


def weight(y: Any) -> Any:
    """The cotangent that an output gets in every library."""
    return draw(*y.shape, complex=np.iscomplexobj(y), like="cotangent")


# ---- what may differ between libraries, taken out


def herm(xp: Any, x: Any) -> Any:
    return 0.5 * (x + xp.conj(xp.matrix_transpose(x)))


def gram(xp: Any, x: Any) -> Any:
    """Positive definite."""
    return x @ xp.conj(xp.matrix_transpose(x)) + xp.eye(x.shape[-1], dtype=x.dtype)


def sums(xp: Any, w: Any, v: Any) -> Any:
    """What depends neither on the order of values nor on the phases of their vectors."""
    return [xp.sum(w**n, axis=-1) for n in (1, 2, 3)], xp.sum(w[..., None, :] * xp.abs(v) ** 4, axis=-1)


def spans(xp: Any, u: Any, s: Any, vh: Any) -> Any:
    """What depends on the spaces that the columns span: those of the singular vectors, and of the rest."""
    k = s.shape[-1]
    uh, v = xp.conj(xp.matrix_transpose(u)), xp.conj(xp.matrix_transpose(vh))
    rest = (u[..., k:] @ uh[..., k:, :], v[..., k:] @ vh[..., k:, :])
    return s, xp.abs(u[..., :k]) ** 2, xp.abs(vh[..., :k, :]) ** 2, *rest


def rebuilt(xp: Any, w: Any, v: Any) -> Any:
    """The square of a Hermitian matrix."""
    return (v * w[..., None, :] ** 2) @ xp.conj(xp.matrix_transpose(v))


def projector(xp: Any, w: Any, v: Any) -> Any:
    """Onto the space of the two smallest eigenvalues."""
    return v[..., :2] @ xp.conj(xp.matrix_transpose(v[..., :2]))


def polar(xp: Any, u: Any, s: Any, vh: Any) -> Any:
    """The nearest unitary matrix."""
    return u @ vh


def triangle(xp: Any, q: Any, r: Any) -> Any:
    """With a positive diagonal of R, and what spans the rest of Q."""
    k = min(r.shape[-2:])
    sign = xp.sign(xp.real(xp.linalg.diagonal(r)))
    main, rest = q[..., :k] * sign[..., None, :], q[..., k:]
    return main, sign[..., :, None] * r[..., :k, :], rest @ xp.conj(xp.matrix_transpose(rest))


# ---- linalg

NO_EIG = {"jax": "it has no derivative of eig"}
ZERO_DET = {"torch": "at a singular matrix its gradient is zero"}
REST_OF_U = {"torch": "its null space has the gradient zero", "jax": "it has no derivative of full matrices"}
COMPLETE = {"torch": "it has no derivative of the complete Q of a tall matrix"}
EQUAL = {"torch": "equal values give NaN", "jax": "equal values give NaN"}

for _complex in (False, True):

    def _x(*shape: int, like: str = "", complex: bool = _complex) -> Any:
        return draw(*shape, complex=complex, like=like)

    for _shape in ((4, 4), (2, 3, 3), (0, 3, 3), (1, 1)):
        for _upper in (False, True):
            case(
                "linalg.cholesky",
                _x(*_shape),
                call=lambda xp, x, upper=_upper: xp.linalg.cholesky(gram(xp, x), upper=upper),
            )
        case("linalg.det", _x(*_shape))
        case("linalg.inv", _x(*_shape))
        case("linalg.slogdet", _x(*_shape))
        case("linalg.solve", _x(*_shape), _x(*_shape[:-1], 2, like="right"))
        case("linalg.eigvalsh", _x(*_shape), call=lambda xp, x: xp.linalg.eigvalsh(herm(xp, x)))
        case("linalg.eigh", _x(*_shape), call=lambda xp, x: sums(xp, *xp.linalg.eigh(herm(xp, x))))
        case("linalg.eig", _x(*_shape), call=lambda xp, x: sums(xp, *xp.linalg.eig(x)), apart=NO_EIG)
        case("linalg.eigvals", _x(*_shape), call=lambda xp, x: [xp.sum(xp.linalg.eigvals(x) ** n) for n in (1, 2, 3)])
        for _n in (-2, 0, 1, 2, 5):
            case("linalg.matrix_power", _x(*_shape), call=lambda xp, x, n=_n: xp.linalg.matrix_power(x, n))
        case("linalg.trace", _x(*_shape))
    case("linalg.solve", _x(3, 3), _x(3, like="right"))
    case("linalg.solve", _x(2, 3, 3), _x(3, 2, like="right"))
    case("linalg.solve", _x(3, 3), _x(2, 3, 2, like="right"))
    case("linalg.solve", _x(3, 3, complex=False), _x(3, 2, like="right"))

    for _shape in ((4, 3), (3, 4), (2, 3, 2), (3, 3)):
        _tall, _wide = _shape[-2] > _shape[-1], _shape[-2] < _shape[-1]
        case("linalg.svdvals", _x(*_shape))
        case("linalg.svd", _x(*_shape), call=lambda xp, x: spans(xp, *xp.linalg.svd(x, full_matrices=False)))
        case(
            "linalg.svd",
            _x(*_shape),
            call=lambda xp, x: spans(xp, *xp.linalg.svd(x)),
            apart=REST_OF_U if _tall or _wide else None,
        )
        case("linalg.pinv", _x(*_shape))
        case("linalg.qr", _x(*_shape), call=lambda xp, x: triangle(xp, *xp.linalg.qr(x)))
        case(
            "linalg.qr",
            _x(*_shape),
            call=lambda xp, x: triangle(xp, *xp.linalg.qr(x, mode="complete")),
            apart=COMPLETE if _tall else None,
        )
        case("linalg.matrix_rank", _x(*_shape))
        case("linalg.matrix_transpose", _x(*_shape))
        for _ord in ("fro", "nuc", 2, -2, 1, -1, INF, -INF):
            case("linalg.matrix_norm", _x(*_shape), ord=_ord)
        case("linalg.matrix_norm", _x(*_shape), keepdims=True)
        for _offset in (0, 1, -1, 3, -4):
            case("linalg.diagonal", _x(*_shape), offset=_offset)
            case("linalg.trace", _x(*_shape), offset=_offset)
        for _ord in (2, 1, 0, 3, 2.5, 0.5, -1, INF, -INF):
            for _axis in (-1, 0, None):
                case("linalg.vector_norm", _x(*_shape), ord=_ord, axis=_axis)
    case("linalg.vector_norm", _x(2, 3, 4), axis=(0, 2), keepdims=True)

    case("linalg.cross", _x(2, 3), _x(2, 3, like="right"))
    case("linalg.cross", _x(3, 2), _x(3, 1, like="right"), axis=-2)
    case("linalg.outer", _x(2), _x(3))
    case("linalg.vecdot", _x(2, 3), _x(3))
    case("linalg.vecdot", _x(3, 2), _x(3, 1), axis=-2)
    for _shapes in (((2, 3), (3, 4)), ((3,), (3,)), ((3,), (2, 3, 2)), ((2, 1, 2, 3), (4, 3, 2)), ((0, 2), (2, 3))):
        case("linalg.matmul", *(_x(*shape) for shape in _shapes))
    case("linalg.matmul", _x(2, 3, complex=False), _x(3, 2))
    for _axes in (0, 1, 2, ((1,), (2,)), ((0, 2), (1, 0))):
        _left, _right = ((2, 3, 4), (4, 2, 3)) if isinstance(_axes, tuple) else ((2, 3, 4), (3, 4, 2))
        _right = (4, 3, 2) if _axes == 1 else _right
        case("linalg.tensordot", _x(*_left), _x(*_right), axes=_axes)

    # nearly equal and equal values
    _u = np.linalg.qr(_x(4, 4))[0]
    _uh = np.conj(_u.T)
    for _gap in (1e-2, 1e-4, 1e-6):  # the vectors are known to eps / gap, everywhere
        case(
            "linalg.eigh",
            (_u * [1.0, 1.0 + _gap, 2.0, 3.0]) @ _uh,
            call=lambda xp, x: rebuilt(xp, *xp.linalg.eigh(herm(xp, x))),
            tolerance=1e-13 / _gap,
            nasty=True,
        )
    for _values in (np.asarray([1.0, 1.0, 2.0, 3.0]), np.asarray([0.0, 0.0, 1.0, 1.0]), np.ones(4)):
        _matrix = (_u * _values) @ _uh
        case("linalg.svdvals", _matrix, call=lambda xp, x: xp.sum(xp.linalg.svdvals(x) ** 2), nasty=True)
        case("linalg.eigvalsh", _matrix, call=lambda xp, x: xp.sum(xp.linalg.eigvalsh(herm(xp, x)) ** 2), nasty=True)
        case("linalg.eigh", _matrix, call=lambda xp, x: xp.sum(xp.linalg.eigh(herm(xp, x))[0] ** 3), nasty=True)
        if _values[1] != _values[2]:
            case(
                "linalg.eigh",
                _matrix,
                call=lambda xp, x: projector(xp, *xp.linalg.eigh(herm(xp, x))),
                apart=EQUAL,
                nasty=True,
            )
        case(
            "linalg.svd",
            _matrix + _u @ _uh,
            call=lambda xp, x: polar(xp, *xp.linalg.svd(x, full_matrices=False)),
            apart=EQUAL,
            nasty=True,
        )
    # matrices of low rank, and nearly so
    _one = _x(3, 1) @ np.conj(_x(3, 1)).T + 1e-4 * np.eye(3)
    case("linalg.det", _x(3, 2) @ _x(2, 3), apart=ZERO_DET, nasty=True)
    case("linalg.det", np.asarray([[1.0, 2.0], [2.0, 4.0]], _u.dtype), apart=ZERO_DET, nasty=True)
    case("linalg.matrix_rank", _x(4, 2) @ _x(2, 3), nasty=True)
    case("linalg.pinv", _x(4, 2), _x(2, 3), call=lambda xp, a, b: xp.linalg.pinv(a @ b, rtol=1e-9), nasty=True)
    case("linalg.svdvals", _x(4, 2), _x(2, 3), call=lambda xp, a, b: xp.linalg.svdvals(a @ b), nasty=True)
    case("linalg.inv", _one, tolerance=1e-6, nasty=True)
    case("linalg.solve", _one, _x(3), tolerance=1e-6, nasty=True)
    case("linalg.slogdet", _one, tolerance=1e-8, nasty=True)
    case("linalg.qr", _one, call=lambda xp, x: triangle(xp, *xp.linalg.qr(x)), tolerance=1e-6, nasty=True)
    case("linalg.cholesky", _one, call=lambda xp, x: xp.linalg.cholesky(herm(xp, x)), tolerance=1e-7, nasty=True)
    # corners: which subgradient is a convention; PyTorch's is ours
    for _vector in ([0.0, 0.0, 0.0], [3.0, 0.0, 4.0], [2.0, 0.0, -2.0]):
        for _ord in (2, 1, 3, INF):
            case("linalg.vector_norm", np.asarray(_vector, _u.dtype), ord=_ord, peers=("torch",))
    for _empty in ((0, 3), (3, 0), (2, 0, 0)):
        case("linalg.svdvals", _x(*_empty))
        case("linalg.pinv", _x(*_empty))
        case("linalg.matrix_transpose", _x(*_empty))
        case("linalg.diagonal", _x(*_empty))
        case("linalg.vector_norm", _x(*_empty))
    case("linalg.matrix_norm", _x(0, 2, 3))

# ---- fft

NORMS = ("backward", "ortho", "forward")
for _length in (4, 5):
    for _parameters in (*({"norm": norm} for norm in NORMS), *({"n": n} for n in (1, 2, 3, 4, 5, 6, 7)), {"axis": 0}):
        if _length == 4 or "n" in _parameters:
            _shape = (3, _length) if "axis" in _parameters else (_length,)
            for _name in ("fft", "ifft", "irfft", "hfft"):
                case(f"fft.{_name}", draw(*_shape, complex=True), **_parameters)
            for _name in ("rfft", "ihfft"):
                case(f"fft.{_name}", draw(*_shape), **_parameters)
for _name in ("fft", "ifft"):
    case(f"fft.{_name}", draw(5))
    case(f"fft.{_name}", draw(0, 4, complex=True), peers=("jax",))  # PyTorch's MKL refuses
for _parameters in (
    *({"norm": norm} for norm in NORMS),
    {"s": (2, 5), "axes": (-2, -1)},
    {"s": (5, 2), "axes": (0, 2)},
    {"s": (3, 4, 6), "axes": (2, 0, 1), "norm": "ortho"},
    {"axes": (1,)},
    {"axes": (2, 0), "norm": "forward"},
    {"s": (4,), "axes": (0,)},
):
    for _name in ("fftn", "ifftn", "irfftn", "rfftn"):
        case(f"fft.{_name}", draw(2, 3, 4, complex=_name != "rfftn"), **_parameters)
for _name in ("fftshift", "ifftshift"):
    for _axes in (None, 0, (0, 1)):
        case(f"fft.{_name}", draw(4, 5), axes=_axes)
for _name in ("fftfreq", "rfftfreq"):
    for _n in (1, 4, 5):
        case(f"fft.{_name}", call=lambda xp, name=_name, n=_n: getattr(xp.fft, name)(n, d=0.5, dtype=xp.float64))


# ---- the three libraries: values and gradients, as NumPy arrays


def with_apitensor(case: Case) -> tuple[list[Any], list[Any]]:
    xs = tuple(apitensor.asarray(x, requires_grad=True) for x in case.operands)
    ys = flat(case.call(apitensor, *xs))
    values = [y.detach().numpy() for y in ys]
    if not any(y.requires_grad for y in ys):
        return values, [np.zeros_like(x) for x in case.operands]
    tracking = tuple(y for y in ys if y.requires_grad)
    found = gradients(tracking, xs, tuple(apitensor.asarray(weight(y.detach().numpy())) for y in tracking))
    return values, [g.numpy() for g in found]


def with_torch(case: Case, differentiate: bool) -> tuple[list[Any], list[Any]]:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: nothing is compared with it")
    from array_api_compat import torch as xp

    xs = [torch.tensor(x, requires_grad=True) for x in case.operands]
    ys = flat(case.call(xp, *xs))
    values = [y.detach().resolve_conj().numpy() for y in ys]
    if not differentiate:
        return values, []
    pairs = [(y, torch.tensor(weight(value))) for y, value in zip(ys, values, strict=True) if y.requires_grad]
    loss = sum(torch.sum(torch.real(torch.conj(u) * y)) for y, u in pairs)
    found = torch.autograd.grad(loss, xs, allow_unused=True) if pairs else [None] * len(xs)
    grads = [torch.zeros_like(x) if g is None else g for x, g in zip(xs, found, strict=True)]
    return values, [g.resolve_conj().numpy() for g in grads]


def with_jax(case: Case, differentiate: bool) -> tuple[list[Any], list[Any]]:
    jax = pytest.importorskip("jax", reason="JAX is not installed: nothing is compared with it")
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_default_device", jax.devices("cpu")[0])  # on a GPU it lacks eig, and takes all the memory
    xp = jax.numpy

    def loss(*xs: Any) -> Any:
        ys = flat(case.call(xp, *xs))
        return sum(xp.sum(xp.real(np.conj(weight(y)) * y)) for y in ys), ys

    xs = [xp.asarray(x) for x in case.operands]
    if not (differentiate and xs):
        return [np.asarray(y) for y in jax.jit(lambda *xs: flat(case.call(xp, *xs)))(*xs)], []
    found, ys = jax.jit(jax.grad(loss, argnums=tuple(range(len(xs))), has_aux=True))(*xs)
    return [np.asarray(y) for y in ys], [np.conj(np.asarray(g)) for g in found]


PEERS = {"torch": with_torch, "jax": with_jax}


def assert_close(got: list[Any], wanted: list[Any], tolerance: float) -> None:
    assert len(got) == len(wanted)
    for a, b in zip(got, wanted, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * max(1.0, np.abs(b).max(initial=0.0)))


@pytest.mark.parametrize(
    ("peer", "name"), [(peer, name) for peer in PEERS for name in CASES if peer in CASES[name].peers]
)
def test_beside(peer, name):
    case = CASES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the peers' own
        values, found = PEERS[peer](case, peer not in case.apart)
    ours, grads = with_apitensor(case)
    assert_close(ours, values, case.tolerance)
    if peer not in case.apart:
        assert_close(grads, found, case.tolerance)
    else:
        check_gradients(lambda *xs: case.call(apitensor, *xs), case.operands, modes=["reverse"])


def test_every_function_has_a_case():
    missing = {f"linalg.{n}" for n in apitensor.linalg.__all__} | {f"fft.{n}" for n in apitensor.fft.__all__}
    assert missing == {case.name for case in CASES.values()}
