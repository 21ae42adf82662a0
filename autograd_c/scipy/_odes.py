"""Ordinary differential equations, by the Runge-Kutta methods and the error control of SciPy."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd_c import arrays as ours
from autograd_c.arrays._arguments import cast, tensor
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.scipy._rows import library
from autograd_c.values import dtypes

_SAFETY, _LEAST_FACTOR, _MOST_FACTOR = 0.9, 0.2, 10.0
_EPSILON = float(np.finfo(float).eps)


class OdeResult(dict[str, Any]):
    """What `solve_ivp` returns: a dictionary whose keys are attributes, too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __dir__(self) -> list[str]:
        return [*self]


class _Step(NamedTuple):
    """One step that was taken: from `t_old` to `t`, which are numbers; h is one or a tensor."""

    t_old: float
    t: float
    start: Any
    h: Any
    y_old: Tensor
    slopes: list[Tensor]


class _Span:
    """The time from one point to another. Steps are constant parts of it if it is recorded."""

    def __init__(self, start: Any, end: Any) -> None:
        self.first, self.last = (float(_core.array_of(tensor(t))) for t in (start, end))
        self.start: Any = None
        if _core.is_recorded(start) or _core.is_recorded(end):
            self.start = cast(tensor(start), dtypes.float64)
            self.length = cast(tensor(end), dtypes.float64) - self.start
        self.direction = math.copysign(1.0, self.last - self.first)

    def at(self, t: float) -> Any:
        if self.start is None:
            return t
        return self.start + (t - self.first) / (self.last - self.first) * self.length

    def part(self, h: float) -> Any:
        return h if self.start is None else h / (self.last - self.first) * self.length


