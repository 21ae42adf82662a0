"""Variances, moments and norms: ``tf.math.reduce_std``, ``tf.nn.moments``, ``l2_normalize``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.reductions import _reduction
from autograd_c.values import dtypes
from autograd_c.values.errors import InvalidArgumentError, InvalidDTypeError

if TYPE_CHECKING:
    from autograd_c.typing import AxisLike, DTypeLike, TensorLike

_reduce = _core.reduce


# ---------------------------------------------------------------- reductions


def _variance(name: str, x: TensorLike, axis: AxisLike, keepdims: bool) -> Tensor:
    t = _core.convert_to_tensor(x)
    d = t.dtype
    if not (d.is_floating or d.is_complex):
        raise InvalidDTypeError(
            f"[{name}] Input must be either real or complex. Received type {d.name}."
        )
    if d.name in dtypes.NARROW:
        t = _core.cast(t, dtypes.float32)
    away = t - _reduce("reduce_mean", t, axis, True)
    if d.is_complex:
        squares = _core.real(away * _core.conj(away))
    else:
        squares = _core.apply("square", [away])
    return _reduce("reduce_mean", squares, axis, keepdims)


@_reduction(
    "a tensor of floats or complex numbers",
    gives="A tensor of the same dtype, real for complex numbers. Of no elements, NaN.",
    refuses="integers and bools",
    example="tf.math.reduce_variance([[1.0, 2.0], [3.0, 6.0]], axis=1)",
    prints="[0.25 2.25]",
)
def reduce_variance(
    input_tensor: TensorLike, axis: AxisLike = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Mean of the squared distances from the mean, over axes."""
    t = _core.convert_to_tensor(input_tensor)
    return _core.cast(_variance("reduce_variance", t, axis, keepdims), t.dtype.real_dtype)


