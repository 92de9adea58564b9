"""The documentation runs: every public name has a docstring with an example and a place in the reference."""

import dataclasses
import doctest
import inspect
import re
import runpy
import textwrap
from pathlib import Path
from types import ModuleType

import griffe
import pytest

import apitensor as xp

pytestmark = pytest.mark.host  # what the examples print names no device

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
MODULES = {
    "apitensor": xp,
    "apitensor.autograd": xp.autograd,
    "apitensor.ext": xp.ext,
    "apitensor.fft": xp.fft,
    "apitensor.linalg": xp.linalg,
    "apitensor.random": xp.random,
    "apitensor.special": xp.special,
    "apitensor.testing": xp.testing,
}


def is_result(obj):
    """Whether `obj` is a class of records that functions return, or of exceptions."""
    return inspect.isclass(obj) and (issubclass(obj, (tuple, Exception)) or dataclasses.is_dataclass(obj))


PUBLIC = {f"{path}.{name}": getattr(module, name) for path, module in MODULES.items() for name in module.__all__}
DESCRIBED = {path: obj for path, obj in PUBLIC.items() if inspect.isclass(obj) or callable(obj)}
MEMBERS = {
    f"{path}.{name}": member
    for path, obj in DESCRIBED.items()
    if inspect.isclass(obj) and not is_result(obj)
    for name, member in vars(obj).items()
    if not name.startswith("_") and (callable(member) or isinstance(member, property))
}
PYTHON_BLOCK = re.compile(
    r"^( *)```python(?: title=\"where (\w+) is installed\")?\n(.*?)^\1```", re.MULTILINE | re.DOTALL
)


def libraries(page):
    """The libraries that a block of the page says it needs: by its title, as they are not installed for the tests."""
    return sorted({needed for _, needed, _ in PYTHON_BLOCK.findall(page.read_text(encoding="utf-8"))} - {""})


def run_examples(text, name, names=None):
    """Run the examples in a text and say how many there were; the names they define are added to `names`."""
    names = {} if names is None else names
    test = doctest.DocTestParser().get_doctest(text, names, name, None, 0)
    log = []
    result = doctest.DocTestRunner(verbose=False).run(test, out=log.append, clear_globs=False)
    assert result.failed == 0, "".join(log)
    names.update(test.globs)
    return result.attempted


@pytest.mark.parametrize("path", DESCRIBED)
def test_docstring(path):
    obj = DESCRIBED[path]
    assert obj.__doc__, "has no docstring"
    examples = run_examples(inspect.cleandoc(obj.__doc__), path)
    # Results are shown by the function that returns them, and an exception has nothing to show.
    if not is_result(obj):
        assert examples, "has no example"


FUNCTIONS = [path for path, obj in DESCRIBED.items() if not inspect.isclass(obj)]


@pytest.mark.parametrize("path", FUNCTIONS)
def test_docstring_has_the_fixed_form(path):
    """A sentence, the parameters that the signature has, the result, and whose definition it is."""
    obj, doc = DESCRIBED[path], inspect.cleandoc(DESCRIBED[path].__doc__)
    assert doc.partition("\n\n")[0].endswith("."), "does not begin with a sentence"
    ours = ("apitensor._core", "apitensor.autograd", "apitensor.testing")
    own = obj.__module__.startswith(ours) or "\n\nOne of the extras" in doc
    assert own or re.search(r"^Source: [^,]+, .*\w\.$", doc, re.MULTILINE), "does not say where its definition is from"
    sections = dict(re.findall(r"^(\w+)\n-+\n(.*?)(?:\n\n|\Z)", doc, re.MULTILINE | re.DOTALL))
    if re.search("[Pp]arameters and result (as|are those of) `", doc):
        return
    lines = re.findall(r"^(\S.*?) : ", sections.get("Parameters", ""), re.MULTILINE)
    described = [name.strip("*") for line in lines for name in line.split(", ")]
    signature = inspect.signature(obj)
    assert sorted(described) == sorted(signature.parameters), "describes other parameters than it has"
    assert signature.return_annotation is not signature.empty, "does not say of what type its result is"
    assert "Returns" in sections or signature.return_annotation == "None", "does not say what it returns"


