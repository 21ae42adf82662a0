"""Operations of the user's own, given as C functions: `c_operation`."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.values import dtypes

__all__ = ["COperation", "c_operation", "get_include"]

_CAPSULE = b"autograd_c_operation"
_VERSION = 1
_DTYPES = {"float32": 1, "float64": 2, "complex64": 3, "complex128": 4}

_Function: Any = ctypes.CFUNCTYPE(None).__mro__[1]  # the class of all functions of ctypes
_Pointers = ctypes.POINTER(ctypes.c_void_p)
_Dimensions = ctypes.POINTER(ctypes.c_int64)
_Value = ctypes.CFUNCTYPE(ctypes.c_int32, _Pointers, ctypes.c_void_p, _Dimensions, ctypes.c_void_p)
_VJP = ctypes.CFUNCTYPE(
    ctypes.c_int32, _Pointers, ctypes.c_void_p, ctypes.c_void_p, _Pointers, _Dimensions,
    ctypes.c_void_p,
)  # fmt: skip
_JVP = ctypes.CFUNCTYPE(
    ctypes.c_int32, _Pointers, ctypes.c_void_p, _Pointers, ctypes.c_void_p, _Dimensions,
    ctypes.c_void_p,
)  # fmt: skip


class COperation(ctypes.Structure):
    """The structure `autograd_c_operation` of the header autograd_c.h, for ctypes.

    Fields: `version` (1), `dtype` (1 float32, 2 float64, 3 complex64, 4 complex128), `name` and
    `signature` (bytes), the functions `value`, `vjp` and `jvp`, `user_data` (an address), and
    `release`, which is called with that when nothing needs it any more. `c_operation` takes one.

    `COperation.Value`, `COperation.VJP` and `COperation.JVP` are the types of its functions, with
    which a Python function is made one of C's, for trying things out.
    """

    Value = _Value
    VJP = _VJP
    JVP = _JVP

    version: int
    dtype: int
    name: bytes
    signature: bytes
    value: Any
    vjp: Any
    jvp: Any
    user_data: int | None
    release: Any

    _fields_ = [
        ("version", ctypes.c_int32),
        ("dtype", ctypes.c_int32),
        ("name", ctypes.c_char_p),
        ("signature", ctypes.c_char_p),
        ("value", _Value),
        ("vjp", _VJP),
        ("jvp", _JVP),
        ("user_data", ctypes.c_void_p),
        ("release", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
    ]


def get_include() -> str:
    """The folder of the header autograd_c.h, for a C compiler's option -I.

    >>> import autograd_c as tf
    >>> import os
    >>> os.listdir(tf.func.get_include())
    ['autograd_c.h']
    """
    return str(Path(__file__).resolve().parent.parent / "include")


def c_operation(
    operation: Any = None,
    *,
    value: Any = None,
    vjp: Any = None,
    jvp: Any = None,
    signature: str = "()->()",
    dtype: Any = "float64",
    name: str | None = None,
    user_data: Any = None,
) -> Callable[..., Tensor]:
    """Make an operation of C functions, which sweeps call without Python and without the GIL.

    Args:
        operation: the structure `autograd_c_operation` (see the header autograd_c.h in
            `get_include()`): a `COperation`, a ctypes pointer or an address of one, or a PyCapsule
            of the name "autograd_c_operation". Or None, and its fields are given one by one:
        value: the function that computes the output. This one, `vjp` and `jvp` are addresses,
            ctypes functions, what `numba.cfunc` makes, or PyCapsules, of functions as the header
            describes them: `value(inputs, output, dimensions, user_data)`, all pointers, which
            returns 0.
        vjp: `vjp(inputs, output, cotangent, cotangents, dimensions, user_data)`; None: there are
            no gradients.
        jvp: `jvp(inputs, output, tangents, tangent, dimensions, user_data)`; None: no forward mode.
            If numbers go to a number ("(),()->()"), one of the two will do.
        signature: the extents of one problem, as of NumPy's generalized universal functions.
        dtype: of all operands: float32, float64, complex64 or complex128.
        name: for messages; by default that of `value`, if it has one.
        user_data: what the functions get as their last argument: an address, a ctypes object or
            pointer, a NumPy array (the address of its elements), or a PyCapsule. It is kept alive.

    Returns:
        A function of tensors (or Variables, arrays, numbers), one for each input, whose result is
        one record on the tapes. Operands of other dtypes are cast where that is safe, and further
        axes in front of those of the signature are broadcast: the functions get all problems at
        once. Derivatives of the first order only: for more, give an operation its derivative
        by `tf.custom_gradient`, as another operation.

    Raises:
        ValueError: if the structure or the signature makes no sense.
        TypeError: for other kinds of arguments.

    The function that is returned raises a ValueError for shapes that do not fit the signature, a
    TypeError for dtypes that cannot be cast, and, as gradients do, `tf.errors.UnknownError` if a
    function returns another number than 0, and `tf.errors.UnimplementedError` if there is none.
    Other threads run meanwhile, unless a function of numbers is so fast that it would cost more to
    let them. What a function does not write is NaN. Python functions behind ctypes cannot raise:
    ctypes prints their exceptions, and the result is NaN or such an UnknownError.

    >>> import autograd_c as tf
    >>> import ctypes
    >>> doubles = ctypes.POINTER(ctypes.c_double)
    >>> @tf.func.COperation.Value
    ... def cube(inputs, output, dimensions, user_data):
    ...     x, y = ctypes.cast(inputs[0], doubles), ctypes.cast(output, doubles)
    ...     for i in range(dimensions[0]):
    ...         y[i] = x[i] ** 3
    ...     return 0
    >>> @tf.func.COperation.VJP
    ... def cube_vjp(inputs, output, cotangent, cotangents, dimensions, user_data):
    ...     x, g = ctypes.cast(inputs[0], doubles), ctypes.cast(cotangent, doubles)
    ...     gx = ctypes.cast(cotangents[0], doubles)
    ...     for i in range(dimensions[0]):
    ...         gx[i] = g[i] * 3 * x[i] ** 2
    ...     return 0
    >>> f = tf.func.c_operation(value=cube, vjp=cube_vjp, name="cube")
    >>> print(f([1.0, 2.0]).numpy(), tf.func.grad(f)(2.0).numpy())
    [1. 8.] 12.0
    """
    keep = (operation, value, vjp, jvp, user_data)
    if operation is not None:
        if any(x is not None for x in keep[1:]) or name is not None:
            raise TypeError("c_operation takes a structure or its fields, not both")
        return _core.make_c_operation(_structure_address(operation), keep)
    if value is None:
        raise TypeError("c_operation needs a structure, or a function `value`")
    code = _DTYPES.get(dtypes.as_dtype(dtype).name)
    if code is None:
        raise TypeError(f"the dtype of a C operation is one of {', '.join(_DTYPES)}, not {dtype!r}")
    made = COperation(_VERSION, code)
    made.name = str(name or getattr(value, "__name__", None) or "c_operation").encode()
    made.signature = str(signature).encode()
    for field, kind, function in (("value", _Value, value), ("vjp", _VJP, vjp), ("jvp", _JVP, jvp)):
        if function is not None:
            setattr(made, field, kind(_address(function, field)))
    if user_data is not None:
        made.user_data = _data_address(user_data)
    return _core.make_c_operation(ctypes.addressof(made), keep)


def _is_capsule(x: object) -> bool:
    return type(x).__name__ == "PyCapsule"


def _capsule_address(capsule: object, name: bytes | None = None) -> int:
    """The pointer in a capsule, which must have the given name if there is one."""
    pythonapi = ctypes.pythonapi
    pythonapi.PyCapsule_GetName.restype = ctypes.c_char_p
    pythonapi.PyCapsule_GetName.argtypes = [ctypes.py_object]
    pythonapi.PyCapsule_GetPointer.restype = ctypes.c_void_p
    pythonapi.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    own = pythonapi.PyCapsule_GetName(capsule)
    if name is not None and own != name:
        raise ValueError(f"a PyCapsule of the name {name.decode()!r} is needed, not {capsule!r}")
    return int(pythonapi.PyCapsule_GetPointer(capsule, own))


def _structure_address(x: Any) -> int:
    if _is_capsule(x):
        return _capsule_address(x, _CAPSULE)
    return _checked_address(_data_address(x), "structure")


def _address(function: Any, what: str) -> int:
    """The address of a C function, however it is given."""
    address = function
    if _is_capsule(function):
        address = _capsule_address(function)
    elif isinstance(function, _Function):
        address = ctypes.cast(function, ctypes.c_void_p).value
    elif type(getattr(function, "address", None)) is int:  # numba.cfunc
        address = function.address
    elif type(function) is not int:
        raise TypeError(
            f"`{what}` must be an address, a ctypes function, a numba.cfunc or a PyCapsule, not "
            f"{function!r}"
        )
    return _checked_address(address, what)


def _data_address(x: Any) -> int | None:
    if _is_capsule(x):
        return _capsule_address(x)
    if isinstance(x, np.ndarray):
        return x.ctypes.data
    if isinstance(x, ctypes.c_void_p):
        return x.value
    if isinstance(x, (ctypes.Structure, ctypes.Union, ctypes.Array, ctypes._SimpleCData)):
        return ctypes.addressof(x)
    if isinstance(x, ctypes._Pointer):
        return ctypes.cast(x, ctypes.c_void_p).value
    if type(x) is int:
        return x
    raise TypeError(f"an address, a ctypes object, an array or a PyCapsule is needed, not {x!r}")


def _checked_address(address: int | None, what: str) -> int:
    if not address:
        raise ValueError(f"the address of the {what} is null")
    return address
