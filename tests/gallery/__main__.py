"""Runs the programs and writes docs/through-libraries.md; `--check` runs them quickly and writes nothing.

Arguments choose sections by their beginnings: `python -m tests.gallery --check "SciPy: statistics"`.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
import warnings
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import apitensor as xp
from tests.gallery import check, setup
from tests.gallery.check import Expected, Outcome
from tests.gallery.programs import PROGRAMS, Program

PAGE = Path(__file__).parents[2] / "docs" / "through-libraries.md"
LIBRARIES = ("numpy", "scipy", "scikit-learn", "einops", "xarray", "array-api-extra", "opt-einsum", "torch")

HEAD = """# Through other libraries

Written by `make gallery`. Each program below computes one number through a library as it is installed:
nothing of it is edited, and it knows nothing of apitensor. The program runs on tensors that require a gradient, and
`backward()` is compared, element by element, with central differences of the same program on NumPy arrays: the column
"error" is the norm of the difference over the gradient's norm. The last column is the same program with PyTorch's
tensors: "no gradient" means that nothing arrives and nothing is said, "wrong" that what arrives is not the gradient.

{summary}

{versions}.
"""

SETUP = """
## What the programs import

`SCIPY_ARRAY_API=1` must be in the environment before SciPy is imported; scikit-learn has a switch that may be set at
any time, `scipy.fft` takes [a backend](reference/fft.md#scipyfft-on-tensors), and einops has functions of their own for
arrays of the standard.

```py
{imports}
```
"""


def find(quick: bool, chosen: list[Program]) -> list[tuple[Program, Expected, Outcome, Outcome | None]]:
    """Run programs on NumPy arrays, with apitensor and, unless it shall be quick, with torch where it is installed."""
    found = []
    for program in chosen:
        arrays = program.arrays()
        directions = check.one_direction(arrays) if quick else check.every_direction(arrays)
        expected = check.by_differences(program, directions)
        ours = check.try_with(check.with_apitensor, program, expected)
        theirs = None if quick or not installed("torch") else check.try_with(check.with_torch, program, expected)
        found.append((program, expected, ours, theirs))
    return found


def installed(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""


def cell(outcome: Outcome | None) -> str:
    if outcome is None:
        return ""
    return f"raises {outcome.message.partition(':')[0]}" if outcome.verdict == "raises" else outcome.verdict


def page(found: list[tuple[Program, Expected, Outcome, Outcome | None]]) -> str:
    """The page's text."""
    shown = [line for line in found if not line[0].raises]
    right = sum(ours.verdict == "right" for _, _, ours, _ in shown)
    summary = f"**{right} of {len(shown)} programs right with apitensor**"
    if any(theirs for *_, theirs in shown):
        theirs_right = sum(theirs is not None and theirs.verdict == "right" for *_, theirs in shown)
        summary += f"; with torch {theirs_right}, the other {len(shown) - theirs_right} raise or give no right gradient"
    versions = ", ".join(f"{name} {installed(name)}" for name in LIBRARIES if installed(name))
    versions = f"apitensor {version('apitensor')}, Python {sys.version.partition(' ')[0]}; {versions}"
    parts = [
        HEAD.format(summary=f"{summary}.", versions=versions),
        "\n| program | value | error | torch |\n| --- | ---: | ---: | --- |",
    ]
    for program, expected, ours, theirs in shown:
        error = f"{ours.error:.0e}" if ours.verdict == "right" else cell(ours)
        name = f"[{program.name}](#{program.name})"
        parts.append(f"\n| {name} | {expected.value:.5g} | {error} | {cell(theirs)} |")
    imports = inspect.getsource(setup).partition('"""\n\n')[2].partition("\n\n__all__")[0]
    parts.append("\n" + SETUP.format(imports=imports))
    section = ""
    for program, _, ours, _ in found:
        if program.section != section:
            section = program.section
            parts.append(f"\n## {section}\n")
            if program.raises:
                parts.append(
                    "\nWhere a library goes on in compiled code or makes NumPy arrays of what it is given, a tensor\n"
                    "that tracks raises; where it makes a float of it there is a warning, an error on this page.\n"
                )
        heading = f"### {program.name} {{ #{program.name} }}"
        parts.append(f"\n{heading}\n\n```py\n{program.source}\n```\n")
        if program.raises:
            parts.append(f"\n`{re.sub(chr(96), chr(39), ours.message)}`\n")
    return "".join(parts)


def main() -> int:
    parser = argparse.ArgumentParser("python -m tests.gallery", description=__doc__)
    parser.add_argument("sections", nargs="*", help="beginnings of sections; all if none is given")
    parser.add_argument("--check", action="store_true", help="one direction per program, apitensor only, no page")
    given = parser.parse_args()
    chosen = [p for p in PROGRAMS if not given.sections or p.section.startswith(tuple(given.sections))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the libraries' own: about what they found in the numbers
        warnings.simplefilter("error", xp.GradientWarning)
        found = find(given.check, chosen)
    for program, expected, ours, theirs in found:
        print(f"{program.name:34} {expected.value:12.5g} {ours.verdict:8} {ours.error:8.0e}  {cell(theirs)}")
    bad = [(program, ours) for program, _, ours, _ in found if ours.verdict != program.expected]
    for program, ours in bad:
        print(f"{program.name}: {ours.verdict} where {program.expected} was expected; {ours.message}", file=sys.stderr)
    if not given.check and not given.sections:
        PAGE.write_text(page(found), encoding="utf-8")
    return 1 if bad or not found else 0


if __name__ == "__main__":
    sys.exit(main())
