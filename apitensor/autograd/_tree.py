"""Containers as arguments and results: tuples, lists, dicts, named tuples, dataclasses, what optree knows."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import Any

import optree

Structure = optree.PyTreeSpec

# Dataclasses are registered under a name of our own, so that nobody else's use of optree sees them.
_NAMESPACE = "apitensor"
_lock = Lock()


def _is_fixed(value: Any) -> bool:
    """Whether a field of a dataclass belongs to its structure: a name, a count, a flag, a plain function."""
    return isinstance(value, (str, bytes, int, type)) or (callable(value) and not dataclasses.is_dataclass(value))


def _register(cls: Any) -> None:
    names = [field.name for field in dataclasses.fields(cls)]

    def split(obj: Any) -> tuple[list[Any], Any, list[str]]:
        fixed = {name: getattr(obj, name) for name in names if _is_fixed(getattr(obj, name))}
        varying = [name for name in names if name not in fixed]
        return [getattr(obj, name) for name in varying], (tuple(varying), fixed), varying

    def join(structure: Any, children: Iterable[Any]) -> Any:
        varying, fixed = structure
        obj = object.__new__(cls)  # no __init__: it may check or compute, and the fields are all there
        for name, child in (*fixed.items(), *zip(varying, children, strict=True)):
            object.__setattr__(obj, name, child)
        return obj

    optree.register_pytree_node(cls, split, join, namespace=_NAMESPACE, path_entry_type=optree.GetAttrEntry)


def _meet(x: Any) -> bool:
    """Called for every node on the way down: registers a dataclass that is met for the first time."""
    cls = type(x)
    if dataclasses.is_dataclass(cls) and optree.register_pytree_node.get(cls, namespace=_NAMESPACE) is None:
        with _lock:
            if optree.register_pytree_node.get(cls, namespace=_NAMESPACE) is None:
                _register(cls)
    return False


def flatten(tree: Any) -> tuple[list[Any], Structure]:
    """The leaves of nested containers, None among them, and the structure that puts them together again."""
    return optree.tree_flatten(tree, is_leaf=_meet, none_is_leaf=True, namespace=_NAMESPACE)


def flatten_like(tree: Any, structure: Structure, what: str, like: str) -> list[Any]:
    """The leaves of containers that must have a given structure.

    Raises
    ------
    ValueError : they have another one; the message shows both.
    """
    leaves, given = flatten(tree)
    if given != structure:
        raise ValueError(f"{what} must have the structure of {like}, {_show(structure)}, not {_show(given)}")
    return leaves


def unflatten(structure: Structure, leaves: Iterable[Any]) -> Any:
    """The containers of a structure around new leaves."""
    return optree.tree_unflatten(structure, leaves)


def names(structure: Structure, root: str) -> list[str]:
    """How the leaves of a structure are written, such as `inputs['weight'][0]`."""
    return [accessor.codify(root) for accessor in structure.accessors()]


class Names:
    """What the leaves of a structure are called in messages; made only when a message needs one."""

    def __init__(self, structure: Structure, root: str) -> None:
        self._structure = structure
        self._root = root

    def __getitem__(self, i: int) -> str:
        return names(self._structure, self._root)[i]


class ArgumentNames(Names):
    """The same for a tuple of arguments, each of which has a name of its own; a word is counted: "argument 0"."""

    def __init__(self, structure: Structure, labels: str | Sequence[str]) -> None:
        self._structure = structure
        self._labels = labels

    def __getitem__(self, i: int) -> str:
        parts, labels = self._structure.children(), self._labels
        roots = [f"{labels} {n}" for n in range(len(parts))] if isinstance(labels, str) else labels
        return [name for part, root in zip(parts, roots, strict=True) for name in names(part, root)][i]


def map_leaves(function: Callable[[Any], Any], tree: Any) -> Any:
    """The same containers around `function(leaf)`."""
    leaves, structure = flatten(tree)
    return unflatten(structure, [function(leaf) for leaf in leaves])


def _show(structure: Structure) -> str:
    text = str(structure).removeprefix("PyTreeSpec(").removesuffix(")")
    text = text.replace(", NoneIsLeaf", "").replace(f", namespace='{_NAMESPACE}'", "")
    return "a single tensor (*)" if text == "*" else text
