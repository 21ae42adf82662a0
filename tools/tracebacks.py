"""Whether C++ that Cython has made does without tracebacks.

``autograd_c/core/core_support.h`` leaves Cython's own frames out of tracebacks, so that an
exception which the core raised and catches has none. CPython allows that, and so does most of what
Cython makes of ``except`` and ``finally``; but ``with``, and ``return f()`` in ``except``, count
references of a traceback that must be there, and what else does depends on Cython's version. So
each build reads what Cython made of the core, and leaves the frames out only if this file knows
every use of a traceback there to be safe. ``setup.py`` imports it.
"""

from __future__ import annotations

import re

# Defined at the beginning of C++ that was found safe; core_support.h asks for it.
MACRO = "AG_TRACEBACKS_MAY_BE_MISSING"

_CAUGHT = re.compile(r"__Pyx_GetException\(&(\w+), &(\w+), &(\w+)\)")
_STRING = re.compile(r'"(?:\\.|[^"\\])*"')
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# What can be done with a traceback, `TB`, that is a null pointer. `T` are the other variables.
_SAFE = [
    r"__Pyx_GetException\(&T, &T, &TB\)",
    r"__Pyx_ErrFetch\(&T, &T, &TB\)",
    r"__Pyx_(XGOTREF|XGIVEREF|XDECREF)\(TB\)",
    r"Py_XDECREF\(TB\)",
    r"__Pyx_ErrRestore(WithState)?\(T, T, TB\)",
    r"TB = (0|NULL);",
]


def unsafe_uses(code: str) -> list[str]:
    """The lines of Cython's output that may use a traceback that is not there."""
    code = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), code)
    lines = [_STRING.sub('""', line) for line in code.split("\n")]
    found = []
    for start, line in enumerate(lines):
        caught = _CAUGHT.search(line)
        if caught is None:
            continue
        names = re.compile(rf"\b({caught[1]}|{caught[2]})\b")
        depth = 0
        # To the end of the block: the variables are other ones' after it.
        for each in lines[start:]:
            text = names.sub("T", re.sub(rf"\b{caught[3]}\b", "TB", each))
            for safe in _SAFE:
                text = re.sub(safe, "", text)
            if re.search(r"\bTB\b", text):
                found.append(each.strip())
            depth += each.count("{") - each.count("}")
            if depth < 0:
                break
    return found
