"""Explicit Runge-Kutta methods with the error control of SciPy, on the tape."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_c import arrays as ours
from autograd_c.arrays._arguments import cast, tensor
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.scipy._rows import library
from autograd_c.values import dtypes

_SAFETY, _LEAST_FACTOR, _MOST_FACTOR = 0.9, 0.2, 10.0
ORDERS = 3  # of derivatives, where they are those of equations that are solved
EPSILON = float(np.finfo(float).eps)


@contextmanager
def unrecorded() -> Iterator[bool]:
    """In which no tape of this thread records, for values alone; whether there is any."""
    aside = _core.set_tapes_aside()
    try:
        yield bool(aside)
    finally:
        _core.take_tapes_up(aside)


class Span:
    """The time from one point to another. Steps are constant parts of it if it is recorded."""

    def __init__(self, start: Any, end: Any) -> None:
        self.first, self.last = (float(_core.array_of(tensor(t))) for t in (start, end))
        self.start: Any = None
        if _core.is_recorded(start) or _core.is_recorded(end):
            self.start = cast(tensor(start), dtypes.float64)
            self.length = cast(tensor(end), dtypes.float64) - self.start
        self.direction = math.copysign(1.0, self.last - self.first)

    def at(self, t: float) -> Any:
        """A time of the span, a number or a tensor."""
        if self.start is None:
            return t
        return self.start + (t - self.first) / (self.last - self.first) * self.length

    def part(self, h: float) -> Any:
        """The length of a part of it."""
        return h if self.start is None else h / (self.last - self.first) * self.length


class System:
    """The function of a differential equation, and how many times it was called."""

    def __init__(self, fun: Callable[[Any, Tensor], Any], dtype: Any) -> None:
        self.fun, self.dtype, self.calls = fun, dtype, 0

    def slope(self, t: Any, y: Tensor) -> Tensor:
        self.calls += 1
        f = cast(tensor(self.fun(t, y)), self.dtype)
        if f.ndim == 0:
            f = _core.reshape(f, [1])
        if f.shape != y.shape:
            raise ValueError(f"the function returned {f.shape}, and y is of shape {y.shape}")
        return f

    def scaled(self, h: Any, y: Tensor) -> Tensor:
        """h y, where h is a number or a tensor of float64."""
        return y * (cast(h, self.dtype) if isinstance(h, Tensor) else h)

    def combined(self, parts: list[Tensor], by: Any) -> Tensor:
        """The sum of parts, each by its number."""
        row = _core.convert_to_tensor(np.asarray(by, self.dtype.dtype)[None])
        return _core.reshape(_core.matmul(row, _core.stack(parts, 0)), parts[0].shape)


class Step:
    """A step that was taken, from `t_old` to `t`, which are numbers; h is one or a tensor."""

    def __init__(
        self, t_old: float, t: float, start: Any, h: Any, y_old: Tensor, y: Tensor
    ) -> None:
        self.t_old, self.t, self.start, self.h, self.y_old, self.y = t_old, t, start, h, y_old, y

    def prepare(self) -> None:
        """Compute what `inside` needs: to be called where that is recorded."""

    def inside(self, times: Any) -> Tensor:
        """The solution at times within the step, of shape [n, times]."""
        raise NotImplementedError

    def part(self, times: Any, dtype: Any) -> Tensor:
        """The times as parts of the step."""
        return cast((tensor(times) - self.start) / self.h, dtype)


def powers(x: Tensor, n: int) -> Tensor:
    """x, x**2, … x**n, of shape [n, times]."""
    found: Tensor = ours.cumprod(ours.broadcast_to(x, (n, *x.shape)), axis=0)
    return found


class _ExplicitStep(Step):
    def __init__(self, solver: Explicit, slopes: list[Tensor], *given: Any) -> None:
        super().__init__(*given)
        self.solver, self.slopes = solver, slopes
        self.rows: Tensor | None = None

    def prepare(self) -> None:
        if self.rows is None:
            self.rows = self.solver.interpolant(self)

    def inside(self, times: Any) -> Tensor:
        solver, x = self.solver, self.part(times, self.solver.dtype)
        self.prepare()
        assert self.rows is not None
        if solver.order != 7:
            rising = _core.matmul(self.rows, powers(x, int(self.rows.shape[1])))
            return solver.scaled(self.h, rising) + self.y_old[:, None]
        total: Any = None
        for k, row in enumerate(reversed(_core.unstack(self.rows, axis=0))):
            total = row[:, None] if total is None else total + row[:, None]
            total = total * (x if k % 2 == 0 else 1.0 - x)
        found: Tensor = total + self.y_old[:, None]
        return found


class Explicit(System):
    """A Runge-Kutta method at work on one system: "RK45", "RK23" or "DOP853"."""

    def __init__(
        self,
        fun: Callable[[Any, Tensor], Any],
        method: str,
        dtype: Any,
        rtol: Any,
        atol: Any,
        max_step: float = math.inf,
    ) -> None:
        super().__init__(fun, dtype)
        self.table = table = getattr(library("integrate"), method)
        self.max_step = max_step
        self.a = [row[:k] for k, row in enumerate(table.A)]
        self.b, self.c = table.B, table.C
        self.order = table.error_estimator_order
        self.rtol, self.atol = np.maximum(np.asarray(rtol), 100 * EPSILON), np.asarray(atol)
        self.h = 0.0
        self.failed = False

    def choose_first(self, span: Span, y: Tensor, f: Tensor) -> None:
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

    def steps(self, span: Span, y: Tensor, f: Tensor) -> Iterator[_ExplicitStep]:
        """The steps over a span, as they are taken; `failed` says whether they became too small."""
        t = span.first
        exponent = -1 / (self.order + 1)
        while t != span.last:
            least = 10 * abs(math.nextafter(t, span.direction * math.inf) - t)
            size = min(max(self.h, least), max(self.max_step, least))
            rejected = False
            while True:
                if size < least:
                    self.failed = True
                    return
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
            yield _ExplicitStep(self, slopes, t, t_new, span.at(t), h, y, y_new)
            t, y, f = t_new, y_new, slopes[-1]

    def error(self, slopes: list[Tensor], h: float, y: Tensor, y_new: Tensor) -> float:
        arrays = np.stack([_core.array_of(k) for k in slopes])
        size = np.maximum(np.abs(_core.array_of(y)), np.abs(_core.array_of(y_new)))
        scale = self.atol + size * self.rtol
        if self.order != 7:
            return _norm(self.table.E @ arrays * h / scale)
        fifth, third = (
            float(np.linalg.norm(e @ arrays / scale)) for e in (self.table.E5, self.table.E3)
        )
        if fifth == 0 and third == 0:
            return 0.0
        return float(abs(h) * fifth**2 / np.sqrt((fifth**2 + 0.01 * third**2) * y.size))

    def interpolant(self, step: _ExplicitStep) -> Tensor:
        """What the solution within a step is made of: by powers, or x and 1 - x."""
        table, slopes, h = self.table, list(step.slopes), step.h
        if self.order != 7:
            by = _core.convert_to_tensor(np.asarray(table.P, self.dtype.dtype))
            return _core.matmul(_core.stack(slopes, 1), by)
        for row, c in zip(table.A_EXTRA, table.C_EXTRA, strict=True):
            inner = step.y_old + self.scaled(h, self.combined(slopes, row[: len(slopes)]))
            slopes.append(self.slope(step.start + c * h, inner))
        first, last = slopes[0], slopes[len(self.b)]
        rise = step.y - step.y_old
        rows = [rise, self.scaled(h, first) - rise, 2.0 * rise - self.scaled(h, last + first)]
        rows += [self.scaled(h, self.combined(slopes, row)) for row in table.D]
        return _core.stack(rows, 0)


def _norm(x: Any) -> float:
    return float(np.linalg.norm(x) / x.size**0.5) if x.size else 0.0


class OdeSolution:
    """The solution between the steps: a function of times, of shape [n] or [n, times]."""

    def __init__(self, steps: list[Any], direction: float) -> None:
        self._steps, self._direction = steps, direction

    def __call__(self, t: Any) -> Tensor:
        """The solution at times within the span: tensors, or what `asarray` takes."""
        times = cast(tensor(t), dtypes.float64)
        flat = _core.reshape(times, [-1])
        ends = np.array([step.t for step in self._steps[:-1]]) * self._direction
        where = np.searchsorted(ends, _core.array_of(flat) * self._direction)
        parts, places = [], []
        for k in np.unique(where):
            chosen = np.flatnonzero(where == k)
            parts.append(self._steps[k].inside(ours.take(flat, chosen)))
            places.append(chosen)
        order = np.argsort(np.concatenate(places)) if places else np.zeros(0, np.int64)
        y = ours.take(_core.concat(parts, 1), order, axis=1)
        return y[:, 0] if times.ndim == 0 else y
