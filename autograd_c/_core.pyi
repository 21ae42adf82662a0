# The compiled core, as type checkers see it. What is said here of operations that are no method is
# repeated nowhere: the other stubs import it.

from collections.abc import Callable, Iterator, Sequence
from types import EllipsisType, TracebackType
from typing import (
    Any,
    ClassVar,
    Generic,
    Literal,
    Protocol,
    SupportsIndex,
    TypeAlias,
    TypeVar,
    final,
    overload,
)

import numpy as np
from typing_extensions import Never, Self, TypeIs

from autograd_c.dtypes import DType
from autograd_c.shape import TensorShape
from autograd_c.typing import AxisLike, DTypeLike, ShapeLike, TensorLike
from autograd_c.unconnected import UnconnectedGradients

_K = TypeVar("_K")
_T = TypeVar("_T", bound=_TensorOperators)  # of sources that may be tensors, Variables or both

class _SupportsArray(Protocol):
    def __array__(self) -> np.ndarray[Any, Any]: ...

# The other operand of an operator.
_Operand: TypeAlias = (
    Tensor
    | Variable
    | complex
    | np.generic
    | np.ndarray[Any, Any]
    | list[Any]
    | tuple[Any, ...]
    | _SupportsArray
)
_Item: TypeAlias = SupportsIndex | slice | EllipsisType | list[Any] | None

# Types of `gradient`: with "zero", no answer is None.
_Zero: TypeAlias = Literal["zero", UnconnectedGradients.ZERO]
_Unconnected: TypeAlias = Literal["none", "zero"] | UnconnectedGradients

# What tensors and Variables have in common. (No such class exists at run time.)
class _TensorOperators:
    @property
    def shape(self) -> TensorShape: ...
    @property
    def dtype(self) -> DType: ...
    @property
    def ndim(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def device(self) -> str: ...
    @property
    def T(self) -> Tensor: ...
    def get_shape(self) -> TensorShape: ...
    # An array, or a scalar for a 0-d tensor.
    def numpy(self) -> Any: ...
    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any: ...
    def __format__(self, spec: str, /) -> str: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]
    def __bool__(self) -> bool: ...
    def __float__(self) -> float: ...
    def __int__(self) -> int: ...
    def __complex__(self) -> complex: ...
    def __index__(self) -> int: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Tensor]: ...
    def __getitem__(self, key: _Item | tuple[_Item, ...], /) -> Tensor: ...
    def __contains__(self, x: object, /) -> bool: ...
    def __round__(self, digits: SupportsIndex | None = None) -> Tensor: ...
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, memo: dict[int, Any]) -> Self: ...
    def __neg__(self) -> Tensor: ...
    def __pos__(self) -> Tensor: ...
    def __abs__(self) -> Tensor: ...
    def __invert__(self) -> Tensor: ...
    def __add__(self, other: _Operand, /) -> Tensor: ...
    def __radd__(self, other: _Operand, /) -> Tensor: ...
    def __sub__(self, other: _Operand, /) -> Tensor: ...
    def __rsub__(self, other: _Operand, /) -> Tensor: ...
    def __mul__(self, other: _Operand, /) -> Tensor: ...
    def __rmul__(self, other: _Operand, /) -> Tensor: ...
    def __truediv__(self, other: _Operand, /) -> Tensor: ...
    def __rtruediv__(self, other: _Operand, /) -> Tensor: ...
    def __floordiv__(self, other: _Operand, /) -> Tensor: ...
    def __rfloordiv__(self, other: _Operand, /) -> Tensor: ...
    def __mod__(self, other: _Operand, /) -> Tensor: ...
    def __rmod__(self, other: _Operand, /) -> Tensor: ...
    def __divmod__(self, other: _Operand, /) -> tuple[Tensor, Tensor]: ...
    def __rdivmod__(self, other: _Operand, /) -> tuple[Tensor, Tensor]: ...
    def __pow__(self, other: _Operand, modulus: None = None, /) -> Tensor: ...
    def __rpow__(self, other: _Operand, modulus: None = None, /) -> Tensor: ...
    def __matmul__(self, other: _Operand, /) -> Tensor: ...
    def __rmatmul__(self, other: _Operand, /) -> Tensor: ...
    def __and__(self, other: _Operand, /) -> Tensor: ...
    def __rand__(self, other: _Operand, /) -> Tensor: ...
    def __or__(self, other: _Operand, /) -> Tensor: ...
    def __ror__(self, other: _Operand, /) -> Tensor: ...
    def __xor__(self, other: _Operand, /) -> Tensor: ...
    def __rxor__(self, other: _Operand, /) -> Tensor: ...
    def __lshift__(self, other: _Operand, /) -> Tensor: ...
    def __rlshift__(self, other: _Operand, /) -> Tensor: ...
    def __rshift__(self, other: _Operand, /) -> Tensor: ...
    def __rrshift__(self, other: _Operand, /) -> Tensor: ...
    def __eq__(self, other: _Operand, /) -> Tensor: ...  # type: ignore[override]
    def __ne__(self, other: _Operand, /) -> Tensor: ...  # type: ignore[override]
    def __lt__(self, other: _Operand, /) -> Tensor: ...
    def __le__(self, other: _Operand, /) -> Tensor: ...
    def __gt__(self, other: _Operand, /) -> Tensor: ...
    def __ge__(self, other: _Operand, /) -> Tensor: ...

