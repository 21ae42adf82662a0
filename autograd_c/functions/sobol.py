"""Points of the Sobol sequence: ``tf.math.sobol_sample``."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from autograd_c.core import _core
from autograd_c.values import dtypes
from autograd_c.values.errors import InvalidArgumentError, InvalidDTypeError

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import DTypeLike, TensorLike


def sobol_sample(
    dim: TensorLike,
    num_results: TensorLike,
    skip: TensorLike = 0,
    dtype: DTypeLike = dtypes.float32,
    name: str | None = None,
) -> Tensor:
    """Points that fill the unit cube evenly: the Sobol sequence, behind its first point, 0.

    They are those of `scipy.stats.qmc.Sobol`, which has the direction numbers of Joe and Kuo.

    Args:
        dim: of the cube, from 1 to 21201.
        num_results: how many points.
        skip: how many points are left out first.
        dtype: float32 or float64.
        name: ignored.

    Returns:
        A tensor of shape [num_results, dim] of numbers from 0 to 1.

    Raises:
        ImportError: without SciPy.
        TypeError: for another dtype.
        ValueError: (`tf.errors.InvalidArgumentError`) for a dimension or number of points below 1,
            or a negative `skip`.

    >>> import autograd_c as tf
    >>> print(tf.math.sobol_sample(2, 3).numpy())
    [[0.5  0.5 ]
     [0.75 0.25]
     [0.25 0.75]]
    """
    d, n, first = int(dim), int(num_results), int(skip)  # type: ignore[arg-type]
    kind = dtypes.as_dtype(dtype)
    if kind.name not in ("float32", "float64"):
        raise InvalidDTypeError(f"[sobol_sample] dtype is float32 or float64, not {kind.name}")
    if d < 1:
        raise InvalidArgumentError("[sobol_sample] dim must be at least one")
    if n < 1:
        raise InvalidArgumentError("[sobol_sample] num_results must be at least one")
    if first < 0:
        raise InvalidArgumentError("[sobol_sample] skip must be non-negative")
    _core.load_special_functions()  # says what to do where SciPy is missing
    qmc = importlib.import_module("scipy.stats.qmc")
    points = qmc.Sobol(d, scramble=False).fast_forward(first + 1).random(n)
    return _core.constant(points.astype(kind.as_numpy_dtype))
