"""The table of derivatives finds what is wrong: a little, in one operand, at second order only; and what is missing.

The page that is made of it has every function of the standard.
"""

import ast
import importlib.util
import inspect
import operator
import re
import sys
from pathlib import Path

import array_api_strict
import pytest

import apitensor as xp
from apitensor.autograd import elementwise, op
from tests import gradients
from tests.samples import BOTH, SAMPLES, Sample, anywhere

ROOT = Path(__file__).parent.parent


def of(function):
    """A sample of a function of two operands."""
    return Sample("tried", (anywhere(2, 3), anywhere(3)), lambda xp, a, b: function(a, b), (0, 1), BOTH)


def product(first, second, doc="A product."):
    """A product whose partial derivatives are given."""
    return elementwise("tried", first, second, doc=doc, forward=lambda xp, a, b: xp.multiply(a, b))


RIGHT = product(lambda xp, y, a, b: b, lambda xp, y, a, b: a)
WRONG = {
    "a little": product(lambda xp, y, a, b: b * 1.0005, lambda xp, y, a, b: a * 1.0005),
    "in one operand": product(lambda xp, y, a, b: b, lambda xp, y, a, b: a + 0.001),
    "by a sign": product(lambda xp, y, a, b: b, lambda xp, y, a, b: -a),
    # The value is right to nine digits, and rounding has no derivative.
    "at second order": product(lambda xp, y, a, b: xp.round(b * 2**30) / 2**30, lambda xp, y, a, b: a),
}


@op(missing="it has none")
def without(xp, a, b, /):
    """A product without a derivative."""
    return xp.multiply(a, b)


def test_right_rules_pass(capsys):
    assert gradients.main(samples=[of(RIGHT)]) == 0
    printed = capsys.readouterr().out
    assert "WRONG" not in printed and "1 functions in 2 cases, 0 of them wrong" in printed


@pytest.mark.parametrize("how", WRONG)
def test_wrong_rules_fail(how, capsys):
    assert gradients.main(samples=[of(WRONG[how])]) == 1
    printed = capsys.readouterr().out
    for which in ("real", "complex"):
        for mode in ("reverse", "forward"):
            assert (f"WRONG {which} {mode}:" in printed) == (how != "at second order")
            assert (f"WRONG {which} {mode}-over-reverse:" in printed) == (how == "at second order")


def test_missing_rules_fail(capsys):
    assert gradients.main(samples=[of(without)]) == 1
    assert "it has none" in capsys.readouterr().out


def test_nothing_chosen_fails(capsys):
    assert gradients.main(["no such function"]) == 1
    assert "0 functions" in capsys.readouterr().out


def test_names_choose(capsys):
    assert gradients.main(["linalg.inv", "sin"]) == 0
    lines = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith(("linalg", "si"))]
    assert lines == ["sin", "sinh", "linalg.inv"]


def test_smooth_functions_have_smooth_samples():
    """A function with a derivative is in the table: not all its samples are kinks."""
    differentiable = {sample.name for sample in SAMPLES if sample.wrt}
    assert differentiable == {sample.name for sample in SAMPLES if sample.has_differences()}
    assert len(differentiable) > 150


# ---- the page of the documentation


def _hook():
    """The module that makes the page; `docs` is no package, since that name would be everybody's."""
    spec = importlib.util.spec_from_file_location("derivatives", ROOT / "docs" / "derivatives.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for it
    spec.loader.exec_module(module)
    return module


derivatives = _hook()
FUNCTIONS = [path for paths in derivatives.chapters().values() for path in paths]


def test_every_function_of_the_standard_is_on_the_page():
    """By the names that an independent implementation of the standard has, and by our own."""
    strict = array_api_strict
    spaces = {"": (strict, xp), "linalg.": (strict.linalg, xp.linalg), "fft.": (strict.fft, xp.fft)}
    names = {
        prefix + name
        for prefix, modules in spaces.items()
        for module in modules
        for name in module.__all__
        if inspect.isfunction(getattr(module, name)) and not name.endswith("array_api_strict_flags")
    }
    array = type(strict.zeros(1))
    names |= {
        f"Tensor.{name}" for name in vars(array) if name in dir(operator) and name not in ("__doc__", "__index__")
    }
    names |= {f"Tensor.{name}" for name in ("T", "mT", "to_device") if hasattr(array, name)}
    assert len(names) > 230
    page = derivatives.page({})
    sections = re.findall(r"^### `(.*?)`", page, re.MULTILINE)
    assert sections == FUNCTIONS and len(set(sections)) == len(sections)
    # Some functions of linalg are those of the main namespace.
    again = {f"linalg.{name}" for name in xp.linalg.__all__ if getattr(xp.linalg, name) is getattr(xp, name, None)}
    about_the_process = {"is_grad_enabled", "memory_info", "set_default_device", "synchronize"}
    assert names - set(FUNCTIONS) == again | about_the_process


@pytest.mark.parametrize("path", FUNCTIONS)
def test_section(path):
    """What is declared and what is tested agree, and the rule is shown."""
    function = derivatives.describe(path)
    differentiable = any(sample.wrt for sample in SAMPLES if sample.name == path)
    assert differentiable == (function.kind not in ("constant", "no operand"))
    if function.sources[0].name == function.path and len(function.ops) == 1 and not function.composes:
        assert function.ops[0].differentiable == differentiable
    if not path.startswith("Tensor."):
        assert function.sources[0].name == path.rpartition(".")[2]
        assert function.derivative or not (function.is_standard and differentiable)
    for definition in function.sources:
        ast.parse(definition.source)


def test_section_shows_rule_and_numbers():
    lines = {line.name: line for line in gradients.table(s for s in SAMPLES if s.name in ("linalg.inv", "maximum"))}
    page = derivatives.page(lines)
    section = page.partition("### `linalg.inv`")[2].partition("### `")[0]
    assert "vjps=(lambda xp, g, y, x, /: -(adjoint(xp, y) @ g @ adjoint(xp, y)),)" in section
    assert "def adjoint(" in section and "Parameters" not in section
    assert re.search(r"^\*\*Samples:\*\* \d+; \d+ compared with differences\.$", section, re.MULTILINE)
    assert all(f"{lines['linalg.inv'].errors[column]:.0e}" in section for column in gradients.COLUMNS)
    assert re.search(r"^\| \[`maximum`\].* real only \|", page, re.MULTILINE)
    assert "| of the standard, real | 2 | 2 | 2 | 2 | 2 |" in page
    assert "| of the standard, complex | 1 | 1 | 1 | 1 | 1 |" in page


def test_page_says_what_is_wrong():
    (line,) = gradients.table([of(WRONG["at second order"])])
    line.name = "multiply"
    page = derivatives.page({"multiply": line})
    assert len(re.findall(r"^\| \[`multiply`\].*\| WRONG \| WRONG \| yes \|", page, re.MULTILINE)) == 1
    assert "| of the standard, real | 1 | 1 | 1 | 0 | 0 |" in page
