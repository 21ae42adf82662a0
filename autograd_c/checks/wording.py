"""How checks say what they have found: elements, shapes and dtypes, in a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.core._core import Tensor

if TYPE_CHECKING:
    pass


Array = np.ndarray[Any, Any]


def prefix(message: object, separator: str) -> str:
    return "" if message is None or message == "" else f"{message}{separator}"


def count_shown(summarize: int | None) -> int | None:
    """How many elements to show, None for all: 3 if nothing is said, all for -1."""
    if summarize is None:
        return 3
    return None if summarize < 0 else summarize


def some_of(a: Array, count: int | None) -> str:
    """The first elements of an array, in one line."""
    flat = a.ravel()[:count]
    text = np.array2string(flat, threshold=flat.size + 1, max_line_width=10**9)
    return text if flat.size == a.size else f"{text[:-1]} ...]"


def kind_of(x: Tensor) -> str:
    return f"a tensor of shape {tuple(x.shape)} and dtype {x.dtype.name}"
