"""Assertions about ranks, shapes and dtypes."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from autograd_c.checks.elements import kind_of, prefix, some_of
from autograd_c.core import _core
from autograd_c.core._core import Tensor, convert_to_tensor
from autograd_c.values import dtypes
from autograd_c.values.errors import InvalidArgumentError, InvalidDTypeError

if TYPE_CHECKING:
    from autograd_c.typing import DTypeLike, TensorLike
    from autograd_c.values.dtypes import DType


# ---------------------------------------------------------------- ranks and shapes


def _rank(rank: Any) -> int:
    try:
        return operator.index(rank)
    except TypeError:
        if np.ndim(rank):
            raise InvalidArgumentError(f"Rank must be a scalar, got {rank!r}") from None
        raise TypeError(f"rank must be an integer, not {rank!r}") from None


def _check_rank(x: TensorLike, holds: Callable[[int], bool], wanted: str, message: object) -> None:
    tensor = convert_to_tensor(x)
    if not holds(tensor.ndim):
        raise InvalidArgumentError(
            f"{prefix(message, '.  ')}Tensor must have {wanted}.  Received rank {tensor.ndim}, "
            f"shape {tuple(tensor.shape)}"
        )


def assert_rank(
    x: TensorLike, rank: SupportsIndex, message: object = None, name: str | None = None
) -> None:
    """Raises unless `x` has so many dimensions.

    Args:
        x: a tensor, or what `convert_to_tensor` takes.
        rank: an int, or a 0-d tensor of one.
        message: to begin the error with.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for another rank.
        TypeError: if `rank` is no integer.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_rank(tf.zeros([2, 3]), 2)
    """
    number = _rank(rank)
    _check_rank(x, lambda n: n == number, f"rank {number}", message)


def assert_rank_at_least(
    x: TensorLike, rank: SupportsIndex, message: object = None, name: str | None = None
) -> None:
    """Raises unless `x` has so many dimensions or more.

    Args:
        x: a tensor, or what `convert_to_tensor` takes.
        rank: an int, or a 0-d tensor of one.
        message: to begin the error with.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for a lower rank.
        TypeError: if `rank` is no integer.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_rank_at_least(tf.zeros([2, 3]), 1)
    """
    number = _rank(rank)
    _check_rank(x, lambda n: n >= number, f"rank at least {number}", message)


def assert_rank_in(
    x: TensorLike, ranks: Iterable[SupportsIndex], message: object = None, name: str | None = None
) -> None:
    """Raises unless the number of dimensions of `x` is one of several.

    Args:
        x: a tensor, or what `convert_to_tensor` takes.
        ranks: ints.
        message: to begin the error with.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for another rank.
        TypeError: if `ranks` are no integers.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_rank_in(tf.zeros([2, 3]), (1, 2))
    """
    numbers = tuple(_rank(rank) for rank in ranks)
    _check_rank(x, lambda n: n in numbers, f"rank in {numbers}", message)


def assert_scalar(tensor: TensorLike, message: object = None, name: str | None = None) -> None:
    """Raises unless the tensor has no dimensions.

    Args:
        tensor: a tensor, or what `convert_to_tensor` takes.
        message: to begin the error with.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for another rank.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_scalar(tf.reduce_sum([1.0, 2.0]))
    """
    x = convert_to_tensor(tensor)
    if x.ndim:
        raise InvalidArgumentError(
            f"{prefix(message, '.  ')}Expected scalar shape, saw shape: {tuple(x.shape)}."
        )


_Shapes = Mapping[Any, Any] | Iterable[tuple[Any, Any]]


def assert_shapes(
    shapes: _Shapes,
    data: object = None,
    summarize: int | None = None,
    message: object = None,
    name: str | None = None,
) -> None:
    """Raises unless tensors have given shapes, in which names stand for equal extents.

    Args:
        shapes: pairs of a tensor, or what `convert_to_tensor` takes, and its shape; or a dict from
            `tensor.ref()` to the shape. A shape is a list, a tuple, or a string with one character
            for each axis. Its entries are extents, as ints or digits; None or "." for any extent;
            or names, such as "N" (anything that can be hashed): wherever one occurs the extent must
            be the same. The first entry may be `...` or "*", for any number of axes that are not
            looked at. None instead of a shape allows any.
        data, summarize: ignored.
        message: to begin the error with.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) if a tensor has another shape, or a shape
            cannot be understood.

    As in TensorFlow, a number counts as a vector of one element: a 0-d tensor fits the shapes (1,)
    and (), and so does a vector of one element.

    >>> import autograd_c as tf
    >>> x, w = tf.zeros([7, 3]), tf.zeros([3, 2])
    >>> tf.debugging.assert_shapes([(x, "NI"), (w, ("I", "O")), (x, (..., 3))])
    >>> tf.debugging.assert_shapes([(x, "NI"), (w, "NO")])
    Traceback (most recent call last):
    autograd_c.errors.InvalidArgumentError: Dimension 0 of a tensor of shape (3, 2) and dtype
    float32 must have size 7: 'N' is specified by dimension 0 of a tensor of shape (7, 3) and dtype
    float32. Received size 3.
    """
    start = prefix(message, ".  ")
    pairs = shapes.items() if isinstance(shapes, Mapping) else shapes
    known: dict[Any, tuple[int, str]] = {}
    for given, spec in pairs:
        x = convert_to_tensor(given.deref() if hasattr(given, "deref") else given)
        if spec is None:
            continue
        entries, extents, first = _aligned(x, spec, start)
        for axis, (entry, extent) in enumerate(zip(entries, extents), start=first):
            if entry is None or (isinstance(entry, str) and entry == "."):
                continue
            here = f"dimension {axis} of {kind_of(x)}"
            size = _extent(entry)
            if size is not None:
                origin = "it is specified explicitly"
            else:
                size, by = known.setdefault(entry, (extent, here))
                origin = f"{entry!r} is specified by {by}"
            if extent != size:
                raise InvalidArgumentError(
                    f"{start}{here.capitalize()} must have size {size}: {origin}. Received size "
                    f"{extent}."
                )


def _aligned(x: Tensor, spec: Any, start: str) -> tuple[list[Any], list[int], int]:
    """The entries of a shape, the extents they are for, and the first one's axis."""
    if not hasattr(spec, "__iter__") or (_core.is_tensor(spec) and spec.ndim == 0):
        raise InvalidArgumentError(
            f"{start}The shape specified for {kind_of(x)} must be iterable, not {spec!r}"
        )
    entries, extents = list(spec), list(x.shape)
    anything = bool(entries) and _is_ellipsis(entries[0])
    if anything:
        entries = entries[1:]
    for k, entry in enumerate(entries):
        if _is_ellipsis(entry):
            raise InvalidArgumentError(
                f"{start}The shape {spec!r} specified for {kind_of(x)} has `...` or `*` as entry "
                f"{k + anything}; only the first entry can be for any number of axes"
            )
    # A number fits where a vector of one element does, and the other way round.
    if len(entries) <= 1 and not extents:
        extents = [1] * len(entries)
    elif not entries and not anything and extents == [1]:
        return [], [], 0
    first = len(extents) - len(entries)
    if first < 0 or (first and not anything):
        wanted = f"rank {'at least ' if anything else ''}{len(entries)}"
        _check_rank(x, lambda n: False, wanted, start.removesuffix(".  "))
    return entries, extents[first:], first


