"""First values of variables: TensorFlow's own, beside Keras's in `tf.initializers`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.core import _core
from autograd_c.functions.random_numbers import normal, uniform
from autograd_c.functions.random_stateless import stateless_normal, stateless_uniform
from autograd_c.functions.sliding import plain
from autograd_c.values.dtypes import as_dtype

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import DTypeLike, ShapeLike


class _FirstValue:
    """What is called with a shape and a dtype."""

    def __call__(self, shape: ShapeLike, dtype: DTypeLike | None = None, **kwargs: Any) -> Tensor:
        for name in kwargs:
            if name not in ("partition_shape", "partition_offset"):
                raise TypeError(
                    "Keyword argument should be one of ['partition_shape', 'partition_offset']. "
                    f"Received: {name}"
                )
        given = plain(shape)
        return self._value((given,) if isinstance(given, int) else tuple(given), dtype)

    def _value(self, shape: tuple[int, ...], dtype: DTypeLike | None) -> Tensor:
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        return dict(vars(self))

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """An initializer from what `get_config` gave."""
        return cls(**{name: value for name, value in config.items() if name != "dtype"})


class zeros_initializer(_FirstValue):
    """Tensors of zeros, of float32 by default.

    >>> import autograd_c as tf
    >>> print(tf.zeros_initializer()([2]).numpy())
    [0. 0.]
    """

    def _value(self, shape: tuple[int, ...], dtype: DTypeLike | None) -> Tensor:
        return _core.full(shape, 0, _core.get_default_float() if dtype is None else dtype)


class ones_initializer(_FirstValue):
    """Tensors of ones, of float32 by default.

    >>> import autograd_c as tf
    >>> print(tf.ones_initializer()([2]).numpy())
    [1. 1.]
    """

    def _value(self, shape: tuple[int, ...], dtype: DTypeLike | None) -> Tensor:
        return _core.full(shape, 1, _core.get_default_float() if dtype is None else dtype)


class constant_initializer(_FirstValue):
    """Tensors of one value, or of the elements of an array, in their order.

    Args:
        value: a number, or a list or array of as many as there will be elements.
        support_partition: ignored.

    Raises:
        TypeError: when it is called, for another number of elements.

    >>> import autograd_c as tf
    >>> print(tf.constant_initializer([1, 2, 3, 4])([2, 2]).numpy())
    [[1 2]
     [3 4]]
    """

    def __init__(self, value: Any = 0, support_partition: bool = False) -> None:
        self.value = value

    def _value(self, shape: tuple[int, ...], dtype: DTypeLike | None) -> Tensor:
        given = _core.convert_to_tensor(self.value)
        if dtype is not None:
            given = _core.cast(given, dtype)
        if given.size == 1:
            return _core.broadcast_to(_core.reshape(given, []), shape)
        count = int(np.prod(shape))
        if given.size != count:
            raise TypeError(
                f"the value has {given.size} elements, and a tensor of shape {shape} has {count}"
            )
        return _core.reshape(given, shape)


def _floating(dtype: DTypeLike | None) -> Any:
    kind = as_dtype(_core.get_default_float() if dtype is None else dtype)
    if not kind.is_floating:
        raise ValueError(f"Argument `dtype` is expected to be floating point. Received: {kind!r}.")
    return kind


class random_normal_initializer(_FirstValue):
    """Tensors of normal deviates.

    Args:
        mean: their mean.
        stddev: their standard deviation.
        seed: an integer, for the same numbers at each call; or None.

    Raises:
        ValueError: when it is called, for dtypes that are not floating.

    >>> import autograd_c as tf
    >>> print(tf.random_normal_initializer(seed=1)([100]).shape)
    (100,)
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        self.mean = mean
        self.stddev = stddev
        self.seed = seed

    def _value(self, shape: tuple[int, ...], dtype: DTypeLike | None) -> Tensor:
        kind = _floating(dtype)
        if self.seed is None:
            return normal(shape, self.mean, self.stddev, kind)
        return stateless_normal(shape, [self.seed, 0], self.mean, self.stddev, kind)


class random_uniform_initializer(_FirstValue):
    """Tensors of numbers uniformly distributed in [minval, maxval).

    Args:
        minval: the least.
        maxval: the bound.
        seed: an integer, for the same numbers at each call; or None.

    Raises:
        ValueError: when it is called, for dtypes that are neither floating nor integer.

    >>> import autograd_c as tf
    >>> print(tf.random_uniform_initializer(1, 5, seed=1)([100], tf.int32).numpy().max())
    4
    """

    def __init__(
        self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None
    ) -> None:
        self.minval = minval
        self.maxval = maxval
        self.seed = seed

    def _value(self, shape: tuple[int, ...], dtype: DTypeLike | None) -> Tensor:
        kind = as_dtype(_core.get_default_float() if dtype is None else dtype)
        if not (kind.is_floating or kind.is_integer):
            raise ValueError(f"Expected float or integer dtype, got {kind!r}.")
        if self.seed is None:
            return uniform(shape, self.minval, self.maxval, kind)
        return stateless_uniform(shape, [self.seed, 0], self.minval, self.maxval, kind)
