"""``tf.SparseTensor``: the places and the values of what is not zero."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.values.dtypes import DType
from autograd_c.values.errors import InvalidArgumentError, InvalidDTypeError
from autograd_c.values.shape import TensorShape


class SparseTensor:
    """A tensor of which the elements at some places are given, and all others are 0.

    Its values are a tensor, by which derivatives are taken: watch them, and take `gradient` by
    them. `from_value` makes one of an array of scipy.sparse, which then has derivatives by its
    non-zeros.

    Args:
        indices: integers of shape [n, rank]: the places. Most functions want them in the order of
            rows, as `reorder` makes it, and no place twice.
        values: a tensor of shape [n].
        dense_shape: the shape, as integers of shape [rank].

    Raises:
        ValueError: for shapes that do not fit.
        TypeError: for indices that are no integers.

    Operators: `*` and `/` with a dense tensor that broadcasts to the shape, which give a
    SparseTensor; `@` with a dense one, on either side.

    >>> import autograd_c as tf
    >>> s = tf.SparseTensor([[0, 1], [2, 0]], [3.0, 4.0], [3, 2])
    >>> print(tf.sparse.to_dense(s).numpy())
    [[0. 3.]
     [0. 0.]
     [4. 0.]]
    >>> print((s @ [[1.0], [2.0]]).numpy().ravel())
    [6. 0. 4.]
    """

    __slots__ = ("__weakref__", "_dense_shape", "_facts", "_indices", "_shape", "_values")

    def __init__(self, indices: Any, values: Any, dense_shape: Any) -> None:
        places = _of_integers(indices, "indices")
        extents = _of_integers(dense_shape, "dense_shape")
        numbers = _core.convert_to_tensor(values)
        if places.ndim != 2:
            raise InvalidArgumentError(
                f"indices of a SparseTensor have shape [n, rank], not {tuple(places.shape)}"
            )
        if numbers.ndim != 1 or numbers.shape[0] != places.shape[0]:
            raise InvalidArgumentError(
                f"values of a SparseTensor with indices of shape {tuple(places.shape)} have shape "
                f"[{places.shape[0]}], not {tuple(numbers.shape)}"
            )
        if extents.ndim != 1 or extents.shape[0] != places.shape[1]:
            raise InvalidArgumentError(
                f"dense_shape of a SparseTensor with indices of shape {tuple(places.shape)} has "
                f"shape [{places.shape[1]}], not {tuple(extents.shape)}"
            )
        self._indices = places
        self._values = numbers
        self._dense_shape = extents
        self._shape = tuple(extents.tolist())
        if min(self._shape, default=0) < 0:
            raise InvalidArgumentError(f"dense_shape {self._shape} has negative extents")
        # What was found out about the places, for all tensors that have them.
        self._facts: dict[str, Any] = {}

    @classmethod
    def from_value(cls, sparse_tensor_value: Any) -> SparseTensor:
        """A SparseTensor of what has `indices`, `values` and `dense_shape`, or of scipy.sparse.

        Args:
            sparse_tensor_value: such an object, or an array or matrix of scipy.sparse, whose
                elements are copied.

        Raises:
            TypeError: for others.

        >>> import autograd_c as tf
        >>> from scipy.sparse import csr_array
        >>> s = tf.SparseTensor.from_value(csr_array([[0.0, 3.0], [4.0, 0.0]]))
        >>> print(s.values.numpy(), s.indices.numpy().tolist())
        [3. 4.] [[0, 1], [1, 0]]
        """
        x = sparse_tensor_value
        if isinstance(x, SparseTensor):
            return x
        if _core.is_sparse(x):
            return of_scipy(x)
        if not all(hasattr(x, name) for name in ("indices", "values", "dense_shape")):
            raise TypeError(
                f"Argument sparse_tensor_value={x!r} is neither a SparseTensor nor "
                "SparseTensorValue, nor an array of scipy.sparse."
            )
        return cls(x.indices, x.values, x.dense_shape)

    @property
    def indices(self) -> Tensor:
        """The places: an int64 tensor of shape [n, rank]."""
        return self._indices

    @property
    def values(self) -> Tensor:
        """The values at these places: a tensor of shape [n]."""
        return self._values

    @property
    def dense_shape(self) -> Tensor:
        """The shape: an int64 tensor of shape [rank]."""
        return self._dense_shape

    @property
    def shape(self) -> TensorShape:
        """The shape."""
        _core.note_seen_shape(self._shape)
        return TensorShape(self._shape)

    def get_shape(self) -> TensorShape:
        """The shape, as `shape`."""
        _core.note_seen_shape(self._shape)
        return TensorShape(self._shape)

    def set_shape(self, shape: Any) -> None:
        """Check that `shape`, which may have None for unknown extents, fits.

        Raises:
            ValueError: if it does not.
        """
        if not self.shape.is_compatible_with(shape):
            raise ValueError(f"the shape {self.shape} is not compatible with {shape}")

    @property
    def dtype(self) -> DType:
        """The dtype of the values."""
        return self._values.dtype

    def with_values(self, new_values: Any) -> SparseTensor:
        """The same places with other values.

        Raises:
            ValueError: for another number of values.

        >>> import autograd_c as tf
        >>> s = tf.sparse.eye(2)
        >>> print(s.with_values(s.values * 3.0).values.numpy())
        [3. 3.]
        """
        numbers = _core.convert_to_tensor(new_values)
        if numbers.ndim != 1 or numbers.shape[0] != self._indices.shape[0]:
            raise InvalidArgumentError(
                f"[with_values] needs {self._indices.shape[0]} values, got shape "
                f"{tuple(numbers.shape)}"
            )
        made = SparseTensor.__new__(SparseTensor)
        made._indices, made._values, made._dense_shape = self._indices, numbers, self._dense_shape
        made._shape, made._facts = self._shape, self._facts
        return made

    def consumers(self) -> list[Any]:
        """An empty list: there are no graphs."""
        return []

    def __repr__(self) -> str:
        return (
            f"SparseTensor(indices={self._indices!s}, values={self._values!s}, "
            f"dense_shape={self._dense_shape!s})"
        )

    @property
    def _recorded_values(self) -> Tensor:
        """What a tape watches."""
        return self._values

    # ------------------------------------------------------------ operators

    # NumPy leaves its operators to those below, and pandas its own.
    __array_ufunc__ = None
    __array_priority__ = 100
    __pandas_priority__ = 5000

    def __array_function__(self, function: Any, *_: Any) -> NoReturn:
        raise InvalidDTypeError(
            f"numpy.{function.__name__} takes no SparseTensor: use functions of tf.sparse, or "
            "tf.sparse.to_dense(x)"
        )

    def __mul__(self, other: Any) -> SparseTensor:
        from autograd_c.functions.sparse.arithmetic import scaled

        return scaled(self, other, False)

    def __rmul__(self, other: Any) -> SparseTensor:
        return self.__mul__(other)

    def __truediv__(self, other: Any) -> SparseTensor:
        from autograd_c.functions.sparse.arithmetic import scaled

        return scaled(self, other, True)

    def __matmul__(self, other: Any) -> Tensor:
        from autograd_c.functions.sparse.matrices import times

        return times(self, other)

    def __rmatmul__(self, other: Any) -> Tensor:
        from autograd_c.functions.sparse.matrices import times_from_left

        return times_from_left(other, self)


_core.register_composite(SparseTensor, ("indices", "values", "dense_shape"))


def _of_integers(x: Any, what: str) -> Tensor:
    t = _core.convert_to_tensor(x)
    if t.size and not t.dtype.is_integer:
        raise InvalidDTypeError(f"{what} of a SparseTensor are integers, not {t.dtype.name}")
    return t if t.dtype.name == "int64" else _core.cast(_core.stop_gradient(t), "int64")


# ---------------------------------------------------------------- for functions


def is_sparse(x: Any) -> bool:
    """Whether an argument is a sparse tensor, or an array or matrix of scipy.sparse."""
    return isinstance(x, SparseTensor) or _core.is_sparse(x)


def operand(name: str, x: Any) -> SparseTensor:
    """An argument that must be sparse; one of scipy.sparse is, too.

    Raises:
        TypeError: for anything else.
    """
    if isinstance(x, SparseTensor):
        return x
    if _core.is_sparse(x):
        return of_scipy(x)
    if all(hasattr(x, attribute) for attribute in ("indices", "values", "dense_shape")):
        if x.dense_shape is not None and not hasattr(x, "_dense"):
            return SparseTensor(x.indices, x.values, x.dense_shape)
    raise TypeError(f"[{name}] Input must be a SparseTensor, not {type(x).__name__!r}")


def of_scipy(a: Any) -> SparseTensor:
    """An array or matrix of scipy.sparse, its elements in order; those given twice are added."""
    if a.format != "csr" or not a.has_canonical_format:
        a = a.tocsr(copy=True) if a.ndim < 3 else a.copy()
        a.sum_duplicates()
    a = a.tocoo(copy=False)
    coords = a.coords if hasattr(a, "coords") else (a.row, a.col)
    return SparseTensor(np.stack(coords, 1).astype(np.int64), np.asarray(a.data), a.shape)


def fact(s: SparseTensor, name: str, find: Callable[[Any, tuple[int, ...]], Any]) -> Any:
    """What `find` says of the places and the shape, which is remembered for them."""
    found = s._facts.get(name)
    if found is None:
        found = s._facts[name] = find(_core.array_of(s._indices), s._shape)
    return found


def _check(places: Any, shape: tuple[int, ...]) -> bool:
    outside = (places < 0) | (places >= np.array(shape, np.int64))
    if outside.any():
        k = int(np.flatnonzero(outside.any(1))[0])
        raise InvalidArgumentError(
            f"indices[{k}] = {places[k].tolist()} of a SparseTensor is out of bounds: its shape is "
            f"{shape}"
        )
    return True


def numbers_of(places: Any, shape: tuple[int, ...]) -> Any:
    """A number for each place, in the order of rows; equal for equal places only."""
    if not places.shape[1]:
        return np.zeros(len(places), np.int64)
    if 0 < math.prod(shape) < 2**62:
        return np.ravel_multi_index(tuple(places.T), shape)
    return np.unique(places, axis=0, return_inverse=True)[1].reshape(-1)


def places(s: SparseTensor) -> Any:
    """The places as an array; an error if some of them are outside of the shape."""
    fact(s, "inside", _check)
    return _core.array_of(s._indices)


def numbers(s: SparseTensor) -> Any:
    """A number for each place, in the order of rows."""
    places(s)
    return fact(s, "numbers", numbers_of)


def integers(x: Any) -> list[int]:
    """The elements of axes, extents or the like, of which one may come alone."""
    return _core.array_of(x).reshape(-1).tolist()


def order_of(numbers: Any) -> Any:
    """In which order numbers rise, equal ones as they come; None if they do as they are."""
    is_sorted = (numbers[1:] >= numbers[:-1]).all()
    return None if is_sorted else np.argsort(numbers, kind="stable")


def rows(x: Tensor, which: Any) -> Tensor:
    """Elements of values, recorded."""
    return _core.gather_rows(x, which)


def made(indices: Any, values: Tensor, shape: Any) -> SparseTensor:
    return SparseTensor(np.ascontiguousarray(indices, np.int64), values, np.array(shape, np.int64))
