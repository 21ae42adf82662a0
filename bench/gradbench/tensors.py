"""The objectives with tapes, as TensorFlow's documentation would write them.

Each function takes the module as `tf`, then the problem's inputs, and gives a task to be compiled.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import log, pi
from typing import Any

import numpy as np

from bench.gradbench.problems import (
    BITS,
    BONES,
    PARENTS,
    hand_angles,
    places_below,
    wishart_constant,
)
from bench.problem import Arrays, Task


def _arrays(gradients: Any) -> Arrays:
    return [gradient.numpy() for gradient in gradients]


def _gradients(tf: Any, objective: Callable[..., Any], sources: list[Any]) -> Task:
    def run() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(sources)
            value = objective(*sources)
        return tape.gradient(value, sources)

    return Task(run, _arrays)


def mixture(
    tf: Any,
    weights: np.ndarray,
    means: np.ndarray,
    roots: np.ndarray,
    points: np.ndarray,
    gamma: float,
    freedom: int,
) -> Task:
    """Compute the likelihood of all points and parts at once."""
    parts, features = means.shape
    x, below = tf.constant(points), tf.constant(places_below(features))
    constant = wishart_constant(features, parts, gamma, freedom)
    constant += 0.5 * len(points) * features * log(2 * pi)

    def objective(weights: Any, means: Any, roots: Any) -> Any:
        logs = roots[:, :features]
        padded = tf.concat([roots, tf.zeros([parts, 1], tf.float64)], 1)
        root = tf.gather(padded, below, axis=1) + tf.linalg.diag(tf.exp(logs))
        sums = tf.reduce_sum(logs, 1)
        main = tf.einsum("kab,nkb->nka", root, x[:, None, :] - means)
        terms = weights + sums - 0.5 * tf.reduce_sum(main**2, 2)
        likelihood = tf.reduce_sum(tf.reduce_logsumexp(terms, 1))
        likelihood -= len(points) * tf.reduce_logsumexp(weights)
        prior = 0.5 * gamma**2 * tf.reduce_sum(root**2) - freedom * tf.reduce_sum(sums)
        return likelihood + prior - constant

    return _gradients(tf, objective, [tf.constant(a) for a in (weights, means, roots)])


def _memory(tf: Any, w: Any, b: Any, said: Any, memory: Any, x: Any) -> tuple[Any, Any]:
    """What a layer says next, and its memory."""
    forget = tf.sigmoid(x * w[:BITS] + b[:BITS])
    get = tf.sigmoid(said * w[BITS : 2 * BITS] + b[BITS : 2 * BITS])
    let = tf.sigmoid(x * w[2 * BITS : 3 * BITS] + b[2 * BITS : 3 * BITS])
    memory = memory * forget + get * tf.tanh(said * w[3 * BITS :] + b[3 * BITS :])
    return let * tf.tanh(memory), memory


def _letter(
    tf: Any, main: Any, extra: Any, said: list[Any], memory: list[Any], x: Any
) -> tuple[list[Any], list[Any], Any]:
    """Read a letter: what all layers say next, their memories, and what is said of the next one."""
    said, memory = list(said), list(memory)
    x = x * extra[0]
    for k in range(len(said)):
        x, memory[k] = _memory(tf, main[2 * k], main[2 * k + 1], said[k], memory[k], x)
        said[k] = x
    y = x * extra[1] + extra[2]
    return said, memory, y - tf.math.log(tf.reduce_sum(tf.exp(y)) + 2.0)


def recurrent(
    tf: Any, main: np.ndarray, extra: np.ndarray, state: np.ndarray, text: np.ndarray
) -> Task:
    """Read all letters in a loop of Python's."""
    letters, first = tf.constant(text), tf.constant(state)

    def objective(main: Any, extra: Any) -> Any:
        said, memory = list(tf.unstack(first[::2])), list(tf.unstack(first[1::2]))
        total = tf.constant(0.0, tf.float64)
        for t in range(len(text) - 1):
            said, memory, y = _letter(tf, main, extra, said, memory, letters[t])
            total += tf.reduce_sum(letters[t + 1] * y)
        return -total / ((len(text) - 1) * BITS)

    return _gradients(tf, objective, [tf.constant(main), tf.constant(extra)])


def recurrent_loop(
    tf: Any, main: np.ndarray, extra: np.ndarray, state: np.ndarray, text: np.ndarray
) -> Task:
    """Read all letters in one `tf.while_loop`."""
    letters, first = tf.constant(text), tf.constant(state)

    def objective(main: Any, extra: Any) -> Any:
        def body(t: Any, said: Any, memory: Any, total: Any) -> tuple[Any, ...]:
            said, memory, y = _letter(tf, main, extra, said, memory, letters[t])
            return t + 1, said, memory, total + tf.reduce_sum(letters[t + 1] * y)

        begin = (
            tf.constant(0),
            list(tf.unstack(first[::2])),
            list(tf.unstack(first[1::2])),
            tf.constant(0.0, tf.float64),
        )
        end = tf.while_loop(
            lambda t, *_: t < len(text) - 1, body, begin, maximum_iterations=len(text) - 1
        )
        return -end[3] / ((len(text) - 1) * BITS)

    return _gradients(tf, objective, [tf.constant(main), tf.constant(extra)])


