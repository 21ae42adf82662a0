"""The data of the four objectives, and their right answers by NumPy."""

from __future__ import annotations

from collections.abc import Callable
from math import lgamma, log, pi
from typing import Any

import numpy as np

from bench.problem import Expected, Inputs

BITS = 14
"""Of each letter that the recurrent network reads."""
BONES, PARAMETERS = 22, 26
PARENTS = (-1, 0, *(parent for f in range(5) for parent in (1, *range(2 + 4 * f, 5 + 4 * f))))
"""Of the bones: the forearm, the palm, and four of each finger, one behind the other."""
SMALL = 1e-30
"""An imaginary step, by which a function's derivative is its value's imaginary part."""


# ---------------------------------------------------------------- a mixture of Gaussians


def mixture_inputs(features: int, parts: int, points: int) -> Inputs:
    """Give a mixture, and points to explain by it.

    `roots` [parts, features * (features + 1) / 2] has the logarithms of the diagonals of the
    inverse covariances' triangular roots, and then what is below the diagonals, row by row.
    """
    rng = np.random.default_rng(31)
    return {
        "weights": rng.standard_normal(parts),
        "means": rng.standard_normal((parts, features)),
        "roots": 0.5 * rng.standard_normal((parts, features * (features + 1) // 2)),
        "points": rng.standard_normal((points, features)),
        "gamma": 1.0,
        "freedom": 0,
    }


def wishart_constant(features: int, parts: int, gamma: float, freedom: int) -> float:
    """Give the logarithm of the normalisation of the prior."""
    total = features + freedom + 1
    gammas = sum(lgamma(0.5 * (total - j)) for j in range(features))
    multivariate = 0.25 * features * (features - 1) * log(pi) + gammas
    return parts * (total * features * (log(gamma) - 0.5 * log(2)) - multivariate)


def places_below(features: int) -> np.ndarray:
    """Say where what is below the diagonal of a root stands in a row of `roots` with a 0 behind."""
    count = features * (features + 1) // 2
    places = np.full((features, features), count)
    places[np.tril_indices(features, -1)] = np.arange(features, count)
    return places


def mixture_expected(
    weights: np.ndarray,
    means: np.ndarray,
    roots: np.ndarray,
    points: np.ndarray,
    gamma: float,
    freedom: int,
) -> Expected:
    """Give the value, and the gradient as statisticians write it: by responsibilities."""
    parts, features = means.shape
    logs = roots[:, :features]
    below = np.tril_indices(features, -1)
    root = np.zeros((parts, features, features))
    root[:, below[0], below[1]] = roots[:, features:]
    root[:, range(features), range(features)] = np.exp(logs)
    apart = points[:, None, :] - means
    main = np.einsum("kab,nkb->nka", root, apart)
    terms = weights + logs.sum(1) - 0.5 * (main**2).sum(2)
    largest = terms.max(1, keepdims=True)
    sums = np.exp(terms - largest).sum(1, keepdims=True)
    shares = np.exp(weights - weights.max())
    value = (
        np.sum(np.log(sums) + largest)
        - len(points) * (np.log(shares.sum()) + weights.max() + 0.5 * features * log(2 * pi))
        + 0.5 * gamma**2 * np.sum(root**2)
        - freedom * logs.sum()
        - wishart_constant(features, parts, gamma, freedom)
    )
    share = np.exp(terms - largest) / sums
    by_root = gamma**2 * root - np.einsum("nk,nka,nkb->kab", share, main, apart)
    by_logs = by_root[:, range(features), range(features)] * np.exp(logs)
    by_roots = np.concatenate(
        [by_logs + share.sum(0)[:, None] - freedom, by_root[:, below[0], below[1]]], 1
    )
    by_means = np.einsum("nk,kab,nka->kb", share, root, main)
    by_weights = share.sum(0) - len(points) * shares / shares.sum()
    return Expected(value, [by_weights, by_means, by_roots])


# ---------------------------------------------------------------- a recurrent network


def recurrent_inputs(layers: int, letters: int) -> Inputs:
    """Give a network and a text.

    `main` [2 * layers, 4 * BITS] has a layer's weights in one row and its biases in the next:
    those of the gates that forget, let in and let out, and of the change. `extra` [3, BITS] has
    weights of what is read, and weights and biases of what is said; `state` [2 * layers, BITS] what
    a layer said last, and its memory.
    """
    rng = np.random.default_rng(32)
    return {
        "main": 0.5 * rng.standard_normal((2 * layers, 4 * BITS)),
        "extra": 0.5 * rng.standard_normal((3, BITS)),
        "state": 0.1 * rng.standard_normal((2 * layers, BITS)),
        "text": rng.integers(0, 2, (letters, BITS)).astype(float),
    }


def recurrent_expected(
    main: np.ndarray, extra: np.ndarray, state: np.ndarray, text: np.ndarray
) -> Expected:
    """Give the loss and its gradient, by imaginary steps of all parameters at once."""
    sizes = main.size, extra.size

    def loss(flat: np.ndarray) -> np.ndarray:
        weights = flat[:, : sizes[0]].reshape(-1, *main.shape)
        others = flat[:, sizes[0] :].reshape(-1, *extra.shape)
        said = [np.broadcast_to(row, (len(flat), BITS)) for row in state[::2]]
        memory = [np.broadcast_to(row, (len(flat), BITS)) for row in state[1::2]]
        total = np.zeros(len(flat), complex)
        for letter, following in zip(text[:-1], text[1:]):
            x = letter * others[:, 0]
            for k in range(len(said)):
                w = weights[:, 2 * k].reshape(-1, 4, BITS)
                b = weights[:, 2 * k + 1].reshape(-1, 4, BITS)
                forget, get, let = (
                    1 / (1 + np.exp(-(source * w[:, j] + b[:, j])))
                    for j, source in enumerate((x, said[k], x))
                )
                memory[k] = memory[k] * forget + get * np.tanh(said[k] * w[:, 3] + b[:, 3])
                x = said[k] = let * np.tanh(memory[k])
            y = x * others[:, 1] + others[:, 2]
            y = y - np.log(np.sum(np.exp(y), 1, keepdims=True) + 2)
            total = total + y @ following
        return -total / ((len(text) - 1) * BITS)

    value, slopes = _imaginary(loss, np.concatenate([main.ravel(), extra.ravel()]))
    by_main, by_extra = slopes[: sizes[0]], slopes[sizes[0] :]
    return Expected(value, [by_main.reshape(main.shape), by_extra.reshape(extra.shape)])


def _imaginary(f: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> tuple[Any, Any]:
    """Give the value and the derivatives of a function of rows of parameters."""
    found = f(x + 1j * SMALL * np.eye(len(x)))
    return found[0].real, found.imag / SMALL


# ---------------------------------------------------------------- bundle adjustment


def cameras_inputs(cameras: int, points: int, observations: int) -> Inputs:
    """Give cameras, points, and who saw what where.

    A camera has the axis of its rotation, as long as the angle, its centre, its focal length, its
    principal point, and two coefficients of distortion. Each observation has a weight.
    """
    rng = np.random.default_rng(33)
    centres = 0.1 * rng.standard_normal((cameras, 3)) + [0, 0, -5]
    return {
        "cameras": np.concatenate(
            [
                0.1 * rng.standard_normal((cameras, 3)),
                centres,
                500 + rng.standard_normal((cameras, 1)),
                rng.standard_normal((cameras, 2)),
                1e-2 * rng.standard_normal((cameras, 2)),
            ],
            1,
        ),
        "points": rng.standard_normal((points, 3)),
        "weights": rng.uniform(0.5, 1.5, observations),
        "who": rng.integers(0, [cameras, points], (observations, 2)),
        "seen": rng.standard_normal((observations, 2)),
    }


def cameras_expected(
    cameras: np.ndarray,
    points: np.ndarray,
    weights: np.ndarray,
    who: np.ndarray,
    seen: np.ndarray,
) -> Expected:
    """Give the errors, and the rows of their Jacobian, by imaginary steps.

    Rows are by the eleven parameters of the camera, the point and the weight. (The errors of the
    weights, 1 - w², have the derivative -2w, which is the second array.)
    """

    def errors(rows: np.ndarray) -> np.ndarray:
        axis, centre = rows[..., :3], rows[..., 3:6]
        y = rows[..., 11:14] - centre
        angle = np.sqrt(np.sum(axis**2, -1, keepdims=True))
        axis = axis / angle
        along = np.sum(axis * y, -1, keepdims=True)
        y = (
            y * np.cos(angle)
            + np.cross(axis, y) * np.sin(angle)
            + axis * along * (1 - np.cos(angle))
        )
        flat = y[..., :2] / y[..., 2:]
        square = np.sum(flat**2, -1, keepdims=True)
        flat = flat * (1 + rows[..., 9:10] * square + rows[..., 10:11] * square**2)
        return np.asarray(rows[..., 14:] * (flat * rows[..., 6:7] + rows[..., 7:9] - seen))

    rows = np.concatenate([cameras[who[:, 0]], points[who[:, 1]], weights[:, None]], 1)
    found = errors(rows + 1j * SMALL * np.eye(15)[:, None, :])
    return Expected(found[0].real, [np.moveaxis(found.imag / SMALL, 0, 2), -2 * weights])


# ---------------------------------------------------------------- a hand


def hand_inputs(vertices: int, points: int) -> Inputs:
    """Give a hand, and points on it.

    `relative` [bones, 4, 4] is where a bone lies as its parent sees it, `inverse` leads from where
    the whole hand lies to where a bone does. A vertex moves with all bones, as `shares` say.
    `theta` turns and moves the hand, and has four angles of each finger.
    """
    rng = np.random.default_rng(34)
    relative = np.zeros((BONES, 4, 4))
    relative[:, :3, :3] = np.linalg.qr(np.eye(3) + 0.2 * rng.standard_normal((BONES, 3, 3)))[0]
    relative[:, :3, 3] = rng.standard_normal((BONES, 3))
    relative[:, 3, 3] = 1
    absolute = relative.copy()
    for k in range(1, BONES):
        absolute[k] = absolute[PARENTS[k]] @ relative[k]
    shares = rng.uniform(size=(vertices, BONES)) ** 4
    shares /= shares.sum(1, keepdims=True)
    corresponding = rng.integers(0, vertices, points)
    places = rng.standard_normal((vertices, 3))
    return {
        "theta": 0.3 * rng.standard_normal(PARAMETERS),
        "relative": relative,
        "inverse": np.linalg.inv(absolute),
        "places": np.concatenate([places, np.ones((vertices, 1))], 1),
        "shares": shares,
        "corresponding": corresponding,
        "points": places[corresponding] + 0.1 * rng.standard_normal((points, 3)),
    }


def hand_angles() -> np.ndarray:
    """Say which of the parameters each bone is turned by, about x and z; -1: not at all.

    The bone of a finger that is next to the palm has two angles, the next two one each.
    """
    which = np.full((BONES, 2), -1)
    for finger in range(5):
        bone, first = 2 + 4 * finger, 6 + 4 * finger
        which[bone] = first, first + 1
        which[bone + 1, 0], which[bone + 2, 0] = first + 2, first + 3
    return which


def hand_expected(
    theta: np.ndarray,
    relative: np.ndarray,
    inverse: np.ndarray,
    places: np.ndarray,
    shares: np.ndarray,
    corresponding: np.ndarray,
    points: np.ndarray,
) -> Expected:
    """Give the distances [points, 3], and their Jacobian, by imaginary steps."""
    which = hand_angles()

    def turned(angles: np.ndarray) -> np.ndarray:
        """Turn about z, and then about x."""
        (sx, sz), (cx, cz) = np.sin(angles).T, np.cos(angles).T
        zero, one = np.zeros_like(sx), np.ones_like(sx)
        rows = [[cz, -sz, zero, zero], [cx * sz, cx * cz, -sx, zero], [sx * sz, sx * cz, cx, zero]]
        return np.moveaxis(np.array([*rows, [zero, zero, zero, one]]), 2, 0)

    def distances(theta: np.ndarray) -> np.ndarray:
        padded = np.concatenate([theta, np.zeros((len(theta), 1))], 1)
        whole: list[np.ndarray] = []
        for bone in range(BONES):
            own = relative[bone] @ turned(padded[:, which[bone]])
            whole.append(own if bone == 0 else whole[PARENTS[bone]] @ own)
        moved = sum(
            shares[:, bone, None]
            * (places @ np.swapaxes((whole[bone] @ inverse[bone])[:, :3], 1, 2))
            for bone in range(BONES)
        )
        axis, shift = theta[:, :3], theta[:, None, 3:6]
        angle = np.sqrt(np.sum(axis**2, 1))[:, None, None]
        axis = axis[:, None] / angle
        along = np.sum(axis * moved, 2, keepdims=True)
        moved = (
            moved * np.cos(angle)
            + np.cross(np.broadcast_to(axis, moved.shape), moved) * np.sin(angle)
            + axis * along * (1 - np.cos(angle))
        )
        return np.asarray(points - (moved + shift)[:, corresponding])

    found, slopes = _imaginary(distances, theta)
    return Expected(found, [np.moveaxis(slopes, 0, 2)])
