"""What is known of a value before it is there: ``tf.TensorSpec`` and its relatives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_c.core import _core
from autograd_c.core._core import Tensor, Variable
from autograd_c.functions.indexed_slices import IndexedSlices
from autograd_c.values.dtypes import DType, as_dtype
from autograd_c.values.shape import TensorShape

__all__ = [
    "IndexedSlicesSpec",
    "NoneTensorSpec",
    "TensorArraySpec",
    "TensorSpec",
    "TypeSpec",
    "type_spec_from_value",
]

_float32 = as_dtype("float32")
_int64 = as_dtype("int64")


class TypeSpec:
    """What is known of a value's type: the base of `TensorSpec` and others.

    Two are equal if they are of one class and say the same; they can be keys of dicts.

    >>> import autograd_c as tf
    >>> isinstance(tf.TensorSpec([2]), tf.TypeSpec)
    True
    """

    __slots__ = ()

    def __new__(cls, *args: Any, **kwargs: Any) -> TypeSpec:
        if cls is TypeSpec:
            raise TypeError("Can't instantiate abstract class TypeSpec: use one derived from it")
        return super().__new__(cls)

    def _parts(self) -> tuple[Any, ...]:
        return ()

    def _general(self, other: Any) -> TypeSpec | None:
        """The most specific one that both fit, or None."""
        return self if self == other else None

    @property
    def value_type(self) -> type:
        """The class of its values."""
        raise NotImplementedError

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """Whether a value, or another spec, fits."""
        other = spec_or_value
        if not isinstance(other, TypeSpec):
            try:
                other = type_spec_from_value(other)
            except TypeError:
                return False
        return type(other) is type(self) and self._fits(other)

    def _fits(self, other: Any) -> bool:
        return bool(self == other)

    def is_subtype_of(self, other: Any) -> bool:
        """Whether whatever fits this one fits the other."""
        return type(other) is type(self) and self._general(other) == other

    def most_specific_common_supertype(self, others: Sequence[Any]) -> TypeSpec | None:
        """The most specific spec that this one and the others are subtypes of, or None."""
        found: TypeSpec | None = self
        for other in others:
            if found is None or type(other) is not type(self):
                return None
            found = found._general(other)
        return found

    def most_specific_compatible_type(self, other: Any) -> TypeSpec:
        """The same, of one other spec.

        Raises:
            ValueError: if there is none.
        """
        found = self.most_specific_common_supertype([other])
        if found is None:
            raise ValueError(f"No TypeSpec is compatible with both {self} and {other}")
        return found

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash((type(self).__name__, *map(str, self._parts())))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._parts()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._parts()))})"


def _shape(shape: Any) -> TensorShape:
    if isinstance(shape, (Tensor, Variable)):
        shape = shape.numpy().tolist()
    return shape if isinstance(shape, TensorShape) else TensorShape(shape)


_core.compare_by_value(TypeSpec)


class TensorSpec(TypeSpec):
    """Shape and dtype of a tensor, and maybe its name.

    Args:
        shape: the extents, None for each that may be any; None if even their number may.
        dtype: of the elements.
        name: a label; it counts when specs are compared.

    Raises:
        TypeError: for what is no shape or no dtype.

    >>> import autograd_c as tf
    >>> spec = tf.TensorSpec([None, 3], tf.float32)
    >>> spec
    TensorSpec(shape=(None, 3), dtype=tf.float32, name=None)
    >>> spec.is_compatible_with(tf.zeros([5, 3])), spec.is_compatible_with(tf.zeros([5, 4]))
    (True, False)
    """

    __slots__ = ("_dtype", "_name", "_shape")

    def __init__(self, shape: Any, dtype: Any = _float32, name: str | None = None) -> None:
        if dtype is None:
            raise TypeError("Cannot convert the argument `type_value`: None to a TensorFlow DType.")
        self._shape = _shape(shape)
        self._dtype = as_dtype(dtype)
        self._name = name

    @property
    def shape(self) -> TensorShape:
        """The extents."""
        return self._shape

    @property
    def dtype(self) -> DType:
        """Of the elements."""
        return self._dtype

    @property
    def name(self) -> str | None:
        """The label, or None."""
        return self._name

    @property
    def value_type(self) -> type:
        """`tf.Tensor`."""
        return Tensor

    @classmethod
    def from_spec(cls, spec: Any, name: str | None = None) -> TensorSpec:
        """One of the shape and dtype of what has these, with that name or its own."""
        return cls(spec.shape, spec.dtype, name or getattr(spec, "name", None))

    @classmethod
    def from_tensor(cls, tensor: Any, name: str | None = None) -> TensorSpec:
        """One of a tensor's shape and dtype.

        Raises:
            ValueError: for what is no tensor.
        """
        if not isinstance(tensor, Tensor):
            raise ValueError(f"`tensor` should be a tf.Tensor, but got type {type(tensor)}.")
        return cls(_core.shape_for_caller(tensor), tensor.dtype, name)

    def flatten(self) -> list[Any]:
        """Itself, in a list: a tensor is its only part."""
        return [self]

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """Whether a tensor, or another spec, fits; whatever else does not."""
        other = spec_or_value
        return isinstance(other, (TensorSpec, Tensor)) and self._fits(other)

    def _parts(self) -> tuple[Any, ...]:
        return self._shape, self._dtype, self._name

    def _fits(self, other: Any) -> bool:
        return self._dtype == other.dtype and self._shape.is_compatible_with(other.shape)

    def _general(self, other: Any) -> TensorSpec | None:
        shape = self._shape.most_specific_common_supertype([other.shape])
        if shape is None or self._dtype != other.dtype:
            return None
        return TensorSpec(shape, self._dtype, self._name if self._name == other.name else None)

    def is_subtype_of(self, other: Any) -> bool:
        """Whether a tensor that fits this one fits the other, whatever their names."""
        return (
            isinstance(other, TensorSpec)
            and self._dtype == other.dtype
            and self._shape.is_subtype_of(other.shape)
        )

    def __repr__(self) -> str:
        return f"TensorSpec(shape={self._shape}, dtype={self._dtype!r}, name={self._name!r})"


class IndexedSlicesSpec(TypeSpec):
    """Shape and dtypes of `tf.IndexedSlices`.

    Args:
        shape: of the dense tensor; None if it may be any.
        dtype: of the rows.
        indices_dtype: of their indices.
        dense_shape_dtype: of the dense shape, None if that is not known.
        indices_shape: of the indices; any number of them by default.

    >>> import autograd_c as tf
    >>> tf.IndexedSlicesSpec([None, 2]).dtype
    tf.float32
    """

    __slots__ = ("_dense_shape_dtype", "_dtype", "_indices_dtype", "_indices_shape", "_shape")

    def __init__(
        self,
        shape: Any = None,
        dtype: Any = _float32,
        indices_dtype: Any = _int64,
        dense_shape_dtype: Any = None,
        indices_shape: Any = None,
    ) -> None:
        self._shape = _shape(shape)
        self._dtype = as_dtype(dtype)
        self._indices_dtype = as_dtype(indices_dtype)
        self._dense_shape_dtype = None if dense_shape_dtype is None else as_dtype(dense_shape_dtype)
        self._indices_shape = _shape([None] if indices_shape is None else indices_shape)

    @property
    def shape(self) -> TensorShape:
        """Of the dense tensor."""
        return self._shape

    @property
    def dtype(self) -> DType:
        """Of the rows."""
        return self._dtype

    @property
    def value_type(self) -> type:
        """`tf.IndexedSlices`."""
        return IndexedSlices

    def _parts(self) -> tuple[Any, ...]:
        return (
            self._shape,
            self._dtype,
            self._indices_dtype,
            self._dense_shape_dtype,
            self._indices_shape,
        )

    def _fits(self, other: Any) -> bool:
        return (
            self._parts()[1:4] == other._parts()[1:4]
            and self._shape.is_compatible_with(other.shape)
            and self._indices_shape.is_compatible_with(other._indices_shape)
        )

    def _general(self, other: Any) -> IndexedSlicesSpec | None:
        shape = self._shape.most_specific_common_supertype([other.shape])
        rows = self._indices_shape.most_specific_common_supertype([other._indices_shape])
        if shape is None or rows is None or self._parts()[1:4] != other._parts()[1:4]:
            return None
        return IndexedSlicesSpec(
            shape, self._dtype, self._indices_dtype, self._dense_shape_dtype, rows
        )


class TensorArraySpec(TypeSpec):
    """What a `tf.TensorArray` holds.

    Args:
        element_shape: of its elements; None if it may be any.
        dtype: of its elements.
        dynamic_size: whether it grows.
        infer_shape: whether all elements have one shape.

    >>> import autograd_c as tf
    >>> tf.type_spec_from_value(tf.TensorArray(tf.float32, size=2, element_shape=[3]))
    TensorArraySpec(TensorShape([3]), tf.float32, False, True)
    """

    __slots__ = ("_dtype", "_dynamic_size", "_element_shape", "_infer_shape")

    def __init__(
        self,
        element_shape: Any = None,
        dtype: Any = _float32,
        dynamic_size: bool = False,
        infer_shape: bool = True,
    ) -> None:
        self._element_shape = _shape(element_shape)
        self._dtype = as_dtype(dtype)
        self._dynamic_size = dynamic_size
        self._infer_shape = infer_shape

    @property
    def value_type(self) -> type:
        """`tf.TensorArray`."""
        from autograd_c.control.tensor_array import TensorArray

        return TensorArray

    def _parts(self) -> tuple[Any, ...]:
        return self._element_shape, self._dtype, self._dynamic_size, self._infer_shape

    def _fits(self, other: Any) -> bool:
        return self._parts()[1:] == other._parts()[1:] and self._element_shape.is_compatible_with(
            other._element_shape
        )

    def _general(self, other: Any) -> TensorArraySpec | None:
        shape = self._element_shape.most_specific_common_supertype([other._element_shape])
        if shape is None or self._parts()[1:] != other._parts()[1:]:
            return None
        return TensorArraySpec(shape, *self._parts()[1:])


class NoneTensorSpec(TypeSpec):
    """The type of None, in the place of a tensor.

    >>> import autograd_c as tf
    >>> tf.NoneTensorSpec().is_compatible_with(None)
    True
    """

    __slots__ = ()

    @property
    def value_type(self) -> type:
        """The class of None."""
        return type(None)


def type_spec_from_value(value: Any) -> TypeSpec:
    """What is known of a value: a `TensorSpec` of a tensor, and of what can become one.

    Args:
        value: a tensor, Variable, number, array, `IndexedSlices`, `TensorArray` or None.

    Raises:
        TypeError: for a value of which there is no spec.

    >>> import autograd_c as tf
    >>> tf.type_spec_from_value(tf.constant([1, 2]))
    TensorSpec(shape=(2,), dtype=tf.int32, name=None)
    """
    if isinstance(value, (Tensor, Variable)):
        return TensorSpec(_core.shape_for_caller(value), value.dtype)
    if value is None:
        return NoneTensorSpec()
    if isinstance(value, IndexedSlices):
        dense = value.dense_shape
        return IndexedSlicesSpec(
            value.shape,
            value.dtype,
            value.indices.dtype,
            None if dense is None else dense.dtype,
            value.indices.shape,
        )
    of_its_own = getattr(value, "_type_spec", None)
    if isinstance(of_its_own, TypeSpec):
        return of_its_own
    try:
        tensor = _core.convert_to_tensor(value)
    except (TypeError, ValueError):
        raise TypeError(
            f"Could not build a TypeSpec for {value!r} of unsupported type {type(value)}."
        ) from None
    return TensorSpec(tensor.shape, tensor.dtype)
