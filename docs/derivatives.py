"""The derivative page: every function that has one or might, with its rule as source and what was compared.

A hook of mkdocs makes the page while the documentation is built, so there is no copy of it to go stale. The functions
are those of the reference, chapter by chapter, and the Tensor's operators. A rule is read from the running program: the
op behind the function, and the statement that declares it. The numbers come from comparing with differences during the
build (`python -m tests.gradients` prints the same ones); a wrong derivative is a warning, which `--strict` makes an
error.
"""

from __future__ import annotations

import ast
import functools
import inspect
import logging
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # `mkdocs build` has the folder of the script there, `python -m mkdocs build` this one
    sys.path.insert(0, str(ROOT))

import apitensor as xp  # noqa: E402
from apitensor._core.declare import Elementwise  # noqa: E402
from apitensor._core.op import Node, Op  # noqa: E402
from tests.gradients import COLUMNS, COMPLEX, MODES, REAL, Line, table  # noqa: E402
from tests.samples import SAMPLES, resolve  # noqa: E402

PAGE = "derivatives.md"
# Pages of the reference about other things than functions of arrays, or about functions that have tests of their own.
ELSEWHERE = {"autograd", "random", "special", "tensor", "testing"}
OPERATORS, BEYOND = "operators", "beyond"
# The modules whose functions have derivatives, and the names of helpers there that have no part in them: what brings
# arguments into form, and what makes an operator work in place, which is item assignment.
ROOMS = re.compile(r"apitensor\.(_standard\.\w+|_tensor|ext\.\w+|fft|linalg)")
PLUMBING = ("as_", "in_place")
NAMES = {"reverse": "reverse", "forward": "forward", MODES[2]: "rev/rev", MODES[3]: "fwd/rev"}

log = logging.getLogger(f"mkdocs.hooks.{__name__}")


# ---- where everything is defined


@dataclass(frozen=True)
class Definition:
    """The statement that defines a name, in the module or the class where it stands."""

    module: ModuleType
    name: str
    statement: ast.stmt

    @functools.cached_property
    def source(self) -> str:
        """Its source without the documentation, which is in the reference."""
        lines = inspect.getsource(self.module).splitlines()
        first = min([self.statement.lineno, *[d.lineno for d in getattr(self.statement, "decorator_list", ())]])
        kept = {*range(first, _end(self.statement) + 1)}
        for node in ast.walk(self.statement):
            if isinstance(node, ast.keyword) and node.arg == "doc" and node.value.lineno < _end(node.value):
                kept -= {*range(node.value.lineno, _end(node.value) + 1)}
        if not self.name.startswith("_") and isinstance(self.statement, ast.FunctionDef):
            body = self.statement.body[0]
            if isinstance(body, ast.Expr) and isinstance(body.value, ast.Constant):
                kept -= {*range(body.lineno, _end(body) + 1)}
        return textwrap.dedent("\n".join(lines[i - 1] for i in sorted(kept)))

    def references(self) -> Iterator[tuple[str, ...]]:
        """The dotted names that it reads, outermost first."""
        inner = set()
        for node in ast.walk(self.statement):
            if isinstance(node, (ast.Name, ast.Attribute)) and node not in inner:
                path: list[str] = []
                at: ast.expr = node
                while isinstance(at, ast.Attribute):
                    path.insert(0, at.attr)
                    at = at.value
                    inner.add(at)
                if isinstance(at, ast.Name):
                    yield at.id, *path


def _end(node: Any) -> int:
    return int(node.end_lineno)


def _definitions(module: ModuleType, body: Sequence[ast.stmt]) -> Iterator[Definition]:
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            yield Definition(module, statement.name, statement)
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    yield Definition(module, target.id, statement)
        elif isinstance(statement, ast.If):  # the first branch is for type checkers
            yield from _definitions(module, statement.orelse)


def _body(module: ModuleType) -> list[ast.stmt]:
    return ast.parse(inspect.getsource(module)).body


@functools.cache
def definitions() -> dict[int, Definition]:
    """The definitions of what a derivative may pass through outside of the core, by the object's identity."""
    modules = [module for name, module in sorted(sys.modules.items()) if ROOMS.fullmatch(name)]
    return {
        id(found): definition
        for module in modules
        for definition in _definitions(module, _body(module))
        if not definition.name.lstrip("_").startswith(PLUMBING)
        and (isinstance(found := vars(module).get(definition.name), FunctionType) or _is_node(found))
    }


