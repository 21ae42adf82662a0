"""Structures of tensors and of Python's values, as lists that JSON has.

["tensor", number], ["list", items], ["tuple", items], ["dict", [[key, item], ...]], ["none"],
["bool", x], ["int", text], ["float", text], ["str", x].
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_c.control.specs import TensorSpec
from autograd_c.core import _core
from autograd_c.functions.arrays import zeros
from autograd_c.values import errors

DEEPEST = 50  # of lists in lists


def described_result(x: Any, tensors: list[Any]) -> Any:
    """The structure of what a function returns; named tuples are tuples."""
    return described(x, tensors, [], "the result", is_result=True)


def described(
    x: Any,
    tensors: list[Any],
    names: list[str],
    name: str,
    depth: int = 0,
    is_result: bool = False,
) -> Any:
    """A structure without its tensors, which are added to those that there are."""

    def inside(item: Any, key: Any) -> Any:
        return described(item, tensors, names, f"{name}[{key!r}]", depth + 1, is_result)

    if depth > DEEPEST:
        raise errors.InvalidArgumentError(f"{name} is too deep")
    if isinstance(x, TensorSpec):
        if not x.shape.is_fully_defined():
            raise errors.InvalidArgumentError(f"{name}: the shape of {x} is not known")
        x = zeros(x.shape, x.dtype)
    if isinstance(x, (_core.Tensor, _core.Variable, np.ndarray, np.generic)):
        tensors.append(_core.convert_to_tensor(x))
        names.append(name)
        return ["tensor", len(tensors) - 1]
    if x is None:
        return ["none"]
    if type(x) is bool or type(x) is str:
        return [type(x).__name__, x]
    if type(x) is int:
        return ["int", str(x)]
    if type(x) is float:
        return ["float", x.hex()]
    if type(x) is list or type(x) is tuple:
        return [type(x).__name__, [inside(item, k) for k, item in enumerate(x)]]
    if is_result and isinstance(x, tuple) and hasattr(x, "_fields"):
        return ["tuple", [inside(item, k) for k, item in enumerate(x)]]
    if type(x) is dict and all(type(key) is str for key in x):
        return ["dict", [[key, inside(item, key)] for key, item in x.items()]]
    raise errors.InvalidArgumentError(
        f"{name} is of {type(x).__name__}: functions in files take and return tensors, numbers, "
        "texts, None, and lists, tuples and dicts of them"
    )


def filled(item: Any, tensor: Callable[[int], Any]) -> Any:
    """The structure with its tensors."""
    kind = item[0]
    if kind == "tensor":
        return tensor(item[1])
    if kind == "none":
        return None
    if kind == "int":
        return int(item[1])
    if kind == "float":
        return float.fromhex(item[1])
    if kind == "list":
        return [filled(x, tensor) for x in item[1]]
    if kind == "tuple":
        return tuple([filled(x, tensor) for x in item[1]])
    if kind == "dict":
        return {key: filled(x, tensor) for key, x in item[1]}
    return item[1]


def numbers(item: Any, depth: int = 0) -> list[int]:
    """The numbers of the tensors in a structure, which is checked."""
    kind = item[0]
    if depth > DEEPEST + 1 or type(item) is not list:
        raise ValueError("a structure that is none")
    if kind == "none":
        return []
    x = item[1]
    if kind == "tensor" and type(x) is int:
        return [x]
    if kind in ("bool", "str") and type(x).__name__ == kind:
        return []
    if kind in ("int", "float") and type(x) is str and len(x) < 100:
        (int if kind == "int" else float.fromhex)(x)
        return []
    if kind in ("list", "tuple") and type(x) is list:
        return [number for each in x for number in numbers(each, depth + 1)]
    if kind == "dict" and type(x) is list and all(type(key) is str for key, _ in x):
        return [number for _, each in x for number in numbers(each, depth + 1)]
    raise ValueError("a structure that is none")
