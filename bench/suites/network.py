"""Neural networks: products of small matrices between elementwise operations."""

import numpy as np

from bench.problem import Expected, Inputs, Timing

BATCH, FEATURES, HIDDEN = 16, 64, 32


def dense_inputs() -> Inputs:
    """Give data and parameters of the network, float32."""
    rng = np.random.default_rng(16)

    def normal(*shape: int, scale: float = 1.0) -> np.ndarray:
        return (scale * rng.standard_normal(shape)).astype(np.float32)

    return {
        "data": normal(BATCH, FEATURES),
        "wanted": normal(BATCH, 1),
        "parameters": [
            normal(FEATURES, HIDDEN, scale=FEATURES**-0.5),
            normal(HIDDEN, scale=0.1),
            normal(HIDDEN, 1, scale=HIDDEN**-0.5),
            normal(1, scale=0.1),
        ],
    }


def dense_expected(data: np.ndarray, wanted: np.ndarray, parameters: list[np.ndarray]) -> Expected:
    """Give the loss, and its gradient as the textbook writes backpropagation out."""
    x, w1, b1, w2, b2 = (a.astype(np.float64) for a in (data, *parameters))
    hidden = np.tanh(x @ w1 + b1)
    error = hidden @ w2 + b2 - wanted
    g_out = 2 * error / error.size
    g_hidden = g_out @ w2.T * (1 - hidden**2)
    gradients = [x.T @ g_hidden, g_hidden.sum(0), hidden.T @ g_out, g_out.sum(0)]
    return Expected(np.mean(error**2), gradients)


PROBLEMS = (
    Timing(
        name="dense",
        title="dense network 16x64 -> 32 -> 1, tanh, mean square error, float32: its 4 gradients",
        function="dense",
        inputs=dense_inputs,
        expected=dense_expected,
        rtol=1e-5,
        targets={"torch": 1 / 7, "tensorflow": 1 / 60},
    ),
)
