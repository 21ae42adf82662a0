"""Integrals of functions by QUADPACK's values, as ``scipy.integrate`` has them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from autograd_c import arrays as ours
from autograd_c.arrays._arguments import cast, tensor
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.rules.custom import custom_gradient
from autograd_c.scipy._ode_steps import unrecorded
from autograd_c.scipy._rows import library
from autograd_c.values import dtypes

_POINTS = 20  # of a subinterval, where QUADPACK has 21 of its rule, which is exact to lower degree
_HALVINGS = 45
# The points and weights of the rule of n points within [-1, 1].
_gauss = cache(lambda n: np.polynomial.legendre.leggauss(n))


def quad(
    func: Callable[..., Any],
    a: Any,
    b: Any,
    args: Any = (),
    full_output: int = 0,
    epsabs: float = 1.49e-8,
    epsrel: float = 1.49e-8,
    limit: int = 50,
    points: Any = None,
    weight: Any = None,
    wvar: Any = None,
    wopts: Any = None,
    maxp1: int = 50,
    limlst: int = 50,
    complex_func: bool = False,
) -> tuple[Any, ...]:
    """The integral of a function from a to b, as ``scipy.integrate.quad``.

    Args:
        func: ``func(x, *args)`` takes a number, and returns a number or a tensor of shape [].
        a, b: the bounds, which may be infinite: numbers or tensors.
        args: further arguments of `func`, or one that is no tuple.
        full_output: whether SciPy's dictionary is returned, too.
        epsabs, epsrel, limit: the errors that are allowed, and how many subintervals.
        points: where the function has singularities or breaks, between finite bounds.
        weight: must be None.
        wvar, wopts, maxp1, limlst: ignored.
        complex_func: must be False.

    Returns:
        The integral, a tensor of float64; the estimated error of its value, a number; and what
        SciPy tells if that is wanted, or something went wrong.

    The value is QUADPACK's. The derivatives by `args` and all that the function computes with, of
    any order, are those of Gauss's rule of 20 points on QUADPACK's subintervals. They are as good
    as the value if the derivatives of the function are no harder to integrate than itself. Those by
    the bounds are the function's values there (Leibniz's rule).

    Raises:
        ImportError: without SciPy.
        TypeError: for `weight` and `complex_func`.
        ValueError: for results of the function that are no numbers.

    >>> from autograd_c.scipy import integrate
    >>> import autograd_c as tf
    >>> def integral(rate):
    ...     return integrate.quad(lambda x: tf.exp(-rate * x), 0.0, float("inf"))[0]
    >>> print(tf.func.grad(integral)(2.0).numpy().round(6))
    -0.25
    """
    if weight is not None or complex_func:
        raise TypeError("quad of tensors takes no `weight` and no `complex_func`")
    given = args if isinstance(args, tuple) else (args,)
    low, high = (cast(tensor(x), dtypes.float64) for x in (a, b))

    def at(x: Any) -> Tensor:
        y = cast(tensor(func(x, *given)), dtypes.float64)
        if y.size != 1:
            raise ValueError(f"the function of quad returned an array of shape {tuple(y.shape)}")
        return _core.reshape(y, [])

    def value(x: float) -> float:
        return float(_core.array_of(at(x)))

    ends = float(_core.array_of(low)), float(_core.array_of(high))
    options = {"epsabs": epsabs, "epsrel": epsrel, "limit": limit, "points": points}
    scipys = library("integrate")
    with unrecorded() as recorders:
        found, error, told, *rest = scipys.quad(value, *ends, full_output=1, **options)
    result = _core.convert_to_tensor(np.float64(found))
    if recorders:
        count = told["last"]
        starts, stops = told["alist"][:count], told["blist"][:count]
        total = _again(at, ends, starts, stops)
        allowed = max(epsabs, epsrel * abs(found))
        if total is not None and abs(float(_core.array_of(total)) - found) > allowed:
            with unrecorded():  # QUADPACK extrapolates to singularities
                finer = _halved(_density(value, ends), starts, stops, allowed / 10)
            total = _again(at, ends, *finer)
        if total is not None:
            result = result + (total - _core.stop_gradient(total))
        for bound, end, sign in zip((low, high), ends, (-1.0, 1.0), strict=True):
            if np.isfinite(end) and _core.is_recorded(bound):
                result = result + sign * _moved(at, bound)
    if full_output:
        return (result, error, told, *rest)
    if rest:
        warnings.warn(rest[0], scipys.IntegrationWarning, stacklevel=2)
    return result, error


def _density(value: Callable[[float], float], ends: tuple[float, float]) -> Callable[..., float]:
    """The function of QUADPACK's variable, whose integral is wanted, or minus that."""
    finite = np.isfinite(ends)
    if finite.all():
        return value

    def at(t: float) -> float:
        x = (1 - t) / t
        if not finite.any():
            return (value(x) + value(-x)) / t**2
        bound, far = ends if finite[0] else ends[::-1]
        return value(bound + np.copysign(x, far)) / t**2

    return at


