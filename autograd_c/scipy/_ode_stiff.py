"""Implicit methods for stiff equations: SciPy takes the steps, and they are repeated on the tape.

A step of an implicit method is the solution of equations. SciPy's gives its value; Newton's method,
with the matrix that belongs to that value, gives the derivatives: each iteration those of one more
order, since what it leaves is of the next one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd_c.arrays._arguments import cast, tensor
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.scipy._ode_steps import ORDERS, Span, Step, System, powers, unrecorded
from autograd_c.scipy._rows import library
from autograd_c.transforms.jacobians import jacobian

_ROOT = math.sqrt(6.0)
# Radau IIA of three stages: Hairer and Wanner, Solving Ordinary Differential Equations II, IV.5.
_NODES = np.array([(4 - _ROOT) / 10, (4 + _ROOT) / 10, 1.0])
_STAGES = np.array(
    [
        [(88 - 7 * _ROOT) / 360, (296 - 169 * _ROOT) / 1800, (-2 + 3 * _ROOT) / 225],
        [(296 + 169 * _ROOT) / 1800, (88 + 7 * _ROOT) / 360, (-2 - 3 * _ROOT) / 225],
        [(16 - _ROOT) / 36, (16 + _ROOT) / 36, 1 / 9],
    ]
)
# Those of the polynomial through 0 and the stages, by which they are multiplied.
_COEFFICIENTS = np.ascontiguousarray(np.linalg.inv(_NODES[:, None] ** np.arange(1, 4)).T)


class Implicit(System):
    """ "Radau" or "BDF" at work on one system, with SciPy's options."""

    def __init__(
        self,
        fun: Callable[[Any, Tensor], Any],
        method: str,
        span: Span,
        y: Tensor,
        options: dict[str, Any],
    ) -> None:
        super().__init__(fun, y.dtype)
        self.method = method
        self.failed = False
        self.order, self.size = 1, 0.0  # of BDF, before the next step

        def values(t: float, y: Any) -> Any:
            return _core.array_of(self.slope(t, _core.convert_to_tensor(np.array(y))))

        with unrecorded():
            solver = getattr(library("integrate"), method)
            self.solver = solver(values, span.first, _core.array_of(y), span.last, **options)

    def steps(self, span: Span, y: Tensor) -> Iterator[Step]:
        """The steps over a span, as they are taken; `failed` says whether they became too small."""
        solver, rows = self.solver, []
        if self.method == "BDF":
            slope = self.slope(span.at(span.first), y)
            self.size = solver.h_abs
            rows = [y, self.scaled(span.part(self.size * span.direction), slope)]
        while solver.status == "running":
            with unrecorded():
                solver.step()
            if solver.status == "failed":
                self.failed = True
                return
            t_old, t = float(solver.t_old), float(solver.t)
            if t == t_old:  # nothing to integrate, and no step
                return
            start, h = span.at(t_old), span.part(t - t_old)
            given = t_old, t, start, h, y
            if self.method == "BDF":
                step: Step
                step, rows = self._by_differences(given, rows, span.at(t), abs(t - t_old))
            else:
                step = self._by_stages(given)
            yield step
            y = step.y

    def _slopes(self, t: Any, y: Tensor) -> Any:
        """The matrix of derivatives by y, an array."""
        time = float(_core.array_of(tensor(t)))
        state = _core.convert_to_tensor(_core.array_of(y))
        with unrecorded():
            by = jacobian(lambda y: self.slope(time, y), holomorphic=bool(y.dtype.is_complex))
            return _core.array_of(by(state))

    def _solved(
        self, x: Tensor, residual: Callable[[Tensor], Tensor], matrix: Callable[[], Any]
    ) -> Tensor:
        """x, with the derivatives of the solution of residual(x) = 0, of which it is the value."""
        inverse: Any = None
        for _ in range(ORDERS):
            rest = residual(x)
            if not _core.is_recorded(rest):
                return x
            if inverse is None:
                inverse = _core.convert_to_tensor(np.linalg.inv(matrix()))
            rest = _core.reshape(rest - _core.stop_gradient(rest), [-1, 1])
            x = x - _core.reshape(_core.matmul(inverse, rest), x.shape)
        return x

    # ------------------------------------------------------------ Radau

    def _by_stages(self, given: tuple[Any, ...]) -> Step:
        """z = h A f(y + z) for the stages."""
        t_old, t, start, h, y = given
        n = y.size
        with unrecorded():
            dense = self.solver.dense_output()
            values = dense(t_old + (t - t_old) * _NODES) - _core.array_of(y)[:, None]
        found = _core.convert_to_tensor(np.ascontiguousarray(values.T))
        times = [start + c * h for c in _NODES]
        stages = _core.convert_to_tensor(_STAGES.astype(self.dtype.dtype))

        def residual(z: Tensor) -> Tensor:
            slopes = [
                self.slope(t, y + each) for t, each in zip(times, _core.unstack(z, 3), strict=True)
            ]
            return z - self.scaled(h, _core.matmul(stages, _core.stack(slopes, 0)))

        def matrix() -> Any:
            states = [y + each for each in _core.unstack(found, 3)]
            by = [self._slopes(*each) for each in zip(times, states, strict=True)]
            step = t - t_old
            blocks = [[np.eye(n) * (i == j) for j in range(3)] for i in range(3)]
            for i in range(3):
                for j in range(3):
                    blocks[i][j] = blocks[i][j] - step * _STAGES[i, j] * by[j]
            return np.block(blocks)

        z = self._solved(found, residual, matrix)
        return _RadauStep(self, z, *given, y + z[2])

    # ------------------------------------------------------------ BDF

    def _by_differences(
        self, given: tuple[Any, ...], rows: list[Tensor], at: Any, size: float
    ) -> tuple[Step, list[Tensor]]:
        """d with c f(y + d) = psi + d, where y and psi are sums of backward differences.

        The differences are those of steps of one size, and follow from the former ones where that
        changes. `rows` has as many of them as there is an order, and what was found of the next.
        """
        solver, order = self.solver, self.order
        rows = self._resized(rows, order, size / self.size)
        h = given[3]
        predicted = self.combined(rows[: order + 1], np.ones(order + 1))
        gamma, alpha = solver.gamma, float(solver.alpha[order])
        psi = self.combined(rows[1 : order + 1], gamma[1 : order + 1] / alpha)
        found = _core.convert_to_tensor(np.array(solver.y) - _core.array_of(predicted))

        def residual(d: Tensor) -> Tensor:
            return d + psi - self.scaled(h / alpha, self.slope(at, predicted + d))

        def matrix() -> Any:
            by = self._slopes(at, predicted + found)
            return np.eye(found.size) - (given[1] - given[0]) / alpha * by

        d = self._solved(found, residual, matrix)
        y = predicted + d
        after = d - rows[order + 1] if len(rows) > order + 1 else d
        rows = [*rows[: order + 1], d, after]
        for k in reversed(range(order + 1)):
            rows[k] = rows[k] + rows[k + 1]
        rows[0] = y  # the same, without the rounding of the sums
        self.order, self.size = int(solver.order), float(solver.h_abs)
        rows = self._resized(rows, self.order, self.size / size)
        return _DifferencesStep(self, rows[: self.order + 1], at, self.size / size, *given, y), rows

    def _resized(self, rows: list[Tensor], order: int, factor: float) -> list[Tensor]:
        """Backward differences of a polynomial for steps that are larger by a factor."""
        if factor == 1.0:
            return rows
        weights = np.array(
            [
                [
                    sum(
                        (-1) ** (k + j) * math.comb(m, k) * _binomial(factor * k, j)
                        for k in range(m + 1)
                    )
                    for j in range(order + 1)
                ]
                for m in range(order + 1)
            ]
        )
        by = _core.convert_to_tensor(weights.astype(self.dtype.dtype))
        found = _core.matmul(by, _core.stack(rows[: order + 1], 0))
        return [*_core.unstack(found, order + 1), *rows[order + 1 :]]