@final
class Tensor(_TensorOperators):
    # Made by functions, not by calling the class.
    def __init__(self, never: Never, /) -> None: ...
    @property
    def itemsize(self) -> int: ...
    @property
    def nbytes(self) -> int: ...
    @property
    def name(self) -> None: ...
    @property
    def mT(self) -> Tensor: ...
    def set_shape(self, shape: TensorShape | Sequence[int | None] | None) -> None: ...
    def item(self) -> Any: ...
    def tolist(self) -> Any: ...
    def ref(self) -> Reference[Tensor]: ...
    def experimental_ref(self) -> Reference[Tensor]: ...
    def cpu(self) -> Tensor: ...
    def eval(self, feed_dict: object = None, session: object = None) -> Any: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...
    def __reduce_ex__(self, protocol: SupportsIndex, /) -> tuple[Any, ...]: ...

class Variable(_TensorOperators):
    def __init__(
        self,
        initial_value: TensorLike | Callable[[], TensorLike],
        trainable: bool | None = None,
        validate_shape: object = True,
        caching_device: object = None,
        name: str | None = None,
        variable_def: object = None,
        dtype: DTypeLike | None = None,
        import_scope: object = None,
        constraint: Callable[[Tensor], TensorLike] | None = None,
        synchronization: object = None,
        aggregation: object = None,
        shape: TensorShape | Sequence[int | None] | None = None,
    ) -> None: ...
    @property
    def name(self) -> str: ...
    @property
    def trainable(self) -> bool: ...
    @property
    def constraint(self) -> Callable[[Tensor], TensorLike] | None: ...
    def value(self) -> Tensor: ...
    def read_value(self) -> Tensor: ...
    def ref(self) -> Reference[Variable]: ...
    def experimental_ref(self) -> Reference[Variable]: ...
    @overload
    def assign(
        self,
        value: TensorLike,
        use_locking: object = False,
        name: str | None = None,
        read_value: Literal[True] = True,
    ) -> Self: ...
    @overload
    def assign(
        self,
        value: TensorLike,
        use_locking: object = False,
        name: str | None = None,
        *,
        read_value: Literal[False],
    ) -> None: ...
    @overload
    def assign_add(
        self,
        delta: TensorLike,
        use_locking: object = False,
        name: str | None = None,
        read_value: Literal[True] = True,
    ) -> Self: ...
    @overload
    def assign_add(
        self,
        delta: TensorLike,
        use_locking: object = False,
        name: str | None = None,
        *,
        read_value: Literal[False],
    ) -> None: ...
    @overload
    def assign_sub(
        self,
        delta: TensorLike,
        use_locking: object = False,
        name: str | None = None,
        read_value: Literal[True] = True,
    ) -> Self: ...
    @overload
    def assign_sub(
        self,
        delta: TensorLike,
        use_locking: object = False,
        name: str | None = None,
        *,
        read_value: Literal[False],
    ) -> None: ...
    # They raise: see `assign_add` and its relatives.
    __iadd__: ClassVar[None]
    __isub__: ClassVar[None]
    __imul__: ClassVar[None]
    __itruediv__: ClassVar[None]
    __ifloordiv__: ClassVar[None]
    __imod__: ClassVar[None]
    __ipow__: ClassVar[None]

class Reference(Generic[_T]):
    def __init__(self, referent: _T) -> None: ...
    def deref(self) -> _T: ...
    def __hash__(self) -> int: ...

