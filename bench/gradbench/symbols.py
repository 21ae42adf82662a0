"""The objectives with CasADi: expressions of numbers."""

from __future__ import annotations

from typing import Any

import casadi as ca
import numpy as np

from bench.gradbench.problems import BITS, BONES, PARENTS, hand_angles
from bench.problem import Arrays, Task


def _call(function: Any, arguments: list[np.ndarray], results: list[np.ndarray]) -> Any:
    """Give what calls a function from memory to memory, column by column."""
    buffer, run = function.buffer()
    for k, x in enumerate(arguments):
        buffer.set_arg(k, memoryview(x))
    for k, x in enumerate(results):
        buffer.set_res(k, memoryview(x))
    return lambda kept=(buffer, arguments, results): run()


def recurrent(main: np.ndarray, extra: np.ndarray, state: np.ndarray, text: np.ndarray) -> Task:
    """Fold the function of one letter over the text."""
    layers = len(state) // 2
    weights, others = ca.SX.sym("main", main.size), ca.SX.sym("extra", extra.size)
    carried, letters = ca.SX.sym("carried", state.size + 1), ca.SX.sym("letters", 2 * BITS)

    def part(x: Any, k: int) -> Any:
        return x[k * BITS : (k + 1) * BITS]

    def sigmoid(x: Any) -> Any:
        return 1 / (1 + ca.exp(-x))

    x, following, total, rows = letters[:BITS], letters[BITS:], carried[-1], []
    x = x * part(others, 0)
    for k in range(layers):
        said, memory = part(carried, 2 * k), part(carried, 2 * k + 1)
        w = [part(weights, 8 * k + j) for j in range(4)]
        b = [part(weights, 8 * k + 4 + j) for j in range(4)]
        memory = memory * sigmoid(x * w[0] + b[0])
        memory += sigmoid(said * w[1] + b[1]) * ca.tanh(said * w[3] + b[3])
        x = sigmoid(x * w[2] + b[2]) * ca.tanh(memory)
        rows += [x, memory]
    y = x * part(others, 1) + part(others, 2)
    total += ca.dot(following, y - ca.log(ca.sum1(ca.exp(y)) + 2))
    step = ca.Function("step", [carried, letters, weights, others], [ca.vertcat(*rows, total)])
    count = len(text) - 1
    loss = step.fold(count)
    a, e = ca.MX.sym("main", main.size), ca.MX.sym("extra", extra.size)
    pairs = ca.DM(np.concatenate([text[:-1], text[1:]], 1).T)
    begin = ca.DM(np.append(state.ravel(), 0.0))
    end = loss(begin, pairs, ca.repmat(a, 1, count), ca.repmat(e, 1, count))
    value = -end[-1] / (count * BITS)
    function = ca.Function("f", [a, e], [value, ca.gradient(value, a), ca.gradient(value, e)])
    results = [np.zeros(1), np.zeros_like(main), np.zeros_like(extra)]
    given = [np.ascontiguousarray(main), np.ascontiguousarray(extra)]
    return Task(_call(function, given, results), lambda _: results[1:])


def _rotated(axis: Any, y: Any) -> Any:
    """A vector, turned about an axis that is as long as the angle is large."""
    angle = ca.norm_2(axis)
    axis = axis / angle
    turned = y * ca.cos(angle) + ca.cross(axis, y) * ca.sin(angle)
    return turned + axis * ca.dot(axis, y) * (1 - ca.cos(angle))


def cameras(
    cameras: np.ndarray,
    points: np.ndarray,
    weights: np.ndarray,
    who: np.ndarray,
    seen: np.ndarray,
) -> Task:
    """Map the Jacobian of one observation."""
    row, found = ca.SX.sym("row", 15), ca.SX.sym("seen", 2)
    y = _rotated(row[:3], row[11:14] - row[3:6])
    flat = y[:2] / y[2]
    square = ca.dot(flat, flat)
    flat = flat * (1 + row[9] * square + row[10] * square**2)
    error = row[14] * (flat * row[6] + row[7:9] - found)
    # A row of the Jacobian after the other, as NumPy has them.
    one = ca.Function("error", [row, found], [error, ca.densify(ca.jacobian(error, row).T)])
    function = one.map(len(who))
    own = np.concatenate([cameras[who[:, 0]], points[who[:, 1]], weights[:, None]], 1)
    results = [np.zeros((len(who), 2)), np.zeros((len(who), 2, 15))]
    call = _call(function, [np.ascontiguousarray(own), np.ascontiguousarray(seen)], results)

    def run() -> np.ndarray:
        call()
        return -2 * weights

    return Task(run, lambda of_weights: [results[1], of_weights])


def hand(
    theta: np.ndarray,
    relative: np.ndarray,
    inverse: np.ndarray,
    places: np.ndarray,
    shares: np.ndarray,
    corresponding: np.ndarray,
    points: np.ndarray,
) -> Task:
    """Write the Jacobian of all points out."""
    source, which = ca.SX.sym("theta", len(theta)), hand_angles()

    def turn(angle: Any, p: int, q: int) -> Any:
        matrix = ca.SX.eye(4)
        matrix[p, p] = matrix[q, q] = ca.cos(angle)
        matrix[p, q], matrix[q, p] = -ca.sin(angle), ca.sin(angle)
        return matrix

    whole: list[Any] = []
    for bone in range(BONES):
        own = ca.SX(relative[bone])
        about_x, about_z = map(int, which[bone])
        if about_x >= 0:
            own = own @ turn(source[about_x], 1, 2)
        if about_z >= 0:
            own = own @ turn(source[about_z], 0, 1)
        whole.append(own if bone == 0 else whole[PARENTS[bone]] @ own)
    moved = [whole[bone] @ inverse[bone] for bone in range(BONES)]
    rows = []
    for vertex, found in zip(corresponding, points):
        y = sum(shares[vertex, b] * (moved[b] @ places[vertex])[:3] for b in range(BONES))
        rows.append(found - (_rotated(source[:3], y) + source[3:6]))
    distances = ca.vertcat(*rows)
    jacobian = ca.densify(ca.jacobian(distances, source).T)
    function = ca.Function("f", [source], [distances, jacobian])
    results = [np.zeros(points.shape), np.zeros((*points.shape, len(theta)))]

    def arrays(_: Any) -> Arrays:
        return results[1:]

    return Task(_call(function, [np.ascontiguousarray(theta)], results), arrays)
