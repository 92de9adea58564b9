"""Products and sums by subscripts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from apitensor._standard import statistical as stats
from apitensor._standard.data_types import astype, result_type
from apitensor._standard.linear_algebra import matmul
from apitensor._standard.manipulation import as_tensor, broadcast_to, permute_dims, reshape
from apitensor.linalg import diagonal

if TYPE_CHECKING:
    from apitensor._tensor import Tensor


def _parse_einsum(args: Sequence[Any]) -> tuple[list[list[Any]], list[Any] | None, list[Any]]:
    """The labels of the operands and of the output (None: left open), and the operands; `...` is a label of its own."""
    if isinstance(args[0], str):
        inputs, arrow, output = args[0].replace(" ", "").partition("->")
        tensors = [as_tensor(x) for x in args[1:]]

        def labels(text: str) -> list[Any]:
            parts = text.split("...")
            if len(parts) > 2 or not all(c.isalpha() for c in "".join(parts)):
                raise ValueError(f"einsum: {text!r} holds something else than letters and one '...'")
            return list(parts[0]) if len(parts) == 1 else [*parts[0], Ellipsis, *parts[1]]

        terms = [labels(text) for text in inputs.split(",")]
        out = labels(output) if arrow else None
    else:
        rest = list(args)
        out = list(rest.pop()) if len(rest) % 2 else None
        tensors = [as_tensor(x) for x in rest[::2]]
        terms = [list(term) for term in rest[1::2]]
    if len(terms) != len(tensors):
        raise ValueError(f"einsum: there are subscripts for {len(terms)} operands, and {len(tensors)} operands")
    return terms, out, tensors


def _expand_ellipsis(
    terms: list[list[Any]], out: list[Any] | None, tensors: list[Any]
) -> tuple[list[list[Any]], list[Any]]:
    """Labels for every axis: those that `...` stands for are (0, k), the k-th axis from behind."""
    full_terms, most = [], 0
    for term, x in zip(terms, tensors, strict=True):
        count = x.ndim - len(term) + (Ellipsis in term)
        if count < 0 or (count and Ellipsis not in term):
            raise ValueError(f"einsum: subscripts for {len(term)} axes of an operand of {x.ndim} dimensions")
        most = max(most, count)
        full_terms.append([y for c in term for y in ([(0, k) for k in range(count, 0, -1)] if c is Ellipsis else [c])])
    broadcast = [(0, k) for k in range(most, 0, -1)]
    if out is None:
        flat = [c for term in full_terms for c in term]
        out = [*broadcast, *sorted([c for c in set(flat) if flat.count(c) == 1 and not isinstance(c, tuple)])]
    else:
        out = [y for c in out for y in (broadcast if c is Ellipsis else [c])]
    unknown = [c for c in out if not any(c in term for term in full_terms)]
    if unknown or len(set(out)) < len(out):
        raise ValueError(f"einsum: output subscripts {unknown or out} occur in no operand, or twice")
    return full_terms, out


def _reduce_term(x: Any, term: list[Any], keep: set[Any], sizes: dict[Any, int]) -> tuple[Any, list[Any]]:
    """Take diagonals where a label occurs twice, and sum over labels that nobody else needs."""
    while len(set(term)) < len(term):
        label = next(c for c in term if term.count(c) > 1)
        i = term.index(label)
        j = term.index(label, i + 1)
        rest = [c for k, c in enumerate(term) if k not in (i, j)]
        x = diagonal(permute_dims(x, (*[k for k in range(len(term)) if k not in (i, j)], i, j)))
        term = [*rest, label]
    # An axis of length one stands for any length: it is left out, and what is left is broadcast.
    narrow = [k for k, c in enumerate(term) if x.shape[k] == 1 and sizes[c] != 1]
    if narrow:
        x = reshape(x, [n for k, n in enumerate(x.shape) if k not in narrow])
        term = [c for k, c in enumerate(term) if k not in narrow]
    alone = tuple([k for k, c in enumerate(term) if c not in keep])
    if alone:
        x = stats.sum(x, axis=alone, dtype=x.dtype)
        term = [c for c in term if c in keep]
    return x, term


def _contract(a: Any, a_term: list[Any], b: Any, b_term: list[Any], keep: set[Any]) -> tuple[Any, list[Any]]:
    """The product of two operands, summed over the labels that nobody keeps: one stack of matrix products."""
    shared = [c for c in a_term if c in b_term]
    batch = [c for c in shared if c in keep]
    summed = [c for c in shared if c not in keep]
    a_free = [c for c in a_term if c not in shared]
    b_free = [c for c in b_term if c not in shared]
    a_size = dict(zip(a_term, a.shape, strict=True))
    b_size = dict(zip(b_term, b.shape, strict=True))
    a = permute_dims(a, tuple([a_term.index(c) for c in (*batch, *a_free, *summed)]))
    b = permute_dims(b, tuple([b_term.index(c) for c in (*batch, *summed, *b_free)]))
    lengths = [a_size[c] for c in batch]
    shape = [*lengths, *[a_size[c] for c in a_free], *[b_size[c] for c in b_free]]
    term = [*batch, *a_free, *b_free]
    if not summed:
        left = reshape(a, [*a.shape, *[1] * len(b_free)])
        right = reshape(b, [*lengths, *[1] * len(a_free), *b.shape[len(batch) :]])
        return left * right, term
    m, k, n = (math.prod([s[c] for c in cs]) for s, cs in ((a_size, a_free), (a_size, summed), (b_size, b_free)))
    product = matmul(reshape(a, (*lengths, m, k)), reshape(b, (*lengths, k, n)))
    return reshape(product, shape), term


def _path(terms: list[list[Any]], out: list[Any], sizes: dict[Any, int]) -> list[tuple[int, ...]]:
    """Which operands to contract one after the other: opt_einsum's choice, or the cheapest next pair without it."""
    if len(terms) <= 2:
        return [(0, 1)] * (len(terms) - 1)
    try:
        from opt_einsum.paths import auto
    except ImportError:
        pass
    else:
        chosen = auto([frozenset(term) for term in terms], frozenset(out), sizes)
        return [tuple(pair) for pair in chosen]
    left = [set(term) for term in terms]
    path: list[tuple[int, ...]] = []
    while len(left) > 1:

        def cost(pair: tuple[int, int]) -> int:
            return math.prod([sizes[c] for c in left[pair[0]] | left[pair[1]]])

        i, j = min([(i, j) for j in range(len(left)) for i in range(j)], key=cost)
        path.append((i, j))
        second, first = left.pop(j), left.pop(i)
        left.append((first | second) & set(out).union(*left))
    return path


