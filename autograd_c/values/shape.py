"""Shapes: tuples that answer what TensorFlow's ``TensorShape`` answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import prod
from operator import index
from typing import Any, ClassVar, NoReturn, SupportsIndex, overload

__all__ = ["TensorShape"]


class TensorShape(tuple[int, ...]):
    """The shape of a tensor: a tuple of ints with TensorFlow's methods.

    The shape of a tensor consists of ints. A shape that you make yourself may have ``None`` for
    a dimension that is not known, and ``TensorShape(None)`` is a shape of which not even the rank
    is known: both are for comparing with (`is_compatible_with`, `merge_with`, …).

    It is equal to the same dimensions as tuple, list or TensorShape, hashes as the tuple, and
    goes wherever a tuple goes. Slices and sums are TensorShapes.

    Args:
      dims: None, an int for one dimension, or an iterable of ints and Nones.

    Raises:
      TypeError: a dimension is neither None nor an integer.
      ValueError: a dimension is negative.

    >>> import autograd_c as tf
    >>> shape = tf.TensorShape([2, 3])
    >>> shape, shape[1:], shape + [4], shape.num_elements()
    (TensorShape([2, 3]), TensorShape([3]), TensorShape([2, 3, 4]), 6)
    >>> shape == (2, 3) and shape.is_compatible_with([None, 3])
    True
    """

    # The types say what holds for the shape of a tensor; dimensions and ranks that are not known
    # would otherwise force a test for None upon everybody who reads one.

    __slots__ = ()

    def __new__(cls, dims: Iterable[Any] | SupportsIndex | None) -> TensorShape:
        if type(dims) is tuple:
            for d in dims:
                if type(d) is not int or d < 0:
                    break
            else:
                return tuple.__new__(TensorShape, dims)
        if isinstance(dims, TensorShape):
            return dims
        if dims is None:
            return _UNKNOWN
        return tuple.__new__(TensorShape, _checked(dims))

    # A shape from a tuple that is known to be valid, in half the time: TensorShape._make(dims).
    _make: ClassVar[Callable[[tuple[int, ...]], TensorShape]] = classmethod(tuple.__new__)  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return TensorShape, (tuple(self),)

    def __repr__(self) -> str:
        return f"TensorShape({list(self)})"

    def __str__(self) -> str:
        return tuple.__repr__(self)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, list):
            other = tuple(other)
        return tuple.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        if isinstance(other, list):
            other = tuple(other)
        return tuple.__ne__(self, other)

    __hash__ = tuple.__hash__

    @overload
    def __getitem__(self, key: SupportsIndex) -> int: ...
    @overload
    def __getitem__(self, key: slice) -> TensorShape: ...
    def __getitem__(self, key: SupportsIndex | slice) -> int | TensorShape:
        item = tuple.__getitem__(self, key)
        return tuple.__new__(TensorShape, item) if isinstance(item, tuple) else item

    def __add__(self, other: Any) -> Any:
        if type(other) is tuple and -1 in other:  # x.reshape(x.shape + (-1,)), as NumPy code has it
            return (*self, *other)
        return self.concatenate(other)

    def __radd__(self, other: Any) -> Any:
        if type(other) is tuple and -1 in other:
            return (*other, *self)
        return TensorShape(other).concatenate(self)

    # What it is

    @property
    def rank(self) -> int:
        """The number of dimensions; None if it is not known."""
        return len(self)

    @property
    def ndims(self) -> int:
        """The number of dimensions, under its older name."""
        return self.rank

    @property
    def dims(self) -> list[int]:
        """The dimensions as a list; None if the rank is not known."""
        return list(self)

    def as_list(self) -> list[int]:
        """The dimensions as a list.

        Raises:
          ValueError: the rank is not known.
        """
        return list(self)

    def num_elements(self) -> int:
        """The number of elements of a tensor of this shape; None if it is not fully defined."""
        return prod(self) if None not in self else None  # type: ignore[return-value]

    def is_fully_defined(self) -> bool:
        """Whether the rank and every dimension are known."""
        return None not in self

    def assert_is_fully_defined(self) -> None:
        """Raises ValueError unless the rank and every dimension are known."""
        if not self.is_fully_defined():
            raise ValueError(f"Shape {self} is not fully defined")

    # Shapes and shapes

    def is_compatible_with(self, other: Any) -> bool:
        """Whether some tensor could have both shapes: what is not known matches anything.

        Args:
          other: a TensorShape or what makes one.

        >>> import autograd_c as tf
        >>> tf.TensorShape([2, 3]).is_compatible_with([None, 3])
        True
        """
        other = TensorShape(other)
        if not (_has_rank(self) and _has_rank(other)):
            return True
        return len(self) == len(other) and all(
            a is None or b is None or a == b for a, b in zip(self, other, strict=True)
        )

    def assert_is_compatible_with(self, other: Any) -> None:
        """Raises ValueError unless `is_compatible_with`."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {other} are incompatible")

    def merge_with(self, other: Any) -> TensorShape:
        """The shape that knows what either of the two knows.

        Raises:
          ValueError: the shapes are not compatible.

        >>> import autograd_c as tf
        >>> tf.TensorShape([2, None]).merge_with([None, 3])
        TensorShape([2, 3])
        """
        that = TensorShape(other)
        if not self.is_compatible_with(that):
            raise ValueError(f"Shapes {self} and {that} are not compatible")
        if not _has_rank(self):
            return that
        if not _has_rank(that):
            return self
        return TensorShape([b if a is None else a for a, b in zip(self, that, strict=True)])

    def concatenate(self, other: Any) -> TensorShape:
        """The dimensions of this shape followed by those of ``other``.

        Of unknown rank if either is.
        """
        other = TensorShape(other)
        if not (_has_rank(self) and _has_rank(other)):
            return _UNKNOWN
        return tuple.__new__(TensorShape, tuple.__add__(self, other))

    def most_specific_compatible_shape(self, other: Any) -> TensorShape:
        """The shape that knows what the two agree upon, and nothing else.

        >>> import autograd_c as tf
        >>> tf.TensorShape([2, 3]).most_specific_compatible_shape([2, 4])
        TensorShape([2, None])
        """
        other = TensorShape(other)
        if not (_has_rank(self) and _has_rank(other)) or len(self) != len(other):
            return _UNKNOWN
        return TensorShape([a if a == b else None for a, b in zip(self, other, strict=True)])

    def most_specific_common_supertype(self, others: Sequence[Any]) -> TensorShape | None:
        """What this shape and all ``others`` agree upon; None if one of them is no TensorShape."""
        common = self
        for other in others:
            if not isinstance(other, TensorShape):
                return None
            common = common.most_specific_compatible_shape(other)
        return common

    def is_subtype_of(self, other: object) -> bool:
        """Whether every tensor of this shape is of shape ``other``, a TensorShape, too."""
        if not isinstance(other, TensorShape):
            return False
        if not _has_rank(other):
            return True
        return (
            _has_rank(self)
            and len(self) == len(other)
            and all(b is None or a == b for a, b in zip(self, other, strict=True))
        )

    # The rank

    def assert_same_rank(self, other: Any) -> None:
        """Raises ValueError if both ranks are known and differ."""
        other = TensorShape(other)
        if _has_rank(self) and _has_rank(other) and len(self) != len(other):
            raise ValueError(f"Shapes {self} and {other} must have the same rank")

    def assert_has_rank(self, rank: int) -> None:
        """Raises ValueError if the rank is known and is not ``rank``."""
        if self.rank not in (None, rank):
            raise ValueError(f"Shape {self} must have rank {rank}")

    def with_rank(self, rank: int) -> TensorShape:
        """The shape itself, or, if its rank is not known, ``rank`` unknown dimensions.

        Raises:
          ValueError: the rank is known and is not ``rank``.
        """
        self.assert_has_rank(rank)
        return self if _has_rank(self) else TensorShape([None] * rank)

    def with_rank_at_least(self, rank: int) -> TensorShape:
        """The shape itself.

        Raises:
          ValueError: the rank is known and less than ``rank``.
        """
        if _has_rank(self) and len(self) < rank:
            raise ValueError(f"Shape {self} must have rank at least {rank}")
        return self

    def with_rank_at_most(self, rank: int) -> TensorShape:
        """The shape itself.

        Raises:
          ValueError: the rank is known and more than ``rank``.
        """
        if _has_rank(self) and len(self) > rank:
            raise ValueError(f"Shape {self} must have rank at most {rank}")
        return self


