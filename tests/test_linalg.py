"""What the records of tests/samples.py do not reach: matrices that rules divide into blocks, and what errors say."""

from __future__ import annotations

import math
import re
from functools import partial

import numpy as np
import pytest

import apitensor as xp
from apitensor import linalg
from apitensor.autograd import check_gradients, grad, hvp, jvp


def draw(*shape, complex=False):
    rng = np.random.default_rng(len(shape) + shape[-1])
    x = rng.normal(size=shape)
    return x + 1j * rng.normal(size=shape) if complex else x


# ---- blocks


@pytest.mark.parametrize("complex", [False, True], ids=["real", "complex"])
@pytest.mark.parametrize("shape", [(5, 5), (8, 8), (2, 7, 7)], ids=str)
@pytest.mark.parametrize(
    "function",
    [
        lambda x: xp.linalg.cholesky(x @ xp.conj(x.mT) + 3.0 * xp.eye(x.shape[-1])),
        lambda x: xp.linalg.cholesky(x @ xp.conj(x.mT) + 3.0 * xp.eye(x.shape[-1]), upper=True),
        lambda x: tuple(xp.linalg.qr(x + 3.0 * xp.eye(x.shape[-1]))),
    ],
    ids=["cholesky", "cholesky-upper", "qr"],
)
def test_blocks(function, shape, complex, monkeypatch):
    """Rules that divide a matrix, made to divide small ones: in every mode, and of the same value as the undivided."""
    x = xp.asarray(draw(*shape, complex=complex), requires_grad=True)

    def gradient():
        results = function(x)
        results = results if isinstance(results, tuple) else (results,)
        return xp.autograd.gradients(results, (x,), tuple(xp.sin(y.detach()) for y in results))[0].numpy()

    whole = gradient()
    monkeypatch.setattr(linalg, "_SMALL", 2)
    np.testing.assert_allclose(gradient(), whole, rtol=0, atol=1e-12 * np.abs(whole).max())
    check_gradients(function, (x.detach(),))


def test_large_matrices():
    """Beyond the size from which rules divide: the gradients of log det by three ways of computing it."""
    x = draw(150, 150)
    x = xp.asarray(x @ x.T / 150 + np.eye(150))
    wanted = np.linalg.inv(x.numpy())
    for logdet in (
        lambda x: 2 * xp.sum(xp.log(xp.linalg.diagonal(xp.linalg.cholesky(x)))),
        lambda x: 2 * xp.sum(xp.log(xp.linalg.diagonal(xp.linalg.cholesky(x, upper=True)))),
        lambda x: xp.sum(xp.log(xp.abs(xp.linalg.diagonal(xp.linalg.qr(x).R)))),
        lambda x: xp.linalg.slogdet(x).logabsdet,
    ):
        np.testing.assert_allclose(grad(logdet)(x).numpy(), wanted, rtol=0, atol=1e-11)


@pytest.mark.parametrize("seed", range(4))
def test_the_space_of_values_that_are_equal_up_to_rounding(seed):
    """Computed values that should be equal differ in the last bits, by which nothing may be divided."""
    rng = np.random.default_rng(seed)
    values = np.asarray([1.0, 1.0, 1.0, 2.0, 2.0, 5.0])
    q = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    weights = rng.normal(size=(6, 6))
    weights = weights + weights.T
    c = xp.asarray(weights)

    def of_projector(v):
        return xp.sum(c * (v @ v.mT))

    # The projector onto the values 1 changes by p dA s + s dA p.
    p, s = q[:, :3] @ q[:, :3].T, (q[:, 3:] / (1.0 - values[3:])) @ q[:, 3:].T
    x = (q * values) @ q.T
    g = grad(lambda x: of_projector(linalg.eigh(x).eigenvectors[:, :3]))(xp.asarray((x + x.T) / 2))
    np.testing.assert_allclose((g + g.mT).numpy() / 2, p @ weights @ s + s @ weights @ p, atol=1e-12)

    # The left singular vectors of x are the eigenvectors of x x^T.
    x = xp.asarray((q * values) @ np.linalg.qr(rng.normal(size=(6, 6)))[0])
    by_svd = grad(lambda x: of_projector(linalg.svd(x).U[:, 3:]))(x)
    by_eigh = grad(lambda x: of_projector(linalg.eigh(x @ x.mT).eigenvectors[:, :3]))(x)
    np.testing.assert_allclose(by_svd.numpy(), by_eigh.numpy(), atol=1e-12)