def _halved(
    density: Callable[..., float], starts: Any, stops: Any, allowed: float
) -> tuple[Any, Any]:
    """Subintervals that are halved where the rule says another thing of the halves."""
    nodes, weights = _gauss(_POINTS)

    def rule(a: float, b: float) -> float:
        half = (b - a) / 2
        return half * sum(w * density((a + b) / 2 + half * x) for x, w in zip(nodes, weights))

    waiting = [(a, b, rule(a, b), 0) for a, b in zip(starts, stops, strict=True)]
    done = []
    while waiting:
        a, b, whole, depth = waiting.pop()
        middle = (a + b) / 2
        parts = rule(a, middle), rule(middle, b)
        if depth == _HALVINGS or abs(sum(parts) - whole) <= allowed:
            done.append((a, b))
        else:
            waiting += [(a, middle, parts[0], depth + 1), (middle, b, parts[1], depth + 1)]
    return np.array([a for a, _ in done]), np.array([b for _, b in done])


def _moved(at: Callable[[Any], Tensor], bound: Tensor) -> Tensor:
    """The integral from where a bound is to where it may move: 0, with its derivatives.

    It is Gauss's rule of four points on an interval without length, whose derivatives are exact to
    the eighth order. Where the function is infinite, its value is the derivative.
    """
    fixed = _core.stop_gradient(bound)
    with unrecorded():
        finite = np.isfinite(_core.array_of(at(fixed)))
    if not finite:

        @custom_gradient
        def steep(x: Tensor) -> Any:
            return _core.constant(0.0, "float64"), lambda g: g * at(x)

        return steep(bound)  # type: ignore[no-any-return]
    nodes, weights = _gauss(4)
    length = bound - fixed
    parts = [w / 2 * at(fixed + (x + 1) / 2 * length) for x, w in zip(nodes, weights, strict=True)]
    return length * (parts[0] + parts[1] + parts[2] + parts[3])


def _again(
    at: Callable[[Any], Tensor], ends: tuple[float, float], starts: Any, stops: Any
) -> Tensor | None:
    """The integral by Gauss's rule on subintervals; None if it depends on nothing recorded."""
    if ends[0] == ends[1]:
        return None
    nodes, weights = _gauss(_POINTS)
    half = (stops - starts)[:, None] / 2
    places = ((starts + stops)[:, None] / 2 + half * nodes).ravel()
    by = abs(half * weights).ravel()
    sign = 1.0 if ends[0] < ends[1] else -1.0
    finite = np.isfinite(ends)
    if finite.all():
        return _summed([at], places, sign * by)
    # QUADPACK puts x = (1 - t) / t beyond a bound, and takes both signs if there is none.
    beyond, by = (1 - places) / places, by / places**2
    if not finite.any():
        return _summed([at, lambda x: at(-x)], beyond, sign * by)
    bound, far = ends if finite[0] else ends[::-1]
    return _summed([at], bound + np.copysign(beyond, far), sign * by)


def _summed(functions: list[Callable[[Any], Tensor]], points: Any, by: Any) -> Tensor | None:
    """The sum of values by weights; None if nothing of it is recorded."""
    values = [f(float(x)) for x in points for f in functions]
    if not any(_core.is_recorded(y) for y in values):
        return None
    weights = _core.convert_to_tensor(np.repeat(by, len(functions)))
    total: Tensor = ours.sum(_core.stack(values, 0) * weights)
    return total