def _is_node(found: Any) -> bool:
    return isinstance(found, type) and issubclass(found, Node)


@functools.cache
def operators() -> dict[str, Definition]:
    """The definitions of the Tensor's methods."""
    module = sys.modules["apitensor._tensor"]
    (body,) = [s.body for s in _body(module) if isinstance(s, ast.ClassDef) and s.name == "Tensor"]
    return {definition.name: definition for definition in _definitions(module, body)}


# ---- the functions


@functools.cache
def chapters() -> dict[str, list[str]]:
    """The paths of the functions that the page is about, by the reference's page, and the Tensor's operators."""
    found: dict[str, list[str]] = {}
    pages = (ROOT / "docs" / "reference").glob("*.md")
    for page in sorted(pages, key=lambda page: (page.stem == BEYOND, page.stem)):
        if page.stem not in ELSEWHERE:
            text = page.read_text(encoding="utf-8")
            paths = [p.removeprefix("apitensor.") for p in re.findall(r"^::: (\S+)$", text, re.MULTILINE)]
            found[page.stem] = [p for p in paths if not (p.startswith("ext.") or inspect.isclass(resolve(xp, p)))]
    found[OPERATORS] = sorted({sample.name for sample in SAMPLES if sample.name.startswith("Tensor.")})
    return found


@functools.cache
def public() -> dict[int, str]:
    """The path of every public function that may be called by those on the page, by the function's identity."""
    prefixes = {"": xp, "ext.": xp.ext, "fft.": xp.fft, "linalg.": xp.linalg}
    paths = [prefix + name for prefix, namespace in reversed(prefixes.items()) for name in namespace.__all__]
    paths = [path for path in paths if isinstance(resolve(xp, path), FunctionType)]
    return {id(resolve(xp, path)): path for path in paths}  # the shortest path, where there are several


@dataclass
class Function:
    """What the page says about a function.

    Attributes
    ----------
    path : its public path
    ops : those that it calls and that have no public name, or the one that it is itself
    composes : the public functions that it calls, which have rules of their own
    sources : its definition, and those of the private functions that this reads
    """

    path: str
    ops: list[Op] = field(default_factory=list)
    composes: list[str] = field(default_factory=list)
    sources: list[Definition] = field(default_factory=list)

    @property
    def samples(self) -> list[Any]:
        return [sample for sample in SAMPLES if sample.name == self.path]

    @property
    def kind(self) -> str:
        """How it gets its derivative."""
        if not any(sample.wrt for sample in self.samples):
            return "constant" if any(sample.operands for sample in self.samples) else "no operand"
        kinds = sorted({_kind(op) for op in self.ops if op.differentiable})
        return " and ".join(kinds) or "composition"

    @property
    def spells(self) -> str | None:
        """The function that this operator or attribute spells in another way."""
        return self.composes[0] if self.path.startswith("Tensor.") and len(self.composes) == 1 else None

    @property
    def derivative(self) -> str:
        """What its docstring says of the derivative, of the convention at kinks too."""
        docs = [_doc(path) for path in (self.path, self.spells) if path]
        docs += [inspect.getdoc(vars(d.module).get(d.name)) or "" for d in self.sources]
        found = (re.search(r"^Derivative: (.*?)(?:\n\n|\Z)", doc, re.MULTILINE | re.DOTALL) for doc in docs)
        return next((match[1] for match in found if match), "")

    @property
    def is_standard(self) -> bool:
        """Whether the array API standard has it: functions say so; of attributes only `real` and `imag` are ours."""
        attribute = self.path.startswith("Tensor.") and self.path not in ("Tensor.real", "Tensor.imag")
        return attribute or "Source: array API standard" in _doc(self.path)


def _doc(path: str) -> str:
    return inspect.getdoc(resolve(xp, path)) or ""


def _kind(op: Op) -> str:
    return "elementwise" if isinstance(op, Elementwise) else "linear" if op.linear else "op"


