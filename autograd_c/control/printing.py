"""``tf.print``."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor, Variable
from autograd_c.values import nest

__all__ = ["print"]


def _number(x: Any) -> str:
    """The shorter of two numbers of digits that is enough: 6 or 9, in float64 15 or 17."""
    kind = x.dtype.kind
    if kind == "b":
        return str(int(x))
    if kind == "c":
        return f"{_number(x.real)}{'' if str(x.imag)[0] == '-' else '+'}{_number(x.imag)}j"
    if kind != "f":
        return str(x)
    if x.dtype == np.float16:
        x = np.float32(x)
    short, long = (15, 17) if x.dtype == np.float64 else (6, 9)
    text = f"{x:.{short}g}"
    return text if type(x)(text) == x or x != x else f"{float(x):.{long}g}"


def _summary(a: Any, edge: int, depth: int = 1) -> str:
    """The elements of an array, those at the edges of each axis alone if there are many."""
    if a.ndim == 0:
        return _number(a[()])
    if a.size == 0:
        return "[]"
    everything = edge < 0 or len(a) <= 2 * edge
    parts = [_summary(x, edge, depth + 1) for x in (a if everything else a[:edge])]
    if not everything:
        parts += ["...", *(_summary(x, edge, depth + 1) for x in a[len(a) - edge :])]
    if a.ndim == 1:
        return f"[{' '.join(parts)}]"
    line = "\n" * (a.ndim - 1) + " " * depth
    return f"[{line.join(parts)}]"


class _Shown:
    """What stands for a tensor in a structure that is printed."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _text(x: Any, edge: int) -> str:
    def leaf(y: Any) -> Any:
        if isinstance(y, (Tensor, Variable)):
            return _Shown(_summary(np.asarray(_core.array_of(y)), edge))
        return y

    if isinstance(x, str):
        return x
    import pprint  # not sooner: it takes longer than all of this room

    return pprint.pformat(nest.map_structure(leaf, x) if nest.is_nested(x) else leaf(x))


def print(*inputs: Any, **kwargs: Any) -> None:  # noqa: A001
    """Print tensors and structures of them, and anything else.

    Of each axis the first and the last elements are shown.

    Args:
        *inputs: what is to be printed.
        output_stream: `sys.stderr` by default, another open file, a function of the text, or
            "file://" and a path, to which lines are added.
        summarize: how many elements at each end of an axis; 3 by default, all for -1.
        sep: what to put between the inputs, a space by default.
        end: what to put at the end, a new line by default.
        name: ignored.

    Raises:
        ValueError: for other arguments, and for another kind of stream.

    >>> import sys
    >>> import autograd_c as tf
    >>> tf.print("x:", tf.range(10), {"y": tf.constant(0.5)}, output_stream=sys.stdout)
    x: [0 1 2 ... 7 8 9] {'y': 0.5}
    """
    stream = kwargs.pop("output_stream", sys.stderr)
    if _core.records_effects():
        # These names may stand for other streams when the program runs.
        name = {id(sys.stdout): "stdout", id(sys.stderr): "stderr"}.get(id(stream))
        _core.effect(_print_again, (name, stream if name is None else None, inputs, kwargs))
        return
    kwargs.pop("name", None)
    summarize = kwargs.pop("summarize", 3)
    separator = kwargs.pop("sep", " ")
    end = kwargs.pop("end", "\n")
    if kwargs:
        raise ValueError(f"Unrecognized keyword arguments for tf.print: {kwargs}")
    edge = 3 if summarize is None else int(summarize)
    text = separator.join([_text(x, edge) for x in inputs]) + ("\n" if end is None else end)
    if isinstance(stream, str) and stream.startswith("file://"):
        with open(stream[7:], "a", encoding="utf-8") as file:
            file.write(text)
    elif hasattr(stream, "write"):
        stream.write(text)
        if hasattr(stream, "flush"):
            stream.flush()
    elif callable(stream):
        stream(text.removesuffix("\n"))
    else:
        raise ValueError(
            f"Unsupported output stream {stream!r}: it is an open file, such as sys.stdout, a "
            "function of the text, or 'file://<filepath>'."
        )


def _print_again(name: str | None, stream: Any, inputs: tuple[Any, ...], kwargs: Any) -> None:
    """What a program does for `print`."""
    print(*inputs, output_stream=getattr(sys, name) if name else stream, **kwargs)
