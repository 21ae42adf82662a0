"""Numbers at equal distances, and grids of them."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from autograd_c.arrays._arguments import (
    axis_within,
    cast,
    dtype_of,
    inexact,
    promoted,
    refuse_device,
    tensor,
)
from autograd_c.arrays._reductions import constant
from autograd_c.arrays._shapes import integers
from autograd_c.core import _core
from autograd_c.core._core import Tensor

__all__ = [
    "arange",
    "fromfunction",
    "geomspace",
    "indices",
    "linspace",
    "logspace",
    "meshgrid",
    "mgrid",
    "ogrid",
]


def _plain(x: Any) -> Any:
    if _core.is_tensor(x):
        array = _core.array_of(x)
        return array[()] if array.ndim == 0 else array
    return x


def arange(
    start: Any,
    stop: Any = None,
    step: Any = None,
    dtype: Any = None,
    *,
    device: Any = None,
    like: Any = None,
) -> Tensor:
    """Numbers from start up to stop, which is not among them; recorded by start and step.

    Raises:
        ZeroDivisionError: for a step of 0.

    >>> from autograd_c import numpy as np
    >>> np.arange(3).tolist(), np.arange(0.5, 2).tolist()
    ([0, 1, 2], [0.5, 1.5])
    """
    refuse_device(device)
    first, by = (0, 1) if stop is None else (start, 1 if step is None else step)
    if stop is None and step is not None:
        by = step
    end = start if stop is None else stop
    wanted: Any = None if dtype is None else dtype_of(dtype).dtype
    make: Any = np.arange  # whose stubs do not take all that it takes
    values = make(_plain(first), _plain(end), _plain(by), wanted)
    if not (_core.is_recorded(first) or _core.is_recorded(by)):
        return _core.convert_to_tensor(values)
    a, d = promoted(first, by)
    y = a + d * constant(np.arange(len(values)), d.dtype)
    return y if dtype is None else cast(y, dtype_of(dtype))


def _recorded(*given: Any) -> bool:
    return any(
        _core.is_recorded(x)
        or (isinstance(x, (list, tuple)) and _core.has_tensors(x) and _recorded(*x))
        for x in given
    )


def linspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: Any = 0,
    *,
    device: Any = None,
) -> Any:
    """Numbers at equal distances from start to stop, along a new axis; recorded by both.

    Args:
        start, stop: numbers, or tensors that broadcast.
        num: how many.
        endpoint: whether stop is the last.
        retstep: whether the distance is returned as well.
        dtype: of the result.
        axis: where the new axis is.

    Raises:
        ValueError: for a negative number.

    >>> from autograd_c import numpy as np
    >>> np.linspace(0, 1, 3).tolist()
    [0.0, 0.5, 1.0]
    """
    refuse_device(device)
    count = operator.index(num)
    if not _recorded(start, stop):
        plain: Any = None if dtype is None else dtype_of(dtype).dtype
        function: Any = np.linspace
        y, step = function(
            _plain_list(start), _plain_list(stop), count, endpoint, True, plain, axis
        )
        result = _core.convert_to_tensor(y)
        return (result, _core.convert_to_tensor(step)) if retstep else result
    if count < 0:
        raise ValueError(f"Number of samples, {count}, must be non-negative.")
    a, b = (inexact(x) for x in promoted(start, stop))
    d = b - a
    parts = count - 1 if endpoint else count
    step_ = d / parts if parts > 0 else d * float("nan")
    shape = [count] + [1] * d.ndim
    places = constant(np.reshape(np.arange(count), shape), d.dtype)
    values = a + places * step_ if parts > 0 else a + places * d
    if endpoint and count > 1:
        last = _core.reshape(_core.broadcast_to(b, d.shape), [1, *d.shape])
        values = _core.concat([values[:-1], last], 0)
    place = axis_within(axis, values.ndim)
    if place:
        order = list(range(1, place + 1)) + [0] + list(range(place + 1, values.ndim))
        values = _core.transpose(values, order)
    if dtype is not None:
        wanted = dtype_of(dtype)
        if wanted.is_integer:
            values = _core.convert_to_tensor(np.floor(_core.array_of(values)))
        values = cast(values, wanted)
    return (values, step_) if retstep else values


def _plain_list(x: Any) -> Any:
    if isinstance(x, (list, tuple)) and _core.has_tensors(x):
        x = tensor(x)
    return _plain(x)


def logspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: Any = 0,
) -> Tensor:
    """Powers of the base, the exponents at equal distances; recorded by all three.

    >>> from autograd_c import numpy as np
    >>> np.logspace(0, 2, 3).tolist()
    [1.0, 10.0, 100.0]
    """
    if not _recorded(start, stop, base):
        wanted = None if dtype is None else dtype_of(dtype).dtype
        return _core.convert_to_tensor(
            np.logspace(
                _plain_list(start),
                _plain_list(stop),
                num,
                endpoint,
                _plain_list(base),
                wanted,
                axis,
            )
        )
    exponents = linspace(start, stop, num, endpoint, axis=axis)
    b, e = promoted(base, exponents)
    if b.ndim:
        b = _core.reshape(b, [1] + list(b.shape) if axis == 0 else list(b.shape) + [1])
    y = _core.apply("pow", [b, e])
    return y if dtype is None else cast(y, dtype_of(dtype))


def geomspace(
    start: Any, stop: Any, num: Any = 50, endpoint: bool = True, dtype: Any = None, axis: Any = 0
) -> Tensor:
    """Numbers at equal ratios from start to stop; recorded by both where they are real.

    Raises:
        ValueError: if one of them is 0.

    >>> from autograd_c import numpy as np
    >>> np.geomspace(1, 4, 3).round(9).tolist()
    [1.0, 2.0, 4.0]
    """
    wanted = None if dtype is None else dtype_of(dtype).dtype
    plain = np.geomspace(_plain_list(start), _plain_list(stop), num, endpoint, wanted, axis)
    if not _recorded(start, stop):
        return _core.convert_to_tensor(plain)
    a, b = (inexact(x) for x in promoted(start, stop))
    if a.dtype.is_complex or (_core.array_of(a) * _core.array_of(b) < 0).any():
        raise _core.no_derivative(
            "numpy.geomspace of complex numbers or between signs", "geomspace"
        )
    sign = constant(np.sign(_core.array_of(a)), a.dtype)
    exponents = linspace(
        _core.apply("log", [a * sign]), _core.apply("log", [b * sign]), num, endpoint, axis=axis
    )
    y = _core.apply("exp", [exponents])
    if a.ndim or b.ndim:
        y = y * constant(np.sign(plain), y.dtype)
    else:
        y = y * sign
    return y if dtype is None else cast(y, dtype_of(dtype))


# ---------------------------------------------------------------- grids


def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    """Coordinates of the points of a grid: a tuple of one tensor for each vector.

    Args:
        *xi: vectors.
        copy: ignored.
        sparse: whether the others' axes keep the extent 1.
        indexing: "xy" (the first two axes exchanged) or "ij".

    Raises:
        ValueError: for another `indexing`.

    >>> from autograd_c import numpy as np
    >>> [x.tolist() for x in np.meshgrid([1, 2], [3, 4])]
    [[[1, 2], [1, 2]], [[3, 3], [4, 4]]]
    """
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    vectors = [_core.reshape(tensor(x), [-1]) for x in xi]
    rank = len(vectors)
    order = list(range(rank))
    if indexing == "xy" and rank > 1:
        order[0], order[1] = 1, 0
    extents = [0] * rank
    for k, x in zip(order, vectors):
        extents[k] = x.shape[0]
    results = []
    for k, x in zip(order, vectors):
        y = _core.reshape(x, [-1 if j == k else 1 for j in range(rank)])
        results.append(y if sparse else _core.broadcast_to(y, extents))
    return tuple(results)


class _Grid:
    """Slices in brackets, as grids of numbers: `mgrid[0:3, 0:1:5j]`."""

    def __init__(self, plain: Any) -> None:
        self._plain = plain

    def __getitem__(self, key: Any) -> Any:
        items = key if isinstance(key, tuple) else (key,)
        taken = tuple([slice(*[_plain(k) for k in (i.start, i.stop, i.step)]) for i in items])
        found = self._plain[taken if isinstance(key, tuple) else taken[0]]
        if isinstance(found, np.ndarray):
            return _core.convert_to_tensor(found)
        return type(found)(_core.convert_to_tensor(x) for x in found)


mgrid = _Grid(np.mgrid)
ogrid = _Grid(np.ogrid)


def indices(dimensions: Any, dtype: Any = int, sparse: bool = False) -> Any:
    """The indices of a grid along each axis: one tensor, or a tuple of sparse ones.

    >>> from autograd_c import numpy as np
    >>> np.indices((2, 2))[0].tolist()
    [[0, 0], [1, 1]]
    """
    function: Any = np.indices
    found = function(tuple(integers(dimensions)), dtype_of(dtype).dtype, sparse)
    if sparse:
        return tuple(_core.convert_to_tensor(x) for x in found)
    return _core.convert_to_tensor(found)


def fromfunction(
    function: Any, shape: Any, *, dtype: Any = float, like: Any = None, **kwargs: Any
) -> Any:
    """What a function makes of the indices along each axis.

    >>> from autograd_c import numpy as np
    >>> np.fromfunction(lambda i, j: i + j, (2, 2)).tolist()
    [[0.0, 1.0], [1.0, 2.0]]
    """
    return function(*indices(shape, dtype), **kwargs)
