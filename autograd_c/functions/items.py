"""``x.at[key]``: new tensors with other values at some places, as JAX has them."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor

if TYPE_CHECKING:
    from autograd_c.typing import TensorLike


class Items:
    """A place of a tensor, as `x.at[key]` names it: its methods return a new tensor.

    The tensor stays as it is. Where several indices name one place, `set` keeps the last value, and
    the others combine all of them.

    >>> import autograd_c as tf
    >>> x = tf.constant([1.0, 2.0, 3.0])
    >>> print(x.at[[0, 0]].add(10.0).numpy(), x.at[1:].multiply(2.0).numpy())
    [21.  2.  3.] [1. 4. 6.]
    """

    __slots__ = ("_key", "_tensor")

    def __init__(self, tensor: Any, key: Any) -> None:
        self._tensor = tensor
        self._key = key

    def get(self) -> Tensor:
        """What stands there: x[key]."""
        part: Tensor = self._tensor[self._key]
        return part

    def set(self, values: TensorLike) -> Tensor:
        """With `values` there."""
        y = _core.identity(self._tensor)
        y[self._key] = values
        return y

    def apply(self, function: Any) -> Tensor:
        """With `function(x[key])` there."""
        return self.set(function(self.get()))

    def add(self, values: TensorLike) -> Tensor:
        """With `values` added."""
        return self._combined("add", values)

    def subtract(self, values: TensorLike) -> Tensor:
        """With `values` subtracted."""
        return self._combined("add", -_core.convert_to_tensor(values, self._tensor.dtype))

    def multiply(self, values: TensorLike) -> Tensor:
        """Multiplied by `values`."""
        return self._with_product(operator.mul, values)

    def divide(self, values: TensorLike) -> Tensor:
        """Divided by `values`."""
        return self._with_product(operator.truediv, values)

    def power(self, values: TensorLike) -> Tensor:
        """To the power of `values`."""
        return self._with_product(operator.pow, values)

    def min(self, values: TensorLike) -> Tensor:
        """The smaller of what stands there and `values`; equal ones share the derivative."""
        return self._combined("min", values)

    def max(self, values: TensorLike) -> Tensor:
        """The larger of what stands there and `values`; equal ones share the derivative."""
        return self._combined("max", values)

    mul = multiply

    def _places(self) -> Any:
        """The index, in C order, of what stands at each place of x[key]."""
        x = self._tensor
        key = (
            tuple([_plain(item) for item in self._key])
            if isinstance(self._key, tuple)
            else (_plain(self._key))
        )
        return np.arange(x.size).reshape(tuple(x.shape))[key]

    def _values(self, values: TensorLike, places: np.ndarray[Any, Any]) -> Tensor:
        given = _core.cast(_core.convert_to_tensor(values), self._tensor.dtype)
        return _core.reshape(_core.broadcast_to(given, places.shape), (-1,))

    def _combined(self, how: str, values: TensorLike) -> Tensor:
        x = self._tensor
        places = self._places()
        flat = _core.reshape(x, (-1,))
        y = _core.scatter(how, flat, places.reshape(-1), self._values(values, places), (0,))
        return _core.reshape(y, x.shape)

    def _with_product(self, function: Callable[[Tensor, Tensor], Tensor], values: Any) -> Tensor:
        """The function of what stands at each place and the product of the values for it."""
        from autograd_c.functions.segments import unsorted_segment_prod

        x = self._tensor
        places = self._places()
        named, which = np.unique(places.reshape(-1), return_inverse=True)
        product = unsorted_segment_prod(self._values(values, places), which.reshape(-1), named.size)
        flat = _core.reshape(x, (-1,))
        y = _core.identity(flat)
        y[named] = function(flat[named], product)
        return _core.reshape(y, x.shape)


def _plain(item: Any) -> Any:
    return _core.array_of(item) if _core.is_tensor(item) else item


class At:
    """`x.at`, which is asked for `x.at[key]`."""

    __slots__ = ("_tensor",)

    def __init__(self, tensor: Any) -> None:
        self._tensor = tensor

    def __getitem__(self, key: Any) -> Items:
        return Items(self._tensor, key)
