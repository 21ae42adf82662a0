"""Ordinary differential equations, with the methods and the error control of SciPy."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd_c import arrays as ours
from autograd_c.arrays._arguments import cast, tensor
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.scipy._ode_events import found_in, listed
from autograd_c.scipy._ode_steps import Explicit, OdeSolution, Span, Step
from autograd_c.scipy._ode_stiff import Implicit
from autograd_c.scipy._rows import double_precision
from autograd_c.values import dtypes

__all__ = ["OdeResult", "OdeSolution", "odeint", "solve_ivp"]

_MESSAGES = {
    0: "The solver successfully reached the end of the integration interval.",
    1: "A termination event occurred.",
    -1: "Required step size is less than spacing between numbers.",
}


class OdeResult(dict[str, Any]):
    """What `solve_ivp` returns: a dictionary whose keys are attributes, too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __dir__(self) -> list[str]:
        return [*self]


def _solver(
    fun: Callable[..., Any], method: Any, span: Span, y: Tensor, options: dict[str, Any]
) -> Explicit | Implicit:
    """A method at work, with the options of SciPy's class of that name."""
    if method in ("Radau", "BDF"):
        return Implicit(fun, method, span, y, options)
    if method not in ("RK45", "RK23", "DOP853"):
        instead = (
            ": it does not tell of its steps; 'BDF' does what it does" if method == "LSODA" else ""
        )
        raise ValueError(
            "`method` of tensors is 'RK45', 'RK23', 'DOP853', 'Radau' or 'BDF', "
            f"not {method!r}{instead}"
        )
    return Explicit(fun, method, y.dtype, options["rtol"], options["atol"], options["max_step"])


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
    jac: Any = None,
    jac_sparsity: Any = None,
) -> OdeResult:
    """The solution of y' = fun(t, y), as ``scipy.integrate.solve_ivp``, with SciPy's steps.

    Args:
        fun: ``fun(t, y, *args)`` takes a time and a tensor of shape [n], and returns what `asarray`
            makes one of: a list of tensors, for example.
        t_span: where to start and to end.
        y0: the state at the start, of shape [n]: a tensor, or what `asarray` takes.
        method: "RK45", "RK23" or "DOP853"; for stiff equations "Radau" or "BDF".
        t_eval: the times at which the solution is wanted, in order; None: those of the steps.
        dense_output: whether the result has a function `sol` of times.
        events: ``event(t, y, *args)`` returns a number, whose zeros are wanted; or a list of such
            functions, which may have attributes `terminal` and `direction`, as SciPy's.
        vectorized: ignored.
        args: further arguments of `fun`, of which tensors are differentiated by.
        rtol, atol: the error that is allowed for a step is atol + rtol * abs(y).
        max_step, first_step: bounds of the steps.
        jac, jac_sparsity: the matrix of derivatives of `fun` by y for SciPy's steps of stiff
            methods, ``jac(t, y, *args)`` or constant, and where it is not 0; None: by differences.
            The derivatives of the result do not depend on it.

    Returns:
        A dictionary with attributes: `t`, of shape [times]; `y`, of shape [n, times]; `sol`;
        `t_events` and `y_events`, lists of tensors of shapes [k] and [k, n], one for each event;
        `nfev`, `njev`, `nlu`, `status`, `message` and `success`.

    The values are SciPy's. The derivatives, by `y0`, `t_span`, `t_eval`, and all that `fun`
    computes with, are those of the steps that were taken, exactly. Their sizes are constant parts
    of the span, and no function of anything: so the derivatives are about as exact as the solution
    is, and tolerances decide on both. Steps that were rejected take no part in them.

    Times of events have the derivatives of the equation that they solve, and so has the end, if an
    event is terminal. These, and the derivatives of stiff methods, whose steps are solutions of
    equations as well, are of the first to the third order; all others of any. In stiff methods,
    functions of complex numbers are taken to be holomorphic.

    Raises:
        ImportError: without SciPy, which has the coefficients.
        ValueError: for other methods and shapes, times outside of the span, and derivatives by the
            time of an event that touches 0 and does not pass it.

    >>> from autograd_c.scipy import integrate
    >>> import autograd_c as tf
    >>> def final(rate):
    ...     return integrate.solve_ivp(lambda t, y: -rate * y, (0.0, 1.0), [1.0]).y[0, -1]
    >>> print(tf.func.grad(final)(0.5).numpy().round(2))
    -0.61
    """
    start, end = t_span
    y = double_precision(y0)
    if y.ndim != 1:
        raise ValueError("`y0` must be 1-dimensional.")
    given = () if args is None else args
    watched = listed(events, given)
    span = Span(start, end)
    times = None if t_eval is None else cast(tensor(t_eval), dtypes.float64)
    if times is not None:
        _check_times(_core.array_of(times), span)
    if first_step is not None and not 0 < first_step <= abs(span.last - span.first):
        raise ValueError("`first_step` must be positive, and within bounds.")
    options = {"rtol": rtol, "atol": atol, "max_step": max_step, "first_step": first_step}
    if method in ("Radau", "BDF"):
        options["jac"] = (lambda t, y: jac(t, y, *given)) if callable(jac) and given else jac
        options["jac_sparsity"] = jac_sparsity
    solver = _solver((lambda t, y: fun(t, y, *given)) if given else fun, method, span, y, options)
    for event in watched:
        event.last = event.value(span.first, y)
    if isinstance(solver, Explicit):
        f = solver.slope(span.at(span.first), y)
        if first_step is None:
            solver.choose_first(span, y, f)
        else:
            solver.h = first_step
        moves: Iterator[Step] = solver.steps(span, y, f)
    else:
        moves = solver.steps(span, y)
    steps: list[Step] = []
    stop: Any = None
    for step in moves:
        steps.append(step)
        stop = found_in(step, watched, span.direction)
        if stop is not None:
            break
    status = 1 if stop is not None else -1 if solver.failed else 0
    sol = OdeSolution(steps, span.direction)
    if times is None:
        ends = [span.at(each) for each in (span.first, *[step.t for step in steps])]
        ys = [*[step.y_old for step in steps], steps[-1].y if steps else y]
        if stop is not None:
            ends[-1], ys[-1] = stop
        if any(isinstance(each, Tensor) for each in ends):
            t = _core.stack([cast(tensor(each), dtypes.float64) for each in ends], 0)
        else:
            t = _core.convert_to_tensor(np.array(ends))
        states = _core.stack(ys, 1)
    else:
        if status:
            reached = steps[-1].t if steps else span.first
            if stop is not None:
                reached = float(_core.array_of(stop[0]))
            within = (_core.array_of(times) - reached) * span.direction <= 0
            times = ours.take(times, np.flatnonzero(within))
        t, states = times, sol(times) if steps and times.size else y[:, None][:, :0]
    inner = getattr(solver, "solver", None)
    return OdeResult(
        t=t,
        y=states,
        sol=sol if dense_output else None,
        t_events=None if events is None else [_rows(event.times, [0]) for event in watched],
        y_events=None
        if events is None
        else [_rows(event.states, [0, y.size]) for event in watched],
        nfev=solver.calls if inner is None else inner.nfev,
        njev=0 if inner is None else inner.njev,
        nlu=0 if inner is None else inner.nlu,
        status=status,
        message=_MESSAGES[status],
        success=status >= 0,
    )


def _rows(parts: list[Tensor], empty: list[int]) -> Tensor:
    """Tensors in one, which has no rows if there are none."""
    return _core.stack(parts, 0) if parts else ours.zeros(empty)


def _check_times(times: Any, span: Span) -> None:
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
    y = double_precision(y0)
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
    solver = Explicit(
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
            span = Span(*ends)
            if f is None:
                f = solver.slope(span.at(span.first), y)
                if h0:
                    solver.h = h0
                else:
                    solver.choose_first(span, y, f)
            for step in solver.steps(span, y, f):
                y, f = step.y, step.slopes[-1]
            if solver.failed:
                raise RuntimeError(f"odeint: steps became too small before t = {numbers[k + 1]}")
        states.append(y)
    return _core.stack(states, 0) if states else _core.reshape(y, [1, -1])[:0]
