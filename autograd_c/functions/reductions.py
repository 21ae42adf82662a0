"""Reductions over axes: ``tf.reduce_sum`` and its relatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.indexed_slices import IndexedSlices
from autograd_c.values import dtypes
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from typing import TypeVar

    from autograd_c.typing import AxisLike, DTypeLike, TensorLike

    _F = TypeVar("_F", bound=Callable[..., Tensor])

_reduce = _core.reduce


def _reduction(
    takes: str, *, gives: str, refuses: str, example: str, prints: str
) -> Callable[[_F], _F]:
    """Add to the docstring of a reduction over axes what all of them have in common."""

    def document(f: _F) -> _F:
        f.__doc__ = f"""{(f.__doc__ or "").rstrip()}

    Args:
        input_tensor: {takes}, or what `convert_to_tensor` takes.
        axis: an int, or several; negative ones from the end; all for None, none for [].
        keepdims: whether the reduced axes stay, with extent 1.
        name: ignored.

    Returns:
        {gives}

    Raises:
        TypeError: for {refuses}.
        ValueError: (`tf.errors.InvalidArgumentError`) for an axis out of range or given twice.

    >>> import autograd_c as tf
    >>> print({example}.numpy())
    {prints}
    """
        return f

    return document


@_reduction(
    "a tensor of numbers",
    gives="A tensor of the same dtype. Of no elements, the sum is 0.",
    refuses="dtype bool",
    example="tf.reduce_sum([[1, 2], [3, 4]], axis=0)",
    prints="[4 6]",
)
def reduce_sum(
    input_tensor: TensorLike, axis: AxisLike = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Sum of the elements over axes.

    Floats are summed in blocks and pairs, so that rounding errors grow with the logarithm of the
    count.
    """
    return _reduce("reduce_sum", input_tensor, axis, keepdims)


