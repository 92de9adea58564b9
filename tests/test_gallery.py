"""The gallery: every program through a library gives the right gradient, and its page shows every program.

SciPy reads SCIPY_ARRAY_API when it is imported, and other tests import it without, so the programs run in processes of
their own and are not imported here.
"""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sklearn")  # `make test` brings it along

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "through-libraries.md").read_text(encoding="utf-8")
SOURCE = (ROOT / "tests" / "gallery" / "programs.py").read_text(encoding="utf-8")
BODY = ast.parse(SOURCE).body
TITLES = {
    node.targets[0].id: node.value.value
    for node in BODY
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
}
# Of every program: the section, the name, the code.
PROGRAMS = [
    (TITLES[decorator.args[0].id], node.name, ast.get_source_segment(SOURCE, node))
    for node in BODY
    if isinstance(node, ast.FunctionDef)
    for decorator in node.decorator_list
    if isinstance(decorator, ast.Call) and decorator.func.id == "program"
]


def run(*arguments):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("scipy", [True, False], ids=["SciPy", "others"])
def test_programs(scipy):
    sections = [title for title in TITLES.values() if title.startswith("SciPy") is scipy]
    done = run("-m", "tests.gallery", "--check", *sections)
    assert done.returncode == 0, done.stderr
    names = [line.partition(" ")[0] for line in done.stdout.splitlines()]
    assert names and names == [name for title, name, _ in PROGRAMS if title in sections]


def test_the_page_shows_the_programs_as_they_are():
    """`make gallery` writes it."""
    for section, name, code in PROGRAMS:
        assert f"\n## {section}\n" in PAGE
        assert f"\n### {name} {{ #{name} }}\n\n```py\n{code}\n```\n" in PAGE
    assert PAGE.count("\n### ") == len(PROGRAMS)
    rows = [line for line in PAGE.splitlines() if line.startswith("| [")]
    assert len(rows) == len([name for section, name, _ in PROGRAMS if section != TITLES["LIMITS"]])
    for line in rows:
        float(line.split("|")[3])  # the error: all programs on the page are right


def test_the_check_would_notice():
    """A gradient that is too small, half lost or lost altogether, and a value that is another."""
    code = """
import apitensor as xp
from tests.gallery import check
from tests.gallery.programs import Program, normal

def verdict(function, draws=(normal(3), normal(2))):
    program = Program("", function, draws)
    expected = check.by_differences(program, check.one_direction(program.arrays()))
    return check.try_with(check.with_apitensor, program, expected).verdict

bare = lambda x: x.detach() if isinstance(x, xp.Tensor) else x
total = lambda a, b: (a**2).sum() + (b**3).sum()
print(verdict(total), verdict(lambda a, b: total(a, bare(b))), verdict(lambda a, b: total(bare(a), bare(b))))
print(verdict(lambda a, b: 0.5 * (total(a, b) + total(bare(a), bare(b)))))
print(verdict(lambda a, b: total(a, b) + 1e-6 * isinstance(a, xp.Tensor)))
print(verdict(lambda a, b: total(a, b) if a is bare(a) else a.nothing))
"""
    done = run("-c", code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["right wrong no gradient", "wrong", "wrong", "raises"]
