"""The elementwise operations as Python functions, made from the engine's table.

Nothing here names an operation: a line in ``csrc/ops/rows/`` is all that one needs. Each
function is put into the namespaces that its line gives (``tf.tanh``, ``tf.math.tanh``, …).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from autograd_c.core import _core

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor

_KINDS = {"b": "bool", "i": "integer", "f": "floating", "c": "complex"}

# A value of each argument for the example in the docstring, by the operation's lowest sample.
_EXAMPLE = {"b": ("[True, False]", "[True, True]"), "i": ("[6, 5]", "[3, 2]")}


def _names(row: dict[str, Any]) -> str:
    kinds = [_KINDS[k] for k in row["kinds"]]
    return kinds[0] if len(kinds) == 1 else ", ".join(kinds[:-1]) + " or " + kinds[-1]


def _example(row: dict[str, Any], function: str) -> str:
    """Lines that run the function on two elements and show what shape and dtype come out."""
    if "f" in row["kinds"]:
        low, high = row["low"], row["high"]
        first = [low + 0.25 * (high - low), low + 0.75 * (high - low)]
        operands = (repr(first), repr(first[::-1]))
    else:
        operands = _EXAMPLE[row["kinds"][0]]
    arguments = ", ".join(f"tf.constant({x})" for x in operands[: row["arity"]])
    dtype = "bool" if row["boolean"] or row["kinds"] == "b" else "int32"
    if "f" in row["kinds"] and not row["boolean"]:
        dtype = "float32"
    lines = [
        "    >>> import autograd_c as tf",
        f"    >>> y = tf.{function}({arguments})",
        "    >>> y.shape, y.dtype",
        f"    (TensorShape([2]), tf.{dtype})",
    ]
    if row["numpy"] and not row["boolean"]:
        plain = ", ".join(operands[: row["arity"]])
        lines += [
            "    >>> import numpy as np",
            f"    >>> np.allclose(y, np.{row['numpy']}({plain}))",
            "    True",
        ]
    return "\n".join(lines)


def documentation(row: dict[str, Any]) -> str:
    """The docstring of an elementwise function, with its signature for `inspect`."""
    function = row["names"][0]
    arguments = row["arguments"]
    two = len(arguments) == 2
    shape = "the shape that the arguments broadcast to" if two else f"the shape of {arguments[0]}"
    if row["boolean"]:
        result = f"A tensor of dtype bool, of {shape}."
    elif two:
        result = f"A tensor of {shape}, of the dtype that theirs promote to."
    else:
        result = f"A tensor of {shape} and dtype."
    if row["differentiable"] == 0 and ("f" in row["kinds"] or "c" in row["kinds"]):
        result += " Not differentiable: the gradient is None."
    broadcast = (
        "\n        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not broadcast."
        if two
        else ""
    )
    text = f"""{function.rpartition(".")[2]}({", ".join(arguments)}, name=None)
--

{row["summary"]}

    Args:
        {", ".join(arguments)}: of dtype {_names(row)}: tensors, or what `convert_to_tensor` takes.
        name: ignored.

    Returns:
        {result}

    Raises:
        TypeError: for other dtypes{", and dtypes that do not mix" if two else ""}.{broadcast}

{_example(row, function)}
    """
    return text


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Each elementwise function under each of its names, as ("math.tanh", function)."""
    for row in _TABLE:
        if not row["elementwise"] or not row["names"]:
            continue
        names = row["names"]
        first = min(names, key=lambda name: "." in name)  # where users look for it first
        module = f"autograd_c.{first.rpartition('.')[0]}".rstrip(".")
        function = _core.make_function(
            row["code"], names[0].rpartition(".")[2], documentation(row), module
        )
        for name in names:
            yield name, function


_TABLE = _core.operation_table()
_ALL = list(functions())
_NAMED = dict(_ALL)
_NAMELESS = {row["name"]: row for row in _TABLE if row["elementwise"] and not row["names"]}


def named(name: str) -> Callable[..., Tensor]:
    """The function of that name, as "math.tanh"."""
    return _NAMED[name]


def of_row(row: dict[str, Any]) -> Callable[..., Tensor]:
    """The function of a row of the table, under its name there."""
    return _core.make_function(row["code"], row["name"], row["summary"], __name__)


def nameless(name: str) -> Callable[..., Tensor]:
    """A function of a row without names, for the one that people call."""
    row = _NAMELESS[name]
    return _core.make_function(row["code"], name, row["summary"], __name__)


def install(namespaces: dict[str, dict[str, Any]]) -> None:
    """Put every function into the namespaces given by prefix ("" is the package)."""
    for name, function in _ALL:
        prefix, _, short = name.rpartition(".")
        if prefix in namespaces:
            namespaces[prefix][short] = function
