"""Random numbers that a seed determines alone: ``tf.random.stateless_normal`` and the others."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.core import _core
from autograd_c.functions import random_draws as draws
from autograd_c.functions import random_implicit
from autograd_c.functions.random_generators import algorithm_of
from autograd_c.functions.random_recorded import drawn
from autograd_c.functions.random_shuffles import shuffled_indices
from autograd_c.functions.random_streams import keyed, release, seed_array, seed_pair
from autograd_c.values.dtypes import as_dtype
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.random import Generator as NumPyGenerator

    from autograd_c.core._core import Tensor
    from autograd_c.typing import DTypeLike, ShapeLike, TensorLike


@contextmanager
def _drawn(name: str, seed: TensorLike) -> Iterator[NumPyGenerator]:
    """The generator of one draw."""
    rng = keyed(name, *seed_pair(name, seed))
    yield rng
    release(rng)


# ---------------------------------------------------------------- real numbers


@drawn("mean", "stddev")
def stateless_normal(
    shape: ShapeLike,
    seed: TensorLike,
    mean: TensorLike = 0.0,
    stddev: TensorLike = 1.0,
    dtype: DTypeLike | None = None,
    name: str | None = None,
    alg: Any = "auto_select",
) -> Tensor:
    """Normally distributed numbers that a seed determines; see `tf.random.normal`.

    The same arguments give the same numbers, at any time, in any thread and on any machine that has
    the same version of NumPy. They are not TensorFlow's.

    Args:
        shape: a vector of integers; [] for one number.
        seed: two integers.
        mean, stddev: of the distribution; they are broadcast against numbers of that shape.
        dtype: float16, bfloat16, float32 or float64; the default float's for None.
        name: ignored.
        alg: "philox", "threefry" or "auto_select", which make no difference.

    Raises:
        TypeError: for other dtypes.
        ValueError: for tensors of another dtype, unknown algorithms
            (`tf.errors.InvalidArgumentError` for other seeds, and a shape that is no vector).

    >>> import autograd_c as tf
    >>> x = tf.random.stateless_normal([3], seed=[1, 2])
    >>> y = tf.random.stateless_normal([3], seed=[1, 2])
    >>> bool(tf.reduce_all(x == y))
    True
    """
    algorithm_of(alg)
    kind = draws.floating("stateless_normal", dtype)
    with _drawn("stateless_normal", seed) as rng:
        return draws.normal(rng, shape, mean, stddev, kind)


@drawn("mean", "stddev")
def stateless_truncated_normal(
    shape: ShapeLike,
    seed: TensorLike,
    mean: TensorLike = 0.0,
    stddev: TensorLike = 1.0,
    dtype: DTypeLike | None = None,
    name: str | None = None,
    alg: Any = "auto_select",
) -> Tensor:
    """Normally distributed numbers within two standard deviations, which a seed determines.

    Arguments and errors are those of `tf.random.stateless_normal`.

    >>> import autograd_c as tf
    >>> x = tf.random.stateless_truncated_normal([1000], seed=[1, 2])
    >>> bool(tf.reduce_all(tf.abs(x) <= 2.0))
    True
    """
    algorithm_of(alg)
    kind = draws.floating("stateless_truncated_normal", dtype)
    with _drawn("stateless_truncated_normal", seed) as rng:
        return draws.truncated_normal(rng, shape, mean, stddev, kind)


@drawn("minval", "maxval")
def stateless_uniform(
    shape: ShapeLike,
    seed: TensorLike,
    minval: TensorLike | None = 0,
    maxval: TensorLike | None = None,
    dtype: DTypeLike | None = None,
    name: str | None = None,
    alg: Any = "auto_select",
) -> Tensor:
    """Uniformly distributed numbers that a seed determines; see `tf.random.uniform`.

    Args:
        shape: a vector of integers; [] for one number.
        seed: two integers.
        minval, maxval: the bounds, as of `tf.random.uniform`; for integers None as both means all
            numbers of the dtype.
        dtype: float16, bfloat16, float32, float64, int32, int64; or, without bounds, uint32 or
            uint64. The
            default float's for None.
        name: ignored.
        alg: see `tf.random.stateless_normal`.

    Raises:
        ValueError: for other dtypes, one bound of two for integers, unknown algorithms
            (`tf.errors.InvalidArgumentError` for other seeds, for integers if minval >= maxval, and
            for shapes that are no vectors).

    >>> import autograd_c as tf
    >>> x = tf.random.stateless_uniform([100], [1, 2], minval=1, maxval=7, dtype=tf.int32)
    >>> bool(tf.reduce_all((x >= 1) & (x < 7)))
    True
    """
    algorithm_of(alg)
    allowed = (
        *("float16", "bfloat16", "float32", "float64"),
        *("int32", "int64", "uint32", "uint64"),
    )
    kind = draws.one_of("stateless_uniform", dtype, allowed)
    with _drawn("stateless_uniform", seed) as rng:
        if not kind.is_integer:
            if minval is None:
                raise ValueError("[stateless_uniform] minval is a number, not None")
            return draws.uniform(rng, shape, minval, 1 if maxval is None else maxval, kind)
        if minval is None and maxval is None:
            return draws.full_integers(rng, shape, kind)
        if minval is None or maxval is None:
            raise ValueError(
                f"For integer `dtype` argument {kind!r}, argument `minval` and `maxval` must be "
                f"both None or not None. Got `minval`={minval} and `maxval`={maxval}."
            )
        if kind.is_unsigned:
            raise ValueError(
                f"Argument `dtype` got invalid value {kind!r} when argument `minval` is not None."
            )
        return draws.uniform_integers(rng, shape, minval, maxval, kind)


@drawn("alpha", "beta")
def stateless_gamma(
    shape: ShapeLike,
    seed: TensorLike,
    alpha: TensorLike,
    beta: TensorLike | None = None,
    dtype: DTypeLike | None = None,
    name: str | None = None,
) -> Tensor:
    """Numbers of gamma distributions that a seed determines; see `tf.random.gamma`.

    Args:
        shape: the shape of the result; its last axes are those of `alpha` and `beta`.
        seed: two integers.
        alpha, beta, dtype, name: as of `tf.random.gamma`.

    Raises:
        TypeError: for other dtypes.
        ValueError: for tensors of another dtype (`tf.errors.InvalidArgumentError` for other seeds,
            and a shape that does not end with that of the parameters).

    >>> import autograd_c as tf
    >>> tf.random.stateless_gamma([10, 2], [1, 2], [0.5, 1.5]).shape
    TensorShape([10, 2])
    """
    kind = draws.floating("stateless_gamma", dtype)
    size = draws.extents("stateless_gamma", shape)
    a = _core.convert_to_tensor(alpha, kind)
    b = None if beta is None else _core.convert_to_tensor(beta, kind)
    inner = a.shape if b is None else np.broadcast_shapes(a.shape, b.shape)
    draws.ends_with("stateless_gamma", size, inner)
    with _drawn("stateless_gamma", seed) as rng:
        return random_implicit.gamma(rng, _core.broadcast_to(a, size), b)


@drawn("means", "stddevs", "minvals", "maxvals")
def stateless_parameterized_truncated_normal(
    shape: ShapeLike,
    seed: TensorLike,
    means: TensorLike = 0.0,
    stddevs: TensorLike = 1.0,
    minvals: TensorLike = -2.0,
    maxvals: TensorLike = 2.0,
    name: str | None = None,
) -> Tensor:
    """Normally distributed numbers between bounds, which a seed determines.

    They are differentiable by all four parameters, implicitly (Figurnov, Mohamed, Mnih 2018).

    Args:
        shape: the shape of the result; its last axes are those of the parameters.
        seed: two integers.
        means, stddevs: of the normal distribution that is truncated.
        minvals, maxvals: the bounds; infinities are bounds, too.
        name: ignored.

    Returns:
        A tensor of the dtype of the first parameter that has one; the default float's for numbers.

    Raises:
        TypeError: for dtypes that are no floats.
        ValueError: for parameters of several dtypes (`tf.errors.InvalidArgumentError` for other
            seeds, a shape that does not end with that of the parameters, and parameters of no
            distribution: stddevs <= 0 or minvals >= maxvals).

    >>> import autograd_c as tf
    >>> mean = tf.constant(0.0)
    >>> with tf.GradientTape() as tape:
    ...     tape.watch(mean)
    ...     x = tf.random.stateless_parameterized_truncated_normal([], [1, 2], mean)
    >>> 0.0 < float(tape.gradient(x, mean)) < 1.0
    True
    """
    operation = "stateless_parameterized_truncated_normal"
    parameters: list[Any] = [means, stddevs, minvals, maxvals]
    dtypes = [as_dtype(p.dtype) for p in parameters if hasattr(p, "dtype")]
    kind = draws.floating(operation, dtypes[0] if dtypes else None)
    tensors = [_core.convert_to_tensor(p, kind) for p in parameters]
    size = draws.extents(operation, shape)
    draws.ends_with(operation, size, np.broadcast_shapes(*(t.shape for t in tensors)))
    _, deviations, low, high = map(_core.array_of, tensors)
    if not (np.all(deviations > 0) and np.all(low < high)):
        raise InvalidArgumentError(
            f"[{operation}] Invalid parameters: stddevs > 0 and minvals < maxvals are needed"
        )
    mean, *others = (_core.broadcast_to(t, size) for t in tensors)
    with _drawn(operation, seed) as rng:
        return random_implicit.truncated_normal(rng, mean, *others)


# ---------------------------------------------------------------- counts


@drawn()
def stateless_poisson(
    shape: ShapeLike,
    seed: TensorLike,
    lam: TensorLike,
    dtype: DTypeLike | None = None,
    name: str | None = None,
) -> Tensor:
    """Numbers of Poisson distributions that a seed determines; see `tf.random.poisson`.

    Args:
        shape: the shape of the result; its last axes are those of `lam`.
        seed: two integers.
        lam: the rates.
        dtype: float16, float32, float64, int32 or int64; int32 for None.
        name: ignored.

    Raises:
        ValueError: for other dtypes (`tf.errors.InvalidArgumentError` for other seeds, a shape that
            does not end with that of `lam`, and counts that an integer dtype does not hold).

    >>> import autograd_c as tf
    >>> tf.random.stateless_poisson([10, 2], [1, 2], [12.2, 3.3]).dtype
    tf.int32
    """
    kind = draws.one_of("stateless_poisson", "int32" if dtype is None else dtype, draws.COUNTS)
    rates = draws.real_numbers("stateless_poisson", lam)
    size = draws.extents("stateless_poisson", shape)
    draws.ends_with("stateless_poisson", size, rates.shape)
    with _drawn("stateless_poisson", seed) as rng:
        return draws.counted("stateless_poisson", draws.poisson(rng, rates, size), kind)


@drawn()
def stateless_binomial(
    shape: ShapeLike,
    seed: TensorLike,
    counts: TensorLike,
    probs: TensorLike,
    output_dtype: DTypeLike | None = None,
    name: str | None = None,
) -> Tensor:
    """Numbers of binomial distributions that a seed determines; no derivative.

    Args:
        shape: the shape of the result; its last axes are those of `counts` and `probs`.
        seed: two integers.
        counts: how many trials; 0 for negative numbers.
        probs: the probability of a success, cut off at 0 and 1.
        output_dtype: float16, float32, float64, int32 or int64; int32 for None.
        name: ignored.

    Raises:
        ValueError: for other dtypes (`tf.errors.InvalidArgumentError` for other seeds, a shape that
            does not end with that of the parameters, and NaN for an integer dtype).

    >>> import autograd_c as tf
    >>> x = tf.random.stateless_binomial([5], [1, 2], counts=10.0, probs=1.0)
    >>> print(x.numpy())
    [10 10 10 10 10]
    """
    dtype = "int32" if output_dtype is None else output_dtype
    kind = draws.one_of("stateless_binomial", dtype, draws.COUNTS)
    size = draws.extents("stateless_binomial", shape)
    with _drawn("stateless_binomial", seed) as rng:
        return draws.binomial(rng, "stateless_binomial", size, counts, probs, kind)


@drawn()
def stateless_categorical(
    logits: TensorLike,
    num_samples: TensorLike,
    seed: TensorLike,
    dtype: DTypeLike | None = None,
    name: str | None = None,
) -> Tensor:
    """Classes that a seed determines, by their log-probabilities; see `tf.random.categorical`.

    Args:
        logits, num_samples, dtype, name: as of `tf.random.categorical`.
        seed: two integers.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for other seeds; else as
            `tf.random.categorical`.

    >>> import autograd_c as tf
    >>> tf.random.stateless_categorical([[0.0, 1.0]], 5, [1, 2]).shape
    TensorShape([1, 5])
    """
    kind = draws.one_of("categorical", "int64" if dtype is None else dtype, ("int32", "int64"))
    with _drawn("stateless_categorical", seed) as rng:
        return draws.categorical(rng, logits, num_samples, kind)


# ---------------------------------------------------------------- orders and seeds


@drawn("value")
def stateless_shuffle(
    value: TensorLike, seed: TensorLike, alg: Any = "auto_select", name: str | None = None
) -> Tensor:
    """A tensor with its rows in an order that a seed determines; differentiable.

    Args:
        value: a tensor; one of rank 0 is given back.
        seed: two integers.
        alg: see `tf.random.stateless_normal`.
        name: ignored.

    Raises:
        ValueError: for unknown algorithms (`tf.errors.InvalidArgumentError` for other seeds).

    >>> import autograd_c as tf
    >>> x = tf.random.experimental.stateless_shuffle([1, 2, 3], seed=[1, 2])
    >>> sorted(x.numpy().tolist())
    [1, 2, 3]
    """
    algorithm_of(alg)
    with _drawn("stateless_shuffle", seed) as rng:
        return draws.permutation(rng.permutation, value)


@drawn()
def split(seed: TensorLike, num: int = 2, alg: Any = "auto_select") -> Tensor:
    """New seeds out of one: a tensor of shape [num, 2] of the dtype of `seed`.

    Args:
        seed: two integers, int32 or int64.
        num: how many.
        alg: see `tf.random.stateless_normal`.

    Raises:
        ValueError: for unknown algorithms (`tf.errors.InvalidArgumentError` for other seeds).

    >>> import autograd_c as tf
    >>> seeds = tf.random.split([1, 2], num=3)
    >>> [x.shape for x in tf.unstack(seeds)]
    [TensorShape([2]), TensorShape([2]), TensorShape([2])]
    """
    algorithm_of(alg)
    kind = as_dtype(seed_array("split", seed).dtype)
    with _drawn("split", seed) as rng:
        return draws.full_integers(rng, (int(num), 2), kind)


@drawn()
def fold_in(seed: TensorLike, data: TensorLike, alg: Any = "auto_select") -> Tensor:
    """A new seed of a seed and a number, such as the number of a step.

    Args:
        seed: two integers.
        data: one integer, int32 or int64.
        alg: see `tf.random.stateless_normal`.

    Returns:
        A tensor of shape [2] of the dtype of `data`.

    Raises:
        ValueError: for unknown algorithms (`tf.errors.InvalidArgumentError` for other seeds, and
            data of rank 1 or more).

    >>> import autograd_c as tf
    >>> a, b = tf.random.fold_in([1, 2], 0), tf.random.fold_in([1, 2], 1)
    >>> bool(tf.reduce_all(a == b))
    False
    """
    algorithm_of(alg)
    number = _core.convert_to_tensor(data)
    if number.ndim or not number.dtype.is_integer:
        raise InvalidArgumentError(f"[fold_in] data is one integer, got {data!r}")
    first, second = seed_pair("fold_in", seed)
    rng = keyed("fold_in", first, second, int(number))
    folded = draws.full_integers(rng, (2,), number.dtype)
    release(rng)
    return folded


@drawn()
def index_shuffle(index: TensorLike, seed: TensorLike, max_index: TensorLike) -> Tensor:
    """Where an index goes when the numbers from 0 to `max_index` are put into another order.

    A seed determines the order; it takes no memory, however many numbers there are.

    Args:
        index: an integer from 0 to `max_index`, or a vector of them.
        seed: two integers.
        max_index: an integer, or one for each index.

    Returns:
        A tensor of the shape of `index`.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for other seeds and indices.

    >>> import autograd_c as tf
    >>> order = tf.random.experimental.index_shuffle(tf.range(5), seed=[1, 2], max_index=4)
    >>> sorted(order.numpy().tolist())
    [0, 1, 2, 3, 4]
    """
    return shuffled_indices(index, [[*seed_pair("index_shuffle", seed), 0]], max_index, 4)
