"""``tf.vectorized_map``: a function of one row, computed for all rows at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_c.control.recorded import NotWithin, recorded_batch
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions import random_repeats
from autograd_c.functions.arrays import zeros
from autograd_c.values import nest
from autograd_c.values.errors import InvalidArgumentError, UnimplementedError
from autograd_c.values.handlers import raise_if_of_handler

__all__ = ["vectorized_map"]


def vectorized_map(
    fn: Callable[[Any], Any],
    elems: Any,
    fallback_to_while_loop: bool = True,
    warn: bool = True,
) -> Any:
    """`fn` of each row, stacked, by operations on all rows at once.

    `fn` is called with the first row, and what it does is done with all others, in maps within
    maps, too. All rows go through a `tf.while_loop`, a `tf.cond` and the like together, each by
    itself where it decides how many rounds there are, or which branch is taken. Where what `fn`
    does depends on elements of the row in Python (`if`, `float(row[0])`, `row.numpy()`), on random
    numbers, or on a Variable that it assigns to, it is called for each row instead, with the first
    row once more: what else `fn` changed outside before that was found stays changed. Derivatives
    flow to `elems` and to whatever `fn` closes over. A `tf.custom_gradient` of what is the same for
    all rows is asked once, for the sum of their cotangents.

    Args:
        fn: takes a row of `elems`, in its structure, and returns a tensor or a structure of them.
        elems: a tensor [n, ...], or a structure of them. One of a single row among others goes with
            each of theirs.
        fallback_to_while_loop: whether to call `fn` for each row where that has to be.
        warn: ignored.

    Returns:
        A tensor [n, ...], or a structure of them.

    Raises:
        ValueError: for 0-d `elems`, or if `fn` would have to be called for each row, and that is
            not allowed.
        InvalidArgumentError: for different numbers of rows, and results of different shapes.

    >>> import autograd_c as tf
    >>> matrices = tf.constant([[[2.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 3.0]]])
    >>> vectors = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    >>> print(tf.vectorized_map(lambda row: tf.linalg.matmul(row[0], row[1][:, None])[:, 0],
    ...                         (matrices, vectors)).numpy())
    [[ 2.  2.]
     [ 3. 12.]]
    """
    if not callable(fn):
        raise TypeError(f"{fn!r} is not callable")
    nested = nest.is_nested(elems)
    tensors = [_core.convert_to_tensor(x) for x in (nest.flatten(elems) if nested else [elems])]
    if not tensors:
        raise ValueError("elems must hold a tensor")
    for x in tensors:
        if x.ndim == 0:
            raise ValueError("Elements in elems must be 1+ dimensional Tensors, not scalars")
    extents = {x.shape[0] for x in tensors} - {1}
    if len(extents) > 1:
        raise InvalidArgumentError(
            f"elems have different numbers of rows: {[x.shape[0] for x in tensors]}"
        )
    count = extents.pop() if extents else 1
    in_batch = [count == 1 or x.shape[0] != 1 for x in tensors]
    inputs = [x if b else x[0] for x, b in zip(tensors, in_batch, strict=True)]
    of_one = OfOne(fn, elems if nested else None)
    return mapped(of_one, inputs, in_batch, count, fallback_to_while_loop)


def mapped(
    of_one: OfOne, inputs: list[Tensor], in_batch: list[bool], count: int, fallback: bool = True
) -> Any:
    """The results of all rows, stacked, in the structure of those of one.

    Args:
        in_batch: which of the inputs have an axis of rows in front.
        count: of the rows.
        fallback: whether to call the function for each row where that has to be.
    """
    if _core.is_recording():  # no program can be recorded within another one, but a part of it can
        rows = _one_row(inputs, in_batch, count)
        if count == 0:
            of_one(*rows)
            return of_one.packed([zeros([0, *x.shape], x.dtype) for x in of_one.found])
        if count != 1:
            results = recorded_batch(of_one, inputs, in_batch, rows, count)
            if results is not None:
                return of_one.packed(results)
    elif count != 1:
        results = _at_once(of_one, inputs, in_batch, count)
        if results is not None:
            return of_one.packed(results)
        if not fallback:
            raise ValueError(
                "vectorized_map: the function has to be called for each row, as it reads elements "
                "of the row, draws random numbers, or has operations with a derivative in Python"
            )
        if count == 0:
            return of_one.packed([zeros([0, *x.shape], x.dtype) for x in of_one.found])
    columns: list[list[Tensor]] = []
    for k in range(count):
        found = of_one(*[x[k] if b else x for x, b in zip(inputs, in_batch, strict=True)])
        columns = columns or [[] for _ in found]
        for column, x in zip(columns, found, strict=True):
            column.append(x)
    return of_one.packed([_core.stack(column, 0) for column in columns])


class OfOne:
    """The function of one row, from and to lists of tensors."""

    def __init__(self, fn: Callable[[Any], Any], structure: Any) -> None:
        self.fn = fn
        self.structure = structure
        self.result: Any = None
        self.found: list[Tensor] = []
        self.error: BaseException | None = None
        self.called = False

    def __call__(self, *row: Tensor) -> list[Tensor]:
        self.called = True
        try:
            given = row[0]
            if self.structure is not None:
                given = nest.pack_sequence_as(self.structure, row)
            self.result = self.fn(given)
            leaves = nest.flatten(self.result)
            self.found = [_core.convert_to_tensor(x) for x in leaves if x is not None]
        except BaseException as error:
            self.error = error
            raise
        return self.found

    def packed(self, results: list[Tensor]) -> Any:
        """The results in the structure that the function returned; None stays None."""
        leaves = iter(results)
        return nest.map_structure(lambda x: None if x is None else next(leaves), self.result)


def _one_row(inputs: list[Tensor], in_batch: list[bool], count: int) -> list[Tensor]:
    """The first one, or one of zeros."""
    return [
        (x[0] if count else zeros(x.shape[1:], x.dtype)) if b else x
        for x, b in zip(inputs, in_batch, strict=True)
    ]


def _at_once(
    of_one: OfOne, inputs: list[Tensor], in_batch: list[bool], count: int
) -> list[Tensor] | None:
    """The results for all rows, or None if the function has to be called for each."""
    rows = _one_row(inputs, in_batch, count)
    try:
        program = _program(of_one, rows, True)
    except NotWithin:
        return None
    except Exception as error:  # else it happens again without parts, or is a matter of them
        raise_if_of_handler(error)
        try:
            program = _program(of_one, rows, False)
        except (UnimplementedError, RuntimeError) as again:
            if again is of_one.error:
                raise
            return None
    return None if program.bound else program.run(inputs, in_batch, count)


def _program(of_one: OfOne, rows: list[Tensor], parts: bool) -> _core.Program:
    """What the function does with a row, which random numbers are no part of.

    Args:
        parts: whether loops and branches in it become one instruction each, as those of functions
            that are recorded, and what it does with all rows of a batch is done at once.
    """
    with random_repeats.sampled():
        return _core.Program(of_one, rows, True, parts=parts)