def describe(path: str) -> Function:
    """Find out what is behind a function."""
    function = Function(path)
    owner, _, name = path.rpartition(".")
    target = None if owner == "Tensor" else resolve(xp, path)
    seen: set[int] = set()

    def visit(definition: Definition, target: Any, within_op: bool) -> None:
        function.sources.append(definition)
        op = _op(target)
        if op is not None:
            function.ops.append(op)
        for reference in definition.references():
            found = _follow(definition.module, reference, within_op or op is not None)
            called = public().get(id(found))
            if called is not None and called != path:
                # What an op calls is the backend's, and what makes fresh tensors has no operand.
                if not within_op and op is None and _takes_part(called) and called not in function.composes:
                    function.composes.append(called)
            elif id(found) in definitions() and id(found) not in seen:
                seen.add(id(found))
                visit(definitions()[id(found)], found, within_op or op is not None)

    seen.add(id(target))
    visit(operators()[name] if target is None else definitions()[id(target)], target, False)
    return function


def _op(function: Any) -> Op | None:
    op = getattr(function, "op", None)
    return op if isinstance(op, Op) else None


def _takes_part(path: str) -> bool:
    """Whether a public function takes arrays and does more than to convert them; the samples of `ext` are elsewhere."""
    sampled = any(sample.name == path and sample.operands for sample in SAMPLES)
    return path.startswith("ext.") or (sampled and path != "asarray")


def _follow(module: ModuleType, reference: Sequence[str], within_op: bool) -> Any:
    """What a dotted name leads to, as far as the first function.

    In a composition `xp` is the namespace of tensors; in the declaration of an op it is the backend's, and what is
    called there is no function of ours.
    """
    root, *rest = reference
    found = vars(module).get(root, xp if root == "xp" and not within_op else None)
    for name in rest:
        if isinstance(found, (FunctionType, type)):
            break
        found = getattr(found, name, None)
    return found


# ---- the page

HEADER = """\
# Derivatives, function by function

`make docs` makes this page. The rules are read from the program as it runs, and the numbers are measured while the page
is made: each function is compared with central differences at its samples (`tests/samples.py`), operand by operand, in
random directions, over the real and the complex numbers. `make gradients` prints the same numbers.

A number is the **worst relative error** of a function's samples. It must be below 1e-6 at first order and below 1e-4 at
second, and the build fails if it is not. "0e+00" is exact: a second derivative that vanishes, for example. Where a
derivative does not exist, the section of the function says which value is taken; samples at such points are compared
with that value by `make test`, as are the results of a constant function, which must track nothing.

| kind | where the derivative comes from |
| --- | --- |
| elementwise | stated partial derivatives, from which both modes follow |
| linear | a stated transpose; in forward mode the function itself |
| op | a stated rule for each operand; in forward mode a stated one, or the transpose of these |
| composition | the functions and operators that it calls, each of which has its own line |
| constant | there is none: the results track nothing |
| no operand | it takes no numbers that a derivative could refer to |

Of an operator or attribute that only spells a function, the rule is that of the function; the samples are its own.

A rule is written over a namespace `xp` and never knows what it runs on: arrays of the backend at first order, tensors
at higher orders. So the four columns of modes come from one and the same source, which the sections below show.
The special functions and `apitensor.ext` are tested in the same way, but have no lines here.
"""


@functools.cache
def measured() -> dict[str, Line]:
    """The table of derivatives, by function."""
    return {line.name: line for line in table(SAMPLES)}


def page(lines: Mapping[str, Line]) -> str:
    """The page in Markdown; `lines` are the measurements."""
    functions = {chapter: [describe(path) for path in paths] for chapter, paths in chapters().items()}
    parts = [HEADER, _totals([f for fs in functions.values() for f in fs], lines), "## Summary"]
    for chapter, members in functions.items():
        parts += [f"### {_title(chapter)} {{ #summary-{chapter} }}", _summary(members, lines)]
    for chapter, members in functions.items():
        parts += [f"## {_title(chapter)} {{ #{chapter} }}", *[_section(f, lines.get(f.path)) for f in members]]
    return "\n\n".join(parts) + "\n"


def _title(chapter: str) -> str:
    if chapter == OPERATORS:
        return "Operators and methods"
    text = (ROOT / "docs" / "reference" / f"{chapter}.md").read_text(encoding="utf-8")
    return text.partition("\n")[0].removeprefix("# ")


