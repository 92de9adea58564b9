"""Docstrings as Markdown, for mkdocstrings.

They have one fixed form: sections that are underlined, whose entries read `name : text`, and after them paragraphs such
as `Derivative: ...`. A parser of numpydoc would take these for parameters.
"""

import inspect
import re
from typing import Any

from griffe import Extension, Parameter, ParameterKind

ENTRY = re.compile(r"(\*{0,2}[\w.]+(?:, \*{0,2}[\w.]+)*) : (.*)")
LABEL = re.compile(r"^(Convention|Derivative|Source): ")


def markdown(docstring: str) -> str:
    """The docstring with its sections, entries, labels and examples in Markdown."""
    parts = []
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(docstring)):
        lines = paragraph.splitlines()
        if len(lines) > 1 and re.fullmatch("-+", lines[1]):
            parts.append(f"**{lines[0]}**")
            lines = lines[2:]
        if not lines:
            continue
        if lines[0].startswith(">>>"):
            parts.append("\n".join(["```pycon", *lines, "```"]))
        elif ENTRY.fullmatch(lines[0]):
            parts.append(_text("\n".join(ENTRY.sub(_entry, line, count=1) for line in lines)))
        else:
            parts.append(_text(LABEL.sub(r"**\1:** ", "\n".join(lines), count=1)))
    return "\n\n".join(parts)


def _text(text: str) -> str:
    """Markdown in which `<` outside of code is no tag."""
    return re.sub("`[^`]*`|<", lambda match: "&lt;" if match[0] == "<" else match[0], text)


def _entry(match: re.Match[str]) -> str:
    names = ", ".join(f"`{name}`" for name in match[1].split(", "))
    return f"- {names}: {match[2]}"


class Markdown(Extension):
    """Turns every docstring into Markdown when it is found, and functions that are methods too into methods."""

    def on_package(self, *, pkg: Any, **kwargs: Any) -> None:
        """Show NumPy's methods without the operand that they are called on."""
        if pkg.path == "apitensor":
            for method in pkg["_tensor.Tensor"].members.values():
                if method.is_alias and method.target_path.startswith("apitensor._numpy_names."):
                    del method.target.parameters[0]

    def on_instance(self, *, obj: Any, **kwargs: Any) -> None:
        if obj.is_attribute and "property" not in obj.labels:
            obj.docstring = None  # that of the value's class, which says nothing about the attribute
        if obj.docstring is not None:
            obj.docstring.value = markdown(obj.docstring.value)

    def on_function(self, *, func: Any, **kwargs: Any) -> None:
        """Show the `/` behind operands that nothing follows: the template writes it only before a further parameter."""
        parameters = func.parameters
        if len(parameters) and parameters[len(parameters) - 1].kind is ParameterKind.positional_only:
            parameters.add(Parameter("/", kind=ParameterKind.positional_only))
