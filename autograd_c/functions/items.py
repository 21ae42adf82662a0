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

# Modes in which an index out of range is an error.
_IN_BOUNDS = (None, "promise_in_bounds")


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

    def get(self, *, mode: str | None = None, fill_value: Any = None, **hints: Any) -> Tensor:
        """What stands there: x[key].

        Args:
            mode: what happens to integers out of range: None, "promise_in_bounds": an IndexError;
                "clip": the nearest in range; "fill": `fill_value` is what stands there.
            fill_value: by default NaN, of integers the lowest number, or the largest without sign.
            **hints: `indices_are_sorted` and `unique_indices` make no difference here.

        Raises:
            IndexError: for an index out of range.
            ValueError: for another mode.
        """
        self._check(hints)
        x = self._tensor
        if mode in _IN_BOUNDS:
            part: Tensor = x[self._key]
            return part
        places = self._places(mode)
        found = _core.reshape(x, (-1,))[np.maximum(places, 0)]
        if (places >= 0).all():
            return found
        if fill_value is None:
            fill_value = np.nan
            if x.dtype.is_integer:
                fill_value = x.dtype.max if x.dtype.is_unsigned else x.dtype.min
        filler = _core.convert_to_tensor(np.asarray(fill_value).astype(x.dtype.as_numpy_dtype))
        return _core.select(places >= 0, found, filler)

    def set(self, values: TensorLike, *, mode: str | None = None, **hints: Any) -> Tensor:
        """With `values` there.

        Args:
            values: what broadcasts to what stands there.
            mode: what happens to integers out of range: None, "promise_in_bounds": an IndexError;
                "clip": the nearest in range; "drop" and "fill": nothing is written there.
            **hints: `indices_are_sorted` and `unique_indices` make no difference here.

        Raises:
            IndexError: for an index out of range.
            ValueError: for another mode, and shapes that do not broadcast.
        """
        self._check(hints)
        y = _core.identity(self._tensor)
        if mode in _IN_BOUNDS:
            y[self._key] = values
            return y
        places, parts = self._written(values, mode)
        y = _core.reshape(y, (-1,))
        y[places] = parts
        return _core.reshape(y, self._tensor.shape)

    def apply(self, function: Any, *, mode: str | None = None, **hints: Any) -> Tensor:
        """With `function(x[key])` there."""
        self._check(hints)
        if mode in ("drop", "fill"):
            places = self._places(mode)
            flat = Items(_core.reshape(self._tensor, (-1,)), places[places >= 0])
            return _core.reshape(flat.set(function(flat.get())), self._tensor.shape)
        return self.set(function(self.get(mode=mode)), mode=mode)

    def add(self, values: TensorLike, *, mode: str | None = None, **hints: Any) -> Tensor:
        """With `values` added."""
        return self._combined("add", values, mode, hints)

    def subtract(self, values: TensorLike, *, mode: str | None = None, **hints: Any) -> Tensor:
        """With `values` subtracted."""
        negative = -_core.convert_to_tensor(values, self._tensor.dtype)
        return self._combined("add", negative, mode, hints)

    def multiply(self, values: TensorLike, *, mode: str | None = None, **hints: Any) -> Tensor:
        """Multiplied by `values`."""
        return self._with_product(operator.mul, values, mode, hints)

    def divide(self, values: TensorLike, *, mode: str | None = None, **hints: Any) -> Tensor:
        """Divided by `values`."""
        return self._with_product(operator.truediv, values, mode, hints)

    def power(self, values: TensorLike, *, mode: str | None = None, **hints: Any) -> Tensor:
        """To the power of `values`."""
        return self._with_product(operator.pow, values, mode, hints)

    def min(self, values: TensorLike, *, mode: str | None = None, **hints: Any) -> Tensor:
        """The smaller of what stands there and `values`; equal ones share the derivative."""
        return self._combined("min", values, mode, hints)

    def max(self, values: TensorLike, *, mode: str | None = None, **hints: Any) -> Tensor:
        """The larger of what stands there and `values`; equal ones share the derivative."""
        return self._combined("max", values, mode, hints)

    mul = multiply

    @staticmethod
    def _check(hints: dict[str, Any]) -> None:
        for name in hints:
            if name not in ("indices_are_sorted", "unique_indices", "wrap_negative_indices"):
                raise TypeError(f"x.at[key] takes no argument {name!r}")
        if hints.get("wrap_negative_indices", True) is not True:
            raise TypeError("x.at[key] counts negative indices from the end: no other way is known")

    def _places(self, mode: str | None) -> np.ndarray[Any, Any]:
        """The index, in C order, of what stands at each place of x[key]; -1 for nothing."""
        x = self._tensor
        key = _core.without_tensors(self._key)
        shape = tuple(x.shape)
        places: Any = np.arange(x.size).reshape(shape)
        if mode not in _IN_BOUNDS:
            if mode not in ("clip", "drop", "fill"):
                raise ValueError(
                    f'x.at[key]: there is no mode {mode!r}: "clip", "drop", "fill" and '
                    '"promise_in_bounds" are known'
                )
            key = _within(key, shape, mode == "clip")
            # Who goes beyond the last element of an axis finds -1.
            places = np.pad(places, [(0, 1)] * x.ndim, constant_values=-1)
        return np.asarray(places[key])

    def _written(self, values: TensorLike, mode: str | None) -> tuple[np.ndarray[Any, Any], Tensor]:
        """The places to which something is written, along one axis, and what."""
        places = self._places(mode)
        given = _core.cast(_core.convert_to_tensor(values), self._tensor.dtype)
        parts = _core.reshape(_core.broadcast_to(given, places.shape), (-1,))
        flat = places.reshape(-1)
        there = flat >= 0
        return (flat, parts) if there.all() else (flat[there], parts[np.flatnonzero(there)])

    def _combined(
        self, how: str, values: TensorLike, mode: str | None, hints: dict[str, Any]
    ) -> Tensor:
        self._check(hints)
        x = self._tensor
        places, parts = self._written(values, mode)
        y = _core.scatter(how, _core.reshape(x, (-1,)), places, parts, (0,))
        return _core.reshape(y, x.shape)

    def _with_product(
        self,
        function: Callable[[Tensor, Tensor], Tensor],
        values: Any,
        mode: str | None,
        hints: dict[str, Any],
    ) -> Tensor:
        """The function of what stands at each place and the product of the values for it."""
        from autograd_c.functions.segments import unsorted_segment_prod

        self._check(hints)
        x = self._tensor
        places, parts = self._written(values, mode)
        named, which = np.unique(places, return_inverse=True)
        product = unsorted_segment_prod(parts, which, named.size)
        flat = _core.reshape(x, (-1,))
        y = _core.identity(flat)
        y[named] = function(flat[named], product)
        return _core.reshape(y, x.shape)


