"""Operations whose values SciPy computes, and whose derivatives are compositions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from autograd_c.arrays._arguments import cast, number, tensor
from autograd_c.core import _core
from autograd_c.core._core import RowCall, Tensor
from autograd_c.functions.host import host
from autograd_c.values import dtypes

Partial = Callable[..., Tensor]
Operation = Callable[..., Tensor]


@cache
def library(name: str) -> Any:
    """A module of SciPy's.

    Raises:
        ImportError: if SciPy is not there.
    """
    try:
        return import_module(f"scipy.{name}")
    except ModuleNotFoundError as error:
        raise ImportError(
            f"values of autograd_c.scipy are computed by scipy.{name}, which cannot be imported: "
            'pip install "autograd_c[scipy]"'
        ) from error


def scipys(name: str) -> Callable[..., Any]:
    """A function of ``scipy.special``, which is imported with the first call."""

    def value(*arrays: Any) -> Any:
        with np.errstate(all="ignore"):
            return getattr(library("special"), name)(*arrays)

    return value


def row(
    name: str,
    partials: Sequence[Partial],
    constants: int = 0,
    value: Callable[..., Any] | None = None,
    at: Sequence[int] | None = None,
) -> Operation:
    """An elementwise operation of tensors of one dtype of floats, which broadcast.

    Args:
        name: of SciPy's function, if `value` is none.
        partials: for each argument that it has derivatives by, a function of all arguments and of
            the result.
        constants: how many arguments more it has, in front of the others as SciPy has orders.
        value: a function of arrays.
        at: the places in which derivatives are wanted, if the constants are not in front.
    """
    function = scipys(name) if value is None else value
    n = len(partials) + constants
    first = list(range(constants, n) if at is None else at)
    order = first + [k for k in range(n) if k not in first]  # ours, in SciPy's places
    back = [order.index(k) for k in range(n)]

    def slope(call: RowCall, k: int) -> Tensor:
        given = [call.inputs[j] for j in back]
        return partials[k](*given, call.outputs[0])

    def vjp(call: RowCall, g: Tensor) -> Any:
        found = [g * slope(call, k) if call.wanted[k] else None for k in range(len(partials))]
        return found[0] if len(found) == 1 else tuple(found)

    def jvp(call: RowCall, *tangents: Tensor | None) -> Tensor:
        parts = [t * slope(call, k) for k, t in enumerate(tangents) if t is not None]
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        return total

    operation = host(
        f"scipy_{name}",
        lambda *arrays: function(*[arrays[j] for j in back]),
        vjp=vjp,
        jvp=jvp,
        inputs=len(partials),
        constants=constants,
        keeps=range(n + 1),
        dtypes=("float16", "float32", "float64"),
        batch="leading",
    )
    if n == 1:
        return operation

    def call(*given: Tensor) -> Tensor:
        shape = given[0].shape
        if any(x.shape != shape for x in given[1:]):
            wide = np.broadcast_shapes(*[tuple(x.shape) for x in given])
            given = tuple([_core.broadcast_to(x, wide) for x in given])
        for j in order[len(partials) :]:
            constant(name, given[j])
        return operation(*[given[j] for j in order])  # type: ignore[no-any-return]

    return call


def constant(name: str, x: Tensor) -> Tensor:
    """The tensor; TypeError if it is recorded: there is no derivative by that argument."""
    if _core.would_lose_derivative(x):
        raise TypeError(
            f"scipy.special.{name} has no derivative by its orders and the like: the gradient "
            "would be lost; give tf.stop_gradient of what is recorded if that is meant"
        )
    return x


def double_precision(x: Any) -> Tensor:
    """A tensor of float64, or of complex128 if it is complex."""
    y = tensor(x)
    return cast(y, dtypes.complex128 if y.dtype.is_complex else dtypes.float64)


def where(mask: Any, x: Any, y: Any, like: Tensor) -> Tensor:
    """x where the mask holds, else y; numbers in the dtype of `like`."""
    x = x if isinstance(x, Tensor) else number(x, like)
    y = y if isinstance(y, Tensor) else number(y, like)
    return _core.select(mask, x, y)