class _Solver:
    """A method at work on one system."""

    def __init__(
        self,
        fun: Callable[[Any, Tensor], Any],
        method: str,
        dtype: Any,
        rtol: Any,
        atol: Any,
        max_step: float = math.inf,
    ) -> None:
        table = getattr(library("integrate"), method)
        self.fun, self.dtype, self.max_step, self.calls = fun, dtype, max_step, 0
        self.a = [row[:k] for k, row in enumerate(table.A)]
        self.b, self.c, self.e, self.p = table.B, table.C, table.E, table.P
        self.order = table.error_estimator_order
        self.rtol, self.atol = np.maximum(np.asarray(rtol), 100 * _EPSILON), np.asarray(atol)
        self.h = 0.0

    def slope(self, t: Any, y: Tensor) -> Tensor:
        self.calls += 1
        f = cast(tensor(self.fun(t, y)), self.dtype)
        if f.ndim == 0:
            f = _core.reshape(f, [1])
        if f.shape != y.shape:
            raise ValueError(f"the function returned {f.shape}, and y is of shape {y.shape}")
        return f

    def combined(self, slopes: list[Tensor], by: Any) -> Tensor:
        row = _core.convert_to_tensor(np.asarray(by, self.dtype.dtype)[None])
        return _core.reshape(_core.matmul(row, _core.stack(slopes, 0)), slopes[0].shape)

    def scaled(self, h: Any, y: Tensor) -> Tensor:
        return y * (cast(h, self.dtype) if isinstance(h, Tensor) else h)

    def choose_first(self, span: _Span, y: Tensor, f: Tensor) -> None:
        """The size of the first step, as of Hairer, Norsett and Wanner, II.4."""
        length = abs(span.last - span.first)
        y0, f0 = _core.array_of(y), _core.array_of(f)
        scale = self.atol + np.abs(y0) * self.rtol
        d0, d1 = _norm(y0 / scale), _norm(f0 / scale)
        h0 = 1e-6 if d0 < 1e-5 or d1 < 1e-5 else 0.01 * d0 / d1
        h0 = min(h0, length)
        other = _core.convert_to_tensor(y0 + h0 * span.direction * f0)
        at = _core.array_of(self.slope(span.first + h0 * span.direction, other))
        d2 = _norm((at - f0) / scale) / h0
        if d1 <= 1e-15 and d2 <= 1e-15:
            h1 = max(1e-6, h0 * 1e-3)
        else:
            h1 = (0.01 / max(d1, d2)) ** (1 / (self.order + 1))
        self.h = min(100 * h0, h1, length, self.max_step)

    def over(self, span: _Span, y: Tensor, f: Tensor) -> tuple[list[_Step], Tensor, Tensor, bool]:
        """The steps over a span, what y and its slope are then, and whether the end was reached."""
        t = span.first
        steps: list[_Step] = []
        exponent = -1 / (self.order + 1)
        while t != span.last:
            least = 10 * abs(math.nextafter(t, span.direction * math.inf) - t)
            size = min(max(self.h, least), max(self.max_step, least))
            rejected = False
            while True:
                if size < least:
                    return steps, y, f, False
                t_new = t + size * span.direction
                if span.direction * (t_new - span.last) > 0:
                    t_new = span.last
                step = t_new - t
                size = abs(step)
                h, slopes = span.part(step), [f]
                for row, c in zip(self.a[1:], self.c[1:], strict=True):
                    inner = y + self.scaled(h, self.combined(slopes, row))
                    slopes.append(self.slope(span.at(t + c * step), inner))
                y_new = y + self.scaled(h, self.combined(slopes, self.b))
                slopes.append(self.slope(span.at(t + step), y_new))
                error = self.error(slopes, step, y, y_new)
                if error < 1:
                    factor = _MOST_FACTOR
                    if error > 0:
                        factor = min(_MOST_FACTOR, _SAFETY * error**exponent)
                    self.h = size * (min(1.0, factor) if rejected else factor)
                    break
                size *= max(_LEAST_FACTOR, _SAFETY * error**exponent)
                rejected = True
            steps.append(_Step(t, t_new, span.at(t), h, y, slopes))
            t, y, f = t_new, y_new, slopes[-1]
        return steps, y, f, True

    def error(self, slopes: list[Tensor], h: float, y: Tensor, y_new: Tensor) -> float:
        arrays = np.stack([_core.array_of(k) for k in slopes])
        size = np.maximum(np.abs(_core.array_of(y)), np.abs(_core.array_of(y_new)))
        return _norm(self.e @ arrays * h / (self.atol + size * self.rtol))

    def inside(self, step: _Step, times: Any) -> Tensor:
        """The solution at times within a step, of shape [n, times]."""
        x = cast((tensor(times) - step.start) / step.h, self.dtype)
        powers = ours.cumprod(ours.broadcast_to(x, (self.p.shape[1], *x.shape)), axis=0)
        by = _core.convert_to_tensor(np.asarray(self.p, self.dtype.dtype))
        rows = _core.matmul(_core.stack(step.slopes, 1), by)
        return self.scaled(step.h, _core.matmul(rows, powers)) + step.y_old[:, None]


def _norm(x: Any) -> float:
    return float(np.linalg.norm(x) / x.size**0.5) if x.size else 0.0


class OdeSolution:
    """The solution between the steps: a function of times, of shape [n] or [n, times]."""

    def __init__(self, solver: _Solver, steps: list[_Step], direction: float) -> None:
        self._solver, self._steps, self._direction = solver, steps, direction

    def __call__(self, t: Any) -> Tensor:
        """The solution at times within the span: tensors, or what `asarray` takes."""
        times = cast(tensor(t), dtypes.float64)
        flat = _core.reshape(times, [-1])
        ends = np.array([step.t for step in self._steps[:-1]]) * self._direction
        where = np.searchsorted(ends, _core.array_of(flat) * self._direction)
        parts, places = [], []
        for k in np.unique(where):
            chosen = np.flatnonzero(where == k)
            parts.append(self._solver.inside(self._steps[k], ours.take(flat, chosen)))
            places.append(chosen)
        order = np.argsort(np.concatenate(places)) if places else np.zeros(0, np.int64)
        y = ours.take(_core.concat(parts, 1), order, axis=1)
        return y[:, 0] if times.ndim == 0 else y


def _started(y0: Any) -> Tensor:
    y = tensor(y0)
    return cast(y, dtypes.complex128 if y.dtype.is_complex else dtypes.float64)