def _is_ellipsis(entry: Any) -> bool:
    return entry is Ellipsis or (isinstance(entry, str) and entry in ("*", "..."))


def _extent(entry: Any) -> int | None:
    """The extent that an entry of a shape demands, None if it is a name."""
    if isinstance(entry, str):
        return int(entry) if entry.isdigit() else None
    try:
        return operator.index(entry)
    except TypeError:
        return None


# ---------------------------------------------------------------- dtypes


def assert_type(
    tensor: TensorLike, tf_type: DTypeLike, message: object = None, name: str | None = None
) -> None:
    """Raises unless the tensor has the given dtype.

    Args:
        tensor: a tensor, or what `convert_to_tensor` takes.
        tf_type: what `as_dtype` takes.
        message: to begin the error with.
        name: ignored.

    Raises:
        TypeError: for another dtype, or if `tf_type` is no dtype.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_type(tf.constant([1.0]), tf.float32)
    """
    wanted = dtypes.as_dtype(tf_type)
    x = convert_to_tensor(tensor)
    if x.dtype is not wanted:
        raise InvalidDTypeError(
            f"{prefix(message, '.  ')}tensor must be of type {wanted!r}; got {x.dtype!r}"
        )


def assert_integer(x: TensorLike, message: object = None, name: str | None = None) -> None:
    """Raises unless the tensor is of an integer dtype; bool is none.

    Args:
        x: a tensor, or what `convert_to_tensor` takes.
        message: to begin the error with.
        name: ignored.

    Raises:
        TypeError: for other dtypes.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_integer(tf.constant([1, 2]))
    """
    tensor = convert_to_tensor(x)
    if not tensor.dtype.is_integer:
        raise InvalidDTypeError(
            f'{prefix(message, ".  ")}Expected "x" to be integer type.  Found: {kind_of(tensor)}'
        )


