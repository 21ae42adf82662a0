"""Arguments that are integers, as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_c.core import _core
from autograd_c.values.errors import InvalidDTypeError

__all__ = ["integers"]


def integers(values: Any, operation: str, what: str) -> np.ndarray[Any, Any]:
    """An array of integers from what people give for one; floats are refused."""
    a = np.asarray(_core.argument_array(values))
    if a.size == 0:
        return a.astype(np.int64)
    if a.dtype.kind not in "iu":
        raise InvalidDTypeError(f"[{operation}] {what} must be integers, not {values!r}")
    return a
