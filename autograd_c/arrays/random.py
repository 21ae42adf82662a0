"""``numpy.random``: random numbers are constants, arrays of NumPy's.

Tensors that a tape records are no parameters of NumPy's distributions: a derivative by them would
be lost. `permutation`, `shuffle` and `choice` of a tensor choose among its elements, recorded.

>>> from autograd_c import numpy as np
>>> np.random.default_rng(0).normal(size=3).shape
(3,)
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from numpy import random as _random
from numpy.random import *  # noqa: F403

from autograd_c.core import _core
from autograd_c.core._core import Tensor

__all__ = list(_random.__all__)  # pyright: ignore[reportUnsupportedDunderAll]


def _guarded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """NumPy's function, which makes arrays of tensors, if no derivative is lost by that."""

    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if _holds_recorded((*args, *kwargs.values())):
            raise _core.no_derivative(f"numpy.random.{name}", name)
        return function(*args, **kwargs)

    return guarded


def _holds_recorded(x: Any) -> bool:
    """Whether a tape knows a tensor, or one in lists, however deep."""
    if isinstance(x, (list, tuple)):
        return any(map(_holds_recorded, x))
    return _core.is_recorded(x)


def permutation(x: Any) -> Any:  # type: ignore[no-redef]
    """The elements along the first axis in random order, as ``numpy.random.permutation``.

    Args:
        x: an int, for the numbers below it; an array; or a tensor: the result is one, recorded.

    >>> from autograd_c import numpy as np
    >>> sorted(np.random.permutation(np.array([3.0, 1.0])).tolist())
    [1.0, 3.0]
    """
    if not _core.is_tensor(x) or not x.shape.rank:
        return _random.permutation(_core.without_tensors(x))
    return x[_random.permutation(int(x.shape[0]))]


def shuffle(x: Any) -> None:  # type: ignore[no-redef]
    """Puts the elements along the first axis in random order, as ``numpy.random.shuffle``.

    Args:
        x: an array or a list; or a tensor, to which it is an assignment, recorded.

    >>> from autograd_c import numpy as np
    >>> x = np.array([3.0, 1.0])
    >>> np.random.shuffle(x)
    >>> sorted(x.tolist())
    [1.0, 3.0]
    """
    if isinstance(x, Tensor) and x.shape.rank:
        x[...] = permutation(x)
    else:
        _random.shuffle(x)


def choice(  # type: ignore[no-redef]
    a: Any, size: Any = None, replace: bool = True, p: Any = None
) -> Any:
    """Some of the elements of a vector, as ``numpy.random.choice``.

    Args:
        a: an int, for the numbers below it; a vector; or a tensor: the result is one, recorded.
        size: the shape of the result; None for one element.
        replace: whether an element is put back.
        p: their probabilities, by which there is no derivative.

    >>> from autograd_c import numpy as np
    >>> float(np.random.choice(np.array([2.0]), p=[1.0]))
    2.0
    """
    if not _core.is_tensor(a) or a.shape.rank != 1:
        return _choice(_core.without_tensors(a), size, replace, p)
    return a[_choice(int(a.shape[0]), size, replace, p)]


_choice = _guarded("choice", _random.choice)

# What takes no numbers of which a derivative could be wanted.
_OTHERS = {
    "bytes",
    "default_rng",
    "get_state",
    "seed",
    "set_state",
    "permutation",
    "shuffle",
    "choice",
}

for _name in __all__:
    _function = getattr(_random, _name)
    if callable(_function) and not isinstance(_function, type) and _name not in _OTHERS:
        globals()[_name] = _guarded(_name, _function)
