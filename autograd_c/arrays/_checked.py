"""Matrices as ``numpy.linalg`` takes them, and the errors for others."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from numpy.linalg import LinAlgError

from autograd_c.arrays._arguments import inexact
from autograd_c.core._core import Tensor
from autograd_c.functions.diagonals import conjugate_transpose
from autograd_c.values.errors import InvalidArgumentError

_Function = TypeVar("_Function", bound=Callable[..., Any])


class MatrixError(LinAlgError, InvalidArgumentError):
    """NumPy's error, which users of TensorFlow catch as well."""


def as_numpys(function: _Function) -> _Function:
    """Let what the operations find wrong with a matrix be a LinAlgError."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except InvalidArgumentError as error:
            if isinstance(error, (LinAlgError, TypeError)):
                raise
            raise MatrixError(str(error)) from None

    return call  # type: ignore[return-value]


def matrices(given: Any) -> Tensor:
    """A tensor of floats or complex numbers with two axes at least."""
    x = inexact(given)
    if x.ndim < 2:
        raise MatrixError(
            f"{x.ndim}-dimensional array given. Array must be at least two-dimensional"
        )
    return x


def square(given: Any) -> Tensor:
    """The same, and the last two are of one extent."""
    x = matrices(given)
    if x.shape[-1] != x.shape[-2]:
        raise MatrixError("Last 2 dimensions of the array must be square")
    return x


adjoint = conjugate_transpose
