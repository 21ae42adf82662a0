"""Jacobians by the tape and by differences, side by side: ``tf.test.compute_gradient``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.values.dtypes import NARROW, array_dtype

if TYPE_CHECKING:
    from autograd_c.typing import TensorLike
    from autograd_c.values.dtypes import DType


_Array = np.ndarray[Any, Any]


def compute_gradient(
    f: Callable[..., Tensor], x: Sequence[TensorLike], delta: float | None = None
) -> tuple[list[_Array], list[_Array]]:
    """Jacobians of a function by its arguments, from the tape and from differences.

    Args:
        f: a function of as many tensors as `x` has, that returns one tensor.
        x: a list or tuple of the arguments: tensors of floats or complex numbers, or what
            `convert_to_tensor` takes.
        delta: the step of the central differences: 1 / 1024 by default, 1 / 16 for float16 and
            bfloat16.

    Returns:
        A pair of lists, each with one array for each argument: the Jacobians that
        `GradientTape.gradient` gives, and those by differences. An array has a row for each element
        of f(*x) and a column for each element of the argument, in C order, and the real dtype of
        the argument. An element of a complex tensor counts as two, its real and imaginary part.

    Raises:
        ValueError: if `x` is no list or tuple.
        AssertionError: if an argument or the result has another dtype (as in TensorFlow).
        TypeError: if `f` does not return a tensor.

    An argument that `f` does not use has Jacobians of zeros.

    >>> import autograd_c as tf
    >>> theoretical, numerical = tf.test.compute_gradient(lambda x: x * x, [[1 + 2j]])
    >>> print(theoretical[0])
    [[ 2. -4.]
     [ 4.  2.]]
    """
    if not isinstance(x, (list, tuple)):
        raise ValueError(
            "`x` must be a list or tuple of values convertible to a Tensor (arguments to `f`), not "
            f"a {type(x)}"
        )
    arguments = [_core.convert_to_tensor(each) for each in x]
    for k, argument in enumerate(arguments):
        _check(argument.dtype, f"argument {k}")
    return _theoretical(f, arguments), _numerical(f, arguments, delta)


def _check(dtype: DType, what: str) -> None:
    if not (dtype.is_floating or dtype.is_complex):
        raise AssertionError(f"Cannot compute gradient for unsupported type {dtype.name} of {what}")


def _value(f: Callable[..., Tensor], arguments: list[Tensor]) -> Tensor:
    y: Any = f(*arguments)
    if not _core.is_tensor(y) and not isinstance(y, (np.ndarray, np.generic)):
        raise TypeError(f"f must return one tensor, not {y!r}")
    result = _core.convert_to_tensor(y)
    _check(result.dtype, "y")
    return result


def _theoretical(f: Callable[..., Tensor], arguments: list[Tensor]) -> list[_Array]:
    with _core.GradientTape(persistent=True) as tape:
        tape.watch(arguments)
        y = _value(f, _core.same_values(arguments))
    units = (1, 1j) if y.dtype.is_complex else (1,)
    cotangent = np.zeros(y.shape, array_dtype(y.dtype))
    rows: list[list[_Array]] = [[] for _ in arguments]
    for index in np.ndindex(cotangent.shape):
        for unit in units:
            cotangent[index] = unit
            gradients = tape.gradient(
                y, arguments, _core.constant(cotangent, y.dtype), unconnected_gradients="zero"
            )
            for row, gradient in zip(rows, gradients):
                row.append(_reals(_core.array_of(_core.convert_to_tensor(gradient))))
        cotangent[index] = 0
    return [_matrix(row, x) for row, x in zip(rows, arguments)]


def _numerical(
    f: Callable[..., Tensor], arguments: list[Tensor], delta: float | None
) -> list[_Array]:
    answer = []
    for k, x in enumerate(arguments):
        step = delta
        if step is None:
            step = 1 / 16 if x.dtype.name in NARROW else 1 / 1024
        at = np.array(_core.array_of(x))

        def shifted(index: tuple[int, ...], by: complex, k: int = k, at: _Array = at) -> _Array:
            kept = at[index]
            at[index] += by
            moved = _core.constant(at, arguments[k].dtype)
            y = _value(f, [*arguments[:k], moved, *arguments[k + 1 :]])
            at[index] = kept
            flat = _reals(_core.array_of(y))
            return flat.astype(np.float32) if flat.dtype == np.float16 else flat

        columns = []
        for index in np.ndindex(at.shape):
            for unit in (1, 1j) if x.dtype.is_complex else (1,):
                above, below = shifted(index, unit * step), shifted(index, -unit * step)
                with np.errstate(all="ignore"):
                    columns.append((above - below) / (2 * step))
        if columns:
            answer.append(np.stack(columns, 1).astype(array_dtype(x.dtype.real_dtype)))
        else:
            rows = len(_reals(_core.array_of(_value(f, arguments))))
            answer.append(np.zeros((rows, 0), array_dtype(x.dtype.real_dtype)))
    return answer


def _reals(a: Any) -> _Array:
    """The numbers of an array, flat; of complex ones, the real and imaginary parts in turn."""
    flat = np.ascontiguousarray(a).ravel()
    return flat.view(flat.real.dtype)


def _matrix(rows: list[_Array], x: Tensor) -> _Array:
    width = x.size * (2 if x.dtype.is_complex else 1)
    dtype = array_dtype(x.dtype.real_dtype)
    return np.array(rows, dtype).reshape(len(rows), width)