# ---- elements that are not finite


@pytest.mark.parametrize("ord", [1, 2, xp.inf, "fro", "nuc"])
@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (2, 0, 0)])
def test_norm_of_a_matrix_without_elements(shape, ord):
    x = xp.zeros(shape).requires_grad_()
    y = linalg.matrix_norm(x, ord=ord, keepdims=True)
    assert y.shape == (*shape[:-2], 1, 1) and not xp.any(y)
    xp.sum(y).backward()
    assert x.grad.shape == shape


@pytest.mark.parametrize("dtype", ["int64", "uint8", "bool"])
def test_pseudo_inverse_of_integers(dtype):
    y = linalg.pinv(xp.asarray([[1, 1], [0, 1]], dtype=dtype))
    assert y.dtype == "float64"
    np.testing.assert_allclose(y.numpy(), [[1, -1], [0, 1]], atol=1e-14)


def test_determinant_of_what_is_not_finite():
    """NaN there, and the other matrices of the stack as if they were alone."""
    good, singular, bad = [[2.0, 1.0], [1.0, 3.0]], [[1.0, 2.0], [2.0, 4.0]], [[math.nan, 1.0], [1.0, 1.0]]
    with np.errstate(invalid="ignore"):
        found = grad(lambda x: xp.sum(xp.linalg.det(x)))(xp.asarray([good, singular, bad])).numpy()
    np.testing.assert_allclose(found[:2], [[[3.0, -1.0], [-1.0, 2.0]], [[4.0, -2.0], [-2.0, 1.0]]], atol=1e-14)
    assert np.isnan(found[2]).all()
    with np.errstate(invalid="ignore"):
        found = grad(lambda x: xp.sum(xp.linalg.det(x)[:2]))(xp.asarray([good, singular, bad])).numpy()
    assert not found[2].any()


@pytest.mark.host  # a device that queues its work is not asked whether a matrix is regular
def test_third_derivative_of_the_determinant_where_singular_values_are_equal():
    """The cofactors by way of the singular values have no second derivative there; those by the inverse do."""
    x = xp.asarray([[1.0, 2.0, 0.5], [0.3, -1.0, 2.0], [1.5, 0.2, 0.7]])
    third = grad(grad(grad(lambda t: linalg.det(xp.eye(3) + t * x))))(0.0)
    np.testing.assert_allclose(float(third), 6 * float(linalg.det(x)), rtol=1e-13)


# Functions of matrices that give NaN, and raise nothing, for one with NaN. CuPy does so for decompositions too.
OF_MATRICES = {
    "inv": linalg.inv,
    "solve, a vector": lambda x: linalg.solve(x, xp.asarray([1.0, 2.0, 3.0], device=x.device)),
    "solve, matrices": lambda x: linalg.solve(x, x.mT + 1.0),
    "cholesky": linalg.cholesky,
    "qr": lambda x: linalg.qr(x).R,
    "slogdet": lambda x: linalg.slogdet(x).logabsdet,
    "det": linalg.det,
    "matrix_power": lambda x: linalg.matrix_power(x, 3),
    "expm": xp.ext.expm,
}


@pytest.mark.filterwarnings("ignore:.* encountered in:RuntimeWarning")
@pytest.mark.parametrize(
    ("name", "device"),
    [
        *[(name, "readonly") for name in OF_MATRICES],
        # Devices that nobody asks for values: matrix products keep no zeros there, so neither do what is made of them
        # and the second derivatives.
        *[(name, "array_api_strict:device1") for name in OF_MATRICES if name not in ("matrix_power", "expm")],
    ],
)
def test_a_matrix_that_is_not_used_contributes_nothing(name, device):
    """The first matrix of a stack as if it were alone, whatever is in the other."""
    function = OF_MATRICES[name]
    good = draw(3, 3) @ draw(3, 3).T + 3.0 * np.eye(3)
    bad = good.copy()
    bad[0, 1] = bad[1, 0] = math.nan
    x = xp.asarray(np.stack([good, bad]), device=device)
    t = xp.asarray(np.stack([draw(3, 3)] * 2), device=device)

    def loss(x):
        return xp.sum(function(x)[0, ...] ** 2)

    derivatives = [
        lambda x, t: grad(loss)(x),
        lambda x, t: jvp(grad(loss), (x,), (t,))[1],
        lambda x, t: grad(lambda x: xp.sum(grad(loss)(x) * t))(x),
    ]
    for derivative in derivatives if device == "readonly" else derivatives[:1]:
        found, wanted = [np.asarray(g.tolist()) for g in (derivative(x, t), derivative(x[:1, ...], t[:1, ...]))]
        np.testing.assert_allclose(found[:1], wanted, rtol=1e-10, atol=1e-12)
        assert not found[1].any()
    if name not in ("matrix_power", "det"):
        assert np.isnan(np.asarray(grad(lambda x: xp.sum(function(x)))(x).tolist())[1]).any()