def solve_ivp(
    fun: Callable[..., Any],
    t_span: Any,
    y0: Any,
    method: str = "RK45",
    t_eval: Any = None,
    dense_output: bool = False,
    events: Any = None,
    vectorized: bool = False,
    args: tuple[Any, ...] | None = None,
    *,
    rtol: Any = 1e-3,
    atol: Any = 1e-6,
    max_step: float = math.inf,
    first_step: float | None = None,
) -> OdeResult:
    """The solution of y' = fun(t, y), as ``scipy.integrate.solve_ivp``, with SciPy's steps.

    Args:
        fun: ``fun(t, y, *args)`` takes a time and a tensor of shape [n], and returns what `asarray`
            makes one of: a list of tensors, for example.
        t_span: where to start and to end.
        y0: the state at the start, of shape [n]: a tensor, or what `asarray` takes.
        method: "RK45" or "RK23".
        t_eval: the times at which the solution is wanted, in order; None: those of the steps.
        dense_output: whether the result has a function `sol` of times.
        events: must be None.
        vectorized: ignored.
        args: further arguments of `fun`, of which tensors are differentiated by.
        rtol, atol: the error that is allowed for a step is atol + rtol * abs(y).
        max_step, first_step: bounds of the steps.

    Returns:
        A dictionary with attributes: `t`, of shape [times]; `y`, of shape [n, times]; `sol`,
        `nfev`, `status`, `message` and `success`.

    The values are SciPy's. The derivatives, by `y0`, `t_span`, `t_eval`, and all that `fun`
    computes with, are those of the steps that were taken, exactly. Their sizes are constant parts
    of the span, and no function of anything: so the derivatives are about as exact as the solution
    is, and tolerances decide on both. Steps that were rejected take no part in them.

    Raises:
        ImportError: without SciPy, which has the coefficients.
        TypeError: for `events`.
        ValueError: for other methods and shapes, and times outside of the span.

    >>> from autograd_c.scipy import integrate
    >>> import autograd_c as tf
    >>> def final(rate):
    ...     return integrate.solve_ivp(lambda t, y: -rate * y, (0.0, 1.0), [1.0]).y[0, -1]
    >>> print(tf.func.grad(final)(0.5).numpy().round(2))
    -0.61
    """
    if method not in ("RK45", "RK23"):
        raise ValueError(f"`method` of tensors is 'RK45' or 'RK23', not {method!r}")
    if events is not None:
        raise TypeError("solve_ivp of tensors takes no events: compute them of dense_output's sol")
    start, end = t_span
    y = _started(y0)
    if y.ndim != 1:
        raise ValueError("`y0` must be 1-dimensional.")
    solver = _Solver(
        fun if args is None else lambda t, y: fun(t, y, *args),
        method,
        y.dtype,
        rtol,
        atol,
        max_step,
    )
    span = _Span(start, end)
    times = None if t_eval is None else cast(tensor(t_eval), dtypes.float64)
    if times is not None:
        _check_times(_core.array_of(times), span)
    f = solver.slope(span.at(span.first), y)
    if first_step is None:
        solver.choose_first(span, y, f)
    elif not 0 < first_step <= abs(span.last - span.first):
        raise ValueError("`first_step` must be positive, and within bounds.")
    else:
        solver.h = first_step
    steps, last, _, done = solver.over(span, y, f)
    sol = OdeSolution(solver, steps, span.direction)
    if times is None:
        ts = [span.first, *[step.t for step in steps]]
        if span.start is None:
            t = _core.convert_to_tensor(np.array(ts))
        else:
            t = _core.stack([span.at(each) for each in ts], 0)
        ys = _core.stack([*[step.y_old for step in steps], last], 1)
    else:
        if not done:
            reached = steps[-1].t if steps else span.first
            within = (_core.array_of(times) - reached) * span.direction <= 0
            times = ours.take(times, np.flatnonzero(within))
        t, ys = times, sol(times) if steps and times.size else y[:, None][:, :0]
    message = "The solver successfully reached the end of the integration interval."
    if not done:
        message = "Required step size is less than spacing between numbers."
    return OdeResult(
        t=t,
        y=ys,
        sol=sol if dense_output else None,
        t_events=None,
        y_events=None,
        nfev=solver.calls,
        njev=0,
        nlu=0,
        status=0 if done else -1,
        message=message,
        success=done,
    )


