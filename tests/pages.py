"""What the pages of docs/ show, run: their examples, and the rows of "you write, here you write".

A page is run in a process of its own, as a reader would: `python tests/pages.py docs/faq.md` runs
all of its examples one after the other, then each row of its tables; `--alone` the examples of each
section by themselves, as in a process that has run no other.
"""

from __future__ import annotations

import argparse
import ast
import doctest
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
# The two programs that a page's rows stand in: the other library's, and ours.
PREPARED = re.compile(
    r"^## What the rows use\n.*?```python\n(.*?)```.*?```python\n(.*?)```", re.M | re.S
)


class Row(NamedTuple):
    """A row of a table whose first two columns are code."""

    line: int
    there: list[str]
    here: list[str]


def sections(text: str) -> dict[str, str]:
    """{title: text} of the sections that have examples."""
    parts = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)
    return {title: part for title, part in zip(parts[1::2], parts[2::2]) if ">>> " in part}


def rows(text: str) -> list[Row]:
    """The rows of tables that begin with "you write" and "here you write"."""
    found = []
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells[:2] == ["you write", "here you write"]:
            inside = True
        elif not cells:
            inside = False
        elif inside and not set(cells[0]) <= set(":- "):
            there, here = (
                [code.replace(r"\|", "|") for code in re.findall(r"`([^`]+)`", cell)]
                for cell in cells[:2]
            )
            found.append(Row(number, there, here))
    return found


def prepared(text: str) -> tuple[str, str]:
    """The programs before the rows: theirs and ours."""
    found = PREPARED.search(text)
    return (found[1], found[2]) if found else ("", "")


def values_of(program: str, spans: list[str]) -> list[Any]:
    """What each piece of code gives, each run behind the one before; statements give nothing."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(program, names)
    found = []
    for span in spans:
        body = ast.parse(span).body
        last = body.pop() if isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), span, "exec"), names)
        if last is not None:
            found.append(eval(compile(ast.Expression(last.value), span, "eval"), names))
    return found


def failures_of_examples(text: str, name: str) -> str:
    test = doctest.DocTestParser().get_doctest(text, {"__name__": "__main__"}, name, name, 0)
    report: list[str] = []
    doctest.DocTestRunner(optionflags=FLAGS, verbose=False).run(test, out=report.append)
    return "".join(report)


def failures_of_sections(text: str, name: str) -> str:
    """Those of each section alone: a process for each, which has imported the package already."""
    import autograd_c  # noqa: F401

    report = ""
    for title, part in sections(text).items():
        with tempfile.TemporaryFile("w+", encoding="utf-8") as file:
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    file.write(failures_of_examples(part, f"{name}, {title}"))
                    file.flush()
                    status = 0
                finally:
                    os._exit(status)
            _, status = os.waitpid(child, 0)
            file.seek(0)
            report += file.read() + (f"{title}: status {status}\n" if status else "")
    return report


def failures_of_rows(text: str) -> str:
    """What each row of ours raises."""
    _, ours = prepared(text)
    report = ""
    for row in rows(text):
        try:
            values_of(ours, row.here)
        except Exception as error:
            report += f"line {row.line}: {'; '.join(row.here)}: {type(error).__name__}: {error}\n"
    return report


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("page", type=Path)
    parser.add_argument("--alone", action="store_true")
    arguments = parser.parse_args()
    text = arguments.page.read_text("utf-8")
    if arguments.alone:
        report = failures_of_sections(text, arguments.page.name)
    else:
        report = failures_of_examples(text, arguments.page.name) + failures_of_rows(text)
    sys.exit(report or None)


if __name__ == "__main__":
    main()
