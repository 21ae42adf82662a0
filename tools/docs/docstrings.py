"""Docstrings as reStructuredText: what is code stays code, names are linked, nothing is markup.

Docstrings are written for `help`: in plain words, with Google's sections, code between backticks,
and examples. Napoleon makes field lists of the sections; here is what goes before and after it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

# In the place of a colon that does not end a type, where Napoleon would look for one.
COLON = "\ue000"

SPAN = re.compile(r"(``[^`]+``|(?<![\w`:])`[^`]+`)")


def before_sections(lines: list[str]) -> list[str]:
    """Keep Napoleon from taking what is before a colon in "Returns" for a type."""
    found = []
    section, first = "", False
    for line in lines:
        title = re.fullmatch(r"(\w+):", line)
        if title:
            section, first = title[1], True
        elif line.strip() and not line.startswith(" "):
            section = ""
        elif first and line.strip():
            first = False
            if section in ("Returns", "Yields"):
                line = line.replace(":", COLON)
        found.append(line)
    return found


def after_sections(lines: Iterable[str], link: Callable[[str], str | None]) -> list[str]:
    """Link what is between backticks where `link` gives a target, and escape all else."""
    # A span may go on in the next line; an example is left as it is.
    found: list[str] = []
    prose: list[str] = []
    in_example = False

    def flush() -> None:
        if prose:
            found.extend(_marked_up("\n".join(prose), link).split("\n"))
            prose.clear()

    for line in lines:
        if line.lstrip().startswith(">>>"):
            in_example = True
        elif not line.strip() and in_example:
            in_example = False
        if in_example:
            flush()
            found.append(line)
        elif line.lstrip().startswith(".. "):
            flush()
            found.append(line)
        else:
            prose.append(line)
    flush()
    return found


def _marked_up(text: str, link: Callable[[str], str | None]) -> str:
    parts = SPAN.split(text.replace(COLON, ":"))
    for at, part in enumerate(parts):
        if at % 2:
            code = re.sub(r"\s+", " ", part.strip("`"))
            target = link(code)
            made = f":py:obj:`{code} <{target}>`" if target else f"``{code}``"
            # What is code goes on in the line where it began.
            if parts[at + 1][:1].isalnum():
                made += "\\ "
            parts[at] = made
        else:
            # What Napoleon has escaped is; a field's own colons are no text.
            part = re.sub(r"(?<!\\)([*|])", r"\\\1", part)
            parts[at] = re.sub(r"(?<=\w)_(?!\w)", r"\\_", part)
    return "".join(parts)
