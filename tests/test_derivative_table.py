"""The table of derivatives finds what is wrong: a little, in one operand, at second order only; and what is missing."""

import pytest

from apitensor.autograd import elementwise, op
from tests import gradients
from tests.samples import BOTH, SAMPLES, Sample, anywhere


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
