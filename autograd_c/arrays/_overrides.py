"""What answers for each of NumPy's functions when it is given a tensor."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from autograd_c import arrays as ours


def _functions() -> dict[Callable[..., Any], Callable[..., Any]]:
    found: dict[Callable[..., Any], Callable[..., Any]] = {}
    pairs: list[tuple[ModuleType, Any]] = [
        (np, ours),
        (np.linalg, getattr(ours, "linalg", None)),
        (np.fft, getattr(ours, "fft", None)),
    ]
    for theirs, namespace in pairs:
        for name in theirs.__all__:
            function, adapter = getattr(theirs, name), getattr(namespace, name, None)
            # Universal functions ask in another way; some names are NumPy's own.
            if (
                adapter is not function
                and callable(function)
                and callable(adapter)
                and not isinstance(function, np.ufunc)
            ):
                found[function] = adapter
    return found


FUNCTIONS = _functions()
