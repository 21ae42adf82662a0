"""NumPy's universal functions of tensors.

Each is made of NumPy's own, which says what dtype comes out, and of a recorded operation. What has
no derivative anyhow, as of integers, NumPy computes.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c import math
from autograd_c.arrays import _arguments
from autograd_c.arrays._arguments import cast, is_scalar, number, tensor
from autograd_c.arrays._ufunc_rules import OPERATIONS
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions import elementwise
from autograd_c.values import dtypes

if TYPE_CHECKING:
    from autograd_c.values.dtypes import DType

    Operation = Callable[..., Tensor]


# ------------------------------------------------------------ compositions


def _copysign(x1: Tensor, x2: Tensor) -> Tensor:
    return _core.select(np.signbit(_core.array_of(x2)), -abs(x1), abs(x1))


def _fmax(x1: Tensor, x2: Tensor) -> Tensor:
    larger = math.maximum(x1, x2)
    return _core.select(math.is_nan(x1), x2, _core.select(math.is_nan(x2), x1, larger))


def _fmin(x1: Tensor, x2: Tensor) -> Tensor:
    smaller = math.minimum(x1, x2)
    return _core.select(math.is_nan(x1), x2, _core.select(math.is_nan(x2), x1, smaller))


def _heaviside(x1: Tensor, x2: Tensor) -> Tensor:
    step = _core.select(x1 > 0, number(1, x1), number(0, x1))
    return _core.select(math.equal(x1, 0), x2, _core.select(math.is_nan(x1), x1, step))


def _trunc(x: Tensor) -> Tensor:
    return _core.convert_to_tensor(np.trunc(_core.array_of(x)))


def _ldexp(x1: Tensor, x2: Tensor) -> Tensor:
    # In two steps: the power of a huge exponent is infinite, where the product is not.
    array = _core.array_of(x2)
    half = array // 2
    for exponent in (half, array - half):
        x1 = x1 * _core.convert_to_tensor(np.ldexp(np.ones((), x1.dtype.dtype), exponent))
    return x1


def _positive(x: Tensor) -> Tensor:
    return _arguments.own(x, x)


_COMPOSED: dict[str, Operation] = {
    "conjugate": _core.conj,
    "copysign": _copysign,
    "deg2rad": lambda x: x * number(np.pi / 180, x),
    "degrees": lambda x: x * number(180 / np.pi, x),
    "fabs": math.abs,
    "float_power": math.pow,
    "fmax": _fmax,
    "fmin": _fmin,
    "heaviside": _heaviside,
    "positive": _positive,
    "rad2deg": lambda x: x * number(180 / np.pi, x),
    "radians": lambda x: x * number(np.pi / 180, x),
    "trunc": _trunc,
}


def _operations() -> dict[str, tuple[str, Operation]]:
    """The kinds of dtypes that it takes, and the operation, by the name of the ufunc."""
    found = {name: ("fc", operation) for name, operation in _COMPOSED.items()}
    found["fmax"], found["fmin"] = ("f", _fmax), ("f", _fmin)
    found.update(OPERATIONS)
    for row in _core.operation_table():
        if row["elementwise"] and row["numpy"]:
            ufunc = getattr(np, row["numpy"], None)
            if isinstance(ufunc, np.ufunc):
                found[ufunc.__name__] = row["kinds"], elementwise.of_row(row)
    found["absolute"] = "fc", math.abs  # of complex numbers too, for which there is another row
    return found


_OPERATIONS = _operations()


def _operation(name: str, dtype: DType) -> Operation | None:
    kinds, operation = _OPERATIONS.get(name, ("", None))
    kind = "f" if dtype.is_floating else "c" if dtype.is_complex else ""
    return operation if kind and kind in kinds else None


# What NumPy computes, and has no derivative where it has one of real numbers at all.
_FLAT = frozenset(
    """floor ceil trunc rint sign signbit isfinite isinf isnan isnat logical_and logical_or
    logical_xor logical_not equal not_equal less less_equal greater greater_equal floor_divide
    spacing gcd lcm invert bitwise_and bitwise_or bitwise_xor left_shift right_shift bitwise_count
    """.split()
)


# ------------------------------------------------------------ calls


@cache
def _result(ufunc: np.ufunc, *given: Any) -> DType:
    """The dtype that a ufunc makes of dtypes and of the types of Python numbers."""
    samples = [t(1) if isinstance(t, type) else np.ones(0, t.dtype) for t in given]
    with np.errstate(all="ignore"):
        return dtypes.as_dtype(np.asarray(ufunc(*samples)).dtype)


def _computed_in(ufunc: np.ufunc, numbers: list[Any]) -> tuple[DType, DType]:
    """The dtype of the operands, and of the result, as NumPy chooses them."""
    common = _arguments.common_dtype(*numbers)
    if common is dtypes.bfloat16:
        sample = _result(ufunc, *[dtypes.float32] * len(numbers))
        return common, common if sample is dtypes.float32 else sample
    result = _result(ufunc, *map(_arguments.dtype_or_kind, numbers))
    if result.is_bool or (common.is_complex and not result.is_complex):
        return common, result
    return result, result


def call(
    ufunc: np.ufunc,
    inputs: tuple[Any, ...],
    out: Any = None,
    where: Any = True,
    dtype: Any = None,
) -> Any:
    """`ufunc(*inputs)`, recorded.

    Raises:
        TypeError: for dtypes that the ufunc does not take, for `out`, and for tensors that are
            recorded if the ufunc has no derivative here.
    """
    name = ufunc.__name__
    if isinstance(out, tuple):
        (out,) = out if len(out) == 1 else (None,) if all(x is None for x in out) else (out,)
    if type(out) is Tensor:
        out[...] = call(ufunc, inputs, None, where, dtype)
        return out
    _arguments.refuse_out(out, f"numpy.{name}")
    if name == "ldexp":
        x1 = _float_of(np.ldexp, *inputs) if dtype is None else cast(tensor(inputs[0]), dtype)
        return _where(where, lambda a: _ldexp(a, inputs[1]), [x1])
    if name in ("modf", "divmod"):
        return _two_results(name, inputs, where)
    numbers = [x if is_scalar(x) else tensor(x) for x in inputs]
    if dtype is not None:
        numbers = [cast(x, _arguments.dtype_of(dtype)) for x in numbers]
    common, result = _computed_in(ufunc, numbers)
    operation = _operation(name, common)
    if operation is None:
        if (common.is_floating or common.is_complex) and name not in _FLAT:
            refuse_tracked(numbers, f"numpy.{name}", name)
        arrays = [x if is_scalar(x) else _core.array_of(x) for x in numbers]
        if where is True:
            return _core.convert_to_tensor(ufunc(*arrays))
        start = np.zeros(np.broadcast_shapes(*map(np.shape, (*arrays, where))), result.dtype)
        return _core.convert_to_tensor(ufunc(*arrays, out=start, where=_core.array_of(where)))
    return _where(where, operation, [cast(x, common) for x in numbers])


def _where(where: Any, operation: Operation, operands: list[Tensor]) -> Tensor:
    """The operation, and 0 where it is not wanted: there its operands are 1, for the gradient."""
    if where is True:
        return operation(*operands)
    mask = tensor(where)
    kept = [_core.select(mask, x, number(1, x)) for x in operands]
    y = operation(*kept)
    return _core.select(mask, y, _core.convert_to_tensor(np.zeros((), y.dtype.dtype)))


def _float_of(ufunc: np.ufunc, x: Any, *others: Any) -> Tensor:
    """The first operand in the dtype that NumPy computes in: float16 for int8."""
    t = tensor(x)
    if t.dtype.is_floating:
        return t
    samples = [np.ones(0, tensor(each).dtype.dtype) for each in (t, *others)]
    made = ufunc(*samples)
    return cast(t, dtypes.as_dtype((made[0] if isinstance(made, tuple) else made).dtype))


def _two_results(name: str, inputs: tuple[Any, ...], where: Any) -> tuple[Any, Any]:
    if name == "divmod":
        return call(np.floor_divide, inputs, where=where), call(np.remainder, inputs, where=where)
    x = _float_of(np.modf, inputs[0])
    whole = _core.convert_to_tensor(np.trunc(_core.array_of(x)))
    rest = _core.select(math.is_inf(x), _copysign(number(0, x), x), _copysign(x - whole, x))
    return rest, whole


def refuse_tracked(values: list[Any], function: str, name: str) -> None:
    """TypeError if a tape knows one of the tensors: the function has no derivative here."""
    for x in values:
        if isinstance(x, Tensor) and _core.is_recorded(x):
            raise _core.no_derivative(function, name)


# ------------------------------------------------------------ methods


def _reduce(
    ufunc: np.ufunc,
    array: Any,
    axis: Any = 0,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    from autograd_c.arrays import _reductions

    _arguments.refuse_out(out, f"numpy.{ufunc.__name__}.reduce")
    of_name: dict[str, Callable[..., Any]] = {
        "add": _reductions.sum,
        "multiply": _reductions.prod,
        "maximum": _reductions.max,
        "minimum": _reductions.min,
        "logical_and": _reductions.all,
        "logical_or": _reductions.any,
    }
    reduction = of_name.get(ufunc.__name__)
    if reduction is None:
        return _folded(ufunc, array, axis, dtype, keepdims, initial, where)
    options: dict[str, Any] = {"axis": axis, "keepdims": keepdims}
    if dtype is not None:
        options["dtype"] = dtype
    if initial is not None:
        options["initial"] = initial
    if where is not True:
        options["where"] = where
    return reduction(array, **options)


def _folded(
    ufunc: np.ufunc, array: Any, axis: Any, dtype: Any, keepdims: bool, initial: Any, where: Any
) -> Any:
    """Any other ufunc along one axis, one element after the other."""
    if where is not True:
        raise TypeError(f"numpy.{ufunc.__name__}.reduce of a tensor takes no `where`")
    x = tensor(array)
    place = _arguments.axis_within(axis, len(x.shape))
    parts: list[Any] = list(_core.unstack(x, axis=place))
    if initial is not None:
        parts.insert(0, initial)
    elif not parts:
        if ufunc.identity is None:
            raise ValueError(
                f"zero-size array to reduction operation {ufunc.__name__} which has no identity"
            )
        parts = [np.full([n for k, n in enumerate(x.shape) if k != place], ufunc.identity)]
    y = functools.reduce(lambda a, b: call(ufunc, (a, b), dtype=dtype), parts)
    y = tensor(y)
    return _core.reshape(y, [*y.shape[:place], 1, *y.shape[place:]]) if keepdims else y


def _accumulate(
    ufunc: np.ufunc, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None
) -> Any:
    from autograd_c.arrays import _reductions

    _arguments.refuse_out(out, f"numpy.{ufunc.__name__}.accumulate")
    if ufunc is np.add:
        return _reductions.cumsum(array, axis, dtype)
    if ufunc is np.multiply:
        return _reductions.cumprod(array, axis, dtype)
    x = tensor(array)
    place = _arguments.axis_within(axis, len(x.shape))
    parts = list(_core.unstack(x, axis=place))
    for k in range(1, len(parts)):
        parts[k] = call(ufunc, (parts[k - 1], parts[k]), dtype=dtype)
    return _core.stack(parts, place) if parts else _arguments.own(x, array)


def _outer(ufunc: np.ufunc, a: Any, b: Any, **options: Any) -> Any:
    first, second = tensor(a), tensor(b)
    wide = _core.reshape(first, [*first.shape, *[1] * len(second.shape)])
    return call(ufunc, (wide, second), **options)


def _reduceat(
    ufunc: np.ufunc, array: Any, indices: Any, axis: Any = 0, dtype: Any = None, out: Any = None
) -> Any:
    _arguments.refuse_out(out, f"numpy.{ufunc.__name__}.reduceat")
    x = tensor(array)
    place = _arguments.axis_within(axis, len(x.shape))
    starts = np.asarray(_core.array_of(indices), np.int64)
    if ((starts < 0) | (starts >= x.shape[place])).any():
        raise IndexError(f"index out of bounds for axis {place} with size {x.shape[place]}")
    ends = np.append(starts[1:], x.shape[place])
    before = (slice(None),) * place
    cuts = [slice(i, max(i + 1, j)) for i, j in zip(starts, ends, strict=True)]
    parts = [x[before + (cut,)] for cut in cuts]  # noqa: RUF005 (unpacked it is no index for 3.10)
    return _core.stack([_reduce(ufunc, part, place, dtype) for part in parts], place)


# The methods of `x.at[indices]` that do what `at` of a ufunc does.
_AT = {
    "add": "add",
    "subtract": "subtract",
    "multiply": "multiply",
    "divide": "divide",
    "maximum": "max",
    "minimum": "min",
    "power": "power",
}


def _plain(x: Any) -> Any:
    """An index or an operand with arrays for tensors."""
    if isinstance(x, tuple):
        return tuple([_plain(each) for each in x])
    return _core.array_of(x) if _core.is_tensor(x) else x


def _at(ufunc: np.ufunc, a: Any, indices: Any, b: Any = None) -> None:
    """In the place of what the tensor is, recorded as an assignment to it."""
    if isinstance(a, Tensor) and not _core.is_recorded(a) and not _core.is_recorded(b):
        array = np.array(_core.array_of(a))
        ufunc.at(array, *[_plain(x) for x in (indices, b) if x is not None])
        a[...] = array
        return
    how = _AT.get(ufunc.__name__)
    if how is None or b is None or not isinstance(a, Tensor):
        raise TypeError(
            f"numpy.{ufunc.__name__}.at of {type(a).__name__} and a tensor is not recorded: "
            f"{', '.join(_AT)} of tensors are"
        )
    a[...] = getattr(a.at[indices], how)(b)


_METHODS: dict[str, Callable[..., Any]] = {
    "reduce": _reduce,
    "accumulate": _accumulate,
    "outer": _outer,
    "reduceat": _reduceat,
}


def dispatch(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """What NumPy asks for when it is given a tensor: a call, or a method, of a ufunc."""
    if getattr(np, ufunc.__name__, None) is not ufunc:
        return _foreign(ufunc, method, inputs, options)
    if method == "__call__" and _is_in_place(inputs, options):
        return _foreign(ufunc, method, inputs, options)
    if method == "__call__" and ufunc.signature is not None:  # of vectors and matrices
        from autograd_c.arrays import _products

        return getattr(_products, ufunc.__name__)(*inputs, **options)
    if method == "__call__":
        taken = {key: options.pop(key) for key in ("out", "where", "dtype") if key in options}
        _check_options(ufunc, options)
        return call(ufunc, inputs, **taken)
    if method == "at":
        if not _core.is_tensor(inputs[0]):
            return _foreign(ufunc, method, inputs, options)
        return _at(ufunc, *inputs, **options)
    return _METHODS[method](ufunc, *inputs, **options)


def _is_in_place(inputs: tuple[Any, ...], options: dict[str, Any]) -> bool:
    """Whether this is `array -= tensor`, and no derivative is lost by it."""
    written = options.get("out", ())
    if len(written) != 1 or written[0] is not inputs[0] or not isinstance(inputs[0], np.ndarray):
        return False
    return not any(_core.is_recorded(x) for x in (*inputs, *options.values()))


def _foreign(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """A ufunc of SciPy's or the user's: computed with arrays, if no derivative is lost by it."""
    written = inputs[:1] if method == "at" else options.get("out", ())
    if any(_core.is_tensor(x) for x in written):
        raise TypeError(f"the ufunc {ufunc.__name__} cannot write to a tensor")
    values = [*inputs, *options.values()]
    if method == "__call__" and not options and "scipy.special" in sys.modules:
        from autograd_c.scipy import _special_ufuncs

        function = _special_ufuncs.table().get(ufunc)
        if function is not None:
            return function(*inputs)
    if any(_core.is_recorded(x) for x in values):
        raise _core.no_derivative(_name(ufunc, method), ufunc.__name__)
    arrays = [_core.array_of(x) if _core.is_tensor(x) else x for x in inputs]
    plain = {k: _core.array_of(x) if _core.is_tensor(x) else x for k, x in options.items()}
    return getattr(ufunc, method)(*arrays, **plain)


def _scipys(name: str) -> Any:
    """The ufunc of that name in ``scipy.special``, which is not imported to find out."""
    thing = getattr(sys.modules.get("scipy.special"), name, None)
    return getattr(thing, "__wrapped__", thing)  # around it, with SCIPY_ARRAY_API=1


def _name(ufunc: np.ufunc, method: str) -> str:
    name = f"the ufunc {ufunc.__name__}"
    if _scipys(ufunc.__name__) is ufunc:
        name = f"scipy.special.{ufunc.__name__}"
    if getattr(np, ufunc.__name__, None) is ufunc:
        name = f"numpy.{ufunc.__name__}"
    return name if method == "__call__" else f"{name}.{method}"


def _check_options(ufunc: np.ufunc, options: dict[str, Any]) -> None:
    for key, value in options.items():
        if key not in ("casting", "order", "subok"):
            raise TypeError(f"numpy.{ufunc.__name__} of a tensor takes no `{key}`: {value!r}")


# ------------------------------------------------------------ functions


def _general(ufunc: np.ufunc) -> Callable[..., Any]:
    of_float = _operation(ufunc.__name__, dtypes.float64)

    def of_one(
        x: Any, /, out: Any = None, *, where: Any = True, dtype: Any = None, **options: Any
    ) -> Any:
        # Constants of programs, as in np.log(2.0 * np.pi).
        if type(x) is float and of_float and out is dtype is None and where is True and not options:
            return of_float(_core.convert_to_tensor(x, dtypes.float64))
        _check_options(ufunc, options)
        return call(ufunc, (x,), out, where, dtype)

    def of_two(
        x1: Any,
        x2: Any,
        /,
        out: Any = None,
        *,
        where: Any = True,
        dtype: Any = None,
        **options: Any,
    ) -> Any:
        _check_options(ufunc, options)
        return call(ufunc, (x1, x2), out, where, dtype)

    return of_one if ufunc.nin == 1 else of_two


def _made(ufunc: np.ufunc) -> Callable[..., Any]:
    """The function that `autograd_c.numpy` has for a ufunc: the engine's operation, where it takes
    tensors of floats and nothing else is said."""
    general = _general(ufunc)
    general.__name__ = general.__qualname__ = ufunc.__name__
    general.__doc__ = documentation = _documentation(ufunc)
    # As functions in C tell of their arguments.
    operands = "x" if ufunc.nin == 1 else "x1, x2"
    arguments = f"({operands}, /, out=None, *, where=True, dtype=None, **options)"
    text = f"{ufunc.__name__}{arguments}\n--\n\n{documentation}"
    return _core.make_ufunc(ufunc, text, "autograd_c.numpy", general)


# By other names, those of the Array API standard among them, which NumPy has from version 2 on.
_ALIASES = {
    "absolute": "abs",
    "arccos": "acos",
    "arccosh": "acosh",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctan": "atan",
    "arctan2": "atan2",
    "arctanh": "atanh",
    "bitwise_not": "bitwise_invert",
    "conjugate": "conj",
    "divide": "true_divide",
    "invert": "bitwise_invert",
    "left_shift": "bitwise_left_shift",
    "power": "pow",
    "remainder": "mod",
    "right_shift": "bitwise_right_shift",
}


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Each universal function of NumPy by each of its names."""
    names = {name for name in np.__all__ if isinstance(getattr(np, name), np.ufunc)}
    made: dict[np.ufunc, Callable[..., Any]] = {}
    for name in sorted(names):
        ufunc = getattr(np, name)
        if name == "isnat" or ufunc.signature is not None:  # products have a file of their own
            continue
        function = made.get(ufunc)
        if function is None:
            function = made[ufunc] = _made(ufunc)
        yield name, function
        alias = _ALIASES.get(name)
        if alias is not None and alias not in names:
            yield alias, function