def _within(key: Any, shape: tuple[int, ...], clip: bool) -> Any:
    """The key for a tensor with one more element along each axis, which stands for all that is out
    of range, or with the nearest in range."""
    items = list(key) if isinstance(key, tuple) else [key]
    named = sum([_axes_of(item) for item in items])
    if Ellipsis not in [item for item in items if not isinstance(item, np.ndarray)]:
        items.append(Ellipsis)
    found: list[Any] = []
    axis = 0
    for item in items:
        if item is Ellipsis:
            end = axis + max(len(shape) - named, 0)
            found += [slice(0, n) for n in shape[axis:end]]
            axis = end
        elif item is None:
            found.append(item)
        elif axis + _axes_of(item) > len(shape):
            raise IndexError(f"too many indices for a tensor of shape {shape}")
        elif isinstance(item, slice):
            _core.note_ends(item)
            start, stop, step = item.indices(shape[axis])
            found.append(slice(start, None if stop < 0 else stop, step))
            axis += 1
        elif np.asarray(item).dtype == bool:
            mask = np.asarray(item)
            if mask.shape != shape[axis : axis + mask.ndim]:
                raise IndexError(f"a mask of shape {mask.shape} does not fit a tensor of {shape}")
            found += mask.nonzero()
            axis += mask.ndim
        else:
            n = shape[axis]
            index = np.asarray(item, np.int64 if np.size(item) == 0 else None)
            index = np.where(index < 0, index + n, index)
            inside = (
                np.clip(index, 0, n - 1) if clip else np.where((index < 0) | (index >= n), n, index)
            )
            found.append(inside if inside.ndim else int(inside))
            axis += 1
    return tuple(found)


def _axes_of(item: Any) -> int:
    """How many axes an item of a key is for."""
    if item is None or item is Ellipsis:
        return 0
    array = None if isinstance(item, slice) else np.asarray(item)
    return array.ndim if array is not None and array.dtype == bool else 1


class At:
    """`x.at`, which is asked for `x.at[key]`."""

    __slots__ = ("_tensor",)

    def __init__(self, tensor: Any) -> None:
        self._tensor = tensor

    def __getitem__(self, key: Any) -> Items:
        return Items(self._tensor, key)