def _has_rank(shape: TensorShape) -> bool:
    return type(shape) is not _UnknownShape


def _checked(dims: Iterable[Any] | SupportsIndex) -> list[int | None]:
    """The dimensions as ints and Nones, or an error that says which one is not."""
    if isinstance(dims, (str, bytes)):
        raise TypeError(
            f"Failed to convert {dims!r} to a shape. A shape is an integer, such as 10, or an "
            "iterable of dimensions, such as [1, 10, None]."
        )
    try:
        items = list(dims)  # type: ignore[arg-type]
    except TypeError:
        items = [dims]
    return [None if d is None else _dimension(d) for d in items]


def _dimension(d: Any) -> int:
    try:
        size = index(d)
    except TypeError:
        raise TypeError(
            "Dimension value must be integer or None or have an __index__ method, "
            f"got value {d!r} with type {type(d).__name__!r}"
        ) from None
    if size < 0:
        raise ValueError(f"Dimension {size} must be >= 0")
    return size


class _UnknownShape(TensorShape):
    """The one shape of unknown rank.

    As a tuple it holds a single None, so that code which reads the tuple past these methods, in
    C, stumbles instead of taking the shape for a scalar's.
    """

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, ...]:
        return TensorShape, (None,)

    def __repr__(self) -> str:
        return "TensorShape(None)"

    def __str__(self) -> str:
        return "<unknown>"

    def __eq__(self, other: object) -> bool:
        return other is self or other is None

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(_UnknownShape)

    def __bool__(self) -> bool:
        return False

    def __len__(self) -> NoReturn:
        raise ValueError("Cannot take the length of shape with unknown rank.")

    def __iter__(self) -> Iterator[int]:
        raise ValueError("Cannot iterate over a shape with unknown rank.")

    def __contains__(self, item: object) -> NoReturn:
        raise ValueError("Cannot look into a shape with unknown rank.")

    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, slice):
            index(key)
            return None
        start, stop = key.start or 0, key.stop
        if stop is None or key.step not in (None, 1) or start < 0 or stop < 0:
            return self
        return TensorShape([None] * max(stop - start, 0))

    @property
    def rank(self) -> Any:
        """None: it is not known."""
        return None

    @property
    def dims(self) -> Any:
        """None: they are not known."""
        return None

    def as_list(self) -> NoReturn:
        """Raises ValueError: there is no list of unknown length."""
        raise ValueError("as_list() is not defined on an unknown TensorShape.")

    def num_elements(self) -> Any:
        """None: it is not known."""
        return None

    def is_fully_defined(self) -> bool:
        """False."""
        return False


_UNKNOWN = tuple.__new__(_UnknownShape, (None,))