class GradientTape:
    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
    # A tensor or a Variable, or a structure of them.
    def watch(self, tensor: object) -> None: ...
    def watched_variables(self) -> tuple[Variable, ...]: ...
    def stop_recording(self) -> _StopRecording: ...
    def reset(self) -> None: ...
    # The answer has the structure of the sources.
    @overload
    def gradient(
        self,
        target: object,
        sources: _TensorOperators,
        output_gradients: object = None,
        *,
        unconnected_gradients: _Zero,
    ) -> Tensor: ...
    @overload
    def gradient(
        self,
        target: object,
        sources: list[_T],
        output_gradients: object = None,
        *,
        unconnected_gradients: _Zero,
    ) -> list[Tensor]: ...
    @overload
    def gradient(
        self,
        target: object,
        sources: tuple[_TensorOperators, ...],
        output_gradients: object = None,
        *,
        unconnected_gradients: _Zero,
    ) -> tuple[Tensor, ...]: ...
    @overload
    def gradient(
        self,
        target: object,
        sources: dict[_K, _T],
        output_gradients: object = None,
        *,
        unconnected_gradients: _Zero,
    ) -> dict[_K, Tensor]: ...
    @overload
    def gradient(
        self,
        target: object,
        sources: _TensorOperators,
        output_gradients: object = None,
        unconnected_gradients: _Unconnected = ...,
    ) -> Tensor | None: ...
    @overload
    def gradient(
        self,
        target: object,
        sources: list[_T],
        output_gradients: object = None,
        unconnected_gradients: _Unconnected = ...,
    ) -> list[Tensor | None]: ...
    @overload
    def gradient(
        self,
        target: object,
        sources: tuple[_TensorOperators, ...],
        output_gradients: object = None,
        unconnected_gradients: _Unconnected = ...,
    ) -> tuple[Tensor | None, ...]: ...
    @overload
    def gradient(
        self,
        target: object,
        sources: dict[_K, _T],
        output_gradients: object = None,
        unconnected_gradients: _Unconnected = ...,
    ) -> dict[_K, Tensor | None]: ...
    @overload
    def gradient(
        self,
        target: object,
        sources: Any,
        output_gradients: object = None,
        unconnected_gradients: _Unconnected = ...,
    ) -> Any: ...

    # For one target; for a structure of them, such an answer in each place.
    @overload
    def jacobian(
        self,
        target: _TensorOperators,
        sources: _TensorOperators,
        *,
        unconnected_gradients: _Zero,
        parallel_iterations: object = None,
        experimental_use_pfor: object = True,
    ) -> Tensor: ...
    @overload
    def jacobian(
        self,
        target: _TensorOperators,
        sources: list[_T],
        *,
        unconnected_gradients: _Zero,
        parallel_iterations: object = None,
        experimental_use_pfor: object = True,
    ) -> list[Tensor]: ...
    @overload
    def jacobian(
        self,
        target: _TensorOperators,
        sources: tuple[_TensorOperators, ...],
        *,
        unconnected_gradients: _Zero,
        parallel_iterations: object = None,
        experimental_use_pfor: object = True,
    ) -> tuple[Tensor, ...]: ...
    @overload
    def jacobian(
        self,
        target: _TensorOperators,
        sources: dict[_K, _T],
        *,
        unconnected_gradients: _Zero,
        parallel_iterations: object = None,
        experimental_use_pfor: object = True,
    ) -> dict[_K, Tensor]: ...
    @overload
    def jacobian(
        self,
        target: _TensorOperators,
        sources: _TensorOperators,
        unconnected_gradients: _Unconnected = ...,
        parallel_iterations: object = None,
        experimental_use_pfor: object = True,
    ) -> Tensor | None: ...
    @overload
    def jacobian(
        self,
        target: _TensorOperators,
        sources: list[_T],
        unconnected_gradients: _Unconnected = ...,
        parallel_iterations: object = None,
        experimental_use_pfor: object = True,
    ) -> list[Tensor | None]: ...
    @overload
    def jacobian(
        self,
        target: _TensorOperators,
        sources: tuple[_TensorOperators, ...],
        unconnected_gradients: _Unconnected = ...,
        parallel_iterations: object = None,
        experimental_use_pfor: object = True,
    ) -> tuple[Tensor | None, ...]: ...
    @overload
    def jacobian(
        self,
        target: _TensorOperators,
        sources: dict[_K, _T],
        unconnected_gradients: _Unconnected = ...,
        parallel_iterations: object = None,
        experimental_use_pfor: object = True,
    ) -> dict[_K, Tensor | None]: ...
    @overload
    def jacobian(
        self,
        target: Any,
        sources: Any,
        unconnected_gradients: _Unconnected = ...,
        parallel_iterations: object = None,
        experimental_use_pfor: object = True,
    ) -> Any: ...
    @overload
    def batch_jacobian(
        self,
        target: _TensorOperators,
        source: _TensorOperators,
        *,
        unconnected_gradients: _Zero,
        parallel_iterations: object = None,
        experimental_use_pfor: object = True,
    ) -> Tensor: ...
    @overload
    def batch_jacobian(
        self,
        target: _TensorOperators,
        source: _TensorOperators,
        unconnected_gradients: _Unconnected = ...,
        parallel_iterations: object = None,
        experimental_use_pfor: object = True,
    ) -> Tensor | None: ...

