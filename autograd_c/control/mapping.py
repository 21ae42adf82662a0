"""Functions over rows: ``tf.map_fn``, ``tf.foldl``, ``tf.foldr`` and ``tf.scan``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_c.control.recorded import numbers_of, recorded_rows
from autograd_c.control.specs import TypeSpec
from autograd_c.control.tensor_array import check_shape, element
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.arrays import zeros
from autograd_c.values import nest
from autograd_c.values.dtypes import DType, as_dtype
from autograd_c.values.errors import OutOfRangeError
from autograd_c.values.shape import TensorShape

__all__ = ["foldl", "foldr", "map_fn", "scan"]


class Rows:
    """The rows of the tensors of a structure, as structures."""

    def __init__(self, fn: Any, elems: Any) -> None:
        if not callable(fn):
            raise TypeError(f"The provided function {fn!r} is not callable. fn must be callable.")
        self.structure = elems
        self.nested = nest.is_nested(elems)
        self.tensors = [_core.convert_to_tensor(x) for x in nest.flatten(elems)]
        if not self.tensors:
            raise ValueError(
                "elems must be a Tensor or (possibly nested) sequence of Tensors. "
                f"Got {elems!r}, which does not contain any Tensors."
            )
        for x in self.tensors:
            if x.ndim == 0:
                raise ValueError("Elements in elems must be 1+ dimensional Tensors, not scalars")
        self.count = self.tensors[0].shape[0]
        for x in self.tensors[1:]:
            if x.shape[0] != self.count:
                raise ValueError(f"Dimensions {self.count} and {x.shape[0]} are not compatible")

    @property
    def are_recorded(self) -> bool:
        """Whether a loop over them may become one instruction of a program."""
        return self.count > 1 and _core.is_recording()

    def all(self) -> list[Any]:
        if not self.nested:
            return _core.unstack(self.tensors[0])
        columns = [_core.unstack(x) for x in self.tensors]
        return [nest.pack_sequence_as(self.structure, row) for row in zip(*columns, strict=True)]


class Columns:
    """What a function gives for each row, stacked in the end.

    `structure` is that of one result; `dtypes` and `shapes` those of its leaves.
    """

    def __init__(
        self, structure: Any, dtypes: list[DType], shapes: list[TensorShape], infer: bool
    ) -> None:
        self.structure = structure
        self.nested = nest.is_nested(structure)
        self.dtypes = dtypes
        self.shapes = shapes
        self.infer = infer
        self.columns: list[list[Tensor]] = [[] for _ in dtypes]

    def tensors_of(self, result: Any) -> list[Tensor]:
        """The tensors of one result; an error if it is no such."""
        if self.nested or (type(result) is not Tensor and nest.is_nested(result)):
            nest.assert_same_structure(self.structure, result)
            leaves = nest.flatten(result)
        else:
            leaves = [result]
        tensors = [element(x, dtype) for x, dtype in zip(leaves, self.dtypes, strict=True)]
        for tensor, shape in zip(tensors, self.shapes, strict=True):
            check_shape(tensor, shape)
        return tensors

    def packed(self, results: list[Tensor]) -> Any:
        return nest.pack_sequence_as(self.structure, results) if self.nested else results[0]

    def add(self, result: Any) -> list[Tensor]:
        tensors = self.tensors_of(result)
        for tensor, column in zip(tensors, self.columns, strict=True):
            if column and self.infer and column[0].shape != tensor.shape:
                check_shape(tensor, column[0].shape)
            column.append(tensor)
        return tensors

    def stacked(self, backwards: bool = False) -> Any:
        results = []
        for column, dtype, shape in zip(self.columns, self.dtypes, self.shapes, strict=True):
            if column:
                results.append(_core.stack(column[::-1] if backwards else column, 0))
            else:
                known = shape.is_fully_defined()
                results.append(zeros([0, *shape] if known else [0], dtype))
        return self.packed(results)


def map_fn(
    fn: Callable[[Any], Any],
    elems: Any,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    name: str | None = None,
    fn_output_signature: Any = None,
) -> Any:
    """`fn` of each row, one after the other, stacked.

    `tf.vectorized_map` computes all rows at once where it can.

    Args:
        fn: takes a row of `elems`, in its structure, and returns a tensor or a structure of them.
        elems: a tensor [n, ...], or a structure of them.
        fn_output_signature: the dtype of what `fn` returns, or its `tf.TensorSpec`, or a structure
            of these; the structure and the dtypes of `elems` by default.
        dtype: its old name.
        infer_shape: whether all results must have one shape.
        swap_memory: see `tf.while_loop`.
        parallel_iterations, back_prop, name: accepted for TensorFlow's sake, without effect.

    Returns:
        A tensor [n, ...], or a structure of them.

    Raises:
        ValueError: for 0-d `elems`, different numbers of rows, and results of another structure or
            different shapes.
        InvalidArgumentError: for results of another dtype.
        TypeError: for results whose structure has other types.

    >>> import autograd_c as tf
    >>> x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    >>> print(tf.map_fn(tf.reduce_sum, x).numpy())
    [3. 7.]
    >>> print(tf.map_fn(lambda row: tf.argmax(row), x, fn_output_signature=tf.int64).numpy())
    [1 1]
    """
    rows = Rows(fn, elems)
    signature = fn_output_signature if fn_output_signature is not None else dtype
    if signature is None:
        structure = elems if rows.nested else None
        dtypes = [x.dtype for x in rows.tensors]
        shapes = [TensorShape(None)] * len(dtypes)
    else:
        structure, dtypes, shapes = signature, [], []
        for leaf in nest.flatten(signature):
            known = isinstance(leaf, TypeSpec)
            dtypes.append(leaf.dtype if known else as_dtype(leaf))
            shapes.append(leaf.shape if known else TensorShape(None))
    results = Columns(structure, dtypes, shapes, infer_shape)
    if rows.are_recorded:
        found = recorded_rows(
            fn,
            None,
            nest.pack_sequence_as(elems, rows.tensors) if rows.nested else rows.tensors[0],
            results.tensors_of,
            carries=False,
            stacks=True,
            backwards=False,
            checkpoints=swap_memory,
        )
        if found is not None:
            return results.packed(found)
    for row in rows.all():
        results.add(fn(row))
    return results.stacked()


def _recorded_fold(
    fn: Callable[[Any, Any], Any],
    rows: Rows,
    initializer: Any,
    *,
    stacks: bool,
    backwards: bool,
    checkpoints: bool,
) -> list[Tensor] | None:
    """See `recorded_rows`. Without an initializer the first row is carried into the others."""
    tensors = rows.tensors
    if initializer is None:
        begin = nest.pack_sequence_as(rows.structure, [x[-1 if backwards else 0] for x in tensors])
        tensors = [x[:-1] if backwards else x[1:] for x in tensors]
    else:
        begin = nest.map_structure(_core.convert_to_tensor, initializer)
    leaves = nest.flatten(begin)
    columns = Columns(begin, [x.dtype for x in leaves], [x.shape for x in leaves], True)

    def of_results(result: Any) -> list[Tensor]:
        if not stacks and not all(type(x) is Tensor for x in nest.flatten(result)):
            raise TypeError("a fold carries on what is no tensor as it is")
        return columns.tensors_of(result)

    found = recorded_rows(
        fn,
        begin,
        nest.pack_sequence_as(rows.structure, tensors),
        of_results,
        numbers=[] if stacks or initializer is None else numbers_of(initializer),
        carries=True,
        stacks=stacks,
        backwards=backwards,
        checkpoints=checkpoints,
    )
    if found is None or not stacks:
        return found
    found = found[len(leaves) :]
    if initializer is not None:
        return found
    firsts = [x[None] for x in leaves]
    return [
        _core.concat([x, first] if backwards else [first, x], 0)
        for x, first in zip(found, firsts, strict=True)
    ]


def _fold(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any,
    backwards: bool,
    checkpoints: bool,
) -> Any:
    rows = Rows(fn, elems)
    if rows.are_recorded:
        results = _recorded_fold(
            fn, rows, initializer, stacks=False, backwards=backwards, checkpoints=checkpoints
        )
        if results is not None:
            return nest.pack_sequence_as(elems if initializer is None else initializer, results)
    every = rows.all()
    if backwards:
        every.reverse()
    if initializer is None:
        if not every:
            raise OutOfRangeError("Tried to read from index 0 but array size is: 0")
        found = every.pop(0)
    else:
        found = initializer
    structure = found
    nested = nest.is_nested(structure)
    for row in every:
        found = fn(found, row)
        if nested or (type(found) is not Tensor and nest.is_nested(found)):
            nest.assert_same_structure(structure, found)
    return nest.map_structure(_core.convert_to_tensor, found)


def foldl(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """Rows taken together from the first to the last: `fn(fn(initializer, row 0), row 1)`, ….

    Args:
        fn: takes what was found so far and a row, and returns the next, of the same structure.
        elems: a tensor [n, ...], or a structure of them.
        initializer: what to begin with; the first row by default.
        swap_memory: see `tf.while_loop`.
        parallel_iterations, back_prop, name: accepted for TensorFlow's sake, without effect.

    Raises:
        ValueError: for 0-d `elems`, or a result of another structure.
        OutOfRangeError: without rows and without an initializer.

    >>> import autograd_c as tf
    >>> print(tf.foldl(lambda found, x: 10 * found + x, tf.constant([1, 2, 3])).numpy())
    123
    """
    return _fold(fn, elems, initializer, False, swap_memory)


def foldr(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """Rows taken together from the last to the first.

    Args:
        fn: takes what was found so far and a row, and returns the next, of the same structure.
        elems: a tensor [n, ...], or a structure of them.
        initializer: what to begin with; the last row by default.
        swap_memory: see `tf.while_loop`.
        parallel_iterations, back_prop, name: accepted for TensorFlow's sake, without effect.

    Raises:
        ValueError: for 0-d `elems`, or a result of another structure.
        OutOfRangeError: without rows and without an initializer.

    >>> import autograd_c as tf
    >>> print(tf.foldr(lambda found, x: 10 * found + x, tf.constant([1, 2, 3])).numpy())
    321
    """
    return _fold(fn, elems, initializer, True, swap_memory)


def scan(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    reverse: bool = False,
    name: str | None = None,
) -> Any:
    """All that `foldl` finds on its way, stacked.

    Args:
        fn: takes what was found so far and a row, and returns the next, of the same structure.
        elems: a tensor [n, ...], or a structure of them.
        initializer: what to begin with, whose structure results have; the first row by default,
            which is then the first result too.
        infer_shape: whether all results must have one shape.
        reverse: whether to begin with the last row; results stand where their rows do.
        swap_memory: see `tf.while_loop`.
        parallel_iterations, back_prop, name: accepted for TensorFlow's sake, without effect.

    Returns:
        A tensor [n, ...], or a structure of them.

    Raises:
        ValueError: for 0-d `elems`, different numbers of rows, and results of another structure or
            different shapes.
        InvalidArgumentError: for results of another dtype than that of what is begun with.
        OutOfRangeError: without rows and without an initializer.

    >>> import autograd_c as tf
    >>> print(tf.scan(lambda found, x: found + x, tf.constant([1, 2, 3])).numpy())
    [1 3 6]
    """
    rows = Rows(fn, elems)
    if rows.are_recorded and infer_shape:
        recorded = _recorded_fold(
            fn, rows, initializer, stacks=True, backwards=reverse, checkpoints=swap_memory
        )
        if recorded is not None:
            return nest.pack_sequence_as(elems if initializer is None else initializer, recorded)
    every = rows.all()
    if reverse:
        every.reverse()
    structure = elems if initializer is None else initializer
    if initializer is None:
        if not every:
            raise OutOfRangeError("Tried to read from index 0 but array size is: 0")
        begin = nest.flatten(every[0])
    else:
        begin = [_core.convert_to_tensor(x) for x in nest.flatten(initializer)]
    shapes = [x.shape if infer_shape else TensorShape(None) for x in begin]
    results = Columns(structure, [x.dtype for x in begin], shapes, infer_shape)
    found: Any = nest.pack_sequence_as(structure, begin) if results.nested else begin[0]
    if initializer is None:
        results.add(found)
        del every[0]
    for row in every:
        found = fn(found, row)
        tensors = results.add(found)
        if not results.nested:
            found = tensors[0]
    return results.stacked(backwards=reverse)
