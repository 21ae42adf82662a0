"""``tf.TensorArray``: a list of tensors that loops fill."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_c.control.specs import TensorArraySpec
from autograd_c.core import _core
from autograd_c.core._core import Tensor, Variable
from autograd_c.functions.arrays import where, zeros
from autograd_c.functions.indexed_slices import gather
from autograd_c.functions.scattering import tensor_scatter_nd_update
from autograd_c.values.dtypes import DType, as_dtype
from autograd_c.values.errors import (
    InvalidArgumentError,
    OutOfRangeError,
    ResourceExhaustedError,
    UnimplementedError,
)
from autograd_c.values.shape import TensorShape

__all__ = ["TensorArray"]

_CLEARED: Any = object()


def element(value: Any, dtype: DType) -> Tensor:
    """A value as a tensor of that dtype, which numbers become and tensors must have."""
    tensor = value if type(value) is Tensor else _core.convert_to_tensor(value, dtype_hint=dtype)
    if tensor.dtype is not dtype:
        raise InvalidArgumentError(
            f"TensorArray dtype is {dtype.name} but Op is trying to write dtype {tensor.dtype.name}"
        )
    return tensor


def _unwritten(size: Any) -> list[Any]:
    """The elements of an array that nothing was written to."""
    given = int(size)
    if not 0 <= given < 2**31:
        raise InvalidArgumentError(f"[TensorArray] size must be from 0 to {2**31 - 1}, got {given}")
    try:
        return [None] * given
    except MemoryError:
        raise ResourceExhaustedError(
            f"[TensorArray] there is no memory for a size of {given}"
        ) from None


def check_shape(tensor: Tensor, expected: TensorShape) -> None:
    """A ValueError for a tensor of another shape."""
    if not expected.is_compatible_with(tensor.shape):
        raise ValueError(
            f"Incompatible shape for value ({tuple(tensor.shape)}), expected ({expected})"
        )


class TensorArray:
    """Tensors of one dtype by index, written and read one by one or all at once.

    Reading, stacking and so on are recorded, so that derivatives flow to whatever was written. The
    methods that write return the array itself: `array = array.write(i, x)` works in all modes of
    TensorFlow.

    Args:
        dtype: of the elements.
        size: how many there are; an integer.
        dynamic_size: whether it grows when it is written to behind its end.
        clear_after_read: whether an element can be read only once; True by default.
        infer_shape: whether all elements must have the shape of the first.
        element_shape: the shape that elements must have; None in it for what may differ.
        tensor_array_name, handle, flow, colocate_with_first_write_call, name: accepted for
            TensorFlow's sake, without effect.

    Raises:
        ValueError: without a size.

    >>> import autograd_c as tf
    >>> x = tf.constant([1.0, 2.0, 3.0])
    >>> with tf.GradientTape() as tape:
    ...     tape.watch(x)
    ...     array = tf.TensorArray(tf.float32, size=3)
    ...     for i in range(3):
    ...         array = array.write(i, x[i] ** 2)
    ...     y = tf.reduce_sum(array.stack())
    >>> print(tape.gradient(y, x).numpy())
    [2. 4. 6.]
    """

    __slots__ = (
        "__weakref__",
        "_clears",
        "_dtype",
        "_dynamic",
        "_infers",
        "_list",
        "_part",
        "_rows",
        "_shape",
    )

    def __init__(
        self,
        dtype: Any,
        size: Any = None,
        dynamic_size: bool | None = None,
        clear_after_read: bool | None = None,
        tensor_array_name: str | None = None,
        handle: Any = None,
        flow: Any = None,
        infer_shape: bool = True,
        element_shape: Any = None,
        colocate_with_first_write_call: bool = True,
        name: str | None = None,
    ) -> None:
        if size is None:
            raise ValueError(
                "Size must be declared for TensorArrays when eager execution is enabled."
            )
        self._dtype = as_dtype(dtype)
        self._dynamic = bool(dynamic_size)
        self._clears = clear_after_read is None or bool(clear_after_read)
        self._infers = bool(infer_shape)
        self._shape = TensorShape(element_shape)
        self._list: list[Any] = _unwritten(size)
        self._rows: Tensor | None = None  # all elements, if it is not the list that has them
        self._part = _core.part_number()

    @property
    def _is_from_outside(self) -> bool:
        """Whether the body of a loop, or a branch, is being recorded that it was not made in.

        That may be run for nothing. So it reads the array, and leaves it as it is.
        """
        now: int = _core.part_number()
        return now != 0 and now != self._part

    @property
    def _elements(self) -> list[Any]:
        if self._rows is None:
            return self._list
        if self._is_from_outside:
            return _core.unstack(self._rows)
        self._list, self._rows = _core.unstack(self._rows), None
        return self._list

    def require_own(self) -> None:
        """To be called before it is changed."""
        if self._is_from_outside:
            _core.refuse_part("writes to a TensorArray from outside")

    # ------------------------------------------------------------ what it is

    @property
    def dtype(self) -> DType:
        """Of the elements."""
        return self._dtype

    @property
    def element_shape(self) -> TensorShape:
        """The shape of the elements, as far as it is known."""
        return self._shape

    @property
    def dynamic_size(self) -> bool:
        """Whether it grows when it is written to behind its end."""
        return self._dynamic

    @property
    def flow(self) -> Tensor:
        """Without meaning here: there are no graphs."""
        return _core.convert_to_tensor(0)

    @property
    def handle(self) -> None:
        """None: there are no graphs."""
        return None

    @property
    def _type_spec(self) -> TensorArraySpec:
        return TensorArraySpec(self._shape, self._dtype, self._dynamic, self._infers)

    def size(self, name: str | None = None) -> Tensor:
        """The number of elements, an int32 tensor."""
        return _core.convert_to_tensor(self._count())

    def _count(self) -> int:
        return len(self._list) if self._rows is None else self._rows.shape[0]

    def identity(self) -> TensorArray:
        """Itself."""
        return self

    def close(self, name: str | None = None) -> None:
        """Forget all elements."""
        self.require_own()
        self._elements.clear()

    def grad(self, source: str, flow: Any = None, name: str | None = None) -> TensorArray:
        """Not there: a tape finds gradients through the array by itself.

        Raises:
            NotImplementedError: always.
        """
        raise UnimplementedError(
            "TensorArray.grad is not supported when executing eagerly: a GradientTape finds "
            "gradients through the array without it"
        )

    # ------------------------------------------------------------ one element

    def write(self, index: Any, value: Any, name: str | None = None) -> TensorArray:
        """Put a value in the place of an element.

        Args:
            index: an integer.
            value: a tensor of the array's dtype, or a number.
            name: ignored.

        Raises:
            OutOfRangeError: for an index outside of the array, unless it grows.
            InvalidArgumentError: for another dtype.
            ValueError: for another shape.
        """
        self.require_own()
        index = index if type(index) is int else _index(index)
        elements = self._elements
        size = len(elements)
        if index < 0 or index >= size:
            self._check_place(index)
        tensor = element(value, self._dtype)
        if self._infers:
            shape = self._shape
            if shape.rank is None or not shape.is_fully_defined():
                check_shape(tensor, shape)
                self._shape = tensor.shape if shape.rank is None else shape.merge_with(tensor.shape)
            elif shape != tensor.shape:
                check_shape(tensor, shape)
        elif self._shape.rank is not None:
            check_shape(tensor, self._shape)
        if index >= size:
            elements.extend([None] * (index + 1 - size))
        elements[index] = tensor
        return self

    def _check_place(self, index: int) -> None:
        size = len(self._elements)
        if index < 0:
            raise OutOfRangeError(f"Writing to negative indices (index {index}) is not allowed.")
        if index >= size and not self._dynamic:
            raise OutOfRangeError(
                f"Tried to write to index {index} but array is not resizeable and size is: {size}"
            )

    def read(self, index: Any, name: str | None = None) -> Tensor:
        """An element; zeros if it was never written. Then it is gone, if `clear_after_read`.

        Raises:
            OutOfRangeError: for an index outside of the array.
            InvalidArgumentError: for an element that was read before.
            ValueError: for one that was never written, while the shape of elements is not known.
        """
        is_own = not self._is_from_outside
        if not is_own and isinstance(index, (Tensor, Variable)):
            return gather(self._rows_outside(), self._place(index))
        index = index if type(index) is int else _index(index)
        if index < 0:
            raise OutOfRangeError(f"Reading from negative indices (index {index}) is not allowed.")
        if index >= self._count():
            raise OutOfRangeError(
                f"Tried to read from index {index} but array size is: {self._count()}"
            )
        rows = self._rows
        found = self._elements[index] if is_own or rows is None else rows[index]
        if found is _CLEARED:
            raise InvalidArgumentError(
                f"Could not read index {index} twice because it was cleared after a previous read "
                "(perhaps try setting clear_after_read = false?)"
            )
        found = self._zeros() if found is None else found
        if self._clears and is_own:
            self._elements[index] = _CLEARED
        return found

    def _rows_outside(self) -> Tensor:
        """All elements, for what may read any of them."""
        if any(x is _CLEARED for x in self._list):
            _core.refuse_part("reads a TensorArray from outside that was read before")
        return self.stack()

    def _place(self, index: Any) -> Tensor:
        """An index that is out of range if it is negative, too."""
        index = _core.convert_to_tensor(index)
        if index.ndim != 0 or not index.dtype.is_integer:
            raise TypeError(f"an index into a TensorArray is an integer, not {index!r}")
        return where(index < 0, _core.convert_to_tensor(self._count(), index.dtype), index)

    def _zeros(self) -> Tensor:
        if not self._shape.is_fully_defined():
            raise ValueError(
                f"Cannot convert a partially known TensorShape {self._shape} to a Tensor: an "
                "element that was never written is zeros of the element_shape"
            )
        return zeros(self._shape, self._dtype)

    def _all(self) -> list[Tensor]:
        """The elements, zeros where there is none."""
        return [self._zeros() if x is None or x is _CLEARED else x for x in self._elements]

    # ------------------------------------------------------------ all of them

    def stack(self, name: str | None = None) -> Tensor:
        """All elements along a new first axis.

        Raises:
            ValueError: if one was never written, while the shape of elements is not known.
            InvalidArgumentError: for elements of different shapes.
        """
        if self._rows is not None:
            return _core.identity(self._rows)
        if not self._elements:
            known = self._shape.is_fully_defined()
            return zeros([0, *self._shape] if known else [0], self._dtype)
        return _core.stack(self._all(), 0)

    def gather(self, indices: Any, name: str | None = None) -> Tensor:
        """The elements of these indices along a new first axis.

        Raises:
            OutOfRangeError: for an index outside of the array.
        """
        which = np.asarray(_core.array_of(indices)).tolist()
        for index in which:
            if not 0 <= index < len(self._elements):
                raise OutOfRangeError(
                    f"Tried to read from index {index} but array size is: {len(self._elements)}"
                )
        if not which:
            known = self._shape.is_fully_defined()
            return zeros([0, *self._shape] if known else [0], self._dtype)
        every = self._elements
        chosen = [every[i] for i in which]
        return _core.stack([self._zeros() if x is None or x is _CLEARED else x for x in chosen], 0)

    def concat(self, name: str | None = None) -> Tensor:
        """All elements, one after the other along their first axis.

        Raises:
            InvalidArgumentError: if there are none, or they do not fit beside each other.
        """
        elements = self._all()
        if not elements:
            raise InvalidArgumentError("[concat] a TensorArray without elements")
        return elements[0] if len(elements) == 1 else _core.concat(elements, 0)

    def unstack(self, value: Any, name: str | None = None) -> TensorArray:
        """Make the rows of a tensor the elements.

        Raises:
            ValueError: for more rows than the array has room for, unless it grows.
        """
        self.require_own()
        whole = element(value, self._dtype)
        count = whole.shape[0] if whole.ndim else len(_core.unstack(whole))  # an error
        if count > self._count() and not self._dynamic:
            raise ValueError(
                f"Cannot unstack {count} tensors into a TensorArray of static size {self._count()}"
            )
        if count:
            self._replace([whole[0]])
            self._rows = _core.identity(whole)
        else:
            self._replace([])
        return self

    def _replace(self, elements: list[Tensor]) -> None:
        shape = self._shape
        for each in elements:
            check_shape(each, shape)
            if self._infers:
                shape = shape.merge_with(each.shape)
        self._shape = shape
        self._list, self._rows = elements, None

    def scatter(self, indices: Any, value: Any, name: str | None = None) -> TensorArray:
        """Put the rows of a tensor in the places of these elements.

        Raises:
            OutOfRangeError: for an index outside of the array, unless it grows.
            InvalidArgumentError: for another dtype.
        """
        self.require_own()
        rows = _core.unstack(element(value, self._dtype))
        places = np.asarray(_core.array_of(indices)).tolist()
        for index in places:  # before anything is written; rows are of one shape
            self._check_place(index)
        for index, row in zip(places, rows, strict=False):
            self.write(index, row)
        return self

    def split(self, value: Any, lengths: Any, name: str | None = None) -> TensorArray:
        """Make pieces of a tensor the elements: those of these lengths along its first axis.

        Raises:
            InvalidArgumentError: if the lengths do not add up to that of the tensor, or there are
                not as many as elements, unless the array grows.
        """
        self.require_own()
        whole = element(value, self._dtype)
        sizes = np.asarray(_core.array_of(lengths))
        if sizes.ndim != 1:
            raise InvalidArgumentError(
                f"Expected lengths to be a vector, received shape: {list(sizes.shape)}"
            )
        if whole.ndim == 0 or sizes.sum() != whole.shape[0]:
            raise InvalidArgumentError(
                "Expected sum of lengths to be equal to values.shape[0], but sum of lengths is "
                f"{sizes.sum()} and value's shape is: {list(whole.shape)}"
            )
        if len(sizes) != len(self._elements) and not self._dynamic:
            raise InvalidArgumentError(
                "TensorArray's size is not equal to the size of lengths "
                f"({len(self._elements)} vs. {len(sizes)}), and the TensorArray is not marked as "
                "dynamically resizeable."
            )
        ends = np.cumsum(sizes).tolist()
        pieces = [whole[end - size : end] for end, size in zip(ends, sizes.tolist(), strict=True)]
        self._infers = False  # the pieces differ
        self._replace(pieces)
        return self


class LoopArray(TensorArray):
    """An array in the body of a loop that is recorded as one: its elements are rows of a tensor.

    Args:
        array: in whose place it stands.
        carried: the tensor, made known to the loop; None while the shape of the elements is not
            known. Then the first that is written says what it is.
        carry: makes a tensor known to the loop, and gives the one to go on with.
    """

    __slots__ = ("_carry", "array")

    def __init__(
        self, array: TensorArray, carried: Tensor | None, carry: Callable[[Tensor], Tensor]
    ) -> None:
        super().__init__(array.dtype, array._count())
        self._shape, self._infers, self._clears = array._shape, array._infers, array._clears
        self._rows = carried
        self._carry = carry
        self.array = array

    @staticmethod
    def rows_of(array: TensorArray) -> Tensor | None:
        """All elements, zeros where none was written; None while their shape is not known."""
        if array._rows is None and not array._shape.is_fully_defined():
            return None
        return array.stack()

    @property
    def carried(self) -> Tensor | None:
        return self._rows

    @property
    def _elements(self) -> list[Any]:
        raise _core.PartRefused("a TensorArray that is carried by a loop is written and read alone")

    def give_back(self, rows: Tensor) -> TensorArray:
        """The array that it stands for, with the elements that the loop has left."""
        self.array._shape = self._shape
        self.array._list, self.array._rows = [], rows
        return self.array

    def write(self, index: Any, value: Any, name: str | None = None) -> LoopArray:
        self.require_own()
        tensor = element(value, self._dtype)
        check_shape(tensor, self._shape)
        if not self._infers and not self._shape.is_fully_defined():
            raise _core.PartRefused("the elements of the TensorArray may differ in shape")
        if self._rows is None:
            self._rows = self._carry(zeros([self._count(), *tensor.shape], self._dtype))
            self._shape = tensor.shape
        places = _core.reshape(self._place(index), [1, 1])
        self._rows = tensor_scatter_nd_update(self._rows, places, tensor[None])
        return self

    def read(self, index: Any, name: str | None = None) -> Tensor:
        if self._rows is None:
            raise _core.PartRefused("the shape of the elements is not known")
        return gather(self._rows, self._place(index))

    def gather(self, indices: Any, name: str | None = None) -> Tensor:
        raise _core.PartRefused("a TensorArray that is carried by a loop is written and read alone")

    def unstack(self, value: Any, name: str | None = None) -> TensorArray:
        raise _core.PartRefused("a TensorArray that is carried by a loop is written and read alone")


def _index(index: Any) -> int:
    found = np.asarray(_core.array_of(index))
    if found.ndim != 0 or found.dtype.kind not in "iu":
        raise TypeError(f"an index into a TensorArray is an integer, not {index!r}")
    return int(found)