class _StopRecording:
    def __init__(self, tape: GradientTape) -> None: ...
    def __enter__(self) -> None: ...
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

# ---- making tensors

def set_default_float(dtype: DTypeLike) -> None: ...
def get_default_float() -> DType: ...
def constant(
    value: TensorLike,
    dtype: DTypeLike | None = None,
    shape: ShapeLike | None = None,
    name: str | None = "Const",
) -> Tensor: ...
def convert_to_tensor(
    value: TensorLike,
    dtype: DTypeLike | None = None,
    dtype_hint: DTypeLike | None = None,
    name: str | None = None,
) -> Tensor: ...
def full(shape: ShapeLike, value: float, dtype: DTypeLike | None = None) -> Tensor: ...
def identity(input: TensorLike, name: str | None = None) -> Tensor: ...
def stop_gradient(input: TensorLike, name: str | None = None) -> Tensor: ...
def is_tensor(x: object) -> TypeIs[Tensor | Variable]: ...
def cast(x: TensorLike, dtype: DTypeLike, name: str | None = None) -> Tensor: ...

# ---- elementwise, but for what the operation table makes

def divide(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor: ...
def round(x: TensorLike, name: str | None = None) -> Tensor: ...
def select(condition: TensorLike, x: TensorLike, y: TensorLike) -> Tensor: ...
def conj(x: TensorLike, name: str | None = None) -> Tensor: ...
def real(input: TensorLike, name: str | None = None) -> Tensor: ...
def imag(input: TensorLike, name: str | None = None) -> Tensor: ...

# ---- shapes

def reshape(tensor: TensorLike, shape: ShapeLike, name: str | None = None) -> Tensor: ...
def transpose(
    a: TensorLike,
    perm: ShapeLike | None = None,
    conjugate: bool = False,
    name: str | None = "transpose",
) -> Tensor: ...
def broadcast_to(input: TensorLike, shape: ShapeLike, name: str | None = None) -> Tensor: ...
def concat(values: TensorLike, axis: SupportsIndex, name: str | None = "concat") -> Tensor: ...
def stack(values: TensorLike, axis: SupportsIndex = 0, name: str | None = "stack") -> Tensor: ...
def unstack(
    value: TensorLike,
    num: int | None = None,
    axis: SupportsIndex = 0,
    name: str | None = "unstack",
) -> list[Tensor]: ...
def slice_axis(value: TensorLike, axis: int, start: int, count: int) -> Tensor: ...
def diagonal_view(value: TensorLike, labels: str, out_labels: str) -> Tensor: ...
def reverse_axes(value: TensorLike, axes: AxisLike) -> Tensor: ...

# ---- reductions, products, indices

def reduce(kind: str, input_tensor: TensorLike, axis: AxisLike, keepdims: bool) -> Tensor: ...
def arg_extremum(
    input: TensorLike, axis: SupportsIndex | None, dtype: DTypeLike, largest: bool
) -> Tensor: ...
def matmul(
    a: TensorLike,
    b: TensorLike,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: object = False,
    b_is_sparse: object = False,
    output_type: DTypeLike | None = None,
    grad_a: object = False,
    grad_b: object = False,
    name: str | None = None,
) -> Tensor: ...
def gather_rows(params: TensorLike, indices: TensorLike) -> Tensor: ...
def set_advanced_index(function: Callable[[Tensor, tuple[Any, ...]], Tensor]) -> None: ...
def bad_index(item: object) -> Exception: ...

# ---- rules written in Python

def record_custom(
    inputs: list[Any],
    outputs: list[Any],
    rule: Callable[[list[Tensor], list[bool]], Sequence[Tensor | None]],
) -> list[Tensor]: ...
def watch_reads(seen: list[Any]) -> None: ...
def unwatch_reads(seen: list[Any]) -> None: ...

# ---- about the engine

def make_function(code: int, name: str, doc: str, module: str) -> Callable[..., Tensor]: ...
def operation_table() -> list[dict[str, Any]]: ...
def build_info() -> dict[str, str]: ...
def free_cached_memory() -> None: ...
def variable_order(v: Variable) -> int: ...
