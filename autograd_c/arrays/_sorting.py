"""What is in order: sorting, partitions, sets."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd_c.arrays import _arguments
from autograd_c.arrays._arguments import along, axis_within, cast, promoted, tensor
from autograd_c.core import _core
from autograd_c.core._core import Tensor

__all__ = [
    "argpartition",
    "argsort",
    "in1d",
    "intersect1d",
    "isin",
    "lexsort",
    "msort",
    "partition",
    "setdiff1d",
    "setxor1d",
    "sort",
    "sort_complex",
    "union1d",
    "unique",
    "unique_all",
    "unique_counts",
    "unique_inverse",
    "unique_values",
]


def _flat_or_not(a: Any, axis: Any) -> tuple[Tensor, int]:
    x = a if type(a) is Tensor else tensor(a)
    if axis is None:
        return _core.reshape(x, [-1]), 0
    return x, axis_within(axis, x.ndim)


def _index(array: Any) -> Tensor:
    return _core.convert_to_tensor(np.asarray(array))


# ---------------------------------------------------------------- sorting


def sort(
    a: Any,
    axis: Any = -1,
    kind: Any = None,
    order: Any = None,
    *,
    stable: bool | None = None,
    descending: bool = False,
) -> Tensor:
    """The elements in their order along an axis, of all in C order for None; NaN is above all.

    Args:
        a: a tensor, or what `asarray` takes. Complex numbers are ordered by real part, then by
            imaginary part.
        axis: an int, or None.
        kind, stable: ignored: equal elements keep their order, and each its own cotangent.
        order: must be None.
        descending: whether the largest comes first, as in the Array API standard.

    Raises:
        numpy.exceptions.AxisError: for an axis out of range.

    >>> from autograd_c import numpy as np
    >>> np.sort([3.0, 1.0, 2.0]).tolist()
    [1.0, 2.0, 3.0]
    """
    if order is not None:
        raise ValueError("Cannot specify order when the array has no fields.")
    x, place = _flat_or_not(a, axis)
    if x.dtype.is_floating or x.dtype.is_integer:
        return _core.apply("sort", [x], [descending, place])
    indices = _order(_core.array_of(x), place, descending)
    return _core.apply("take_along_axis", [x, indices], [place])


def _order(array: np.ndarray[Any, Any], place: int, descending: bool) -> Any:
    if not descending:
        return np.argsort(array, place, kind="stable")
    # Turned twice, so that equal elements keep their order.
    turned = np.argsort(np.flip(array, place), place, kind="stable")
    return array.shape[place] - 1 - np.flip(turned, place)


def argsort(
    a: Any,
    axis: Any = -1,
    kind: Any = None,
    order: Any = None,
    *,
    stable: bool | None = None,
    descending: bool = False,
) -> Tensor:
    """The indices of the elements in their order: int64. Equal elements keep their order.

    >>> from autograd_c import numpy as np
    >>> np.argsort([3.0, 1.0, 2.0]).tolist()
    [1, 2, 0]
    """
    x, place = _flat_or_not(a, axis)
    return _index(_order(_core.array_of(x), place, descending))


def partition(
    a: Any, kth: Any, axis: Any = -1, kind: str = "introselect", order: Any = None
) -> Tensor:
    """The kth element in its place along an axis, smaller ones in front of it, others behind.

    >>> from autograd_c import numpy as np
    >>> float(np.partition([3.0, 1.0, 2.0], 1)[1])
    2.0
    """
    x, place = _flat_or_not(a, axis)
    indices = np.argpartition(_core.array_of(x), plain_of(kth), place, "introselect")
    return _core.apply("take_along_axis", [x, indices], [place])


def argpartition(
    a: Any, kth: Any, axis: Any = -1, kind: str = "introselect", order: Any = None
) -> Tensor:
    """The indices that make `partition`: int64.

    >>> from autograd_c import numpy as np
    >>> int(np.argpartition([3.0, 1.0, 2.0], 1)[1])
    2
    """
    x, place = _flat_or_not(a, axis)
    return _index(np.argpartition(_core.array_of(x), plain_of(kth), place, "introselect"))


def plain_of(x: Any) -> Any:
    """What NumPy takes for a tensor: an array, or a scalar; other things as they are."""
    return _core.array_of(x)[()] if _core.is_tensor(x) else x


def lexsort(keys: Any, axis: int = -1) -> Tensor:
    """The indices in the order of several keys, of which the last counts first: int64.

    >>> from autograd_c import numpy as np
    >>> np.lexsort([[1, 2, 3], [1, 0, 0]]).tolist()
    [1, 2, 0]
    """
    if _core.is_tensor(keys) or isinstance(keys, np.ndarray):
        return _index(np.lexsort(_core.array_of(keys), axis))
    return _index(np.lexsort([_core.array_of(tensor(k)) for k in keys], axis))


def sort_complex(a: Any) -> Tensor:
    """The elements as complex numbers in their order along the last axis.

    >>> from autograd_c import numpy as np
    >>> np.sort_complex([2.0, 1.0]).tolist()
    [(1+0j), (2+0j)]
    """
    y = sort(a)
    if y.dtype.is_complex:
        return y
    small = y.dtype.size <= 2 and y.dtype.is_integer
    return cast(y, _arguments.dtype_of("complex64" if small else "complex128"))


def msort(a: Any) -> Tensor:
    """The elements in their order along the first axis.

    >>> from autograd_c import numpy as np
    >>> np.msort([[2.0], [1.0]]).tolist()
    [[1.0], [2.0]]
    """
    return sort(a, 0)


# ---------------------------------------------------------------- sets


class UniqueAllResult(NamedTuple):
    """The distinct values, where the first of each is, which each element is, their counts."""

    values: Tensor
    indices: Tensor
    inverse_indices: Tensor
    counts: Tensor


class UniqueCountsResult(NamedTuple):
    """The distinct values, and how many there are of each."""

    values: Tensor
    counts: Tensor


class UniqueInverseResult(NamedTuple):
    """The distinct values, and which of them each element is."""

    values: Tensor
    inverse_indices: Tensor


def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: Any = None,
    *,
    equal_nan: bool = True,
    sorted: bool = True,
) -> Any:
    """The distinct elements in their order, or the distinct slices along an axis.

    Args:
        ar: a tensor, or what `asarray` takes.
        return_index: whether to return where the first of each is.
        return_inverse: whether to return which of them each element is.
        return_counts: whether to return how many there are of each.
        axis: an int, or None for elements.
        equal_nan: whether NaN is equal to NaN.
        sorted: ignored: they are in their order.

    Returns:
        The values, of which the first of equal elements has the cotangent; or a tuple of them and
        of tensors of int64.

    >>> from autograd_c import numpy as np
    >>> np.unique([3.0, 1.0, 3.0]).tolist()
    [1.0, 3.0]
    """
    x = tensor(ar)
    place = None if axis is None else axis_within(axis, x.ndim)
    # Only what is recorded has to be taken by indices, which take time to find.
    wanted = (return_index or _core.is_recorded(x), return_inverse, return_counts)
    function: Any = np.unique
    found = function(_core.array_of(x), *wanted, place, equal_nan=equal_nan)
    parts = iter(found if any(wanted) else (found,))
    values = _core.convert_to_tensor(next(parts))
    results = []
    if wanted[0]:
        first = next(parts)
        if _core.is_recorded(x):
            values = _core.reshape(x, [-1])[first] if place is None else x[along(place, first)]
        if return_index:
            results.append(_index(first))
    if return_inverse:
        # Its shape is that of x from NumPy 2 on.
        shape = tuple(x.shape) if place is None else -1
        results.append(_index(np.reshape(next(parts), shape)))
    if return_counts:
        results.append(_index(next(parts)))
    return (values, *results) if results else values


def unique_all(x: Any, /) -> UniqueAllResult:
    """All that `unique` returns, by names; every NaN is distinct.

    >>> from autograd_c import numpy as np
    >>> np.unique_all([3.0, 1.0, 3.0]).counts.tolist()
    [1, 2]
    """
    return UniqueAllResult(*unique(x, True, True, True, equal_nan=False))


def unique_counts(x: Any, /) -> UniqueCountsResult:
    """The distinct elements, and how many there are of each; every NaN is distinct.

    >>> from autograd_c import numpy as np
    >>> np.unique_counts([3.0, 1.0, 3.0]).values.tolist()
    [1.0, 3.0]
    """
    return UniqueCountsResult(*unique(x, return_counts=True, equal_nan=False))


def unique_inverse(x: Any, /) -> UniqueInverseResult:
    """The distinct elements, and which of them each element is; every NaN is distinct.

    >>> from autograd_c import numpy as np
    >>> np.unique_inverse([3.0, 1.0, 3.0]).inverse_indices.tolist()
    [1, 0, 1]
    """
    return UniqueInverseResult(*unique(x, return_inverse=True, equal_nan=False))


def unique_values(x: Any, /) -> Tensor:
    """The distinct elements in their order; every NaN is distinct.

    >>> from autograd_c import numpy as np
    >>> np.unique_values([3.0, 1.0, 3.0]).tolist()
    [1.0, 3.0]
    """
    y: Tensor = unique(x, equal_nan=False)
    return y


def isin(
    element: Any,
    test_elements: Any,
    assume_unique: bool = False,
    invert: bool = False,
    *,
    kind: Any = None,
) -> Tensor:
    """Whether each element is among others.

    >>> from autograd_c import numpy as np
    >>> np.isin([1, 2, 3], [2]).tolist()
    [False, True, False]
    """
    x, y = _core.array_of(tensor(element)), _core.array_of(tensor(test_elements))
    return _index(np.isin(x, y, assume_unique, invert, kind=kind))


def in1d(
    ar1: Any, ar2: Any, assume_unique: bool = False, invert: bool = False, *, kind: Any = None
) -> Tensor:
    """Whether each element, in C order, is among others.

    >>> from autograd_c import numpy as np
    >>> np.in1d([[1, 2, 3]], [2]).tolist()
    [False, True, False]
    """
    return _core.reshape(isin(ar1, ar2, assume_unique, invert, kind=kind), [-1])


def _set_of(x: Any, assume_unique: bool) -> Tensor:
    t = tensor(x)
    y: Tensor = _core.reshape(t, [-1]) if assume_unique else unique(t)
    return y


def intersect1d(
    ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False
) -> Any:
    """The elements that are in both, in their order; those of the first are recorded.

    >>> from autograd_c import numpy as np
    >>> np.intersect1d([3.0, 1.0], [3.0, 2.0]).tolist()
    [3.0]
    """
    a, b = promoted(ar1, ar2)
    a, b = _core.reshape(a, [-1]), _core.reshape(b, [-1])
    _, first, second = np.intersect1d(
        _core.array_of(a), _core.array_of(b), assume_unique, return_indices=True
    )
    values = a[first]
    return (values, _index(first), _index(second)) if return_indices else values


def union1d(ar1: Any, ar2: Any) -> Tensor:
    """The elements that are in one of two, in their order.

    >>> from autograd_c import numpy as np
    >>> np.union1d([3.0, 1.0], [3.0, 2.0]).tolist()
    [1.0, 2.0, 3.0]
    """
    a, b = promoted(ar1, ar2)
    return _set_of(_core.concat([_core.reshape(a, [-1]), _core.reshape(b, [-1])], 0), False)


def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Tensor:
    """The elements of the first that are not in the second.

    >>> from autograd_c import numpy as np
    >>> np.setdiff1d([3.0, 1.0], [3.0, 2.0]).tolist()
    [1.0]
    """
    a = _set_of(ar1, assume_unique)
    return a[np.flatnonzero(_core.array_of(isin(a, ar2, invert=True)))]


def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Tensor:
    """The elements that are in just one of two, in their order.

    >>> from autograd_c import numpy as np
    >>> np.setxor1d([3.0, 1.0], [3.0, 2.0]).tolist()
    [1.0, 2.0]
    """
    a, b = (_set_of(x, assume_unique) for x in promoted(ar1, ar2))
    both = sort(_core.concat([a, b], 0))
    values = _core.array_of(both)
    if not values.size:
        return both
    alone = np.concatenate(([True], values[1:] != values[:-1], [True]))
    return both[np.flatnonzero(alone[1:] & alone[:-1])]
