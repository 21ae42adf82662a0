"""Simulations of what moves."""

from __future__ import annotations

from typing import Any

from ._registry import kernel, of_same_library


@kernel
def ode_net(np: Any) -> Any:
    """A spiral, followed by an equation whose right-hand side is a network."""
    odeint = of_same_library(np, "scipy.integrate.odeint")
    pack = of_same_library(np, "builtins.tuple")
    times = np.linspace(0.0, 1.0, 8)
    spiral = np.stack([np.cos(3.0 * times), np.sin(3.0 * times)], axis=1)
    spiral = spiral * np.exp(-times)[:, None]
    vector = 0.5 * np.random.RandomState(23).randn(2 * 8 + 8 + 8 * 2)

    def change(y: Any, t: Any, vector: Any) -> Any:
        first, bias = np.reshape(vector[:16], (2, 8)), vector[16:24]
        return np.dot(np.tanh(np.dot(y, first) + bias), np.reshape(vector[24:], (8, 2)))

    def loss(vector: Any) -> Any:
        path = odeint(change, np.array([1.0, 0.0]), times, pack((vector,)), rtol=1e-9, atol=1e-9)
        return np.mean((path - spiral) ** 2)

    return loss, (vector,)


def _around(np: Any, field: Any) -> Any:
    """The sum of the four neighbours of each cell; what leaves on one side enters on the other."""
    return sum(np.roll(field, step, axis=axis) for axis in (0, 1) for step in (-1, 1))


def _slopes(np: Any, field: Any) -> Any:
    return [0.5 * (np.roll(field, -1, axis=k) - np.roll(field, 1, axis=k)) for k in (0, 1)]


def _carried(np: Any, field: Any, down: Any, right: Any) -> Any:
    """The field after the flow: each cell takes what is upstream, between four cells."""
    rows, columns = field.shape
    column, row = np.meshgrid(np.arange(columns), np.arange(rows))
    y, x = (row - down).ravel(), (column - right).ravel()
    top, left = np.floor(y).astype(int), np.floor(x).astype(int)
    v, u = y - top, x - left
    top, bottom = np.mod(top, rows), np.mod(top + 1, rows)
    left, end = np.mod(left, columns), np.mod(left + 1, columns)
    above = (1.0 - u) * field[top, left] + u * field[top, end]
    below = (1.0 - u) * field[bottom, left] + u * field[bottom, end]
    return np.reshape((1.0 - v) * above + v * below, (rows, columns))


def _without_sources(np: Any, down: Any, right: Any, solid: Any, sweeps: int) -> Any:
    """The flow less a gradient, so that what enters a cell leaves it; none in what is solid."""
    divergence = -(_slopes(np, down)[0] + _slopes(np, right)[1])
    pressure = np.zeros(divergence.shape)
    for _ in range(sweeps):
        pressure = (divergence + _around(np, pressure)) / 4.0
        pressure = pressure * (1.0 - solid) + solid * _around(np, pressure) / 4.0
    by_row, by_column = _slopes(np, pressure)
    return (down - by_row) * (1.0 - solid), (right - by_column) * (1.0 - solid)


@kernel
def fluid_simulation(np: Any) -> Any:
    """Smoke that has to look like something, by the flow at the start."""
    random = np.random.RandomState(24)
    smoke, wanted = np.zeros((16, 20)), np.zeros((16, 20))
    smoke[4:8] = 1.0
    wanted[6:12, 8:14] = 1.0

    def loss(flow: Any) -> Any:
        down, right = np.reshape(flow, (2, 16, 20))
        field = smoke
        for _ in range(3):
            moved = [_carried(np, v, down, right) for v in (down, right)]
            down, right = _without_sources(np, moved[0], moved[1], 0.0, 5)
            field = _carried(np, field, down, right)
        return np.mean((field - wanted) ** 2)

    return loss, (0.5 * random.randn(2 * 16 * 20),)


@kernel
def wing(np: Any) -> Any:
    """Lift against drag of a solid body in the wind, by where it is solid."""
    rows, columns = 14, 18
    shape = -np.ones((rows, columns))
    shape[5:9, 5:10] = 0.1
    allowed = np.zeros((rows, columns))
    allowed[3:11, 3:12] = 1.0
    wind = 0.9 * np.ones((rows, columns))
    wind[:, 0] = 1.1

    def loss(shape: Any) -> Any:
        solid = 0.5 * (np.tanh(np.reshape(shape, (rows, columns))) + 1.0) * allowed
        down, right = _without_sources(np, np.zeros((rows, columns)), wind, solid, 6)
        for _ in range(2):
            moved = _carried(np, down, down, right), _carried(np, right, down, right)
            down, right = _without_sources(np, moved[0], moved[1], solid, 6)
        return np.mean(down) / np.mean(wind - right)

    return loss, (shape.ravel() + 0.1 * np.random.RandomState(25).randn(rows * columns),)
