"""NumPy's universal functions of tensors.

Each is made of NumPy's own, which says what dtype comes out, and of a recorded operation. What has
no derivative anyhow, as of integers, NumPy computes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c import math
from autograd_c.arrays import _arguments, _outputs
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


def _by_real_part(ufunc: np.ufunc, x1: Tensor, x2: Tensor) -> Tensor:
    """The extremum of complex numbers, as NumPy orders them: the first of equals is taken."""
    a, b = _core.array_of(x1), _core.array_of(x2)
    chosen = ufunc(a, b)
    first = (chosen == a) | (np.isnan(chosen) & np.isnan(a))
    return _core.select(first, x1, x2)


def _maximum(x1: Tensor, x2: Tensor) -> Tensor:
    if x1.dtype.is_complex:
        return _by_real_part(np.maximum, x1, x2)
    return math.maximum(x1, x2)


def _minimum(x1: Tensor, x2: Tensor) -> Tensor:
    if x1.dtype.is_complex:
        return _by_real_part(np.minimum, x1, x2)
    return math.minimum(x1, x2)


def _fmax(x1: Tensor, x2: Tensor) -> Tensor:
    if x1.dtype.is_complex:
        return _by_real_part(np.fmax, x1, x2)
    larger = math.maximum(x1, x2)
    return _core.select(math.is_nan(x1), x2, _core.select(math.is_nan(x2), x1, larger))


def _fmin(x1: Tensor, x2: Tensor) -> Tensor:
    if x1.dtype.is_complex:
        return _by_real_part(np.fmin, x1, x2)
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


def _modf(x: Tensor) -> tuple[Tensor, Tensor]:
    whole = _trunc(x)
    return _core.select(math.is_inf(x), _copysign(number(0, x), x), _copysign(x - whole, x)), whole


def _divmod(x1: Tensor, x2: Tensor) -> tuple[Tensor, Tensor]:
    return _OPERATIONS["floor_divide"][1](x1, x2), _OPERATIONS["remainder"][1](x1, x2)


def _positive(x: Tensor) -> Tensor:
    return _arguments.own(x, x)


_COMPOSED: dict[str, Callable[..., Any]] = {
    "conjugate": _core.conj,
    "copysign": _copysign,
    "deg2rad": lambda x: x * number(np.pi / 180, x),
    "degrees": lambda x: x * number(180 / np.pi, x),
    "divmod": _divmod,
    "fabs": math.abs,
    "float_power": math.pow,
    "fmax": _fmax,
    "fmin": _fmin,
    "heaviside": _heaviside,
    "ldexp": _ldexp,
    "modf": _modf,
    "positive": _positive,
    "rad2deg": lambda x: x * number(180 / np.pi, x),
    "radians": lambda x: x * number(np.pi / 180, x),
    "trunc": _trunc,
}


def _operations() -> dict[str, tuple[str, Operation]]:
    """The kinds of dtypes that it takes, and the operation, by the name of the ufunc."""
    found = {name: ("fc", operation) for name, operation in _COMPOSED.items()}
    found.update(OPERATIONS)
    for row in _core.operation_table():
        if row["elementwise"] and row["numpy"]:
            ufunc = getattr(np, row["numpy"], None)
            if isinstance(ufunc, np.ufunc):
                found[ufunc.__name__] = row["kinds"], elementwise.of_row(row)
    # Of complex numbers too, which the rows of these names do not take.
    found["absolute"] = "fc", math.abs
    found["maximum"], found["minimum"] = ("fc", _maximum), ("fc", _minimum)
    return found


_OPERATIONS = _operations()


def _operation(name: str, dtype: DType) -> Operation | None:
    kinds, operation = _OPERATIONS.get(name, ("", None))
    kind = "f" if dtype.is_floating else "c" if dtype.is_complex else ""
    return operation if kind and kind in kinds else None


def has_operation(ufunc: np.ufunc, dtype: DType) -> bool:
    """Whether there is a recorded operation for that dtype."""
    return _operation(ufunc.__name__, dtype) is not None


# What NumPy computes, and has no derivative where it has one of real numbers at all.
_FLAT = frozenset(
    """floor ceil trunc rint sign signbit isfinite isinf isnan isnat logical_and logical_or
    logical_xor logical_not equal not_equal less less_equal greater greater_equal floor_divide
    spacing gcd lcm invert bitwise_and bitwise_or bitwise_xor left_shift right_shift bitwise_count
    """.split()
)


# ------------------------------------------------------------ calls


@cache
def resolved(
    ufunc: np.ufunc,
    given: tuple[Any, ...],
    out: tuple[Any, ...],
    dtype: np.dtype[Any] | None = None,
    casting: Any = None,
) -> tuple[np.dtype[Any], ...]:
    """The dtypes in which a ufunc computes and of what it makes of that, as NumPy chooses them.

    Args:
        ufunc: NumPy's.
        given: dtypes, and the types of Python numbers.
        out: those of what it writes to, or None.
        dtype: that of the result, if it is asked for.
        casting: what conversions are allowed.

    Raises:
        TypeError: for dtypes that it does not take, or does not convert.
    """
    known = [
        t if t is int or t is float or t is complex or t is None else _arguments.numpys(t)
        for t in (*given, *out)
    ]
    options: dict[str, Any] = {"casting": casting or "same_kind"}
    if dtype is not None:
        options["signature"] = (None,) * ufunc.nin + (dtype,) * ufunc.nout
    found: tuple[np.dtype[Any], ...] = ufunc.resolve_dtypes(tuple(known), **options)
    return found


def call(
    ufunc: np.ufunc,
    inputs: tuple[Any, ...],
    out: Any = None,
    where: Any = True,
    dtype: Any = None,
    casting: Any = None,
) -> Any:
    """`ufunc(*inputs)`, recorded.

    Raises:
        TypeError: for dtypes that the ufunc does not take, for an array as `out`, and for tensors
            that are recorded if the ufunc has no derivative here.
    """
    outs = _outs(ufunc, out)
    numbers = [x if is_scalar(x) else tensor(x) for x in inputs]
    given = tuple([_arguments.dtype_or_kind(x) for x in numbers])
    wanted = None if dtype is None else _arguments.numpys(_arguments.dtype_of(dtype))
    written = tuple([None if x is None else x.dtype for x in outs])
    known = resolved(ufunc, given, written, wanted, casting)
    narrow = wanted is None and dtypes.bfloat16 in given
    narrow = narrow and _arguments.common_dtype(*numbers) is dtypes.bfloat16
    taken = [dtypes.bfloat16 if narrow else dtypes.as_dtype(t) for t in known[: ufunc.nin]]
    name = ufunc.__name__
    operation = _operation(name, taken[0])
    if operation is not None:
        operands = [cast(x, t) for x, t in zip(numbers, taken, strict=True)]
        y = _where(where, operation, operands)
    else:
        if _arguments.is_inexact(taken[0]) and name not in _FLAT:
            refuse_tracked(numbers, f"numpy.{name}", name)
        y = _plain(ufunc, numbers, known, where, wanted, casting)
    if all(x is None for x in outs):
        return y
    results = y if isinstance(y, tuple) else (y,)
    pairs = zip(outs, results, strict=True)
    answers = [r if o is None else _written(o, r, name, where) for o, r in pairs]
    return tuple(answers) if ufunc.nout > 1 else answers[0]


def _outs(ufunc: np.ufunc, out: Any) -> tuple[Any, ...]:
    """For each result what it is written to, or None."""
    outs = out if isinstance(out, tuple) else (out,) + (None,) * (ufunc.nout - 1)
    if len(outs) != ufunc.nout:
        raise ValueError(
            f"numpy.{ufunc.__name__}: the 'out' tuple must have exactly {ufunc.nout} entries, one "
            f"per output; it has {len(outs)}"
        )
    for x in outs:
        if x is not None and not isinstance(x, (Tensor, _core.Variable, np.ndarray)):
            raise TypeError(
                f"numpy.{ufunc.__name__}: return arrays must be tensors, not {type(x).__name__}"
            )
    return outs


def _written(out: Any, y: Tensor, name: str, where: Any) -> Any:
    """What is given as `out`, with the result where that is wanted; dtypes have been checked."""
    if isinstance(out, Tensor):
        y = cast(y, out.dtype)
        if where is not True:
            y = _core.select(tensor(where), y, out)
    return _outputs.written(out, y, f"numpy.{name}", exact=False)


def _plain(
    ufunc: np.ufunc,
    numbers: list[Any],
    known: tuple[np.dtype[Any], ...],
    where: Any,
    dtype: Any,
    casting: Any,
) -> Any:
    """What NumPy computes."""
    arrays = [x if is_scalar(x) else _core.array_of(x) for x in numbers]
    options: dict[str, Any] = {} if casting is None else {"casting": casting}
    if dtype is not None:
        options["dtype"] = dtype
    if where is not True:
        options["where"] = mask = _core.array_of(where)
        shape = np.broadcast_shapes(*map(np.shape, (*arrays, mask)))
        options["out"] = tuple([np.zeros(shape, t) for t in known[ufunc.nin :]])
    y = ufunc(*arrays, **options)
    convert = _core.convert_to_tensor
    return tuple([convert(each) for each in y]) if isinstance(y, tuple) else convert(y)


def _where(where: Any, operation: Callable[..., Any], operands: list[Tensor]) -> Any:
    """The operation, and 0 where it is not wanted: there its operands are 1, for the gradient."""
    if where is True:
        return operation(*operands)
    mask = tensor(where)
    y = operation(*[_core.select(mask, x, number(1, x)) for x in operands])
    if isinstance(y, tuple):
        return tuple([_core.select(mask, each, number(0, each)) for each in y])
    return _core.select(mask, y, number(0, y))


def refuse_tracked(values: list[Any], function: str, name: str) -> None:
    """TypeError if a tape knows one of the tensors: the function has no derivative here."""
    for x in values:
        if isinstance(x, Tensor) and _core.would_lose_derivative(x):
            raise _core.no_derivative(function, name)


# ------------------------------------------------------------ what NumPy asks for


def dispatch(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """What NumPy asks for when it is given a tensor: a call, or a method, of a ufunc."""
    if getattr(np, ufunc.__name__, None) is not ufunc:
        return _foreign(ufunc, method, inputs, options)
    if method == "__call__" and _is_numpys(inputs, options):
        return _foreign(ufunc, method, inputs, options)
    if method == "__call__" and ufunc.signature is not None:  # of vectors and matrices
        from autograd_c.arrays import _products

        return getattr(_products, ufunc.__name__)(*inputs, **options)
    if method == "__call__":
        return call(ufunc, inputs, **checked(ufunc, options))
    if method == "at" and not _core.is_tensor(inputs[0]):
        return _foreign(ufunc, method, inputs, options)
    from autograd_c.arrays import _ufunc_methods

    return _ufunc_methods.METHODS[method](ufunc, *inputs, **options)


def _is_numpys(inputs: tuple[Any, ...], options: dict[str, Any]) -> bool:
    """Whether this is `array -= tensor`, and no derivative is lost by it."""
    written = options.get("out", ())
    if len(written) != 1 or written[0] is not inputs[0] or not isinstance(written[0], np.ndarray):
        return False
    return not any(_core.would_lose_derivative(x) for x in (*inputs, *options.values()))


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
    if any(_core.would_lose_derivative(x) for x in values):
        raise _core.no_derivative(name_of(ufunc, method), ufunc.__name__)
    arrays, plain = _core.without_tensors(inputs), _core.without_tensors(options)
    return getattr(ufunc, method)(*arrays, **plain)


def _scipys(name: str) -> Any:
    """The ufunc of that name in ``scipy.special``, which is not imported to find out."""
    thing = getattr(sys.modules.get("scipy.special"), name, None)
    return getattr(thing, "__wrapped__", thing)  # around it, with SCIPY_ARRAY_API=1


def name_of(ufunc: np.ufunc, method: str) -> str:
    """What messages call a ufunc, or a method of it."""
    name = f"the ufunc {ufunc.__name__}"
    if _scipys(ufunc.__name__) is ufunc:
        name = f"scipy.special.{ufunc.__name__}"
    if getattr(np, ufunc.__name__, None) is ufunc:
        name = f"numpy.{ufunc.__name__}"
    return name if method == "__call__" else f"{name}.{method}"


def checked(ufunc: np.ufunc, options: dict[str, Any]) -> dict[str, Any]:
    """The options that `call` takes; those that make no difference here are left out."""
    for key, value in options.items():
        if key not in ("casting", "dtype", "order", "out", "subok", "where"):
            raise TypeError(f"numpy.{ufunc.__name__} of a tensor takes no `{key}`: {value!r}")
    return {key: x for key, x in options.items() if key not in ("order", "subok")}


# ------------------------------------------------------------ functions


def _general(ufunc: np.ufunc) -> Callable[..., Any]:
    of_float = _operation(ufunc.__name__, dtypes.float64)

    def of_one(
        x: Any, /, out: Any = None, *, where: Any = True, dtype: Any = None, **options: Any
    ) -> Any:
        # Constants of programs, as in np.log(2.0 * np.pi).
        if type(x) is float and of_float and out is dtype is None and where is True and not options:
            return of_float(_core.convert_to_tensor(x, dtypes.float64))
        return call(ufunc, (x,), out, where, dtype, **checked(ufunc, options))

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
        return call(ufunc, (x1, x2), out, where, dtype, **checked(ufunc, options))

    return of_one if ufunc.nin == 1 else of_two


def _made(ufunc: np.ufunc) -> Callable[..., Any]:
    """The function that `autograd_c.numpy` has for a ufunc: the engine's operation, where it takes
    tensors of floats and nothing else is said."""
    general = _general(ufunc)
    general.__name__ = general.__qualname__ = ufunc.__name__
    general.__doc__ = documentation = _documentation(ufunc)
    if ufunc.nin == 2:
        vars(general)["method"] = partial(dispatch, ufunc)
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
        out: a tensor that gets the result, recorded.
        where: a mask. Where it is false the result is 0, or what `out` has, and the gradient is 0.
        dtype: of the result. Operands are converted to what NumPy's function computes that in.

    Returns:
        A tensor, {shape}; two of them for `divmod`, `modf` and `frexp`.

    Raises:
        TypeError: for dtypes that NumPy's function does not take or convert; for an array as
            `out`.
        ValueError: for shapes that do not broadcast.

    >>> import numpy
    >>> from autograd_c import numpy as np
    >>> numpy.allclose(np.{name}({values}), numpy.{name}({values}))
    True
    """