@_reduction(
    "a tensor of floats or complex numbers",
    gives="A tensor of the same dtype, real for complex numbers. Of no elements, NaN.",
    refuses="integers and bools",
    example="tf.math.reduce_std([[1.0, 2.0], [3.0, 6.0]], axis=1)",
    prints="[0.5 1.5]",
)
def reduce_std(
    input_tensor: TensorLike, axis: AxisLike = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Root of the mean of the squared distances from the mean, over axes.

    Where all elements are equal it has no derivative: NaN.
    """
    t = _core.convert_to_tensor(input_tensor)
    y = _core.apply("sqrt", [_variance("reduce_std", t, axis, keepdims)])
    return _core.cast(y, t.dtype.real_dtype)


@_reduction(
    "a tensor of numbers",
    gives="A tensor of the same dtype; of integers, rounded towards 0. Of no elements, 0.",
    refuses="dtype bool",
    example="tf.math.reduce_euclidean_norm([[3.0, 4.0], [6.0, 8.0]], axis=1)",
    prints="[ 5. 10.]",
)
def reduce_euclidean_norm(
    input_tensor: TensorLike, axis: AxisLike = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Root of the sum of the squares, over axes, without overflow on the way.

    Where it is 0 it has no derivative: NaN.
    """
    t = _core.convert_to_tensor(input_tensor)
    d = t.dtype
    if d.is_floating:
        return _reduce("norm", t, axis, keepdims)
    if d.is_complex:
        return _core.cast(_reduce("norm", _core.apply("abs", [t]), axis, keepdims), d)
    if d.is_bool:
        raise InvalidDTypeError("[reduce_euclidean_norm] needs numbers, not bool")
    return _core.cast(_reduce("norm", _core.cast(t, dtypes.float64), axis, keepdims), d)


# ---------------------------------------------------------------- of several tensors


def accumulate_n(
    inputs: Sequence[TensorLike],
    shape: Any = None,
    tensor_dtype: DTypeLike | None = None,
    name: str | None = None,
) -> Tensor:
    """The sum of a list of tensors of one shape and dtype.

    Args:
        inputs: a list or tuple of them, of what becomes one.
        shape: which they must have.
        tensor_dtype: which they must have.
        name: ignored.

    Raises:
        ValueError: if there are none, or of other shapes or dtypes.
        TypeError: if they have not the dtype that is given.

    >>> import autograd_c as tf
    >>> print(tf.math.accumulate_n([tf.constant([1.0, 2.0]), tf.constant([3.0, 4.0])]).numpy())
    [4. 6.]
    """
    wrong = "inputs must be a list of at least one Tensor with the same dtype and shape"
    if not isinstance(inputs, (list, tuple)) or not inputs:
        raise ValueError(wrong)
    tensors = [_core.convert_to_tensor(x) for x in inputs]
    first = tensors[0]
    if any(x.dtype != first.dtype for x in tensors):
        raise ValueError(wrong)
    expected = tuple(first.shape) if shape is None else tuple(shape)
    for x in tensors:
        if len(expected) != x.ndim or any(
            e is not None and e != n for e, n in zip(expected, x.shape)
        ):
            raise ValueError(f"Shapes {expected} and {tuple(x.shape)} are not compatible")
    if tensor_dtype is not None and dtypes.as_dtype(tensor_dtype) != first.dtype:
        raise TypeError(
            f"The `tensor_dtype` argument is {dtypes.as_dtype(tensor_dtype)}, but `input` is of "
            f"type {first.dtype}. These must be equal. Try casting the input to the desired type."
        )
    total = _core.identity(first) if len(tensors) == 1 else first
    for x in tensors[1:]:
        total = total + x
    return total


def polyval(coeffs: list[Any], x: TensorLike, name: str | None = None) -> Tensor:
    """The value of a polynomial, by Horner's rule.

    Args:
        coeffs: a list of its coefficients, that of the highest power first: tensors or numbers,
            which broadcast against `x`.
        x: a tensor of numbers.
        name: ignored.

    Returns:
        A tensor of the broadcast shape; 0 for no coefficients.

    Raises:
        ValueError: if `coeffs` is no list.

    >>> import autograd_c as tf
    >>> print(tf.math.polyval([1.0, 2.0, 3.0], tf.constant([0.0, 2.0])).numpy())
    [ 3. 11.]
    """
    if not isinstance(coeffs, list):
        raise ValueError(f"Argument coeffs must be list type. Received type {type(coeffs)}.")
    if not coeffs:
        t = _core.convert_to_tensor(x)
        return _core.full(t.shape, 0, t.dtype)
    y: Tensor
    y, *others, t = _core.operands_of("polyval", *coeffs, x)
    for c in others:
        y = c + y * t
    return y


# ---------------------------------------------------------------- unit vectors


def l2_normalize(
    x: TensorLike,
    axis: AxisLike = None,
    epsilon: float = 1e-12,
    name: str | None = None,
    dim: AxisLike = None,
) -> Tensor:
    """x over its euclidean norm along axes: x / sqrt(max(sum(x**2), epsilon)).

    Args:
        x: a tensor of floats or complex numbers.
        axis: an int, or several; all for None.
        epsilon: what the sum of squares is at least.
        name: ignored.
        dim: another name of `axis`.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TypeError: for integers and bools.
        ValueError: for both `axis` and `dim`; (`tf.errors.InvalidArgumentError`) for an axis out of
            range.

    >>> import autograd_c as tf
    >>> print(tf.math.l2_normalize([3.0, 4.0]).numpy())
    [0.6 0.8]
    """
    if dim is not None:
        if axis is not None:
            raise ValueError("Cannot specify both 'dim' and 'axis'.")
        axis = dim
    t = _core.convert_to_tensor(x)
    if not (t.dtype.is_floating or t.dtype.is_complex):
        raise InvalidDTypeError(
            f"[l2_normalize] needs floats or complex numbers, not {t.dtype.name}"
        )
    if t.dtype.is_complex:
        parts = _core.apply("square", [_core.real(t)]) + _core.apply("square", [_core.imag(t)])
        inverse = _inverse_root(_reduce("reduce_sum", parts, axis, True), epsilon)
        return t * _core.cast(inverse, t.dtype)
    narrow = t.dtype if t.dtype.name in dtypes.NARROW else None
    wide = t if narrow is None else _core.cast(t, dtypes.float32)
    squares = _reduce("reduce_sum", _core.apply("square", [wide]), axis, True)
    y = wide * _inverse_root(squares, epsilon)
    return y if narrow is None else _core.cast(y, narrow)


def _inverse_root(squares: Tensor, epsilon: float) -> Tensor:
    least = _core.apply("maximum", [squares, _core.constant(epsilon, squares.dtype)])
    return _core.apply("rsqrt", [least])


# ---------------------------------------------------------------- moments


def _axes(axes: Any) -> Any:
    """None for all axes, as reductions have it; a tensor of axes as a list."""
    return axes.numpy().tolist() if isinstance(axes, Tensor) else axes


def moments(
    x: TensorLike,
    axes: AxisLike,
    shift: TensorLike | None = None,
    keepdims: bool = False,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The mean and the variance over axes.

    Args:
        x: a tensor of floats, complex numbers, int32 or int64. Of integers, both are integers,
            rounded towards 0, as TensorFlow's.
        axes: an int, or several; negative ones from the end.
        shift: ignored, as in TensorFlow.
        keepdims: whether the axes stay, with extent 1.
        name: ignored.

    Returns:
        Two tensors of the dtype of `x`. float16 is computed in float32.

    Raises:
        TypeError: for bools and other integers.
        ValueError: (`tf.errors.InvalidArgumentError`) for an axis out of range or given twice.

    >>> import autograd_c as tf
    >>> mean, variance = tf.nn.moments(tf.constant([[1.0, 2.0], [3.0, 6.0]]), axes=[1])
    >>> print(mean.numpy(), variance.numpy())
    [1.5 4.5] [0.25 2.25]
    """
    t = _core.convert_to_tensor(x)
    if not (t.dtype.is_floating or t.dtype.is_complex or t.dtype in (dtypes.int32, dtypes.int64)):
        raise InvalidDTypeError(
            f"[moments] needs floats, complex numbers, int32 or int64, not {t.dtype.name}"
        )
    axes = _axes(axes)
    narrow = t.dtype if t.dtype.name in dtypes.NARROW else None
    wide = t if narrow is None else _core.cast(t, dtypes.float32)
    mean = _reduce("reduce_mean", wide, axes, True)
    away = wide - mean
    if t.dtype.is_complex:
        away = away * _core.conj(away)
    else:
        away = _core.apply("square", [away])
    variance = _reduce("reduce_mean", away, axes, True)
    if not keepdims:
        shape = _reduced(t, axes)
        mean, variance = _core.reshape(mean, shape), _core.reshape(variance, shape)
    if narrow is not None:
        return _core.cast(mean, narrow), _core.cast(variance, narrow)
    return mean, variance


def _reduced(t: Tensor, axes: Any) -> list[int]:
    """The shape without axes, which are known to be in range."""
    if axes is None:
        return []
    gone = {k % t.ndim for k in (axes if isinstance(axes, (list, tuple)) else [axes])}
    return [n for k, n in enumerate(t.shape) if k not in gone]


def weighted_moments(
    x: TensorLike,
    axes: AxisLike,
    frequency_weights: TensorLike,
    keepdims: bool = False,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The mean and the variance over axes of elements that count by their weights.

    Args:
        x: a tensor of floats.
        axes: an int, or several; negative ones from the end.
        frequency_weights: the weights, which broadcast against `x`, and are cast to its dtype.
        keepdims: whether the axes stay, with extent 1.
        name: ignored.

    Returns:
        Two tensors of the dtype of `x`; 0 where all weights are 0. float16 is computed in float32.

    Raises:
        TypeError: for integers and bools.
        ValueError: (`tf.errors.InvalidArgumentError`) for an axis out of range or given twice.

    >>> import autograd_c as tf
    >>> mean, variance = tf.nn.weighted_moments([1.0, 5.0], [0], [3.0, 1.0])
    >>> print(mean.numpy(), variance.numpy())
    2.0 3.0
    """
    t = _core.convert_to_tensor(x)
    w = _core.convert_to_tensor(frequency_weights)
    if not (t.dtype.is_floating or t.dtype.is_complex):
        raise InvalidDTypeError(
            f"[weighted_moments] needs floats or complex numbers, not {t.dtype.name}"
        )
    axes = _axes(axes)
    narrow = t.dtype if t.dtype.name in dtypes.NARROW else None
    if narrow is not None:
        t = _core.cast(t, dtypes.float32)
    w = _core.cast(w, t.dtype)
    weighted = w * t
    total = _reduce("reduce_sum", _core.broadcast_to(w, weighted.shape), axes, True)
    nothing = _core.apply("equal", [total, _core.constant(0, t.dtype)])
    total = _core.select(nothing, _core.constant(1, t.dtype), total)
    mean = _reduce("reduce_sum", weighted, axes, True) / total
    away = t - mean
    squares = away * _core.conj(away) if t.dtype.is_complex else _core.apply("square", [away])
    variance = _reduce("reduce_sum", w * squares, axes, True) / total
    if not keepdims:
        shape = _reduced(weighted, axes)
        mean, variance = _core.reshape(mean, shape), _core.reshape(variance, shape)
    if narrow is not None:
        return _core.cast(mean, narrow), _core.cast(variance, narrow)
    return mean, variance


def sufficient_statistics(
    x: TensorLike,
    axes: Sequence[int],
    shift: TensorLike | None = None,
    keepdims: bool = False,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """What the mean and the variance over axes are made of: see `normalize_moments`.

    Args:
        x: a tensor of numbers.
        axes: a list of ints, negative ones from the end.
        shift: what is taken off `x` first, or None; close to the mean it keeps digits.
        keepdims: whether the axes stay, with extent 1.
        name: ignored.

    Returns:
        The count of elements (0-d), the sum of `x - shift`, the sum of its squares, and the shift
        as a tensor, or None.

    Raises:
        TypeError: for dtype bool, and axes that are no list.
        ValueError: (`tf.errors.InvalidArgumentError`) for an axis out of range or given twice.

    >>> import autograd_c as tf
    >>> count, total, squares, _ = tf.nn.sufficient_statistics([1.0, 2.0, 3.0], [0])
    >>> print(count.numpy(), total.numpy(), squares.numpy())
    3.0 6.0 14.0
    """
    t = _core.convert_to_tensor(x)
    places = list(dict.fromkeys(_axes(axes)))
    for k in places:
        if not -t.ndim <= k < t.ndim:
            raise InvalidArgumentError(
                f"[sufficient_statistics] axis {k} is out of range for shape {tuple(t.shape)}"
            )
    count = 1
    for k in places:
        count *= t.shape[k]
    if shift is not None:
        shift = _core.convert_to_tensor(shift, t.dtype)
        t = t - shift
    squares = _core.apply("square", [t])
    return (
        _core.constant(count, t.dtype),
        _reduce("reduce_sum", t, places, keepdims),
        _reduce("reduce_sum", squares, places, keepdims),
        shift,
    )


def normalize_moments(
    counts: TensorLike,
    mean_ss: TensorLike,
    variance_ss: TensorLike,
    shift: TensorLike | None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The mean and the variance of what `sufficient_statistics` has added up.

    Args:
        counts: how many elements there are.
        mean_ss: the sum of the elements, less the shift.
        variance_ss: the sum of the squares of that.
        shift: the shift, or None.
        name: ignored.

    >>> import autograd_c as tf
    >>> statistics = tf.nn.sufficient_statistics([1.0, 2.0, 3.0], [0])
    >>> mean, variance = tf.nn.normalize_moments(*statistics)
    >>> print(mean.numpy(), variance.numpy().round(4))
    2.0 0.6667
    """
    count, total, squares = _core.operands_of("normalize_moments", counts, mean_ss, variance_ss)
    shifted = total / count
    variance = squares / count - _core.apply("square", [shifted])
    if shift is not None:
        shifted = shifted + _core.convert_to_tensor(shift, shifted.dtype)
    return shifted, variance
