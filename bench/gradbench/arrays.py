"""The objectives with JAX: each function gives the derivative, and its arguments."""

from __future__ import annotations

from collections.abc import Callable
from math import log, pi
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.nn import sigmoid
from jax.scipy.special import logsumexp

from bench.gradbench.problems import (
    BITS,
    BONES,
    PARENTS,
    hand_angles,
    places_below,
    wishart_constant,
)

Derivative = tuple[Callable[..., Any], tuple[Any, ...]]


def mixture(
    weights: np.ndarray,
    means: np.ndarray,
    roots: np.ndarray,
    points: np.ndarray,
    gamma: float,
    freedom: int,
) -> Derivative:
    """Compute the likelihood of all points and parts at once."""
    parts, features = means.shape
    x, below = jnp.asarray(points), places_below(features)
    constant = wishart_constant(features, parts, gamma, freedom)
    constant += 0.5 * len(points) * features * log(2 * pi)

    def objective(weights: Any, means: Any, roots: Any) -> Any:
        logs = roots[:, :features]
        padded = jnp.concatenate([roots, jnp.zeros((parts, 1))], 1)
        root = padded[:, below] + jax.vmap(jnp.diag)(jnp.exp(logs))
        sums = jnp.sum(logs, 1)
        main = jnp.einsum("kab,nkb->nka", root, x[:, None, :] - means)
        terms = weights + sums - 0.5 * jnp.sum(main**2, 2)
        likelihood = jnp.sum(logsumexp(terms, 1)) - len(points) * logsumexp(weights)
        prior = 0.5 * gamma**2 * jnp.sum(root**2) - freedom * jnp.sum(sums)
        return likelihood + prior - constant

    arguments = tuple(jnp.asarray(a) for a in (weights, means, roots))
    return jax.grad(objective, argnums=(0, 1, 2)), arguments


def recurrent(
    main: np.ndarray, extra: np.ndarray, state: np.ndarray, text: np.ndarray
) -> Derivative:
    """Read all letters by `scan`."""
    letters, first = jnp.asarray(text), jnp.asarray(state)

    def layer(w: Any, b: Any, said: Any, memory: Any, x: Any) -> tuple[Any, Any]:
        forget = sigmoid(x * w[:BITS] + b[:BITS])
        get = sigmoid(said * w[BITS : 2 * BITS] + b[BITS : 2 * BITS])
        let = sigmoid(x * w[2 * BITS : 3 * BITS] + b[2 * BITS : 3 * BITS])
        memory = memory * forget + get * jnp.tanh(said * w[3 * BITS :] + b[3 * BITS :])
        return let * jnp.tanh(memory), memory

    def objective(main: Any, extra: Any) -> Any:
        def read(carried: Any, letter: Any) -> tuple[Any, None]:
            said, memory, total = carried
            said, memory = list(said), list(memory)
            x = letter[0] * extra[0]
            for k in range(len(said)):
                x, memory[k] = layer(main[2 * k], main[2 * k + 1], said[k], memory[k], x)
                said[k] = x
            y = x * extra[1] + extra[2]
            y = y - jnp.log(jnp.sum(jnp.exp(y)) + 2.0)
            return (said, memory, total + jnp.sum(letter[1] * y)), None

        begin = list(first[::2]), list(first[1::2]), 0.0
        (_, _, total), _ = jax.lax.scan(read, begin, (letters[:-1], letters[1:]))
        return -total / ((len(text) - 1) * BITS)

    return jax.grad(objective, argnums=(0, 1)), (jnp.asarray(main), jnp.asarray(extra))


def _rotated(axis: Any, y: Any) -> Any:
    """Vectors [..., 3], turned about axes that are as long as the angle is large."""
    angle = jnp.sqrt(jnp.sum(axis**2))
    axis = axis / angle
    along = jnp.sum(axis * y, -1, keepdims=True)
    return (
        y * jnp.cos(angle)
        + jnp.cross(axis, y) * jnp.sin(angle)
        + axis * along * (1 - jnp.cos(angle))
    )


def cameras(
    cameras: np.ndarray,
    points: np.ndarray,
    weights: np.ndarray,
    who: np.ndarray,
    seen: np.ndarray,
) -> Derivative:
    """Make the Jacobian of one observation, and map it."""

    def error(camera: Any, point: Any, weight: Any, seen: Any) -> Any:
        y = _rotated(camera[:3], point - camera[3:6])
        flat = y[:2] / y[2]
        square = jnp.sum(flat**2)
        flat = flat * (1 + camera[9] * square + camera[10] * square**2)
        return weight * (flat * camera[6] + camera[7:9] - seen)

    jacobians = jax.vmap(jax.jacrev(error, argnums=(0, 1, 2)))

    def rows(cameras: Any, points: Any, weights: Any, who: Any, seen: Any) -> Any:
        by = jacobians(cameras[who[:, 0]], points[who[:, 1]], weights, seen)
        return jnp.concatenate([by[0], by[1], by[2][..., None]], 2), -2 * weights

    return rows, tuple(jnp.asarray(a) for a in (cameras, points, weights, who, seen))


def hand(
    theta: np.ndarray,
    relative: np.ndarray,
    inverse: np.ndarray,
    places: np.ndarray,
    shares: np.ndarray,
    corresponding: np.ndarray,
    points: np.ndarray,
) -> Derivative:
    """Make the Jacobian forwards."""
    bones, back, found = jnp.asarray(relative), jnp.asarray(inverse), jnp.asarray(points)
    vertices, share = jnp.asarray(places[corresponding]), jnp.asarray(shares[corresponding])
    which = hand_angles()

    def turn(angle: Any, first: int, second: int) -> Any:
        s, c = jnp.sin(angle), jnp.cos(angle)
        matrix = jnp.eye(4).at[first, first].set(c).at[second, second].set(c)
        return matrix.at[first, second].set(-s).at[second, first].set(s)

    def distances(theta: Any) -> Any:
        whole: list[Any] = []
        for bone in range(BONES):
            own = bones[bone]
            about_x, about_z = which[bone]
            if about_x >= 0:
                own = own @ turn(theta[about_x], 1, 2)
            if about_z >= 0:
                own = own @ turn(theta[about_z], 0, 1)
            whole.append(own if bone == 0 else whole[PARENTS[bone]] @ own)
        blended = jnp.tensordot(share, jnp.stack(whole) @ back, 1)
        moved = jnp.einsum("vij,vj->vi", blended, vertices)[:, :3]
        return found - (_rotated(theta[:3], moved) + theta[3:6])

    return jax.jacfwd(distances), (jnp.asarray(theta),)
