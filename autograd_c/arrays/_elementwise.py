"""Functions of each element that are no universal functions of NumPy's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_c.arrays._arguments import cast, inexact, is_inexact, is_scalar, own, tensor
from autograd_c.arrays._outputs import written
from autograd_c.arrays._reductions import constant
from autograd_c.core import _core
from autograd_c.core._core import Tensor

__all__ = [
    "allclose",
    "angle",
    "around",
    "array_equal",
    "array_equiv",
    "fix",
    "i0",
    "imag",
    "iscomplex",
    "iscomplexobj",
    "isclose",
    "isneginf",
    "isposinf",
    "isreal",
    "isrealobj",
    "nan_to_num",
    "real",
    "real_if_close",
    "round",
    "sinc",
    "unwrap",
]


# ---------------------------------------------------------------- with derivatives


def real(val: Any) -> Tensor:
    """The real parts.

    >>> from autograd_c import numpy as np
    >>> np.real([1 + 2j, 3j]).tolist()
    [1.0, 0.0]
    """
    x = tensor(val)
    return _core.real(x) if x.dtype.is_complex else x


def imag(val: Any) -> Tensor:
    """The imaginary parts: zeros of real numbers.

    >>> from autograd_c import numpy as np
    >>> np.imag([1 + 2j, 3j]).tolist()
    [2.0, 3.0]
    """
    x = tensor(val)
    return _core.imag(x) if x.dtype.is_complex else _core.full(x.shape, 0, x.dtype)


def angle(z: Any, deg: bool = False) -> Tensor:
    """The angle of complex numbers to the real axis, in radians or degrees.

    >>> from autograd_c import numpy as np
    >>> float(np.angle(1j, deg=True))
    90.0
    """
    x = tensor(z)
    if not is_inexact(x.dtype):
        return _core.convert_to_tensor(np.asarray(np.angle(_core.array_of(x), deg)))
    if x.dtype.is_complex:
        y = _core.apply("atan2", [_core.imag(x), _core.real(x)])
    else:
        y = _core.apply("atan2", [_core.full(x.shape, 0, x.dtype), x])
    return y * constant(180 / math.pi, y.dtype) if deg else y


def real_if_close(a: Any, tol: float = 100) -> Tensor:
    """The real parts of complex numbers, if all imaginary parts are close to 0.

    Args:
        a: a tensor, or what `asarray` takes.
        tol: in units of the dtype's epsilon, if it is above 1.

    >>> from autograd_c import numpy as np
    >>> np.real_if_close([1 + 1e-15j]).tolist()
    [1.0]
    """
    x = tensor(a)
    if not x.dtype.is_complex:
        return x
    limit = tol * np.finfo(x.dtype.dtype).eps if tol > 1 else tol
    small = np.all(np.absolute(_core.array_of(x).imag) < limit)
    return _core.real(x) if small else x


def nan_to_num(
    x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Tensor:
    """Numbers for NaN and infinities: 0, and the largest and lowest of the dtype.

    >>> from autograd_c import numpy as np
    >>> np.nan_to_num([1.0, float("nan")], nan=-1.0).tolist()
    [1.0, -1.0]
    """
    t = tensor(x)
    if t.dtype.is_complex:
        parts = [nan_to_num(p, copy, nan, posinf, neginf) for p in (_core.real(t), _core.imag(t))]
        return _core.apply("complex", parts)
    if not t.dtype.is_floating:
        return own(t, x)
    array = _core.array_of(t)
    if np.isfinite(array).all():
        return own(t, x)
    largest = t.dtype.max
    y = t
    for found, value in (
        (np.isnan(array), nan),
        (np.isposinf(array), largest if posinf is None else posinf),
        (np.isneginf(array), -largest if neginf is None else neginf),
    ):
        y = _core.select(found, cast(tensor(value), t.dtype), y)
    return y


def sinc(x: Any) -> Tensor:
    """sin(pi x) / (pi x), and 1 at 0, where all derivatives are right too.

    >>> from autograd_c import numpy as np
    >>> np.sinc([0.0, 0.5]).numpy().round(6).tolist()
    [1.0, 0.63662]
    """
    t = inexact(x)
    y = t * constant(math.pi, t.dtype)
    near = np.absolute(_core.array_of(y)) < 0.5
    if not near.any():
        return _core.apply("sin", [y]) / y
    far = _core.select(near, constant(1, t.dtype), y)
    close = _core.select(near, y, constant(0, t.dtype))
    # By powers: near 0, derivatives of the quotient lose their digits.
    square = close * close
    series = constant(1 / math.factorial(17), t.dtype)
    for k in (15, 13, 11, 9, 7, 5, 3, 1):
        series = series * square + constant((-1) ** (k // 2) / math.factorial(k), t.dtype)
    return _core.select(near, series, _core.apply("sin", [far]) / far)


def i0(x: Any) -> Tensor:
    """The modified Bessel function of the first kind of order 0. It needs SciPy.

    Raises:
        TypeError: for complex numbers.

    >>> from autograd_c import numpy as np
    >>> print(f"{float(np.i0(1.0)):.6f}")
    1.266066
    """
    from autograd_c import math as functions

    t = inexact(x)
    if t.dtype.is_complex:
        raise TypeError("i0 not supported for complex values")
    return functions.bessel_i0(t)


def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * math.pi) -> Tensor:
    """Angles without jumps along an axis: multiples of the period are added, which are constant.

    >>> from autograd_c import numpy as np
    >>> np.unwrap([0.0, 3.0, 5.0], period=4.0).tolist()
    [0.0, -1.0, 1.0]
    """
    x = tensor(p)
    if _core.would_lose_derivative(period):
        raise _core.no_derivative("numpy.unwrap by its period", "unwrap")
    array = _core.array_of(x)
    turned = np.unwrap(array, _limit(discont), axis, period=_limit(period))
    if not _core.is_recorded(x):
        y = _core.convert_to_tensor(turned)
        return cast(y, x.dtype) if x.dtype.is_floating else y
    return x + _core.convert_to_tensor(turned - array)


def _limit(x: Any) -> Any:
    return _core.array_of(x)[()] if _core.is_tensor(x) else x


# ---------------------------------------------------------------- rounded: flat


def round(a: Any, decimals: int = 0, out: Any = None) -> Tensor:
    """To so many decimals, halves to the even; negative ones are in front of the point.

    It is flat: no gradient flows through it.

    >>> from autograd_c import numpy as np
    >>> np.round([1.25, 2.5], 1).tolist()
    [1.2, 2.5]
    """
    if out is not None:
        return written(out, round(a, decimals), "numpy.round")
    x = tensor(a)
    y = _core.convert_to_tensor(np.round(_core.array_of(x), decimals))
    return cast(y, x.dtype) if x.dtype.is_floating else y


around = round


def fix(x: Any, out: Any = None) -> Tensor:
    """Towards 0, to whole numbers. It is flat: no gradient flows through it.

    >>> from autograd_c import numpy as np
    >>> np.fix([1.5, -1.5]).tolist()
    [1.0, -1.0]
    """
    if out is not None:
        return written(out, fix(x), "numpy.fix")
    t = tensor(x)
    y = _core.convert_to_tensor(np.asarray(np.fix(_core.array_of(t))))
    return cast(y, t.dtype) if t.dtype.is_floating else y


# ---------------------------------------------------------------- questions


def _question(array: Any) -> Tensor:
    return _core.convert_to_tensor(np.asarray(array))


def iscomplex(x: Any) -> Tensor:
    """Whether each imaginary part is not 0.

    >>> from autograd_c import numpy as np
    >>> np.iscomplex([1 + 1j, 1 + 0j]).tolist()
    [True, False]
    """
    return _question(np.iscomplex(_core.array_of(tensor(x))))


def isreal(x: Any) -> Tensor:
    """Whether each imaginary part is 0.

    >>> from autograd_c import numpy as np
    >>> np.isreal([1 + 1j, 1 + 0j]).tolist()
    [False, True]
    """
    return _question(np.isreal(_core.array_of(tensor(x))))


def iscomplexobj(x: Any) -> bool:
    """Whether the dtype is complex.

    >>> from autograd_c import numpy as np
    >>> np.iscomplexobj([1 + 0j])
    True
    """
    return bool(tensor(x).dtype.is_complex)


def isrealobj(x: Any) -> bool:
    """Whether the dtype is not complex.

    >>> from autograd_c import numpy as np
    >>> np.isrealobj([1.0])
    True
    """
    return not iscomplexobj(x)


def isposinf(x: Any, out: Any = None) -> Tensor:
    """Whether each element is positive infinity.

    >>> from autograd_c import numpy as np
    >>> np.isposinf([float("inf"), 1.0]).tolist()
    [True, False]
    """
    if out is not None:
        return written(out, isposinf(x), "numpy.isposinf")
    return _question(np.isposinf(_core.array_of(tensor(x))))


def isneginf(x: Any, out: Any = None) -> Tensor:
    """Whether each element is negative infinity.

    >>> from autograd_c import numpy as np
    >>> np.isneginf([float("-inf"), 1.0]).tolist()
    [True, False]
    """
    if out is not None:
        return written(out, isneginf(x), "numpy.isneginf")
    return _question(np.isneginf(_core.array_of(tensor(x))))


def isclose(
    a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False
) -> Tensor:
    """Whether elements differ by at most atol + rtol |b|.

    >>> from autograd_c import numpy as np
    >>> np.isclose([1.0, 2.0], [1.0, 2.1]).tolist()
    [True, False]
    """
    x, y = (v if is_scalar(v) else _core.array_of(tensor(v)) for v in (a, b))
    return _question(np.isclose(x, y, _limit(rtol), _limit(atol), equal_nan))


def allclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> bool:
    """Whether all elements differ by at most atol + rtol |b|: a bool of Python's.

    >>> from autograd_c import numpy as np
    >>> np.allclose([1.0, 2.0], [1.0, 2.1])
    False
    """
    return bool(_core.array_of(isclose(a, b, rtol, atol, equal_nan)).all())


def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> bool:
    """Whether shapes and all elements are equal: a bool of Python's.

    >>> from autograd_c import numpy as np
    >>> np.array_equal([1, 2], [1.0, 2.0])
    True
    """
    return bool(np.array_equal(_core.array_of(tensor(a1)), _core.array_of(tensor(a2)), equal_nan))


def array_equiv(a1: Any, a2: Any) -> bool:
    """Whether all elements are equal where shapes broadcast: a bool of Python's.

    >>> from autograd_c import numpy as np
    >>> np.array_equiv([1, 1], 1)
    True
    """
    return bool(np.array_equiv(_core.array_of(tensor(a1)), _core.array_of(tensor(a2))))