def _binomial(x: float, k: int) -> float:
    return math.prod((x - i) / (i + 1) for i in range(k))


class _RadauStep(Step):
    def __init__(self, solver: Implicit, stages: Tensor, *given: Any) -> None:
        super().__init__(*given)
        self.solver, self.stages = solver, stages

    def inside(self, times: Any) -> Tensor:
        """By the polynomial that has the values of the stages."""
        x = self.part(times, self.solver.dtype)
        by = _core.convert_to_tensor(_COEFFICIENTS.astype(x.dtype.dtype))
        rows = _core.matmul(self.stages.mT, by)
        return _core.matmul(rows, powers(x, 3)) + self.y_old[:, None]


class _DifferencesStep(Step):
    def __init__(
        self, solver: Implicit, rows: list[Tensor], end: Any, factor: float, *given: Any
    ) -> None:
        super().__init__(*given)
        self.solver, self.rows, self.end, self.factor = solver, rows, end, factor

    def inside(self, times: Any) -> Tensor:
        """By the polynomial that has these differences, of steps of the next size."""
        h = self.h * self.factor
        back = tensor((tensor(times) - self.end) / h)
        total = self.rows[0][:, None]
        product: Any = None
        for k, row in enumerate(self.rows[1:]):
            factor = cast((back + float(k)) / float(k + 1), self.solver.dtype)
            product = factor if product is None else product * factor
            total = total + row[:, None] * product
        return total