@pytest.mark.parametrize("path", MEMBERS)
def test_docstring_of_member(path):
    doc = MEMBERS[path].__doc__
    assert doc, "has no docstring"
    run_examples(inspect.cleandoc(doc), path)


@pytest.mark.parametrize("path", MODULES)
def test_docstring_of_module(path):
    assert MODULES[path].__doc__
    run_examples(MODULES[path].__doc__, path)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_code_of_page(page):
    """A block with prompts shows what it prints; one without runs. The blocks of a page are one program."""
    run_page(page)


@pytest.mark.parametrize(("page", "library"), [(p, name) for p in PAGES for name in libraries(p)])
def test_code_of_page_that_needs_a_library(page, library):
    pytest.importorskip(library)
    run_page(page, library)


def run_page(page, library=""):
    """Run the blocks of a page, without those that need a library other than the given one."""
    names = {}
    for number, (_, needed, block) in enumerate(PYTHON_BLOCK.findall(page.read_text(encoding="utf-8")), 1):
        if needed not in ("", library):
            continue
        block = textwrap.dedent(block)
        name = f"{page.name}, block {number}"
        if ">>>" in block:
            run_examples(block, name, names)
        else:
            exec(compile(block, name, "exec"), names)


def test_every_name_is_in_the_reference():
    text = "\n".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "reference").glob("*.md"))
    directives = re.findall(r"^::: (\S+)$", text, re.MULTILINE)
    rows = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    assert len(directives) == len(set(directives)), "a name is described twice"
    assert set(directives) <= set(PUBLIC), "a name is described that is not public"
    described = {id(PUBLIC[path]) for path in directives}
    missing = [
        path
        for path, obj in PUBLIC.items()
        if not isinstance(obj, ModuleType)
        and not (id(obj) in described if path in DESCRIBED else path.rpartition(".")[2] in rows)
    ]
    assert not missing


def test_every_page_is_in_the_table_of_contents():
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2]
    listed = set(re.findall(r"(\S+\.md)$", nav, re.MULTILINE))
    # One page is made by docs/derivatives.py at each build.
    assert listed == {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")} | {
        "derivatives.md"
    }


def test_the_first_page_counts_what_the_commands_counted():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    clients = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
    programs = (ROOT / "docs" / "through-libraries.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \*\*(\S+) \S+\*\* \| ([\d,]+) \| ([\d,]+) \|", clients, re.MULTILINE)
    counts = [f"{client} {passed} / {failed}" for client, passed, failed in rows]
    counts += re.findall(r"\*\*(\d+ of \d+ programs right) with apitensor\*\*", programs)
    assert len(counts) > 2
    # Where torch was not installed, the page says nothing of it.
    counts += [
        f"[with PyTorch's tensors](docs/through-libraries.md) {n}" for n in re.findall(r"with torch (\d+)", programs)
    ]
    stale = [count for count in counts if not re.search(re.escape(count) + r"\b", readme)]
    assert not stale, "README.md does not say what these pages count today"


def test_the_reference_shows_that_operands_are_positional():
    names = runpy.run_path(str(ROOT / "docs" / "docstrings.py"))
    only, rest = griffe.ParameterKind.positional_only, griffe.ParameterKind.keyword_only
    for kinds, shown in (([only], ["a", "/"]), ([only, rest], ["a", "b"]), ([rest], ["a"]), ([], [])):
        given = [griffe.Parameter(name, kind=kind) for name, kind in zip("ab", kinds, strict=False)]
        function = griffe.Function("f", parameters=griffe.Parameters(*given))
        names["Markdown"]().on_function(func=function)
        assert [parameter.name for parameter in function.parameters] == shown


def test_the_checks_would_notice():
    """An example that prints something else fails, and so does one that raises."""
    for wrong in (">>> 1 + 1\n3\n", ">>> 1 / 0\n"):
        with pytest.raises(AssertionError):
            run_examples(wrong, "wrong")
    assert run_examples(">>> 1 + 1\n2\n", "right") == 1