def assert_same_float_dtype(
    tensors: Sequence[Any] | None = None, dtype: DTypeLike | None = None
) -> DType:
    """The floating dtype that all the tensors have.

    Args:
        tensors: tensors, Variables or NumPy arrays; None among them is passed over.
        dtype: the dtype that they must have; that of the first tensor by default.

    Returns:
        The dtype; float32 if there are no tensors and `dtype` is None.

    Raises:
        ValueError: for different dtypes, or a dtype that is not floating.
        TypeError: if something has no dtype.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_same_float_dtype([tf.constant(1.0), tf.Variable([2.0])])
    tf.float32
    """
    common = None if dtype is None else dtypes.as_dtype(dtype)
    model = ""
    for tensor in tensors or ():
        if tensor is None:
            continue
        own = dtypes.as_dtype(tensor)
        if common is None:
            common, model = own, f" as {_shown(tensor)}"
        if own is not common:
            raise InvalidDTypeError(
                f"{_shown(tensor)}, type={own.name}, must be of the same type "
                f"({common.name}){model}."
            )
    common = dtypes.float32 if common is None else common
    if not common.is_floating:
        raise InvalidDTypeError(f"Expected floating point type, got {common.name}.")
    return common


def _shown(tensor: Any) -> str:
    a = _core.array_of(tensor)
    return f"the tensor of shape {a.shape}, {some_of(a, 3)}"


def assert_proper_iterable(values: object) -> None:
    """Raises unless `values` can be iterated over and is no string, tensor or array.

    Raises:
        TypeError: if it cannot, or is.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_proper_iterable([tf.constant(1.0), tf.constant(2.0)])
    """
    if isinstance(values, (Tensor, np.ndarray, str, bytes)):
        raise TypeError(
            'Expected argument "values" to be a "proper" iterable: a list of tensors, not '
            f"{type(values)}"
        )
    if not hasattr(values, "__iter__"):
        raise TypeError(f'Expected argument "values" to be iterable.  Found: {type(values)}')


def is_numeric_tensor(tensor: object) -> bool:
    """Whether it is a tensor of numbers: no bool, and no Variable or array.

    >>> import autograd_c as tf
    >>> tf.debugging.is_numeric_tensor(tf.constant(1.0)), tf.debugging.is_numeric_tensor(1.0)
    (True, False)
    """
    return isinstance(tensor, Tensor) and not tensor.dtype.is_bool