@_reduction(
    "a tensor of numbers",
    gives="A tensor of the same dtype. Of no floats, the mean is NaN.",
    refuses="dtype bool",
    example="tf.reduce_mean([[1.0, 2.0], [3.0, 5.0]], axis=1)",
    prints="[1.5 4. ]",
)
def reduce_mean(
    input_tensor: TensorLike, axis: AxisLike = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Mean of the elements over axes; of integers, rounded towards 0, as TensorFlow's."""
    return _reduce("reduce_mean", input_tensor, axis, keepdims)


@_reduction(
    "a tensor of numbers",
    gives="A tensor of the same dtype. Of no elements, the product is 1.",
    refuses="dtype bool",
    example="tf.reduce_prod([[1, 2], [3, 4]], axis=1)",
    prints="[ 2 12]",
)
def reduce_prod(
    input_tensor: TensorLike, axis: AxisLike = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Product of the elements over axes; its derivatives are right where elements are zero."""
    return _reduce("reduce_prod", input_tensor, axis, keepdims)


@_reduction(
    "a tensor of real numbers",
    gives="A tensor of the same dtype. Of no elements, the lowest number of the dtype.",
    refuses="bool and complex dtypes",
    example="tf.reduce_max([[1, 2], [4, 3]], axis=1)",
    prints="[2 4]",
)
def reduce_max(
    input_tensor: TensorLike, axis: AxisLike = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Largest element over axes; NaN if any is. Elements that tie share the cotangent equally."""
    return _reduce("reduce_max", input_tensor, axis, keepdims)


@_reduction(
    "a tensor of real numbers",
    gives="A tensor of the same dtype. Of no elements, the highest number of the dtype.",
    refuses="bool and complex dtypes",
    example="tf.reduce_min([[1, 2], [4, 3]], axis=1)",
    prints="[1 3]",
)
def reduce_min(
    input_tensor: TensorLike, axis: AxisLike = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Smallest element over axes; NaN if any is. Elements that tie share the cotangent equally."""
    return _reduce("reduce_min", input_tensor, axis, keepdims)


@_reduction(
    "a tensor of dtype bool",
    gives="A tensor of dtype bool. Of no elements, true.",
    refuses="other dtypes",
    example="tf.reduce_all([True, False])",
    prints="False",
)
def reduce_all(
    input_tensor: TensorLike, axis: AxisLike = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Whether all elements are true, over axes. Not differentiable."""
    return _reduce("reduce_all", input_tensor, axis, keepdims)


@_reduction(
    "a tensor of dtype bool",
    gives="A tensor of dtype bool. Of no elements, false.",
    refuses="other dtypes",
    example="tf.reduce_any([True, False])",
    prints="True",
)
def reduce_any(
    input_tensor: TensorLike, axis: AxisLike = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Whether any element is true, over axes. Not differentiable."""
    return _reduce("reduce_any", input_tensor, axis, keepdims)


@_reduction(
    "a tensor of floats",
    gives="A tensor of the same dtype. Of no elements, -inf.",
    refuses="dtypes that are not floating",
    example="tf.reduce_logsumexp([1000.0, 1000.0])",
    prints="1000.6932",
)
def reduce_logsumexp(
    input_tensor: TensorLike, axis: AxisLike = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """log(sum(exp(x))) over axes, without overflow."""
    return _reduce("reduce_logsumexp", input_tensor, axis, keepdims)


def argmax(
    input: TensorLike,
    axis: SupportsIndex | None = None,
    output_type: DTypeLike = dtypes.int64,
    name: str | None = None,
) -> Tensor:
    """Index of the largest element along an axis, the first of equal ones; NaN is passed over.

    Args:
        input: a tensor of real numbers of rank 1 or more.
        axis: an int, negative ones from the end; 0 for None.
        output_type: an integer dtype.
        name: ignored.

    Raises:
        TypeError: for complex dtypes, or an `output_type` that is no integer.
        ValueError: (`tf.errors.InvalidArgumentError`) for an axis out of range or without elements.

    >>> import autograd_c as tf
    >>> int(tf.argmax([1.0, 3.0, 2.0]))
    1
    """
    return _core.arg_extremum(input, axis, output_type, True)


def argmin(
    input: TensorLike,
    axis: SupportsIndex | None = None,
    output_type: DTypeLike = dtypes.int64,
    name: str | None = None,
) -> Tensor:
    """Index of the smallest element along an axis, the first of equal ones; NaN is passed over.

    Args:
        input: a tensor of real numbers of rank 1 or more.
        axis: an int, negative ones from the end; 0 for None.
        output_type: an integer dtype.
        name: ignored.

    Raises:
        TypeError: for complex dtypes, or an `output_type` that is no integer.
        ValueError: (`tf.errors.InvalidArgumentError`) for an axis out of range or without elements.

    >>> import autograd_c as tf
    >>> int(tf.argmin([3.0, 1.0, 2.0]))
    1
    """
    return _core.arg_extremum(input, axis, output_type, False)


# ---------------------------------------------------------------- of several tensors


@overload
def add_n(
    inputs: IndexedSlices | list[IndexedSlices] | tuple[IndexedSlices, ...],
    name: str | None = None,
) -> IndexedSlices: ...
@overload
def add_n(inputs: Any, name: str | None = None) -> Tensor: ...
def add_n(inputs: Any, name: str | None = None) -> Any:
    """The sum of a list of tensors of one shape and dtype.

    Args:
        inputs: a list or tuple of tensors or what becomes one; or a tensor, whose parts along its
            first axis are added. Of `IndexedSlices` alone the sum is one too, of all their rows.
        name: ignored.

    Raises:
        ValueError: if there are none, or of other shapes or dtypes.
        TypeError: for a tensor without axes.

    >>> import autograd_c as tf
    >>> print(tf.add_n([tf.constant([1.0, 2.0]), tf.constant([3.0, 4.0]), [5.0, 6.0]]).numpy())
    [ 9. 12.]
    """
    if isinstance(inputs, Tensor):
        inputs = list(inputs)
    elif isinstance(inputs, IndexedSlices):
        inputs = [inputs]
    if not isinstance(inputs, (list, tuple)) or not inputs:
        raise ValueError(
            "Inputs must be an iterable of at least one Tensor/IndexedSlices with the same dtype "
            f"and shape. Received: {inputs!r}"
        )
    if all(isinstance(x, IndexedSlices) for x in inputs):
        total = inputs[0]
        for x in inputs[1:]:
            total = total + x
        return total
    tensors = [_core.convert_to_tensor(x) if _core.is_tensor(x) else x for x in inputs]
    if not all(isinstance(x, Tensor) for x in tensors):
        tensors = _core.operands_of("add_n", *tensors)
    first = tensors[0]
    for x in tensors[1:]:
        if x.dtype != first.dtype or x.shape != first.shape:
            raise InvalidArgumentError(
                "Inputs must be an iterable of at least one Tensor/IndexedSlices with the same "
                f"dtype and shape: [add_n] got {first.dtype.name} {tuple(first.shape)} and "
                f"{x.dtype.name} {tuple(x.shape)}"
            )
    result = tensors[0] if len(tensors) > 1 else _core.identity(first)
    for x in tensors[1:]:
        result = result + x
    return result