def einsum(*operands: Any, optimize: Any = True) -> Tensor:
    """Multiply tensors and sum over axes, as subscripts say.

    Two operands at a time become one stack of matrix products; for more than two, `opt_einsum` chooses the order if it
    is installed, and the cheapest next pair is taken if not.

    Parameters
    ----------
    operands : the subscripts, such as "ij,jk->ik" with "..." for further axes, and a tensor for each term; or tensors
        and sequences of labels in turns, and the labels of the output
    optimize : False takes the operands from left to right

    Returns
    -------
    The promoted data type; the axes of the output's labels, which are in alphabetical order if left out.

    Raises
    ------
    ValueError : the subscripts do not fit each other or the operands.

    Derivative: of the products and sums it is made of.

    Source: numpy, einsum.

    Examples
    --------
    >>> import apitensor as xp
    >>> x = xp.asarray([[1.0, 2.0], [3.0, 4.0]])
    >>> xp.einsum("ij,kj->ik", x, x)
    Tensor([[ 5., 11.],
            [11., 25.]])
    >>> xp.einsum("ii", x)
    Tensor(5.)
    """
    if not operands:
        raise ValueError("einsum: there are no operands")
    terms, output, tensors = _parse_einsum(operands)
    terms, out = _expand_ellipsis(terms, output, tensors)
    sizes: dict[Any, int] = {}
    for term, x in zip(terms, tensors, strict=True):
        for label, n in zip(term, x.shape, strict=True):
            if n != 1 and sizes.get(label, 1) not in (1, n):
                raise ValueError(f"einsum: {label!r} stands for {sizes[label]} and {n} elements")
            sizes[label] = n if n != 1 else sizes.get(label, 1)
        # One element stands for any number beside another operand; a diagonal takes it for itself.
        if len(set(zip(term, x.shape, strict=True))) > len(set(term)):
            raise ValueError(f"einsum: the axes of a diagonal differ in shape {x.shape}")
    dtype = result_type(*tensors)
    tensors = [astype(x, dtype, copy=False) for x in tensors]
    path = _path(terms, out, sizes) if optimize is not False else [(0, 1)] * (len(terms) - 1)
    for pair in path:
        picked = [(tensors.pop(i), terms.pop(i)) for i in sorted(pair, reverse=True)][::-1]
        x, term = picked[0]
        for number, (y, y_term) in enumerate(picked[1:], 2):
            keep = set(out).union(*terms, *[t for _, t in picked[number:]])
            x, term = _reduce_term(x, term, keep | set(y_term), sizes)
            y, y_term = _reduce_term(y, y_term, keep | set(term), sizes)
            x, term = _contract(x, term, y, y_term, keep)
        # What is left goes to the front when operands are taken in turn, and to the back on a path.
        tensors.insert(0 if optimize is False else len(tensors), x)
        terms.insert(0 if optimize is False else len(terms), term)
    x, term = _reduce_term(tensors[0], terms[0], set(out), sizes)
    x = permute_dims(x, tuple([term.index(c) for c in out if c in term]))
    if len(term) < len(out):  # labels of length one everywhere they occurred
        x = reshape(x, [1 if c not in term else sizes[c] for c in out])
    shape = tuple([sizes[c] for c in out])
    return x if x.shape == shape else broadcast_to(x, shape)