# ---- errors


def ones(*shape, dtype="float64"):
    return xp.asarray(np.ones(shape, dtype))


def squares(*parts):
    return sum(xp.sum(xp.abs(x) ** 2) for x in parts)


def dependent(*shape):
    """Columns of zeros: no rounding makes them independent."""
    return xp.asarray(np.zeros(shape))


SQUARE = ("cholesky", "det", "eig", "eigh", "eigvals", "eigvalsh", "inv", "matrix_power", "slogdet", "solve")
MATRIX = (*SQUARE, "diagonal", "matrix_norm", "matrix_rank", "pinv", "qr", "svd", "svdvals", "trace")
REST = {"matrix_power": (2,), "solve": (ones(3),)}
ALONG = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
OVER = ("fftn", "ifftn", "rfftn", "irfftn")
la, fourier = xp.linalg, xp.fft

# What is called, the type of the error, and what its message says: the function, what was given, what is needed.
ERRORS = {
    **{
        f"{name} of {what}": (partial(getattr(la, name), x, *REST.get(name, ())), ValueError, name)
        for names, what, x in ((SQUARE, "no square", ones(3, 2)), (MATRIX, "a vector", ones(3)))
        for name in names
    },
    "inv of a singular one": (lambda: la.inv(ones(2, 2)), ValueError, r"inv\(float64\[2, 2\]\).*ingular"),
    "solve a singular one": (lambda: la.solve(ones(2, 2), ones(2)), ValueError, r"solve\(float64\[2, 2\].*ingular"),
    "power of a singular one": (lambda: la.matrix_power(ones(2, 2), -1), ValueError, r"float64\[2, 2\]\).*ingular"),
    "no integral power": (lambda: la.matrix_power(ones(2, 2), 1.5), TypeError, "matrix_power.*integer.*1.5"),
    "cholesky": (lambda: la.cholesky(-ones(2, 2)), ValueError, r"cholesky\(float64\[2, 2\]\).*not positive definite"),
    "shapes of solve": (lambda: la.solve(ones(2, 2), ones(3)), ValueError, r"solve\(float64\[2, 2\], float64\[3\]\)"),
    "mode of qr": (lambda: la.qr(ones(2, 2), mode="full"), ValueError, "qr.*'reduced'.*'complete'.*'full'"),
    "order of a matrix": (lambda: la.matrix_norm(ones(2, 2), ord=3), ValueError, "matrix_norm.*'nuc'.*3"),
    "order of a vector": (lambda: la.vector_norm(ones(2), ord="fro"), ValueError, "vector_norm.*number.*'fro'"),
    "vectors of two": (lambda: la.cross(ones(2), ones(2)), ValueError, r"cross\(float64\[2\]"),
    "axis of vectors": (lambda: la.cross(ones(3, 5), ones(3, 4, 5), axis=0), ValueError, "cross.*axis=0 .*negative"),
    "outer of matrices": (lambda: la.outer(ones(2, 2), ones(2)), ValueError, "outer.*one-dimensional.*2"),
    "svd of NaN": (lambda: la.svd(xp.nan * ones(2, 2)), ValueError, r"svd\(float64\[2, 2\]\).*converge"),
    # out of a derivative: in every mode and order
    **{
        f"qr, {way}, {mode}": (
            lambda mode=mode, f=f: f(lambda x: squares(*la.qr(x, mode=mode))),
            ValueError,
            r"derivative of qr\(float64\[3, 2\]\): the first 2 columns must be linearly independent",
        )
        for mode in ("reduced", "complete")
        for way, f in {
            "reverse": lambda f: grad(f)(dependent(3, 2)),
            "forward": lambda f: jvp(f, (dependent(3, 2),), (ones(3, 2),)),
            "second": lambda f: hvp(f, (dependent(3, 2),), (ones(3, 2),)),
        }.items()
    },
    # transforms
    **{
        f"{name}, {what}": (
            partial(getattr(fourier, name), ones(4), **parameters),
            kind,
            rf"{name}\(float64\[4\]\).*{message}",
        )
        for name in (*ALONG, *OVER)
        for what, parameters, kind, message in (
            ("norm", {"norm": "unit"}, ValueError, "'backward', 'ortho' or 'forward', not 'unit'"),
            *(
                [
                    ("axis", {"axis": 3}, IndexError, "axis 3 .*1 dimension"),
                    ("size", {"n": 0}, ValueError, "at least 1, not 0"),
                    ("no integer", {"n": 2.5}, TypeError, "integer.*2.5"),
                ]
                if name in ALONG
                else [
                    ("axis", {"axes": (3,)}, IndexError, "axis 3 .*1 dimension"),
                    ("size", {"s": (0,)}, ValueError, "at least 1, not 0"),
                    ("more sizes than axes", {"s": (2, 3)}, IndexError, "axis -2 .*1 dimension"),
                    ("sizes and axes", {"s": (2, 3), "axes": (0,)}, ValueError, "2 sizes.*1 ax"),
                ]
            ),
        )
    },
    **{
        f"{name} of complex numbers": (
            partial(getattr(fourier, name), ones(4, dtype="complex128")),
            TypeError,
            rf"{name}\(complex128\[4\]\).*real",
        )
        for name in ("rfft", "rfftn", "ihfft")
    },
    **{
        f"{name} of no dimension": (
            partial(getattr(fourier, name), ones()),
            (IndexError, ValueError),
            rf"{name}\(float64\[\]\).*axis",
        )
        for name in (*ALONG, "rfftn", "irfftn")
    },
    "half a spectrum of one": (lambda: fourier.irfft(ones(1)), ValueError, r"irfft\(float64\[1\]\).*at least 1, not 0"),
    "halves of nothing": (lambda: fourier.rfftn(ones(4), axes=()), ValueError, r"rfftn\(float64\[4\]\).*an axis"),
    "shift": (lambda: fourier.fftshift(ones(4), axes=2), IndexError, r"fftshift\(float64\[4\]\).*axis 2 .*1 dimension"),
    "frequencies": (lambda: fourier.fftfreq(0), ValueError, "fftfreq.*positive.*0"),
}