def _rotated(tf: Any, axis: Any, y: Any) -> Any:
    """Vectors [..., 3], turned about axes that are as long as the angle is large."""
    angle = tf.norm(axis, axis=-1, keepdims=True)
    axis = axis / angle
    along = tf.reduce_sum(axis * y, -1, keepdims=True)
    across = tf.linalg.cross(tf.broadcast_to(axis, tf.shape(y)), y)
    return y * tf.cos(angle) + across * tf.sin(angle) + axis * along * (1.0 - tf.cos(angle))


def _error(tf: Any, camera: Any, point: Any, weight: Any, seen: Any) -> Any:
    """Where cameras [..., 11] see points [..., 3] beside where they were seen."""
    y = _rotated(tf, camera[..., :3], point - camera[..., 3:6])
    flat = y[..., :2] / y[..., 2:]
    square = tf.reduce_sum(flat**2, -1, keepdims=True)
    flat = flat * (1.0 + camera[..., 9:10] * square + camera[..., 10:11] * square**2)
    return weight * (flat * camera[..., 6:7] + camera[..., 7:9] - seen)


def _rows(result: Any) -> Arrays:
    (by_camera, by_point, by_weight), of_weights = result
    rows = [by_camera.numpy(), by_point.numpy(), by_weight.numpy()]
    return [np.concatenate(rows, 2), of_weights.numpy()]


def cameras(
    tf: Any,
    cameras: np.ndarray,
    points: np.ndarray,
    weights: np.ndarray,
    who: np.ndarray,
    seen: np.ndarray,
    *,
    is_mapped: bool = False,
) -> Task:
    """Ask a tape for both rows of all observations, of which each has numbers of its own."""
    every, space, places = tf.constant(cameras), tf.constant(points), tf.constant(seen)
    camera_of, point_of, weight = map(tf.constant, (who[:, 0], who[:, 1], weights))

    def by_tape(*sources: Any) -> Any:
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(sources)
            error = _error(tf, *sources, places)
            across, along = tf.reduce_sum(error[:, 0]), tf.reduce_sum(error[:, 1])
        rows = zip(tape.gradient(across, sources), tape.gradient(along, sources))
        return [tf.stack(both, 1) for both in rows]

    def by_map(*sources: Any) -> Any:
        jacobian = tf.func.jacrev(partial(_error, tf), argnums=(0, 1, 2))
        return tf.func.vmap(jacobian)(*sources, places)

    def run() -> Any:
        sources = tf.gather(every, camera_of), tf.gather(space, point_of), weight[:, None]
        return (by_map if is_mapped else by_tape)(*sources), -2.0 * weight

    return Task(run, _rows)


def mapped_cameras(tf: Any, **inputs: np.ndarray) -> Task:
    """Make the Jacobian of one observation, and map it; for modules with `func`."""
    return cameras(tf, **inputs, is_mapped=True)


def hand_distances(
    tf: Any,
    relative: np.ndarray,
    inverse: np.ndarray,
    places: np.ndarray,
    shares: np.ndarray,
    corresponding: np.ndarray,
    points: np.ndarray,
) -> Callable[[Any], Any]:
    """Give the function of the hand's parameters."""
    bones, back = [tf.constant(bone) for bone in relative], tf.constant(inverse)
    vertices, share = tf.constant(places[corresponding]), tf.constant(shares[corresponding])
    found, which = tf.constant(points), hand_angles()
    zero, one = tf.constant(0.0, tf.float64), tf.constant(1.0, tf.float64)

    def turn(angle: Any, p: int, q: int) -> Any:
        sine, cosine = tf.sin(angle), tf.cos(angle)
        entries = [one if k % 5 == 0 else zero for k in range(16)]
        entries[5 * p] = entries[5 * q] = cosine
        entries[4 * p + q], entries[4 * q + p] = -sine, sine
        return tf.reshape(tf.stack(entries), [4, 4])

    def distances(theta: Any) -> Any:
        whole: list[Any] = []
        for bone in range(BONES):
            own = bones[bone]
            about_x, about_z = which[bone]
            if about_x >= 0:
                own = tf.matmul(own, turn(theta[about_x], 1, 2))
            if about_z >= 0:
                own = tf.matmul(own, turn(theta[about_z], 0, 1))
            whole.append(own if bone == 0 else tf.matmul(whole[PARENTS[bone]], own))
        blended = tf.tensordot(share, tf.matmul(tf.stack(whole), back), 1)
        moved = tf.linalg.matvec(blended, vertices)[:, :3]
        return found - (_rotated(tf, theta[:3], moved) + theta[3:6])

    return distances


def hand(tf: Any, theta: np.ndarray, **model: np.ndarray) -> Task:
    """Ask a tape for the Jacobian."""
    source, distances = tf.constant(theta), hand_distances(tf, **model)

    def run() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(source)
            y = distances(source)
        return tape.jacobian(y, source)

    return Task(run, lambda result: [result.numpy()])


def pushed_hand(tf: Any, theta: np.ndarray, **model: np.ndarray) -> Task:
    """Make the Jacobian forwards; for modules with `func`."""
    source, jacobian = tf.constant(theta), tf.func.jacfwd(hand_distances(tf, **model))
    return Task(lambda: jacobian(source), lambda result: [result.numpy()])
