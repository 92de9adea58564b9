"""The table of derivatives: every function of the standard, by mode and field, compared with differences.

`python -m tests.gradients` prints it and fails if a derivative is missing or wrong; `make gradients` does that.
Arguments choose functions by the beginnings of their names: `python -m tests.gradients linalg. sum`.
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
    return [
        xp.asarray(x, device=device) if isinstance(s, Operand) else x
        for s, x in zip(sample.operands, arrays, strict=True)
    ]


def as_function(sample: Sample, operands: Sequence[Any]) -> Any:
    """The sample as a function of the operands that it is differentiable in."""

    def function(*moving: Any) -> Any:
        full = list(operands)
        for i, x in zip(sample.wrt, moving, strict=True):
            full[i] = x
        return sample.call(xp, *full)

    function.__name__ = sample.id
    return function


def compare(sample: Sample, which: str, modes: Sequence[str] | None = None, directions: int = 1) -> Report:
    """The derivatives of a sample over a field compared with differences: to 1e-6, and to 1e-4 at second order."""
    operands = place(sample, sample.draw(which), "cpu")
    moving = [operands[i] for i in sample.wrt]
    function = as_function(sample, operands)
    return check_gradients(function, moving, modes=modes, directions=directions, raise_on_failure=False)


@dataclass
class Line:
    """What was found for a function: by field and mode the worst error, and what is wrong."""

    name: str
    cases: int = 0
    errors: dict[tuple[str, str], float] = field(default_factory=dict)
    wrong: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, sample: Sample, which: str) -> None:
        """Compare a sample over a field."""
        self.cases += 1
        try:
            rows = compare(sample, which, MODES).rows
        except Exception as error:  # whatever a rule raises, the table goes on
            self.wrong.update({(which, mode): f"{sample.id}: {type(error).__name__}: {error}" for mode in MODES})
            return
        for row in rows:
            key = which, row.mode
            self.errors[key] = max(self.errors.get(key, 0.0), row.error)
            if not row.ok:
                self.wrong[key] = f"{sample.id}, {row.operand}: {row.analytic:.8g} is not {row.numeric:.8g}"

    def cell(self, column: tuple[str, str]) -> str:
        """The worst error, "WRONG", or "-" where there is nothing to differentiate."""
        return "WRONG" if column in self.wrong else f"{self.errors[column]:.0e}" if column in self.errors else "-"


def table(samples: Iterable[Sample]) -> list[Line]:
    """A line for every function that has a derivative, in the order of the samples."""
    lines: dict[str, Line] = {}
    for sample in samples:
        if sample.has_differences():
            line = lines.setdefault(sample.name, Line(sample.name))
            for which in sample.fields:
                line.add(sample, which)
    return list(lines.values())


COLUMNS = [(which, mode) for which in (REAL, COMPLEX) for mode in MODES]


def main(names: Sequence[str] = (), samples: Iterable[Sample] = SAMPLES) -> int:
    """Print the table. The exit status is 1 if a derivative is missing or wrong."""
    chosen = [s for s in samples if not names or s.name.startswith(tuple(names))]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lines = table(chosen)
    width = max([len(line.name) for line in lines], default=0)
    print(f"{'':{width}} {'':5}", *[f"{which:>8}" for which, _ in COLUMNS])
    print(f"{'':{width}} cases", *[f"{_short(mode):>8}" for _, mode in COLUMNS])
    for line in lines:
        print(f"{line.name:{width}} {line.cases:5}", *[f"{line.cell(column):>8}" for column in COLUMNS])
    print()
    for column in COLUMNS:
        cells = [line.cell(column) for line in lines if line.cell(column) != "-"]
        print(f"{column[0]:7} {column[1]:20} {len(cells) - cells.count('WRONG'):4} of {len(cells)} functions right")
    none = {s.name for s in chosen} - {s.name for s in chosen if s.wrt}
    wrong = [line for line in lines if line.wrong]
    print(f"{len(lines)} functions in {sum(line.cases for line in lines)} cases, {len(wrong)} of them wrong")
    print(f"{len(none)} more have no derivative, and their results track nothing")
    for line in wrong:
        for (which, mode), text in line.wrong.items():
            print(f"WRONG {which} {mode}: {text}")
    return 1 if wrong or not lines else 0


def _short(mode: str) -> str:
    return {"reverse": "rev", "forward": "fwd", "reverse-over-reverse": "rev/rev", "forward-over-reverse": "fwd/rev"}[
        mode
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