def _check_times(times: Any, span: _Span) -> None:
    if times.ndim != 1:
        raise ValueError("`t_eval` must be 1-dimensional.")
    low, high = sorted((span.first, span.last))
    if (times < low).any() or (times > high).any():
        raise ValueError("Values in `t_eval` are not within `t_span`.")
    if (np.diff(times) * span.direction <= 0).any():
        raise ValueError("Values in `t_eval` are not properly sorted.")


def odeint(
    func: Callable[..., Any],
    y0: Any,
    t: Any,
    args: tuple[Any, ...] = (),
    Dfun: Any = None,
    col_deriv: bool = False,
    full_output: bool = False,
    ml: Any = None,
    mu: Any = None,
    rtol: Any = None,
    atol: Any = None,
    tcrit: Any = None,
    h0: float = 0.0,
    hmax: float = 0.0,
    hmin: float = 0.0,
    ixpr: int = 0,
    mxstep: int = 0,
    mxhnil: int = 0,
    mxordn: int = 12,
    mxords: int = 5,
    printmessg: int = 0,
    tfirst: bool = False,
) -> Tensor:
    """The solution of y' = func(y, t) at the times t, as ``scipy.integrate.odeint``.

    Args:
        func: ``func(y, t, *args)`` takes a tensor of shape [n] and a time, and returns what
            `asarray` makes one of.
        y0: the state at t[0], of shape [n] or a number.
        t: times in order, each of which a step ends at.
        args: further arguments of `func`, of which tensors are differentiated by.
        rtol, atol: the error that is allowed for a step is atol + rtol * abs(y); None: 1.5e-8.
        h0, hmax: the first step, and the largest; 0: as it seems good.
        tfirst: whether `func` takes the time first.
        full_output: must be False.
        Dfun, col_deriv, ml, mu, tcrit, hmin, ixpr, mxstep, mxhnil, mxordn, mxords, printmessg:
            ignored.

    Returns:
        A tensor of shape [times, n].

    The method is RK45, not SciPy's, which is made for stiff systems too: values agree within the
    errors that are allowed. Derivatives are by `y0`, `t`, `args` and all that `func` computes with:
    those of the steps that were taken, as of `solve_ivp`.

    Raises:
        ImportError: without SciPy, which has the coefficients.
        RuntimeError: if steps become too small.
        TypeError: for `full_output`.
        ValueError: for times that are not in order, and other shapes.

    >>> from autograd_c.scipy import integrate
    >>> print(integrate.odeint(lambda y, t: -y, 1.0, [0.0, 1.0]).numpy().round(5))
    [[1.     ]
     [0.36788]]
    """
    if full_output:
        raise TypeError("odeint of tensors has no full_output")
    y = _started(y0)
    if y.ndim > 1:
        raise ValueError("Initial condition y0 must be one-dimensional.")
    y = _core.reshape(y, [-1])
    times = cast(tensor(t), dtypes.float64)
    numbers = _core.array_of(times)
    gaps = np.diff(numbers)
    if numbers.ndim != 1 or (gaps > 0).any() and (gaps < 0).any():
        raise ValueError("The values in t must be monotonically increasing or decreasing.")
    if tfirst:
        fun = (lambda s, y: func(s, y, *args)) if args else func
    else:

        def fun(s: Any, y: Tensor) -> Any:
            return func(y, s, *args)

    tolerance = 1.49012e-8
    solver = _Solver(
        fun,
        "RK45",
        y.dtype,
        tolerance if rtol is None else rtol,
        tolerance if atol is None else atol,
        hmax or math.inf,
    )
    states = [y] * min(len(numbers), 1)
    f = None
    recorded = _core.is_recorded(times)
    for k in range(len(gaps)):
        if gaps[k]:
            ends = (times[k], times[k + 1]) if recorded else (numbers[k], numbers[k + 1])
            span = _Span(*ends)
            if f is None:
                f = solver.slope(span.at(span.first), y)
                if h0:
                    solver.h = h0
                else:
                    solver.choose_first(span, y, f)
            elif solver.h == 0:
                solver.h = abs(gaps[k])
            _, y, f, done = solver.over(span, y, f)
            if not done:
                raise RuntimeError(f"odeint: steps became too small before t = {numbers[k + 1]}")
        states.append(y)
    return _core.stack(states, 0) if states else _core.reshape(y, [1, -1])[:0]