def _totals(functions: Sequence[Function], lines: Mapping[str, Line]) -> str:
    """How many functions were compared, and how many are right."""
    rows = ["| | functions | right, by mode: " + " | ".join(NAMES.values()) + " |", "| --- |" + " ---: |" * 5]
    for text, standard in (("of the standard", True), ("beyond it", False)):
        for which in (REAL, COMPLEX):
            chosen = [lines[f.path] for f in functions if f.path in lines and f.is_standard is standard]
            chosen = [line for line in chosen if any(line.cell((which, mode)) != "-" for mode in MODES)]
            right = [sum(line.cell((which, mode)) not in ("WRONG", "-") for line in chosen) for mode in MODES]
            rows.append(f"| {text}, {which} | {len(chosen)} | {' | '.join(map(str, right))} |")
    return "\n".join(rows)


def _summary(members: Sequence[Function], lines: Mapping[str, Line]) -> str:
    rows = [
        "| function | kind | " + " | ".join(NAMES.values()) + " | complex | samples |",
        "| --- | --- |" + " ---: |" * 6,
    ]
    for f in members:
        line = lines.get(f.path)
        cells = [_worst(line, mode) for mode in MODES]
        rows.append(f"| {_link(f.path)} | {f.kind} | {' | '.join(cells)} | {_complex(line)} | {len(f.samples)} |")
    return "\n".join(rows)


def _worst(line: Line | None, mode: str) -> str:
    """The worst error over both fields."""
    if line is None:
        return ""
    if any((which, mode) in line.wrong for which in (REAL, COMPLEX)):
        return "WRONG"
    errors = [line.errors[which, mode] for which in (REAL, COMPLEX) if (which, mode) in line.errors]
    return f"{max(errors):.0e}" if errors else ""


def _complex(line: Line | None) -> str:
    return "" if line is None else "yes" if any(line.cell((COMPLEX, mode)) != "-" for mode in MODES) else "real only"


def _anchor(path: str) -> str:
    return path.replace(".", "-").replace("__", "")


def _link(path: str) -> str:
    """A link to a function's section, or to the reference where it has none."""
    here = any(path in paths for paths in chapters().values())
    return f"[`{path}`](#{_anchor(path)})" if here else f"[`{path}`][apitensor.{path}]"


def _section(f: Function, line: Line | None) -> str:
    parts = [f"### `{f.path}` {{ #{_anchor(f.path)} }}"]
    if f.derivative:
        parts.append(f"**Derivative:** {_text(f.derivative)}")
    if f.spells:
        parts.append(f"**Kind:** another spelling of {_link(f.spells)}.")
    else:
        uses = f"; it uses {', '.join(map(_link, sorted(f.composes)))}" if f.composes else ""
        parts.append(f"**Kind:** {f.kind}{uses}.")
    if not f.path.startswith("Tensor."):
        parts[-1] += f" [Reference][apitensor.{f.path}]"
    if f.samples:
        parts.append(f"**Samples:** {_counted(f.samples)}.")
    if line is not None:
        parts.append(_errors(line))
    source = "\n\n\n".join(definition.source for definition in f.sources)
    block = f"```python\n{source}\n```"
    parts.append('??? note "Source"\n\n' + textwrap.indent(block, "    "))
    return "\n\n".join(parts)


def _counted(samples: Sequence[Any]) -> str:
    """How many samples there are, and what their derivatives are compared with."""
    with_differences = sum(sample.has_differences() for sample in samples)
    with_convention = sum(sample.gradient is not None for sample in samples)
    counts = {"with differences": with_differences, "with the gradient that the convention states": with_convention}
    compared = [f"{count} compared {text}" for text, count in counts.items() if count]
    return "; ".join([str(len(samples)), *compared])


def _errors(line: Line) -> str:
    rows = ["| | " + " | ".join(NAMES.values()) + " |", "| --- |" + " ---: |" * 4]
    for which in (REAL, COMPLEX):
        if any(line.cell((which, mode)) != "-" for mode in MODES):
            rows.append(f"| {which} | {' | '.join(line.cell(c) for c in COLUMNS if c[0] == which)} |")
    return "\n".join(rows)


def _text(text: str) -> str:
    """Markdown in which `<` outside of code is no tag."""
    return re.sub("`[^`]*`|<", lambda match: "&lt;" if match[0] == "<" else match[0], text)


# ---- the hook


def on_files(files: Any, *, config: Any) -> Any:
    """Add the page to the documentation."""
    from mkdocs.structure.files import File  # the tests make the page without mkdocs

    for line in measured().values():
        for (which, mode), text in line.wrong.items():
            log.warning("a derivative is wrong: %s %s: %s", which, mode, text)
    files.append(File.generated(config, PAGE, content=page(measured())))
    return files