def _documentation(ufunc: np.ufunc) -> str:
    name = ufunc.__name__
    arguments = "x" if ufunc.nin == 1 else "x1, x2"
    shape = "of the shape of x" if ufunc.nin == 1 else "of the shape to which both broadcast"
    kinds, operation = _OPERATIONS.get(name, ("", None))
    recorded = (
        "It is recorded, and has derivatives of all orders."
        if operation is not None
        else "It has no derivative: tensors that a tape records are refused unless it is flat."
    )
    values = "0.5" if ufunc.nin == 1 else "0.5, 2.0"
    if (
        "f->" not in "".join(ufunc.types)
        and "d->" not in "".join(ufunc.types)
        and not any(t.startswith(("d", "f")) for t in ufunc.types)
    ):
        values = "6" if ufunc.nin == 1 else "6, 4"
    values = {"arccosh": "2.0", "ldexp": "0.5, 2"}.get(name, values)
    return f"""NumPy's ``{name}`` of tensors, elementwise and with its rules for dtypes. {recorded}

    Args:
        {arguments}: tensors, or what `asarray` takes.
        out: must be None: tensors are not written to.
        where: a mask. Where it is false the result is 0, and so is the gradient.
        dtype: in which the operands are taken.

    Returns:
        A tensor, {shape}; two of them for `divmod`, `modf` and `frexp`.

    Raises:
        TypeError: for dtypes that NumPy's function does not take, and for `out`.
        ValueError: for shapes that do not broadcast.

    >>> import numpy
    >>> from autograd_c import numpy as np
    >>> numpy.allclose(np.{name}({values}), numpy.{name}({values}))
    True
    """
