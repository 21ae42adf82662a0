"""Universal functions that the engine has no rows for: values are NumPy's, derivatives ours."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.core._core import RowCall, Tensor
from autograd_c.functions.host import host

_REAL = ("float16", "float32", "float64")
_ALL = (*_REAL, "complex64", "complex128")


def _of_one(
    name: str, partial: Callable[[Tensor], Tensor], of_output: bool, dtypes: tuple[str, ...]
) -> Callable[..., Tensor]:
    """A function with the derivative `partial`, which is given the output or the input."""

    def slope(call: RowCall) -> Tensor:
        given = call.outputs[0] if of_output else call.inputs[0]
        assert given is not None
        return partial(given)

    def vjp(call: RowCall, g: Tensor) -> Tensor:
        by = slope(call)
        return g * (_core.conj(by) if by.dtype.is_complex else by)

    return host(
        f"numpy_{name}",
        getattr(np, name),
        vjp=vjp,
        jvp=lambda call, t: t * slope(call),
        keeps=(1 if of_output else 0,),
        dtypes=dtypes,
        batch="leading",
    )


def _of_two(
    name: str, partials: Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
) -> Callable[..., Tensor]:
    """A function of two real arguments; `partials` is given these and the output."""

    def slopes(call: RowCall) -> tuple[Tensor, Tensor]:
        x, y, z = call.inputs[0], call.inputs[1], call.outputs[0]
        assert x is not None and y is not None and z is not None
        return partials(x, y, z)

    def vjp(call: RowCall, g: Tensor) -> tuple[Tensor, Tensor]:
        by_x, by_y = slopes(call)
        return g * by_x, g * by_y

    def jvp(call: RowCall, tx: Tensor | None, ty: Tensor | None) -> Tensor | None:
        parts = [t * by for t, by in zip((tx, ty), slopes(call), strict=True) if t is not None]
        return parts[0] if len(parts) == 1 else parts[0] + parts[1]

    row = host(
        f"numpy_{name}",
        getattr(np, name),
        vjp=vjp,
        jvp=jvp,
        inputs=2,
        keeps=(0, 1, 2),
        dtypes=_REAL,
        batch="leading",
    )

    def operation(x: Any, y: Any) -> Tensor:
        if x.shape != y.shape:
            shape = np.broadcast_shapes(tuple(x.shape), tuple(y.shape))
            x, y = _core.broadcast_to(x, shape), _core.broadcast_to(y, shape)
        return row(x, y)  # type: ignore[no-any-return]

    return operation


def _cbrt(y: Tensor) -> Tensor:
    return 1 / (3 * y * y)


def _hypot(x: Tensor, y: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
    # At 0, as that of the modulus: 0.
    return _math.divide_no_nan(x, z), _math.divide_no_nan(y, z)


def _shares(function: Callable[[Tensor], Tensor]) -> Any:
    """Partials of the logarithm of a sum: the share that each term has of it."""

    def partials(x: Tensor, y: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        some = _math.is_finite(z)  # infinities minus each other are NaN
        half = _core.constant(0.5, z.dtype)
        equal = _math.equal(x, y)

        def share(of: Tensor, other: Tensor) -> Tensor:
            inside = function(_core.select(some, of - _core.select(some, z, of), half * 0))
            outside = _core.select(equal, half, _core.cast(_math.greater(of, other), z.dtype))
            return _core.select(some, inside, outside)

        return share(x, y), share(y, x)

    return partials


exp2 = _of_one("exp2", lambda y: y * math.log(2), True, _ALL)

OPERATIONS: dict[str, tuple[str, Callable[..., Tensor]]] = {
    "cbrt": ("f", _of_one("cbrt", _cbrt, True, _REAL)),
    "exp2": ("fc", exp2),
    "hypot": ("f", _of_two("hypot", _hypot)),
    "log10": ("fc", _of_one("log10", lambda x: 1 / (x * math.log(10)), False, _ALL)),
    "log2": ("fc", _of_one("log2", lambda x: 1 / (x * math.log(2)), False, _ALL)),
    "logaddexp": ("f", _of_two("logaddexp", _shares(_math.exp))),
    "logaddexp2": ("f", _of_two("logaddexp2", _shares(exp2))),
}
"""The kinds of dtypes that each takes, and the operation, by the name of the ufunc."""
