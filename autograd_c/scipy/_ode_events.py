"""Events of differential equations: when a function of time and state passes through 0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_c.arrays._arguments import cast, tensor
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.scipy._ode_steps import EPSILON, ORDERS, Step, unrecorded
from autograd_c.scipy._rows import library
from autograd_c.transforms.products import jvp
from autograd_c.values import dtypes


class Event:
    """One function, what it was last, and when it was 0."""

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self.function, self.args = function, args
        terminal = getattr(function, "terminal", None)
        if terminal is None or terminal == 0:
            self.most = np.inf
        elif int(terminal) == terminal and terminal > 0:
            self.most = int(terminal)
        else:
            raise ValueError(
                "The `terminal` attribute of each event must be a boolean or positive integer."
            )
        self.direction = getattr(function, "direction", 0)
        self.times: list[Tensor] = []
        self.states: list[Tensor] = []
        self.last = 0.0

    def __call__(self, t: Any, y: Tensor) -> Tensor:
        found = cast(tensor(self.function(t, y, *self.args)), dtypes.float64)
        if found.size != 1:
            raise ValueError(f"an event must be a number, and not of shape {tuple(found.shape)}")
        return _core.reshape(found, [])

    def value(self, t: float, y: Tensor) -> float:
        with unrecorded():
            return float(_core.array_of(self(t, y)))

    def passes(self, step: Step) -> bool:
        """Whether it is 0 in a step, in a direction that is asked for."""
        before, self.last = self.last, self.value(step.t, step.y)
        rises, falls = before <= 0 <= self.last, before >= 0 >= self.last
        if self.direction == 0:
            return rises or falls
        return rises if self.direction > 0 else falls

    def time(self, step: Step) -> float:
        """When it is 0 in a step."""

        def at(t: float) -> float:
            return float(_core.array_of(self(t, step.inside(np.array([t]))[:, 0])))

        with unrecorded():
            return float(
                library("optimize").brentq(
                    at, step.t_old, step.t, xtol=4 * EPSILON, rtol=4 * EPSILON
                )
            )

    def located(self, step: Step, root: float) -> tuple[Tensor, Tensor]:
        """That time and the state then, with derivatives by all that they depend on.

        They are those of the equation event(t, y(t)) = 0, by Newton's method with the slope at the
        root: each iteration gives those of one more order.
        """
        t = _core.convert_to_tensor(np.float64(root))

        def along(t: Tensor) -> Tensor:
            return self(t, step.inside(_core.reshape(t, [1]))[:, 0])

        slope: Any = None
        for _ in range(ORDERS):
            rest = along(t)
            if not _core.is_recorded(rest):
                break
            if slope is None:
                with unrecorded():
                    point = _core.convert_to_tensor(np.float64(root))
                    tangent = jvp(along, (point,), (_core.convert_to_tensor(np.float64(1.0)),))[1]
                    slope = float(_core.array_of(tangent))
                if slope == 0.0:
                    raise ValueError(
                        f"an event at t = {root} touches 0, and does not pass it: its time has no "
                        "derivative; compute it under tf.stop_gradient"
                    )
            t = t - (rest - _core.stop_gradient(rest)) / slope
        return t, step.inside(_core.reshape(t, [1]))[:, 0]


def listed(events: Any, args: tuple[Any, ...]) -> list[Event]:
    """The events that solve_ivp is given: none, a function or several."""
    if events is None:
        return []
    return [Event(each, args) for each in ([events] if callable(events) else events)]


def found_in(step: Step, events: list[Event], direction: float) -> tuple[Tensor, Tensor] | None:
    """Note the events of a step, in order; the time and state of that which ends the solution."""
    active = [event for event in events if event.passes(step)]
    if active:
        step.prepare()
    times = [(event.time(step), event) for event in active]
    for root, event in sorted(times, key=lambda pair: pair[0] * direction):
        event.times.append(_core.convert_to_tensor(np.float64(root)))
        t, y = event.located(step, root)
        event.times[-1] = t
        event.states.append(y)
        if len(event.times) >= event.most:
            return t, y
    return None
