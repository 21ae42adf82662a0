"""Structures of tensors as one vector."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.values import nest

__all__ = ["flatten", "flatten_func"]


def flatten(value: Any) -> tuple[Tensor, Callable[[Any], Any]]:
    """A nested structure of arrays as one vector, and the function that goes back.

    Args:
        value: lists, tuples and dicts, nested, of tensors, arrays and floats; complex numbers make
            the vector complex.

    Returns:
        A pair: the elements of all of them, one after the other, as a tensor of shape [n]; and a
        function of such a vector that returns a structure like `value`. Both are recorded.

    Raises:
        TypeError: for what is no number.
        ValueError: from the function, for a vector of another length.

    >>> from autograd_c.misc.flatten import flatten
    >>> vector, unflatten = flatten({"a": [[1.0, 2.0]], "b": 3.0})
    >>> print(vector.numpy(), unflatten(vector * 2.0)["b"].numpy())
    [1. 2. 3.] 6.0
    """
    leaves = [_tensor(x) for x in nest.flatten(value)]
    sizes = [x.size for x in leaves]
    ends = np.cumsum([0, *sizes]).tolist()
    if leaves:
        vector = _core.concat([_core.reshape(x, (-1,)) for x in leaves], 0)
    else:
        vector = _core.convert_to_tensor(np.zeros(0))

    def unflatten(vector: Any) -> Any:
        flat = _tensor(vector)
        if flat.shape != (ends[-1],):
            raise ValueError(
                f"unflatten: a vector of {ends[-1]} elements is expected, not one of shape "
                f"{tuple(flat.shape)}"
            )
        parts = []
        for x, start, stop in zip(leaves, ends, ends[1:]):
            part = _core.reshape(flat[start:stop], x.shape)
            real = part.dtype.is_complex and not x.dtype.is_complex
            parts.append(_core.real(part) if real else part)
        return nest.pack_sequence_as(value, parts)

    return vector, unflatten


def flatten_func(
    func: Callable[..., Any], example: Any
) -> tuple[Callable[..., Tensor], Callable[[Any], Any], Tensor]:
    """A function of structures as one of vectors.

    Args:
        func: takes a structure like `example`, and other arguments, and returns a structure.
        example: as of `flatten`.

    Returns:
        Three things: a function of a vector, and of the other arguments of `func`, that returns a
        vector; the function that makes a structure of a vector; and the vector of `example`.

    Raises:
        TypeError, ValueError: as `flatten`.

    >>> import numpy as np
    >>> from autograd_c.misc.flatten import flatten_func
    >>> start = {"a": np.array([1.0, 2.0])}
    >>> double, _, vector = flatten_func(lambda p: {"c": 2.0 * p["a"]}, start)
    >>> print(double(vector).numpy())
    [2. 4.]
    """
    vector, unflatten = flatten(example)

    def of_vectors(vector: Any, *args: Any) -> Tensor:
        return flatten(func(unflatten(vector), *args))[0]

    return of_vectors, unflatten, vector


def _tensor(x: Any) -> Tensor:
    return _core.convert_to_tensor(np.asarray(x) if isinstance(x, (float, complex, list)) else x)