# What only the values tell, which nobody asks a device for that queues its work.
VALUES = ("singular one", "svd of NaN", "qr, reverse", "qr, forward", "qr, second")
HOST = [name for name in ERRORS if name == "cholesky" or any(value in name for value in VALUES)]


@pytest.mark.parametrize("case", [pytest.param(c, marks=pytest.mark.host) if c in HOST else c for c in ERRORS])
def test_error(case):
    call, kind, message = ERRORS[case]
    with pytest.raises(kind) as found:
        call()
    assert type(found.value) is np.linalg.LinAlgError or type(found.value).__module__ == "builtins"
    assert re.search(message, str(found.value), re.DOTALL), str(found.value)


@pytest.mark.host
def test_error_of_dependent_eigenvectors():
    """Nilpotent in exact arithmetic: LAPACK gives the same vector four times, up to nothing."""
    x = xp.asarray(np.diag(np.ones(3) * 2.0**-500, 1))
    for f in (la.eigvals, lambda x: la.eig(x).eigenvalues):
        with pytest.raises(ValueError, match=r"derivative of eig.*float64\[4, 4\].*linearly independent"):
            grad(lambda x, f=f: xp.real(xp.sum(f(x))))(x)


@pytest.mark.parametrize("shape", [(0, 0), (2, 0, 0), (0, 3, 3)])
@pytest.mark.parametrize(
    "name", ["cholesky", "det", "eig", "eigh", "eigvals", "eigvalsh", "inv", "pinv", "qr", "slogdet", "svd", "svdvals"]
)
def test_gradients_of_matrices_without_elements(name, shape):
    x = xp.zeros(shape).requires_grad_()
    found = getattr(la, name)(x)
    for part in found if isinstance(found, tuple) else (found,):
        (xp.sum(xp.real(part)) + 0 * xp.sum(x)).backward(retain_graph=True)
    assert x.grad.shape == shape
