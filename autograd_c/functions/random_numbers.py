"""``tf.random.normal`` and the others that draw from the program's streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.core import _core
from autograd_c.functions import random_draws as draws
from autograd_c.functions import random_implicit
from autograd_c.functions.random_recorded import drawn
from autograd_c.functions.random_streams import stream
from autograd_c.values.dtypes import as_dtype

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import DTypeLike, ShapeLike, TensorLike


@drawn("mean", "stddev")
def normal(
    shape: ShapeLike,
    mean: TensorLike = 0.0,
    stddev: TensorLike = 1.0,
    dtype: DTypeLike | None = None,
    seed: TensorLike | None = None,
    name: str | None = None,
) -> Tensor:
    """Normally distributed numbers; differentiable by `mean` and `stddev`.

    Args:
        shape: a vector of integers; [] for one number.
        mean, stddev: of the distribution; they are broadcast against numbers of that shape.
        dtype: float16, bfloat16, float32 or float64; the default float's for None.
        seed: an integer; see `tf.random.set_seed`.
        name: ignored.

    Returns:
        A tensor of that dtype, of `shape` broadcast with those of `mean` and `stddev`.

    Raises:
        TypeError: for other dtypes.
        ValueError: for tensors of another dtype (`tf.errors.InvalidArgumentError` for a shape that
            is no vector, or has negative extents).

    >>> import autograd_c as tf
    >>> tf.random.normal([2, 3], mean=[10.0, 20.0, 30.0]).shape
    TensorShape([2, 3])
    """
    kind = draws.floating("normal", dtype)
    return draws.normal(stream("normal", kind.name, seed), shape, mean, stddev, kind)


@drawn("mean", "stddev")
def truncated_normal(
    shape: ShapeLike,
    mean: TensorLike = 0.0,
    stddev: TensorLike = 1.0,
    dtype: DTypeLike | None = None,
    seed: TensorLike | None = None,
    name: str | None = None,
) -> Tensor:
    """Normally distributed numbers no further than two standard deviations from the mean.

    Arguments, result and errors are those of `tf.random.normal`; `mean` and `stddev` are those of
    the distribution that is truncated.

    >>> import autograd_c as tf
    >>> x = tf.random.truncated_normal([1000], mean=5.0)
    >>> bool(tf.reduce_all((x >= 3.0) & (x <= 7.0)))
    True
    """
    kind = draws.floating("truncated_normal", dtype)
    rng = stream("truncated_normal", kind.name, seed)
    return draws.truncated_normal(rng, shape, mean, stddev, kind)


@drawn("minval", "maxval")
def uniform(
    shape: ShapeLike,
    minval: TensorLike = 0,
    maxval: TensorLike | None = None,
    dtype: DTypeLike | None = None,
    seed: TensorLike | None = None,
    name: str | None = None,
) -> Tensor:
    """Numbers that are uniformly distributed in [minval, maxval).

    Args:
        shape: a vector of integers; [] for one number.
        minval, maxval: the bounds. For real numbers they are broadcast against numbers of `shape`,
            None as `maxval` is 1, and the result is differentiable by both. For integers they are
            scalars, and both are needed.
        dtype: float16, bfloat16, float32, float64, int32 or int64; the default float's for None.
        seed: an integer; see `tf.random.set_seed`.
        name: ignored.

    Raises:
        ValueError: for other dtypes, integers without `maxval`
            (`tf.errors.InvalidArgumentError` for integers if minval >= maxval, and for shapes that
            are no vectors).

    >>> import autograd_c as tf
    >>> x = tf.random.uniform([100], 1, 7, tf.int32)
    >>> bool(tf.reduce_all((x >= 1) & (x < 7)))
    True
    """
    allowed = ("float16", "bfloat16", "float32", "float64", "int32", "int64")
    kind = draws.one_of("uniform", dtype, allowed)
    rng = stream("uniform", kind.name, seed)
    if kind.is_integer:
        if maxval is None:
            raise ValueError(f"Must specify maxval for integer dtype {kind!r}")
        return draws.uniform_integers(rng, shape, minval, maxval, kind)
    return draws.uniform(rng, shape, minval, 1 if maxval is None else maxval, kind)


@drawn("alpha", "beta")
def gamma(
    shape: ShapeLike,
    alpha: TensorLike,
    beta: TensorLike | None = None,
    dtype: DTypeLike | None = None,
    seed: TensorLike | None = None,
    name: str | None = None,
) -> Tensor:
    """`shape` numbers from each of the gamma distributions with these parameters.

    They are differentiable by `alpha`, implicitly (Figurnov, Mohamed, Mnih 2018), up to the third
    derivative, and by `beta`.

    Args:
        shape: a vector of integers: how many numbers of each distribution.
        alpha: the shape parameters.
        beta: the rates, broadcast against `alpha`; None: 1.
        dtype: float16, float32 or float64, which tensors as parameters have too; the default
            float's for None.
        seed: an integer; see `tf.random.set_seed`.
        name: ignored.

    Returns:
        A tensor of shape `shape + broadcast(alpha, beta).shape`: NaN for negative `alpha`, and
        the smallest normal number of the dtype for what is smaller.

    Raises:
        TypeError: for other dtypes.
        ValueError: for tensors of another dtype (`tf.errors.InvalidArgumentError` for a shape that
            is no vector).

    >>> import autograd_c as tf
    >>> tf.random.gamma([10], [0.5, 1.5]).shape
    TensorShape([10, 2])
    """
    kind = draws.floating("gamma", dtype)
    size = draws.extents("gamma", shape)
    a = _core.convert_to_tensor(alpha, kind)
    b = None if beta is None else _core.convert_to_tensor(beta, kind)
    inner = a.shape if b is None else np.broadcast_shapes(a.shape, b.shape)
    a = _core.broadcast_to(a, [*size, *inner])
    return random_implicit.gamma(stream("gamma", kind.name, seed), a, b)


@drawn()
def poisson(
    shape: ShapeLike,
    lam: TensorLike,
    dtype: DTypeLike | None = None,
    seed: TensorLike | None = None,
    name: str | None = None,
) -> Tensor:
    """`shape` numbers from each of the Poisson distributions with these rates; no derivative.

    Args:
        shape: a vector of integers: how many numbers of each distribution.
        lam: the rates, real numbers or integers.
        dtype: of the result: float16, float32, float64, int32 or int64; the default float's for
            None.
        seed: an integer; see `tf.random.set_seed`.
        name: ignored.

    Returns:
        A tensor of shape `shape + lam.shape`: 0 for negative rates, NaN for NaN.

    Raises:
        ValueError: for other dtypes (`tf.errors.InvalidArgumentError` for a shape that is no
            vector, and counts that an integer dtype does not hold).

    >>> import autograd_c as tf
    >>> tf.random.poisson([10], [12.2, 3.3]).shape
    TensorShape([10, 2])
    """
    kind = draws.one_of("poisson", dtype, draws.COUNTS)
    rates = draws.real_numbers("poisson", lam)
    size = (*draws.extents("poisson", shape), *rates.shape)
    draws.can_count("poisson", rates, kind)
    rng = stream("poisson", kind.name, seed)
    return draws.counted("poisson", draws.poisson(rng, rates, size), kind)


@drawn()
def categorical(
    logits: TensorLike,
    num_samples: TensorLike,
    dtype: DTypeLike | None = None,
    seed: TensorLike | None = None,
    name: str | None = None,
) -> Tensor:
    """Classes, by their unnormalised log-probabilities; no derivative.

    Args:
        logits: real numbers of shape [rows, classes]. Classes whose logit is not finite are never
            drawn.
        num_samples: how many classes to draw for each row.
        dtype: int32 or int64; int64 for None.
        seed: an integer; see `tf.random.set_seed`.
        name: ignored.

    Returns:
        A tensor of shape [rows, num_samples] of numbers from 0 to classes - 1; the number of
        classes, as in TensorFlow, in a row without finite logits.

    Raises:
        TypeError: for logits that are no real numbers.
        ValueError: for other dtypes (`tf.errors.InvalidArgumentError` for logits that are no
            matrix, rows without classes, and negative numbers).

    >>> import autograd_c as tf
    >>> print(tf.random.categorical([[0.0, float("-inf")]], 5).numpy())
    [[0 0 0 0 0]]
    """
    kind = draws.one_of("categorical", "int64" if dtype is None else dtype, ("int32", "int64"))
    return draws.categorical(stream("categorical", kind.name, seed), logits, num_samples, kind)


def shuffle(value: TensorLike, seed: TensorLike | None = None, name: str | None = None) -> Tensor:
    """A tensor with its rows, the elements of its first axis, in another order; differentiable.

    Args:
        value: a tensor of any dtype; one of rank 0 is given back.
        seed: an integer; see `tf.random.set_seed`.
        name: ignored.

    >>> import autograd_c as tf
    >>> x = tf.random.shuffle([1, 2, 3])
    >>> sorted(x.numpy().tolist())
    [1, 2, 3]
    """
    x: Any = _core.convert_to_tensor(value)
    return draws.permutation(lambda count: _order(count, as_dtype(x.dtype).name, seed), x)


@drawn()
def _order(count: int, dtype: str, seed: TensorLike | None) -> Tensor:
    return _core.constant(stream("shuffle", dtype, seed).permutation(count))
