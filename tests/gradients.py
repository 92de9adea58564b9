"""The table of derivatives: every function of the standard, by mode and field, compared with differences.

`python -m tests.gradients` prints it and fails if a derivative is missing or wrong; `make gradients` does that. Names, or
beginnings of names, as arguments restrict it: `python -m tests.gradients linalg. sum`.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import apitensor as xp
from apitensor.autograd import Report, check_gradients
from tests.samples import COMPLEX, REAL, SAMPLES, Operand, Sample

MODES = ("reverse", "forward", "reverse-over-reverse", "forward-over-reverse")


def place(sample: Sample, arrays: Sequence[Any], device: str) -> list[Any]:
    """The operands of a sample as tensors on a device; scalars stay what they are."""
    return [xp.asarray(x, device=device) if isinstance(s, Operand) else x for s, x in zip(sample.operands, arrays, strict=True)]


def as_function(sample: Sample, operands: Sequence[Any]) -> Any:
    """The sample as a function of the operands that it is differentiable in."""

    def function(*moving: Any) -> Any:
        full = list(operands)
        for i, x in zip(sample.wrt, moving, strict=True):
            full[i] = x
        return sample.call(xp, *full)

    function.__name__ = sample.id
    return function


def compare(sample: Sample, which: str, modes: Sequence[str], device: str = "cpu", directions: int = 1) -> Report:
    """The derivatives of a sample over a field compared with differences."""
    operands = place(sample, sample.draw(which), device)
    moving = [operands[i] for i in sample.wrt]
    function = as_function(sample, operands)
    return check_gradients(function, moving, modes=modes, directions=directions, raise_on_failure=False)


@dataclass
class Line:
    """What is known of a function: the worst error of every field and mode, or why there is none."""

    name: str
    cases: int = 0
    errors: dict[tuple[str, str], float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def add(self, sample: Sample, which: str) -> None:
        """Compare a sample over a field."""
        self.cases += 1
        try:
            report = compare(sample, which, MODES)
        except Exception as error:  # whatever a rule may raise: the table goes on
            self.wrong.append(f"{sample.id} ({which}): {type(error).__name__}: {error}")
            for mode in MODES:
                self.errors[which, mode] = float("nan")
            return
        for row in report.rows:
            key = which, row.mode
            self.errors[key] = max(self.errors.get(key, 0.0), row.error) if row.error == row.error else row.error
            if not row.ok:
                self.wrong.append(f"{sample.id} ({which}), {row.operand}: {row.mode} gives {row.analytic}, not {row.numeric}")

    def cell(self, which: str, mode: str) -> str:
        """The worst error, "WRONG", or "-" where there is nothing to differentiate."""
        if (which, mode) not in self.errors:
            return "-"
        wrong = any(f"({which})" in text and (mode in text or "gives" not in text) for text in self.wrong)
        return "WRONG" if wrong else f"{self.errors[which, mode]:.0e}"


def table(samples: Iterable[Sample]) -> list[Line]:
    """A line for every function that has a derivative, in the order of the samples."""
    lines: dict[str, Line] = {}
    for sample in samples:
        if sample.wrt and sample.smooth and any(0 not in x.shape for x in sample.operands if isinstance(x, Operand)):
            line = lines.setdefault(sample.name, Line(sample.name))
            for which in sample.fields:
                line.add(sample, which)
    return list(lines.values())


def main(names: Sequence[str], samples: Iterable[Sample] = SAMPLES) -> int:
    """Print the table; the number of functions of which a derivative is missing or wrong is the exit status, at most 1."""
    chosen = [s for s in samples if not names or any(s.name == n or s.name.startswith(n) for n in names)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lines = table(chosen)
    width = max([len(line.name) for line in lines], default=8)
    columns = [(which, mode) for which in (REAL, COMPLEX) for mode in MODES]
    print(" " * width, "cases", *[f"{which:>8}" for which, _ in columns])
    print(" " * width, "     ", *[f"{_short(mode):>8}" for _, mode in columns])
    for line in lines:
        print(f"{line.name:{width}} {line.cases:5}", *[f"{line.cell(*column):>8}" for column in columns])
    wrong = [line for line in lines if line.wrong]
    print()
    for column in columns:
        cells = [line.cell(*column) for line in lines]
        having = sum(cell != "-" for cell in cells)
        print(f"{column[0]:8} {column[1]:21} {having - cells.count('WRONG'):4} of {having} functions right")
    print(f"{len(lines)} functions, {sum(line.cases for line in lines)} cases, {len(wrong)} functions wrong")
    for line in wrong:
        print("", *line.wrong, sep="\n  ")
    return 1 if wrong or not lines else 0


def _short(mode: str) -> str:
    return {"reverse": "rev", "forward": "fwd", "reverse-over-reverse": "rev/rev", "forward-over-reverse": "fwd/rev"}[mode]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
