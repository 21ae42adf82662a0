"""Python functions as operations: ``tf.py_function`` and ``tf.numpy_function``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_c.control.specs import TensorSpec
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.values import nest
from autograd_c.values.dtypes import DType, as_dtype
from autograd_c.values.errors import InvalidArgumentError

__all__ = ["numpy_function", "py_function"]


def _missing(function: str, argument: str) -> TypeError:
    return TypeError(
        f"Missing required argument: '{argument}'\n"
        f"  If using tf.{function} as a decorator, set `Tout`\n"
        "  **by name** above the function:\n"
        f"  `@tf.{function}(Tout=tout)`"
    )


def _dtype(x: Any) -> DType:
    return as_dtype(x.dtype if isinstance(x, TensorSpec) else x)


def _differentiable(dtype: DType) -> bool:
    return dtype.is_floating or dtype.is_complex


def _converted(x: Any, dtype: DType) -> Tensor:
    try:
        return _core.convert_to_tensor(x, dtype)
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(
            f"what the function of tf.py_function returned is not of the dtype in Tout: {error}"
        ) from error


def py_function(
    func: Callable[..., Any] | None = None,
    inp: Any = None,
    Tout: Any = None,  # noqa: N803
    name: str | None = None,
) -> Any:
    """What a Python function of tensors returns; derivatives flow through it.

    With `Tout` alone it is a decorator.

    Args:
        func: takes tensors, and returns a tensor, or a list of them; those that are more than the
            dtypes of `Tout` are left out.
        inp: a list of what it is called with; numbers and arrays become tensors.
        Tout: the dtype of its result, or a list of them.
        name: ignored.

    Returns:
        A tensor, or a list of them if `Tout` is a list.

    Raises:
        TypeError: without `func`, `inp` or `Tout`.
        InvalidArgumentError: if results have other dtypes, or are not as many as in `Tout`. What
            `func` raises reaches the caller as it is.

    >>> import autograd_c as tf
    >>> x = tf.constant(3.0)
    >>> with tf.GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = tf.py_function(lambda x: x * x if x > 2.0 else x, [x], tf.float32)
    >>> print(tape.gradient(y, x).numpy())
    6.0
    """
    if func is None:
        return _decorator("py_function", py_function, Tout, inp)
    if inp is None:
        raise _missing("py_function", "inp")
    if Tout is None:
        raise _missing("py_function", "Tout")
    if _core.records_effects():
        inputs = [_core.convert_to_tensor(x) for x in inp]
        dtypes = [_dtype(x) for x in (Tout if isinstance(Tout, (list, tuple)) else [Tout])]
        if not any(_differentiable(x.dtype) for x in inputs) or not any(
            map(_differentiable, dtypes)
        ):
            return _core.effect(py_function, (func, inputs, Tout), touched=None)
        _core.unrecordable("a derivative may flow through tf.py_function")
    result = func(*[_core.convert_to_tensor(x) for x in inp])
    single = not isinstance(Tout, (list, tuple))
    dtypes = [Tout] if single else Tout
    # A list or tuple is one of results, also where `Tout` is a dtype.
    results = [] if result is None else result
    results = list(results) if isinstance(results, (list, tuple)) else [results]
    if len(results) < len(dtypes):
        raise InvalidArgumentError(
            f"{getattr(func, '__name__', func)} returns {len(results)} values, but expects to see "
            f"{len(dtypes)} values."
        )
    if single:
        return _converted(results[0], _dtype(Tout))
    return [_converted(x, _dtype(t)) for x, t in zip(results, Tout, strict=False)]


def numpy_function(
    func: Callable[..., Any] | None = None,
    inp: Any = None,
    Tout: Any = None,  # noqa: N803
    stateful: bool = True,
    name: str | None = None,
) -> Any:
    """What a Python function of NumPy arrays returns, as tensors; no derivative flows through it.

    With `Tout` alone it is a decorator. `tf.custom_gradient` and `tf.func.primitive` give such a
    function a derivative.

    Args:
        func: takes arrays of its own, and returns arrays, numbers, or lists of them.
        inp: a list of what it is called with.
        Tout: the dtype of its result, or a list of them; results keep the dtype that they have.
        stateful, name: ignored.

    Returns:
        A tensor, a list of them if there are several results, or None if there is none.

    Raises:
        TypeError: without `func`, `inp` or `Tout`.

    >>> import numpy as np
    >>> import autograd_c as tf
    >>> print(tf.numpy_function(np.cbrt, [tf.constant([1.0, 8.0])], tf.float32).numpy())
    [1. 2.]
    """
    if func is None:
        return _decorator("numpy_function", numpy_function, Tout, inp)
    if inp is None:
        raise _missing("numpy_function", "inp")
    if Tout is None:
        raise _missing("numpy_function", "Tout")
    if _core.records_effects():
        return _core.effect(numpy_function, (func, list(inp), Tout), touched=None)
    result = func(*[np.array(_core.array_of(x)) for x in inp])
    results = [x if x is None else _core.convert_to_tensor(x) for x in nest.flatten(result)]
    return results[0] if len(results) == 1 else results


def _decorator(
    name: str, function: Callable[..., Any], results: Any, inputs: Any
) -> Callable[..., Any]:
    if results is None:
        raise _missing(name, "Tout")
    if inputs is not None:
        raise _missing(name, "func")

    def decorate(func: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(func)
        def call(*args: Any) -> Any:
            return function(func, args, results)

        return call

    return decorate
