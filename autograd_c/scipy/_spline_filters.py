"""Coefficients of splines through the elements of arrays, as ``scipy.ndimage`` has them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_c import arrays as ours
from autograd_c.arrays._arguments import axis_within
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.host import host
from autograd_c.scipy._rows import double_precision, library
from autograd_c.values import dtypes

MODES = ["mirror", "constant", "grid-constant", "wrap", "grid-wrap", "reflect", "nearest"]
_MIRRORS = 4  # that many of them are filtered as "mirror"
_SMALL = 64  # from here on the ends, which are truncated sums, do not feel each other


def _filtered(x: Any, order: int, mode: int, transposed: bool) -> Any:
    """The filter along the last axis, or its transpose."""
    n = x.shape[-1]
    function = library("ndimage").spline_filter1d

    def along_last(y: Any, axis: int = -1) -> Any:
        return function(y, order, axis, y.dtype, MODES[mode])

    if not x.size:
        return x
    if not transposed:
        return along_last(x)
    if n <= _SMALL:
        return x @ along_last(np.eye(n), 0)
    if mode >= _MIRRORS:
        return along_last(x)  # the equations are symmetric
    weights = np.ones(n)  # with these they are, too: what is not at an end is mirrored
    weights[0] = weights[-1] = 0.5
    return along_last(x / weights) * weights


def _pull(call: Any, g: Tensor) -> Any:
    given = call.attributes
    return _filter(g, **{**given, "transposed": not given["transposed"]})


_filter = host(
    "spline_filter",
    _filtered,
    vjp=_pull,
    jvp="same",
    attributes=("order", "mode", "transposed"),
    dtypes=("float64", "complex128"),
    batch="leading",
)


def _wide(name: str, input: Any, order: Any, output: Any, mode: Any) -> Tensor:
    if order not in range(6):
        raise RuntimeError("spline order not supported")
    if mode not in MODES:
        raise RuntimeError("boundary mode not supported")
    values = double_precision(input)
    if output is not None and dtypes.as_dtype(output) not in (dtypes.float64, values.dtype):
        raise TypeError(f"{name} of tensors is computed in float64, not in {output!r}")
    return values


def spline_filter1d(
    input: Any, order: int = 3, axis: int = -1, output: Any = np.float64, mode: str = "mirror"
) -> Tensor:
    """Coefficients of splines along one axis, as ``scipy.ndimage.spline_filter1d``.

    Args:
        input: a tensor of at least one axis, or what `asarray` takes.
        order: of the splines, 0 to 5; up to 1 the elements themselves are the coefficients.
        axis: of `input`.
        output: must be float64.
        mode: how the elements go on: "mirror" about the last of them, "reflect" about its border,
            "grid-wrap" periodically; "constant" and "wrap" are taken as "mirror", "nearest" as
            "reflect".

    Returns:
        A tensor of the shape of `input`, of float64 or complex128.

    Raises:
        RuntimeError: for other orders and modes.
        TypeError: for another dtype of the output.

    >>> from autograd_c.scipy import ndimage
    >>> print(ndimage.spline_filter1d([0.0, 1.0, 0.0]).numpy().round(6))
    [-1.  2. -1.]
    """
    values = _wide("spline_filter1d", input, order, output, mode)
    place = axis_within(axis, values.ndim)
    if order < 2:
        return values
    turned = ours.moveaxis(values, place, -1)
    done = _filter(turned, order=order, mode=MODES.index(mode), transposed=False)
    return ours.moveaxis(done, -1, place)


def spline_filter(
    input: Any, order: int = 3, output: Any = np.float64, mode: str = "mirror"
) -> Tensor:
    """Coefficients of splines along all axes, as ``scipy.ndimage.spline_filter``.

    Args:
        input, order, output, mode: as for `spline_filter1d`; order 0 and 1 are refused.

    Returns:
        A tensor of the shape of `input`, of float64 or complex128.

    Raises:
        RuntimeError: for other orders and modes.
        TypeError: for another dtype of the output.

    >>> from autograd_c.scipy import ndimage
    >>> print(ndimage.spline_filter([0.0, 1.0, 0.0]).numpy().round(6))
    [-1.  2. -1.]
    """
    if order in (0, 1):
        raise RuntimeError("spline order not supported")
    values = _wide("spline_filter", input, order, output, mode)
    for axis in range(values.ndim):
        values = spline_filter1d(values, order, axis, None, mode)
    return _core.identity(values)
